"""What is committed together with the next event of a case.

A commit is what the machines of a ledger wait for, so that there is one where one is enough.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from robot.cancellation.events import Event
from robot.storage.leases import Lease


@dataclass(slots=True)
class Together:
    """Holds the evidence and the leases that a case's next event takes along.

    The first is written with it, the others go back. While it ``waits``, an event follows. Not so
    after a press, until its answer is written: what shows that cannot be had again. ``store`` has
    what waits in memory stored, and added here.
    """

    waits: bool = False
    store: Callable[[], None] = lambda: None
    _events: tuple[Event, ...] = ()
    _leases: tuple[Lease, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, event: Event) -> bool:
        """Have an event written with the next one.

        Returns False where it is to be written at once.
        """
        with self._lock:
            if self.waits:
                self._events += (event,)
            return self.waits

    def give_back(self, *leases: Lease) -> None:
        """Have leases given back with the next event."""
        with self._lock:
            self._leases += leases

    @contextmanager
    def with_event(self) -> Iterator[tuple[tuple[Event, ...], tuple[Lease, ...]]]:
        """Yield what is to be written with an event, and forget it once it is."""
        with self._lock:
            yield self._events, self._leases
            self._events, self._leases = (), ()

    @contextmanager
    def with_intent(self) -> Iterator[tuple[Event, ...]]:
        """Yield what is to be written with an intent, after which nothing waits."""
        self.store()
        with self._lock:
            yield self._events
            self._events, self.waits = (), False
