"""THE RULE: the events of one cancellation -> the next action. Pure: no I/O, no clock, no browser.

The order of work that it guards:

1. look at the order; 2. press the vendor's cancel; 3. read the order back on fresh loads until it is cancelled;
4. look at every order of the PO; 5. look at the PO; 6. look at every order of the PO again; 7. press the PO's cancel;
8. read the PO back. Nothing of 5-8 happens before 3, and 7 never without 6 right before it, nor unless it is proven
that the PO has no other orders than those that were read.

A second press needs a fresh load after the first that shows the thing still live, a settle time,
and a reason to think that the first one never arrived; there is no third.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from robot.cancellation.actions import (
    Action,
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.cancellation.events import Event, OrdersOfPoSeen
from robot.cancellation.orders import (
    Confirmation,
    OrderFacts,
    OrderState,
    Outcome,
    PoStatus,
    Verdict,
)
from robot.cancellation.po_checks import blocking_reason, unfinished_orders
from robot.cancellation.problems import spec_of
from robot.cancellation.state import MAX_PRESSES, CaseState, replay
from robot.problems import Problem, stored

MAX_FAILURES = 3

#: Answers after which a press may be repeated: those that leave room for "it never arrived".
_MAYBE_LOST = frozenset({Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST})
_TURNED_DOWN = frozenset({Verdict.REFUSED, Verdict.BUNDLE})
_WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 90.0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be. ``settle`` is the least time between two presses; read-backs wait ever
    longer parts of it.
    """

    settle: timedelta = timedelta(seconds=20)

    def wait(self, n: int) -> timedelta:
        """How long to wait after the n-th read (0 for the first) before the next."""
        return self.settle * _WAITS[max(0, min(n, len(_WAITS) - 1))]


def decide(events: Iterable[Event], policy: Policy | None = None) -> Action:
    """The next action of the case whose ``events`` these are.

    Pure; raises ValueError where no request begins them.
    """
    state = replay(events)
    policy = policy or Policy()
    if state.finished is not None:
        done = state.finished
        return Finish(done.outcome, stored(done.problem), done.summary, done.next_step)
    led_away = state.stopped is not None and state.stopped.problem == Problem.TOO_LATE
    if state.stopped is not None and not (led_away and state.vendor.presses):
        refused = led_away
        outcome = Outcome.REFUSED if refused else Outcome.NEEDS_PERSON
        return Finish(
            outcome, stored(state.stopped.problem), state.stopped.text, state.stopped.next_step
        )
    if state.request.number is None:
        return _find_orders(state, policy)
    if state.order is not None and (other := _mismatch(state, state.order)) is not None:
        return other
    return _second_half(state, policy) if state.cancelled else _first_half(state, policy)


# --- the vendor's half ----------------------------------------------------------------------------


def _find_orders(state: CaseState, policy: Policy) -> Action:
    if state.po_orders is None:
        return _given_up(state) or LookAtOrdersOfPo(state.po_number or "", _retry_at(state, policy))
    orders = state.po_orders.orders
    if not orders:
        return Finish(Outcome.REFUSED, Problem.NOT_FOUND)
    # The vendor's search is a free one: it finds the number in other places too. A cancelled order
    # names no PO.
    strays = [
        o.number
        for o in orders
        if o.po != state.po_number and not (o.po is None and o.state is OrderState.CANCELLED)
    ]
    if strays or all(order.po is None for order in orders):
        return Finish(
            Outcome.NEEDS_PERSON,
            Problem.PO_NOT_SHOWN,
            ", ".join(strays or [order.number for order in orders]),
        )
    return Finish(Outcome.DRY_RUN)


