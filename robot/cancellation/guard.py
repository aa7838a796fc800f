"""The ledger's own guard of a press, over all cases.

Pure. The ledger asks it inside the transaction that commits an intent: a second line of defence,
for a rule that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from robot.cancellation.approvals import Approval, is_same_person
from robot.cancellation.events import (
    Approved,
    Event,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    VendorIntended,
)
from robot.cancellation.history import CaseHistory
from robot.cancellation.orders import PoStatus, Verdict
from robot.cancellation.presses import MAX_PRESSES

#: Answers to a press that leave no doubt that it arrived, though it may not show yet.
_ARRIVED = frozenset({Verdict.CONFIRMED, Verdict.PENDING, Verdict.PARTIAL, Verdict.UNCLEAR})


def may_press(events: Iterable[Event], resource: str, settle: timedelta = timedelta()) -> bool:
    """Tell whether an intent on ``resource`` may be committed, over all cases.

    Every case that touches it counts. ``resource`` is an order's or a PO's number. True when there
    was no intent yet, or when a load ``settle`` after the last one showed the thing still live. A
    PO that belongs to several orders is pressed twice at most, by all of them together, and not
    again after an answer that tells that the press arrived. The ledger asks this inside the
    transaction that commits the intent: a second line of defence, for a rule that is wrong, and the
    only one that sees what other cases did.
    """
    pressed_at: datetime | None = None
    po_presses = 0
    arrived = False
    for event in events:
        if isinstance(event, VendorIntended | PoIntended):
            pressed_at = event.at
            arrived = False
            po_presses += isinstance(event, PoIntended)
        elif isinstance(event, PoAnswered):
            arrived = event.answer.verdict in _ARRIVED
        elif (
            pressed_at is not None
            and event.at >= pressed_at + settle
            and _shows_live(event, resource)
        ):
            pressed_at = None
    return pressed_at is None and po_presses < MAX_PRESSES and not arrived


def _shows_live(event: Event, resource: str) -> bool:
    match event:
        case OrderSeen(facts=order):
            return order.number == resource and order.cancellable
        case OrdersOfPoSeen(orders=orders):
            return any(order.number == resource and order.cancellable for order in orders)
        case PoSeen(facts=po):
            return po.number == resource and po.status is PoStatus.OPEN
        case _:
            return False


def objection(
    events: tuple[Event, ...], intent: VendorIntended | PoIntended, approval: Approval, at: datetime
) -> str | None:
    """Return why ``approval`` permits no press ``at`` a time, if anything.

    ``events`` are the case's. It must be among those of the case's request, for this order and for
    what the intent rests on, and in time, unless the vendor's press was made under it.
    """
    current = CaseHistory(events).current
    given = next(
        (e for e in current if isinstance(e, Approved) and e.approval == approval.id), None
    )
    if given is None or given.second:
        return "nobody approved it in this request"
    number = CaseHistory(events).request.number
    if approval.number != number or number not in given.numbers:
        return "the approval is of another order"
    if approval.limits != given.limits:
        return "the approval was given under other limits"
    second = _of_somebody_else(current, approval.second, given.by)
    if approval.second is not None and (second is None or second.until <= at):
        return "nobody else approved it in this request"
    pressed = any(isinstance(e, VendorIntended) and e.approval == given.approval for e in current)
    is_po = isinstance(intent, PoIntended)
    if given.until <= at and not (is_po and pressed):
        return "the approval ran out"
    for one in (given,) if second is None else (given, second):
        if (one.po_digest if is_po else one.digest) not in (None, intent.digest):
            return "the approval is of other facts"
    return None


def _of_somebody_else(events: tuple[Event, ...], second: str | None, by: str) -> Approved | None:
    """Return the second approval of that id, which ``by`` did not give."""
    given = (e for e in events if isinstance(e, Approved) and e.second)
    others = (one for one in given if not is_same_person(one.by, by))
    return next((one for one in others if one.approval == second), None)


def list_objection(
    events: tuple[Event, ...], listed: tuple[Event, ...], approval: Approval
) -> str | None:
    """Return why an approval that came with a list does not hold, if anything.

    ``events`` are the case's, ``listed`` those of ``list_case``.
    """
    request = CaseHistory(events).request
    own = (e for e in events if isinstance(e, Approved) and e.approval == approval.id)
    given = [one for one in own if _came_with_list(one)]
    if not given:
        return None
    lists = [one for one in listed if isinstance(one, Approved)]
    scope = {number for one in lists for number in one.numbers}
    if request.number not in scope and (request.po is None or request.po not in scope):
        return "the approval is of another list"
    if not all(any(_is_within(one, whole) for whole in lists) for one in given):
        return "the approval says more than its list did"
    return None


def _is_within(given: Approved, listed: Approved) -> bool:
    """Tell whether an order's own approval is no wider than that of its list."""
    facts = (given.digest, given.po_digest, given.limits)
    return given.until <= listed.until and facts == (
        listed.digest,
        listed.po_digest,
        listed.limits,
    )


def _came_with_list(given: Approved) -> bool:
    """Tell whether an approval was written down with the queue's own event of it.

    One that was given at a terminal was where it is for the queue, which names it by its list.
    """
    in_queue = given.how == "terminal" and "/" in given.approval
    return in_queue or given.how in {"list", "console", "token", "before"}


def list_case(approval: str) -> str:
    """Return the ledger's case of the list that an order's approval came with."""
    return f"approval:{approval.partition('/')[0]}"
