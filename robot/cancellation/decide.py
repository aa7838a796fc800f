"""Decide what comes next in a cancellation, as THE RULE has it.

Pure: the state of a case -> the next action; no I/O, no clock, no browser. The order of work that
it guards:

1. look at the order;
2. press the vendor's cancel;
3. read the order back on fresh loads until it is cancelled;
4. look at every order of the PO;
5. look at the PO;
6. look at every order of the PO again;
7. press the PO's cancel;
8. read the PO back.

In 4 the page of the order itself is not loaded again where nothing happened since 3 showed it
cancelled: one fresh look serves both. What becomes of the order in between, 6 finds, which loads
every page afresh.

Nothing of 5-8 happens before 3, and 7 never without 6 right before it, nor unless it is proven
that the PO has no other orders than those that were read.

Nothing is pressed without a person's approval of what the last look shows: where none covers it,
one is asked for before 2 (or before 7, where nothing was pressed in 2).

A second press needs a fresh load after the first that shows the thing still live, a settle time,
and a reason to think that the first one never arrived; there is no third.
"""

from __future__ import annotations

from datetime import datetime

from robot.cancellation.actions import (
    Action,
    AskApproval,
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitVendorCancel,
)
from robot.cancellation.approvals import Approval, changes
from robot.cancellation.events import Stopped
from robot.cancellation.orders import (
    Listing,
    OrderFacts,
    OrderState,
    Outcome,
    SubmitResult,
    Verdict,
)
from robot.cancellation.po_checks import (
    blocking_reason,
    foreseen_end,
    unfinished_orders,
)
from robot.cancellation.po_half import second_half
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
from robot.problems import Problem, stored


def decide(state: CaseState, policy: Policy | None = None) -> Action:
    """Return the next action of the case that is in ``state``."""
    policy = policy or Policy()
    ended = _ended_before(state)
    if ended is not None:
        return ended
    if state.request.number is None:
        return _find_orders(state, policy)
    if state.order is not None:
        mismatch = _mismatch(state, state.order)
        if mismatch is not None:
            return mismatch
    if state.cancelled:
        return second_half(state, policy)
    return _first_half(state, policy)


def can_press_vendor(state: CaseState) -> bool:
    """Tell whether the order, as it was seen last, can be cancelled at the vendor.

    It can whatever its PO shows: that is looked at afterwards, and may be left to a person.
    """
    order = state.order
    return order is not None and order.cancellable and _mismatch(state, order) is None


def _ended_before(state: CaseState) -> Finish | None:
    """Return the end that the case has come to already, or that a stop brings."""
    done = state.finished
    if done is not None:
        return Finish(done.outcome, stored(done.problem), done.summary, done.next_step)
    if state.stopped is None or _form_is_gone_after_press(state, state.stopped):
        return None
    stopped = state.stopped
    outcome = Outcome.REFUSED if stopped.problem == Problem.TOO_LATE else Outcome.NEEDS_PERSON
    return Finish(outcome, stored(stopped.problem), stopped.text, stopped.next_step)


def _form_is_gone_after_press(state: CaseState, stopped: Stopped) -> bool:
    """Tell whether the vendor led away from the form of a second press.

    The first one may have counted by then, so the order is read back.
    """
    return stopped.problem == Problem.TOO_LATE and state.vendor.presses > 0


# --- the vendor's half ----------------------------------------------------------------------------


def _find_orders(state: CaseState, policy: Policy) -> Action:
    if state.po_orders is None:
        look = LookAtOrdersOfPo(state.po_number or "", next_try(state, policy))
        return end_of_tries(state) or look
    orders = state.po_orders.orders
    if orders and state.request.dry_run and state.po_facts is None:
        return end_of_tries(state) or LookAtPo(state.po_number or "", next_try(state, policy))
    if not orders and state.listing is Listing.UNPROVEN:
        text = (
            f"The vendor's list shows no order of PO {state.po_number}, and does not prove that it"
            " shows the orders of all users and dates. Nothing was pressed."
        )
        return Finish(Outcome.NEEDS_PERSON, Problem.ORDERS_INCOMPLETE, text)
    if not orders:
        return Finish(Outcome.REFUSED, Problem.NOT_FOUND)
    # The vendor's search is a free one: it finds the number in other places too.
    strays = [order.number for order in orders if _is_stray(order, state.po_number)]
    if not strays and any(order.po is not None for order in orders):
        return Finish(Outcome.DRY_RUN)
    unclear = strays or [order.number for order in orders]
    return Finish(Outcome.NEEDS_PERSON, Problem.PO_NOT_SHOWN, ", ".join(unclear))


