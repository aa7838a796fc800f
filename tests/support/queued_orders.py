"""Orders of a queue as a worker left them, without a worker."""

from __future__ import annotations

from dataclasses import replace

from robot.cancellation.events import Event, EvidenceKept, Finished, OrderSeen, PoSeen, Requested
from robot.cancellation.orders import Outcome
from robot.cancellation.provenance import Mark, Marks
from robot.cancellation.receipts.receipt import build_receipt
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.evidence.object_store import ObjectStore
from robot.evidence.package import sha256
from robot.queue.items import ItemUpdate, NewItem, QueueItem, State
from robot.queue.table import QueueTable
from robot.storage.ledger import Ledger
from tests.support.facts import LIVE, OPEN, VENDOR
from tests.support.turns import claim

_OUTCOMES = {State.DONE: Outcome.DONE, State.REFUSED: Outcome.REFUSED}


def put_in(
    table: QueueTable,
    ledger: Ledger,
    serial: int,
    state: State | None = None,
    problem: str | None = None,
    picture: tuple[ObjectStore, bytes] | None = None,
) -> QueueItem:
    """Put an order in, and bring it to where a turn of a worker left it.

    ``picture`` is kept in a store as its evidence.
    """
    number = f"111-{serial:07}-{serial:07}"
    po = f"P{serial:07}"
    table.add([NewItem(CancelRequest(VENDOR, number, po, "Ordered twice", "Bob"))])
    if state is None:
        return table.find(number)[0]
    item = next(one for one in claim(table, "w", 99) if one.number == number)
    at = utc_now()
    request = f"{at:%Y%m%d-%H%M%S}-{item.id}"
    asked = Requested.of(item.request, at=at, request_id=request)
    end = Finished(
        at=at,
        outcome=_OUTCOMES.get(state, Outcome.NEEDS_PERSON),
        problem=problem,
        summary=f"Order {number} waits for a person.",
        next_step="Look at it by hand.",
    )
    order = OrderSeen(at=at, facts=replace(LIVE, number=number, po=po))
    kept = () if picture is None else (_keep(request, *picture),)
    events = (asked, order, *kept, PoSeen(at=at, facts=replace(OPEN, number=po)), end)
    ledger.append(item.case, *events)
    ledger.keep_receipt(item.case, build_receipt(events))
    then = ItemUpdate(state, at, VENDOR, 1, problem, None, request, 0, po, LIVE.total)
    assert table.finish_turn(item, then)
    return table.get(item.id)


def _keep(request: str, store: ObjectStore, data: bytes) -> Event:
    store.write(f"{request}/order.jpg", data)
    return EvidenceKept(
        at=utc_now(),
        what="Amazon order live",
        file="order.jpg",
        sha256=sha256(data),
        url="https://www.amazon.com/gp/css/order-details?orderID=1",
        marks=Marks(
            width=1280,
            height=720,
            places=(
                Mark(what="Order number", x=40, y=100, width=180, height=20),
                Mark(what="Total", x=1180, y=300, width=90, height=20),
            ),
        ),
    )


def bare_row() -> dict[str, object]:
    """Return what a row of the queue must have."""
    return {
        "vendor": "amazon_business", "number": "111-1", "reason": "", "requested_by": "",
        "added_at": 0, "deadline": 1, "state": "waiting", "site": "amazon_business", "ready": 1,
        "urgency": 0, "due_at": 0, "turn": 0, "takeovers": 0, "failures": 0, "changed_at": 0,
    }  # fmt: skip
