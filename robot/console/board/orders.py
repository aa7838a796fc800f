"""The orders of the queue, a row a PO, as a view asks for them.

A page is read in a number of queries that does not depend on how many orders there are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from robot.console.board.parts import SIGNS, WITH_RECEIPT, Part, counts_to, part_of
from robot.console.board.totals import is_asked_for
from robot.console.board.view import PAGE_SIZE, Sort, View
from robot.queue.items import ORDER, QueueItem, State
from robot.queue.standing import VENDOR_CANCELLED, standing, words
from robot.storage.database import Database
from robot.storage.schema import queue, receipts

#: An order that was asked for so long ago, and is not pressed yet, may ship before it is cancelled.
AT_RISK: Final = timedelta(minutes=5)
#: How many rows one query asks for.
_CHUNK: Final = 200

#: By what orders are put together: their PO, or an order's number where none is known.
_KEY: Final = sa.func.coalesce(queue.c.po, queue.c.seen_po, queue.c.number)
_RANK: Final = sa.case(
    {state.value: rank for rank, state in enumerate(ORDER)}, value=queue.c.state, else_=len(ORDER)
)
_SORTED_BY: Final[dict[Sort, sa.ColumnElement[Any]]] = {
    Sort.ASKED: sa.func.max(queue.c.added_at),
    Sort.PO: _KEY,
    Sort.STANDS: sa.func.min(_RANK),
    Sort.DEADLINE: sa.func.min(queue.c.deadline),
    Sort.TOTAL: sa.func.coalesce(sa.func.sum(queue.c.cents), 0),
    Sort.VENDOR: sa.func.min(queue.c.vendor),
    Sort.REQUESTER: sa.func.min(queue.c.requested_by),
}
#: States in a receipt of an order that the vendor may go on with.
_MAY_SHIP: Final = frozenset({"live", "unknown"})
#: What can be said of the vendor before a receipt tells it.
_BEFORE: Final = {
    State.WAITING.value: "not pressed yet",
    State.WORKING.value: "is being worked on",
    State.PENDING.value: "asked to cancel, not confirmed yet",
    VENDOR_CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the queue, and what both systems last said of it, in words.

    ``risk_minutes`` is how long ago it was asked for, where it is at risk; else None.
    ``may_ship``: it ended without a press, and nothing shows that the vendor will not ship it.
    """

    item: QueueItem
    part: Part | None
    vendor_says: str
    realsource_says: str
    next_step: str
    risk_minutes: int | None = None
    may_ship: bool = False

    @property
    def stands(self) -> str:
        """Return where it stands, in words."""
        return "settled by hand" if self.part is Part.BY_HAND else words(standing(self.item))

    @property
    def first_step(self) -> str:
        """Return the first sentence of the next step, which a row has room for."""
        first, stop, _rest = self.next_step.partition(". ")
        return first + stop.strip()


@dataclass(frozen=True, slots=True)
class PoRow:
    """A PO with all its orders, or one order whose PO is not known."""

    key: str
    orders: tuple[OrderRow, ...]

    @property
    def po(self) -> str | None:
        """Return the PO, or None where it is not known."""
        return self.orders[0].item.known_po

    @property
    def first(self) -> OrderRow:
        """Return the order that a person must look at first."""
        return min(self.orders, key=lambda one: (ORDER.index(one.item.state), one.item.id))

    @property
    def asked_at(self) -> datetime:
        """Return when the last of its orders was asked for."""
        return max(one.item.added_at for one in self.orders)

    @property
    def deadline(self) -> datetime | None:
        """Return the first deadline of its orders, if any has one."""
        told = [one.item.deadline for one in self.orders if one.item.deadline is not None]
        return min(told, default=None)

    @property
    def total(self) -> Decimal | None:
        """Return what its orders come to, or None where any total is not known."""
        totals = [one.item.total for one in self.orders]
        known = [total for total in totals if total is not None]
        return sum(known, Decimal(0)) if len(known) == len(totals) else None

    @property
    def requesters(self) -> str:
        """Return who asked for its orders."""
        return ", ".join(sorted({one.item.request.requested_by for one in self.orders}))

    @property
    def risk_minutes(self) -> int | None:
        """Return for how many minutes any of its orders is at risk."""
        told = [one.risk_minutes for one in self.orders if one.risk_minutes is not None]
        return max(told, default=None)


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of a view, and how much the whole view has."""

    view: View
    rows: tuple[PoRow, ...]
    pos: int
    orders: int
    dollars: Decimal
    without_total: int

    @property
    def pages(self) -> int:
        """Return how many pages the view has."""
        return max(1, -(-self.pos // PAGE_SIZE))


def read_orders(
    database: Database, view: View, now: datetime, zone: tzinfo | None = None
) -> OrdersPage:
    """Return a page of the orders in the queue.

    A PO is shown with all its orders where any of them is in the view.
    """
    wanted = _condition(view, now, zone)
    rows = WITH_RECEIPT if view.part is not None else queue
    by_po = sa.select(_KEY.label("key")).select_from(rows).where(wanted).group_by(_KEY)
    order = _SORTED_BY[view.sort]
    turned = order.desc() if view.descending else order.asc()
    page = by_po.order_by(turned, _KEY).limit(PAGE_SIZE).offset((view.page - 1) * PAGE_SIZE)
    sums = sa.select(
        sa.func.count(sa.distinct(_KEY)),
        sa.func.count(queue.c.id),
        sa.func.coalesce(sa.func.sum(queue.c.cents), 0),
        sa.func.count(queue.c.cents),
    )
    with database.reading() as tx:
        keys = list(tx.execute(page).scalars())
        pos, orders, cents, with_total = tx.execute(sums.select_from(rows).where(wanted)).one()
        found = _of_keys(tx, keys, now)
    pos_rows = tuple(PoRow(key, found[key]) for key in keys)
    return OrdersPage(view, pos_rows, pos, orders, Decimal(cents) / 100, orders - with_total)


def read_po(database: Database, key: str, now: datetime) -> PoRow | None:
    """Return a PO with all its orders, or None where the queue has none of it."""
    with database.reading() as tx:
        found = _of_keys(tx, [key], now)
    return PoRow(key, found[key]) if key in found else None


def read_all(
    database: Database, view: View, now: datetime, zone: tzinfo | None = None
) -> list[OrderRow]:
    """Return every order of a view, as for an export."""
    rows = WITH_RECEIPT if view.part is not None else queue
    query = sa.select(queue.c.id).select_from(rows).where(_condition(view, now, zone))
    found: list[OrderRow] = []
    with database.reading() as tx:
        ids = list(tx.execute(query.order_by(queue.c.added_at, queue.c.id)).scalars())
        for start in range(0, len(ids), _CHUNK):
            found += order_rows(tx, queue.c.id.in_(ids[start : start + _CHUNK]), now)
    return found


# --- inside ---------------------------------------------------------------------------------------


def is_at_risk(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition on orders that should have been pressed by now."""
    waits = queue.c.state.in_([State.WAITING, State.WORKING]) & (queue.c.urgency <= 0)
    old = queue.c.added_at <= (now - AT_RISK).timestamp()
    planned = (queue.c.state == State.WAITING) & (queue.c.due_at > now.timestamp())
    return waits & old & ~planned


