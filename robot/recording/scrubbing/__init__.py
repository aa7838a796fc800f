"""Scrubbing of a recording.

``discovery`` finds what is secret or personal, ``pseudonyms`` and ``images`` stand for it,
``scrub`` replaces it, ``leak_scan`` proves that nothing is left.
"""
