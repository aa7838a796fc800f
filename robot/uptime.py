"""Seconds that also pass while the machine sleeps; Python's monotonic ones stand still then, on Linux and macOS."""

from __future__ import annotations

import time
from typing import Final

_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def uptime() -> float:
    """Seconds since some moment before this process began; they never go back."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
