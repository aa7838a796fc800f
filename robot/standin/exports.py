"""Both systems' exports of the stand-in orders, to try the watch-list with."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from robot.standin.amazon.order import Order, OrderLine
from robot.standin.vcu.documents import OWNER, PurchaseDoc
from robot.standin.world import World

#: The status of a line in Amazon's report.
_STATUS: Final = {"live": "Pending Fulfillment", "cancelled": "Cancelled"}

Row = Mapping[str, object]


def write_exports(world: World, folder: Path, today: date) -> tuple[Path, Path]:
    """Write what RealSource and Amazon Business export of the stand-in orders.

    Return both files: of the document search, and the Orders report. Everything is of ``today``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    here = folder / "pos.csv"
    there = folder / "orders.csv"
    _write(here, (_po_row(doc, today) for doc in world.vcu.purchase_orders.values()))
    orders = world.amazon.orders.values()
    _write(there, (row for order in orders for row in _order_rows(order, today)))
    return here, there


def _po_row(doc: PurchaseDoc, today: date) -> Row:
    return {
        "PO Number": doc.number,
        "Supplier Name": doc.supplier,
        "PO Status": doc.status,
        "PO Date": f"{today:%m/%d/%Y}",
        "PO Total": f"{doc.total:.2f} USD",
        "Invoices": doc.invoices,
        "Prepared For": OWNER,
    }


def _order_rows(order: Order, today: date) -> Iterator[Row]:
    for line in order.lines:
        yield {
            "Order Date": f"{today:%m/%d/%Y}",
            "Order ID": order.number,
            "PO Number": f'="{order.shown_po}"' if order.shown_po else "",
            "Order Quantity": sum(one.goods.quantity for one in order.lines),
            "Currency": "USD",
            "Order Net Total": f"{order.total:,.2f}",
            "Order Status": _status(line),
            "Account User": OWNER,
            "Title": line.goods.title,
            "Item Quantity": line.goods.quantity,
            "Item Net Total": f"{line.goods.amount:,.2f}",
        }


def _status(line: OrderLine) -> str:
    return _STATUS.get(line.state, "Closed")


def _write(file: Path, rows: Iterable[Row]) -> None:
    all_rows = list(rows)
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.DictWriter(opened, list(all_rows[0]))
        writer.writeheader()
        writer.writerows(all_rows)
