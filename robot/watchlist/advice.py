"""What to do about a finding: the command that queues the right cancellation, or campus advice.

A command is the queue's own, ready to copy: it goes through the same checks as any other order.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from robot.cancellation.orders import PoStatus
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.watchlist.findings import QUIET, Finding, FindingKind

_LIVE = frozenset({"live", "partly_cancelled"})


def with_action(finding: Finding, sites: Sites) -> Finding:
    """Return a finding with what to do about it."""
    if finding.kind in QUIET:
        return finding
    return replace(finding, action=_action(finding, sites))


def _action(finding: Finding, sites: Sites) -> str:
    advice = sites.eprocurement.advice
    vendor = sites.site(finding.vendor)
    queue = _queue_command(finding, vendor, sites.eprocurement)
    match finding.kind:
        case FindingKind.BILLED:
            return advice.late_invoice or _look(finding)
        case FindingKind.PARTLY if finding.po_status is not PoStatus.CANCELLED:
            return _with_comment(advice.partly, finding) or _look(finding)
        case FindingKind.OPEN_HERE if finding.po_invoiced:
            return advice.invoiced or _look(finding)
        case FindingKind.UNCLEAR:
            return _look(finding)
        case _:
            return queue or advice.late_invoice or _look(finding)


def _queue_command(finding: Finding, vendor: Site, realsource: Site) -> str:
    """Return the command that queues what is to be cancelled; empty where nothing can be."""
    po = finding.po or ""
    if not realsource.matches("po", po):
        return ""
    if finding.kind is FindingKind.OPEN_HERE:
        return _command([po], finding)
    live = [order.number for order in finding.orders if order.state in _LIVE]
    if not live or not all(vendor.matches("order", number) for number in live):
        return ""
    return _command([*live, "--po", po], finding)


def _command(words: Sequence[str], finding: Finding) -> str:
    reason = f"Watch-list: {finding.kind.value.replace('_', ' ')}"
    return shlex.join(
        ["vendorfirst", "queue", "add", *words, "--vendor", finding.vendor, "--reason", reason]
    )


def _look(finding: Finding) -> str:
    """Return the command that looks at both systems."""
    numbers = [finding.po] if finding.po else [order.number for order in finding.orders]
    return shlex.join(["vendorfirst", "check", *numbers])


def _with_comment(advice: str, finding: Finding) -> str:
    return f"{advice} Comment: “{finding.reason}”" if advice else ""
