"""What is committed together with the next event of a case.

A commit is what the machines of a ledger wait for, so that there is one where one is enough.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from robot.storage.leases import Lease


@dataclass(slots=True)
class Together:
    """The leases that are given back with the next event of a case."""

    _leases: tuple[Lease, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def give_back(self, *leases: Lease) -> None:
        """Have leases given back with the next event."""
        with self._lock:
            self._leases += leases

    @contextmanager
    def with_event(self) -> Iterator[tuple[Lease, ...]]:
        """Yield what is to be written with an event, and forget it once it is."""
        with self._lock:
            yield self._leases
            self._leases = ()
