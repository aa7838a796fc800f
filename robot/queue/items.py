"""The nouns of the queue, which are pure values.

An order that waits in it, what is to be put in, how an item goes on, and which rows are meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

import sqlalchemy as sa

from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import CaseState
from robot.clock import utc
from robot.storage.schema import NEVER, queue


class State(StrEnum):
    """Where an item stands.

    ``PENDING``: pressed at the vendor, not confirmed. The last five wait for nobody's turn.
    """

    WAITING = "waiting"
    WORKING = "working"
    PENDING = "pending"
    NEEDS_PERSON = "needs_person"
    FAILED = "failed"
    REFUSED = "refused"
    DONE = "done"
    GIVEN_UP = "given_up"


#: What ``ready`` says of a row: it waits for no turn; it waits for one; the engine gives that out.
OVER = 0
WAITS = 1
GIVEN = 2
#: The urgency of an order that somebody approved just as it was shown, which holds for minutes.
APPROVED_AS_SHOWN = -1
#: The urgency of a look that nobody waits for: it comes after all else.
IDLE = 2
#: In these an order is not at its end: it is not taken into the queue a second time.
LIVE = frozenset({State.WAITING, State.WORKING, State.PENDING, State.NEEDS_PERSON, State.FAILED})
#: In these it waits for a turn.
READY = frozenset({State.WAITING, State.PENDING})
#: How a list is sorted, after what is overdue: what somebody must do first.
ORDER = (
    State.NEEDS_PERSON,
    State.FAILED,
    State.WORKING,
    State.PENDING,
    State.WAITING,
    State.REFUSED,
    State.DONE,
    State.GIVEN_UP,
)
#: What is to be cancelled, and not only looked at.
ASKED = queue.c.dry_run == 0


@dataclass(frozen=True, slots=True)
class NewItem:
    """What is to be put into the queue, with the times (UTC) to keep to.

    ``idle``: nobody waits for it, and it has its turn when nothing else is due. ``as_shown``:
    somebody approved it just as it was shown.
    """

    request: CancelRequest
    not_before: datetime | None = None
    deadline: datetime | None = None
    idle: bool = False
    as_shown: bool = False

    @property
    def key(self) -> str:
        """Return what may be in the queue once."""
        return queue_key(self.request)


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One row of the queue.

    ``turn`` counts its turns and fences them: only the last one may write its end. ``site`` is
    where its next turn begins, ``urgency`` 0 before the vendor's press and 1 after it, or
    ``APPROVED_AS_SHOWN`` or ``IDLE``.
    ``takeovers`` are workers that died in its last turns, ``failures`` turns that ended in a system
    error. ``approval`` is the list that approved it. ``seen_po`` and ``total`` are what the order's
    page showed. Times are UTC.
    """

    id: int
    request: CancelRequest
    added_at: datetime
    deadline: datetime | None
    state: State
    problem: str | None
    note: str | None
    request_id: str | None
    site: str
    urgency: int
    due_at: datetime
    turn: int
    worker: str | None
    takeovers: int
    failures: int
    changed_at: datetime
    approval: str | None = None
    seen_po: str | None = None
    total: Decimal | None = None

    @property
    def vendor(self) -> str:
        """Return the vendor of the order."""
        return self.request.vendor

    @property
    def number(self) -> str | None:
        """Return the order's number, or None where a PO's orders are yet to be found."""
        return self.request.number

    @property
    def po(self) -> str | None:
        """Return the PO that was asked for."""
        return self.request.po

    @property
    def known_po(self) -> str | None:
        """Return the PO that was asked for, or else the one that the order's page showed."""
        return self.request.po or self.seen_po

    @property
    def name(self) -> str:
        """Return the order's number, or the PO whose orders are yet to be found."""
        return self.number or f"PO {self.po}"

    @property
    def case(self) -> str:
        """Return the ledger's case of the order.

        A search for a PO's orders has one of its own, and so has a mere look.
        """
        if self.request.dry_run:
            return f"check:{self.id}"
        if self.number:
            return case_id(self.vendor, self.number)
        return f"find:{self.po}:{self.id}"

    def overdue(self, now: datetime) -> bool:
        """Return whether its deadline passed before it came to its end."""
        return self.state in LIVE and self.deadline is not None and self.deadline <= now

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return a row of the table as an item."""
        return cls(
            id=row.id,
            request=CancelRequest(
                row.vendor, row.number, row.po, row.reason, row.requested_by, bool(row.dry_run)
            ),
            added_at=utc(row.added_at),
            deadline=None if row.deadline >= NEVER else utc(row.deadline),
            state=State(row.state),
            problem=row.problem,
            note=row.note,
            request_id=row.request,
            site=row.site,
            urgency=row.urgency,
            due_at=utc(row.due_at),
            turn=row.turn,
            worker=row.worker,
            takeovers=row.takeovers,
            failures=row.failures,
            changed_at=utc(row.changed_at),
            approval=row.approval,
            seen_po=row.seen_po,
            total=None if row.cents is None else Decimal(row.cents) / 100,
        )


def queue_key(request: CancelRequest) -> str:
    """Return what may be in the queue once.

    It is an order or a PO's search, or a mere look at one.
    """
    look = "check:" if request.dry_run else ""
    return f"{look}{request.vendor}:{request.number or f'PO {request.po}'}"


def requeued(item: QueueItem, at: datetime, state: CaseState | None) -> ItemUpdate:
    """Return how the item waits until ``at`` for its next turn.

    It is pending where a press at the vendor is not confirmed. What was pressed for a request that
    is closed says nothing of the next one, which begins anew. A mere look stays as urgent as it is.
    """
    pressed = False
    cancelled = False
    if state is not None and state.is_open:
        pressed = state.vendor.presses > 0
        cancelled = state.known_cancelled
    waits_as = State.PENDING if pressed and not cancelled else State.WAITING
    urgency = 1 if pressed or cancelled else min(item.urgency, 0)
    if item.request.dry_run:
        urgency = item.urgency
    return ItemUpdate(
        waits_as, at, item.site, urgency, item.problem, None, item.request_id, item.failures
    )


def requeued_unread(item: QueueItem, at: datetime, problem: str, note: str) -> ItemUpdate:
    """Return how an item waits until ``at`` whose events this version can't read.

    It stays as urgent as it is, and so does what that tells of it.
    """
    pressed = item.urgency > 0 and not item.request.dry_run
    waits_as = State.PENDING if pressed else State.WAITING
    return ItemUpdate(
        waits_as, at, item.site, item.urgency, problem, note, item.request_id, item.failures
    )


@dataclass(frozen=True, slots=True)
class ItemUpdate:
    """How an item goes on after a turn.

    ``due_at`` (UTC) counts where its state waits for a turn. ``seen_po`` and ``total`` are what the
    order's page showed, None where it was not read.
    """

    state: State
    due_at: datetime
    site: str
    urgency: int = 1
    problem: str | None = None
    note: str | None = None
    request_id: str | None = None
    failures: int = 0
    seen_po: str | None = None
    total: Decimal | None = None


def new_row(one: NewItem, state: State, now: float) -> dict[str, Any]:
    """Return the row of the table that something new becomes, ``now`` (UNIX seconds)."""
    asked = one.request
    urgency = APPROVED_AS_SHOWN if one.as_shown else int(state is State.PENDING)
    if one.idle:
        urgency = IDLE
    return {
        "vendor": asked.vendor, "number": asked.number, "po": asked.po, "reason": asked.reason,
        "requested_by": asked.requested_by,
        "added_at": now, "changed_at": now, "state": state, "site": asked.vendor,
        "deadline": one.deadline.timestamp() if one.deadline else NEVER,
        "due_at": one.not_before.timestamp() if one.not_before else now,
        "ready": WAITS, "urgency": urgency, "turn": 0, "takeovers": 0, "failures": 0,
        "live": one.key, "dry_run": int(asked.dry_run),
    }  # fmt: skip


def updated_values(then: ItemUpdate, item: QueueItem) -> dict[str, Any]:
    """Return what of an item's row is as ``then`` says."""
    total = item.total if then.total is None else then.total
    return {
        "state": then.state, "ready": WAITS if then.state in READY else OVER,
        "due_at": then.due_at.timestamp(),
        "site": then.site, "urgency": then.urgency, "problem": then.problem, "note": then.note,
        "request": then.request_id or item.request_id, "failures": then.failures,
        "live": queue_key(item.request) if then.state in LIVE else None,
        "seen_po": then.seen_po or item.seen_po,
        "cents": None if total is None else int(total * 100),
    }  # fmt: skip


