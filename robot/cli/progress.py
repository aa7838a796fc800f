"""The live list of steps on standard error: rewritten in place on a terminal, one line each
elsewhere.
"""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TextIO

_SIGNS = {"ok": "✓", "failed": "✗", "begin": "…", "wait": "⧗"}


class Progress:
    """Prints what begins and how it went.

    ``tell`` is what the loop calls. A terminal that is gone stops nothing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to ``stream`` (default: standard error)."""
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._began = time.monotonic()
        self._last = ""

    def tell(self, step: str, state: str) -> None:
        """``state`` is begin, ok, failed or wait."""
        if state == "begin":
            self._began = time.monotonic()
            if self._live:
                self._write(f"  {_SIGNS[state]} {step}", end="")
        elif state == "wait":
            if self._last != step:
                self._write(f"  {_SIGNS[state]} {step}", end="" if self._live else "\n")
        else:
            self._write(f"  {_SIGNS[state]} {step}  ({time.monotonic() - self._began:.1f} s)")
        self._last = step

    def say(self, text: str) -> None:
        """A line of its own."""
        self._write(text)

    def _write(self, text: str, end: str = "\n") -> None:
        start = "\r\x1b[2K" if self._live else ""
        with contextlib.suppress(OSError):
            try:
                self._stream.write(f"{start}{text}{end}")
            except UnicodeEncodeError:
                self._stream.write(f"{start}{text}{end}".encode("ascii", "replace").decode())
            self._stream.flush()
