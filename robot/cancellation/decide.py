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
from robot.cancellation.po_checks import blocked, split
from robot.cancellation.state import MAX_PRESSES, Standing, standing

MAX_FAILURES = 3

#: Answers after which a press may be repeated: those that leave room for "it never arrived".
_MAYBE_LOST = frozenset({Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST})
#: What keeps a PO from being cancelled and does not pass by itself.
_LASTING = frozenset({"po_closed", "po_invoiced", "po_received"})
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
    now = standing(events)
    policy = policy or Policy()
    if now.finished is not None:
        done = now.finished
        return Finish(done.outcome, done.problem, done.summary, done.next_step)
    led_away = now.stopped is not None and now.stopped.problem == "too_late"
    if now.stopped is not None and not (led_away and now.vendor_presses):
        refused = led_away
        outcome = Outcome.REFUSED if refused else Outcome.NEEDS_PERSON
        return Finish(outcome, now.stopped.problem, now.stopped.text, now.stopped.next_step)
    if now.request.number is None:
        return _find_orders(now, policy)
    if now.order is not None and (other := _mismatch(now, now.order)) is not None:
        return other
    return _second_half(now, policy) if now.cancelled else _first_half(now, policy)


# --- the vendor's half ----------------------------------------------------------------------------


def _find_orders(now: Standing, policy: Policy) -> Action:
    if now.siblings is None:
        return _given_up(now) or LookAtOrdersOfPo(now.po or "", _retry_at(now, policy))
    orders = now.siblings.orders
    if not orders:
        return Finish(Outcome.REFUSED, "not_found")
    # The vendor's search is a free one: it finds the number in other places too. A cancelled order
    # names no PO.
    strays = [
        o.number
        for o in orders
        if o.po != now.po and not (o.po is None and o.state is OrderState.CANCELLED)
    ]
    if strays or all(order.po is None for order in orders):
        return Finish(
            Outcome.NEEDS_PERSON,
            "po_not_shown",
            ", ".join(strays or [order.number for order in orders]),
        )
    return Finish(Outcome.DRY_RUN)


def _first_half(now: Standing, policy: Policy) -> Action:
    order = now.order
    if now.po_presses and order is not None:
        state = order.state.replace("_", " ")
        text = (
            f"Order {order.number} was cancelled, and shows as {state} after the cancel of PO"
            f" {now.po} was pressed."
        )
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
        return (
            Finish(Outcome.PENDING, "not_confirmed", order.text)
            if now.request.dry_run
            else _read_back(now, policy)
        )
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
        f"The page of order {order.number} shows no state that the robot knows. It says:"
        f" {order.text or 'nothing'}"
    )
    return Finish(outcome, problem, unknown if problem == "unknown_page" else order.text)


def _read_back(now: Standing, policy: Policy) -> Action:
    """After a press at the vendor, while no load shows the order cancelled."""
    # Where the vendor leads away from the form of a second press, the first one may have counted by
    # now.
    order, verdict = now.order, Verdict.UNCLEAR if now.stopped else now.vendor_verdict
    text = now.stopped.text if now.stopped else now.vendor_answer.text if now.vendor_answer else ""
    settled_at = (now.vendor_pressed_at or now.resumed_at) + policy.settle
    if now.failing and (
        now.tried_at >= now.vendor_deadline or not (now.failures[-1].retry or now.unattended)
    ):
        last = now.failures[-1]
        if now.known_cancelled:
            return Finish(Outcome.FAILED, last.problem, last.text)
        return _not_confirmed(now, last.text)
    if order is None or now.order_reads == 0:
        return LookAtOrder(
            min(_retry_at(now, policy) or now.tried_at, now.vendor_deadline)
            if now.failing
            else None
        )
    if (
        verdict is Verdict.PARTIAL
        and order.state is OrderState.LIVE
        and (now.order_at or settled_at) < settled_at
    ):
        return LookAtOrder(
            max(settled_at, _retry_at(now, policy) or settled_at)
        )  # other lines may only be slower
    if (ended := _ended_at_vendor(order, verdict)) is not None:
        return ended
    if now.vendor_presses and verdict in _MAYBE_LOST and order.cancellable and not now.failing:
        if now.tried_at < settled_at:
            return LookAtOrder(settled_at)
        if now.vendor_presses < MAX_PRESSES:
            return SubmitVendorCancel(order)
        if verdict is Verdict.TECHNICAL:
            return Finish(Outcome.FAILED, "vendor_error", text)
        return Finish(Outcome.NEEDS_PERSON, "not_confirmed", text)
    if now.tried_at >= now.vendor_deadline:
        return _not_confirmed(now, text)
    reads = now.order_reads + len(now.failures)
    return LookAtOrder(min(now.tried_at + policy.wait(reads - 1), now.vendor_deadline))


def _not_confirmed(now: Standing, text: str) -> Finish:
    """The time for a confirmation is over: whoever waits may ask again; where nobody does, it is a
    person's.
    """
    return Finish(
        Outcome.NEEDS_PERSON if now.unattended else Outcome.PENDING, "not_confirmed", text
    )


def _ended_at_vendor(order: OrderFacts, verdict: Verdict) -> Finish | None:
    if order.state is OrderState.LIVE and verdict is Verdict.PARTIAL:
        return Finish(Outcome.NEEDS_PERSON, "partly_cancelled", order.text)
    if order.refused or (
        order.state is OrderState.LIVE and not order.pending and verdict in _TURNED_DOWN
    ):
        return Finish(
            Outcome.REFUSED, "bundle" if verdict is Verdict.BUNDLE else "vendor_refused", order.text
        )
    if order.state in {OrderState.SHIPPED, OrderState.PARTLY_SHIPPED, OrderState.PARTLY_CANCELLED}:
        return _not_cancellable(order)
    return None


