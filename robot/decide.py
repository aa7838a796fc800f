"""THE RULE: the events of one cancellation -> the next action. Pure: no I/O, no clock, no browser.

The order of work that it guards:

1. look at the order; 2. press the vendor's cancel; 3. read the order back on fresh loads until it is cancelled;
4. look at every order of the PO; 5. look at the PO; 6. look at every order of the PO again; 7. press the PO's cancel;
8. read the PO back. Nothing of 5-8 happens before 3, and 7 never without 6 right before it.

A second press needs a fresh load after the first that shows the thing still live, a settle time, and a reason to
think that the first one never arrived; there is no third.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from robot.actions import (
    Action,
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.events import Event, OrdersOfPoSeen
from robot.orders import Confirmation, OrderFacts, OrderState, Outcome, PoFacts, PoStatus, Verdict
from robot.standing import Standing, standing

MAX_PRESSES = 2
MAX_FAILURES = 3

#: Answers after which a press may be repeated: those that leave room for "it never arrived".
_MAYBE_LOST = frozenset({Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST})
_TURNED_DOWN = frozenset({Verdict.REFUSED, Verdict.BUNDLE})
_WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be. ``settle`` is the least time between two presses; read-backs wait ever longer parts of it."""

    settle: timedelta = timedelta(seconds=20)

    def wait(self, n: int) -> timedelta:
        """How long to wait after the n-th read (0 for the first) before the next."""
        return self.settle * _WAITS[max(0, min(n, len(_WAITS) - 1))]


def decide(events: Iterable[Event], policy: Policy | None = None) -> Action:
    """The next action of the case whose ``events`` these are. Pure; raises ValueError where no request begins them."""
    now = standing(events)
    policy = policy or Policy()
    if now.finished is not None:
        done = now.finished
        return Finish(done.outcome, done.problem, done.summary, done.next_step)
    if now.stopped is not None:
        refused = now.stopped.problem == "too_late" and not now.vendor_presses
        outcome = Outcome.REFUSED if refused else Outcome.NEEDS_PERSON
        return Finish(outcome, now.stopped.problem, now.stopped.text, now.stopped.next_step)
    if now.request.number is None:
        return _find_orders(now, policy)
    if now.order is not None and (other := _mismatch(now, now.order)) is not None:
        return other
    return _second_half(now, policy) if now.cancelled else _first_half(now, policy)


# --- the vendor's half ----------------------------------------------------------------------------------------------


def _find_orders(now: Standing, policy: Policy) -> Action:
    if now.siblings is None:
        return _given_up(now) or LookAtOrdersOfPo(now.po or "", _retry_at(now, policy))
    return Finish(Outcome.DRY_RUN) if now.siblings.orders else Finish(Outcome.REFUSED, "not_found")


def _first_half(now: Standing, policy: Policy) -> Action:
    order = now.order
    if now.po_presses and order is not None:
        state = order.state.replace("_", " ")
        text = f"Order {order.number} was cancelled, and shows as {state} after the cancel of PO {now.po} was pressed."
        return Finish(Outcome.NEEDS_PERSON, "reverted", text)
    if now.vendor_presses:
        return _read_back(now, policy)
    if (given_up := _given_up(now)) is not None:
        return given_up
    if order is None:
        return LookAtOrder(_retry_at(now, policy))
    if now.request.dry_run and order.cancellable:
        return _foresee(now, policy)
    if order.pending:
        return Finish(Outcome.PENDING, "not_confirmed", order.text) if now.request.dry_run else _read_back(now, policy)
    if not order.cancellable:
        return _not_cancellable(order)
    return LookAtOrder(_retry_at(now, policy)) if now.failing else SubmitVendorCancel(order)


def _mismatch(now: Standing, order: OrderFacts) -> Finish | None:
    if order.number != now.request.number:
        return Finish(Outcome.NEEDS_PERSON, "wrong_order", f"The page was of order {order.number}.")
    if now.shown_po and now.shown_po != now.po:
        text = f"the order names PO {now.shown_po}, the request PO {now.po}"
        return Finish(Outcome.NEEDS_PERSON, "po_mismatch", text)
    return None


def _not_cancellable(order: OrderFacts) -> Finish:
    if order.refused:
        return Finish(Outcome.REFUSED, "vendor_refused", order.text)
    outcome, problem = {
        OrderState.SHIPPED: (Outcome.REFUSED, "shipped"),
        OrderState.NOT_FOUND: (Outcome.REFUSED, "not_found"),
        OrderState.LIVE: (Outcome.REFUSED, "too_late"),
        OrderState.PARTLY_SHIPPED: (Outcome.NEEDS_PERSON, "partly_shipped"),
        OrderState.PARTLY_CANCELLED: (Outcome.NEEDS_PERSON, "partly_cancelled"),
    }.get(order.state, (Outcome.NEEDS_PERSON, "unknown_page"))
    unknown = (
        f"The page of order {order.number} shows no state that the robot knows. It says: {order.text or 'nothing'}"
    )
    return Finish(outcome, problem, unknown if problem == "unknown_page" else order.text)


