"""Printing that never takes the place of what was done.

Whatever the terminal's alphabet is, text comes out in what it can show; where it can't be printed
at all, as onto a full disk, that is said and no traceback; and who has read enough of it changes
nothing of what is done.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import shutil
import stat
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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


class _UntilGone(io.FileIO):
    """Writes into a pipe for as long as somebody reads it, and then nowhere.

    So ``vendorfirst … | head`` does all that it was asked for, and ends as if it had been read.
    """

    #: Whether whoever read it is gone, and something was left unread.
    is_cut_off = False

    def write(self, text: ReadableBuffer, /) -> int:
        """Write what is still read."""
        if not self.is_cut_off:
            try:
                return super().write(text)
            except BrokenPipeError:
                self.is_cut_off = True
        return memoryview(text).nbytes


def _let_readers_go() -> None:
    """Have each standard stream that is a pipe outlive its reader."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and _is_pipe(stream):
            stream.flush()
            raw = _UntilGone(stream.fileno(), "wb", closefd=False)
            stays = io.TextIOWrapper(
                io.BufferedWriter(raw),
                encoding=stream.encoding,
                errors=stream.errors,
                line_buffering=stream.line_buffering,
                write_through=stream.write_through,
            )
            setattr(sys, name, stays)


def _is_pipe(stream: io.TextIOWrapper) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def is_cut_off() -> bool:
    """Tell whether whoever read the standard output is gone, and did not read it all."""
    buffer = getattr(sys.stdout, "buffer", None)
    return bool(getattr(getattr(buffer, "raw", None), "is_cut_off", False))


def show_in_any_alphabet() -> None:
    """Have the terminal's streams write what they can't as what is closest.

    One that was closed writes nothing, and so does one that nobody reads any more.
    """
    _open_closed_streams()
    _let_readers_go()
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
    return error.strerror or type(error).__name__