def _foresee(now: Standing, policy: Policy) -> Action:
    """A dry run of an order that can be cancelled: look on, press nothing."""
    if now.po is None:
        return Finish(Outcome.DRY_RUN, "po_unknown")
    if now.siblings is None:
        return LookAtOrdersOfPo(now.po, _retry_at(now, policy))
    if (others := split(now)) is not None:
        return others
    if now.po_facts is None:
        return LookAtPo(now.po, _retry_at(now, policy))
    if now.po_facts.status is PoStatus.CANCELLED and now.po_facts.number == now.po:
        return Finish(Outcome.DRY_RUN, "po_cancelled_first")
    return blocked(now, now.po_facts) or Finish(Outcome.DRY_RUN)


# --- RealSource's half ----------------------------------------------------------------------------


def _second_half(now: Standing, policy: Policy) -> Action:
    """The order reads back cancelled; now, and only now, the PO's turn."""
    if now.po_presses == 0 and (given_up := _given_up(now)) is not None:
        return given_up
    if now.po is None:
        return Finish(Outcome.NEEDS_PERSON, "po_unknown")
    if now.siblings is None:
        return _po_try(now, policy, LookAtOrdersOfPo)
    if (others := split(now)) is not None and now.po_presses:
        text = (
            f"After the cancel of PO {now.po} was pressed, other orders of it do not show as"
            f" cancelled: {others.text}."
        )
        return Finish(Outcome.NEEDS_PERSON, "reverted", text)
    if others is not None:
        return _wait_for_siblings(now, others, policy)
    facts = now.po_facts
    if facts is None or (now.po_presses and now.po_reads == 0):
        return _po_try(now, policy, LookAtPo)
    if facts.status is PoStatus.CANCELLED and facts.number == now.po:
        return Finish(Outcome.DRY_RUN if now.request.dry_run else Outcome.DONE)
    block = blocked(now, facts)
    if now.po_presses and (wait := _po_read_back(now, block, policy)) is not None:
        return wait
    if block is not None:
        return block
    if now.request.dry_run:
        return Finish(Outcome.DRY_RUN)
    if not now.siblings_fresh or now.failing:
        return _po_try(now, policy, LookAtPo if now.failing else LookAtOrdersOfPo)
    return SubmitPoCancel(facts, _confirmations(now.siblings))


def _wait_for_siblings(now: Standing, split: Finish, policy: Policy) -> Action:
    """Where nobody waits at a terminal, the PO's other orders are looked at again until they are
    confirmed.
    """
    if split.outcome is not Outcome.PENDING or not now.unattended:
        return split
    if now.tried_at >= now.vendor_deadline:
        return _not_confirmed(now, split.text)
    return _siblings_again(
        now, min(now.tried_at + policy.wait(now.order_reads), now.vendor_deadline)
    )


def _siblings_again(now: Standing, at: datetime | None) -> LookAtOrdersOfPo:
    known = now.siblings.orders if now.siblings else ()
    return LookAtOrdersOfPo(now.po or "", at, tuple(order.number for order in known))


def _po_try(now: Standing, policy: Policy, look: type[LookAtPo | LookAtOrdersOfPo]) -> Action:
    if (
        now.po_presses
        and now.failing
        and (now.tried_at >= now.po_deadline or not now.failures[-1].retry)
    ):
        return Finish(Outcome.NEEDS_PERSON, "po_not_confirmed", now.failures[-1].text)
    at = _retry_at(now, policy)
    at = min(at, now.po_deadline) if at and now.po_presses else at
    return _siblings_again(now, at) if look is LookAtOrdersOfPo else look(now.po or "", at)


def _confirmations(siblings: OrdersOfPoSeen) -> tuple[Confirmation, ...]:
    return tuple(Confirmation.from_read_back(order, siblings.at) for order in siblings.orders)


def _po_read_back(now: Standing, block: Finish | None, policy: Policy) -> Action | None:
    """After a press in RealSource that the PO does not show; None when it may be pressed once more.

    What would ``block`` a press may be a step on the PO's way to being cancelled; only some of it
    lasts.
    """
    verdict = now.po_verdict
    if verdict in _MAYBE_LOST and now.po_presses < MAX_PRESSES and block is None:
        settled_at = (now.po_pressed_at or now.resumed_at) + policy.settle
        looked_at = now.po_at or now.resumed_at
        return None if looked_at >= settled_at else LookAtPo(now.po or "", settled_at)
    lasting = block is not None and block.problem in _LASTING
    if now.tried_at >= now.po_deadline or verdict in _TURNED_DOWN or lasting:
        said = (block.text if block else "", now.po_answer.text if now.po_answer else "")
        return Finish(
            Outcome.NEEDS_PERSON, "po_not_confirmed", "; ".join(text for text in said if text)
        )
    return LookAtPo(
        now.po or "", min(now.tried_at + policy.wait(now.po_reads - 1), now.po_deadline)
    )


# --- system errors --------------------------------------------------------------------------------


def _given_up(now: Standing) -> Finish | None:
    last = now.failures[-1] if now.failing else None
    if last is None or (last.retry and len(now.failures) < MAX_FAILURES):
        return None
    return Finish(Outcome.FAILED, last.problem, last.text)


def _retry_at(now: Standing, policy: Policy) -> datetime | None:
    return now.tried_at + policy.wait(len(now.failures)) if now.failing else None