def _is_stray(order: OrderFacts, po: str | None) -> bool:
    # A cancelled order names no PO.
    names_none = not (order.po or order.po_text) and order.state is OrderState.CANCELLED
    return order.po != po and not names_none


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
    given_up = end_of_tries(state)
    if given_up is not None:
        return given_up
    if order is None:
        return LookAtOrder(next_try(state, policy))
    if state.request.dry_run and order.cancellable:
        return _foresee(state, policy)
    if state.request.dry_run and order.pending:
        return Finish(Outcome.PENDING, Problem.NOT_CONFIRMED, order.text)
    if order.pending:
        return _read_back(state, policy)
    if not order.cancellable:
        return _not_cancellable(order)
    if state.failing:
        return LookAtOrder(next_try(state, policy))
    return _press(state, order)


def _press(state: CaseState, order: OrderFacts) -> Action:
    """Press the vendor's cancel, or ask where no approval covers what is shown now."""
    approval = Approval.of_order(state)
    if approval is not None:
        return SubmitVendorCancel(order, approval)
    return AskApproval(state.shows(order), changes(state))


def _mismatch(state: CaseState, order: OrderFacts) -> Finish | None:
    if order.number != state.request.number:
        return Finish(
            Outcome.NEEDS_PERSON, Problem.WRONG_ORDER, f"The page was of order {order.number}."
        )
    if state.shown_po and state.shown_po != state.po_number:
        text = f"the order names PO {state.shown_po}, the request PO {state.po_number}"
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_MISMATCH, text)
    if state.po_text and state.po_number:
        text = (
            f"the order's page tells its PO in a way that can't be read ({state.po_text}),"
            f" the request names PO {state.po_number}"
        )
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
    """End at a person.

    The page proves neither that the order can be cancelled nor that not.
    """
    says = order.text or "nothing"
    if order.language:
        text = (
            f"The page of order {order.number} is not in English ({order.language})."
            f" It says: {says}"
        )
        return Finish(Outcome.NEEDS_PERSON, Problem.LANGUAGE, text)
    what = "shows no state that the robot knows"
    if order.state is OrderState.LIVE:
        what = "offers no cancel link"
    unread = f" Not read: {', '.join(order.unread)}." if order.unread else ""
    text = f"The page of order {order.number} {what}.{unread} It says: {says}"
    return Finish(Outcome.NEEDS_PERSON, Problem.UNKNOWN_PAGE, text)


# --- after a press at the vendor, while no load shows the order cancelled -------------------------


def _read_back(state: CaseState, policy: Policy) -> Action:
    ended = _ended_after_press(state, policy)
    if ended is not None:
        return ended
    if state.order is not None and _may_press_again(state, policy):
        return _press(state, state.order)
    return LookAtOrder(_next_look(state, policy))


def _ended_after_press(state: CaseState, policy: Policy) -> Finish | None:
    """Return the end that it has come to.

    None while it goes on.
    """
    last = state.failures[-1] if state.failing else None
    time_is_over = state.tried_at >= state.vendor_deadline
    if last is not None and (time_is_over or not (last.retry or state.unattended)):
        if state.known_cancelled:
            return Finish(Outcome.FAILED, stored(last.problem), last.text)
        return not_confirmed(state, last.text)
    order = _order_since_press(state)
    reply = _vendor_reply(state)
    if order is None or _is_settling(state, order, policy):
        return None
    at_vendor = _ended_at_vendor(order, reply.verdict)
    if at_vendor is not None:
        return at_vendor
    if reply.verdict is Verdict.WITHHELD:
        return withheld(reply.text)
    if _may_be_lost(state, order):
        return _ended_after_last_press(state, reply, policy)
    return not_confirmed(state, reply.text) if time_is_over else None


