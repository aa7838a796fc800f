"""The part of the control totals that an order of the queue counts to.

Where an order stands is ``robot.queue.standing``'s to say; this adds only whether a person settled
it. What is asked of the database is made from the same answer.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any, Final

import sqlalchemy as sa

from robot.cancellation.orders import Outcome
from robot.queue.items import State
from robot.queue.standing import SPLIT, VENDOR_CANCELLED, standing_of
from robot.storage.schema import queue, receipts


class Part(StrEnum):
    """A part of what was asked for, to exactly one of which every order counts."""

    DONE = "done"
    REFUSED = "refused"
    PENDING = "pending"
    WITH_PERSON = "with_person"
    BY_HAND = "by_hand"
    FAILED = "failed"
    GIVEN_UP = "given_up"


#: What people read.
TITLES: Final = {
    Part.DONE: "Done",
    Part.REFUSED: "Refused",
    Part.PENDING: "Pending",
    Part.WITH_PERSON: "With a person",
    Part.BY_HAND: "Settled by hand",
    Part.FAILED: "Failed",
    Part.GIVEN_UP: "Given up",
}
#: These are not at their end.
OPEN: Final = frozenset({Part.PENDING, Part.WITH_PERSON, Part.FAILED})
_STATES: Final = frozenset(state.value for state in State)
_PARTS: Final[dict[str, Part]] = {
    State.WAITING: Part.PENDING,
    State.WORKING: Part.PENDING,
    State.PENDING: Part.PENDING,
    VENDOR_CANCELLED: Part.PENDING,
    State.NEEDS_PERSON: Part.WITH_PERSON,
    State.FAILED: Part.FAILED,
    State.REFUSED: Part.REFUSED,
    State.DONE: Part.DONE,
    State.GIVEN_UP: Part.GIVEN_UP,
}

#: Of a row of the queue, what its part is told by.
PRESSED: Final = (queue.c.urgency > 0).label("pressed")
IS_PO: Final = queue.c.number.is_(None).label("is_po")
#: What the receipt of an order says that the robot did, or of a PO whose orders it found.
ENDED: Final = (Outcome.DONE.value, Outcome.DRY_RUN.value)
BY_ROBOT: Final = sa.func.coalesce(receipts.c.outcome, "").in_(ENDED).label("by_robot")
SIGNS: Final[tuple[sa.ColumnElement[Any], ...]] = (queue.c.state, PRESSED, IS_PO, BY_ROBOT)
#: The rows of the queue with the receipt of their newest request.
WITH_RECEIPT: Final = queue.outerjoin(receipts, receipts.c.id == queue.c.request)


def part_of(state: str, *, pressed: bool, is_po: bool, by_robot: bool) -> Part | None:
    """Return the part that an order counts to.

    ``by_robot``: the receipt of its newest request says that the robot did it. None for a PO whose
    orders were found, as they count themselves, and for a state that this version does not know.
    """
    if state not in _STATES:
        return None
    stands = standing_of(State(state), pressed=pressed, is_po=is_po)
    if stands == SPLIT:
        # A person may settle a PO whose orders nobody found.
        return None if by_robot else Part.BY_HAND
    if stands == State.DONE and not by_robot:
        return Part.BY_HAND
    return _PARTS.get(stands)


def counts_to(part: Part) -> sa.ColumnElement[bool]:
    """Return the condition on rows of ``WITH_RECEIPT`` that count to a part."""
    flags = (False, True)
    wanted = [
        (state.value, pressed, is_po, by_robot)
        for state, pressed, is_po, by_robot in product(State, flags, flags, flags)
        if part_of(state, pressed=pressed, is_po=is_po, by_robot=by_robot) is part
    ]
    # The states alone first, so that few receipts are looked up.
    states = sorted({state for state, *_ in wanted})
    return queue.c.state.in_(states) & sa.tuple_(*SIGNS).in_(wanted)
