"""Leases with fencing tokens say who may work on an order, PO or account now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from robot.cancellation.request import leased_number
from robot.errors import LeaseUnavailable
from robot.storage.database import Database
from robot.storage.holders import describe, is_gone
from robot.storage.schema import leases as _leases

#: How long (s) a lease lasts: a dead machine's orders are free within half a minute.
LEASE_SECONDS: Final = 30.0
_WAIT: Final = (
    "Wait until it is finished (vendorfirst queue show {number} tells, of an order in the queue),"
    " then run the same command again: it looks first."
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on ``resource`` until ``expires`` (UNIX seconds).

    Each new holder gets a higher ``token``.
    """

    resource: str
    token: int
    holder: str
    expires: float


class Leases:
    """The table of leases.

    Safe to use from several threads, and by several processes at once.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def acquire(self, resource: str, holder: str, seconds: float = LEASE_SECONDS) -> Lease:
        """Take the lease of a resource.

        Raises LeaseUnavailable while somebody else, who may be alive, holds it; the caller says
        what was touched before.
        """
        with self._database.writing() as tx:
            row = tx.execute(sa.select(_leases).where(_leases.c.resource == resource)).one_or_none()
            now = self._clock()
            if row is not None and row.holder != holder and _is_alive(row, now):
                number = leased_number(resource)
                raise LeaseUnavailable(
                    f"{number} is being worked on by {describe(row.holder)}.",
                    next_step=_WAIT.format(number=number),
                )
            token = 1 if row is None else row.token + 1
            values = {"token": token, "holder": holder, "expires": now + seconds}
            if row is None:
                tx.execute(_leases.insert().values(resource=resource, **values))
            else:
                tx.execute(_leases.update().where(_leases.c.resource == resource).values(**values))
        return Lease(resource, token, holder, now + seconds)

    def renew(self, lease: Lease, seconds: float = LEASE_SECONDS) -> None:
        """Hold a lease for longer.

        Raises LeaseUnavailable when it went to somebody else or ran out.
        """
        with self._database.writing() as tx:
            self.check(tx, lease)
            same = _leases.c.resource == lease.resource
            tx.execute(_leases.update().where(same).values(expires=self._clock() + seconds))

    def release(self, lease: Lease) -> None:
        """Give a lease back, if it is still this holder's.

        The token stays spent.
        """
        mine = (_leases.c.resource == lease.resource) & (_leases.c.token == lease.token)
        with self._database.writing() as tx:
            tx.execute(_leases.update().where(mine).values(expires=0.0))

    def check(self, tx: sa.Connection, lease: Lease, seconds: float = 0.0) -> None:
        """Raise LeaseUnavailable where a lease is not good for ``seconds`` more.

        Within a transaction that writes, so that it stays true until the commit.
        """
        query = sa.select(_leases).where(_leases.c.resource == lease.resource)
        row = tx.execute(query).one_or_none()
        if row is None or row.token != lease.token or row.expires <= self._clock() + seconds:
            raise LeaseUnavailable(
                f"The lease of {leased_number(lease.resource)} ran out or went to another process.",
                next_step="Look at the other process's receipt, or run it again.",
            )


def _is_alive(row: sa.Row[Any], now: float) -> bool:
    return bool(row.expires > now) and not is_gone(row.holder)
