"""What happened to an order, told an event at a time."""

from __future__ import annotations

from typing import Final

from robot.cancellation.events import (
    Approved,
    Event,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Requested,
    Resolved,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.orders import OrderFacts, Outcome, PoFacts
from robot.problems import in_words

_LONGEST: Final = 80
_ENDS: Final = {Outcome.NEEDS_PERSON: "needs a person", Outcome.DRY_RUN: "only looked at"}


def event_words(event: Event) -> str:
    """Return what happened, as a person would say it."""
    match event:
        case Requested(requested_by=by):
            return f"asked for by {by}" if by else "asked for"
        case Resumed(requested_by=by):
            return f"taken up again by {by}" if by else "taken up again"
        case Approved(by=by, second=second):
            return f"approved by {by}{', as a second person' if second else ''}"
        case SignedIn(site=site):
            return f"signed in: {site.replace('_', ' ')}"
        case OrderSeen(facts=facts):
            return f"order seen: {_order(facts)}"
        case OrdersOfPoSeen(po=po, orders=orders):
            seen = "; ".join(f"{one.number} {_order(one)}" for one in orders)
            return f"orders of PO {po} seen: {seen or 'none'}"
        case PoSeen(facts=po_facts):
            return f"PO seen: {_po(po_facts)}"
        case VendorIntended():
            return "the vendor's cancel is about to be pressed"
        case VendorAnswered(answer=answer):
            return f"the vendor answered: {_quoted(answer.text) or answer.verdict}"
        case PoIntended():
            return "RealSource's cancel is about to be pressed"
        case PoAnswered(answer=answer):
            return f"RealSource answered: {_quoted(answer.text) or answer.verdict}"
        case Stopped(text=text) | Failed(text=text):
            return text or in_words(event.problem)
        case Finished(outcome=outcome):
            return f"ended: {_ENDS.get(outcome, outcome.value)}"
        case Resolved(by=by, because=because):
            return f"settled by {by}: {because}"
        case _:
            return event.kind.replace("_", " ")


def _order(facts: OrderFacts) -> str:
    said = [str(facts.state).replace("_", " ")]
    if facts.pending:
        said.append("a cancellation is under way")
    if facts.lines:
        said.append(f"{len(facts.lines)} line{'' if len(facts.lines) == 1 else 's'}")
    if facts.total is not None:
        said.append(f"total ${facts.total}")
    return ", ".join(said)


def _po(facts: PoFacts) -> str:
    return facts.status_text or str(facts.status).replace("_", " ")


def _quoted(text: str) -> str:
    """Return the beginning of what a page said, on one line."""
    line = " ".join(text.split())
    if len(line) > _LONGEST:
        line = f"{line[:_LONGEST]}…"
    return f"“{line}”" if line else ""
