"""Leases with fencing tokens say who may work on an order, PO or account now."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from robot.cancellation.request import leased_number
from robot.errors import LeaseUnavailable
from robot.storage.database import Database, insert_if_new
from robot.storage.holders import describe, is_gone
from robot.storage.schema import leases as _leases

#: How long (s) a lease lasts: a dead machine's orders are free within half a minute.
LEASE_SECONDS: Final = 30.0
_WAIT: Final = (
    "Wait until it is finished (vendorfirst queue show {number} tells, of an order in the queue),"
    " then run the same command again: it looks first."
)
#: Token and expiry of a lease that nobody ever had.
_GONE: Final = (0, 0.0)
#: Token and expiry of leases, by what they are of.
_Rows: TypeAlias = Mapping[str, tuple[int, float]]


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
        with self._database.writing(alone=False) as tx:
            return self.acquire_in(tx, resource, holder, seconds)

    def acquire_in(
        self, tx: sa.Connection, resource: str, holder: str, seconds: float = LEASE_SECONDS
    ) -> Lease:
        """Take a lease in a transaction that writes more than that.

        Where it raises LeaseUnavailable, it has written nothing of its own.
        """
        mine = _leases.c.resource == resource
        query = sa.select(_leases).where(mine).with_for_update()
        row = tx.execute(query).one_or_none()
        if row is None:
            insert_if_new(tx, _leases, resource=resource, token=0, holder="", expires=0.0)
            row = tx.execute(query).one()
        now = self._clock()
        if row.holder != holder and _is_alive(row, now):
            number = leased_number(resource)
            raise LeaseUnavailable(
                f"{number} is being worked on by {describe(row.holder)}.",
                next_step=_WAIT.format(number=number),
            )
        token = row.token + 1
        values = {"token": token, "holder": holder, "expires": now + seconds}
        tx.execute(_leases.update().where(mine).values(**values))
        return Lease(resource, token, holder, now + seconds)

    def renew(self, *leases: Lease, seconds: float = LEASE_SECONDS) -> tuple[Lease, ...]:
        """Hold leases for longer, all in one transaction.

        Returns those of them that went to somebody else or ran out.
        """
        with self._database.writing(alone=False) as tx:
            lost = self._lost(leases, self._locked(tx, leases, for_update=True))
            good = [lease.resource for lease in leases if lease not in lost]
            these = _leases.c.resource.in_(good)
            tx.execute(_leases.update().where(these).values(expires=self._clock() + seconds))
        return lost

    def release(self, *leases: Lease) -> None:
        """Give leases back, as far as they are still this holder's.

        Their tokens stay spent.
        """
        if leases:
            with self._database.writing(alone=False) as tx:
                self.release_in(tx, *leases)

    def release_in(self, tx: sa.Connection, *leases: Lease) -> None:
        """Give leases back in a transaction that writes more than that."""
        self._release(tx, leases, self._locked(tx, leases, for_update=True))

    def check(
        self,
        tx: sa.Connection,
        *leases: Lease,
        seconds: float = 0.0,
        back: tuple[Lease, ...] = (),
    ) -> None:
        """Raise LeaseUnavailable where one of the leases is not good for ``seconds`` more.

        Within a transaction that writes, so that it stays true until the commit. Where all are
        good, leases are given ``back`` with it.
        """
        rows = self._locked(tx, (*leases, *back), for_update=bool(back))
        for lease in self._lost(leases, rows, seconds):
            raise LeaseUnavailable(
                f"The lease of {leased_number(lease.resource)} ran out or went to another process.",
                next_step="Look at the other process's receipt, or run it again.",
            )
        self._release(tx, back, rows)

    def _lost(
        self, leases: Sequence[Lease], rows: _Rows, seconds: float = 0.0
    ) -> tuple[Lease, ...]:
        until = self._clock() + seconds
        lost = []
        for lease in leases:
            token, expires = rows.get(lease.resource, _GONE)
            if token != lease.token or expires <= until:
                lost.append(lease)
        return tuple(lost)

    @staticmethod
    def _release(tx: sa.Connection, leases: Sequence[Lease], rows: _Rows) -> None:
        """Give locked leases back, as far as they are still this holder's."""
        mine = [one.resource for one in leases if rows.get(one.resource, _GONE)[0] == one.token]
        if mine:
            tx.execute(_leases.update().where(_leases.c.resource.in_(mine)).values(expires=0.0))

    @staticmethod
    def _locked(tx: sa.Connection, leases: Sequence[Lease], *, for_update: bool) -> _Rows:
        """Return token and expiry of each of the leases that is there.

        They are locked in the order of their names, so that two who lock several can't wait for
        each other.
        """
        if not leases:
            return {}
        these = _leases.c.resource.in_({lease.resource for lease in leases})
        query = sa.select(_leases).where(these).order_by(_leases.c.resource)
        rows = tx.execute(query.with_for_update(read=not for_update))
        return {row.resource: (row.token, row.expires) for row in rows}


def _is_alive(row: sa.Row[Any], now: float) -> bool:
    return bool(row.expires > now) and not is_gone(row.holder)
