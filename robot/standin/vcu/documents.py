"""The purchase orders of RealSource.

What each one shows, and what a cancel does to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from robot.standin.catalogue import CatalogueLine, lines_of, total_of
from robot.standin.scenarios import SCENARIOS, Scenario

AMAZON: Final = "Amazon.com (V01039522)"
FISHER: Final = "Fisher Scientific (V01000001)"

#: Personal data on the pages. None of it may turn up in evidence or logs unmasked.
OWNER: Final = "Quillon Canaryfeather"
PHONE: Final = "+1 804-555-0142"
EMAIL: Final = "qcanaryfeather@example.edu"
SHIP_TO: Final = ("Attn: Quillon Canaryfeather", "407 Canary Row, Room 3-118", "Richmond, VA 23284")
PERSONAL: Final = (OWNER, PHONE, "407 Canary Row", EMAIL)

_STATUS: Final = {
    "already_cancelled": "Cancelled",
    "closed": "Closed",
    "soft_closed": "Soft Closed",
    "in_approval": "Pending approval",
}

#: The status page is loaded this often after the submit before a late status shows.
LATE_LOADS: Final = 3


@dataclass(slots=True)
class PurchaseDoc:
    """One purchase order.

    ``status`` is the truth, ``shown_status`` what a load of its page shows.
    """

    number: str
    po_id: str
    requisition: str
    behaviour: str
    status: str
    supplier: str
    lines: tuple[CatalogueLine, ...]
    total: Decimal
    comments: list[str] = field(default_factory=list)
    history: list[str] = field(default_factory=list)
    loads_since_submit: int | None = None
    session_was_lost: bool = False
    seen_requests: set[str] = field(default_factory=set)

    @property
    def invoices(self) -> int:
        """Return how many invoices the PO has."""
        return int(self.behaviour == "invoiced")

    @property
    def receipts(self) -> int:
        """Return how many receipts the PO has."""
        return int(self.behaviour == "received")

    @property
    def change_requests(self) -> int:
        """Return how many change requests the PO has."""
        return int(self.behaviour == "change_request")

    @property
    def counts(self) -> dict[str, int]:
        """Return the numbers beside the tabs."""
        return {
            "invoices": self.invoices,
            "receipts": self.receipts,
            "change_requests": self.change_requests,
            "comments": len(self.comments),
        }

    @property
    def shipping(self) -> Decimal:
        """Return what the total holds beyond the lines."""
        return self.total - sum((line.amount for line in self.lines), Decimal(0))

    @property
    def oracle_word(self) -> str:
        """Return the status as the oracle calls it.

        live, cancelled, closed or soft_closed.
        """
        words = {"Cancelled": "cancelled", "Closed": "closed", "Soft Closed": "soft_closed"}
        return words.get(self.status, "live")

    def load(self) -> None:
        """Note one load of the status page, on which a late status may come true."""
        if self.loads_since_submit is None:
            return
        self.loads_since_submit += 1
        if self.behaviour == "late_status" and self.loads_since_submit >= LATE_LOADS:
            self.status = "Cancelled"

    def cancel(self) -> None:
        """Return what the server does with a good cancel."""
        self.loads_since_submit = 0
        if self.behaviour not in ("unchanged", "late_status"):
            self.status = "Cancelled"


def actions_of(doc: PurchaseDoc) -> list[tuple[str, str]]:
    """Return the action menu of a PO.

    The site's own name of each action, and its label.
    """
    menu = [
        ("AddComment", "Add Comment"),
        ("CopyToNewCart", "Copy to New Cart"),
        ("PrintFax", "Print Fax Version"),
    ]
    if doc.status == "Pending approval":
        return [*menu, ("WithdrawCart", "Withdraw Entire Cart")]
    if doc.oracle_word != "live":
        return [*menu, ("ReopenPO", "Reopen PO")] if doc.status == "Soft Closed" else menu
    menu += [
        ("CreateReceipt", "Create Quantity Receipt"),
        ("CreateChangeRequest", "Create Change Request"),
    ]
    menu.append(("ClosePO", "Close PO"))
    if doc.behaviour != "only_close":
        menu.append(
            ("CancelPO", "Cancel Purchase Order" if doc.behaviour == "long_label" else "Cancel PO")
        )
    if doc.behaviour == "two_cancels":
        menu.append(("CancelPORevision", "Cancel PO Revision"))
    return menu


def purchase_documents() -> dict[str, PurchaseDoc]:
    """Return every purchase order of every scenario, by its number.

    And the revision that a search finds besides one.
    """
    found: dict[str, PurchaseDoc] = {}
    for scenario in SCENARIOS:
        if scenario.realsource == "not_found":
            continue
        lines = tuple(lines_of(scenario))
        total = total_of(scenario)
        if scenario.po in found:
            found[scenario.po].lines += lines
            found[scenario.po].total += total
            continue
        found[scenario.po] = purchase_document(scenario)
        if scenario.realsource == "several":
            revision = f"{scenario.po}-R1"
            found[revision] = _document(revision, "cancellable", lines, total)
    return found


def purchase_document(scenario: Scenario) -> PurchaseDoc:
    """Return the purchase order of a scenario whose order is the only one of it."""
    lines = tuple(lines_of(scenario))
    return _document(scenario.po, scenario.realsource, lines, total_of(scenario))


def _document(
    number: str, behaviour: str, lines: tuple[CatalogueLine, ...], total: Decimal
) -> PurchaseDoc:
    digits = int(number[1:8])
    return PurchaseDoc(
        number=number,
        po_id=f"{77_300_000 + 7 * (digits - 100_000) + 3 * ('-' in number)}",
        requisition=f"{128_400_000 + digits}",
        behaviour=behaviour,
        status=_STATUS.get(behaviour, "Sent to Supplier" if digits % 7 == 0 else "Completed"),
        supplier=FISHER if behaviour == "other_supplier" else AMAZON,
        lines=lines,
        total=total + (Decimal("17.35") if behaviour == "other_total" else 0),
        history=[
            "Requisition approved",
            "Purchase order created",
            "Exported to Banner",
            "Sent to supplier by cXML",
        ],
    )
