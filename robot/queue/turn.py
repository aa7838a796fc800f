"""One turn at an item of the queue goes as far with its order as can be gone now.

It starts from the ledger's events and leaves nothing open: whoever takes the next one needs nothing
of this one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import structlog

from robot.cancellation.actions import Finish
from robot.cancellation.decide import decide
from robot.cancellation.events import Approved, Event, Finished, Resolved
from robot.cancellation.guard import list_case
from robot.cancellation.orders import Outcome
from robot.cancellation.state import CaseState, replay, replay_open
from robot.cancellation.words.problems import spec_of
from robot.clock import utc_now
from robot.errors import BadInput, LeaseUnavailable, LedgerNewer
from robot.queue.approvals import approved_until, count_orders
from robot.queue.items import IDLE, ItemUpdate, NewItem, QueueItem, State, requeued, requeued_unread
from robot.queue.siblings import other_orders_in_progress
from robot.runner.approvals import approval_of_order
from robot.runner.cases import Cases
from robot.runner.observer import NullObserver, Observer
from robot.runner.site_access import SiteAccess
from robot.runner.steps import MayGoOn, RunOptions, WaitUntil
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT, action_site
from robot.storage.lease_keeper import LeaseKeeper

log = structlog.get_logger()

#: The longest wait (s) that a lane sits out; for a longer one it takes another order meanwhile.
LANE_WAITS: Final = 3.0
#: When (s) an order that somebody else works on, or whose ledger went away, is tried again.
BUSY: Final = 5.0
#: When (s) an order is tried again that only a newer version can go on with, which may be at work
#: on another machine.
NEWER: Final = 60.0
#: After which time (s) a turn that ended in a system error is tried again, and again; then it is a
#: person's.
RETRIES: Final = (60.0, 300.0, 900.0, 3600.0)
#: An order looks at the others again after a quarter of the time since it was begun, within these
#: bounds.
_OTHERS_LEAST: Final = timedelta(seconds=20)
_OTHERS_MOST: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """How the item goes on after a turn, and the orders that were found of its PO."""

    then: ItemUpdate
    orders: tuple[NewItem, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnHooks:
    """What a turn shares with other lanes, what it asks, and whom it tells.

    ``access`` lets it in at a site; ``others_wait`` says whether other items are more urgent.
    """

    access: SiteAccess
    may_go_on: MayGoOn = lambda _site: True
    others_wait: Callable[[], bool] = lambda: False
    observer: Observer = field(default_factory=NullObserver)


def take_turn(cases: Cases, item: QueueItem, hooks: TurnHooks, keeper: LeaseKeeper) -> TurnResult:
    """Go on with an item's order in a lane.

    ``keeper`` has the lease of the order already, or takes it. Raises DatabaseDown where the ledger
    is gone; nothing is lost.
    """
    cases = replace(cases, observer=hooks.observer)
    site = cases.sites.vendor(item.vendor)
    if item.request.dry_run:
        return _look(cases, item, site, keeper, hooks)
    try:
        keeper.acquire(item.request.lease_name)  # a person who settles it holds this meanwhile
        events = cases.ledger.events(item.case)
        if (closed := _closed_since(events, item)) is not None:
            cases.write_missing_receipt(item.case, events, site)
            return closed
        request = cases.open_request(
            item.case, item.request, site, unattended=True, approved=_approval(cases, item)
        )
        return _go(cases, item, request, site, keeper, hooks)
    except LeaseUnavailable as refusal:
        log.info("busy", item=item.id, text=refusal.text)
        return TurnResult(
            requeued(
                item,
                utc_now() + timedelta(seconds=BUSY),
                replay_open(cases.ledger.events(item.case)),
            )
        )
    except LedgerNewer as error:
        log.warning("of a newer version", item=item.id, text=error.text)
        at = utc_now() + timedelta(seconds=NEWER)
        return TurnResult(requeued_unread(item, at, error.problem, error.text))
    except BadInput as error:
        return TurnResult(
            _next(State.NEEDS_PERSON, item.site, problem=error.problem, note=error.text)
        )


def _look(
    cases: Cases, item: QueueItem, site: Site, keeper: LeaseKeeper, hooks: TurnHooks
) -> TurnResult:
    """Look at both systems for an item that asks for no more, and write the receipt.

    However that ends, it waits for nobody: its receipt tells.
    """
    request_id = cases.open_request(item.case, item.request, site)
    runner = cases.runner(item.case, request_id, site, keeper, hooks.access)
    end = runner.run(item.case, RunOptions(patience=LANE_WAITS), hooks.may_go_on)
    if not isinstance(end, Finish):
        at = utc_now() if end is None else end.at
        state = replay(cases.ledger.events(item.case))
        where = action_site(decide(state, cases.policy), item.vendor)
        return TurnResult(replace(requeued(item, at, None), site=where, request_id=request_id))
    cases.write_receipt(item.case, request_id, site)
    state = replay(cases.ledger.events(item.case))
    then = _next(State.DONE, item.site, problem=end.problem, request_id=request_id)
    then = _with_seen(then, state)
    if item.urgency == IDLE:  # it asks for no looks that would come before what others wait for
        return TurnResult(then)
    return TurnResult(then, _orders_found(item, state))


def _approval(cases: Cases, item: QueueItem) -> Approved | None:
    """Return the order's own approval, out of that of the list that it came with."""
    if item.approval is None or item.number is None:
        return None
    listed = cases.ledger.events(list_case(item.approval))
    for given in listed:
        if isinstance(given, Approved):
            until = given.until
            if item.deadline is not None:
                until = approved_until(item.deadline, given.at)
            # The orders of its POs that were found by now count as named.
            orders = max(given.orders, count_orders(cases.ledger.database, item.approval))
            whole = replace(given, orders=orders)
            return approval_of_order(whole, item.request, cases.now(), min(until, given.until))
    return None


