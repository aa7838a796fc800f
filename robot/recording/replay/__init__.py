"""Replay of a recording.

``replay`` runs the flow in one of the ``lanes`` that replays share. ``server`` answers its requests
by what ``matcher`` (with ``polls`` and ``faults``) finds, ``no_network`` and ``page_watch`` see
that it goes nowhere else, ``compare`` looks at the receipts. ``report`` tells a mismatch,
``diagnosis`` runs it again with a trace. ``serving`` serves a recording to a page of one's own.
"""
