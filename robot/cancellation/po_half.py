"""Decide what comes next once the order reads back cancelled.

The PO's half of the rule. Pure; ``decide`` comes here only with an order that a fresh load shows
cancelled.
"""

from __future__ import annotations

from datetime import datetime

from robot.cancellation.actions import (
    Action,
    AskApproval,
    Finish,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
)
from robot.cancellation.approvals import Approval, changes
from robot.cancellation.events import OrdersOfPoSeen
from robot.cancellation.orders import Confirmation, Outcome, PoFacts, Verdict
from robot.cancellation.po_checks import (
    blocking_reason,
    disagreement,
    foreseen_end,
    is_blocked_for_good,
    not_taken_back,
    unfinished_orders,
)
from robot.cancellation.policy import (
    MAYBE_LOST,
    TURNED_DOWN,
    Policy,
    end_of_tries,
    next_try,
    not_confirmed,
    settles_at,
    withheld,
)
from robot.cancellation.presses import MAX_PRESSES
from robot.cancellation.state import CaseState
from robot.problems import Problem


def second_half(state: CaseState, policy: Policy) -> Action:
    """Return what follows once the order reads back cancelled.

    Now, and only now, the PO's turn.
    """
    given_up = end_of_tries(state)
    if state.po.presses == 0 and given_up is not None:
        return given_up
    if state.po_number is None:
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_UNKNOWN)
    if state.po_orders is None:
        return _look_at_orders_first(state, policy)
    others = unfinished_orders(state)
    if others is not None and state.po.presses:
        text = (
            f"After the cancel of PO {state.po_number} was pressed, other orders of it do not show"
            f" as cancelled: {others.text}."
        )
        return Finish(Outcome.NEEDS_PERSON, Problem.REVERTED, text)
    if others is not None:
        return _wait_for_others(state, others, policy)
    contradicted = _contradicted(state, policy)
    if contradicted is not None and not state.po.presses:
        return contradicted
    return _cancel_po(state, state.po_orders, policy)


def _contradicted(state: CaseState, policy: Policy) -> Action | None:
    """Return what follows where the list or the report contradicts the orders' pages.

    It may be slower, so it is looked at once more. Unless it takes its word back then, it is a
    person's.
    """
    if not state.listed:
        return None
    last = state.listed[-1]
    told = disagreement(last)
    if len(state.listed) > 1:
        before = state.listed[-2]
        kept = not_taken_back(before, last)
        if kept:
            return Finish(Outcome.NEEDS_PERSON, Problem.SOURCES_DISAGREE, told or kept)
    if not told:
        return None
    settled_at = last.at + policy.settle
    again_at = next_try(state, policy)
    return LookAtOrdersOfPo(state.po_number or "", max(settled_at, again_at or settled_at))


def _cancel_po(state: CaseState, orders: OrdersOfPoSeen, policy: Policy) -> Action:
    """Return what follows once every order of the PO is cancelled."""
    facts = state.po_facts
    if facts is None or (state.po.presses and state.po_reads == 0):
        return _look_at_po(state, policy)
    if state.po_cancelled:
        return Finish(Outcome.DRY_RUN if state.request.dry_run else Outcome.DONE)
    block = blocking_reason(state, facts)
    if state.po.presses:
        wait = _po_read_back(state, facts, block, policy)
        if wait is not None:
            return wait
    if block is not None:
        return block
    if state.request.dry_run:
        return foreseen_end(state)
    if state.failing:
        return _look_at_po(state, policy)
    if not state.po_orders_fresh:
        return _look_at_orders(state, policy)
    approval = Approval.of_po(state, facts)
    if approval is not None:
        return SubmitPoCancel(facts, _confirmations(orders), approval)
    own = next(order for order in orders.orders if order.number == state.request.number)
    return AskApproval(state.shows(own), changes(state))


def _wait_for_others(state: CaseState, others: Finish, policy: Policy) -> Action:
    """Look at the PO's other orders until they are confirmed.

    So it is where nobody waits at a terminal.
    """
    if others.outcome is not Outcome.PENDING or not state.unattended:
        return others
    if state.tried_at >= state.vendor_deadline:
        return not_confirmed(state, others.text)
    at = state.tried_at + policy.wait(state.order_reads)
    return _known_orders(state, min(at, state.vendor_deadline))


def _known_orders(state: CaseState, at: datetime | None) -> LookAtOrdersOfPo:
    orders = state.po_orders.orders if state.po_orders else ()
    return LookAtOrdersOfPo(state.po_number or "", at, tuple(order.number for order in orders))


def _look_at_orders_first(state: CaseState, policy: Policy) -> Action:
    """Look at the PO's orders for the first time.

    Where nothing happened since the own order was read back, that look serves here too. No press
    rests on it: the PO's page is yet to be read, and every order is looked at again after that.
    """
    if state.order_just_seen and state.po_facts is None:
        return LookAtOrdersOfPo(state.po_number or "", seen=state.order)
    return _look_at_orders(state, policy)


def _look_at_orders(state: CaseState, policy: Policy) -> Action:
    unreadable = _unreadable_after_po_press(state)
    return unreadable or _known_orders(state, _po_retry_at(state, policy))


def _look_at_po(state: CaseState, policy: Policy) -> Action:
    unreadable = _unreadable_after_po_press(state)
    return unreadable or LookAtPo(state.po_number or "", _po_retry_at(state, policy))


def _unreadable_after_po_press(state: CaseState) -> Finish | None:
    if not state.po.presses or not state.failing:
        return None
    last = state.failures[-1]
    if last.retry and state.tried_at < state.po_deadline:
        return None
    return Finish(Outcome.NEEDS_PERSON, Problem.PO_NOT_CONFIRMED, last.text)


def _po_retry_at(state: CaseState, policy: Policy) -> datetime | None:
    at = next_try(state, policy)
    return min(at, state.po_deadline) if at and state.po.presses else at


def _confirmations(orders: OrdersOfPoSeen) -> tuple[Confirmation, ...]:
    return tuple(Confirmation.from_read_back(order, orders.at) for order in orders.orders)


def _po_read_back(
    state: CaseState, facts: PoFacts, block: Finish | None, policy: Policy
) -> Action | None:
    """Return what follows a press that the PO does not show.

    None when it may be pressed once more. What would ``block`` a press may be a step on the PO's
    way to being cancelled; only some of it lasts.
    """
    verdict = state.po.verdict
    po = state.po_number or ""
    if verdict in MAYBE_LOST and state.po.presses < MAX_PRESSES and block is None:
        settled_at = settles_at(state, state.po, policy)
        looked_at = state.po_at or state.resumed_at
        return None if looked_at >= settled_at else LookAtPo(po, settled_at)
    if verdict is Verdict.WITHHELD and state.po.answer is not None:
        return withheld(state.po.answer.text)
    lasting = is_blocked_for_good(state, facts)
    if state.tried_at >= state.po_deadline or verdict in TURNED_DOWN or lasting:
        blocks = (block.text, *block.also) if block else ()
        answer = state.po.answer.text if state.po.answer else ""
        text = "; ".join(part for part in (*blocks, answer) if part)
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_NOT_CONFIRMED, text)
    next_at = state.tried_at + policy.wait(state.po_reads - 1)
    return LookAtPo(po, min(next_at, state.po_deadline))
