"""Holding leases while work goes on: a small thread renews them; a process that sleeps renews
nothing.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from robot.errors import LeaseUnavailable, VendorfirstError
from robot.storage.ledger import Lease, Ledger

#: How long (s) a lease lasts, and how often it is renewed: a dead machine's orders are free within
#: half a minute.
LEASE_SECONDS = 30.0
_RENEW_EVERY = 7.0


class LeaseKeeper:
    """The leases of one runner, as a context manager: taken with ``acquire``, renewed meanwhile,
    given back at the end.
    """

    def __init__(self, ledger: Ledger, holder: str) -> None:
        """Hold nothing yet."""
        self._ledger = ledger
        self._holder = holder
        self._leases: dict[str, Lease] = {}
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Nothing is taken yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give every lease back."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        for lease in self._leases.values():
            try:
                self._ledger.release(lease)
            except VendorfirstError:
                continue  # it runs out by itself

    def acquire(self, resource: str) -> Lease:
        """The lease of a resource, taken now or before; raises LeaseUnavailable while somebody else
        holds it.

        One that was lost since is given too, and the ledger refuses it: until ``forget_lost``, nobody
        goes on by mistake.
        """
        if resource not in self._leases:
            self._leases[resource] = self._ledger.lease(resource, self._holder, LEASE_SECONDS)
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._thread.start()
        return self._leases[resource]

    def forget_lost(self) -> None:
        """Forget the leases that ran out or went to somebody else: they can be taken anew, and what
        they guarded read.

        Raises DatabaseDown.
        """
        for resource, lease in list(self._leases.items()):
            try:
                self._ledger.renew(lease, LEASE_SECONDS)
            except LeaseUnavailable:
                del self._leases[resource]

    def _renew(self) -> None:
        while not self._done.wait(_RENEW_EVERY):
            for lease in list(self._leases.values()):
                try:
                    self._ledger.renew(lease, LEASE_SECONDS)
                except VendorfirstError:
                    continue  # lost: the ledger refuses this holder's next intent
