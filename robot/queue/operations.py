"""What people do with the queue.

Put orders in, ask for another try, settle one by hand, pause a site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from robot.cancellation.approvals import changes
from robot.cancellation.events import (
    Event,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoIntended,
    PoSeen,
    Requested,
    Resolved,
    VendorIntended,
)
from robot.cancellation.history import CaseHistory
from robot.cancellation.orders import Outcome
from robot.cancellation.po_checks import is_blocked_for_good
from robot.cancellation.presses import MAX_PRESSES
from robot.cancellation.receipts.receipt import Receipt, Resolution, build_receipt
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState, replay, replay_open
from robot.clock import utc_now, utc_text
from robot.errors import NOTHING_CHANGED, BadInput, LeaseUnavailable
from robot.queue.approvals import ShownApproval
from robot.queue.intake import AddResult
from robot.queue.items import LIVE, ItemUpdate, NewItem, QueueItem, State, requeued
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.sites.vendors import EPROCUREMENT
from robot.storage.database import Database
from robot.storage.holders import describe, new_holder
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.leases import Lease
from robot.storage.ledger import Ledger, new_request
from robot.storage.pauses import ALL

_AGAIN = frozenset({State.NEEDS_PERSON, State.FAILED, State.REFUSED, State.PENDING, State.WAITING})
_ENDED = frozenset({State.DONE, State.REFUSED, State.GIVEN_UP})


@dataclass(frozen=True, slots=True)
class Retry:
    """What another try at an item would do, as ``steps`` in words.

    ``refused`` says why it may not be asked for, ``instead`` what can be done then. ``shown`` is
    what was seen last of the order, which whoever asks for it approves; ``changes`` says what of it
    is otherwise than when it was approved.
    """

    item: QueueItem
    steps: tuple[str, ...]
    refused: str | None = None
    instead: str = ""
    shown: Shown | None = None
    changes: tuple[str, ...] = ()


def find_items(table: QueueTable, number: str) -> list[QueueItem]:
    """Return the newest item of an order, or of each order of a PO.

    Raises BadInput where the queue has none.
    """
    found = {item.name: item for item in reversed(table.find(number.strip()))}
    if not found:
        msg = f"{number[:60]} is not in the queue."
        raise BadInput(
            msg,
            touched=NOTHING_CHANGED,
            next_step="See vendorfirst queue list, or put it in: vendorfirst queue add NUMBER",
        )
    return list(found.values())


def find_item(table: QueueTable, number: str) -> QueueItem:
    """Return the newest item of an order, or the only unfinished one of a PO.

    Raises BadInput where there is none, or more than one.
    """
    found = find_items(table, number)
    meant = [item for item in found if item.state in LIVE] or found
    if len(meant) > 1:
        names = ", ".join(item.name for item in meant)
        msg = f"{number.strip()} has several rows in the queue: {names}."
        raise BadInput(msg, touched=NOTHING_CHANGED, next_step="Name the order that you mean.")
    return meant[0]


def preview_retry(ledger: Ledger, item: QueueItem) -> Retry:
    """Return what would run again, from the ledger's events."""
    events = ledger.events(item.case)
    state = replay_open(events)  # one that is over is asked for anew
    number = item.number or item.po
    if item.worker is not None or item.state is State.WORKING:
        by = f" by {describe(item.worker)}" if item.worker is not None else ""
        wait = f"Wait until it is finished (vendorfirst queue show {number})."
        return Retry(item, (), f"it is being worked on{by}", wait)
    if item.state not in _AGAIN:
        anew = f"To have it cancelled after all: vendorfirst queue add {number}"
        if item.state is State.DONE:  # the queue does not take it again
            anew = (
                f"See its receipt (vendorfirst queue show {number}); vendorfirst check {number}"
                " looks at it again."
            )
        return Retry(item, (), f"it is {item.state.replace('_', ' ')}", anew)
    if (unread := _not_read_back(events)) is not None:
        by_hand = (
            f"vendorfirst cancel {number} looks first; or settle it: vendorfirst queue resolve"
            f" {number} --as done --because WHY"
        )
        return Retry(
            item, (), f"{unread} was pressed and not read back since: look at it by hand", by_hand
        )
    if state is None:
        return Retry(item, _steps(state))
    changes = changes_since_approval(ledger, item, state)
    return Retry(item, _steps(state), shown=state.shown, changes=changes)


