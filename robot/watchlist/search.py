"""Ask RealSource's own search for POs, instead of an export of it.

The POs are those that a vendor's export names. What is not looked at yet is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from robot.errors import BadInput
from robot.sites.registry import Sites
from robot.watchlist.advice import with_action
from robot.watchlist.columns import Ask, CampusColumns
from robot.watchlist.exports import read_vendor_orders
from robot.watchlist.findings import Finding, FindingKind, worst_first
from robot.watchlist.join import join
from robot.watchlist.judge import Names
from robot.watchlist.report import ExportRead, Report, export_read

_WORD: Final = "search"
_DAYS: Final = re.compile(r"search:(.*)\.\.(.*)", re.DOTALL)

_NOTE: Final = (
    "{title} is searched for the number of each PO that the vendor's report names, and for no"
    " other: a PO that the report does not name is not found this way."
)


@dataclass(frozen=True, slots=True)
class SearchedDays:
    """The days of the orders that are asked for, None for no bound."""

    first: date | None = None
    last: date | None = None

    def covers(self, day: date | None) -> bool:
        """Return whether an order of that day is asked for.

        One without a day always is.
        """
        if day is None:
            return True
        is_late_enough = self.first is None or self.first <= day
        return is_late_enough and (self.last is None or day <= self.last)


def searched_days(text: str) -> SearchedDays | None:
    """Return the days that ``search`` or ``search:FROM..TO`` means.

    None for an export. Either day may be left out. Raises BadInput.
    """
    if text == _WORD:
        return SearchedDays()
    if not text.startswith(f"{_WORD}:"):
        return None
    found = _DAYS.fullmatch(text)
    try:
        days = [date.fromisoformat(one) if one else None for one in found.groups()] if found else []
    except ValueError:
        days = []
    if not days or (days[0] and days[1] and days[0] > days[1]):
        raise BadInput(
            f"{text[:60]!r} does not name days.",
            next_step="Write them like search:2026-10-01..2026-10-31",
        )
    return SearchedDays(*days)


def make_search_report(
    vendors: Mapping[str, Path],
    days: SearchedDays,
    sites: Sites,
    campus: CampusColumns,
    ask: Ask,
    now: datetime,
) -> Report:
    """Read each vendor's export, and return what RealSource is to be asked for.

    Nothing but the files is looked at. Raises BadInput.
    """
    findings: list[Finding] = []
    exports: list[ExportRead] = []
    for vendor, path in vendors.items():
        table, orders = read_vendor_orders(path, sites.vendor(vendor), campus, ask)
        names = Names(vendor, table.site.title, sites.eprocurement.title)
        asked = [order for order in orders if days.covers(order.ordered)]
        for one in join((), asked, names):
            is_known = sites.eprocurement.matches("po", one.po or "")
            findings.append(with_action(_unasked(one, names, is_known=is_known), sites))
        exports.append(export_read(table, (order.ordered for order in orders)))
    note = _NOTE.format(title=sites.eprocurement.title)
    return Report(tuple(worst_first(findings)), tuple(exports), now, note)


def _unasked(finding: Finding, names: Names, *, is_known: bool) -> Finding:
    """Return what is to be known of a PO before RealSource is asked for it.

    ``is_known``: its number may be one of RealSource's.
    """
    if finding.kind is not FindingKind.NOT_FOUND:
        return finding
    reason = f"PO {finding.po}: {names.po_title} was not asked for it yet."
    if not is_known:
        reason = f"PO {finding.po} is no number that {names.po_title} can be asked for."
    return replace(finding, kind=FindingKind.UNCLEAR, reason=reason)
