"""The clocks of tests: one that only they move, and one that skips what is slept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from robot.clock import utc_now
from tests.support.facts import T0


@dataclass(slots=True)
class Clock:
    """A clock that stands still until a test moves it, and begins at ``T0``.

    Called, it tells the ``seconds`` since 1970.
    """

    seconds: float = T0.timestamp()
    #: How long (s) each sleep was.
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds

    def sleep(self, seconds: float) -> None:
        """Sleep, which takes no time of the machine's."""
        self.slept.append(seconds)
        self.advance(seconds)


_MONOTONIC = time.monotonic


@dataclass(slots=True)
class SkippingClock:
    """The machine's clock, but what is slept by it is skipped, and is over at once."""

    #: How long (s) was slept.
    skipped: float = 0.0

    def now(self) -> datetime:
        """Return the time in UTC."""
        return utc_now() + timedelta(seconds=self.skipped)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return _MONOTONIC() + self.skipped

    def sleep(self, seconds: float) -> None:
        """Sleep, which takes no time of the machine's."""
        self.skipped += seconds
