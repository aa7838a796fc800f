"""A thread that renews leases while work goes on.

It is one for all that a process holds at a time. A process that sleeps renews nothing.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Final, Self

import sqlalchemy as sa
import structlog

from robot.errors import LeaseUnavailable, VendorfirstError
from robot.storage.leases import Lease, Leases

log = structlog.get_logger()

#: How often (s) the leases are renewed.
_RENEW_EVERY: Final = 7.0


class LeaseRenewer:
    """Renews the leases of all its keepers in one transaction, as long as it has any."""

    def __init__(self, leases: Leases) -> None:
        """Have no keepers yet."""
        self._table = leases
        self._keepers: list[LeaseKeeper] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._done = threading.Event()

    def add(self, keeper: LeaseKeeper) -> None:
        """Renew what a keeper holds from now on."""
        with self._lock:
            if keeper not in self._keepers:
                self._keepers.append(keeper)
            if self._thread is None:
                self._done = threading.Event()
                self._thread = threading.Thread(
                    target=self._renew, args=[self._done], name="leases", daemon=True
                )
                self._thread.start()

    def remove(self, keeper: LeaseKeeper) -> None:
        """Renew what a keeper holds no more."""
        with self._lock:
            if keeper in self._keepers:
                self._keepers.remove(keeper)
            thread = None if self._keepers else self._thread
            if thread is not None:
                self._done.set()
                self._thread = None
        if thread is not None:
            thread.join()

    def _renew(self, done: threading.Event) -> None:
        while not done.wait(_RENEW_EVERY):
            with self._lock:
                held = [lease for keeper in self._keepers for lease in keeper.held]
            try:
                # Where one is lost, the ledger refuses its holder's next intent.
                self._table.renew(*held)
            except Exception as error:  # noqa: BLE001 - all lanes live by this thread
                log.warning("Leases were not renewed; it is tried again.", error=str(error)[:200])


class LeaseKeeper:
    """The leases of one runner, which are given back at the end of the ``with``.

    They are taken with ``acquire`` and renewed meanwhile, with those of others by one ``renewer``.
    """

    def __init__(self, leases: Leases, holder: str, renewer: LeaseRenewer | None = None) -> None:
        """Hold nothing yet."""
        self._table = leases
        self._holder = holder
        self._renewer = renewer or LeaseRenewer(leases)
        self._leases: dict[str, Lease] = {}

    def __enter__(self) -> Self:
        """Take nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give every lease back."""
        self._renewer.remove(self)
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
        self._renewer.add(self)

    @property
    def held(self) -> tuple[Lease, ...]:
        """Return all leases, also those that were lost."""
        return tuple(self._leases.copy().values())

    def hand_over(self) -> tuple[Lease, ...]:
        """Return all leases, and hold none of them any more.

        Whoever gets them gives them back with the next thing that they write.
        """
        handed = self.held
        self._leases = {}
        return handed

    def forget_lost(self) -> None:
        """Forget the leases that ran out or went to somebody else.

        They can be taken anew, and what they guarded read. Raises DatabaseDown.
        """
        for lease in self._table.renew(*self._leases.values()):
            del self._leases[lease.resource]
