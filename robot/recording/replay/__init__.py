"""Replaying a recording offline."""
