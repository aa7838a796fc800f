"""Join RealSource's POs with a vendor's orders.

Pure. Orders belong to a PO by the PO number that their own rows name, never by one in a title.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from robot.cancellation.orders import OrderState
from robot.watchlist.amounts import is_rounded
from robot.watchlist.findings import Finding, FindingKind
from robot.watchlist.judge import EARLIER, Names, found_order, judge
from robot.watchlist.sentences import listed, money_of, numbers_of, verb
from robot.watchlist.values import PurchaseOrder, VendorOrder

_BETWEEN: Final = re.compile(r"[\s,;|&+]+")
#: So many digits are no count, day or room.
_ENOUGH: Final = 4


def join(
    pos: Iterable[PurchaseOrder], orders: Iterable[VendorOrder], names: Names
) -> Iterator[Finding]:
    """Yield a finding for each PO, and for each order without one.

    They come in the order of the files.
    """
    documents: dict[str, list[PurchaseOrder]] = defaultdict(list)
    for po in pos:
        documents[po.number].append(po)
    of_po: dict[str, list[VendorOrder]] = defaultdict(list)
    without = []
    for order in orders:
        for number in order.pos:
            of_po[number].append(order)
        if not order.pos:
            without.append(order)
    near = {key: number for number in documents for key in _keys(number)}
    for number, same_number in documents.items():
        for po, its_orders in _by_document(same_number, of_po.get(number, [])):
            yield judge(po, its_orders, names)
    for number in of_po.keys() - documents.keys():
        yield _unknown_po(number, of_po[number], near, names)
    for order in without:
        yield _without_po(order, names)


def _by_document(
    documents: Sequence[PurchaseOrder], orders: Sequence[VendorOrder]
) -> Iterator[tuple[PurchaseOrder, list[VendorOrder]]]:
    """Give each order to the last PO of its number that is not younger than the order."""
    dated = sorted((po for po in documents if po.created), key=lambda po: str(po.created))
    if len(documents) == 1 or len(dated) < len(documents):
        for po in documents:
            yield po, list(orders)
        return
    given: dict[int, list[VendorOrder]] = defaultdict(list)
    for order in orders:
        before = [
            at
            for at, po in enumerate(dated)
            if order.ordered and po.created and po.created <= order.ordered + EARLIER
        ]
        given[before[-1] if before else 0].append(order)
    for at, po in enumerate(dated):
        yield po, given[at]


def _unknown_po(
    number: str, orders: Sequence[VendorOrder], near: Mapping[str, str], names: Names
) -> Finding:
    """Return the finding of orders whose PO is not in RealSource's export."""
    alike = [near[key] for key in _keys(number) if key in near]
    doubt = f"it has {listed(dict.fromkeys(alike))}, which may be meant" if alike else ""
    if is_rounded(number):
        doubt = "a spreadsheet has rounded it"
    kind = FindingKind.UNCLEAR if doubt else FindingKind.NOT_FOUND
    what = (
        f"{numbers_of(orders)} {verb(orders, 'names', 'name')} PO “{number[:60]}”, which"
        f" {names.po_title}'s export has not"
    )
    reason = f"{what}; {doubt}." if doubt else f"{what}."
    money = money_of(order for order in orders if order.state is not OrderState.CANCELLED)
    return Finding(
        po=number,
        kind=kind,
        vendor=names.vendor,
        orders=tuple(found_order(order) for order in orders),
        amount=money.amount,
        currency=money.currency,
        reason=reason[0].upper() + reason[1:],
    )


def _without_po(order: VendorOrder, names: Names) -> Finding:
    is_over = order.state is OrderState.CANCELLED
    what = "is cancelled, and names no PO" if is_over else "names no PO"
    return Finding(
        po=None,
        kind=FindingKind.CLEAN if is_over else FindingKind.UNCLEAR,
        vendor=names.vendor,
        orders=(found_order(order),),
        amount=Decimal() if is_over else order.live_total,
        currency=order.currency,
        reason=f"Order {order.number} {what} in {names.vendor_title}'s export.",
    )


def _keys(number: str) -> list[str]:
    """Return what is alike in the ways that people write one PO's number, or several.

    The digits of each word, without zeros before them, where there are enough of them.
    """
    words = _BETWEEN.split(number)
    digits = (re.sub(r"\D", "", word).lstrip("0") for word in words)
    return [key for key in digits if len(key) >= _ENOUGH]
