"""Printing that never takes the place of what was done.

Whatever the terminal's alphabet is, text comes out in what it can show; and where it can't be
printed at all, into a closed pipe or onto a full disk, that is said and no traceback.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Final

_HANDLER: Final = "vendorfirst.closest"
#: What stands for a sign that the terminal's alphabet has not.
_CLOSEST: Final = {
    "✓": "ok",
    "✗": "x",
    "⧗": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "–": "-",
    "—": "-",
    "→": "->",
    "·": "-",
    "ß": "ss",
}


def _open_closed_streams() -> None:
    """Put nothing in the place of each standard stream that was closed.

    Else the next file that is opened, like the ledger, would take what is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def show_in_any_alphabet() -> None:
    """Have the terminal's streams write what they can't as what is closest.

    One that was closed writes nothing.
    """
    _open_closed_streams()
    codecs.register_error(_HANDLER, closest)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def closest(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for signs that can't be encoded, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(sign) for sign in error.object[error.start : error.end]), error.end


def _plain(sign: str) -> str:
    if sign in _CLOSEST:
        return _CLOSEST[sign]
    base = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return base or "?"


def counted(number: int, noun: str) -> str:
    """Return a number of things in words, like ``1 event`` or ``2 events``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def is_unicode(encoding: str | None) -> bool:
    """Tell whether a stream can write every sign."""
    return (encoding or "").lower().replace("-", "").startswith("utf")


def terminal_width() -> int | None:
    """Return how many letters wide the terminal is, None where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def end_quietly() -> None:
    """Flush what was printed, and let a reader that went away hear no more of it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())


def why_unprinted(error: OSError) -> str:
    """Return why something could not be printed, in words."""
    if error.errno == errno.EPIPE:
        return "whoever read it is gone"
    return error.strerror or type(error).__name__