def _may_press_again(state: CaseState, policy: Policy) -> bool:
    """Tell whether it may be pressed again, where it has not ended."""
    order = _order_since_press(state)
    if order is None or state.vendor.presses >= MAX_PRESSES or not _may_be_lost(state, order):
        return False
    return state.tried_at >= settles_at(state, state.vendor, policy)


def _next_look(state: CaseState, policy: Policy) -> datetime | None:
    """Return when to look next, where it may not be pressed again.

    None is now.
    """
    order = _order_since_press(state)
    retry_at = next_try(state, policy)
    if order is None:
        return retry_at and min(retry_at, state.vendor_deadline)
    settled_at = settles_at(state, state.vendor, policy)
    if _is_settling(state, order, policy):
        return max(settled_at, retry_at or settled_at)
    if _may_be_lost(state, order):
        return settled_at
    reads = state.order_reads + len(state.failures)
    return min(state.tried_at + policy.wait(reads - 1), state.vendor_deadline)


def _order_since_press(state: CaseState) -> OrderFacts | None:
    return state.order if state.order_reads > 0 else None


def _vendor_reply(state: CaseState) -> SubmitResult:
    """Return what the vendor said last.

    Being led away from the form leaves all open.
    """
    if state.stopped is not None:
        return SubmitResult(Verdict.UNCLEAR, state.stopped.text)
    return state.vendor.answer or SubmitResult(Verdict.LOST)


def _is_settling(state: CaseState, order: OrderFacts, policy: Policy) -> bool:
    """Tell whether a part is cancelled and the other lines may only be slower."""
    if order.state is not OrderState.LIVE or _vendor_reply(state).verdict is not Verdict.PARTIAL:
        return False
    settled_at = settles_at(state, state.vendor, policy)
    return (state.order_at or settled_at) < settled_at


def _may_be_lost(state: CaseState, order: OrderFacts) -> bool:
    """Tell whether the press may never have arrived.

    Its answer and a load after it tell that.
    """
    lost = state.vendor.presses > 0 and _vendor_reply(state).verdict in MAYBE_LOST
    return lost and order.cancellable and not state.failing


def _ended_after_last_press(state: CaseState, reply: SubmitResult, policy: Policy) -> Finish | None:
    settled = state.tried_at >= settles_at(state, state.vendor, policy)
    if state.vendor.presses < MAX_PRESSES or not settled:
        return None
    if reply.verdict is Verdict.TECHNICAL:
        return Finish(Outcome.FAILED, Problem.VENDOR_ERROR, reply.text)
    return Finish(Outcome.NEEDS_PERSON, Problem.NOT_CONFIRMED, reply.text)


def _ended_at_vendor(order: OrderFacts, verdict: Verdict) -> Finish | None:
    live = order.state is OrderState.LIVE
    if live and verdict is Verdict.PARTIAL:
        return Finish(Outcome.NEEDS_PERSON, Problem.PARTLY_CANCELLED, order.text)
    if order.refused or (live and not order.pending and verdict in TURNED_DOWN):
        if verdict is Verdict.BUNDLE:
            return Finish(Outcome.REFUSED, Problem.BUNDLE, order.text)
        return Finish(Outcome.REFUSED, Problem.VENDOR_REFUSED, order.text)
    if order.state in {OrderState.SHIPPED, OrderState.PARTLY_SHIPPED, OrderState.PARTLY_CANCELLED}:
        return _not_cancellable(order)
    return None


# --- a dry run ------------------------------------------------------------------------------------


def _foresee(state: CaseState, policy: Policy) -> Action:
    """Look on at an order that can be cancelled, and press nothing."""
    if state.po_number is None:
        return Finish(Outcome.DRY_RUN, Problem.PO_UNKNOWN)
    if state.po_orders is None:
        return LookAtOrdersOfPo(state.po_number, next_try(state, policy))
    others = unfinished_orders(state)
    if others is not None:
        return others
    if state.po_facts is None:
        return LookAtPo(state.po_number, next_try(state, policy))
    if state.po_cancelled:
        return Finish(Outcome.DRY_RUN, Problem.PO_CANCELLED_FIRST)
    return blocking_reason(state, state.po_facts) or foreseen_end(state)
