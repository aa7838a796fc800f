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

Nothing of 5-8 happens before 3, and 7 never without 6 right before it, nor unless it is proven
that the PO has no other orders than those that were read.

A second press needs a fresh load after the first that shows the thing still live, a settle time,
and a reason to think that the first one never arrived; there is no third.
"""

from __future__ import annotations

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
from robot.cancellation.events import OrdersOfPoSeen, Stopped
from robot.cancellation.orders import (
    Confirmation,
    OrderFacts,
    OrderState,
    Outcome,
    PoFacts,
    SubmitResult,
    Verdict,
)
from robot.cancellation.po_checks import (
    blocking_reason,
    is_blocked_for_good,
    unfinished_orders,
)
from robot.cancellation.state import MAX_PRESSES, CaseState, PressState
from robot.problems import Problem, stored

MAX_FAILURES = 3

#: Answers after which a press may be repeated: those that leave room for "it never arrived".
_MAYBE_LOST = frozenset({Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST})
_TURNED_DOWN = frozenset({Verdict.REFUSED, Verdict.BUNDLE})
#: The waits after the first read, the second, ... as parts of the settle time.
_WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 90.0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be.

    ``settle`` is the least time between two presses; read-backs wait ever longer parts of it.
    """

    settle: timedelta = timedelta(seconds=20)

    def wait(self, n: int) -> timedelta:
        """Return how long to wait after the n-th read (0 for the first) before the next."""
        return self.settle * _WAITS[max(0, min(n, len(_WAITS) - 1))]


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
        return _second_half(state, policy)
    return _first_half(state, policy)


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
        look = LookAtOrdersOfPo(state.po_number or "", _retry_at(state, policy))
        return _given_up(state) or look
    orders = state.po_orders.orders
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
    names_none = order.po is None and order.state is OrderState.CANCELLED
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
    given_up = _given_up(state)
    if given_up is not None:
        return given_up
    if order is None:
        return LookAtOrder(_retry_at(state, policy))
    if state.request.dry_run and order.cancellable:
        return _foresee(state, policy)
    if state.request.dry_run and order.pending:
        return Finish(Outcome.PENDING, Problem.NOT_CONFIRMED, order.text)
    if order.pending:
        return _read_back(state, policy)
    if not order.cancellable:
        return _not_cancellable(order)
    if state.failing:
        return LookAtOrder(_retry_at(state, policy))
    return SubmitVendorCancel(order)


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
        return SubmitVendorCancel(state.order)
    return LookAtOrder(_next_look(state, policy))


def _ended_after_press(state: CaseState, policy: Policy) -> Finish | None:
    """Return the end that it has come to; None while it goes on."""
    last = state.failures[-1] if state.failing else None
    time_is_over = state.tried_at >= state.vendor_deadline
    if last is not None and (time_is_over or not (last.retry or state.unattended)):
        if state.known_cancelled:
            return Finish(Outcome.FAILED, stored(last.problem), last.text)
        return _not_confirmed(state, last.text)
    order = _order_since_press(state)
    reply = _vendor_reply(state)
    if order is None or _is_settling(state, order, policy):
        return None
    at_vendor = _ended_at_vendor(order, reply.verdict)
    if at_vendor is not None:
        return at_vendor
    if reply.verdict is Verdict.WITHHELD:
        return _asked(reply.text)
    if _may_be_lost(state, order):
        return _ended_after_last_press(state, reply, policy)
    return _not_confirmed(state, reply.text) if time_is_over else None


def _asked(question: str) -> Finish:
    """End at a person: a question was answered with No, and the page shows no cancellation."""
    text = f"The site asked, and was answered with No, so nothing was submitted: “{question}”"
    return Finish(Outcome.NEEDS_PERSON, Problem.UNEXPECTED_QUESTION, text)


