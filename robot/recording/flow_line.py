"""The line of a flow that a lane's thread is at, read from outside while it waits for its browser."""

from __future__ import annotations

from pathlib import Path

import greenlet

_FLOWS = Path(__file__).parents[2] / "flows"


class FlowLine:
    """Made in the lane's thread by the code that calls Playwright; asked from anywhere."""

    def __init__(self) -> None:
        current = greenlet.getcurrent()
        while current.parent is not None:
            current = current.parent
        self._main = current

    def __call__(self) -> str:
        """``flows/NAME.py:LINE``, or "" while no flow is at work."""
        frame = self._main.gr_frame
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.parent == _FLOWS:
                return f"flows/{path.name}:{frame.f_lineno}"
            frame = frame.f_back
        return ""
