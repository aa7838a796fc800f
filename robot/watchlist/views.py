"""A report for people.

As a table, as CSV for spreadsheets, as one HTML page.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from robot.clock import local_text
from robot.evidence.export import escape_cell
from robot.sites.registry import Sites
from robot.watchlist.findings import QUIET, Finding, FindingKind, to_json
from robot.watchlist.kept import KeptFinding
from robot.watchlist.nightly.schedule import Schedule
from robot.watchlist.report import Report
from robot.watchlist.sentences import money_text

#: What each finding is called.
TITLES: Final = {
    FindingKind.ALIVE_AT_VENDOR: "Cancelled here, alive at the vendor",
    FindingKind.BILLED: "Billed on a cancelled PO",
    FindingKind.REORDERED: "Ordered again after the cancellation",
    FindingKind.PARTLY: "Partly cancelled at the vendor",
    FindingKind.OPEN_HERE: "Cancelled at the vendor, open here",
    FindingKind.UNCLEAR: "Unclear",
    FindingKind.NOT_FOUND: "In one export only",
    FindingKind.CLEAN: "Both say the same",
    FindingKind.OTHER_VENDOR: "Another supplier's",
}
COLUMNS: Final = (
    "po",
    "finding",
    "vendor",
    "orders",
    "amount",
    "currency",
    "reason",
    "action",
    "exports",
)


def total_lines(report: Report) -> Iterator[str]:
    """Yield how many there are of each finding, with the dollars at stake."""
    yield f"{'Finding':38} {'POs':>6}  {'At stake':>15}"
    for kind, count, dollars in report.totals():
        yield f"{TITLES[kind]:38} {count:6}  {money_text(dollars, 'USD'):>15}"


def finding_lines(one: Finding) -> Iterator[str]:
    """Yield what a finding is, why, and what to do now, as lines."""
    yield ""
    money = money_text(one.amount, one.currency)
    yield f"{TITLES[one.kind]}: PO {one.po or 'none'}  {money}"
    yield f"  {one.reason}"
    if one.action:
        yield f"  Do now: {one.action}"


def kept_lines(one: KeptFinding) -> Iterator[str]:
    """Yield what a kept finding is, since when, and what was or is to be done."""
    title = TITLES[FindingKind(one.told["finding"])]
    since = local_text(one.since, seconds=False)
    of = f"PO {one.told['po']}" if one.told["po"] else f"order {one.told['orders'][0]['number']}"
    yield f"{one.state:8} {title}  {of}  since {since}"
    yield f"  {one.told['reason']}"
    if one.because:
        yield f"  Settled by {one.by}: {one.because}"
    elif one.state == "queued":
        yield "  Its cancellation is in the queue: vendorfirst queue list"
    elif one.told["action"]:
        yield f"  Do now: {one.told['action']}"


def schedule_line(schedule: Schedule, sites: Sites) -> str:
    """Return when and from what workers make the watch-list."""
    here = sites.eprocurement.title
    begin = f"From {schedule.at} on every day, by a worker,"
    vendors = ", ".join(f"{sites.title(name)} ({file})" for name, file in schedule.vendors.items())
    if schedule.searched is None:
        return f"{begin} from the exports of {here} ({schedule.realsource}), {vendors}"
    return (
        f"{begin} by {here}'s own search ({schedule.realsource}) for each PO in the report of"
        f" {vendors}, at most {schedule.per_minute:g} look-ups a minute"
    )


def write_csv(report: Report, file: BinaryIO) -> None:
    """Write every finding as a row of a CSV that is safe in spreadsheets."""
    exports = report.sources.days()
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for one in report.findings:
            writer.writerow(_cells(one, exports))
    finally:
        text.detach()


def render_page(report: Report) -> str:
    """Render the report as one HTML page, which loads nothing and runs nothing."""
    environment = Environment(
        loader=PackageLoader("robot.watchlist", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("watchlist.html").render(
        made_at=f"{report.made_at:%Y-%m-%d %H:%M} UTC",
        sources=report.sources.lines(report.made_at),
        stale=report.sources.is_stale(report.made_at),
        looked=any(one.seen_at for one in report.findings),
        totals=[
            (TITLES[kind], count, money_text(dollars, "USD"))
            for kind, count, dollars in report.totals()
        ],
        sets=[
            (TITLES[kind], [_shown(one) for one in report.findings if one.kind is kind])
            for kind in FindingKind
            if kind not in QUIET
        ],
    )


def _cells(one: Finding, exports: str) -> list[str]:
    told = to_json(one)
    orders = "; ".join(
        f"{order['number']} {order['state']} {order['amount'] or ''}".strip()
        for order in told["orders"]
    )
    texts = [
        told["po"] or "", told["finding"], told["vendor"], orders, "", one.currency,
        told["reason"], told["action"] or "", exports,
    ]  # fmt: skip
    cells = [escape_cell(text) for text in texts]
    cells[COLUMNS.index("amount")] = told["amount"] or ""
    return cells


def _shown(one: Finding) -> dict[str, str]:
    return {
        "po": one.po or "none",
        "money": money_text(one.amount, one.currency),
        "reason": one.reason,
        "action": one.action or "",
    }
