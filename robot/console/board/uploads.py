"""A list that somebody pastes or uploads, checked row by row.

Nothing is put in yet. Each row is eligible, or says why it is not.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from robot.errors import BadInput
from robot.queue import csv_import, spreadsheet
from robot.queue.csv_import import ImportedList, RowDefaults
from robot.queue.intake import reasons_not_to_take
from robot.queue.items import NewItem
from robot.sites.numbers import may_be_session_id
from robot.sites.registry import Sites
from robot.sites.vendors import VENDORS
from robot.storage.database import Database

#: What a pasted list is called.
PASTED: Final = "The pasted list"
#: What is said of a number that is hardly an order's.
SESSION_ID: Final = "looks like the id of a session, which is written like an order's number"
_BETWEEN: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of a list.

    ``number`` is the order or the PO that it names. ``item`` is what would be put in, None where it
    can't be meant. ``why_not`` says why it is not eligible; ``same_as`` is the line of the row that
    asks for the same, where one does.
    """

    line: int
    number: str
    item: NewItem | None = None
    why_not: str | None = None
    same_as: int | None = None

    @property
    def eligible(self) -> bool:
        """Tell whether it would be put in."""
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class Preview:
    """A list as it was read, in the order of its lines.

    ``sha256`` is that of what was pasted or uploaded.
    """

    name: str
    sha256: str
    rows: tuple[PreviewRow, ...]

    @property
    def eligible(self) -> tuple[PreviewRow, ...]:
        """Return the rows that would be put in."""
        return tuple(row for row in self.rows if row.eligible)

    @property
    def items(self) -> tuple[NewItem, ...]:
        """Return what would be put in."""
        return tuple(row.item for row in self.eligible if row.item is not None)

    @property
    def duplicates(self) -> int:
        """Return how many rows ask for the same as one before."""
        return sum(row.same_as is not None for row in self.rows)

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """Return why rows are not eligible, each with their number, the commonest first."""
        told = Counter(row.why_not for row in self.rows if row.why_not is not None)
        return tuple(told.most_common())


def has_several(text: str, sites: Sites) -> bool:
    """Return whether a text holds several numbers of orders or POs.

    One that was typed with blanks between its parts is one.
    """
    vendor = sites.vendor(VENDORS[0])
    words = _BETWEEN.split(text.strip())
    if vendor.matches("order", "-".join(words)):
        return False
    numbers = (
        vendor.matches("order", one) or sites.eprocurement.matches("po", one) for one in words
    )
    return sum(numbers) > 1


def preview_text(
    text: str, sites: Sites, defaults: RowDefaults, zone: tzinfo | None = None
) -> Preview:
    """Return the preview of what was pasted.

    That is a table with its columns' names, or numbers parted by blanks, commas or lines. Raises
    BadInput where it holds nothing, or a table that can't be read.
    """
    data = text.encode("utf-8", errors="replace")
    if len(data) > spreadsheet.LARGEST:
        raise _too_large(PASTED)
    if _names_columns(text, csv_import.known_columns(sites, defaults.vendor)):
        return _preview(csv_import.parse(data, PASTED, sites, defaults, zone), PASTED, data)
    numbers = "\n".join(["order", *_pieces(text)]).encode()
    found = csv_import.parse(numbers, PASTED, sites, defaults, zone)
    return _preview(found, PASTED, data, header=1)


def preview_file(
    data: bytes, name: str, sites: Sites, defaults: RowDefaults, zone: tzinfo | None = None
) -> Preview:
    """Return the preview of an uploaded CSV or workbook (.xlsx).

    Raises BadInput where it is too large, or can't be read as a list at all.
    """
    if len(data) > spreadsheet.LARGEST:
        raise _too_large(name)
    return _preview(csv_import.parse(data, name, sites, defaults, zone), name, data)


def checked(preview: Preview, database: Database, sites: Sites) -> Preview:
    """Return the preview with the rows that are not to be sent as they are, and why.

    The queue would not take them now, or they hardly name an order.
    """
    rows = tuple(_without_session_id(row, sites) for row in preview.rows)
    return _checked_against_queue(replace(preview, rows=rows), database)


def _without_session_id(row: PreviewRow, sites: Sites) -> PreviewRow:
    if not row.eligible or row.item is None or row.item.request.number is None:
        return row
    asked = row.item.request
    if not may_be_session_id(row.number, asked.vendor, sites):
        return row
    return replace(row, why_not=f"{SESSION_ID}; if it is an order's, check it alone")


def _checked_against_queue(preview: Preview, database: Database) -> Preview:
    with database.reading() as tx:
        reasons = reasons_not_to_take(tx, preview.items, pressed=False)
    rows = tuple(
        replace(row, why_not=reasons[row.item.key].why)
        if row.eligible and row.item is not None and row.item.key in reasons
        else row
        for row in preview.rows
    )
    return replace(preview, rows=rows)


def _preview(found: ImportedList, name: str, data: bytes, header: int = 0) -> Preview:
    """Return what was read as a preview.

    Its lines are counted without the ``header`` lines that were put before it.
    """
    rows = sorted(_rows(found, header), key=lambda row: row.line)
    return Preview(name, hashlib.sha256(data).hexdigest(), tuple(rows))


def _rows(found: ImportedList, header: int) -> Iterator[PreviewRow]:
    for row in found.rows:
        item = NewItem(row.request, row.not_before, row.deadline)
        yield PreviewRow(row.line - header, row.request.number or str(row.request.po), item)
    for again in found.duplicates:
        why = "the list has it twice"
        first = again.first - header
        yield PreviewRow(again.line - header, again.number, why_not=why, same_as=first)
    for fault in found.faults:
        yield PreviewRow(fault.line - header, fault.number, why_not=fault.text)


def _names_columns(text: str, known: Collection[str]) -> bool:
    """Tell whether the first line names columns, as a copied table's does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    cells = re.split(r"[,;\t]", first)
    return any(spreadsheet.column(cell.strip().strip('"')) in known for cell in cells)


def _pieces(text: str) -> list[str]:
    return [f'"{piece}"' for piece in _BETWEEN.split(text.replace('"', " ")) if piece]


def _too_large(name: str) -> BadInput:
    msg = f"{name} is larger than {spreadsheet.LARGEST // 2**20} MB, so it is no list of orders."
    return BadInput(msg, next_step="Check that it is the right file, or cut the list into parts.")