def _may_press_again(state: CaseState, policy: Policy) -> bool:
    """Tell whether it may be pressed again, where it has not ended."""
    order = _order_since_press(state)
    if order is None or state.vendor.presses >= MAX_PRESSES or not _may_be_lost(state, order):
        return False
    return state.tried_at >= _settled_at(state, state.vendor, policy)


def _next_look(state: CaseState, policy: Policy) -> datetime | None:
    """Return when to look next, where it may not be pressed again; None is now."""
    order = _order_since_press(state)
    retry_at = _retry_at(state, policy)
    if order is None:
        return retry_at and min(retry_at, state.vendor_deadline)
    settled_at = _settled_at(state, state.vendor, policy)
    if _is_settling(state, order, policy):
        return max(settled_at, retry_at or settled_at)
    if _may_be_lost(state, order):
        return settled_at
    reads = state.order_reads + len(state.failures)
    return min(state.tried_at + policy.wait(reads - 1), state.vendor_deadline)


def _order_since_press(state: CaseState) -> OrderFacts | None:
    return state.order if state.order_reads > 0 else None


def _vendor_reply(state: CaseState) -> SubmitResult:
    """Return what the vendor said last; being led away from the form leaves all open."""
    if state.stopped is not None:
        return SubmitResult(Verdict.UNCLEAR, state.stopped.text)
    return state.vendor.answer or SubmitResult(Verdict.LOST)


def _is_settling(state: CaseState, order: OrderFacts, policy: Policy) -> bool:
    """Tell whether a part is cancelled and the other lines may only be slower."""
    if order.state is not OrderState.LIVE or _vendor_reply(state).verdict is not Verdict.PARTIAL:
        return False
    settled_at = _settled_at(state, state.vendor, policy)
    return (state.order_at or settled_at) < settled_at


def _may_be_lost(state: CaseState, order: OrderFacts) -> bool:
    """Tell whether the press may never have arrived, by its answer and a load after it."""
    lost = state.vendor.presses > 0 and _vendor_reply(state).verdict in _MAYBE_LOST
    return lost and order.cancellable and not state.failing


def _ended_after_last_press(state: CaseState, reply: SubmitResult, policy: Policy) -> Finish | None:
    settled = state.tried_at >= _settled_at(state, state.vendor, policy)
    if state.vendor.presses < MAX_PRESSES or not settled:
        return None
    if reply.verdict is Verdict.TECHNICAL:
        return Finish(Outcome.FAILED, Problem.VENDOR_ERROR, reply.text)
    return Finish(Outcome.NEEDS_PERSON, Problem.NOT_CONFIRMED, reply.text)


def _settled_at(state: CaseState, press: PressState, policy: Policy) -> datetime:
    return (press.pressed_at or state.resumed_at) + policy.settle


def _not_confirmed(state: CaseState, text: str) -> Finish:
    """Return the end of the time for a confirmation.

    Whoever waits may ask again; where nobody does, it is a person's.
    """
    outcome = Outcome.NEEDS_PERSON if state.unattended else Outcome.PENDING
    return Finish(outcome, Problem.NOT_CONFIRMED, text)


def _ended_at_vendor(order: OrderFacts, verdict: Verdict) -> Finish | None:
    live = order.state is OrderState.LIVE
    if live and verdict is Verdict.PARTIAL:
        return Finish(Outcome.NEEDS_PERSON, Problem.PARTLY_CANCELLED, order.text)
    if order.refused or (live and not order.pending and verdict in _TURNED_DOWN):
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
        return LookAtOrdersOfPo(state.po_number, _retry_at(state, policy))
    others = unfinished_orders(state)
    if others is not None:
        return others
    if state.po_facts is None:
        return LookAtPo(state.po_number, _retry_at(state, policy))
    if state.po_cancelled:
        return Finish(Outcome.DRY_RUN, Problem.PO_CANCELLED_FIRST)
    return blocking_reason(state, state.po_facts) or Finish(Outcome.DRY_RUN)


# --- RealSource's half ----------------------------------------------------------------------------


