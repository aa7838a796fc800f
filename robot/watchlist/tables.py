"""Read an export's file as rows that have only the fields that a finding needs.

All other columns, with people's names and addresses, are dropped here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from robot.errors import BadInput
from robot.queue import spreadsheet, workbook
from robot.queue.spreadsheet import HEADER_WITHIN, Record, column
from robot.sites.campus import Export
from robot.sites.patterns import matching_rows
from robot.sites.site_file import Site
from robot.watchlist.amounts import Decimals, decimals_of, read_amount
from robot.watchlist.columns import (
    Ask,
    CampusColumns,
    find_header,
    find_layout,
    known_names,
)
from robot.watchlist.dates import is_day_first, read_date

#: Bytes of an export; 10,000 rows of the widest report have about a quarter of it.
LARGEST: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an export by field, each once.

    It is told, too, how the file writes amounts and days. ``names`` are the columns that were read,
    by field; ``repeated`` is how many rows were the same as one before. ``modified`` (UTC) is when
    the file was written.
    """

    file: str
    site: Site
    export: Export
    rows: tuple[Mapping[str, str], ...]
    names: Mapping[str, str]
    repeated: int
    decimals: Decimals
    day_first: bool
    modified: datetime
    _meanings: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def amount(self, text: str) -> Decimal | None:
        """Read an amount as this file writes them."""
        return read_amount(text, self.decimals)

    def day(self, text: str) -> date | None:
        """Read a day as this file writes them."""
        return read_date(text, day_first=self.day_first)

    def status(self, words: str) -> tuple[str, ...]:
        """Return which states a status proves.

        One, or none where it is not known.
        """
        return self._meaning("status", self.export.statuses or self.site.statuses, words)

    def came_back(self, words: str) -> bool:
        """Return whether a status tells of goods or money that came back."""
        return bool(self._meaning("came_back", {"came_back": self.export.came_back}, words))

    def invoice(self, words: str) -> str:
        """Return what a word on an invoice proves.

        Billed, unbilled, or "" for unknown.
        """
        rows = self._meaning("invoice", self.export.invoices, words)
        return rows[0] if len(rows) == 1 else ""

    def _meaning(
        self, kind: str, table: Mapping[str, tuple[str, ...]], words: str
    ) -> tuple[str, ...]:
        if (kind, words) not in self._meanings:
            # The vendor's programs write PENDING_FULFILLMENT, its reports Pending Fulfillment.
            self._meanings[kind, words] = matching_rows(table, words.replace("_", " "))
        return self._meanings[kind, words]


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields an export must have, and which hold amounts and days."""

    required: tuple[str, ...]
    money: tuple[str, ...]
    days: tuple[str, ...]


def read_table(path: Path, site: Site, fields: Fields, campus: CampusColumns, ask: Ask) -> Table:
    """Read an export of a site.

    Raises BadInput where a required column is not found and ``ask`` gives none.
    """
    if site.export is None:
        raise BadInput(f"The site file {site.name} says nothing of an export ([export]).")
    own = campus.of(site.name)
    known = known_names(site.export, own)
    records = _records(path, known)
    first = list(itertools.islice(records, HEADER_WITHIN))
    at = find_header(first, known, path.name)
    told = campus.told(site.name)
    for name in told.values():
        if column(name) not in map(column, first[at].cells):
            raise _no_such_column(path.name, name, first[at].cells)

    def ask_and_keep(field: str, names: Sequence[str]) -> str:
        name = ask(field, names)
        if name is None:
            raise _unknown_column(path.name, site.name, field, names)
        campus.keep(site.name, field, name)
        return name

    layout = find_layout(first[at], site.export, fields.required, own, ask_and_keep)
    for what, name in told.items():
        campus.keep(site.name, what, name)
    rows, repeated = _rows(itertools.chain(first[at + 1 :], records), layout.positions)
    return Table(
        file=path.name,
        site=site,
        export=site.export,
        rows=rows,
        names=layout.names,
        repeated=repeated,
        decimals=decimals_of(row.get(field, "") for row in rows for field in fields.money),
        day_first=is_day_first(row.get(field, "") for row in rows for field in fields.days),
        modified=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _records(path: Path, known: frozenset[str]) -> Iterator[Record]:
    data = spreadsheet.read_bytes(path, LARGEST)
    if data.startswith(workbook.MAGIC):
        return workbook.records(data, path.name)
    return spreadsheet.records(spreadsheet.decode(data, path.name), known, path.name)


def _rows(
    records: Iterator[Record], positions: Mapping[str, int]
) -> tuple[tuple[Mapping[str, str], ...], int]:
    """Return the rows by field, and how many were wholly the same as one before."""
    seen: set[int] = set()
    rows = []
    count = 0
    for record in records:
        count += 1
        key = hash(record.cells)
        if key in seen:
            continue
        seen.add(key)
        width = len(record.cells)
        rows.append({field: record.cells[at] for field, at in positions.items() if at < width})
    return tuple(rows), count - len(rows)


def _no_such_column(file: str, name: str, names: Sequence[str]) -> BadInput:
    return BadInput(
        f"{file} has no column “{name[:40]}”, which --column says. Its columns are:"
        f" {_listed([one for one in names if one])}.",
        next_step="Say one of these, as it is written there, or leave --column out.",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name[:40]}”" for name in names[:40]) or "none"


def _unknown_column(file: str, site: str, field: str, names: Sequence[str]) -> BadInput:
    return BadInput(
        f"{file} has no column that is known as {field}. Its columns are: {_listed(names)}.",
        next_step=(
            f'Say which it is: --column {site}.{field}="ITS NAME". That is asked once, and'
            " remembered."
        ),
    )