def _first_half(state: CaseState, policy: Policy) -> Action:
    order = state.order
    if state.po.presses and order is not None:
        shown = order.state.replace("_", " ")
        text = (
            f"Order {order.number} was cancelled, and shows as {shown} after the cancel of PO"
            f" {state.po_number} was pressed."
        )
        return Finish(Outcome.NEEDS_PERSON, Problem.REVERTED, text)
    if state.vendor.presses:
        return _read_back(state, policy)
    if (given_up := _given_up(state)) is not None:
        return given_up
    if order is None:
        return LookAtOrder(_retry_at(state, policy))
    if state.request.dry_run and order.cancellable:
        return _foresee(state, policy)
    if order.pending:
        return (
            Finish(Outcome.PENDING, Problem.NOT_CONFIRMED, order.text)
            if state.request.dry_run
            else _read_back(state, policy)
        )
    if not order.cancellable:
        return _not_cancellable(order)
    return LookAtOrder(_retry_at(state, policy)) if state.failing else SubmitVendorCancel(order)


def _mismatch(state: CaseState, order: OrderFacts) -> Finish | None:
    if order.number != state.request.number:
        return Finish(
            Outcome.NEEDS_PERSON, Problem.WRONG_ORDER, f"The page was of order {order.number}."
        )
    if state.shown_po and state.shown_po != state.po_number:
        text = f"the order names PO {state.shown_po}, the request PO {state.po_number}"
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_MISMATCH, text)
    return None


def _not_cancellable(order: OrderFacts) -> Finish:
    if order.refused:
        return Finish(Outcome.REFUSED, Problem.VENDOR_REFUSED, order.text)
    match order.state:
        case OrderState.SHIPPED:
            return Finish(Outcome.REFUSED, Problem.SHIPPED, order.text)
        case OrderState.NOT_FOUND:
            return Finish(Outcome.REFUSED, Problem.NOT_FOUND, order.text)
        case OrderState.LIVE if order.closed:
            return Finish(Outcome.REFUSED, Problem.TOO_LATE, order.text)
        case OrderState.PARTLY_SHIPPED:
            return Finish(Outcome.NEEDS_PERSON, Problem.PARTLY_SHIPPED, order.text)
        case OrderState.PARTLY_CANCELLED:
            return Finish(Outcome.NEEDS_PERSON, Problem.PARTLY_CANCELLED, order.text)
        case _:
            return _unproven(order)


def _unproven(order: OrderFacts) -> Finish:
    """End at a person: the page proves neither that the order can be cancelled nor that not."""
    says = order.text or "nothing"
    if order.language:
        text = f"The page of order {order.number} is not in English ({order.language}). It says: {says}"
        return Finish(Outcome.NEEDS_PERSON, Problem.LANGUAGE, text)
    what = (
        "offers no cancel link"
        if order.state is OrderState.LIVE
        else "shows no state that the robot knows"
    )
    unread = f" Not read: {', '.join(order.unread)}." if order.unread else ""
    text = f"The page of order {order.number} {what}.{unread} It says: {says}"
    return Finish(Outcome.NEEDS_PERSON, Problem.UNKNOWN_PAGE, text)