def _second_half(state: CaseState, policy: Policy) -> Action:
    """Return what follows once the order reads back cancelled: now, and only now, the PO's turn."""
    given_up = _given_up(state)
    if state.po.presses == 0 and given_up is not None:
        return given_up
    if state.po_number is None:
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_UNKNOWN)
    if state.po_orders is None:
        return _look_at_orders(state, policy)
    others = unfinished_orders(state)
    if others is not None and state.po.presses:
        text = (
            f"After the cancel of PO {state.po_number} was pressed, other orders of it do not show"
            f" as cancelled: {others.text}."
        )
        return Finish(Outcome.NEEDS_PERSON, Problem.REVERTED, text)
    if others is not None:
        return _wait_for_others(state, others, policy)
    return _cancel_po(state, state.po_orders, policy)


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
        return Finish(Outcome.DRY_RUN)
    if state.failing:
        return _look_at_po(state, policy)
    if not state.po_orders_fresh:
        return _look_at_orders(state, policy)
    return SubmitPoCancel(facts, _confirmations(orders))


def _wait_for_others(state: CaseState, others: Finish, policy: Policy) -> Action:
    """Look at the PO's other orders until they are confirmed, where nobody waits at a terminal."""
    if others.outcome is not Outcome.PENDING or not state.unattended:
        return others
    if state.tried_at >= state.vendor_deadline:
        return _not_confirmed(state, others.text)
    at = state.tried_at + policy.wait(state.order_reads)
    return _known_orders(state, min(at, state.vendor_deadline))


def _known_orders(state: CaseState, at: datetime | None) -> LookAtOrdersOfPo:
    orders = state.po_orders.orders if state.po_orders else ()
    return LookAtOrdersOfPo(state.po_number or "", at, tuple(order.number for order in orders))


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
    at = _retry_at(state, policy)
    return min(at, state.po_deadline) if at and state.po.presses else at


def _confirmations(orders: OrdersOfPoSeen) -> tuple[Confirmation, ...]:
    return tuple(Confirmation.from_read_back(order, orders.at) for order in orders.orders)


def _po_read_back(
    state: CaseState, facts: PoFacts, block: Finish | None, policy: Policy
) -> Action | None:
    """Return what follows a press that the PO does not show; None when it may be pressed once more.

    What would ``block`` a press may be a step on the PO's way to being cancelled; only some of it
    lasts.
    """
    verdict = state.po.verdict
    po = state.po_number or ""
    if verdict in _MAYBE_LOST and state.po.presses < MAX_PRESSES and block is None:
        settled_at = _settled_at(state, state.po, policy)
        looked_at = state.po_at or state.resumed_at
        return None if looked_at >= settled_at else LookAtPo(po, settled_at)
    if verdict is Verdict.WITHHELD and state.po.answer is not None:
        return _asked(state.po.answer.text)
    lasting = is_blocked_for_good(state, facts)
    if state.tried_at >= state.po_deadline or verdict in _TURNED_DOWN or lasting:
        blocks = (block.text, *block.also) if block else ()
        answer = state.po.answer.text if state.po.answer else ""
        text = "; ".join(part for part in (*blocks, answer) if part)
        return Finish(Outcome.NEEDS_PERSON, Problem.PO_NOT_CONFIRMED, text)
    next_at = state.tried_at + policy.wait(state.po_reads - 1)
    return LookAtPo(po, min(next_at, state.po_deadline))


# --- system errors --------------------------------------------------------------------------------


def _given_up(state: CaseState) -> Finish | None:
    last = state.failures[-1] if state.failing else None
    if last is None or (last.retry and len(state.failures) < MAX_FAILURES):
        return None
    return Finish(Outcome.FAILED, stored(last.problem), last.text)


def _retry_at(state: CaseState, policy: Policy) -> datetime | None:
    if not state.failing:
        return None
    return state.tried_at + policy.wait(len(state.failures))
