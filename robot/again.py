"""How an item of the queue waits for its next turn, told from its order's events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from robot.backlog import Next
from robot.events import Event, History
from robot.items import Item, State
from robot.standing import standing


def again(item: Item, at: datetime, events: Sequence[Event]) -> Next:
    """The item waits until ``at``: as pending, where the press at the vendor is made and not confirmed.

    What was pressed for a request that is closed says nothing of the next one, which begins anew.
    """
    now = standing(events) if events and History(tuple(events)).open else None
    cancelled = now is not None and now.known_cancelled
    pressed = now is not None and now.vendor_presses > 0
    state = State.PENDING if pressed and not cancelled else State.WAITING
    urgency = int(pressed or cancelled)
    return Next(state, at, item.site, urgency, item.problem, None, item.request, item.failures)