def _read_back(state: CaseState, policy: Policy) -> Action:
    """After a press at the vendor, while no load shows the order cancelled."""
    # Where the vendor leads away from the form of a second press, the first one may have counted by
    # now.
    order, verdict = state.order, Verdict.UNCLEAR if state.stopped else state.vendor.verdict
    text = (
        state.stopped.text
        if state.stopped
        else state.vendor.answer.text
        if state.vendor.answer
        else ""
    )
    settled_at = (state.vendor.pressed_at or state.resumed_at) + policy.settle
    if state.failing and (
        state.tried_at >= state.vendor_deadline
        or not (state.failures[-1].retry or state.unattended)
    ):
        last = state.failures[-1]
        if state.known_cancelled:
            return Finish(Outcome.FAILED, stored(last.problem), last.text)
        return _not_confirmed(state, last.text)
    if order is None or state.order_reads == 0:
        return LookAtOrder(
            min(_retry_at(state, policy) or state.tried_at, state.vendor_deadline)
            if state.failing
            else None
        )
    if (
        verdict is Verdict.PARTIAL
        and order.state is OrderState.LIVE
        and (state.order_at or settled_at) < settled_at
    ):
        return LookAtOrder(
            max(settled_at, _retry_at(state, policy) or settled_at)
        )  # other lines may only be slower
    if (ended := _ended_at_vendor(order, verdict)) is not None:
        return ended
    if state.vendor.presses and verdict in _MAYBE_LOST and order.cancellable and not state.failing:
        if state.tried_at < settled_at:
            return LookAtOrder(settled_at)
        if state.vendor.presses < MAX_PRESSES:
            return SubmitVendorCancel(order)
        if verdict is Verdict.TECHNICAL:
            return Finish(Outcome.FAILED, Problem.VENDOR_ERROR, text)
        return Finish(Outcome.NEEDS_PERSON, Problem.NOT_CONFIRMED, text)
    if state.tried_at >= state.vendor_deadline:
        return _not_confirmed(state, text)
    reads = state.order_reads + len(state.failures)
    return LookAtOrder(min(state.tried_at + policy.wait(reads - 1), state.vendor_deadline))


def _not_confirmed(state: CaseState, text: str) -> Finish:
    """The time for a confirmation is over: whoever waits may ask again; where nobody does, it is a
    person's.
    """
    return Finish(
        Outcome.NEEDS_PERSON if state.unattended else Outcome.PENDING, Problem.NOT_CONFIRMED, text
    )


def _ended_at_vendor(order: OrderFacts, verdict: Verdict) -> Finish | None:
    if order.state is OrderState.LIVE and verdict is Verdict.PARTIAL:
        return Finish(Outcome.NEEDS_PERSON, Problem.PARTLY_CANCELLED, order.text)
    if order.refused or (
        order.state is OrderState.LIVE and not order.pending and verdict in _TURNED_DOWN
    ):
        return Finish(
            Outcome.REFUSED,
            Problem.BUNDLE if verdict is Verdict.BUNDLE else Problem.VENDOR_REFUSED,
            order.text,
        )
    if order.state in {OrderState.SHIPPED, OrderState.PARTLY_SHIPPED, OrderState.PARTLY_CANCELLED}:
        return _not_cancellable(order)
    return None


def _foresee(state: CaseState, policy: Policy) -> Action:
    """A dry run of an order that can be cancelled: look on, press nothing."""
    if state.po_number is None:
        return Finish(Outcome.DRY_RUN, Problem.PO_UNKNOWN)
    if state.po_orders is None:
        return LookAtOrdersOfPo(state.po_number, _retry_at(state, policy))
    if (others := unfinished_orders(state)) is not None:
        return others
    if state.po_facts is None:
        return LookAtPo(state.po_number, _retry_at(state, policy))
    if state.po_facts.status is PoStatus.CANCELLED and state.po_facts.number == state.po_number:
        return Finish(Outcome.DRY_RUN, Problem.PO_CANCELLED_FIRST)
    return blocking_reason(state, state.po_facts) or Finish(Outcome.DRY_RUN)


# --- RealSource's half ----------------------------------------------------------------------------


