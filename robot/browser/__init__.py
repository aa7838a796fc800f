"""Chromium in a thread of its own, and what flows may do with a live page."""
