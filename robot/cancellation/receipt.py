"""The receipt: the events of a request as the JSON of the contract.

Pure; whoever has the events has the receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from robot.cancellation.events import (
    CaseHistory,
    Event,
    EvidenceKept,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Requested,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
    orders_in,
)
from robot.cancellation.orders import OrderState, Outcome, PoStatus
from robot.cancellation.po_checks import proven_by
from robot.cancellation.problems import spec_of
from robot.cancellation.state import CaseState, replay
from robot.clock import utc_text
from robot.problems import Problem, Scope

SCHEMA = "vendorfirst.receipt/1"

_VENDOR_STATES = {
    OrderState.LIVE: "live",
    OrderState.PARTLY_SHIPPED: "live",
    OrderState.SHIPPED: "shipped",
    OrderState.PARTLY_CANCELLED: "partly_cancelled",
    OrderState.NOT_FOUND: "not_found",
}
#: The vendor said no, or no longer offers it.
_TURNED_DOWN = frozenset({Problem.VENDOR_REFUSED, Problem.BUNDLE, Problem.TOO_LATE})
#: States of an order that leave open what came of a press.
_OPEN_AFTER_PRESS = frozenset({OrderState.LIVE, OrderState.NOT_FOUND, OrderState.UNKNOWN})


def build(events: tuple[Event, ...], title: str = "the vendor") -> dict[str, Any]:
    """The receipt of the last request in ``events``; raises ValueError while it is not finished."""
    history = CaseHistory(events)
    state = replay(events)
    if state.finished is None:
        msg = "the request has not come to an end"
        raise ValueError(msg)
    request, end = history.request, state.finished
    return {
        "schema": SCHEMA,
        "id": request.request_id,
        "outcome": end.outcome.value,
        "summary": end.summary,
        "next_step": end.next_step,
        "problem": end.problem,
        "order": _order(state),
        **both_systems(events),
        "steps": list(_steps(history.current, title)),
        "evidence": [
            {"what": e.what, "file": e.file, "sha256": e.sha256, "url": e.url, "at": _utc(e.at)}
            for e in history.current
            if isinstance(e, EvidenceKept)
        ],
        "requested_by": request.requested_by,
        "reason": request.reason,
        "stand_in": request.stand_in,
        "started_at": _utc(request.at),
        "finished_at": _utc(end.at),
    }


def is_current(receipt: Mapping[str, Any], problem: str | None, events: tuple[Event, ...]) -> bool:
    """Whether a receipt tells of its order's last end, which named ``problem``; ``events`` are the
    case's.

    What broke off in a way that nobody foresaw leaves an older receipt of its request, from before
    what it did.
    """
    if "resolved" in receipt:
        return True
    if receipt["problem"] != problem:
        return False
    state = replay(events) if any(isinstance(event, Requested) for event in events) else None
    if state is None or state.request.request_id != receipt["id"]:
        return True
    return state.finished is not None and _utc(state.finished.at) == receipt["finished_at"]


def both_systems(events: tuple[Event, ...]) -> dict[str, dict[str, Any]]:
    """What a receipt says of both systems, under ``vendor`` and ``realsource``, also while there
    is no end.
    """
    state, since = replay(events), CaseHistory(events).current
    return {"vendor": _vendor(state, since), "realsource": _realsource(state, since)}


def _order(state: CaseState) -> dict[str, Any]:
    shown = state.known.state if state.known else None
    lines = [
        {
            "title": line.title,
            "quantity": line.quantity,
            "state": "cancelled" if shown is OrderState.CANCELLED else line.state,
        }
        for line in state.lines
    ]
    return {
        "vendor": state.request.vendor,
        "number": state.request.number,
        "po": state.po_number,
        "total": None if state.total is None else str(state.total),
        "lines": lines,
    }


def _vendor(state: CaseState, events: tuple[Event, ...]) -> dict[str, Any]:
    proven = state.known is not None and (state.vendor.presses > 0 or state.known_cancelled)
    return {
        "state": _vendor_state(state),
        "said": state.vendor.answer.text if state.vendor.answer else None,
        "read_back": state.known.text if state.known and proven else None,
        "submits": state.vendor.presses,
        "confirmed_at": _first_of_the_last(_reads(state, events)),
    }


def _vendor_state(state: CaseState) -> str:
    problem = state.finished.problem if state.finished else None
    if state.known_cancelled:
        return "cancelled" if state.vendor.presses else "already_cancelled"
    if problem in _TURNED_DOWN:
        return "refused"
    if problem == Problem.PARTLY_CANCELLED:
        return "partly_cancelled"
    if state.known is None:
        return (
            "pending"
            if state.vendor.presses
            else "not_found"
            if problem == Problem.NOT_FOUND
            else "unknown"
        )
    if state.known.pending or (
        state.vendor.presses
        and problem != Problem.VENDOR_ERROR
        and state.known.state in _OPEN_AFTER_PRESS
    ):
        return "pending"
    return _VENDOR_STATES.get(state.known.state, "unknown")


def _realsource(state: CaseState, events: tuple[Event, ...]) -> dict[str, Any]:
    comments = [e.comment for e in events if isinstance(e, PoIntended)]
    reads = ((e.at, e.facts.status is PoStatus.CANCELLED) for e in events if isinstance(e, PoSeen))
    return {
        "state": _po_state(state),
        "reason": comments[-1] if comments else None,
        "submits": state.po.presses,
        "confirmed_at": _first_of_the_last(reads),
        "set_proven_by": proven_by(state, state.known_po) if state.po_orders else None,
    }


def _po_state(state: CaseState) -> str:
    problem = state.finished.problem if state.finished else None
    facts = state.known_po
    if facts is not None and facts.status is PoStatus.CANCELLED and facts.number == state.po_number:
        return "cancelled" if state.po.presses else "already_cancelled"
    if facts is not None and facts.status is PoStatus.NOT_FOUND:
        return "not_found"
    if state.po.presses:
        return "unknown"
    if facts is not None and (
        spec_of(problem).scope is Scope.PO or problem == Problem.UNKNOWN_PAGE
    ):
        return "blocked"
    return "untouched"


def _reads(state: CaseState, events: tuple[Event, ...]) -> Iterator[tuple[datetime, bool]]:
    """Every load of the request's own order: when, and whether it showed the order cancelled."""
    for event in events:
        for order in orders_in(event):
            if order.number == state.request.number:
                yield event.at, order.state is OrderState.CANCELLED


