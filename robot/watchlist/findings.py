"""A finding of the watch-list, and its JSON by the contract."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from robot.cancellation.orders import PoStatus
from robot.cancellation.receipts.receipt import Receipt


class FindingKind(StrEnum):
    """What the two systems say together of a PO.

    ``ALIVE_AT_VENDOR``: cancelled or closed in RealSource, not at the vendor. ``OPEN_HERE``: the
    reverse. ``PARTLY``: some of it is cancelled at the vendor. ``BILLED``: there is an invoice on
    a cancelled PO. ``REORDERED``: ordered again after the cancellation. ``CLEAN``: both say the
    same. ``NOT_FOUND``: only one of the exports has it. ``OTHER_VENDOR``: another supplier's.
    """

    ALIVE_AT_VENDOR = "alive_at_vendor"
    BILLED = "billed"
    REORDERED = "reordered"
    PARTLY = "partly"
    OPEN_HERE = "open_here"
    UNCLEAR = "unclear"
    NOT_FOUND = "not_found"
    CLEAN = "clean"
    OTHER_VENDOR = "other_vendor"


#: These need nobody.
QUIET = frozenset({FindingKind.CLEAN, FindingKind.NOT_FOUND, FindingKind.OTHER_VENDOR})
_RANK = {kind: rank for rank, kind in enumerate(FindingKind)}


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """One order of a finding, with its state and what is to be paid of it.

    The state is in a receipt's words.
    """

    number: str
    state: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is to be known of one PO.

    ``amount`` is the money at stake in ``currency`` ("" where that is not told), None where it is
    not known. ``po_status``, ``po_invoiced`` and ``po_created`` are RealSource's word. ``reason``
    is one sentence; ``action`` what to do now, None where nothing is. ``undone`` is the receipt of
    an order of it that the robot saw cancelled, and that does not stand so any more. ``seen_at``
    (UTC) is when the sites told it, None where the files did.
    """

    po: str | None
    kind: FindingKind
    vendor: str
    orders: tuple[FoundOrder, ...] = ()
    amount: Decimal | None = None
    currency: str = ""
    po_status: PoStatus = PoStatus.NOT_FOUND
    po_invoiced: bool = False
    po_created: date | None = None
    reason: str = ""
    action: str | None = None
    undone: Receipt | None = None
    seen_at: datetime | None = None


def to_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as the JSON object of the contract."""
    return {
        "po": finding.po,
        "finding": finding.kind.value,
        "vendor": finding.vendor,
        "orders": [
            {"number": one.number, "state": one.state, "amount": _text(one.amount)}
            for one in finding.orders
        ],
        "amount": _text(finding.amount),
        "reason": finding.reason,
        "action": finding.action,
    }


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by what they need, then by the money at stake."""
    return sorted(findings, key=lambda one: (_RANK[one.kind], -(one.amount or 0), one.po or ""))


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
