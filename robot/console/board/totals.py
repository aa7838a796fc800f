"""Control totals over what was asked for in some days.

What was asked for and its parts are counted apart from each other, at one moment, so that a row
that counts to no part is missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from robot.console.board.days import Days
from robot.console.board.parts import ENDED, OPEN, SIGNS, WITH_RECEIPT, Part, part_of
from robot.queue.items import State
from robot.storage.database import Database
from robot.storage.schema import queue, receipts

#: The totals of orders are read in dollars alone; another currency's is no total.
CURRENCY: Final = "USD"
#: How the cases begin of searches for a PO's orders and of mere looks: nothing is pressed in them.
_LOOKS: Final = ("find:", "check:")
#: How many orders one query asks for.
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Sum:
    """Orders, and the dollars of those whose page showed a total."""

    orders: int = 0
    dollars: Decimal = Decimal(0)
    without_total: int = 0

    def __add__(self, other: Sum) -> Sum:
        """Return both together."""
        return Sum(
            self.orders + other.orders,
            self.dollars + other.dollars,
            self.without_total + other.without_total,
        )


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """What was asked for in some days, and what became of it.

    ``elsewhere`` is how many requests a terminal brought to an end, of orders that were never in
    the queue: they are no part of these sums.
    """

    days: Days
    asked: Sum
    parts: Mapping[Part, Sum]
    elsewhere: int = 0

    @property
    def accounted(self) -> Sum:
        """Return the sum of the parts."""
        return sum(self.parts.values(), Sum())

    @property
    def balanced(self) -> bool:
        """Tell whether the parts add up to what was asked for, in orders and in dollars."""
        return self.accounted == self.asked

    @property
    def missing(self) -> Sum:
        """Return what was asked for and is in no part."""
        parts = self.accounted
        return Sum(
            self.asked.orders - parts.orders,
            self.asked.dollars - parts.dollars,
            self.asked.without_total - parts.without_total,
        )

    @property
    def finished(self) -> bool:
        """Tell whether nothing of it waits, for a turn or for a person."""
        return self.balanced and not any(self.parts[part].orders for part in OPEN)

    @property
    def open_orders(self) -> int:
        """Return how many orders are not at their end."""
        return sum(self.parts[part].orders for part in OPEN)


def read_totals(database: Database, days: Days) -> ControlTotals:
    """Return the control totals of what was put into the queue in some days.

    An order that was refused and asked for once more counts to the day of the last time.
    """
    with database.reading() as tx:
        return totals_in(tx, days)


def totals_in(tx: sa.Connection, days: Days) -> ControlTotals:
    """Do the same in a transaction that reads more."""
    asked_for = is_asked_for(days)
    asked = tx.execute(sa.select(*_SUMS).where(asked_for & ~_is_split())).one()
    by_sign = sa.select(*SIGNS, *_SUMS).select_from(WITH_RECEIPT).where(asked_for).group_by(*SIGNS)
    parts = dict.fromkeys(Part, Sum())
    for state, pressed, is_po, by_robot, *sums in tx.execute(by_sign):
        part = part_of(state, pressed=bool(pressed), is_po=bool(is_po), by_robot=bool(by_robot))
        if part is not None:
            parts[part] += _sum(*sums)
    return ControlTotals(days, _sum(*asked), parts, _elsewhere(tx, days))


def is_asked_for(days: Days) -> sa.ColumnElement[bool]:
    """Return the condition on rows of the queue that were put in during some days."""
    added = queue.c.added_at
    in_time = (added >= days.begin.timestamp()) & (added < days.end.timestamp())
    return in_time & (queue.c.dry_run == 0)


_SUMS: Final = (
    sa.func.count(queue.c.id),
    sa.func.coalesce(sa.func.sum(queue.c.cents), 0),
    sa.func.count(queue.c.cents),
)


def _is_split() -> sa.ColumnElement[bool]:
    """Return the condition on POs whose orders were found, and have rows of their own."""
    found = sa.exists().where(receipts.c.id == queue.c.request, receipts.c.outcome.in_(ENDED))
    return queue.c.number.is_(None) & (queue.c.state == State.DONE) & found


def _sum(orders: int, cents: int, with_total: int) -> Sum:
    return Sum(int(orders), Decimal(int(cents)) / 100, int(orders) - int(with_total))


def _elsewhere(tx: sa.Connection, days: Days) -> int:
    """Return how many orders have receipts of these days, and were never in the queue.

    A receipt's id begins with the time (UTC) of its request.
    """
    begin, end = (f"{at:%Y%m%d-%H%M%S}" for at in (days.begin, days.end))
    of_days = (receipts.c.id >= begin) & (receipts.c.id < end) & (receipts.c.outcome != "dry_run")
    cases = tx.execute(sa.select(receipts.c.case).where(of_days).distinct()).scalars()
    numbers = sorted({case.partition(":")[2] for case in cases if not case.startswith(_LOOKS)})
    queued: set[str] = set()
    for start in range(0, len(numbers), _CHUNK):
        mine = queue.c.number.in_(numbers[start : start + _CHUNK])
        queued.update(tx.execute(sa.select(queue.c.number).where(mine)).scalars())
    return len(numbers) - len(queued)