def _read_back(now: Standing, policy: Policy) -> Action:
    """After a press at the vendor, while no load shows the order cancelled."""
    order, verdict = now.order, now.vendor_verdict
    text = now.vendor_answer.text if now.vendor_answer else ""
    if now.failing and (now.tried_at >= now.vendor_deadline or not now.failures[-1].retry):
        last = now.failures[-1]
        if now.known_cancelled:
            return Finish(Outcome.FAILED, last.problem, last.text)
        return Finish(Outcome.PENDING, "not_confirmed", last.text)
    if order is None or now.order_reads == 0:
        return LookAtOrder(min(_retry_at(now, policy) or now.tried_at, now.vendor_deadline) if now.failing else None)
    if (ended := _ended_at_vendor(order, verdict)) is not None:
        return ended
    if now.vendor_presses and verdict in _MAYBE_LOST and order.cancellable and not now.failing:
        settled_at = (now.vendor_pressed_at or now.resumed_at) + policy.settle
        if now.tried_at < settled_at:
            return LookAtOrder(settled_at)
        if now.vendor_presses < MAX_PRESSES:
            return SubmitVendorCancel(order)
        if verdict is Verdict.TECHNICAL:
            return Finish(Outcome.FAILED, "vendor_error", text)
        return Finish(Outcome.NEEDS_PERSON, "not_confirmed", text)
    if now.tried_at >= now.vendor_deadline:
        return Finish(Outcome.PENDING, "not_confirmed", text)
    reads = now.order_reads + len(now.failures)
    return LookAtOrder(min(now.tried_at + policy.wait(reads - 1), now.vendor_deadline))


def _ended_at_vendor(order: OrderFacts, verdict: Verdict) -> Finish | None:
    if order.state is OrderState.LIVE and verdict is Verdict.PARTIAL:
        return Finish(Outcome.NEEDS_PERSON, "partly_cancelled", order.text)
    if order.refused or (order.state is OrderState.LIVE and not order.pending and verdict in _TURNED_DOWN):
        return Finish(Outcome.REFUSED, "bundle" if verdict is Verdict.BUNDLE else "vendor_refused", order.text)
    if order.state in {OrderState.SHIPPED, OrderState.PARTLY_SHIPPED, OrderState.PARTLY_CANCELLED}:
        return _not_cancellable(order)
    return None


def _foresee(now: Standing, policy: Policy) -> Action:
    """A dry run of an order that can be cancelled: look on, press nothing."""
    if now.po is None:
        return Finish(Outcome.DRY_RUN, "po_unknown")
    if now.siblings is None:
        return LookAtOrdersOfPo(now.po, _retry_at(now, policy))
    if (split := _split(now)) is not None:
        return split
    if now.po_facts is None:
        return LookAtPo(now.po, _retry_at(now, policy))
    if now.po_facts.status is PoStatus.CANCELLED and now.po_facts.number == now.po:
        return Finish(Outcome.DRY_RUN, "po_cancelled_first")
    return _blocked(now, now.po_facts) or Finish(Outcome.DRY_RUN)


# --- RealSource's half ----------------------------------------------------------------------------------------------


def _second_half(now: Standing, policy: Policy) -> Action:
    """The order reads back cancelled; now, and only now, the PO's turn."""
    if now.po_presses == 0 and (given_up := _given_up(now)) is not None:
        return given_up
    if now.po is None:
        return Finish(Outcome.NEEDS_PERSON, "po_unknown")
    if now.siblings is None:
        return _po_try(now, policy, LookAtOrdersOfPo)
    if (split := _split(now)) is not None:
        return split
    facts = now.po_facts
    if facts is None or (now.po_presses and now.po_reads == 0):
        return _po_try(now, policy, LookAtPo)
    if facts.status is PoStatus.CANCELLED and facts.number == now.po:
        return Finish(Outcome.DRY_RUN if now.request.dry_run else Outcome.DONE)
    blocked = _blocked(now, facts)
    if blocked is not None and not (now.po_presses and blocked.problem == "po_no_cancel_action"):
        return blocked
    if now.request.dry_run:
        return Finish(Outcome.DRY_RUN)
    if now.po_presses and (wait := _po_read_back(now, facts, policy)) is not None:
        return wait
    if not now.siblings_fresh or now.failing:
        return _po_try(now, policy, LookAtPo if now.failing else LookAtOrdersOfPo)
    return SubmitPoCancel(facts, _confirmations(now.siblings))


