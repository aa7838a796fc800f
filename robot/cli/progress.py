"""The live list of steps on standard error.

On a terminal a line is written over by what follows it; elsewhere each is a line of its own.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TextIO

import click

from robot.runner.observer import NullObserver


class Progress(NullObserver):
    """Prints what begins and how it went, as the runner's observer.

    A terminal that is gone stops nothing.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to ``stream``, by default to standard error."""
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._began = time.monotonic()
        self._last = ""
        self._order = ""

    def about(self, order: str) -> None:
        """Begin each line with the order, from now on."""
        self._order = f"{order}: "

    def step_began(self, step: str) -> None:
        """Show the step.

        On a terminal, its end is written over it.
        """
        self._began = time.monotonic()
        if self._live:
            self._write(f"  … {self._order}{step}", end="")
        self._last = step

    def step_ended(self, step: str, *, ok: bool) -> None:
        """Write how the step went, and how long it took."""
        sign = self._colored("✓", "green") if ok else self._colored("✗", "red")
        self._write(f"  {sign} {self._order}{step}  ({time.monotonic() - self._began:.1f} s)")
        self._last = step

    def waiting(self, text: str) -> None:
        """Write what is waited for, once."""
        if self._last != text:
            self._write(f"  ⧗ {self._order}{text}", end="" if self._live else "\n")
        self._last = text

    def message(self, text: str) -> None:
        """Write a line of its own."""
        self._write(text)

    def needs_phone(self, text: str) -> None:
        """Write what to do on the telephone, as a line of its own."""
        self._write(text)

    def _write(self, text: str, end: str = "\n") -> None:
        start = "\r\x1b[2K" if self._live else ""
        with contextlib.suppress(OSError):
            self._stream.write(f"{start}{text}{end}")
            self._stream.flush()

    def _colored(self, sign: str, color: str) -> str:
        """Colour a sign where a terminal has colours and nobody asked for none (NO_COLOR)."""
        wanted = self._live and not os.environ.get("NO_COLOR")
        return click.style(sign, fg=color) if wanted else sign
