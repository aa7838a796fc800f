"""Put an end into words.

A ``Finish`` of the rule becomes the event that the receipt is made from. Pure.
"""

from __future__ import annotations

from datetime import datetime

from robot.cancellation.actions import Finish
from robot.cancellation.events import CaseHistory, Event, Finished, Requested, orders_in
from robot.cancellation.orders import Confirmation, OrderState, Outcome
from robot.cancellation.state import replay
from robot.cancellation.wording import ORDERS_OF_PO, STANDS, po_comment, wording


def finished_event(events: tuple[Event, ...], end: Finish, title: str, at: datetime) -> Finished:
    """Return the event that says how a case ended.

    ``title`` is the vendor's; ``at`` is UTC.
    """
    state = replay(events)
    summary, next_step = wording(end.outcome.value, end.problem, state.progress)
    found = state.po_orders.orders if state.request.number is None and state.po_orders else ()
    if found and end.outcome is Outcome.DRY_RUN:
        summary, next_step = ORDERS_OF_PO
    words = {
        "number": state.request.number or state.po_number or "",
        "po": state.po_number or "(not known)",
        "text": end.text or ", ".join(order.number for order in found),
        "vendor": title,
        "comment": f"“{comment_on_po(state.request, _proofs(events), title)}”",
    }
    return Finished(
        at=at,
        outcome=end.outcome,
        problem=end.problem,
        summary=_render(summary, words),
        next_step=end.next_step or (_render(next_step, words) if next_step else None),
    )


def progress_sentence(events: tuple[Event, ...], title: str) -> str:
    """Return a sentence on what was pressed for a request that has no end yet.

    ``title`` is the vendor's.
    """
    state = replay(events)
    if not CaseHistory(events).is_open:
        return "Its last request is closed, and nothing was begun since."
    words = {
        "number": state.request.number or "",
        "po": state.po_number or "(not known)",
        "vendor": title,
    }
    return _render(STANDS[state.progress] or "Nothing was pressed.", words)


def comment_on_po(request: Requested, proofs: tuple[Confirmation, ...], title: str) -> str:
    """Return what a PO's comment says of the request, for an auditor."""
    own = [p for p in proofs if p.number == request.number] or list(proofs)
    if not own:
        return f"Order {request.number} at {title}: not (wholly) cancelled. Receipt {request.request_id}."
    orders = ", ".join(p.number for p in proofs) or str(request.number)
    at = f"{own[0].at:%Y-%m-%d %H:%M} UTC"
    return po_comment(
        orders, title, own[0].text, at, request.reason, request.requested_by, request.request_id
    )


def _proofs(events: tuple[Event, ...]) -> tuple[Confirmation, ...]:
    """Return the last confirmation of the request's own order, where there is one."""
    request = CaseHistory(events).request
    for event in reversed(CaseHistory(events).current):
        for facts in orders_in(event):
            if facts.number == request.number:
                return (
                    (Confirmation.from_read_back(facts, event.at),)
                    if facts.state is OrderState.CANCELLED
                    else ()
                )
    return ()


def _render(template: str, words: dict[str, str]) -> str:
    return template.format(**words).replace("()", "").replace("  ", " ").replace(" .", ".").strip()
