"""What the two exports say of purchase orders and orders, as values.

Money is Decimal. What is None was not told, or could not be read; then ``faults`` says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from robot.cancellation.orders import OrderState, PoStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """One PO of RealSource's export.

    ``of_vendor`` says whether its supplier is the vendor. ``ended`` is the day it was cancelled or
    closed. ``total`` is in ``currency``, where that is told. ``faults`` are contradictions and
    words that are not known, each as a clause.
    """

    number: str
    status: PoStatus
    status_text: str = ""
    supplier: str = ""
    of_vendor: bool | None = None
    total: Decimal | None = None
    currency: str = ""
    quantity: Decimal | None = None
    created: date | None = None
    ended: date | None = None
    invoiced: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One item of an order.

    What it is, how many, where it stands.
    """

    title: str = ""
    quantity: Decimal | None = None
    state: OrderState = OrderState.UNKNOWN
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorOrder:
    """One order of the vendor's export, with all its rows.

    ``pos`` are the PO numbers that its rows name, mostly one. ``totals`` are the sums that may
    have to equal the PO's: with everything, without tax, without tax and shipping, of the items
    alone; the first is what will be billed. ``quantities`` are what its quantity may be.
    ``billed`` says that there is an invoice or a payment, ``came_back`` that goods or money did.
    """

    number: str
    pos: tuple[str, ...]
    state: OrderState
    status_text: str = ""
    ordered: date | None = None
    totals: tuple[Decimal, ...] = ()
    currency: str = ""
    quantities: tuple[Decimal, ...] = ()
    billed: bool = False
    awaits_approval: bool = False
    came_back: bool = False
    items: tuple[OrderItem, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """Return what the order costs, as far as it is told."""
        return self.totals[0] if self.totals else None

    @property
    def live_total(self) -> Decimal | None:
        """Return what is still to be paid of it.

        All, or what was not cancelled.
        """
        if self.state is not OrderState.PARTLY_CANCELLED:
            return self.total
        rest = [item.total for item in self.items if item.state is not OrderState.CANCELLED]
        known = [total for total in rest if total is not None]
        return sum(known, Decimal()) if known and len(known) == len(rest) else self.total
