"""What to do about a finding.

The command that queues the right cancellation, or campus advice. A command is the queue's own,
ready to copy: it goes through the same checks as any other order.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from robot.cancellation.orders import PoStatus
from robot.sites.campus import Advice
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.watchlist.findings import QUIET, Finding, FindingKind

#: How the commands begin that cancel, and that only looks.
_QUEUE = ("vendorfirst", "queue", "add")
_CANCEL = ("vendorfirst", "cancel")
_CHECK = ("vendorfirst", "check")
_LIVE = frozenset({"live", "partly_cancelled"})
#: Such a PO is left as it is; what goes on at the vendor is cancelled there.
_ENDED = frozenset({PoStatus.CANCELLED, PoStatus.CLOSED})


def with_action(finding: Finding, sites: Sites) -> Finding:
    """Return a finding with what to do about it."""
    if finding.kind in QUIET:
        return finding
    return replace(finding, action=_action(finding, sites))


def _action(finding: Finding, sites: Sites) -> str:
    vendor = sites.site(finding.vendor)
    look = _look(finding, sites.eprocurement)
    if finding.kind is FindingKind.UNCLEAR:
        return look
    command = _queue_command(finding, vendor, sites.eprocurement)
    text = _campus_text(finding, sites.eprocurement.advice)
    words = {
        "number": " and ".join(order.number for order in finding.orders),
        "po": finding.po or "",
        "vendor": vendor.title,
        "comment": f"“{finding.reason}”",
    }
    said = text.format(**words)
    if finding.kind is FindingKind.BILLED and said and command:
        return f"{said} Before that, cancel what is not shipped: {command}"
    if _is_for_person(finding):
        return said or look
    return command or said or look


def _is_for_person(finding: Finding) -> bool:
    """Return whether the robot has nothing to cancel, or must not."""
    if finding.kind is FindingKind.PARTLY:
        return finding.po_status not in _ENDED
    return finding.kind is FindingKind.BILLED or finding.po_invoiced


def _campus_text(finding: Finding, advice: Advice) -> str:
    if finding.kind is FindingKind.OPEN_HERE:
        return advice.invoiced if finding.po_invoiced else ""
    if finding.kind is FindingKind.PARTLY and finding.po_status not in _ENDED:
        return advice.partly
    return advice.late_invoice


def _queue_command(finding: Finding, vendor: Site, realsource: Site) -> str:
    """Return the command that queues what is to be cancelled.

    Empty where nothing can be.
    """
    po = finding.po or ""
    if not realsource.matches("po", po):
        return ""
    # A cancelled order's own page names its PO no more, so that both are to be said.
    is_open = finding.kind is FindingKind.OPEN_HERE
    meant = [order.number for order in finding.orders if is_open or order.state in _LIVE]
    if not meant or not all(vendor.matches("order", number) for number in meant):
        return ""
    return _command([*meant, "--po", po], finding)


def _command(words: Sequence[str], finding: Finding) -> str:
    reason = f"Watch-list: {finding.kind.value.replace('_', ' ')}"
    return shlex.join([*_QUEUE, *words, "--vendor", finding.vendor, "--reason", reason])


def cancel_command(finding: Finding) -> str:
    """Return the command that cancels a finding's live orders again.

    It is empty where none is live. The queue takes no order that the robot has done.
    """
    live = [order.number for order in finding.orders if order.state in _LIVE]
    po = ["--po", finding.po] if finding.po else []
    return shlex.join([*_CANCEL, *live, *po]) if live else ""


def _look(finding: Finding, realsource: Site) -> str:
    """Return the command that looks at both systems.

    By the orders, where the PO's number is none that RealSource can be asked for.
    """
    numbers = [order.number for order in finding.orders]
    if finding.po and (realsource.matches("po", finding.po) or not numbers):
        numbers = [finding.po]
    return shlex.join([*_CHECK, *numbers])


def cancels(action: str) -> bool:
    """Return whether an action is a command that cancels, and not the campus's words."""
    return action.startswith((shlex.join(_QUEUE), shlex.join(_CANCEL)))


def only_looks(action: str) -> bool:
    """Return whether an action is the command that looks at both systems."""
    return action.startswith(shlex.join(_CHECK))
