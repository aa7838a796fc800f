"""Days as the reader's calendar has them, as times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from robot.errors import BadInput

_WORDS: Final = {"today": 0, "yesterday": -1}
#: The first and the last day that can be asked for: in every zone they are years of a time.
_FIRST: Final = date(2000, 1, 1)
_LAST: Final = date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Days:
    """The days from ``first`` to ``last``, both included.

    ``zone`` is that of the reader, None the machine's own.
    """

    first: date
    last: date
    zone: tzinfo | None = None

    @property
    def begin(self) -> datetime:
        """Return when the first of them begins (UTC)."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return when the last of them is over (UTC)."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def words(self) -> str:
        """Return the days in words, with their zone."""
        zone = f"{self.begin.astimezone(self.zone):%Z}"
        if self.first == self.last:
            return f"{self.first} ({zone})"
        return f"{self.first} to {self.last} ({zone})"


def today(now: datetime, zone: tzinfo | None = None) -> date:
    """Return the reader's day at a time."""
    return now.astimezone(zone).date()


def parse_day(text: str, today: date) -> date:
    """Return a day like 2026-01-31, ``today`` or ``yesterday``.

    Raises BadInput.
    """
    word = text.strip().lower()
    if word in _WORDS:
        return today + timedelta(days=_WORDS[word])
    try:
        day = date.fromisoformat(word)
    except ValueError:
        day = date.min
    if len(word) != len("2026-01-31") or not _FIRST <= day <= _LAST:
        raise BadInput(f"{text[:40]!r} is no day; write it like 2026-01-31, today or yesterday.")
    return day


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
