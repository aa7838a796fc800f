"""A pseudo-terminal for a command in this process."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
import threading
from contextlib import suppress
from typing import Self

#: What only moves the cursor, clears a line or colours.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class PseudoTerminal:
    """Standard input, output and error of a command, as a person at a terminal has them.

    ``answers`` is what the person types. After the ``with``, ``shown`` is what they read.
    """

    def __init__(self, monkeypatch, answers: str = "") -> None:
        """Open nothing yet."""
        self._patch = monkeypatch
        self._answers = answers.encode()
        self._read: list[bytes] = []
        self.shown = ""

    def __enter__(self) -> Self:
        """Put the terminal in the place of the standard streams."""
        self._master, slave = pty.openpty()
        self._files = [
            io.TextIOWrapper(os.fdopen(os.dup(slave), mode + "b", buffering=0), write_through=True)
            for mode in ("r", "w", "w")
        ]
        os.close(slave)
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()
        os.write(self._master, self._answers)
        for name, file in zip(("stdin", "stdout", "stderr"), self._files, strict=True):
            self._patch.setattr(sys, name, file)
        return self

    def __exit__(self, *_: object) -> None:
        """Put the standard streams back, and read what is left."""
        for name in ("stdin", "stdout", "stderr"):
            self._patch.setattr(sys, name, getattr(sys, f"__{name}__"))
        for file in self._files:
            with suppress(OSError, ValueError):
                file.close()
        self._reader.join(30)
        os.close(self._master)
        said = b"".join(self._read).decode("utf-8", "replace").replace("\r\n", "\n")
        # A line that was written over is not read any more.
        lines = [_CONTROL.sub("", line.rpartition("\r")[2]) for line in said.split("\n")]
        self.shown = "\n".join(lines)

    def _follow(self) -> None:
        with suppress(OSError):  # the end of a terminal
            while True:
                got = os.read(self._master, 65536)
                if not got:
                    return
                self._read.append(got)
