"""The queue is held against a model of it.

Whatever workers, people and time do, no item is in two hands, and none is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import count

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from robot.cancellation.request import CancelRequest
from robot.clock import utc
from robot.queue.items import LIVE, READY, ItemUpdate, NewItem, QueueItem, State
from robot.queue.table import QueueTable
from robot.queue.workers import STALLED, WorkerRegistry
from robot.storage.database import Database
from robot.storage.pauses import ALL, SitePauses
from robot.storage.schema import metadata
from tests.support.clock import Clock
from tests.support.turns import claim, take_over

VENDORS = ("amazon_business", "other")
SITES = (*VENDORS, "realsource")
WORKERS = ("here/w1/0/a", "there/w2/0/b", "there/w3/0/c")
MOST_TAKEOVERS = 2
EVENT_TABLES = {"events", "chain", "case_ends", "seals", "sealed_ends"}
#: Events are never deleted, so each story has orders of its own.
STORIES = count(1)


@dataclass(slots=True)
class Row:
    """What the model knows of an item."""

    wanted: NewItem
    id: int
    due: float
    deadline: float
    state: State = State.WAITING
    site: str = ""
    urgency: int = 0
    turn: int = 0
    takeovers: int = 0
    worker: str | None = None
    given: bool = False

    @property
    def hand(self) -> tuple[int, int, str | None]:
        return self.turn, self.takeovers, self.worker


@dataclass(slots=True)
class Model:
    rows: dict[int, Row] = field(default_factory=dict)
    beats: dict[str, float] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)


@cache
def a_database() -> Database:
    """Make one database for all stories, each of which empties it.

    Migrating takes longer than a story.
    """
    return Database("sqlite://")


class QueueMachine(RuleBasedStateMachine):
    """Workers keep what they were given until they hand it in.

    Also past their death, like processes that slept.
    """

    def __init__(self):
        super().__init__()
        self.database = a_database()
        with self.database.writing() as tx:
            for table in metadata.tables.values():
                if table.name not in EVENT_TABLES:
                    tx.execute(table.delete())
        self.clock = Clock()
        self.table = QueueTable(self.database, clock=self.clock)
        self.pauses = SitePauses(self.database, clock=self.clock)
        self.registry = WorkerRegistry(self.database, clock=self.clock)
        self.model = Model()
        self.story = next(STORIES)
        self.hands: list[QueueItem] = []
        self.engine: list[tuple[int, int]] = []

    # --- time and people ---

    @rule(seconds=st.sampled_from((0.5, 5.0, STALLED / 2, STALLED + 1, 600.0)))
    def time_passes(self, seconds):
        self.clock.advance(seconds)

    @rule(
        vendor=st.sampled_from(VENDORS), number=st.sampled_from("1234"),
        wait=st.sampled_from((None, -5.0, 20.0)), deadline=st.sampled_from((None, 10.0, 100.0)),
    )  # fmt: skip
    def add(self, vendor, number, wait, deadline):
        at, until = (
            None if more is None else utc(self.clock() + more) for more in (wait, deadline)
        )
        order = f"{self.story}-{number}"
        wanted = NewItem(CancelRequest(vendor, order, None), not_before=at, deadline=until)
        (taken,) = self.table.add([wanted])
        there = [
            row
            for row in self.model.rows.values()
            if row.wanted.key == wanted.key and row.state in LIVE
        ]
        assert (taken.item is None) == bool(there)
        if not there:
            due, end = (
                self.clock() + (wait or 0.0),
                1e15 if deadline is None else self.clock() + deadline,
            )
            self.model.rows[taken.item] = Row(wanted, taken.item, due, end, site=vendor)

    @rule(site=st.sampled_from((*SITES, ALL)), resume=st.booleans())
    def pause_or_resume(self, site, resume):
        if resume:
            gone = self.model.paused if site == ALL else self.model.paused & {site}
            assert {hold.site for hold in self.pauses.resume(site)} == gone
            self.model.paused = self.model.paused - gone
        else:
            self.pauses.pause(site, "somebody", "why")
            self.model.paused |= {site}

    @rule(
        data=st.data(),
        state=st.sampled_from([state for state in State if state is not State.WORKING]),
    )
    def person_decides(self, data, state):
        if not self.model.rows:
            return
        row = self.model.rows[data.draw(st.sampled_from(sorted(self.model.rows)))]
        item = self.table.get(row.id)
        again = [
            one
            for one in self.model.rows.values()
            if one.wanted.key == row.wanted.key and one.state in LIVE
        ]
        anew = state in LIVE and [one for one in again if one is not row]
        changed = self.table.change(
            item, ItemUpdate(state, self.clock.now(), item.site, item.urgency)
        )
        assert changed == (row.worker is None and not anew)
        if changed:
            row.state, row.due, row.takeovers = state, self.clock(), 0
            row.turn += row.given
            row.given = False

    # --- workers ---

    @rule(worker=st.sampled_from(WORKERS))
    def beat(self, worker):
        self.registry.heartbeat(worker, 1)
        self.model.beats[worker] = self.clock()

    @rule(worker=st.sampled_from(WORKERS))
    def leave(self, worker):
        self.registry.leave(worker)
        self.model.beats.pop(worker, None)

    @rule(worker=st.sampled_from(WORKERS), most=st.integers(0, 3))
    def claim(self, worker, most):
        if ALL in (held := self.pauses.active()):
            return
        due = [
            row for row in self.model.rows.values()
            if row.state in READY and row.due <= self.clock() and row.site not in self.model.paused
        ]  # fmt: skip
        due.sort(key=lambda row: (row.urgency, row.deadline, row.due, row.id))
        items = claim(self.table, worker, most, held)
        assert [item.id for item in items] == [row.id for row in due[:most]]
        for item, row in zip(items, due, strict=False):
            row.state, row.worker, row.turn, row.given = State.WORKING, worker, row.turn + 1, False
            self.hands.append(item)

    @rule(most=st.integers(1, 3))
    def give(self, most):
        """The engine is given what waits, and keeps it though it is not to be taken any more."""
        wait = [
            row for row in self.model.rows.values()
            if row.state in READY and not row.given and row.site not in self.model.paused
        ]  # fmt: skip
        wait.sort(key=lambda row: (row.urgency, row.deadline, row.due, row.id))
        items = self.table.give(most, self.model.paused)
        assert [item.id for item in items] == [row.id for row in wait[:most]]
        for row in wait[:most]:
            row.given = True
            self.engine.append((row.id, row.turn + 1))

    @rule(worker=st.sampled_from(WORKERS), data=st.data(), back=st.booleans())
    def engine_gives_out(self, worker, data, back):
        """A worker begins what it is given, or hands it on; what is not an item's next is neither.

        The engine may give out a turn more than once.
        """
        if not self.engine:
            return
        number, turn = data.draw(st.sampled_from(self.engine))
        row = self.model.rows[number]
        is_next = row.state in READY and row.turn == turn - 1
        if back:
            assert self.table.take_back(number, turn) == is_next
        else:
            item = self.table.begin(number, turn, worker)
            assert (item is not None) == is_next
            self.hands += [item] if item else []
        if is_next:
            row.turn, row.given = turn, False
            if not back:
                row.state, row.worker = State.WORKING, worker

    @rule(sites=st.sets(st.sampled_from(SITES)))
    def take_back_at(self, sites):
        theirs = [
            row for row in self.model.rows.values() if row.given and row.site in sites
        ]  # fmt: skip
        back = self.table.take_back_at(sites)
        assert sorted(back) == sorted((row.id, row.turn + 1) for row in theirs)
        for row in theirs:
            row.turn, row.given = row.turn + 1, False

    @rule(
        data=st.data(),
        state=st.sampled_from([state for state in State if state is not State.WORKING]),
        wait=st.sampled_from((0.0, 30.0)), site=st.sampled_from(SITES), urgency=st.integers(0, 1),
    )  # fmt: skip
    def hand_in(self, data, state, wait, site, urgency):
        if not self.hands:
            return
        item = data.draw(st.sampled_from(self.hands))
        self.hands.remove(item)
        row = self.model.rows[item.id]
        written = self.table.finish_turn(
            item, ItemUpdate(state, utc(self.clock() + wait), site, urgency)
        )
        assert written == (row.hand == (item.turn, item.takeovers, item.worker))
        if written:
            row.state, row.due, row.site, row.urgency = state, self.clock() + wait, site, urgency
            row.worker, row.takeovers = None, 0

    @rule(worker=st.sampled_from(WORKERS))
    def watch(self, worker):
        late = {one for one, at in self.model.beats.items() if at < self.clock() - STALLED}
        for one in late:
            del self.model.beats[one]
        at_work = {row.worker for row in self.model.rows.values() if row.worker}
        dead = self.registry.remove_dead()
        assert set(dead) == late | (at_work - set(self.model.beats))
        for item in [item for one in dead for item in self.table.of_worker(one)]:
            row = self.model.rows[item.id]
            mine = take_over(self.table, item, worker, MOST_TAKEOVERS)
            assert (mine is None) == (row.takeovers >= MOST_TAKEOVERS)
            row.takeovers += 1
            row.due = self.clock()
            if mine is None:
                row.state, row.worker = State.NEEDS_PERSON, None
            else:
                row.worker, row.turn, row.urgency = worker, row.turn + 1, min(row.urgency, 0)
                self.hands.append(mine)

    # --- what must hold ---

    @invariant()
    def the_rows_are_what_the_model_says(self):
        with self.database.reading() as tx:
            items = {
                row.id: QueueItem.of(row) for row in tx.execute(sa.select(metadata.tables["queue"]))
            }
        assert set(items) == set(self.model.rows)
        for row in self.model.rows.values():
            item = items[row.id]
            assert (item.state, item.site, item.urgency) == (row.state, row.site, row.urgency)
            assert (item.turn, item.takeovers, item.worker) == row.hand

    @invariant()
    def the_engine_has_all_that_it_was_given(self):
        given = {(row.id, row.turn + 1) for row in self.model.rows.values() if row.given}
        assert set(self.table.given()) == given <= set(self.engine)

    @invariant()
    def each_item_is_in_one_hand_or_waits_or_is_over(self):
        tokens = [(item.id, item.turn, item.takeovers, item.worker) for item in self.hands]
        assert len(tokens) == len(set(tokens))
        for row in self.model.rows.values():
            held_tokens = tokens.count((row.id, *row.hand))
            assert held_tokens == (row.state is State.WORKING) == (row.worker is not None)

    @invariant()
    def an_order_is_in_the_queue_once(self):
        live = [row.wanted.key for row in self.model.rows.values() if row.state in LIVE]
        assert len(live) == len(set(live))


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
