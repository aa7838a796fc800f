"""Find the one file of settings, and read its lines.

The same file is found from every folder below it: the one that ``VENDORFIRST_ENV_FILE`` (or
``--env-file``) names, else the first ``.env`` of ours in this folder or above it, else the one in
the user's configuration folder. A line that can't be read is an error with its number.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Final

from robot.errors import BadSettings

#: The variable that names the file of settings. It is not a setting itself.
VARIABLE: Final = "VENDORFIRST_ENV_FILE"
#: However it is written, as a setting that is passed by would mean another ledger.
_OURS: Final = re.compile(r"(?:VENDORFIRST|AMAZON|REALSOURCE)[_-][A-Z]", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHAPE: Final = "Write each line as NAME=value, or NAME='value' where it holds blanks or #."


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A file of settings, with its values by name."""

    path: Path
    values: Mapping[str, str] = field(repr=False)


def find(environment: Mapping[str, str], folder: Path) -> EnvFile | None:
    """Return the file of settings that counts in ``folder``.

    None where there is none. Raises BadSettings for one that can't be used.
    """
    named = environment.get(VARIABLE, "").strip()
    if named:
        path = (folder / Path(named).expanduser()).absolute()
        if not path.is_file():
            raise BadSettings(
                f"{path} is no file, and {VARIABLE} (or --env-file) names it.",
                next_step=f"Name the file that holds the settings, or take {VARIABLE} out.",
            )
        return EnvFile(path, _values(path, _text(path)))
    for path in _candidates(folder):
        if path.is_file():
            text = _text(path)
            if _OURS.search(text):
                return EnvFile(path, _values(path, text))
    return None


def _candidates(folder: Path) -> Iterator[Path]:
    """Yield where a file of settings may lie, the nearest first."""
    here = folder.absolute()
    for above in (here, *here.parents):
        yield above / ".env"
    from platformdirs import user_config_path  # noqa: PLC0415 - only where none was found above

    yield user_config_path("vendorfirst", appauthor=False) / ".env"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(
            f"{path} can't be read ({error.__class__.__name__}).",
            next_step="Make it a text file in UTF-8 that you may read; see .env.example.",
        ) from None


def _fault(line: str) -> str:
    """Return what is wrong with a line that can't be read."""
    value = line.partition("=")[2].strip()
    is_open = value[:1] in {"'", '"'} and value.count(value[0]) == 1
    return "its quotation mark is not closed" if is_open else "it is not NAME=value"


def _values(path: Path, text: str) -> dict[str, str]:
    _check_owner(path)
    from dotenv.parser import parse_stream  # noqa: PLC0415 - only where there is a file

    values: dict[str, str] = {}
    for binding in parse_stream(StringIO(text)):
        line = binding.original.line + _blank_lines(binding.original.string)
        if binding.error or (binding.key is not None and not _NAME.fullmatch(binding.key)):
            raise _unreadable(path, line, _fault(binding.original.string))
        if binding.key is None:
            continue
        if binding.value is None:
            raise _unreadable(path, line, f"{binding.key} has no =")
        if "\n" in binding.value and _OURS.match(binding.key):
            raise _unreadable(path, line, "its quotation mark is not closed")
        if binding.value.endswith(";") and binding.key.startswith("VENDORFIRST_"):
            raise _unreadable(path, line, "it ends with ; as no setting does")
        values[binding.key] = binding.value
    return values


def _blank_lines(original: str) -> int:
    """Count the empty lines that the parser hands out with the line after them."""
    return original[: len(original) - len(original.lstrip())].count("\n")


def _unreadable(path: Path, line: int, why: str) -> BadSettings:
    # The line itself is not repeated: it may hold a password.
    return BadSettings(f"Line {line} of {path} can't be read: {why}.", next_step=_SHAPE)


def _check_owner(path: Path) -> None:
    """Raise BadSettings for a file that others can read, or that is somebody else's."""
    if os.name != "posix":
        return
    status = path.stat()
    if status.st_uid not in {os.geteuid(), 0}:
        raise BadSettings(
            f"{path} belongs to another user of this machine, who could lead the orders elsewhere.",
            next_step=f"Name your own file: vendorfirst --env-file FILE, or {VARIABLE}.",
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise BadSettings(
            f"{path} can be read by other users of this machine, and it holds passwords.",
            next_step=f"chmod 600 {path}",
        )