def _first_of_the_last(reads: Iterable[tuple[datetime, bool]]) -> str | None:
    """When it was first read as cancelled and never otherwise since; None where it was not."""
    first = None
    for at, cancelled in reads:
        first = (first or at) if cancelled else None
    return _utc(first) if first else None


def _steps(events: tuple[Event, ...], title: str) -> Iterator[dict[str, Any]]:
    """The steps by time; each one's ``at`` is when it began.

    Only of a sign-in, which falls into another step, that is not known: it has no ``seconds``, and
    its ``at`` is when it had succeeded.
    """
    pressed, po_pressed, finished = False, False, None
    found: list[tuple[datetime, dict[str, Any]]] = []
    before = events[
        0
    ].at  # when the last step that is known by its end came to it: the next one began later
    for event in events:
        name, state, began = None, "ok", event.at
        match event:
            case SignedIn():
                name = f"Signed in to {event.site}"
            case OrderSeen():
                name = (
                    f"Read the order back at {title}"
                    if pressed
                    else f"Looked at the order at {title}"
                )
            case VendorIntended():
                pressed = True
            case VendorAnswered():
                name, began = f"Requested the cancellation at {title}", _began(event, before)
            case OrdersOfPoSeen():
                name = f"Looked at every order of the PO at {title}"
            case PoSeen():
                name = (
                    "Read the PO back in RealSource"
                    if po_pressed
                    else "Looked at the PO in RealSource"
                )
            case PoIntended():
                po_pressed = True
            case PoAnswered():
                name, began = "Cancelled the PO in RealSource", _began(event, before)
            case Resumed():
                name = "Took the request up again"
            case Failed() | Stopped():
                name, state, began = event.step or "Stopped", "failed", _began(event, before)
            case Finished():
                finished = event
            case _:
                pass
        if name:
            seconds = getattr(event, "seconds", 0.0)
            if (
                began < event.at
            ):  # a clean browser counts from the begin of the step that had failed
                seconds = min(seconds, (event.at - began).total_seconds())
            found.append((began, _step(name, state, began, seconds)))
            before = before if isinstance(event, SignedIn) else event.at
    yield from (step for _, step in sorted(found, key=itemgetter(0)))
    if (
        finished is not None
        and finished.outcome not in {Outcome.DRY_RUN, Outcome.DONE}
        and not po_pressed
    ):
        yield _step("Cancelled the PO in RealSource", "skipped", finished.at, 0.0)


def _began(event: VendorAnswered | PoAnswered | Failed | Stopped, before: datetime) -> datetime:
    """When a step began whose event tells when it ended, and how long it took."""
    return max(event.at - timedelta(seconds=event.seconds), before)


def _step(name: str, state: str, at: datetime, seconds: float) -> dict[str, Any]:
    return {"name": name, "state": state, "at": _utc(at), "seconds": round(seconds, 3)}


def _utc(at: datetime) -> str:
    return utc_text(at, timespec="milliseconds")
