"""Read days as exports write them.

The order of day and month is the one that the file proves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", re.ASCII)
_NUMBERS: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[ ,T].*)?", re.ASCII)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ ,-]+(\d{4}|\d{2})(?:[ ,T].*)?")
_MONTH_FIRST: Final = re.compile(r"([a-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})(?:[ ,T].*)?")
_LAST_MONTH: Final = 12
_CENTURY: Final = 2000


def is_day_first(texts: Iterable[str]) -> bool:
    """Return whether a file writes the day before the month.

    A point between them says so, and a number that is no month; else the month comes first.
    """
    found = [match for text in texts if (match := _NUMBERS.fullmatch(text.strip()))]
    if any(int(match.group(3)) > _LAST_MONTH for match in found):
        return False
    return any(int(match.group(1)) > _LAST_MONTH or match.group(2) == "." for match in found)


def read_date(text: str, *, day_first: bool) -> date | None:
    """Return the day of a date, or of a date and time.

    None where it is neither.
    """
    cell = text.strip()
    if found := _ISO.fullmatch(cell):
        year, month, day = found.groups()
    elif found := _NUMBERS.fullmatch(cell):
        first, _, second, year = found.groups()
        day, month = (first, second) if day_first else (second, first)
    elif found := _DAY_FIRST.fullmatch(cell.lower()):
        day, name, year = found.groups()
        month = _number_of(name)
    elif found := _MONTH_FIRST.fullmatch(cell.lower()):
        name, day, year = found.groups()
        month = _number_of(name)
    else:
        return None
    try:
        return date(int(year) + (_CENTURY if len(year) == len("00") else 0), int(month), int(day))
    except ValueError:
        return None


def _number_of(name: str) -> str:
    return str(_MONTHS.index(name) + 1) if name in _MONTHS else "0"