def _go(
    cases: Cases,
    item: QueueItem,
    request_id: str,
    site: Site,
    keeper: LeaseKeeper,
    hooks: TurnHooks,
) -> TurnResult:
    runner = cases.runner(item.case, request_id, site, keeper, hooks.access)
    first_half = RunOptions(first_half=True, patience=LANE_WAITS)
    end = runner.run(item.case, first_half, hooks.may_go_on)
    if end is None and not hooks.others_wait():
        end = runner.run(item.case, RunOptions(patience=LANE_WAITS), hooks.may_go_on)
    state = replay(cases.ledger.events(item.case))
    result = _result(cases, item, request_id, site, end, state)
    return replace(result, then=_with_seen(result.then, state))


def _result(
    cases: Cases,
    item: QueueItem,
    request_id: str,
    site: Site,
    end: Finish | WaitUntil | None,
    state: CaseState,
) -> TurnResult:
    if end is None:
        return TurnResult(
            replace(requeued(item, utc_now(), state), site=EPROCUREMENT, request_id=request_id)
        )
    if isinstance(end, WaitUntil):
        action = decide(state, cases.policy)
        # Where it really goes on: an order whose site is held would be taken up again and again for
        # nothing.
        return TurnResult(
            replace(
                requeued(item, end.at, state),
                site=action_site(action, item.vendor),
                request_id=request_id,
            )
        )
    cases.write_receipt(item.case, request_id, site)
    if spec_of(end.problem).of_others and other_orders_in_progress(cases.ledger, item, end, state):
        wait = min(max((utc_now() - state.request.at) / 4, _OTHERS_LEAST), _OTHERS_MOST)
        later = requeued(item, utc_now() + wait, state)
        return TurnResult(
            replace(later, problem=end.problem, site=item.vendor, request_id=request_id)
        )
    return _ended(item, end, state, request_id)


def _ended(item: QueueItem, end: Finish, state: CaseState, request_id: str) -> TurnResult:
    here = EPROCUREMENT if state.known_cancelled and state.po_orders is not None else item.vendor
    tries_left = item.failures < len(RETRIES) and spec_of(end.problem).retry
    if end.outcome is Outcome.PENDING or (end.outcome is Outcome.FAILED and tries_left):
        wait = RETRIES[min(item.failures, len(RETRIES) - 1)]
        then = requeued(item, utc_now() + timedelta(seconds=wait), state)
        failures = item.failures + (end.outcome is Outcome.FAILED)
        return TurnResult(
            replace(then, problem=end.problem, failures=failures, site=here, request_id=request_id)
        )
    if (orders := _orders_found(item, state)) and end.outcome is Outcome.DRY_RUN:
        return TurnResult(_next(State.DONE, here, request_id=request_id), orders)
    ended_as = {
        Outcome.DONE: State.DONE,
        Outcome.DRY_RUN: State.DONE,
        Outcome.REFUSED: State.REFUSED,
        Outcome.FAILED: State.FAILED,
    }.get(end.outcome, State.NEEDS_PERSON)
    return TurnResult(_next(ended_as, here, problem=end.problem, request_id=request_id))


def _with_seen(then: ItemUpdate, state: CaseState) -> ItemUpdate:
    """Return the update with the PO and the total that the order's page showed."""
    return replace(then, seen_po=state.shown_po, total=state.total)


def _orders_found(item: QueueItem, state: CaseState) -> tuple[NewItem, ...]:
    """Return a new item for each order that the search of a PO found."""
    if item.number is not None or state.po_orders is None:
        return ()
    requests = [replace(item.request, number=order.number) for order in state.po_orders.orders]
    return tuple(NewItem(request, deadline=item.deadline) for request in requests)


def _closed_since(events: tuple[Event, ...], item: QueueItem) -> TurnResult | None:
    """Return how an order ended that somebody closed since it was put in.

    It may have been an earlier worker, that died before it could write it down here.
    """
    state = replay(events) if events else None
    if state is None or state.is_open:
        return None
    last = next(e for e in reversed(events) if isinstance(e, Finished | Resolved))
    if last.at < item.added_at:
        return None
    request_id = state.request.request_id
    if isinstance(last, Resolved):
        settled_as = State.DONE if last.as_ == "done" else State.GIVEN_UP
        then = _next(settled_as, item.site, request_id=request_id)
        return TurnResult(_with_seen(then, state))
    ended_as = State.REFUSED if last.outcome is Outcome.REFUSED else State.DONE
    orders = _orders_found(item, state) if ended_as is State.DONE else ()
    then = _next(ended_as, item.site, problem=last.problem, request_id=request_id)
    return TurnResult(_with_seen(then, state), orders)


def _next(
    state: State,
    site: str,
    *,
    problem: str | None = None,
    note: str | None = None,
    request_id: str | None = None,
) -> ItemUpdate:
    return ItemUpdate(state, utc_now(), site, 1, problem, note, request_id)