def _po_try(now: Standing, policy: Policy, look: type[LookAtPo | LookAtOrdersOfPo]) -> Action:
    if now.po_presses and now.failing and (now.tried_at >= now.po_deadline or not now.failures[-1].retry):
        return Finish(Outcome.NEEDS_PERSON, "po_not_confirmed", now.failures[-1].text)
    at = _retry_at(now, policy)
    at = min(at, now.po_deadline) if at and now.po_presses else at
    if look is LookAtOrdersOfPo and now.siblings is not None:
        return LookAtOrdersOfPo(now.po or "", at, tuple(order.number for order in now.siblings.orders))
    return look(now.po or "", at)


def _confirmations(siblings: OrdersOfPoSeen) -> tuple[Confirmation, ...]:
    return tuple(Confirmation.from_read_back(order, siblings.at) for order in siblings.orders)


def _po_read_back(now: Standing, po: PoFacts, policy: Policy) -> Action | None:
    """After a press in RealSource that the PO does not show; None when it may be pressed once more."""
    verdict = now.po_verdict
    if verdict in _MAYBE_LOST and now.po_presses < MAX_PRESSES and po.cancel_label is not None:
        settled_at = (now.po_pressed_at or now.resumed_at) + policy.settle
        looked_at = now.po_at or now.resumed_at
        return None if looked_at >= settled_at else LookAtPo(now.po or "", settled_at)
    if now.tried_at >= now.po_deadline or verdict in _TURNED_DOWN:
        return Finish(Outcome.NEEDS_PERSON, "po_not_confirmed", now.po_answer.text if now.po_answer else "")
    return LookAtPo(now.po or "", min(now.tried_at + policy.wait(now.po_reads - 1), now.po_deadline))


def _split(now: Standing) -> Finish | None:
    """Why the PO must be left alone: an order of it is not cancelled, or its orders could not all be found."""
    orders = now.siblings.orders if now.siblings else ()
    if now.request.number not in {order.number for order in orders}:
        return Finish(Outcome.NEEDS_PERSON, "po_mismatch", f"PO {now.po} does not list order {now.request.number}")
    others = [o for o in orders if o.number != now.request.number and o.state is not OrderState.CANCELLED]
    text = ", ".join(f"{o.number} ({'pending' if o.pending else o.state.replace('_', ' ')})" for o in others)
    if not others:
        return None
    if all(order.pending for order in others):
        return Finish(Outcome.PENDING, "not_confirmed", text)
    return Finish(Outcome.NEEDS_PERSON, "split_po", text)


def _blocked(now: Standing, po: PoFacts) -> Finish | None:
    """Why this PO must not be cancelled by the robot; None when nothing speaks against it."""
    sums = _totals_differ(now, po)
    reasons = (
        (po.status is PoStatus.NOT_FOUND, "po_not_found", po.text),
        (po.status is PoStatus.SEVERAL, "po_ambiguous", po.text),
        (po.number != now.po, "po_mismatch", f"the page was of PO {po.number}"),
        (not po.supplier_matches, "po_mismatch", f"the PO's supplier is {po.supplier}"),
        (po.status is PoStatus.CLOSED, "po_closed", po.status_text),
        (po.invoices > 0, "po_invoiced", f"{po.invoices} on the PO"),
        (po.receipts > 0, "po_received", f"{po.receipts} on the PO"),
        (po.change_requests > 0, "po_change_request", f"{po.change_requests} on the PO"),
        (po.status is PoStatus.IN_APPROVAL, "po_in_approval", po.status_text),
        (po.status is not PoStatus.OPEN, "unknown_page", f"PO {po.number} has an unknown status: {po.status_text}"),
        (sums is not None, "po_mismatch", sums or ""),
        (po.cancel_label is None, "po_no_cancel_action", ", ".join(po.actions)),
    )
    return next((Finish(Outcome.NEEDS_PERSON, problem, text) for so, problem, text in reasons if so), None)


def _totals_differ(now: Standing, po: PoFacts) -> str | None:
    orders = now.siblings.orders if now.siblings else ()
    totals = [now.total if order.number == now.request.number else order.total for order in orders]
    known = [total for total in totals if total is not None]
    if po.total is None or not known or len(known) < len(totals) or sum(known) == po.total:
        return None
    return f"the PO's total is {po.total}, its orders add up to {sum(known)}"


# --- system errors --------------------------------------------------------------------------------------------------


def _given_up(now: Standing) -> Finish | None:
    last = now.failures[-1] if now.failing else None
    if last is None or (last.retry and len(now.failures) < MAX_FAILURES):
        return None
    return Finish(Outcome.FAILED, last.problem, last.text)


def _retry_at(now: Standing, policy: Policy) -> datetime | None:
    return now.tried_at + policy.wait(len(now.failures)) if now.failing else None
