"""Logs for people on the terminal, and as JSON lines in a file.

The terminal gets warnings, the file everything, and neither a secret.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from robot.redaction import Redactor

_QUIET = frozenset({"debug", "info"})


def configure(home: Path, redactor: Redactor, *, verbose: bool = False) -> None:
    """Set structlog up for this process.

    A log file that can't be written is reported once and then left out. ``verbose``: the terminal
    gets everything, too.
    """
    tee = _Tee(home / "logs" / "vendorfirst.jsonl", verbose=verbose)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redactor,
            tee,
            _OwnLine(structlog.dev.ConsoleRenderer(colors=_colored())),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def to_terminal() -> None:
    """Set structlog up for a command that keeps no log.

    Warnings go to standard error; standard output is the command's own.
    """
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=_colored()),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _colored() -> bool:
    """Tell whether the terminal has colours and nobody asked for none (NO_COLOR)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


class _OwnLine:
    """Writes an entry over the line of a step that is under way on a terminal."""

    def __init__(self, render: structlog.dev.ConsoleRenderer) -> None:
        self._render = render

    def __call__(self, logger: object, name: str, event: MutableMapping[str, Any]) -> str:
        text = self._render(logger, name, event)
        return f"\r\x1b[2K{text}" if sys.stderr.isatty() else text


class _Tee:
    """Writes every entry to a file, and lets warnings go on to the terminal.

    And what is worse than a warning. ``verbose``: everything goes on.
    """

    def __init__(self, path: Path, *, verbose: bool) -> None:
        self._path = path
        self._verbose = verbose
        self._broken = False

    def __call__(
        self, _logger: object, _name: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        self._write(event)
        if event.get("level") in _QUIET and not self._verbose:
            raise structlog.DropEvent
        event.pop("timestamp", None)
        return event

    def _write(self, event: MutableMapping[str, Any]) -> None:
        if self._broken:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            opened = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(opened, "a", encoding="utf-8") as file:
                file.write(json.dumps(event, default=str) + "\n")
        except OSError as error:
            self._broken = True
            sys.stderr.write(f"The log can't be written ({error.strerror}); going on without it.\n")
