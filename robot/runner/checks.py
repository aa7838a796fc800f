"""What a check of an order showed before somebody asked for its cancellation."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from robot.cancellation.orders import PoFacts
from robot.cancellation.state import CaseState, replay
from robot.storage.ledger import Ledger

#: How long a check counts: who approves has it in mind.
CHECK_TIME: Final = timedelta(days=1)


def last_checked(ledger: Ledger, vendor: str, number: str, now: datetime) -> CaseState | None:
    """Return how the last check of an order ended.

    None where there was no check in time.
    """
    events = ledger.last_check(number, now - CHECK_TIME)
    if not events:
        return None
    state = replay(events)
    is_same = (state.request.vendor, state.request.number) == (vendor, number)
    return state if is_same else None


def last_checked_po(ledger: Ledger, vendor: str, number: str, now: datetime) -> PoFacts | None:
    """Return the PO as the last check of an order showed it.

    None where there was no check in time, or it came to no PO.
    """
    state = last_checked(ledger, vendor, number, now)
    return None if state is None else state.known_po
