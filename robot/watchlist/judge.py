"""Judge one PO by its orders.

What both systems say together, as a finding. Pure. A harm is told from the words that prove it;
that all is well, only where nothing contradicts it, the sums and quantities among it. Everything
else is unclear, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from robot.cancellation.orders import OrderState, PoStatus
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.sentences import Money, lines_of, listed, money_of, numbers_of, verb
from robot.watchlist.values import PurchaseOrder, VendorOrder

#: An order may be dated a day before its PO, in another time zone.
EARLIER: Final = timedelta(days=1)
#: An order so long after its PO may be of another one with the same number.
_MUCH_LATER: Final = timedelta(days=180)

_STATES: Final = {
    OrderState.LIVE: "live",
    OrderState.PARTLY_SHIPPED: "live",
    OrderState.SHIPPED: "shipped",
    OrderState.CANCELLED: "cancelled",
    OrderState.PARTLY_CANCELLED: "partly_cancelled",
}
_NOTHING: Final = Money(Decimal())
_UNSHIPPED: Final = frozenset({OrderState.LIVE, OrderState.PARTLY_SHIPPED})
_ENDED: Final = frozenset({PoStatus.CANCELLED, PoStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Names:
    """What a finding calls the two systems.

    The vendor's slug and title, RealSource's title.
    """

    vendor: str
    vendor_title: str
    po_title: str


def judge(po: PurchaseOrder, orders: Sequence[VendorOrder], names: Names) -> Finding:
    """Return what is to be known of a PO, from all orders that name it."""
    return _Case(po, orders, names).finding()


@dataclass(frozen=True, slots=True)
class _Case:
    """One PO with its orders."""

    po: PurchaseOrder
    orders: Sequence[VendorOrder]
    names: Names

    def finding(self) -> Finding:
        """Return what is to be known of the PO."""
        if self.po.of_vendor is False:
            return self._of_other_vendor()
        if not self.orders:
            return self._no_order()
        if doubt := self._doubt_of_order():
            return self._unclear(doubt)
        if self.po.status is PoStatus.UNKNOWN:
            return self._unclear(self._po_fault())
        if self.po.status in _ENDED:
            return self._ended()
        return self._open()

    # --- the PO is cancelled or closed ------------------------------------------------------------

    def _ended(self) -> Finding:
        cancelled = self.po.status is PoStatus.CANCELLED
        billed = [order for order in self.orders if order.billed]
        if cancelled and (billed or self.po.invoiced):
            return self._billed(billed)
        going = self._going() if cancelled else self._unshipped()
        if back := [order for order in going if order.came_back]:
            return self._unclear(self._is_back(back))
        again = [order for order in going if self._is_again(order)]
        if again:
            return self._reordered(again)
        if going and self._some_cancelled():
            return self._partly(going)
        if going:
            return self._alive(going)
        if doubt := self._doubt():
            return self._unclear(doubt)
        return self._both_ended()

    def _billed(self, billed: Sequence[VendorOrder]) -> Finding:
        where = numbers_of(billed) if billed else f"the PO in {self.names.po_title}"
        money = self._of_orders(billed) if billed else self._of_po()
        reason = f"{self._po_is()}, and there is an invoice or a payment for {where}: {money}"
        if unbilled := [order for order in self._going() if not order.billed]:
            reason = f"{reason}; and {self._is_alive(unbilled)}"
        return self._finding(FindingKind.BILLED, f"{reason}.", money)

    def _reordered(self, again: Sequence[VendorOrder]) -> Finding:
        money = self._of_orders(again)
        when = max((str(order.ordered) for order in again), default="")
        reason = (
            f"{self._po_is()}, and {numbers_of(again)} {verb(again, 'was', 'were')} placed for it"
            f" again on {when}: {money} that nobody wants."
        )
        return self._finding(FindingKind.REORDERED, reason, money)

    def _alive(self, going: Sequence[VendorOrder]) -> Finding:
        reason = f"{self._po_is()}, but {self._is_alive(going)}"
        return self._finding(FindingKind.ALIVE_AT_VENDOR, f"{reason}.", self._of_orders(going))

    def _is_alive(self, going: Sequence[VendorOrder]) -> str:
        """Return that orders go on, and what comes of them in which days."""
        begin = (
            f"{numbers_of(going)} {verb(going, 'is', 'are')} not cancelled at"
            f" {self.names.vendor_title}:"
        )
        it = verb(going, "it", "they")
        money = self._of_orders(going)
        if all(order.state is OrderState.SHIPPED for order in going):
            return f"{begin} {it} {verb(going, 'is', 'are')} shipped, and {money} will be billed"
        if all(order.awaits_approval for order in going):
            days = [order.ordered + timedelta(days=7) for order in going if order.ordered]
            until = f" until {min(days)}" if days else ""
            wait = verb(going, "waits", "wait")
            return f"{begin} {it} {wait} for approval{until}; approved, {money} will be billed"
        return f"{begin} {it} may ship any hour, and {money} will be billed"

    def _is_back(self, back: Sequence[VendorOrder]) -> str:
        """Return that goods or money came back, and what that leaves open."""
        told = listed(f"“{order.status_text[:60]}”" for order in back)
        return (
            f"{numbers_of(back)} {verb(back, 'is', 'are')} {told} at {self.names.vendor_title},"
            " where goods or money came back; what is left to be paid is not told"
        )

    def _both_ended(self) -> Finding:
        what = "cancelled" if self._all(OrderState.CANCELLED) else "finished"
        reason = f"{self._po_is()}, and its orders are {what} at {self.names.vendor_title}."
        return self._finding(FindingKind.CLEAN, reason, _NOTHING)

    # --- the PO is open ---------------------------------------------------------------------------

    def _open(self) -> Finding:
        if self._all(OrderState.CANCELLED):
            if doubt := self._doubt():
                return self._unclear(doubt)
            orders = numbers_of(self.orders)
            money = self._of_po()
            reason = (
                f"{orders[0].upper()}{orders[1:]} {verb(self.orders, 'is', 'are')} cancelled at"
                f" {self.names.vendor_title}, but {self._po_is()}: {money} are encumbered for"
                " nothing."
            )
            return self._finding(FindingKind.OPEN_HERE, reason, money)
        if self._any(OrderState.UNKNOWN):
            return self._unclear(self._order_fault())
        if self._some_cancelled():
            return self._partly(self._going())
        if doubt := self._doubt():
            return self._unclear(doubt)
        go_on = "are shipped" if self._all(OrderState.SHIPPED) else "go on"
        reason = f"{self._po_is()}, and its orders {go_on} at {self.names.vendor_title}."
        return self._finding(FindingKind.CLEAN, reason, _NOTHING)

    def _partly(self, going: Sequence[VendorOrder]) -> Finding:
        money = self._of_orders(going)
        gone = [order for order in self.orders if order.state is OrderState.CANCELLED]
        mixed = [order for order in going if order.state is OrderState.PARTLY_CANCELLED]
        whole = [order for order in going if order.state is not OrderState.PARTLY_CANCELLED]
        parts = [
            f"{numbers_of(gone)} {verb(gone, 'is', 'are')} cancelled" if gone else "",
            f"{numbers_of(whole)} {verb(whole, 'goes', 'go')} on" if whole else "",
            *(lines_of(order) for order in mixed),
        ]
        reason = (
            f"{self._po_is()}, and partly cancelled at {self.names.vendor_title}:"
            f" {'; '.join(part for part in parts if part)}; {money} are still to be paid."
        )
        return self._finding(FindingKind.PARTLY, reason, money)

    # --- the rest ---------------------------------------------------------------------------------

    def _of_other_vendor(self) -> Finding:
        if self.orders:
            return self._unclear(
                f"its supplier is {self.po.supplier}, yet {self.names.vendor_title} has"
                f" {numbers_of(self.orders)} for it"
            )
        reason = f"PO {self.po.number} is {self.po.supplier}'s; not looked at."
        return Finding(
            po=self.po.number,
            kind=FindingKind.OTHER_VENDOR,
            vendor=self.po.supplier,
            amount=Decimal(),
            reason=reason,
        )

    def _no_order(self) -> Finding:
        when = f" of {self.po.created}" if self.po.created else ""
        reason = (
            f"{self.names.vendor_title}'s export has no order for PO {self.po.number}{when},"
            f" which is {self.po.status_text or 'without a status'} in {self.names.po_title}."
        )
        money = _NOTHING if self.po.status in _ENDED else self._of_po()
        return self._finding(FindingKind.NOT_FOUND, reason, money)

    def _unclear(self, doubt: str) -> Finding:
        going = self._going()
        money = self._of_orders(going) if going else self._of_po()
        return self._finding(FindingKind.UNCLEAR, f"PO {self.po.number}: {doubt}.", money)

    # --- what is in doubt -------------------------------------------------------------------------

    def _doubt_of_order(self) -> str:
        """Return why an order may be of another PO.

        Empty where none may.
        """
        for order in self.orders:
            if len(order.pos) > 1:
                return f"order {order.number} names {' and '.join(order.pos)}"
            if order.ordered is None or self.po.created is None:
                continue
            if order.ordered < self.po.created - EARLIER:
                return (
                    f"order {order.number} is of {order.ordered}, before the PO's"
                    f" {self.po.created}; it may be of another PO with this number"
                )
            if order.ordered > self.po.created + _MUCH_LATER:
                return (
                    f"order {order.number} is of {order.ordered}, long after the PO's"
                    f" {self.po.created}; it may be of another PO with this number"
                )
        return ""

    def _doubt(self) -> str:
        """Return what contradicts that nothing more is to be known.

        Empty where nothing does.
        """
        if self._any(OrderState.UNKNOWN):
            return self._order_fault()
        faults = [*self.po.faults, *(fault for order in self.orders for fault in order.faults)]
        return faults[0] if faults else self._misfit()

    def _po_fault(self) -> str:
        return self.po.faults[0] if self.po.faults else "its status is not known"

    def _order_fault(self) -> str:
        order = next(order for order in self.orders if order.state is OrderState.UNKNOWN)
        return f"order {order.number}: {order.faults[0]}"

    def _misfit(self) -> str:
        """Return how its orders differ from the PO in money or quantity.

        Empty where they fit.
        """
        currencies = {self.po.currency, *(order.currency for order in self.orders)} - {""}
        if len(currencies) > 1:
            return f"its amounts are in {' and '.join(sorted(currencies))}"
        sums = _sums([order.totals for order in self.orders])
        if self._all(OrderState.CANCELLED):
            sums = {total for total in sums if total}  # a cancelled order may cost nothing by now
        if self.po.total is not None and sums and self.po.total not in sums:
            return f"the PO's total is {self.po.total}, its orders add up to {max(sums)}"
        counts = _sums([order.quantities for order in self.orders])
        if self.po.quantity is not None and counts and self.po.quantity not in counts:
            return f"the PO is of {self.po.quantity:f} pieces, its orders of {max(counts):f}"
        return ""

    # --- what it is made of -----------------------------------------------------------------------

    def _going(self) -> list[VendorOrder]:
        """Return the orders of which something is known not to be cancelled."""
        quiet = (OrderState.CANCELLED, OrderState.UNKNOWN)
        return [order for order in self.orders if order.state not in quiet]

    def _unshipped(self) -> list[VendorOrder]:
        return [
            order
            for order in self.orders
            if order.state in _UNSHIPPED
            or (
                order.state is OrderState.PARTLY_CANCELLED
                and any(item.state in _UNSHIPPED for item in order.items)
            )
        ]

    def _is_again(self, order: VendorOrder) -> bool:
        """Return whether an order was placed after the PO or its orders ended.

        Of its orders, the cancelled ones count.
        """
        if order.ordered is None or order.state is OrderState.PARTLY_CANCELLED:
            return False
        if self.po.ended is not None:
            return order.ordered > self.po.ended
        gone = [one for one in self.orders if one.state is OrderState.CANCELLED]
        return bool(gone) and all(one.ordered and one.ordered < order.ordered for one in gone)

    def _some_cancelled(self) -> bool:
        return self._any(OrderState.CANCELLED) or self._any(OrderState.PARTLY_CANCELLED)

    def _any(self, state: OrderState) -> bool:
        return any(order.state is state for order in self.orders)

    def _all(self, state: OrderState) -> bool:
        return all(order.state is state for order in self.orders)

    def _po_is(self) -> str:
        status = self.po.status.value.replace("_", " ")
        return f"PO {self.po.number} is {status} in {self.names.po_title}"

    def _of_orders(self, orders: Sequence[VendorOrder]) -> Money:
        return money_of(orders, self.po.currency)

    def _of_po(self) -> Money:
        return Money(self.po.total, self.po.currency or money_of(self.orders).currency)

    def _finding(self, kind: FindingKind, reason: str, money: Money) -> Finding:
        return Finding(
            po=self.po.number,
            kind=kind,
            vendor=self.names.vendor,
            orders=tuple(found_order(order) for order in self.orders),
            amount=money.amount,
            currency=money.currency,
            po_status=self.po.status,
            po_invoiced=self.po.invoiced,
            po_created=self.po.created,
            reason=reason,
        )


def found_order(order: VendorOrder) -> FoundOrder:
    """Return an order as a finding has it."""
    cancelled = order.state is OrderState.CANCELLED
    state = _STATES.get(order.state, "unknown")
    return FoundOrder(order.number, state, order.total if cancelled else order.live_total)


def _sums(choices: Sequence[tuple[Decimal, ...]]) -> set[Decimal]:
    """Return the sums of the first choices, of the second ones, and so on.

    None if one lacks.
    """
    if not choices or not all(choices):
        return set()
    most = max(len(one) for one in choices)
    return {
        sum((one[min(at, len(one) - 1)] for one in choices), Decimal()) for at in range(most)
    } | {sum((one[-1] for one in choices), Decimal())}
