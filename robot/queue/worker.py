"""A worker has its lanes take turns at the queue's orders until it is stopped.

The main thread has the engine give out what waits; beside it one sends heartbeats, one has the work
of dead workers go on, one looks for turns that the engine lost, one sends notices, one seals the
ledger. What a lane does is in ``lanes`` and ``turn``; this room only keeps it going.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from robot.cancellation.state import replay_open
from robot.clock import utc_now
from robot.errors import BadSettings, DatabaseDown, LedgerNewer, VendorfirstError
from robot.queue.engine import RECOVERIES, Engine
from robot.queue.items import READY, ItemUpdate, QueueItem, State, requeued, requeued_unread
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.queue.workers import HEARTBEAT, WorkerRegistry
from robot.runner.preflight import check_clock
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.storage.database import Database
from robot.storage.holders import describe, new_holder
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, SitePauses

log = structlog.get_logger()

#: How often (s) the main thread looks for what waits, and another for dead workers.
DISPATCH: Final = 0.1
WATCH: Final = 2.0
#: What is due within so many seconds still counts as work for ``--until-empty``.
SOON: Final = 60.0
#: How long (s) a stop waits for the steps that are under way.
GRACE: Final = 120.0
#: After which time a turn that the engine gave out to this worker, and that never came, is lost.
LOST_AFTER: Final = timedelta(seconds=15)
#: How many turns are given to the engine in one go.
_GIVEN_AT_ONCE: Final = 100
#: After how many turns that were given out in vain it looks for more of them: a long list may have
#: been stopped by hand, and the engine gives out ten a second for each lane.
_IN_VAIN: Final = 10
_PURGE: Final = 3600.0
#: After what time (s) at most all is done beside the work for the first time.
_FIRST: Final = 10.0
#: How often (s) it looks whether a seal of the ledger is due.
_SEAL: Final = 10.0


@dataclass(slots=True)
class Worker:
    """One process's lanes, with one of ``robots`` a lane.

    ``say`` tells what happens in sentences. One that has ``more_looks`` takes mere looks and no
    orders, for as long as that says that there are more.
    """

    settings: Settings
    database: Database
    robots: list[Robot]
    say: Callable[[str], None] = lambda _text: None
    send_notices: Callable[[], object] = lambda: None
    more_looks: Callable[[], bool] | None = None
    name: str = field(default_factory=new_holder)
    stopping: threading.Event = field(default_factory=threading.Event)
    ledger: Ledger = field(init=False)
    table: QueueTable = field(init=False)
    pauses: SitePauses = field(init=False)
    registry: WorkerRegistry = field(init=False)
    lanes: LanePool = field(init=False)
    engine: Engine = field(init=False)
    _places: int = 0
    _closed: int = 0
    _in_lanes: int = 0
    _closing: threading.Lock = field(default_factory=threading.Lock)
    _held: set[str] = field(default_factory=set)
    _alive: set[str] = field(default_factory=set)
    _known: set[tuple[int, int]] = field(default_factory=set)
    _in_doubt: threading.Event = field(default_factory=threading.Event)
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.ledger, self.table = Ledger(self.database), QueueTable(self.database)
        self.pauses, self.registry = SitePauses(self.database), WorkerRegistry(self.database)
        self.say = ignoring_lost_terminal(self.say)
        self.lanes = LanePool(self.name, self.robots, self.ledger, self.stopping, self.say)
        self.engine = Engine(self.settings.database_url, self.name, self._turn)
        self._places = len(self.robots)

    def run(self, *, until_empty: bool = False) -> None:
        """Work until ``stopping`` is set.

        With ``until_empty``, until nothing is due within a minute; one that only looks, until there
        are no more looks.
        """
        self._beat()
        if self.more_looks is None:
            self._places = self._most_lanes()
            self.engine.start(self._places)
        threads = [
            threading.Thread(target=self._repeat, args=args, name=args[2], daemon=True)
            for args in (
                (self._heartbeat, HEARTBEAT, "beat"),
                (self._watch, WATCH, "watch"),
                (self._tend, WATCH, "tend"),
                (self.send_notices, WATCH, "tell"),
                (self.ledger.seal_when_due, _SEAL, "seal"),
                (self._purge, _PURGE, "tidy"),
            )
        ]
        for thread in threads:
            thread.start()
        try:
            while not self.stopping.is_set():
                try:
                    self._give() if self.more_looks is None else self._look()
                    if until_empty and self._empty():
                        self._tell_left()
                        break
                except DatabaseDown as error:
                    log.warning("The queue can't be read; trying again.", error=error.text)
                    self.stopping.wait(1.0)
                self.stopping.wait(DISPATCH)
        finally:
            self.stopping.set()
            if self.more_looks is None:
                self.engine.stop(GRACE)
            self._done.set()
            for thread in threads:
                thread.join(10.0)
            self._leave()

    # --- turns ------------------------------------------------------------------------------------

    def _give(self) -> None:
        """Give the engine what waits for a turn, and take back what is held by now."""
        held = set(self.pauses.active())
        if held - self._held:
            self._call_off(self.table.take_back_at(held - self._held))
        self._held = held
        try:
            given = self.table.give(_GIVEN_AT_ONCE, held)
        except DatabaseDown:
            self._in_doubt.set()  # it may be written down all the same
            raise
        for item in given:
            try:
                if not self.engine.enqueue(item):
                    # The ledger may be an older copy than the engine's record.
                    self.table.take_back(item.id, item.turn + 1)
            except Exception as error:  # noqa: BLE001 - _find_lost tries it again
                self._in_doubt.set()
                log.warning(
                    "A turn could not be given to the engine; it is tried again.",
                    item=item.id,
                    error=str(error)[:200],
                )

    def _call_off(self, turns: list[tuple[int, int]]) -> None:
        """Have the engine give out no more what was taken back."""
        try:
            self.engine.cancel(turns)
        except Exception as error:  # noqa: BLE001 - the orders wait all the same
            log.warning("Turns could not be called off in the engine.", error=str(error)[:200])

    def _look(self) -> None:
        """Take the next mere look, for which this lane needs no engine."""
        held = self.pauses.active()
        look = None if ALL in held else self.table.next_look(held)
        if look is not None and not self.lanes.resting:
            self.lanes.take_turn(look.id, look.turn + 1)

    def _turn(self, number: int, turn: int) -> None:
        """Take a turn that the engine gives to this worker."""
        self._known.add((number, turn))
        try:
            if self._closes_place():
                self._keep_closed(number, turn)
            else:
                self._in_lane(number, turn)
        except VendorfirstError as error:
            self._in_doubt.set()
            log.warning("A turn was not taken; it is given out again.", error=error.text)
        finally:
            self._known.discard((number, turn))

    # --- places -----------------------------------------------------------------------------------
    # DBOS gives as many turns at a time to each worker, and has no way to give one of them fewer.
    # So whoever has fewer lanes, or rests, hands a turn on and keeps the place that it came to. So
    # does who has no lane free, as the engine may know before it of a worker that has more.

    def _places_to_close(self) -> int:
        rests = self.lanes.resting or ALL in self._held
        return self._places - (0 if rests else len(self.robots))

    def _closes_place(self) -> bool:
        with self._closing:
            closes = not self._lane_is_free or self._closed < self._places_to_close()
            self._closed += closes
            self._in_lanes += not closes
        return closes

    @property
    def _lane_is_free(self) -> bool:
        return self._in_lanes < len(self.robots)

    def _in_lane(self, number: int, turn: int) -> None:
        try:
            self.lanes.take_turn(number, turn)
        finally:
            with self._closing:
                self._in_lanes -= 1

    def _keep_closed(self, number: int, turn: int) -> None:
        try:
            self.table.take_back(number, turn)
            while not self.stopping.wait(DISPATCH):
                with self._closing:
                    if self._lane_is_free and self._closed > self._places_to_close():
                        break
        finally:
            with self._closing:
                self._closed -= 1

    def _tell_left(self) -> None:
        left = sum(self.table.counts().get(state, 0) for state in READY)
        if left and self.more_looks is None:
            self.say(f"{left} left, for a later time or at a held site: vendorfirst queue list.")

    def _empty(self) -> bool:
        if self.more_looks is not None:
            return not self.more_looks()
        if self.lanes.at_work:
            return False
        held = self.pauses.active()
        due = None if ALL in held else self.table.next_due(held)
        working = self.table.counts().get(State.WORKING, 0)
        return working == 0 and (due is None or due > utc_now() + timedelta(seconds=SOON))

    # --- beside it --------------------------------------------------------------------------------

    def _repeat(self, work: Callable[[], object], seconds: float, name: str) -> None:
        wait = min(seconds, _FIRST)
        while not self._done.wait(wait):
            wait = seconds
            try:
                work()
            except Exception as error:  # noqa: BLE001 - it must go on
                log.warning(
                    "A task beside the work failed; it is tried again.",
                    task=name,
                    error=str(error)[:200],
                )

    def _beat(self) -> None:
        self.registry.heartbeat(self.name, len(self.robots) if self.more_looks is None else 0)

    def _heartbeat(self) -> None:
        self._beat()
        try:
            check_clock(self.database)
        except BadSettings as problem:
            self.stopping.set()  # before it is said: nobody may be there to hear it
            self.say(f"{problem.text} {problem.next_step} The worker ends.")

    def _watch(self) -> None:
        """Have others go on with what dead workers had in hand, or this one could not end."""
        for worker in self.registry.remove_dead():
            if worker == self.name:
                continue  # others gave it up while it slept; it beats again in a moment
            for item in self.table.of_worker(worker):
                if self.table.lose_turn(item, self._handed_back(item), RECOVERIES):
                    self.say(f"{item.name}: {describe(worker)}, which had it in hand, is gone.")
        for item in self.table.of_worker(self.name):
            if (item.id, item.turn) not in self.lanes.at_work:  # its end could not be written down
                self.table.lose_turn(item, self._handed_back(item), RECOVERIES)

    def _tend(self) -> None:
        """Keep the engine to what the queue says.

        It has a thread of its own: where its database was away, DBOS may not answer for a minute.
        """
        if self.more_looks is None and not self.stopping.is_set():
            self._find_lost()
            self._places = self._most_lanes()
            self.engine.set_places(self._places)
            if self.lanes.in_vain > _IN_VAIN:
                self._call_off_stale()

    def _find_lost(self) -> None:
        """Have what the engine gave out in vain, or lost, wait for a turn again."""
        alive = {one.id for one in self.registry.members()}
        if alive != self._alive:  # who went may have been at odds with the database
            self._in_doubt.set()
        self._alive = alive
        now = utc_now()
        for begun in self.engine.begun():
            turn = (begun.item, begun.turn)
            if begun.worker == self.name:
                # The clock may have been put back since it was given out.
                kept = turn in self._known or abs(now - begun.since) < LOST_AFTER
            else:
                kept = begun.worker in alive
            if kept:
                continue
            self.table.take_back(*turn)
            self.engine.cancel([turn])
        if self._in_doubt.is_set():
            self._in_doubt.clear()
            try:
                for turn in self.engine.lost(self.table.given()):
                    self.table.take_back(*turn)
            except Exception:
                self._in_doubt.set()  # who could not look knows nothing
                raise

    def _call_off_stale(self) -> None:
        """Have the engine give out no more what is not its order's next turn any more."""
        self.lanes.in_vain = 0
        oldest = self.engine.oldest()  # read first: what is given to it after that is not in it
        given = set(self.table.given())
        self.engine.cancel([turn for turn in oldest if turn not in given])

    def _most_lanes(self) -> int:
        """Return the lanes of the worker that has most."""
        return max([len(self.robots), *(one.lanes for one in self.registry.members())])

    def _purge(self) -> None:
        if self.more_looks is None:
            self._in_doubt.set()
            self.engine.purge(utc_now())

    def _handed_back(self, item: QueueItem) -> ItemUpdate:
        try:
            return requeued(item, utc_now(), replay_open(self.ledger.events(item.case)))
        except LedgerNewer as error:
            return requeued_unread(item, utc_now(), error.problem, error.text)

    def _leave(self) -> None:
        """Hand back what was claimed and not begun, and sign off."""
        try:
            for item in self.table.of_worker(self.name):
                self.table.finish_turn(item, self._handed_back(item))
            self.registry.leave(self.name)
        except VendorfirstError as error:
            log.warning("The worker could not sign off; others will miss it.", error=error.text)


def ignoring_lost_terminal(say: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``say`` so that it never raises OSError, as where the terminal is gone.

    That would take the place of what was to be said.
    """

    def told(text: str) -> None:
        with contextlib.suppress(OSError):
            say(text)

    return told
