"""The orders of a view as a CSV that is safe in spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final

from robot.clock import local_text
from robot.console.board.orders import OrderRow
from robot.console.board.totals import CURRENCY
from robot.evidence.export import escape_cell

COLUMNS: Final = (
    "po", "order", "vendor", "stands", "problem", "asked_by", "reason", "asked_at", "deadline",
    "total", "currency", "vendor_says", "realsource_says", "next_step",
)  # fmt: skip


def write_csv(rows: Iterable[OrderRow], zone: tzinfo | None = None) -> bytes:
    """Return orders as a CSV, each text in it safe from being taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(_cells(row, zone))
    return text.getvalue().encode("utf-8-sig")


def _cells(row: OrderRow, zone: tzinfo | None) -> list[str]:
    item = row.item
    told = [
        item.known_po or "", item.number or "", item.vendor, row.stands, item.problem or "",
        item.request.requested_by, item.request.reason, _time(item.added_at, zone),
        _time(item.deadline, zone), "", "", row.vendor_says, row.realsource_says, row.next_step,
    ]  # fmt: skip
    cells = [escape_cell(text) for text in told]
    if item.total is not None:
        cells[COLUMNS.index("total")] = f"{item.total:.2f}"
        cells[COLUMNS.index("currency")] = CURRENCY
    return cells


def _time(at: datetime | None, zone: tzinfo | None) -> str:
    return "" if at is None else local_text(at, zone)
