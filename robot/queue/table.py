"""The rows of the queue say what is to be done, when, and who is at it.

What happened to an order is the ledger's to say.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from robot.cancellation.shown import Shown
from robot.clock import utc
from robot.problems import Problem
from robot.queue.approvals import ListSource, ShownApproval, approve_list, source_of
from robot.queue.intake import AddResult, take_in
from robot.queue.items import (
    APPROVED_AS_SHOWN,
    LIVE,
    ORDER,
    ItemUpdate,
    NewItem,
    QueueItem,
    State,
    new_row,
    queue_key,
    updated_values,
)
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.notices import put_notice
from robot.storage.schema import queue

#: What is to be cancelled, and not only looked at.
_ASKED = queue.c.dry_run == 0
#: How many numbers one query asks for.
_CHUNK = 500


class QueueTable:
    """The queue's table, in which every change is one transaction.

    Safe to use from several processes.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._ledger = Ledger(database)
        self._clock = clock

    # --- in ---------------------------------------------------------------------------------------

    def add(
        self,
        wanted: Sequence[NewItem],
        *,
        state: State = State.WAITING,
        source: ListSource | None = None,
    ) -> list[AddResult]:
        """Take in, in one transaction, what is not in the queue and not done already.

        Whoever puts it in approves it, but for what is PENDING, which was pressed already. Returns
        what became of each, in order.
        """
        who = source or source_of(wanted)
        approval = None if state is State.PENDING else who.approval
        with self._database.writing() as tx:
            told = take_in(tx, wanted, state, approval, self._clock())
            taken = [one.wanted for one in told if one.item is not None]
            if approval is not None and taken:
                approve_list(self._ledger, tx, taken, who, self._clock())
        return told

    def add_as_shown(self, wanted: Sequence[tuple[NewItem, Shown]]) -> list[AddResult]:
        """Take in orders, each of which somebody approves just as it was shown.

        All in one transaction. Returns what became of each, in order.
        """
        told = []
        with self._database.writing() as tx:
            for one, shown in wanted:
                who = source_of([one])
                now = self._clock()
                urgent = replace(one, as_shown=True)
                (result,) = take_in(tx, [urgent], State.WAITING, who.approval, now)
                told.append(result)
                if result.item is not None:
                    given = ShownApproval(who.by, "console", shown)
                    approve_list(self._ledger, tx, [one], who, now, given)
        return told

    def add_approved(self, wanted: NewItem, approval: str) -> AddResult:
        """Take in an order that somebody approved beforehand, just as it was shown."""
        urgent = replace(wanted, as_shown=True)
        with self._database.writing() as tx:
            return take_in(tx, [urgent], State.WAITING, approval, self._clock())[0]

    def look(self, wanted: NewItem) -> AddResult:
        """Take in a mere look at an order or a PO, which nobody has to approve."""
        with self._database.writing() as tx:
            return take_in(tx, [wanted], State.WAITING, None, self._clock())[0]

    # --- turns ------------------------------------------------------------------------------------

    def claim(
        self, worker: str, most: int, held: Iterable[str] = (), *, looks_only: bool = False
    ) -> list[QueueItem]:
        """Give a worker its next turns, at most ``most`` of those that are due.

        Leaves out items whose site is ``held``. What somebody approved just as it was shown comes
        first, as that holds for minutes, then what else is not pressed yet, by deadline and by when
        it was due.
        """
        due = (queue.c.ready == 1) & (queue.c.due_at <= self._clock())
        due &= queue.c.site.not_in(list(held))
        if looks_only:
            due &= queue.c.dry_run == 1
        order = (queue.c.urgency, queue.c.deadline, queue.c.due_at, queue.c.id)
        query = sa.select(queue).where(due).order_by(*order).limit(most)
        with self._database.reading() as tx:
            if most < 1 or tx.execute(query.with_only_columns(queue.c.id).limit(1)).first() is None:
                return []
        with self._database.writing() as tx:
            ids = [row.id for row in tx.execute(query)]
            mine = {
                "state": State.WORKING,
                "ready": 0,
                "worker": worker,
                "turn": queue.c.turn + 1,
                "takeovers": 0,
            }
            tx.execute(
                queue.update().where(queue.c.id.in_(ids)).values(**mine, changed_at=self._clock())
            )
            rows = {row.id: row for row in tx.execute(sa.select(queue).where(queue.c.id.in_(ids)))}
        return [QueueItem.of(rows[one]) for one in ids]

    def finish_turn(
        self, item: QueueItem, then: ItemUpdate, notice: tuple[str, str] | None = None
    ) -> bool:
        """Write how an item goes on after its turn.

        Returns False, and writes nothing, where the turn is not its any more. ``notice`` (key,
        body) is what people are to be told, in the same transaction.
        """
        with self._database.writing() as tx:
            written = self._end_turn(tx, item, then)
            if written and notice is not None:
                put_notice(tx, *notice, self._clock())
        return written

    def replace_by_orders(
        self, item: QueueItem, orders: Sequence[NewItem], then: ItemUpdate
    ) -> list[AddResult]:
        """End the search for a PO's orders, and give each a row of its own.

        Takes none where the turn is not the item's any more.
        """
        with self._database.writing() as tx:
            return (
                take_in(tx, orders, State.WAITING, item.approval, self._clock())
                if self._end_turn(tx, item, then)
                else []
            )

    def of_worker(self, worker: str) -> list[QueueItem]:
        """Return what a worker has in hand."""
        return self._items(sa.select(queue).where(queue.c.worker == worker))

    def take_over(self, item: QueueItem, worker: str, most: int) -> QueueItem | None:
        """Give a dead worker's turn to another.

        Returns None where it went elsewhere, or to a person after ``most`` deaths.
        """
        mine = _in_hand(item)
        with self._database.writing() as tx:
            row = tx.execute(sa.select(queue).where(mine)).one_or_none()
            if row is None:
                return None
            fatal = row.takeovers >= most
            values: dict[str, Any] = {
                "worker": worker,
                "takeovers": row.takeovers + 1,
                "changed_at": self._clock(),
            }
            if fatal:
                values |= {"worker": None, "problem": Problem.WORKER_DIED.value}
                values |= {"state": State.NEEDS_PERSON}
            if fatal and row.dry_run:  # a mere look waits for nobody
                values |= {"state": State.DONE, "live": None}
            elif fatal:
                put_notice(tx, f"worker_died:{item.id}:{item.turn}", "", self._clock())
            tx.execute(queue.update().where(mine).values(**values))
            return (
                None
                if fatal
                else QueueItem.of(tx.execute(sa.select(queue).where(queue.c.id == item.id)).one())
            )

    # --- by hand ----------------------------------------------------------------------------------

    def change(
        self,
        item: QueueItem,
        then: ItemUpdate,
        *,
        anew: bool = False,
        given: ShownApproval | None = None,
    ) -> bool:
        """Write what a person decided of an item.

        Returns False where somebody works on it, or it was put in anew, by now. With ``anew`` it
        counts as asked for now: how it ended earlier is not its end any more. ``given`` is
        the approval of its next presses.
        """
        same = (queue.c.id == item.id) & (queue.c.turn == item.turn) & (queue.c.state == item.state)
        values = updated_values(then, item) | {"changed_at": self._clock()}
        if anew:
            values["added_at"] = self._clock()
        other = sa.select(queue.c.id).where(queue.c.live == queue_key(item.request))
        with self._database.writing() as tx:
            if (
                then.state in LIVE
                and tx.execute(other.where(queue.c.id != item.id)).first() is not None
            ):
                return False
            again = [NewItem(item.request, deadline=item.deadline)]
            who = source_of(again)
            if given is not None:
                values["approval"] = who.approval
                if given.shown is not None and then.urgency == 0:
                    values["urgency"] = APPROVED_AS_SHOWN
            free = queue.update().where(same & queue.c.worker.is_(None)).values(**values)
            changed = tx.execute(free).rowcount == 1
            if changed and given is not None:
                who = replace(who, by=given.by)
                approve_list(self._ledger, tx, again, who, self._clock(), given)
            return changed

    def reopen_in(self, tx: sa.Connection, one: NewItem, receipt_id: str, because: str) -> None:
        """Give an order that was done, and is undone, to a person.

        Nothing changes where it waits in the queue anyhow. ``receipt_id`` is that of its end, and
        ``because`` what was seen since. In a transaction of the caller's.
        """
        waits = sa.select(queue.c.id).where(queue.c.live == one.key)
        if tx.execute(waits).first() is not None:
            return
        row = new_row(one, State.NEEDS_PERSON, self._clock())
        told = {"problem": Problem.REVERTED.value, "note": because, "request": receipt_id}
        added = tx.execute(queue.insert().values(**row | told | {"ready": 0}))
        (item,) = added.inserted_primary_key or (None,)
        put_notice(tx, f"reopened:{item}:0", "", self._clock())

    # --- looking ----------------------------------------------------------------------------------

    def get(self, item: int) -> QueueItem:
        """Return one item, or raise KeyError."""
        found = self._items(sa.select(queue).where(queue.c.id == item))
        if not found:
            raise KeyError(item)
        return found[0]

    def find(self, number: str) -> list[QueueItem]:
        """Return the items of an order or of a PO, newest first."""
        return self._items(
            sa.select(queue)
            .where(_ASKED & ((queue.c.number == number) | (queue.c.po == number)))
            .order_by(queue.c.id.desc())
        )

    def find_all(self, numbers: Sequence[str]) -> list[QueueItem]:
        """Return the items of some orders and POs, the numbers in turn, each newest first."""
        found: dict[str, list[QueueItem]] = defaultdict(list)
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            mine = queue.c.number.in_(some) | queue.c.po.in_(some)
            query = sa.select(queue).where(_ASKED & mine).order_by(queue.c.id.desc())
            for item in self._items(query):
                for number in {str(item.number), str(item.po)}:
                    found[number].append(item)
        return [item for number in numbers for item in found[number]]

    def looks(self, number: str) -> list[QueueItem]:
        """Return the looks at an order or a PO that were asked for, newest first."""
        mine = (queue.c.dry_run == 1) & ((queue.c.number == number) | (queue.c.po == number))
        return self._items(sa.select(queue).where(mine).order_by(queue.c.id.desc()))

    def of_po(self, po: str) -> list[QueueItem]:
        """Return all items of a PO, looks too, as it was asked for or shown, newest first."""
        mine = (queue.c.po == po) | (queue.c.seen_po == po)
        return self._items(sa.select(queue).where(mine).order_by(queue.c.id.desc()))

    def listed(self, states: Iterable[State] = ORDER, limit: int | None = None) -> list[QueueItem]:
        """Return the items in these states, in the order that people need.

        The overdue ones come first, then by state, beginning with what a person must do.
        """
        wanted, now = [state for state in ORDER if state in set(states)], self._clock()
        late = (
            _ASKED
            & queue.c.state.in_([state for state in wanted if state in LIVE])
            & (queue.c.deadline <= now)
        )
        queries = [sa.select(queue).where(late).order_by(queue.c.deadline, queue.c.id)]
        for state in wanted:
            in_time = queue.c.deadline > now if state in LIVE else sa.true()
            queries.append(
                sa.select(queue)
                .where(_ASKED & (queue.c.state == state) & in_time)
                .order_by(queue.c.id)
            )
        found: list[QueueItem] = []
        with (
            self._database.reading() as tx
        ):  # one moment for all: nothing is shown twice on its way
            for query in queries:
                left = None if limit is None else limit - len(found)
                found += [QueueItem.of(row) for row in tx.execute(query.limit(left))]
        return found

    def counts(self) -> dict[State, int]:
        """Return how many items are in each state (those without any are left out)."""
        with self._database.reading() as tx:
            rows = tx.execute(
                sa.select(queue.c.state, sa.func.count()).where(_ASKED).group_by(queue.c.state)
            ).all()
        return {State(state): int(number) for state, number in rows}

    def overdue(self) -> list[QueueItem]:
        """Return what is not at its end though its deadline passed."""
        late = _ASKED & queue.c.state.in_(list(LIVE)) & (queue.c.deadline <= self._clock())
        return self._items(sa.select(queue).where(late).order_by(queue.c.deadline, queue.c.id))

    def next_due(self, held: Iterable[str] = ()) -> datetime | None:
        """Return when the next turn is due, which may be in the past.

        None where nothing waits, or all that does is held.
        """
        ready = (queue.c.ready == 1) & queue.c.site.not_in(list(held))
        with self._database.reading() as tx:
            at = tx.execute(sa.select(sa.func.min(queue.c.due_at)).where(ready)).scalar()
        return None if at is None else utc(at)

    def urgent(self, held: Iterable[str] = ()) -> bool:
        """Return whether an unpressed order is due at a site that is not ``held``."""
        due = (queue.c.ready == 1) & (queue.c.urgency <= 0) & (queue.c.due_at <= self._clock())
        query = (
            sa.select(queue.c.id)
            .where(due & queue.c.site.not_in(list(held)))
            .order_by(queue.c.urgency, queue.c.deadline)
            .limit(1)
        )
        with self._database.reading() as tx:
            return tx.execute(query).first() is not None

    # --- inside -----------------------------------------------------------------------------------

    def _end_turn(self, tx: sa.Connection, item: QueueItem, then: ItemUpdate) -> bool:
        values = updated_values(then, item) | {
            "worker": None,
            "takeovers": 0,
            "changed_at": self._clock(),
        }
        return tx.execute(queue.update().where(_in_hand(item)).values(**values)).rowcount == 1

    def _items(self, query: sa.Select[Any]) -> list[QueueItem]:
        with self._database.reading() as tx:
            return [QueueItem.of(row) for row in tx.execute(query)]


def _in_hand(item: QueueItem) -> sa.ColumnElement[bool]:
    """Match the item for the same worker, turn and takeover only."""
    return (
        (queue.c.id == item.id)
        & (queue.c.turn == item.turn)
        & (queue.c.takeovers == item.takeovers)
        & (queue.c.worker == item.worker)
    )
