"""Compare what an export says with what the robot saw itself.

An order that the robot saw cancelled may live again: accepted cancels are sometimes silently
undone. An export from before the cancellation only does not know of it yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import case_id
from robot.storage.ledger import Ledger
from robot.watchlist.advice import cancel_command
from robot.watchlist.findings import Finding
from robot.watchlist.report import Report

_ALIVE = frozenset({"live", "shipped", "partly_cancelled"})


def with_what_the_robot_saw(report: Report, ledger: Ledger) -> Report:
    """Return the report with a word on each live order that was seen cancelled.

    It is the robot that saw it cancelled, before or after what the report tells was so.
    """
    made = {export.name: export.modified for export in report.exports}
    cases = {case for one in report.findings for _, case in _alive(one)}
    seen = ledger.done_receipts(sorted(cases))
    findings = tuple(
        _compared(one, seen, one.seen_at or made[one.vendor]) if any(_alive(one)) else one
        for one in report.findings
    )
    return replace(report, findings=findings)


def _alive(finding: Finding) -> list[tuple[str, str]]:
    """Return the numbers and cases of a finding's orders that go on at the vendor."""
    return [
        (order.number, case_id(finding.vendor, order.number))
        for order in finding.orders
        if order.state in _ALIVE
    ]


def _compared(finding: Finding, seen: Mapping[str, Receipt], told_at: datetime) -> Finding:
    for number, case in _alive(finding):
        receipt = seen.get(case)
        if receipt is None or receipt.vendor.confirmed_at is None:
            continue
        at = datetime.fromisoformat(receipt.vendor.confirmed_at)
        told = f"The robot saw order {number} cancelled on {at:%Y-%m-%d %H:%M} UTC"
        if at > told_at:
            text = f"{told}; the export is from before that."
            return replace(finding, reason=f"{finding.reason} {text}", action="Export it anew.")
        text = f"{told} (receipt {receipt.id}): that was undone since."
        action = cancel_command(finding) or finding.action
        reason = f"{finding.reason} {text}"
        return replace(finding, reason=reason, action=action, undone=receipt)
    return finding
