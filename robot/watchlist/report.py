"""Read the exports of both systems, and report what they say together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from robot.sites.registry import Sites
from robot.watchlist.advice import with_action
from robot.watchlist.columns import Ask, CampusColumns
from robot.watchlist.exports import read_purchase_orders, read_vendor_orders
from robot.watchlist.findings import Finding, FindingKind, worst_first
from robot.watchlist.join import join
from robot.watchlist.judge import Names
from robot.watchlist.tables import Table

#: An export is old when the newest day in it, or its file, is.
STALE_AFTER: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ExportRead:
    """An export as it was read.

    Its file, how many rows, its columns, its newest day. ``name`` is the site's, ``title`` what
    people call it.
    """

    name: str
    title: str
    file: str
    rows: int
    repeated: int
    columns: Mapping[str, str]
    newest: date | None
    modified: datetime

    def is_stale(self, now: datetime) -> bool:
        """Return whether much may have happened since the export was made."""
        made = self.modified
        if self.newest is not None:
            made = min(made, datetime(*self.newest.timetuple()[:3], 23, 59, tzinfo=UTC))
        return now - made > STALE_AFTER

    def line(self, now: datetime) -> str:
        """Return a sentence on the export, with its age where that matters."""
        newest = f"newest day {self.newest}" if self.newest else "no days told"
        repeated = f", {self.repeated} of them twice" if self.repeated else ""
        rows = "1 row" if self.rows == 1 else f"{self.rows} rows"
        text = (
            f"{self.file} ({self.title}): {rows}{repeated}; {newest}, written"
            f" {self.modified:%Y-%m-%d}."
        )
        return (
            f"{text} It is old: export it anew before you act on it."
            if self.is_stale(now)
            else text
        )

    def day(self, now: datetime) -> str:
        """Return its site with its newest day, or else the day that it was written on."""
        old = " (old)" if self.is_stale(now) else ""
        return f"{self.title} {self.newest or self.modified.date()}{old}"

    def columns_line(self) -> str:
        """Return which column was read as what."""
        told = ", ".join(f"{field} = “{name}”" for field, name in self.columns.items())
        return f"Columns of {self.file}: {told}."


@dataclass(frozen=True, slots=True)
class Sources:
    """What a watch-list was made from, and when (UTC).

    ``note`` says what can't be found the way that it was made, "" where nothing is left out.
    """

    exports: tuple[ExportRead, ...]
    made_at: datetime
    note: str = ""

    def is_stale(self, now: datetime) -> bool:
        """Return whether one of the exports is old."""
        return any(export.is_stale(now) for export in self.exports)

    def lines(self, now: datetime) -> list[str]:
        """Return what it was made from, and what that leaves out, as sentences."""
        return [*(export.line(now) for export in self.exports), *filter(None, [self.note])]

    def days(self) -> str:
        """Return how old each export was when the watch-list was made, in a few words."""
        return "; ".join(export.day(self.made_at) for export in self.exports)


@dataclass(frozen=True, slots=True)
class Report:
    """What the exports say together, worst first.

    ``note`` says what can't be found the way that it was made, "" where nothing is left out.
    """

    findings: tuple[Finding, ...]
    exports: tuple[ExportRead, ...]
    made_at: datetime
    note: str = ""

    @property
    def sources(self) -> Sources:
        """Return what it was made from."""
        return Sources(self.exports, self.made_at, self.note)

    def totals(self) -> list[tuple[FindingKind, int, Decimal]]:
        """Return for each finding how many there are, and the dollars at stake."""
        counts = Counter(one.kind for one in self.findings)
        return [(kind, counts[kind], self._dollars(kind)) for kind in FindingKind if counts[kind]]

    def _dollars(self, kind: FindingKind) -> Decimal:
        amounts = (
            one.amount
            for one in self.findings
            if one.kind is kind and one.amount is not None and one.currency in {"", "USD"}
        )
        return sum(amounts, Decimal())


def make_report(
    realsource: Path,
    vendors: Mapping[str, Path],
    sites: Sites,
    campus: CampusColumns,
    ask: Ask,
    now: datetime,
) -> Report:
    """Read RealSource's export and each vendor's, by the vendor's name, and join them.

    Nothing but the files is looked at. Raises BadInput.
    """
    findings: list[Finding] = []
    exports: dict[str, ExportRead] = {}
    for vendor, path in vendors.items():
        site = sites.vendor(vendor)
        here, pos = read_purchase_orders(realsource, sites.eprocurement, vendor, campus, ask)
        there, orders = read_vendor_orders(path, site, campus, ask)
        names = Names(vendor, site.title, sites.eprocurement.title)
        findings += (with_action(one, sites) for one in join(pos, orders, names))
        exports[here.site.name] = export_read(here, (po.created for po in pos))
        exports[vendor] = export_read(there, (order.ordered for order in orders))
    return Report(tuple(worst_first(findings)), tuple(exports.values()), now)


def export_read(table: Table, days: Iterable[date | None]) -> ExportRead:
    """Return what is told of an export that was read, with the ``days`` in it."""
    return ExportRead(
        name=table.site.name,
        title=table.site.title,
        file=table.file,
        rows=len(table.rows) + table.repeated,
        repeated=table.repeated,
        columns=table.names,
        newest=max((day for day in days if day is not None), default=None),
        modified=table.modified,
    )
