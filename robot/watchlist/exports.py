"""Read RealSource's and a vendor's export as purchase orders and orders.

A state is read from a word that proves it. Words that are not known, and rows that contradict each
other, are said as faults; nothing is guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from robot.cancellation.orders import OrderState, PoStatus
from robot.sites.site_file import Site
from robot.watchlist.amounts import currency_of, is_rounded
from robot.watchlist.columns import Ask, CampusColumns
from robot.watchlist.tables import Fields, Table, read_table
from robot.watchlist.values import OrderItem, PurchaseOrder, VendorOrder

_PO_FIELDS: Final = Fields(
    required=("po", "status"),
    money=("total", "line_total", "invoiced"),
    days=("created", "ended"),
)
_ORDER_FIELDS: Final = Fields(
    required=("order", "po", "status"),
    money=("total", "subtotal", "tax", "shipping", "item_total", "payment_amount"),
    days=("ordered", "invoice_date", "payment_date", "shipment_date"),
)
#: Rows of one PO number that are further apart are of two POs: numbers are used again.
_OTHER_PO: Final = timedelta(days=90)

Row = Mapping[str, str]


def read_purchase_orders(
    path: Path, site: Site, vendor: str, campus: CampusColumns, ask: Ask
) -> tuple[Table, tuple[PurchaseOrder, ...]]:
    """Read the export of a document search.

    A row a PO, or a row a line. A number that is used by two POs, of two days, gives two. Raises
    BadInput.
    """
    table = read_table(path, site, _PO_FIELDS, campus, ask)
    of_number: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if number := row.get("po", "").upper():
            of_number[number].append(row)
    return table, tuple(
        _purchase_order(table, vendor, number, rows)
        for number, all_rows in of_number.items()
        for rows in _documents(table, all_rows)
    )


def read_vendor_orders(
    path: Path, site: Site, campus: CampusColumns, ask: Ask
) -> tuple[Table, tuple[VendorOrder, ...]]:
    """Read a vendor's report of its orders, a row an item.

    Raises BadInput.
    """
    table = read_table(path, site, _ORDER_FIELDS, campus, ask)
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if number := row.get("order", ""):
            orders[number].append(row)
    return table, tuple(_vendor_order(table, number, rows) for number, rows in orders.items())


# --- purchase orders ------------------------------------------------------------------------------


def _documents(table: Table, rows: Sequence[Row]) -> list[list[Row]]:
    """Part the rows of a PO number by the POs that they are of.

    These are far apart in time.
    """
    dated = sorted(((_created(table, row), row) for row in rows), key=lambda pair: pair[0])
    documents: list[list[Row]] = []
    before = None
    for day, row in dated:
        if before is None or day - before > _OTHER_PO:
            documents.append([])
        documents[-1].append(row)
        before = day
    return documents


def _created(table: Table, row: Row) -> date:
    return table.day(row.get("created", "")) or date.min


def _purchase_order(table: Table, vendor: str, number: str, rows: Sequence[Row]) -> PurchaseOrder:
    faults: list[str] = []
    if is_rounded(number):
        faults.append(f"{number} is a number that a spreadsheet has rounded")
    status, words = _po_status(table, rows, faults)
    suppliers = _told(rows, "supplier")
    if len(suppliers) > 1:
        faults.append("its rows name two suppliers")
    supplier = suppliers[0] if len(suppliers) == 1 else ""
    total, total_text = _po_total(table, rows, faults)
    if total is not None and total < 0:
        faults.append(f"its total is {total}, below zero")
    return PurchaseOrder(
        number=number,
        status=status,
        status_text=words,
        supplier=supplier,
        of_vendor=table.site.says(f"supplier_{vendor}", supplier) if supplier else None,
        total=total,
        currency=_currency(rows, total_text, faults),
        quantity=_sum_of(table, rows, "quantity"),
        created=min(_days(table, rows, "created"), default=None),
        ended=min(_days(table, rows, "ended"), default=None),
        invoiced=_po_invoiced(table, rows, faults),
        faults=tuple(faults),
    )


def _po_status(table: Table, rows: Sequence[Row], faults: list[str]) -> tuple[PoStatus, str]:
    """Return a PO's status with its words.

    A line that was cancelled alone is no PO's.
    """
    words = _told(rows, "status")
    found = {row for text in words for row in table.status(text)}
    unknown = [text for text in words if not table.status(text)]
    if not words:
        faults.append("no status is told of it")
    if unknown:
        faults.append(f"its status “{unknown[0][:60]}” is not known")
    if len(found) > 1:
        faults.append(f"its rows tell two statuses ({', '.join(words)[:80]})")
    lines = {row for text in _told(rows, "line_status") for row in table.status(text)}
    if found == {"open"} and "cancelled" in lines and len(lines) > 1:
        faults.append("some of its lines are cancelled in RealSource, others are not")
    if faults or len(found) != 1:
        return PoStatus.UNKNOWN, ", ".join(words)
    return PoStatus(found.pop()), words[0]


def _po_total(table: Table, rows: Sequence[Row], faults: list[str]) -> tuple[Decimal | None, str]:
    """Return the PO's total, told on each row, or the sum of its lines.

    And a text of it.
    """
    texts = _told(rows, "total")
    if not texts:
        return _sum_of(table, rows, "line_total"), "".join(_told(rows, "line_total")[:1])
    amounts = {table.amount(text) for text in texts}
    if None in amounts:
        faults.append(f"its total “{texts[0][:40]}” can't be read for sure")
        return None, texts[0]
    if len(amounts) == 1:
        return amounts.pop(), texts[0]
    if "line" in table.names and len(_told(rows, "line")) == len(rows):
        return _sum_of(table, rows, "total"), texts[0]
    faults.append(f"its rows tell {len(amounts)} totals")
    return None, texts[0]


def _po_invoiced(table: Table, rows: Sequence[Row], faults: list[str]) -> bool:
    counts = [table.amount(text) for text in _told(rows, "invoices") + _told(rows, "invoiced")]
    if any(count for count in counts) or _told(rows, "invoice_number"):
        return True
    return _is_billed(table, rows, faults)


# --- a vendor's orders ----------------------------------------------------------------------------


def _vendor_order(table: Table, number: str, rows: Sequence[Row]) -> VendorOrder:
    faults: list[str] = []
    if is_rounded(number):
        faults.append(f"{number} is a number that a spreadsheet has rounded")
    items = tuple(_item(table, row, faults) for row in rows)
    totals, total_text = _order_totals(table, rows, items, faults)
    state = _order_state(table, rows, items)
    words = _told(rows, "status")
    return VendorOrder(
        number=number,
        pos=tuple(dict.fromkeys(po.upper() for po in _told(rows, "po"))),
        state=state,
        status_text=", ".join(words),
        ordered=min(_days(table, rows, "ordered"), default=None),
        totals=totals,
        currency=_currency(rows, total_text, faults),
        quantities=_quantities(table, rows, items),
        billed=_order_billed(table, rows, faults),
        awaits_approval=any("approval" in text.lower() for text in words),
        came_back=_came_back(table, words, (*totals, *(item.total for item in items))),
        items=items,
        faults=tuple(dict.fromkeys(faults)),
    )


def _came_back(table: Table, words: Sequence[str], amounts: Sequence[Decimal | None]) -> bool:
    """Return whether a word or an amount tells of what came back."""
    if any(amount is not None and amount < 0 for amount in amounts):
        return True
    return any(table.came_back(text) for text in words)


def _item(table: Table, row: Row, faults: list[str]) -> OrderItem:
    return OrderItem(
        title=row.get("item", "")[:80],
        quantity=table.amount(row.get("item_quantity", "")),
        state=_item_state(table, row, faults),
        total=table.amount(row.get("item_total", "")),
    )


def _item_state(table: Table, row: Row, faults: list[str]) -> OrderState:
    words = row.get("item_status") or row.get("status", "")
    found = table.status(words)
    if len(found) != 1:
        told = f"a status “{words[:60]}” is not known" if words else "a row tells no status"
        faults.append(told)
        return OrderState.UNKNOWN
    state = OrderState(found[0])
    shipment = table.status(row.get("shipment_status", ""))
    if shipment != ("shipped",):
        return state
    if state is OrderState.CANCELLED:
        faults.append(f"it is cancelled, and its shipment is “{row['shipment_status'][:40]}”")
        return OrderState.UNKNOWN
    return OrderState.SHIPPED if state is OrderState.LIVE else state


def _order_state(table: Table, rows: Sequence[Row], items: Sequence[OrderItem]) -> OrderState:
    """Return where an order stands.

    An item that goes on is known, whatever the others are.
    """
    states = {item.state for item in items}
    if OrderState.UNKNOWN in states:
        states.remove(OrderState.UNKNOWN)
        if states <= {OrderState.CANCELLED}:
            return OrderState.UNKNOWN
    if states == {OrderState.LIVE, OrderState.SHIPPED}:
        return OrderState.PARTLY_SHIPPED
    if len(states) > 1:
        return OrderState.PARTLY_CANCELLED
    (state,) = states
    if state is OrderState.SHIPPED and _closed_short(table, rows):
        return OrderState.PARTLY_CANCELLED
    return state


def _closed_short(table: Table, rows: Sequence[Row]) -> bool:
    """Return whether a closed order has sent less than was ordered.

    It has, however it is counted.
    """
    ordered = {table.amount(row.get("quantity", "")) for row in rows}
    sent = [table.amount(row.get("shipment_quantity", "")) for row in rows]
    known = [quantity for quantity in sent if quantity is not None]
    if len(ordered) != 1 or len(known) < len(rows):
        return False
    least = ordered.pop()
    return least is not None and sum(known, Decimal()) < least


def _order_totals(
    table: Table, rows: Sequence[Row], items: Sequence[OrderItem], faults: list[str]
) -> tuple[tuple[Decimal, ...], str]:
    """Return the sums that may equal the PO's, what is billed first.

    And a text of it.
    """
    texts = _told(rows, "total")
    if not texts:
        amounts = [item.total for item in items]
        known = [amount for amount in amounts if amount is not None]
        text = "".join(_told(rows, "item_total")[:1])
        return ((sum(known, Decimal()),) if known and len(known) == len(rows) else ()), text
    found = {table.amount(text) for text in texts}
    if None in found:
        faults.append(f"its total “{texts[0][:40]}” can't be read for sure")
        return (), texts[0]
    if len(found) > 1:
        faults.append(f"its rows tell {len(found)} totals")
        return (), texts[0]
    total = next(amount for amount in found if amount is not None)
    tax = _one(table, rows, "tax") or Decimal()
    shipping = _one(table, rows, "shipping") or Decimal()
    subtotal = _one(table, rows, "subtotal")
    # A campus that is exempt from tax, or books shipping apart, has one of these on its PO.
    bare = (total - tax, total - tax - shipping, total if subtotal is None else subtotal)
    return (total, *bare), texts[0]


def _quantities(
    table: Table, rows: Sequence[Row], items: Sequence[OrderItem]
) -> tuple[Decimal, ...]:
    """Return what an order's quantity may be.

    Of the order, or the sum of its rows'.
    """
    of_items = [item.quantity for item in items]
    of_rows = [table.amount(row.get("quantity", "")) for row in rows]
    found = []
    for quantities in (of_rows, of_items):
        known = [quantity for quantity in quantities if quantity is not None]
        if known and len(known) == len(rows):
            found.append(sum(known, Decimal()))
            found += known[:1] if quantities is of_rows and len(set(known)) == 1 else []
    return tuple(dict.fromkeys(found))


def _order_billed(table: Table, rows: Sequence[Row], faults: list[str]) -> bool:
    paid = [table.amount(text) for text in _told(rows, "payment_amount")]
    dated = _told(rows, "invoice_date") + _told(rows, "payment_date")
    if any(amount for amount in paid) or any(table.day(text) for text in dated):
        return True
    return _is_billed(table, rows, faults)


# --- both -----------------------------------------------------------------------------------------


def _is_billed(table: Table, rows: Sequence[Row], faults: list[str]) -> bool:
    found = [(text, table.invoice(text)) for text in _told(rows, "invoice_status")]
    faults += [
        f"its invoice status “{text[:40]}” is not known" for text, means in found if not means
    ]
    return any(means == "billed" for _, means in found)


def _told(rows: Iterable[Row], field: str) -> list[str]:
    """Return what a field says in the rows, each text once."""
    return list(dict.fromkeys(text for row in rows if (text := row.get(field, ""))))


def _days(table: Table, rows: Sequence[Row], field: str) -> list[date]:
    found = (table.day(text) for text in _told(rows, field))
    return [day for day in found if day is not None]


def _one(table: Table, rows: Sequence[Row], field: str) -> Decimal | None:
    """Return a field's amount that is the same on each row."""
    amounts = {table.amount(text) for text in _told(rows, field)}
    return amounts.pop() if len(amounts) == 1 else None


def _sum_of(table: Table, rows: Sequence[Row], field: str) -> Decimal | None:
    """Return the sum of a field over all rows, or None where one does not tell it."""
    amounts = [table.amount(row.get(field, "")) for row in rows]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if known and len(known) == len(rows) else None


def _currency(rows: Sequence[Row], total: str, faults: list[str]) -> str:
    told = {currency_of(text) for text in [*_told(rows, "currency"), total]} - {""}
    if len(told) > 1:
        faults.append(f"its amounts are in {' and '.join(sorted(told))}")
    return told.pop() if len(told) == 1 else ""
