"""The steps of a receipt, each with when it began and how it went.

Pure; a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final

from robot.cancellation.events import (
    Event,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.orders import Outcome
from robot.clock import utc_text

_PO_REQUESTED: Final = "Requested the cancellation of the PO in RealSource"
#: What was not done is told as what would have been.
_PO_LEFT: Final = "Cancel the PO in RealSource"
#: Outcomes after which no cancel of a PO counts as left out.
_NOTHING_LEFT_OUT = frozenset({Outcome.DRY_RUN, Outcome.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step on the way.

    ``state`` is ok, skipped (it was not done) or failed; ``at`` is when it began.
    """

    name: str = ""
    state: str = "ok"
    at: str = ""
    seconds: float = 0.0


def steps_of(events: tuple[Event, ...], title: str) -> list[Step]:
    """Return the steps in the order in which they began."""
    # When the last step that is known by its end came to it: the next one began later.
    before = events[0].at
    found: list[tuple[datetime, Step]] = []
    pressed = False
    po_pressed = False
    for event in events:
        pressed = pressed or isinstance(event, VendorIntended)
        po_pressed = po_pressed or isinstance(event, PoIntended)
        name = _step_name(event, title, pressed=pressed, po_pressed=po_pressed)
        if name is None:
            continue
        began = _began(event, before)
        found.append((began, _step(name, event, began)))
        if not isinstance(event, SignedIn):
            before = event.at
    steps = [step for _, step in sorted(found, key=itemgetter(0))]
    finished = next((event for event in reversed(events) if isinstance(event, Finished)), None)
    if finished is not None and not po_pressed and finished.outcome not in _NOTHING_LEFT_OUT:
        steps.append(Step(name=_PO_LEFT, state="skipped", at=receipt_time(finished.at)))
    return steps


def _step_name(event: Event, title: str, *, pressed: bool, po_pressed: bool) -> str | None:
    """Return the name of the step that an event tells of, or None."""
    match event:
        case SignedIn():
            return f"Signed in to {event.site}"
        case OrderSeen() if pressed:
            return f"Read the order back at {title}"
        case OrderSeen():
            return f"Looked at the order at {title}"
        case VendorAnswered():
            return f"Requested the cancellation at {title}"
        case OrdersOfPoSeen():
            return f"Looked at every order of the PO at {title}"
        case PoSeen() if po_pressed:
            return "Read the PO back in RealSource"
        case PoSeen():
            return "Looked at the PO in RealSource"
        case PoAnswered():
            return _PO_REQUESTED
        case Resumed():
            return "Took the request up again"
        case Failed() | Stopped():
            return event.step or "Stopped"
        case _:
            return None


def _began(event: Event, before: datetime) -> datetime:
    """Return when a step began.

    Of what is known by its end that is worked out from how long it took. A sign-in falls into
    another step and has no length: it counts from when it had succeeded.
    """
    if isinstance(event, VendorAnswered | PoAnswered | Failed | Stopped):
        return max(event.at - timedelta(seconds=event.seconds), before)
    return event.at


def _step(name: str, event: Event, began: datetime) -> Step:
    seconds: float = getattr(event, "seconds", 0.0)
    if began < event.at:
        # A clean browser counts from the begin of the step that had failed.
        seconds = min(seconds, (event.at - began).total_seconds())
    failed = isinstance(event, Failed | Stopped)
    return Step(
        name=name,
        state="failed" if failed else "ok",
        at=receipt_time(began),
        seconds=round(seconds, 3),
    )


def receipt_time(at: datetime) -> str:
    """Return a time as a receipt tells it."""
    return utc_text(at, timespec="milliseconds")