def changes_since_approval(ledger: Ledger, item: QueueItem, state: CaseState) -> tuple[str, ...]:
    """Return what is shown otherwise than when it was approved, in words.

    An approval on the web page is of what a check showed.
    """
    told = changes(state)
    bound = [one for one in state.approvals if one.digest and not one.second]
    if told or not bound or state.shown is None or item.number is None:
        return told
    for look in QueueTable(ledger.database).looks(item.number):
        events = ledger.events(look.case)
        before = replay(events).shown if events else None
        if before is not None and before.digest == bound[-1].digest:
            return before.differences(state.shown)
    return ()


def retry(database: Database, item: QueueItem, given: ShownApproval) -> bool:
    """Give an item another turn, now, as somebody asks for and approves it.

    Returns False where somebody works on it by now.
    """
    then = requeued(item, utc_now(), replay_open(Ledger(database).events(item.case)))
    site = EPROCUREMENT if item.site == EPROCUREMENT else item.vendor
    # What was refused is a request of its own that is over: another try is asked for now, after it.
    anew = item.state is State.REFUSED
    return QueueTable(database).change(
        item,
        replace(then, site=site, problem=None, failures=0),
        anew=anew,
        given=given,
    )


def resolve(
    database: Database,
    sites: Sites,
    number: str,
    vendor: str,
    resolution: Resolution,
    *,
    stand_in: bool = False,
    unpressed: bool = False,
) -> list[QueueItem]:
    """Write down who settled an order, in the ledger and the queue.

    Returns its items. Raises BadInput where nothing of it is open, or where something of it was
    pressed and only what is ``unpressed`` was meant; LeaseUnavailable while a process works on it.
    """
    table = QueueTable(database)
    ledger = Ledger(database)
    with LeaseKeeper(ledger.leases, new_holder()) as keeper:
        # Before anything is read, so that no worker's turn comes in between.
        lease = _acquire(keeper, case_id(vendor, number))
        items = _items_of(table, vendor, number)
        case = next((item.case for item in items), case_id(vendor, number))
        still = [item for item in items if item.state not in _ENDED]
        state = replay_open(ledger.events(case))
        _check_resolvable(number, state, still, unpressed=unpressed)
        if state is None:
            ledger.append(case, _asked_for(still[0], stand_in=stand_in), leases=(lease,))
        events = ledger.events(case)
        resolved = Resolved(
            at=utc_now(), as_=resolution.as_, by=resolution.by, because=resolution.because
        )
        ledger.append(case, resolved, leases=(lease,))
        _keep_receipt(ledger, sites, case, events, resolution)
        request = CaseHistory(events).request.request_id
        for item in still:
            table.change(item, _settled(item, resolution, request))
    return still


def _items_of(table: QueueTable, vendor: str, number: str) -> list[QueueItem]:
    """Return the items of an order, or of a PO as a whole."""
    found = table.find(number)
    return [one for one in found if one.vendor == vendor and one.number in (number, None)]


def _acquire(keeper: LeaseKeeper, resource: str) -> Lease:
    """Acquire an order's lease, or raise that nothing was changed."""
    try:
        return keeper.acquire(resource)
    except LeaseUnavailable as refusal:
        raise LeaseUnavailable(
            refusal.what, touched=NOTHING_CHANGED, next_step=refusal.next_step
        ) from None


def _check_resolvable(
    number: str, state: CaseState | None, still: list[QueueItem], *, unpressed: bool
) -> None:
    """Raise BadInput where a person has nothing to settle, or must not now.

    ``state`` is that of the open request, ``still`` are the items that wait.
    """
    if unpressed and state is not None and _is_begun(state):
        raise BadInput(f"{number} was pressed already.", touched=NOTHING_CHANGED)
    if not still and state is None:
        raise BadInput(
            f"{number} has nothing that is open.",
            touched=NOTHING_CHANGED,
            next_step=f"See vendorfirst queue show {number}, or its receipt.",
        )


def _settled(item: QueueItem, resolution: Resolution, request: str) -> ItemUpdate:
    state = State.DONE if resolution.as_ == "done" else State.GIVEN_UP
    return ItemUpdate(state, utc_now(), item.site, 1, item.problem, resolution.because, request)


def _is_begun(state: CaseState) -> bool:
    """Tell whether something was pressed, or only the PO is left to do."""
    return bool(state.vendor.presses or state.po.presses or state.known_cancelled)


def parse_site(sites: Sites, name: str | None) -> str:
    """Return the name of a site that can be paused, or of all of them.

    Raises BadInput.
    """
    if name in (None, "all", ALL):
        return ALL  # whatever is wrong in a site file: everything can be stopped
    known = [site.name for site in sites.all() if site.kind != "sign_in"]
    if name not in known:
        raise BadInput(
            f"There is no site {name!r} that can be paused; there are: {', '.join(known)}, all.",
            touched=NOTHING_CHANGED,
        )
    return str(name)


