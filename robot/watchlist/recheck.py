"""Look again at orders that the robot has done.

An accepted cancel is sometimes silently undone, and an invoice may come. Each is looked at after
ten minutes and after six hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.storage.ledger import Ledger
from robot.watchlist.advice import cancel_command
from robot.watchlist.findings import QUIET, Finding, FindingKind, FoundOrder
from robot.watchlist.look import Looks

#: When an order is looked at again, after its end.
WAITS: Final = (timedelta(minutes=10), timedelta(hours=6))
#: What ended so long ago is left to the next export.
_TOO_OLD: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Recheck:
    """An order that is to be looked at again, unless it was since ``due`` (UTC)."""

    receipt: Receipt
    due: datetime


def due_rechecks(ledger: Ledger, now: datetime) -> list[Recheck]:
    """Return the orders whose time to be looked at again has come, one of each PO."""
    found: dict[str, Recheck] = {}
    for receipt in ledger.all_receipts():
        order = receipt.order
        if receipt.outcome is not Outcome.DONE or receipt.resolved is not None or not order.number:
            continue
        ended = datetime.fromisoformat(receipt.finished_at)
        due = [ended + wait for wait in WAITS if ended + wait <= now]
        if due and ended >= now - _TOO_OLD:
            found[f"{order.vendor}:{order.po or order.number}"] = Recheck(receipt, due[-1])
    return list(found.values())


def contradictions(rechecks: list[Recheck], looks: Looks) -> Iterator[Finding]:
    """Look at each, and yield those that are not as the robot left them."""
    for one in rechecks:
        looks.since = one.due
        asked = _as_finding(one.receipt)
        found = looks.judged_anew(asked)
        if found != asked and found.kind not in QUIET:
            told = f"The robot saw it cancelled before (receipt {one.receipt.id})."
            action = cancel_command(found) or found.action
            undone = None if found.kind is FindingKind.UNCLEAR else one.receipt
            reason = f"{found.reason} {told}"
            yield replace(found, reason=reason, action=action, undone=undone)


def _as_finding(receipt: Receipt) -> Finding:
    order = receipt.order
    return Finding(
        po=order.po,
        kind=FindingKind.UNCLEAR,
        vendor=order.vendor,
        orders=(FoundOrder(order.number or "", "cancelled", None),),
    )
