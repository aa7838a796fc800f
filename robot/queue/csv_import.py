"""Read a list of orders, as people make it, from a CSV or a workbook (.xlsx).

Columns: ``order``, ``po``, ``vendor``, ``reason``, ``requested_by``, ``not_before``, ``deadline``,
in any order; the first line names them. An empty cell means what the command line said for all;
``order`` may be empty where ``po`` is not: then every order of that PO is meant. Every fault is
told with its line. ``read`` takes a list whole or not at all, ``parse`` tells the good rows too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from robot.cancellation.request import CancelRequest
from robot.errors import BadInput
from robot.queue import spreadsheet, workbook
from robot.queue.spreadsheet import Record
from robot.sites.numbers import parse_number, parse_po
from robot.sites.registry import Sites
from robot.sites.vendors import VENDORS

COLUMNS: Final = ("order", "po", "vendor", "reason", "requested_by", "not_before", "deadline")
#: How many faults are told one by one.
SHOWN: Final = 20
#: How many rows a list may have, and bytes a workbook unpacked.
MOST_ROWS: Final = 50_000
LARGEST_UNPACKED: Final = 64 * 2**20

#: A column of a vendor's report that says nothing to us.
_OTHER: Final = "(other)"
#: How the title of a column begins that may hold POs.
_PO_TITLE: Final = re.compile(r"(?:p\.?\s*o\b|purchase[\s_-]*order)", re.IGNORECASE)
_HEADER: Final = "order,po,vendor,reason,requested_by"
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class RowDefaults:
    """What the empty cells of a list stand for.

    "" and None stand for nothing.
    """

    vendor: str
    requested_by: str
    reason: str = ""
    po: str | None = None
    not_before: str = ""
    deadline: str = ""

    def cell(self, column: str) -> str:
        """Return what an empty cell of a column means."""
        return getattr(self, column, None) or ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list, with its line in the file and its times (UTC, or None)."""

    line: int
    request: CancelRequest
    not_before: datetime | None = None
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that is not taken, as the row on line ``first`` asks for the same."""

    line: int
    first: int
    number: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that can't be meant.

    ``number`` is what it names, as far as it names anything; ``text`` is what is wrong in it.
    """

    line: int
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class ImportedList:
    """The rows of a list that are to be taken.

    Beside them are those that ask for the same again, and those that can't be meant.
    """

    rows: tuple[Row, ...]
    duplicates: tuple[Duplicate, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class _Reading:
    """A list as far as it is read, with what is needed to read on."""

    sites: Sites
    defaults: RowDefaults
    zone: tzinfo | None
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    duplicates: list[Duplicate] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """Take one row in, or tell its faults."""
        try:
            row = self._row(line, cells)
            key = (row.request.vendor, row.request.number or f"po {row.request.po}")
            first = self.rows.setdefault(key, row)
            if first is not row:
                self.rows[key] = _joined(first, row)
                self.duplicates.append(
                    Duplicate(line, first.line, row.request.number or str(row.request.po))
                )
        except BadInput as fault:
            number = cells.get("order") or cells.get("po") or ""
            self.faults.append(Fault(line, number[:60], _in_row(fault)))

    def _row(self, line: int, cells: Mapping[str, str]) -> Row:
        told = {name: cells.get(name) or self.defaults.cell(name) for name in COLUMNS}
        number = cells.get("order", "").lstrip("'")
        po = told["po"].lstrip("'")
        if not number and not cells.get("po"):
            raise BadInput("it names neither an order nor a PO. Fill in order or po.")
        for text in (number, po):
            _check_mangled(text)
        for_all = parse_po(self.defaults.po or None, self.sites)
        if for_all and cells.get("po") and parse_po(po, self.sites) != for_all:
            raise BadInput(
                f"it names PO {po[:60]}, and --po names PO {for_all}. Leave --po out, or one of"
                " them empty."
            )
        # People write “Amazon Business”.
        vendor = self.sites.vendor(spreadsheet.column(told["vendor"]))
        words = {name: " ".join(told[name].split()) for name in ("reason", "requested_by")}
        request = parse_number(
            number or parse_po(po, self.sites) or "", vendor.name, self.sites, **words
        )
        if number and po and request.number:
            request = replace(request, po=parse_po(po, self.sites))
        elif number and po and request.po != parse_po(po, self.sites):
            if not cells.get("po"):
                raise BadInput(f"{number} is a PO number already; --po goes with order numbers.")
            raise BadInput(
                f"order names PO {request.po}, and po names PO {po[:60]}. Leave one of them empty."
            )
        return Row(line, request, *times(told["not_before"], told["deadline"], self.zone))


def read(
    path: Path,
    sites: Sites,
    defaults: RowDefaults,
    zone: tzinfo | None = None,
) -> ImportedList:
    """Return the list in a file, whole or not at all.

    ``zone`` is that of times without an offset, None the machine's own. Raises BadInput that tells
    up to ``SHOWN`` faults with their lines.
    """
    found = parse(spreadsheet.read_bytes(path), path.name, sites, defaults, zone)
    if found.faults:
        raise _all_faults(found.faults, path.name)
    return found


def parse(
    data: bytes,
    name: str,
    sites: Sites,
    defaults: RowDefaults,
    zone: tzinfo | None = None,
) -> ImportedList:
    """Return the list in a CSV or a workbook, with the faults of its rows.

    Of rows that ask for the same, the first counts, with the PO that any of them names. ``zone`` is
    as for ``read``. Raises BadInput where it can't be read as a list at all.
    """
    exported = _exported(sites, spreadsheet.column(defaults.vendor))
    records = _records(data, name, known_columns(sites, defaults.vendor))
    header = next(records, None)
    if header is None:
        raise BadInput(f"{name} is empty.", next_step=f"Its first line must be: {_HEADER}")
    columns = _columns(header, name, exported)
    reading = _Reading(sites, defaults, zone)
    below = list(itertools.islice(records, MOST_ROWS + 1))
    if len(below) > MOST_ROWS:
        msg = f"{name} has more than {MOST_ROWS:,} rows."
        raise BadInput(msg, next_step="Cut the list into parts.")
    for record in below:
        if stray := [cell for cell, name_of in _pairs(record, columns) if cell and not name_of]:
            hint = "Quote a cell that holds the delimiter, or name its column."
            text = f"{stray[0][:60]!r} stands in a column without a name. {hint}"
            reading.faults.append(Fault(record.line, record.cells[0][:60], text))
        else:
            reading.take(
                record.line, {name_of: cell for cell, name_of in _pairs(record, columns) if name_of}
            )
    if not reading.rows and not reading.faults:
        raise BadInput(
            f"{name} names no order.",
            next_step="Add a line for each order below the first.",
        )
    return ImportedList(
        tuple(reading.rows.values()), tuple(reading.duplicates), tuple(reading.faults)
    )


def known_columns(sites: Sites, vendor: str) -> tuple[str, ...]:
    """Return the names of a list's columns, those of the vendor's report too."""
    return (*COLUMNS, *_exported(sites, spreadsheet.column(vendor)))


def _records(data: bytes, name: str, known: Sequence[str]) -> Iterator[Record]:
    if data.startswith(workbook.MAGIC):
        return workbook.records(data, name, LARGEST_UNPACKED)
    return spreadsheet.records(spreadsheet.decode(data, name), known, name)


def times(
    not_before: str, deadline: str, zone: tzinfo | None = None
) -> tuple[datetime | None, datetime | None]:
    """Return from when until when (UTC) an order is to be done.

    "" is None. ``zone`` as for ``read``. A deadline may have passed: nothing is more urgent. Raises
    BadInput for what is no time, and for an end before the begin.
    """
    begin = moment(not_before, zone) if not_before else None
    end = moment(deadline, zone, whole_day=True) if deadline else None
    if begin and end and end <= begin:
        raise BadInput(
            f"Its deadline, {deadline.strip()}, is not after not_before, {not_before.strip()}."
        )
    return begin, end


def moment(text: str, zone: tzinfo | None = None, *, whole_day: bool = False) -> datetime:
    """Return an ISO date, or date and time, in UTC.

    A date alone is the day's begin, or with ``whole_day`` its end. ``zone`` is that of a text
    without an offset, None the machine's own. Raises BadInput, also for a time that the zone does
    not have, as its clocks are put forward over it.
    """
    text = text.strip()
    no_time = BadInput(
        f"{text[:60]!r} is no time; write it like 2026-01-31, 2026-01-31 17:30 or"
        " 2026-01-31T17:30-05:00."
    )
    if not _MOMENT.fullmatch(text):
        raise no_time
    a_day = len(text) == len("2026-01-31")
    try:
        found = datetime.fromisoformat(text) + timedelta(days=int(whole_day and a_day))
        told = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        clock = told.astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        raise no_time from None
    if found.tzinfo is None and clock != found and not a_day:
        raise BadInput(
            f"{text!r} is no time here: the clocks are put forward over it. Name another one."
        )
    return told


def _exported(sites: Sites, vendor: str) -> dict[str, str]:
    """Return what the vendor's own report of orders calls our columns.

    Of a vendor that is not known, nothing: the rows that name none of their own tell of that.
    """
    export = sites.vendor(vendor).export if vendor in VENDORS else None
    if export is None:
        return {}
    ours = {name: export.columns.get(name, ()) for name in ("order", "po")}
    return {spreadsheet.column(title): name for name, titles in ours.items() for title in titles}


def _columns(header: Record, name: str, exported: Mapping[str, str]) -> list[str]:
    columns = [spreadsheet.column(cell) for cell in header.cells]
    if not set(columns) & set(COLUMNS) and set(columns) & set(exported):
        found = _of_export(columns, exported)
        _check_no_po_is_lost(name, header.cells, found)
        return found
    columns = [exported.get(column, column) for column in columns]
    named = [column for column in columns if column]
    unknown = [column for column in named if column not in COLUMNS]
    known = f"It may name: {', '.join(COLUMNS)}."
    if len(unknown) == len(named):
        msg = (
            f"{name}, line {header.line} names no column that is known, but each column needs a"
            " name."
        )
        raise BadInput(msg, next_step=f"Put this line first: {_HEADER}. {known}")
    if unknown:
        msg = (
            f"{name} has columns that are not known: {', '.join(c[:60] for c in unknown[:SHOWN])}."
        )
        raise BadInput(msg, next_step=f"Rename them or take them out. {known}")
    if twice := sorted({column for column in named if named.count(column) > 1}):
        raise BadInput(f"{name} has two columns {twice[0]}.", next_step="Take one of them out.")
    if not {"order", "po"} & set(named):
        raise BadInput(f"{name} has neither a column order nor po.", next_step=known)
    return columns


def _of_export(columns: Sequence[str], exported: Mapping[str, str]) -> list[str]:
    """Return which columns of a vendor's report are its order and its PO."""
    found: list[str] = []
    for column in columns:
        ours = exported.get(column)
        found.append(_OTHER if ours is None or ours in found else ours)
    return found


def _check_no_po_is_lost(name: str, titles: Sequence[str], found: Sequence[str]) -> None:
    """Raise BadInput where a column may hold the POs and its name is not known."""
    may_hold = [title for title in titles if _PO_TITLE.match(title.strip())]
    if "po" not in found and may_hold:
        raise BadInput(
            f"{name} has no column that is known as the PO's, and {may_hold[0][:60]!r} may be it.",
            next_step="Call that column po if it is, or take it out.",
        )


def _pairs(record: Record, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return each cell with its column's name, "" where it has none."""
    for i, cell in enumerate(record.cells):
        yield cell, columns[i] if i < len(columns) else ""


def _check_mangled(text: str) -> None:
    """Raise BadInput for a number that a spreadsheet rounded.

    Its last digits are lost, so no hint may guess them.
    """
    rounded = re.fullmatch(r"\d{15}0+", text, re.ASCII)
    if rounded or re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?E[+-]?\d+", text, re.ASCII | re.IGNORECASE):
        msg = (
            f"{text[:60]!r} is a number that a spreadsheet has rounded, and the last digits are"
            " lost."
        )
        raise BadInput(
            f"{msg} Format the column as Text, and copy the number anew from the order's own page."
        )


def _joined(first: Row, again: Row) -> Row:
    """Return the first row with the PO of either.

    Raises BadInput where they name two.
    """
    here, there = first.request.po, again.request.po
    if here and there and here != there:
        msg = (
            f"order {again.request.number} is listed for PO {there} here and for PO {here} on line"
            f" {first.line}."
        )
        raise BadInput(f"{msg} Look on the order's page which is right.")
    return replace(first, request=replace(first.request, po=here or there))


def _in_row(fault: BadInput) -> str:
    """Return the words of a row's fault.

    What was touched is told once, of the whole list.
    """
    return f"{fault.what} {fault.next_step}" if fault.next_step else fault.what


def _all_faults(faults: Sequence[Fault], name: str) -> BadInput:
    count = "1 row" if len(faults) == 1 else f"{len(faults)} rows"
    told = [f"line {fault.line}: {fault.text}" for fault in faults[:SHOWN]]
    lines = [f"{name} can't be taken because of {count}.", *told]
    if len(faults) > SHOWN:
        lines.append(f"and {len(faults) - SHOWN} more.")
    return BadInput(
        "\n  ".join(lines), next_step="Mend those lines, then add the whole file again."
    )