def enqueue_pending(database: Database, receipts: Sequence[Receipt]) -> list[AddResult]:
    """Put what the command line left unconfirmed into the queue.

    A worker reads it again there. What the command line brought to its end waits for nobody in the
    queue any more, but for the worker that has it in hand.
    """
    table = QueueTable(database)
    wanted = []
    for receipt in receipts:
        order = receipt.order
        if not order.number or receipt.resolved is not None:
            continue
        if receipt.outcome is Outcome.PENDING:
            by, reason = receipt.requested_by, receipt.reason
            asked = CancelRequest(order.vendor, order.number, order.po, reason, by)
            wanted.append(NewItem(asked))
        elif receipt.outcome in {Outcome.DONE, Outcome.REFUSED}:
            _close(table, order.vendor, order.number, receipt)
    return table.add(wanted, state=State.PENDING) if wanted else []


def _close(table: QueueTable, vendor: str, number: str, receipt: Receipt) -> None:
    state = State.DONE if receipt.outcome is Outcome.DONE else State.REFUSED
    order = receipt.order
    total = None if order.total is None else Decimal(order.total)
    then = ItemUpdate(state, utc_now(), vendor, 1, receipt.problem, None, receipt.id)
    for item in table.find(number):
        if (item.vendor, item.number) == (vendor, number) and item.state in LIVE:
            table.change(item, replace(then, site=item.site, seen_po=order.po, total=total))


def _not_read_back(events: tuple[Event, ...]) -> str | None:
    """Return what was pressed and never looked at since, if anything."""
    waiting: dict[str, bool] = {"the order": False, "the PO": False}
    for event in CaseHistory(events).current if events else ():
        match event:
            case VendorIntended():
                waiting["the order"] = True
            case PoIntended():
                waiting["the PO"] = True
            case OrderSeen() | OrdersOfPoSeen():
                waiting["the order"] = False
            case PoSeen():
                waiting["the PO"] = False
            case _:
                pass
    return next((what for what, so in waiting.items() if so), None)


def _steps(state: CaseState | None) -> tuple[str, ...]:
    second = ("Look at every order of the PO, and at the PO", _po_step(state))
    if state is None or (not state.vendor.presses and not state.known_cancelled):
        return ("Look at the order", "Press the vendor's cancel, and read it back", *second)
    if not state.known_cancelled:
        again = (
            "Press the vendor's cancel once more only if a fresh load shows it live and the first"
            " press may be lost"
        )
        return (
            "Read the order back",
            again if state.vendor.presses < MAX_PRESSES else "Press nothing at the vendor",
            *second,
        )
    if state.po.presses:
        return (
            "Read the order back",
            "Look at the PO; press its cancel again only if it never arrived",
        )
    return ("Read the order back", *second)


def _po_step(state: CaseState | None) -> str:
    """Return what would be done with the PO, by what was last seen of it."""
    po = state.known_po if state is not None else None
    if state is not None and state.known_po_cancelled:
        return "Press nothing in RealSource while it shows the PO cancelled"
    if state is not None and po is not None and is_blocked_for_good(state, po):
        return "Press nothing in RealSource while it shows what keeps the PO from being cancelled"
    return "Cancel the PO in RealSource, and read it back"


def _asked_for(item: QueueItem, *, stand_in: bool) -> Requested:
    """Return the request of an item that no worker began."""
    return Requested.of(item.request, at=utc_now(), request_id=new_request(), stand_in=stand_in)


def _keep_receipt(
    ledger: Ledger, sites: Sites, case: str, events: tuple[Event, ...], word: Resolution
) -> None:
    """Keep the request's receipt with the person's ``word``.

    One is made where the request never came to an end.
    """
    at, request = utc_now(), CaseHistory(events).request.request_id
    kept = [receipt for receipt in ledger.receipts(case) if receipt.id == request]
    if not kept:
        text = f"{word.by} settled it by hand, as {word.as_.replace('_', ' ')}: {word.because}"
        end = Finished(
            at=at, outcome=Outcome.NEEDS_PERSON, problem=None, summary=text, next_step=None
        )
        vendor = sites.site(CaseHistory(events).request.vendor)
        kept = [build_receipt((*events, end), vendor.title)]
    resolved = replace(word, at=utc_text(at, timespec="milliseconds"))
    ledger.keep_receipt(case, replace(kept[-1], resolved=resolved))
