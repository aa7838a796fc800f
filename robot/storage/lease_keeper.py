"""A thread that renews the leases of one runner while work goes on.

A process that sleeps renews nothing.
"""

from __future__ import annotations

import threading
from typing import Final, Self

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
        for lease in self._leases.values():
            try:
                self._table.release(lease)
            except VendorfirstError:
                continue  # it runs out by itself

    def acquire(self, resource: str) -> Lease:
        """Return the lease of a resource, taken now or before.

        Returns a lost lease as well: the ledger rejects it until ``forget_lost``, so that nobody
        goes on by mistake. Raises LeaseUnavailable while somebody else holds it.
        """
        if resource not in self._leases:
            self._leases[resource] = self._table.acquire(resource, self._holder)
            if self._thread is None:
                self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._thread.start()
        return self._leases[resource]

    def forget_lost(self) -> None:
        """Forget the leases that ran out or went to somebody else.

        They can be taken anew, and what they guarded read. Raises DatabaseDown.
        """
        for resource, lease in list(self._leases.items()):
            try:
                self._table.renew(lease)
            except LeaseUnavailable:
                del self._leases[resource]

    def _renew(self) -> None:
        while not self._done.wait(_RENEW_EVERY):
            for lease in list(self._leases.values()):
                try:
                    self._table.renew(lease)
                except VendorfirstError:
                    continue  # lost: the ledger refuses this holder's next intent
