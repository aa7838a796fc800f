"""A slow and plain judge of what two systems say of a PO, written apart from the join.

It knows the facts before they are written to files: every order is looked at for every PO.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

#: What a status word means, as the people at the desk know it.
ALIVE = ("Pending", "Pending Fulfillment", "Payment Confirmed", "Open", "Pending Approval")
SENT = ("Closed", "Shipped", "Delivered")
GONE = ("Cancelled", "Canceled")


@dataclass
class Line:
    """A line of an order: what it is, how many at which price, and its status word."""

    title: str
    quantity: int
    price: Decimal
    status: str

    @property
    def total(self) -> Decimal:
        return self.quantity * self.price


@dataclass
class Order:
    """An order at the vendor, which names one PO or none."""

    number: str
    po: str
    day: date
    lines: list[Line]
    invoice: str = ""
    currency: str = "USD"

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal())


@dataclass
class Po:
    """A PO in RealSource, with what was asked for in it, in dollars."""

    number: str
    supplier: str
    status: str
    day: date
    total: Decimal
    quantity: int
    ended: date | None = None


@dataclass
class World:
    """All POs and all orders."""

    pos: list[Po] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


def finding_of(world: World, po: Po) -> str:
    """Return the finding of a PO by looking at everything, one question at a time."""
    return _finding_of(po, orders_of(world, po))


def orders_of(world: World, po: Po) -> list[Order]:
    """Return the orders of a PO, by looking at all of them."""
    twins = [one for one in world.pos if one.number == po.number]
    mine = []
    for order in world.orders:
        if order.po != po.number:
            continue
        older = [one for one in twins if one.day <= order.day + timedelta(days=1)]
        owner = (
            max(older, key=lambda one: one.day) if older else min(twins, key=lambda one: one.day)
        )
        if owner is po:
            mine.append(order)
    return mine


def at_stake(world: World, po: Po) -> Decimal | None:
    """Return the money at stake of a PO, None where that is not for sure."""
    mine = orders_of(world, po)
    finding = _finding_of(po, mine)
    if finding == "unclear":
        return None
    if finding in {"clean", "other_vendor"}:
        return Decimal()
    if finding == "not_found":
        return Decimal() if po.status in ("Cancelled", "Canceled") else po.total
    if finding == "open_here":
        return po.total
    if finding == "billed":
        return _sum_left([one for one in mine if one.invoice in ("Paid", "Invoiced")])
    going = [one for one in mine if _goes_on(one)]
    if finding == "reordered":
        going = [one for one in going if _is_again(po, one, mine)]
    return _sum_left(going)


def _sum_left(orders: list[Order]) -> Decimal | None:
    """Return what is still to be paid of orders, None where that is in several currencies."""
    if len({order.currency for order in orders}) > 1:
        return None
    return sum((_left(order) for order in orders), Decimal())


def _left(order: Order) -> Decimal:
    """Return what is still to be paid of an order."""
    if not _goes_on(order):
        return order.total
    return sum((line.total for line in order.lines if line.status not in GONE), Decimal())


def _finding_of(po: Po, mine: list[Order]) -> str:
    if po.supplier and "amazon" not in po.supplier.lower():
        return "unclear" if mine else "other_vendor"
    if not mine:
        return "not_found"
    for order in mine:
        if not po.day - timedelta(days=1) <= order.day <= po.day + timedelta(days=180):
            return "unclear"
    if po.status in ("Cancelled", "Canceled"):
        return _of_cancelled(po, mine)
    if po.status in ("Completed", "Sent to Supplier", "Open"):
        return _of_open(po, mine)
    return "unclear"


def _of_cancelled(po: Po, mine: list[Order]) -> str:
    for order in mine:
        if order.invoice in ("Paid", "Invoiced"):
            return "billed"
    going = [order for order in mine if _goes_on(order)]
    gone = [order for order in mine if _is_gone(order)]
    if any(_is_again(po, order, mine) for order in going):
        return "reordered"
    if going and (gone or any(_has_gone(order) for order in going)):
        return "partly"
    if going:
        return "alive_at_vendor"
    return "clean" if len(gone) == len(mine) and _fits(po, mine) else "unclear"


def _is_again(po: Po, order: Order, mine: list[Order]) -> bool:
    if _has_gone(order):
        return False
    if po.ended:
        return order.day > po.ended
    gone = [one for one in mine if _is_gone(one)]
    return bool(gone) and all(one.day < order.day for one in gone)


def _of_open(po: Po, mine: list[Order]) -> str:
    if all(_is_gone(order) for order in mine):
        return "open_here" if _fits(po, mine) else "unclear"
    if any(not _goes_on(order) and not _is_gone(order) for order in mine):
        return "unclear"
    if any(_has_gone(order) for order in mine):
        return "partly"
    words = [line.status for order in mine for line in order.lines]
    known = all(word in ALIVE + SENT for word in words)
    return "clean" if known and _fits(po, mine) else "unclear"


def _goes_on(order: Order) -> bool:
    return any(line.status in ALIVE + SENT for line in order.lines)


def _has_gone(order: Order) -> bool:
    return any(line.status in GONE for line in order.lines)


def _is_gone(order: Order) -> bool:
    return all(line.status in GONE for line in order.lines)


def _fits(po: Po, mine: list[Order]) -> bool:
    if any(order.currency != "USD" for order in mine):
        return False
    total = sum((order.total for order in mine), Decimal())
    count = sum(line.quantity for order in mine for line in order.lines)
    return total == po.total and count == po.quantity
