"""Every receipt must agree with the world's truth as it was last shown."""

from typing import Any

from robot.cancellation.events import (
    PoIntended,
    PoSeen,
    VendorIntended,
)
from robot.cancellation.history import CaseHistory, orders_in
from robot.cancellation.orders import OrderFacts, OrderState, PoFacts, PoStatus
from robot.cancellation.receipts.receipt import Receipt, build_receipt
from tests.simulation.world import Thing, World

VENDOR_SHOWN = {
    "cancelled": {OrderState.CANCELLED},
    "already_cancelled": {OrderState.CANCELLED},
    "live": {OrderState.LIVE, OrderState.PARTLY_SHIPPED},
    "shipped": {OrderState.SHIPPED},
    "not_found": {OrderState.NOT_FOUND},
    "refused": {OrderState.LIVE},
    "partly_cancelled": {OrderState.PARTLY_CANCELLED, OrderState.LIVE},
}
PO_SHOWN = {"cancelled": {PoStatus.CANCELLED}, "already_cancelled": {PoStatus.CANCELLED}}


def check(world: World, number: str, events: tuple[Any, ...], before: int) -> Receipt:
    """Check the receipt of a finished request.

    What is untrue goes to ``world.wrong``. ``before``: earlier PO presses.
    """
    receipt = build_receipt(events)
    since = CaseHistory(events).current
    order = world.orders[number]
    wrong = list(_counts(receipt, since))
    shown, po_shown = _last_shown(since, number)
    wrong += _states(receipt, shown, po_shown)
    outcome = receipt.outcome
    if outcome == "done":
        wrong += _done(world, order, shown)
    if outcome in {"refused", "dry_run"} and any(isinstance(e, PoIntended) for e in since):
        wrong.append(f"{outcome}, yet the PO was pressed")
    if outcome in {"refused", "dry_run"} and len(world.orders) == 1 and world.po.presses > before:
        wrong.append(f"{outcome}, yet RealSource was written to")
    if "{" in receipt.summary or "{" in (receipt.next_step or ""):
        wrong.append(f"a brace was left in {receipt.summary!r}")
    if not receipt.summary:
        wrong.append("the receipt says nothing")
    world.wrong += [f"receipt of {number}: {text}" for text in wrong]
    return receipt


def _counts(receipt: Receipt, since: tuple[Any, ...]) -> list[str]:
    wrong = []
    for part, kind in (("vendor", VendorIntended), ("realsource", PoIntended)):
        intents = sum(isinstance(e, kind) for e in since)
        submits = getattr(receipt, part).submits
        if submits != intents:
            wrong.append(f"{part}: {submits} submits, but {intents} intents")
        if intents > 2:
            wrong.append(f"{part}: {intents} submits in one request")
    return wrong


def _last_shown(since: tuple[Any, ...], number: str) -> tuple[OrderFacts | None, PoFacts | None]:
    shown, po_shown = None, None
    for event in since:
        if isinstance(event, PoSeen):
            po_shown = event.facts
        shown = next((order for order in orders_in(event) if order.number == number), shown)
    return shown, po_shown


def _states(receipt: Receipt, shown: Any, po_shown: Any) -> list[str]:
    wrong = []
    vendor, po = receipt.vendor.state, receipt.realsource.state
    presses, po_presses = receipt.vendor.submits, receipt.realsource.submits
    if vendor in VENDOR_SHOWN and shown.state not in VENDOR_SHOWN[vendor]:
        wrong.append(
            f"vendor.state is {vendor}, but the order was last shown {shown and shown.state}"
        )
    if vendor == "pending" and not presses and not shown.pending:
        wrong.append("vendor.state is pending, but nobody asked for a cancellation")
    cancelled = vendor in {"cancelled", "already_cancelled"}
    if shown is not None and shown.state is OrderState.CANCELLED and not cancelled:
        wrong.append(f"vendor.state is {vendor}, but the order was last shown cancelled")
    if (receipt.vendor.confirmed_at is not None) != cancelled:
        wrong.append(f"vendor.state is {vendor}, confirmed at {receipt.vendor.confirmed_at}")
    if cancelled and (vendor == "cancelled") != (presses > 0):
        wrong.append(f"vendor.state is {vendor} after {presses} submits")
    if po in PO_SHOWN and (po_shown is None or po_shown.status not in PO_SHOWN[po]):
        wrong.append(
            f"realsource.state is {po}, but the PO was last shown {po_shown and po_shown.status}"
        )
    if po != "not_found" and (po_presses > 0) != (po in {"cancelled", "unknown"}):
        wrong.append(f"realsource.state is {po} after {po_presses} submits")
    return wrong


def _done(world: World, order: Thing, shown: Any) -> list[str]:
    wrong = []
    truth = order.now.state is OrderState.CANCELLED or world.reverted
    if shown is None or shown.state is not OrderState.CANCELLED or not truth:
        wrong.append(
            f"done, but the order is {order.now.state}, last shown {shown and shown.state}"
        )
    if world.po.now.status is not PoStatus.CANCELLED:
        wrong.append(f"done, but the PO is {world.po.now.status}")
    return wrong
