"""Keep to a rate that allows bursts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

#: The documented usage plan: requests a second, and how many at once.
RATE: Final = 0.5
BURST: Final = 10


class TokenBucket:
    """Lets through ``BURST`` requests at once, and ``RATE`` a second after that.

    Safe from all threads.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin full."""
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._left = float(BURST)
        self._at = clock()

    def take(self) -> None:
        """Wait until one more request is allowed."""
        with self._lock:
            now = self._clock()
            self._left = min(float(BURST), self._left + (now - self._at) * RATE)
            self._at = now
            self._left -= 1
            wait = -self._left / RATE
        if wait > 0:
            self._sleep(wait)

    def empty(self) -> None:
        """Take all that is left, as the interface said that it was too much."""
        with self._lock:
            self._left = min(self._left, 0.0)
