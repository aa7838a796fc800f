"""Record a flow once, and replay it offline for ever.

``capture`` runs and taps a flow, ``scrubbing`` takes secrets and persons out of what was caught,
``replay`` runs the flow against it. ``entries``, ``har`` and ``files`` are a recording in memory,
as HAR and on disk; ``rules`` and ``fields`` say how requests are compared, ``expected`` what of a
receipt is. ``check`` judges a recording, ``samples`` makes those of the stand-in sites,
``pytest_plugin`` runs recordings as tests, ``flow_line`` knows where a flow is.
"""

from robot.recording.entries import Entry, Recording

__all__ = ["Entry", "Recording"]