# --- which row ------------------------------------------------------------------------------------


def next_turn(item: int, turn: int) -> sa.ColumnElement[bool]:
    """Match the item where it waits for just this turn."""
    return (queue.c.id == item) & (queue.c.ready > OVER) & (queue.c.turn == turn - 1)


def in_hand(item: QueueItem) -> sa.ColumnElement[bool]:
    """Match the item for the same worker and turn only."""
    same_turn = (queue.c.id == item.id) & (queue.c.turn == item.turn)
    return same_turn & (queue.c.worker == item.worker)


def taken_back(which: sa.ColumnElement[bool]) -> sa.Update:
    """Have some rows wait for a later turn than the one that the engine was given."""
    return queue.update().where(which).values(ready=WAITS, turn=queue.c.turn + 1)


def queries_in_order(states: Iterable[State], now: float) -> Iterator[sa.Select[Any]]:
    """Yield what finds the items in these states, in the order that people need."""
    wanted = [state for state in ORDER if state in set(states)]
    live = queue.c.state.in_([state for state in wanted if state in LIVE])
    late = ASKED & live & (queue.c.deadline <= now)
    yield sa.select(queue).where(late).order_by(queue.c.deadline, queue.c.id)
    for state in wanted:
        in_time = queue.c.deadline > now if state in LIVE else sa.true()
        mine = ASKED & (queue.c.state == state) & in_time
        yield sa.select(queue).where(mine).order_by(queue.c.id)
