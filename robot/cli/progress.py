"""The live list of steps on standard error.

On a terminal a line is written over by what follows it, and a wait counts down; elsewhere each is a
line of its own.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TextIO

import click

from robot.runner.observer import NullObserver

#: How often (s) a wait is counted down on a terminal.
_TICK: Final = 1.0


class Progress(NullObserver):
    """Prints what begins and how it went, as the runner's observer.

    A terminal that is gone stops nothing.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        quiet: bool = False,
        now: Callable[[], float] = time.monotonic,
        tick: float = _TICK,
    ) -> None:
        """Write to ``stream``, by default to standard error.

        ``quiet``: steps and waits are not shown, only what is meant for a person. ``now`` counts
        seconds, and each ``tick`` (s) counts a wait down.
        """
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._now = now
        self._tick = tick
        self._live = self._stream.isatty()
        self._began = now()
        self._order = ""
        #: Whether the wait that is counted down is over.
        self._over = threading.Event()
        self._writing = threading.Lock()

    def about(self, order: str) -> None:
        """Begin each line with the order, from now on."""
        self._order = f"{order}: "

    def step_began(self, step: str) -> None:
        """Show the step.

        On a terminal, its end is written over it.
        """
        self._began = self._now()
        if self._live and not self._quiet:
            self._write(f"  … {self._order}{step}", end="")

    def step_ended(self, step: str, *, ok: bool) -> None:
        """Write how the step went, and how long it took."""
        now = self._now()
        if not self._quiet:
            sign = self._colored("✓", "green") if ok else self._colored("✗", "red")
            self._write(f"  {sign} {self._order}{step}  ({now - self._began:.1f} s)")
        self._began = now  # what comes within another step is not counted twice

    def waiting(self, seconds: float) -> None:
        """Write how long is waited, which a terminal counts down."""
        if self._quiet:
            return
        if not self._live:
            self._write(self._wait_line(seconds))
            return
        self._over.set()
        self._over = threading.Event()
        until = self._now() + seconds
        count = threading.Thread(target=self._count_down, args=(until, self._over), daemon=True)
        count.start()

    def message(self, text: str) -> None:
        """Write a line of its own."""
        self._write(text)

    def needs_phone(self, text: str) -> None:
        """Write what to do on the telephone, as a line of its own."""
        self._write(text)

    def _wait_line(self, seconds: float) -> str:
        left = timedelta(seconds=max(round(seconds), 0))
        return f"  ⧗ {self._order}The next look is in {left}"

    def _count_down(self, until: float, over: threading.Event) -> None:
        left = until - self._now()
        while left > 0 and not over.is_set():
            with self._writing:
                if not over.is_set():
                    self._put(self._wait_line(left), end="")
            over.wait(self._tick)
            left = until - self._now()

    def _write(self, text: str, end: str = "\n") -> None:
        with self._writing:
            self._over.set()
            self._put(text, end)

    def _put(self, text: str, end: str) -> None:
        start = "\r\x1b[2K" if self._live else ""
        with contextlib.suppress(OSError):
            self._stream.write(f"{start}{text}{end}")
            self._stream.flush()

    def _colored(self, sign: str, color: str) -> str:
        """Colour a sign where a terminal has colours and nobody asked for none (NO_COLOR)."""
        wanted = self._live and not os.environ.get("NO_COLOR")
        return click.style(sign, fg=color) if wanted else sign
