"""A thread that renews the leases of one runner while work goes on.

A process that sleeps renews nothing.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Final, Self

import sqlalchemy as sa

from robot.errors import LeaseUnavailable, VendorfirstError
from robot.storage.leases import Lease, Leases

#: How often (s) the leases are renewed.
_RENEW_EVERY: Final = 7.0


class LeaseKeeper:
    """The leases of one runner, which are given back at the end of the ``with``.

    They are taken with ``acquire`` and renewed meanwhile.
    """

    def __init__(self, leases: Leases, holder: str) -> None:
        """Hold nothing yet."""
        self._table = leases
        self._holder = holder
        self._leases: dict[str, Lease] = {}
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Take nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give every lease back."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        with contextlib.suppress(VendorfirstError):  # they run out by themselves
            self._table.release(*self._leases.values())

    def acquire(self, resource: str) -> Lease:
        """Return the lease of a resource, taken now or before.

        Returns a lost lease as well: the ledger rejects it until ``forget_lost``, so that nobody
        goes on by mistake. Raises LeaseUnavailable while somebody else holds it.
        """
        if resource not in self._leases:
            self.keep(self._table.acquire(resource, self._holder))
        return self._leases[resource]

    def acquire_in(self, tx: sa.Connection, resource: str) -> Lease | None:
        """Take the lease of a resource in a transaction that writes more than that.

        Returns None where somebody else holds it. It is to be kept with ``keep`` once that is
        committed, and not before: a lease that was never written down could be another's.
        """
        try:
            return self._table.acquire_in(tx, resource, self._holder)
        except LeaseUnavailable:
            return None

    def keep(self, lease: Lease) -> None:
        """Hold a lease that was just taken."""
        self._leases[lease.resource] = lease
        if self._thread is None:
            self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
            self._thread.start()

    def hand_over(self) -> tuple[Lease, ...]:
        """Return all leases, and hold none of them any more.

        Whoever gets them gives them back with the next thing that they write.
        """
        handed = tuple(self._leases.values())
        self._leases = {}
        return handed

    def forget_lost(self) -> None:
        """Forget the leases that ran out or went to somebody else.

        They can be taken anew, and what they guarded read. Raises DatabaseDown.
        """
        for lease in self._table.renew(*self._leases.values()):
            del self._leases[lease.resource]

    def _renew(self) -> None:
        while not self._done.wait(_RENEW_EVERY):
            # Where one is lost, the ledger refuses this holder's next intent.
            with contextlib.suppress(VendorfirstError):
                self._table.renew(*list(self._leases.values()))
