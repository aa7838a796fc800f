"""A worker has its lanes take turns at the queue's orders until it is stopped.

The main thread gives turns out; beside it one sends heartbeats, one takes over from dead workers,
one sends notices, one seals the ledger. What a lane does is in ``lanes`` and ``turn``; this room
only keeps it going.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from robot.cancellation.state import replay_open
from robot.clock import utc_now
from robot.errors import BadSettings, DatabaseDown, VendorfirstError
from robot.queue.engine import RECOVERIES, Engine
from robot.queue.items import READY, QueueItem, State, requeued
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.queue.workers import HEARTBEAT, WorkerRegistry
from robot.runner.preflight import check_clock
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.storage.database import Database
from robot.storage.holders import describe, is_gone, new_holder
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, SitePauses

log = structlog.get_logger()

#: How often (s) the main thread looks for due items, and another for dead workers.
DISPATCH: Final = 0.1
WATCH: Final = 2.0
#: What is due within so many seconds still counts as work for ``--until-empty``.
SOON: Final = 60.0
#: How long (s) a stop waits for the steps that are under way.
GRACE: Final = 120.0
#: After which time (s) a turn that was given to the engine and is in no lane is given to it again.
LOST_AFTER: Final = 15.0
_PURGE: Final = 3600.0
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
    _dispatched: dict[int, float] = field(default_factory=dict)
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.ledger, self.table = Ledger(self.database), QueueTable(self.database)
        self.pauses, self.registry = SitePauses(self.database), WorkerRegistry(self.database)
        self.say = ignoring_lost_terminal(self.say)
        self.lanes = LanePool(self.name, self.robots, self.ledger, self.stopping, self.say)
        self.engine = Engine(self.settings.database_url, self.name, len(self.robots), self._turn)

    def run(self, *, until_empty: bool = False) -> None:
        """Work until ``stopping`` is set.

        With ``until_empty``, until nothing is due within a minute; one that only looks, until there
        are no more looks.
        """
        self._beat()
        self.engine.start()
        threads = [
            threading.Thread(target=self._repeat, args=args, name=args[2], daemon=True)
            for args in (
                (self._heartbeat, HEARTBEAT, "beat"),
                (self._watch, WATCH, "watch"),
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
                    if not self._dispatch() and until_empty and self._empty():
                        self._tell_left()
                        break
                except DatabaseDown as error:
                    log.warning("The queue can't be read; trying again.", error=error.text)
                    self.stopping.wait(1.0)
                self.stopping.wait(DISPATCH)
        finally:
            self.stopping.set()
            self.engine.stop(GRACE)
            self._done.set()
            for thread in threads:
                thread.join(10.0)
            self._leave()

    # --- giving turns out -------------------------------------------------------------------------

    def _dispatch(self) -> int:
        """Claim as many due items as there are free lanes.

        Returns how many are in hand after it.
        """
        held = self.pauses.active()
        free = 0 if ALL in held or self.lanes.resting else len(self.robots) - len(self._dispatched)
        looks_only = self.more_looks is not None
        if free > 0:
            for item in self.table.claim(self.name, free, held, looks_only=looks_only):
                self._start(item, self.engine.enqueue)
        return len(self._dispatched)

    def _start(self, item: QueueItem, start: Callable[[QueueItem], None]) -> None:
        self._dispatched[item.id] = time.monotonic()
        try:
            start(item)
        except Exception as error:  # noqa: BLE001 - _find_lost tries it again
            log.warning(
                "A turn could not be given out; it is tried again.",
                item=item.id,
                error=str(error)[:200],
            )

    def _turn(self, number: int, turn: int) -> None:
        try:
            self.lanes.take_turn(number, turn)
        finally:
            self._dispatched.pop(number, None)

    def _tell_left(self) -> None:
        left = sum(self.table.counts().get(state, 0) for state in READY)
        if left and self.more_looks is None:
            self.say(f"{left} left, for a later time or at a held site: vendorfirst queue list.")

    def _empty(self) -> bool:
        if self.more_looks is not None:
            return not self.more_looks()
        held = self.pauses.active()
        due = None if ALL in held else self.table.next_due(held)
        working = self.table.counts().get(State.WORKING, 0)
        return working == 0 and (due is None or due > utc_now() + timedelta(seconds=SOON))

    # --- beside it --------------------------------------------------------------------------------

    def _repeat(self, work: Callable[[], object], seconds: float, name: str) -> None:
        while not self._done.wait(seconds):
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
        """Take over what dead workers had in hand, before what waits in the queue."""
        self._find_lost()
        for worker in self.registry.remove_dead():
            if worker == self.name:
                continue  # others gave it up while it slept; it beats again in a moment
            for item in self.table.of_worker(worker):
                if self.more_looks is not None and not item.request.dry_run:
                    continue
                if self.stopping.is_set() or len(self._dispatched) - len(self.lanes.at_work) >= len(
                    self.robots
                ):
                    return  # others have lanes too
                mine = self.table.take_over(item, self.name, RECOVERIES)
                if mine is not None:
                    self.say(f"{item.name}: taken over from {describe(worker)}, which is gone.")
                    self._start(mine, self.engine.resume)
            # One that only slept needs its queue when it wakes up, and so do orders left to others.
            if self.more_looks is None and is_gone(worker):
                self.engine.delete_queue(worker)

    def _find_lost(self) -> None:
        """Give those of this worker's turns out again that the engine lost on the way.

        Its database may have been down, or it may count a turn as done because a worker woke up and
        ended it.
        """
        late = time.monotonic() - LOST_AFTER
        mine = {item.id: item for item in self.table.of_worker(self.name)}
        for number, since in list(self._dispatched.items()):
            if (
                number in self.lanes.at_work
                or since > late
                or len(self.lanes.at_work) >= len(self.robots)
            ):
                continue
            again_mine = (
                self.table.take_over(mine[number], self.name, RECOVERIES)
                if number in mine
                else None
            )
            if again_mine is None:
                self._dispatched.pop(number, None)
            else:
                self._start(again_mine, self.engine.resume)
        for number in mine:
            self._dispatched.setdefault(number, time.monotonic())

    def _purge(self) -> None:
        self.engine.purge([one.id for one in self.registry.members()], utc_now())

    def _leave(self) -> None:
        """Hand back what was claimed and not begun, and sign off."""
        try:
            for item in self.table.of_worker(self.name):
                self.table.finish_turn(
                    item, requeued(item, utc_now(), replay_open(self.ledger.events(item.case)))
                )
            self.registry.leave(self.name)
            self.engine.delete_queue(self.name)
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
