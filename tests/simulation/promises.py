"""What every receipt must agree with: the world's truth as it was last shown."""

from typing import Any

from robot.events import History, PoIntended, VendorIntended
from robot.orders import OrderState, PoStatus
from robot.receipt import build
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


def check(world: World, number: str | None, events: tuple[Any, ...], before: int) -> dict[str, Any]:
    """The receipt of a finished request; whatever in it is untrue goes to ``world.wrong``. ``before``: earlier PO presses."""
    receipt = build(events)
    since = History(events).since
    order: Thing | None = world.orders.get(number or "")
    wrong = list(_counts(receipt, since))
    wrong += _states(world, receipt, order)
    outcome = receipt["outcome"]
    if outcome == "done":
        wrong += _done(world, order)
    if outcome in {"refused", "dry_run"} and any(isinstance(e, PoIntended) for e in since):
        wrong.append(f"{outcome}, yet the PO was pressed")
    if outcome in {"refused", "dry_run"} and len(world.orders) == 1 and world.po.presses > before:
        wrong.append(f"{outcome}, yet RealSource was written to")
    if "{" in receipt["summary"] or "{" in (receipt["next_step"] or ""):
        wrong.append(f"a brace was left in {receipt['summary']!r}")
    if not receipt["summary"]:
        wrong.append("the receipt says nothing")
    world.wrong += [f"receipt of {number}: {text}" for text in wrong]
    return receipt


def _counts(receipt: dict[str, Any], since: tuple[Any, ...]) -> list[str]:
    wrong = []
    for part, kind in (("vendor", VendorIntended), ("realsource", PoIntended)):
        intents = sum(isinstance(e, kind) for e in since)
        if receipt[part]["submits"] != intents:
            wrong.append(f"{part}: {receipt[part]['submits']} submits, but {intents} intents")
        if intents > 2:
            wrong.append(f"{part}: {intents} submits in one request")
    return wrong


def _states(world: World, receipt: dict[str, Any], order: Thing | None) -> list[str]:
    wrong = []
    vendor, po = receipt["vendor"]["state"], receipt["realsource"]["state"]
    if vendor in VENDOR_SHOWN and order is not None and order.shown.state not in VENDOR_SHOWN[vendor]:
        wrong.append(f"vendor.state is {vendor}, but the order was last shown {order.shown.state}")
    if order is not None and order.shown is not None and order.shown.state is OrderState.CANCELLED:
        if vendor not in {"cancelled", "already_cancelled"} and receipt["problem"] not in {"captcha", "site_down"}:
            wrong.append(f"vendor.state is {vendor}, but the order was last shown cancelled")
        if receipt["vendor"]["confirmed_at"] is None and vendor in {"cancelled", "already_cancelled"}:
            wrong.append("cancelled, but never confirmed")
    if (vendor == "cancelled") != (receipt["vendor"]["submits"] > 0) and vendor in {"cancelled", "already_cancelled"}:
        wrong.append(f"vendor.state is {vendor} after {receipt['vendor']['submits']} submits")
    if po in PO_SHOWN and (world.po.shown is None or world.po.shown.status not in PO_SHOWN[po]):
        wrong.append(f"realsource.state is {po}, but the PO is {world.po.now.status}")
    if (receipt["realsource"]["submits"] > 0) != (po in {"cancelled", "unknown"}) and po != "not_found":
        wrong.append(f"realsource.state is {po} after {receipt['realsource']['submits']} submits")
    return wrong


def _done(world: World, order: Thing | None) -> list[str]:
    if order is None:
        return ["done without an order"]
    wrong = []
    if order.shown.state is not OrderState.CANCELLED or (
        order.now.state is not OrderState.CANCELLED and not world.reverted
    ):
        wrong.append(f"done, but the order is {order.now.state}")
    if world.po.now.status is not PoStatus.CANCELLED:
        wrong.append(f"done, but the PO is {world.po.now.status}")
    return wrong
