"""The line of a flow that a lane's thread is at, read from outside while it waits for its browser."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import FrameType

import greenlet

_TRIES = 5
_FLOWS = Path(__file__).parents[2] / "flows"


class FlowLine:
    """Made in the lane's thread by the code that calls Playwright; asked from anywhere."""

    def __init__(self) -> None:
        current = greenlet.getcurrent()
        while current.parent is not None:
            current = current.parent
        self._main = current
        self._thread = threading.get_ident()

    def __call__(self) -> str:
        """``flows/NAME.py:LINE``, or "" while no flow is at work."""
        # While it waits its frame is the greenlet's; while it runs, the thread's; between the two, neither's.
        for _ in range(_TRIES):
            for frame in (self._main.gr_frame, sys._current_frames().get(self._thread)):  # noqa: SLF001 - documented
                if line := _line(frame):
                    return line
            time.sleep(0.002)
        return ""


def _line(frame: FrameType | None) -> str:
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.parent == _FLOWS:
            return f"flows/{path.name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
