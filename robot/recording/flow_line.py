"""The line of a flow that a lane's thread is at.

It is read from outside while the thread waits for its browser.
"""

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
    """The place of one flow, which any thread may ask for.

    Made in the lane's thread by the code that calls Playwright.
    """

    def __init__(self) -> None:
        current = greenlet.getcurrent()
        while current.parent is not None:
            current = current.parent
        self._main = current
        self._thread = threading.get_ident()

    def __call__(self) -> str:
        """Return the line of the flow that is at work.

        It is ``flows/SITE/NAME.py:LINE``, or "" while none is.
        """
        return self._said()[1]

    def named(self) -> str:
        """Return the line behind the names of the functions that led there.

        For example ``submit > _fill_form  flows/SITE/NAME.py:12``.
        """
        names, line = self._said()
        return f"{' > '.join(names)}  {line}" if line else ""

    def _said(self) -> tuple[list[str], str]:
        # While it waits its frame is the greenlet's; while it runs, the thread's; between the two,
        # neither's.
        for _ in range(_TRIES):
            for frame in (
                self._main.gr_frame,
                sys._current_frames().get(self._thread),  # noqa: SLF001 - documented
            ):
                found = _of_flows(frame)
                if found:
                    innermost = found[0]
                    name = Path(innermost.f_code.co_filename).relative_to(_FLOWS).as_posix()
                    return [
                        f.f_code.co_name for f in reversed(found)
                    ], f"flows/{name}:{innermost.f_lineno}"
            time.sleep(0.002)
        return [], ""


def _of_flows(frame: FrameType | None) -> list[FrameType]:
    found = []
    while frame is not None:
        if Path(frame.f_code.co_filename).is_relative_to(_FLOWS):
            found.append(frame)
        frame = frame.f_back
    return found
