"""Capture of a recording.

``tap`` catches what a browser sends and is answered, ``recorder`` runs a command and keeps what is
clean.
"""
