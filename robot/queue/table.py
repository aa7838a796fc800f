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
from robot.queue.intake import AS_NEW, AddResult, take_in
from robot.queue.items import (
    APPROVED_AS_SHOWN,
    ASKED,
    GIVEN,
    LIVE,
    ORDER,
    OVER,
    WAITS,
    ItemUpdate,
    NewItem,
    QueueItem,
    State,
    in_hand,
    next_turn,
    queries_in_order,
    queue_key,
    taken_back,
    updated_values,
)
from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.leases import Lease
from robot.storage.ledger import Ledger
from robot.storage.notices import put_notice
from robot.storage.schema import queue

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

    def give(self, most: int, held: Iterable[str] = ()) -> list[QueueItem]:
        """Mark what waits for a turn as given to the engine, and return it.

        At most ``most``, the most urgent first. Leaves out items whose site is ``held``.
        """
        waits = (queue.c.ready == WAITS) & queue.c.site.not_in(list(held))
        order = (queue.c.urgency, queue.c.deadline, queue.c.due_at, queue.c.id)
        with self._database.reading() as tx:
            ids = list(
                tx.execute(
                    sa.select(queue.c.id).where(waits).order_by(*order).limit(most)
                ).scalars()
            )
        if not ids:
            return []
        still = queue.c.id.in_(ids) & (queue.c.ready == WAITS)
        with self._database.writing() as tx:
            mark = queue.update().where(still).values(ready=GIVEN).returning(queue)
            rows = {row.id: row for row in tx.execute(mark)}
        return [QueueItem.of(rows[one]) for one in ids if one in rows]

    def given(self) -> list[tuple[int, int]]:
        """Return the turns, as item and turn, that the engine is to give out."""
        query = sa.select(queue.c.id, queue.c.turn + 1).where(queue.c.ready == GIVEN)
        with self._database.reading() as tx:
            return [(item, turn) for item, turn in tx.execute(query)]

    def take_back(self, item: int, turn: int) -> bool:
        """Have an item wait for a later turn than the one that the engine was given.

        Returns False where that turn was begun, or is not its next any more.
        """
        with self._database.writing() as tx:
            return tx.execute(taken_back(next_turn(item, turn))).rowcount == 1

    def take_back_at(self, sites: Iterable[str]) -> list[tuple[int, int]]:
        """Take back all that is not begun at some sites.

        Returns the turns, as item and turn, that will not be taken.
        """
        theirs = (queue.c.ready == GIVEN) & queue.c.site.in_(list(sites))
        with self._database.writing() as tx:
            back = taken_back(theirs).returning(queue.c.id, queue.c.turn)
            return [(item, turn) for item, turn in tx.execute(back)]

    def next_look(self, held: Iterable[str] = ()) -> QueueItem | None:
        """Return the first mere look that is due at a site that is not ``held``."""
        due = (queue.c.dry_run == 1) & (queue.c.due_at <= self._clock())
        due &= queue.c.ready.in_([WAITS, GIVEN]) & queue.c.site.not_in(list(held))
        order = (queue.c.urgency, queue.c.due_at, queue.c.id)
        found = self._items(sa.select(queue).where(due).order_by(*order).limit(1))
        return found[0] if found else None

    def begin(
        self, item: int, turn: int, worker: str, keeper: LeaseKeeper | None = None
    ) -> QueueItem | None:
        """Make an item's next turn a worker's, and take the lease of its order with it.

        Returns None where that turn is not its next any more. ``keeper`` gets the lease, unless
        somebody else has it: the turn is begun all the same.
        """
        mine = {"state": State.WORKING, "ready": OVER, "worker": worker, "turn": turn}
        begin = queue.update().where(next_turn(item, turn)).values(**mine, changed_at=self._clock())
        lease = None
        with self._database.writing(alone=False) as tx:
            row = tx.execute(begin.returning(queue)).one_or_none()
            begun = None if row is None else QueueItem.of(row)
            if begun is not None and keeper is not None:
                lease = keeper.acquire_in(tx, begun.request.lease_name)
        if lease is not None and keeper is not None:
            keeper.keep(lease)
        return begun

    def finish_turn(
        self,
        item: QueueItem,
        then: ItemUpdate,
        notice: tuple[str, str] | None = None,
        back: Sequence[Lease] = (),
    ) -> bool:
        """Write how an item goes on after its turn, and give its leases ``back``.

        Returns False, and writes nothing of the item, where the turn is not its any more.
        ``notice`` (key, body) is what people are to be told, in the same transaction.
        """
        with self._database.writing(alone=False) as tx:
            written = self._end_turn(tx, item, then)
            if written and notice is not None:
                put_notice(tx, *notice, self._clock())
            self._ledger.leases.release_in(tx, *back)
        return written

    def replace_by_orders(
        self,
        item: QueueItem,
        orders: Sequence[NewItem],
        then: ItemUpdate,
        back: Sequence[Lease] = (),
    ) -> list[AddResult]:
        """End the search for a PO's orders, and give each a row of its own.

        Takes none where the turn is not the item's any more. Gives the search's leases ``back``.
        """
        with self._database.writing() as tx:
            ended = self._end_turn(tx, item, then)
            self._ledger.leases.release_in(tx, *back)
            if not ended:
                return []
            return take_in(tx, orders, State.WAITING, item.approval, self._clock())

    def of_worker(self, worker: str) -> list[QueueItem]:
        """Return what a worker has in hand."""
        return self._items(sa.select(queue).where(queue.c.worker == worker))

    def lose_turn(self, item: QueueItem, then: ItemUpdate, most: int) -> bool:
        """Write how an item goes on whose worker died in its turn.

        After more than ``most`` deaths in a row it goes on as a person's. Returns False, and
        writes nothing, where the turn is not its any more.
        """
        deaths = item.takeovers + 1
        if deaths > most:
            # A mere look waits for nobody.
            state = State.DONE if item.request.dry_run else State.NEEDS_PERSON
            then = replace(then, state=state, problem=Problem.WORKER_DIED.value)
        with self._database.writing() as tx:
            written = self._end_turn(tx, item, then, deaths)
            if written and then.state is State.NEEDS_PERSON:
                put_notice(tx, f"worker_died:{item.id}:{item.turn}", "", self._clock())
        return written

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
        values = updated_values(then, item) | AS_NEW | {"changed_at": self._clock()}
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
            .where(ASKED & ((queue.c.number == number) | (queue.c.po == number)))
            .order_by(queue.c.id.desc())
        )

    def find_all(self, numbers: Sequence[str]) -> list[QueueItem]:
        """Return the items of some orders and POs, the numbers in turn, each newest first."""
        found: dict[str, list[QueueItem]] = defaultdict(list)
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            mine = queue.c.number.in_(some) | queue.c.po.in_(some)
            query = sa.select(queue).where(ASKED & mine).order_by(queue.c.id.desc())
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
        found: list[QueueItem] = []
        with self._database.reading() as tx:  # one moment: nothing is shown twice on its way
            for query in queries_in_order(states, self._clock()):
                left = None if limit is None else limit - len(found)
                found += [QueueItem.of(row) for row in tx.execute(query.limit(left))]
        return found

    def counts(self) -> dict[State, int]:
        """Return how many items are in each state (those without any are left out)."""
        with self._database.reading() as tx:
            rows = tx.execute(
                sa.select(queue.c.state, sa.func.count()).where(ASKED).group_by(queue.c.state)
            ).all()
        return {State(state): int(number) for state, number in rows}

    def overdue(self) -> list[QueueItem]:
        """Return what is not at its end though its deadline passed."""
        late = ASKED & queue.c.state.in_(list(LIVE)) & (queue.c.deadline <= self._clock())
        return self._items(sa.select(queue).where(late).order_by(queue.c.deadline, queue.c.id))

    def next_due(self, held: Iterable[str] = ()) -> datetime | None:
        """Return when the next turn is due, which may be in the past.

        None where nothing waits, or all that does is held.
        """
        ready = (queue.c.ready > OVER) & queue.c.site.not_in(list(held))
        with self._database.reading() as tx:
            at = tx.execute(sa.select(sa.func.min(queue.c.due_at)).where(ready)).scalar()
        return None if at is None else utc(at)

    def urgent(self, held: Iterable[str] = ()) -> bool:
        """Return whether an unpressed order is due at a site that is not ``held``."""
        due = (queue.c.urgency <= 0) & (queue.c.due_at <= self._clock())
        due &= queue.c.site.not_in(list(held))
        order = (queue.c.urgency, queue.c.deadline)
        waits = [
            sa.select(queue.c.id).where(due & (queue.c.ready == ready)).order_by(*order).limit(1)
            for ready in (WAITS, GIVEN)
        ]
        with self._database.reading() as tx:
            return any(tx.execute(query).first() is not None for query in waits)

    # --- inside -----------------------------------------------------------------------------------

    def _end_turn(
        self, tx: sa.Connection, item: QueueItem, then: ItemUpdate, deaths: int = 0
    ) -> bool:
        values = updated_values(then, item) | {
            "worker": None,
            "takeovers": deaths,
            "changed_at": self._clock(),
        }
        return tx.execute(queue.update().where(in_hand(item)).values(**values)).rowcount == 1

    def _items(self, query: sa.Select[Any]) -> list[QueueItem]:
        with self._database.reading() as tx:
            return [QueueItem.of(row) for row in tx.execute(query)]
