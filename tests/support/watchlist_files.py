"""Worlds of POs and orders, made from a seed, and written as two dirty export files."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.support.watchlist_oracle import ALIVE, GONE, SENT, Line, Order, Po, World

#: A name that stands in the columns which nobody needs, and must come out nowhere.
CANARY = "Kanarienvogel"

ORDER_COLUMNS = (
    "Order Date", "Order ID", "Account Group", "PO Number", "Order Quantity", "Currency",
    "Order Subtotal", "Order Shipping & Handling", "Order Promotion", "Order Tax",
    "Order Net Total", "Order Status", "Approver", "Account User", "Account User Email",
    "Invoice Status", "Payment Identifier", "Title", "Item Quantity", "Item Net Total",
)  # fmt: skip
PO_COLUMNS = (
    "PO Number", "Supplier Name", "PO Status", "PO Date", "Cancelled Date", "PO Total", "Currency",
    "Quantity", "Prepared For", "Department",
)  # fmt: skip


def make_world(seed: int, size: int = 30) -> World:
    """Return a world in which every kind of harm happens."""
    dice = random.Random(seed)
    world = World()
    for n in range(size):
        _add_po(world, dice, f"{dice.choice(('P', 'VCU-', '00'))}{400000 + n}")
    if dice.random() < 0.5:  # the same number again, a year later
        twin = dice.choice([po for po in world.pos if "amazon" in po.supplier.lower()])
        _add_po(world, dice, twin.number, twin.day + timedelta(days=365))
    for order in dice.sample(world.orders, 3):  # another PO's number in a title
        order.lines[0].title += f" for PO {dice.choice(world.pos).number}"
    return world


def _add_po(world: World, dice: random.Random, number: str, day: date | None = None) -> None:
    day = day or date(2026, 1, 1) + timedelta(days=dice.randrange(150))
    other = dice.random() < 0.1
    count = 0 if dice.random() < 0.1 else dice.choice((1, 1, 1, 2, 3))
    orders = [_order(dice, number, day, len(world.orders) + n) for n in range(count)]
    total = sum((order.total for order in orders), Decimal()) or Decimal("12.00")
    count = sum(line.quantity for order in orders for line in order.lines) or 1
    if dice.random() < 0.08:
        total += Decimal("7.77")
    status = dice.choice(("Cancelled", "Canceled", "Completed", "Sent to Supplier", "Open"))
    ended = None
    if status.startswith("Cancel") and dice.random() < 0.5:
        ended = day + timedelta(days=dice.choice((0, 2, 10)))
    if orders and dice.random() < 0.15:
        orders[-1].day += timedelta(days=dice.choice((5, 20, 300)))
    supplier = "Fisher Scientific" if other else dice.choice(("Amazon Business", "AMAZON.COM", ""))
    world.pos.append(Po(number, supplier, status, day, total, count, ended))
    world.orders += orders if not other or dice.random() < 0.2 else []


def _order(dice: random.Random, po: str, day: date, n: int) -> Order:
    words = dice.choice((ALIVE, SENT, GONE, GONE))
    lines = []
    for line in range(dice.choice((1, 1, 2, 3))):
        status = dice.choice(words)
        if dice.random() < 0.1:
            status = dice.choice(GONE)
        if dice.random() < 0.02:
            status = "Quarantined"
        price = Decimal(dice.randrange(100, 300000)) / 100
        lines.append(Line(f"Item {line}", dice.choice((1, 2, 12)), price, status))
    invoice = dice.choice(("", "", "", "Not invoiced", "Paid", "Invoiced")) if words is SENT else ""
    number = f"{100 + n % 800}-{1000000 + n}-{dice.randrange(10**7):07}"
    currency = "EUR" if dice.random() < 0.05 else "USD"
    return Order(number, po, day, lines, invoice, currency)


def write_files(world: World, folder: Path, seed: int) -> tuple[Path, Path]:
    """Write a world as RealSource's and as the vendor's export, in one of many dirty ways."""
    dice = random.Random(seed * 7 + 1)
    comma = dice.random() < 0.25
    pos = [_po_row(po, dice, comma) for po in world.pos]
    orders = [row for order in world.orders for row in _order_rows(order, dice, comma)]
    for rows in (pos, orders):
        rows.extend(dice.sample(rows, min(3, len(rows))))  # some twice
        dice.shuffle(rows)
    here, there = folder / "pos.csv", folder / "orders.csv"
    here.write_bytes(_text(PO_COLUMNS, pos, dice, comma))
    there.write_bytes(_text(ORDER_COLUMNS, orders, dice, comma))
    return here, there


def _po_row(po: Po, dice: random.Random, comma: bool) -> dict[str, str]:
    ended = po.ended.isoformat() if po.ended else ""
    return {
        "PO Number": _kept_text(po.number, dice), "Supplier Name": po.supplier,
        "PO Status": _cased(po.status, dice), "PO Date": po.day.isoformat(),
        "Cancelled Date": ended, "PO Total": _money(po.total, dice, comma),
        "Currency": "USD", "Quantity": str(po.quantity), "Prepared For": CANARY,
        "Department": "Biology; room 5",
    }  # fmt: skip


def _order_rows(order: Order, dice: random.Random, comma: bool) -> list[dict[str, str]]:
    quantity = sum(line.quantity for line in order.lines)
    total = _money(order.total, dice, comma, order.currency)
    tax = _money(Decimal("0.00"), dice, comma, order.currency)
    return [
        {
            "Order Date": f"{order.day:%m/%d/%Y}", "Order ID": _kept_text(order.number, dice),
            "Account Group": "Group, A", "PO Number": _kept_text(order.po, dice),
            "Order Quantity": str(quantity), "Currency": order.currency, "Order Subtotal": total,
            "Order Tax": tax, "Order Net Total": total,
            "Order Status": _cased(line.status, dice), "Approver": CANARY, "Account User": CANARY,
            "Account User Email": f"{CANARY}@example.org", "Invoice Status": order.invoice,
            "Payment Identifier": '="9468"', "Title": f"{line.title} ({n})",
            "Item Quantity": str(line.quantity),
            "Item Net Total": _money(line.total, dice, comma, order.currency),
        }
        for n, line in enumerate(order.lines)
    ]  # fmt: skip


def _kept_text(text: str, dice: random.Random) -> str:
    return dice.choice((text, text, f'="{text}"', f" {text} ", f"{text}\u200b"))


def _cased(text: str, dice: random.Random) -> str:
    return dice.choice((text, text, text.upper(), text.lower()))


def _money(amount: Decimal, dice: random.Random, comma: bool, currency: str = "USD") -> str:
    sign = {"USD": "$", "EUR": "€"}[currency]
    text = f"{amount:,.2f}"
    if comma:
        text = text.translate(str.maketrans(",.", ".,"))
        return dice.choice((text, f"{text} {sign}"))
    return dice.choice((text, f"{amount:.2f}", f"{sign}{text}", f"{text} {currency}"))


def _text(
    columns: tuple[str, ...], rows: list[dict[str, str]], dice: random.Random, comma: bool
) -> bytes:
    names = list(columns)
    if dice.random() < 0.5:
        names.insert(dice.randrange(len(names)), "Notes of somebody")
    if dice.random() < 0.3:
        dice.shuffle(names)
    for name in ("Item Quantity", "Order Tax", "Department", "Account User Email"):
        if name in names and dice.random() < 0.3:
            names.remove(name)
    out = io.StringIO()
    writer = csv.DictWriter(
        out, names, delimiter=dice.choice(";\t") if comma else dice.choice(",;\t"),
        extrasaction="ignore", restval="", lineterminator=dice.choice(("\n", "\r\n")),
    )  # fmt: skip
    writer.writeheader()
    writer.writerows(rows)
    encoding = dice.choice(("utf-8", "utf-8-sig", "utf-16"))
    return out.getvalue().encode(encoding)
