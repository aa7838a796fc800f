"""Let something be tried only so often."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class RateLimit:
    """Lets ``most`` failures through in ``seconds``, over all who try.

    Safe to use from several threads.
    """

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with no failure.

        ``clock`` gives seconds.
        """
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._failed: deque[float] = deque()
        self._lock = threading.Lock()

    def is_open(self) -> bool:
        """Tell whether it may be tried now."""
        with self._lock:
            while self._failed and self._failed[0] <= self._clock() - self._seconds:
                self._failed.popleft()
            return len(self._failed) < self._most

    def fail(self) -> None:
        """Count a failure."""
        with self._lock:
            self._failed.append(self._clock())
