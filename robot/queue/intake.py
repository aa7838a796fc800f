"""Take orders into the queue, or say why not.

What is in it already is not taken, nor what was cancelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from robot.cancellation.request import case_id
from robot.problems import Problem
from robot.queue.items import GIVEN, OVER, NewItem, State, new_row
from robot.storage.notices import put_notice
from robot.storage.schema import queue, receipts

_CHUNK: Final = 500
_WAITS_FOR_PERSON: Final = {
    State.NEEDS_PERSON: "waits for a person",
    State.FAILED: "failed and waits for somebody to look",
}


#: What changes of a row that waited for a person or its time, and whose order was pressed by hand
#: meanwhile.
_WATCHED = frozenset({"changed_at", "state", "site", "due_at", "ready", "urgency", "failures"})

#: What is anew of a row that people change. The engine may hold a turn of it that is meant for
#: another time or rank, and that is not its next any more.
AS_NEW: Final[dict[str, Any]] = {
    "turn": queue.c.turn + sa.case((queue.c.ready == GIVEN, 1), else_=0),
    "takeovers": 0,
}


@dataclass(frozen=True, slots=True)
class AddResult:
    """What became of something that was asked for.

    Its ``item``, or ``why`` it was not taken (it is there already).
    """

    wanted: NewItem
    item: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why something is not taken.

    ``shown_as`` is the number by which the queue shows what is there.
    """

    why: str
    shown_as: str | None = None

    @property
    def text(self) -> str:
        """Return the reason for a terminal, with the command that shows what is there."""
        return f"{self.why} (vendorfirst queue show {self.shown_as})" if self.shown_as else self.why


def reasons_not_to_take(
    tx: sa.Connection, wanted: Sequence[NewItem], *, pressed: bool
) -> dict[str, NotTaken]:
    """Return why some of what is wanted is not taken.

    It is in the queue, or it was cancelled before. What is ``pressed`` and waits for its
    confirmation must be watched, whatever was done with the order earlier.
    """
    found: dict[str, NotTaken] = {}
    ended: dict[str, NotTaken] = {}
    asked = {one.key: one for one in reversed(wanted)}
    keys = list(asked)
    for chunk in (keys[i : i + _CHUNK] for i in range(0, len(keys), _CHUNK)):
        for row in tx.execute(sa.select(queue).where(queue.c.live.in_(chunk))):
            kept, waits = _kept(row, asked[row.live]), _WAITS_FOR_PERSON.get(State(row.state))
            look = (row.number or row.po) if waits or kept else None
            found[row.live] = NotTaken(f"{waits or 'is in the queue already'}{kept}", look)
        if pressed:
            continue
        # What a person settled as done has no receipt that says so.
        requests = [asked[key].request for key in chunk if not asked[key].request.dry_run]
        numbers = [request.number for request in requests]
        settled = sa.select(queue.c.vendor, queue.c.number).where(
            queue.c.state == State.DONE,
            queue.c.dry_run == 0,
            queue.c.number.in_([number for number in numbers if number is not None]),
        )
        for row in tx.execute(settled):
            case = case_id(row.vendor, row.number)
            ended[case] = NotTaken("is settled as done", row.number)
        done = sa.select(receipts.c.case, receipts.c.id).where(
            receipts.c.case.in_(chunk), receipts.c.outcome == "done"
        )
        for row in tx.execute(done):
            ended[row.case] = NotTaken(f"is cancelled already (receipt {row.id})")
    return ended | found


def _kept(row: Any, one: NewItem) -> str:
    """Say what is wanted otherwise than the order's row says, and does not change it."""
    begun = row.turn > 0 or one.not_before is None or one.not_before.timestamp() == row.due_at
    other = {
        "PO": one.request.po not in (None, row.po),
        "deadline": one.deadline is not None and one.deadline.timestamp() != row.deadline,
        "begin": not begun,
    }
    names = [name for name, differs in other.items() if differs]
    verb = "is" if len(names) == 1 else "are"
    return f"; your {' and '.join(names)} {verb} not taken over" if names else ""


def take_in(
    tx: sa.Connection, wanted: Sequence[NewItem], state: State, approval: str | None, now: float
) -> list[AddResult]:
    """Make rows of what is not in the queue and not done already.

    ``now`` is in UNIX seconds. Returns what became of each, in order.
    """
    reasons = reasons_not_to_take(tx, wanted, pressed=state is State.PENDING)
    known = {key: reason.text for key, reason in reasons.items()}
    told = []
    for one in wanted:
        if state is State.PENDING and (item := _watch_again(tx, one, now)) is not None:
            told.append(AddResult(one, item))
            continue
        if one.key in known:
            told.append(AddResult(one, why=known[one.key]))
            continue
        row = new_row(one, state, now) | {"approval": approval}
        (item,) = tx.execute(queue.insert().values(**row)).inserted_primary_key or (None,)
        known[one.key] = "is in the list twice"
        told.append(AddResult(one, item))
    return told


def _watch_again(tx: sa.Connection, one: NewItem, now: float) -> int | None:
    """Have an order that waited read again, as it was pressed since.

    Returns its item, if it has one that waits for a person or its time.
    """
    waits = queue.c.state.in_(
        [State.NEEDS_PERSON, State.FAILED, State.WAITING]
    ) & queue.c.worker.is_(None)
    row = tx.execute(sa.select(queue.c.id).where((queue.c.live == one.key) & waits)).one_or_none()
    if row is None:
        return None
    as_new = new_row(one, State.PENDING, now)
    values = {name: as_new[name] for name in _WATCHED} | AS_NEW
    if one.request.po is not None:
        values["po"] = one.request.po  # it may have been the wrong PO that stopped it
    tx.execute(queue.update().where(queue.c.id == row.id).values(**values, problem=None, note=None))
    return int(row.id)


def reopen(tx: sa.Connection, one: NewItem, receipt_id: str, because: str, now: float) -> None:
    """Give an order that was done, and is undone, to a person.

    Nothing changes where it waits in the queue anyhow. ``receipt_id`` is that of its end, and
    ``because`` what was seen since; ``now`` is in UNIX seconds.
    """
    waits = sa.select(queue.c.id).where(queue.c.live == one.key)
    if tx.execute(waits).first() is not None:
        return
    row = new_row(one, State.NEEDS_PERSON, now)
    told = {"problem": Problem.REVERTED.value, "note": because, "request": receipt_id}
    added = tx.execute(queue.insert().values(**row | told | {"ready": OVER}))
    (item,) = added.inserted_primary_key or (None,)
    put_notice(tx, f"reopened:{item}:0", "", now)