def _is_shown() -> sa.ColumnElement[bool]:
    """Return the condition on what is no mere look, and no PO whose orders were found."""
    is_split = queue.c.number.is_(None) & (queue.c.state == State.DONE)
    return (queue.c.dry_run == 0) & ~is_split


def _condition(view: View, now: datetime, zone: tzinfo | None) -> sa.ColumnElement[bool]:
    wanted = counts_to(view.part) if view.part is not None else _is_shown()
    days = view.days(zone)
    conditions = [wanted, queue.c.dry_run == 0]
    if days is not None:
        conditions.append(is_asked_for(days))
    if view.vendor:
        conditions.append(queue.c.vendor == view.vendor)
    if view.requester:
        conditions.append(_holds(queue.c.requested_by, view.requester))
    if view.text:
        columns = (
            queue.c.number, queue.c.po, queue.c.seen_po, queue.c.reason, queue.c.requested_by,
            queue.c.problem, queue.c.note,
        )  # fmt: skip
        conditions.append(sa.or_(*(_holds(column, view.text) for column in columns)))
    if view.at_risk:
        conditions.append(is_at_risk(now))
    return sa.and_(*conditions)


def _holds(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(column).contains(text.lower(), autoescape=True)


def _of_keys(
    tx: sa.Connection, keys: Sequence[str], now: datetime
) -> Mapping[str, tuple[OrderRow, ...]]:
    mine = queue.c.po.in_(keys) | queue.c.seen_po.in_(keys) | queue.c.number.in_(keys)
    by_key: dict[str, list[OrderRow]] = defaultdict(list)
    for row in order_rows(tx, mine & _is_shown(), now) if keys else ():
        by_key[row.item.known_po or row.item.name].append(row)
    return {key: tuple(rows) for key, rows in by_key.items()}


def order_rows(
    tx: sa.Connection, wanted: sa.ColumnElement[bool], now: datetime
) -> Iterable[OrderRow]:
    """Yield the orders that fulfil a condition, the oldest first."""
    query = sa.select(queue, *SIGNS[1:], receipts.c.body).select_from(WITH_RECEIPT)
    for row in tx.execute(query.where(wanted).order_by(queue.c.added_at, queue.c.id)):
        part = part_of(
            row.state, pressed=bool(row.pressed), is_po=bool(row.is_po), by_robot=bool(row.by_robot)
        )
        yield _order_row(QueueItem.of(row), part, row.body, now)


def _order_row(item: QueueItem, part: Part | None, body: str | None, now: datetime) -> OrderRow:
    stands = standing(item)
    if stands in _BEFORE:
        risk = _risk_minutes(item, now)
        step = "A worker goes on with it." if risk is None else "See that a worker is at work."
        return OrderRow(item, part, _BEFORE[stands], "untouched", step, risk)
    told = json.loads(body) if body is not None else {}
    vendor = told.get("vendor", {}).get("state", "unknown")
    realsource = told.get("realsource", {}).get("state", "unknown")
    if told.get("resolved") or part in {Part.BY_HAND, Part.GIVEN_UP}:
        step = ""
    else:
        step = told.get("next_step") or ""
    if not step and part in {Part.WITH_PERSON, Part.FAILED}:
        step = "Look at it in the inbox."
    may_ship = vendor in _MAY_SHIP and told.get("vendor", {}).get("submits") == 0
    return OrderRow(item, part, _spaced(vendor), _spaced(realsource), step, may_ship=may_ship)


def _risk_minutes(item: QueueItem, now: datetime) -> int | None:
    planned = item.state is State.WAITING and item.due_at > now
    old = now - item.added_at
    unpressed = item.state in {State.WAITING, State.WORKING} and item.urgency <= 0
    return int(old.total_seconds() // 60) if unpressed and not planned and old >= AT_RISK else None


def _spaced(state: str) -> str:
    return state.replace("_", " ")
