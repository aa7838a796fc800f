"""The time in UTC, and seconds that also pass while the machine sleeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime, tzinfo
from typing import Final

#: The last time (UNIX seconds) that is shown: in the year 9999, some days before its end in every
#: time zone.
_LAST = 253_402_000_000.0

_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def boot_seconds() -> float:
    """Return seconds since some moment before this process began.

    They never go back, and they pass while the machine sleeps, as Python's monotonic ones may not.
    """
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def utc(seconds: float) -> datetime:
    """Return UNIX seconds as a UTC time."""
    return datetime.fromtimestamp(min(seconds, _LAST), UTC)


def utc_text(at: datetime, *, timespec: str = "seconds") -> str:
    """Return a UTC time in ISO 8601, ``Z`` at its end."""
    return at.isoformat(timespec=timespec).replace("+00:00", "Z")


def local_text(at: datetime, zone: tzinfo | None = None, *, seconds: bool = True) -> str:
    """Return a time as the reader's clock shows it, with its zone.

    ``zone`` None is the machine's own.
    """
    form = "%Y-%m-%d %H:%M:%S %Z" if seconds else "%Y-%m-%d %H:%M %Z"
    return f"{at.astimezone(zone):{form}}"