def _second_half(state: CaseState, policy: Policy) -> Action:
    """The order reads back cancelled; now, and only now, the PO's turn."""
    if state.po.presses == 0 and (given_up := _given_up(state)) is not None:
        return given_up
    if state.po_number is None:
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_UNKNOWN)
    if state.po_orders is None:
        return _po_try(state, policy, LookAtOrdersOfPo)
    if (others := unfinished_orders(state)) is not None and state.po.presses:
        text = (
            f"After the cancel of PO {state.po_number} was pressed, other orders of it do not show as"
            f" cancelled: {others.text}."
        )
        return Finish(Outcome.NEEDS_PERSON, Problem.REVERTED, text)
    if others is not None:
        return _wait_for_siblings(state, others, policy)
    facts = state.po_facts
    if facts is None or (state.po.presses and state.po_reads == 0):
        return _po_try(state, policy, LookAtPo)
    if facts.status is PoStatus.CANCELLED and facts.number == state.po_number:
        return Finish(Outcome.DRY_RUN if state.request.dry_run else Outcome.DONE)
    block = blocking_reason(state, facts)
    if state.po.presses and (wait := _po_read_back(state, block, policy)) is not None:
        return wait
    if block is not None:
        return block
    if state.request.dry_run:
        return Finish(Outcome.DRY_RUN)
    if not state.po_orders_fresh or state.failing:
        return _po_try(state, policy, LookAtPo if state.failing else LookAtOrdersOfPo)
    return SubmitPoCancel(facts, _confirmations(state.po_orders))


def _wait_for_siblings(state: CaseState, others: Finish, policy: Policy) -> Action:
    """Where nobody waits at a terminal, the PO's other orders are looked at again until they are
    confirmed.
    """
    if others.outcome is not Outcome.PENDING or not state.unattended:
        return others
    if state.tried_at >= state.vendor_deadline:
        return _not_confirmed(state, others.text)
    return _siblings_again(
        state, min(state.tried_at + policy.wait(state.order_reads), state.vendor_deadline)
    )


def _siblings_again(state: CaseState, at: datetime | None) -> LookAtOrdersOfPo:
    known = state.po_orders.orders if state.po_orders else ()
    return LookAtOrdersOfPo(state.po_number or "", at, tuple(order.number for order in known))


def _po_try(state: CaseState, policy: Policy, look: type[LookAtPo | LookAtOrdersOfPo]) -> Action:
    if (
        state.po.presses
        and state.failing
        and (state.tried_at >= state.po_deadline or not state.failures[-1].retry)
    ):
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_NOT_CONFIRMED, state.failures[-1].text)
    at = _retry_at(state, policy)
    at = min(at, state.po_deadline) if at and state.po.presses else at
    return (
        _siblings_again(state, at) if look is LookAtOrdersOfPo else look(state.po_number or "", at)
    )


def _confirmations(siblings: OrdersOfPoSeen) -> tuple[Confirmation, ...]:
    return tuple(Confirmation.from_read_back(order, siblings.at) for order in siblings.orders)


def _po_read_back(state: CaseState, block: Finish | None, policy: Policy) -> Action | None:
    """After a press in RealSource that the PO does not show; None when it may be pressed once more.

    What would ``block`` a press may be a step on the PO's way to being cancelled; only some of it
    lasts.
    """
    verdict = state.po.verdict
    if verdict in _MAYBE_LOST and state.po.presses < MAX_PRESSES and block is None:
        settled_at = (state.po.pressed_at or state.resumed_at) + policy.settle
        looked_at = state.po_at or state.resumed_at
        return None if looked_at >= settled_at else LookAtPo(state.po_number or "", settled_at)
    lasting = block is not None and spec_of(block.problem).lasting
    if state.tried_at >= state.po_deadline or verdict in _TURNED_DOWN or lasting:
        said = (block.text if block else "", state.po.answer.text if state.po.answer else "")
        return Finish(
            Outcome.NEEDS_PERSON, Problem.PO_NOT_CONFIRMED, "; ".join(text for text in said if text)
        )
    return LookAtPo(
        state.po_number or "",
        min(state.tried_at + policy.wait(state.po_reads - 1), state.po_deadline),
    )


# --- system errors --------------------------------------------------------------------------------


def _given_up(state: CaseState) -> Finish | None:
    last = state.failures[-1] if state.failing else None
    if last is None or (last.retry and len(state.failures) < MAX_FAILURES):
        return None
    return Finish(Outcome.FAILED, stored(last.problem), last.text)


def _retry_at(state: CaseState, policy: Policy) -> datetime | None:
    return state.tried_at + policy.wait(len(state.failures)) if state.failing else None
