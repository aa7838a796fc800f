"""When the watch-list is made by workers, and from what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from robot.errors import BadInput
from robot.watchlist.search import SearchedDays, searched_days

_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """From which files the watch-list is made each day, and when.

    The time is local, and it is made from then on. A file may be named by its folder or a pattern;
    then the newest one counts. ``realsource`` may be a search, too, which asks for ``per_minute``
    looks at most.
    """

    realsource: str
    vendors: Mapping[str, str]
    at: str
    per_minute: float = 4.0

    def __post_init__(self) -> None:
        """Raise BadInput where ``at`` is no time, or a search has days that are none."""
        if not _TIME.fullmatch(self.at):
            raise BadInput(f"{self.at[:20]!r} is no time of the day; write it like 02:30.")
        searched_days(self.realsource)

    @property
    def searched(self) -> SearchedDays | None:
        """Return the days of the orders that RealSource is asked for, None for an export."""
        return searched_days(self.realsource)

    def begins(self, local: datetime) -> datetime:
        """Return when it begins on the day of ``local``."""
        hour, minute = self.at.split(":")
        return local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
