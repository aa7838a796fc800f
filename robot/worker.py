"""A worker: lanes that take turns at the queue's orders, until it is told to stop.

The main thread gives turns out; beside it one beats, one takes over from dead workers, one tells people. What a lane
does is ``turn``; this room only keeps it going.
"""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from robot import logs
from robot.actions import Action
from robot.app import Robot, opened
from robot.backlog import Backlog, Next
from robot.crew import BEAT, Crew
from robot.database import Database
from robot.engine import RECOVERIES, Engine
from robot.gates import Gates
from robot.holders import gone, new_holder
from robot.holds import ALL, Holds
from robot.items import READY, Item, State
from robot.ledger import Ledger, utc_now
from robot.notify import Channels, split
from robot.outbox import Outbox
from robot.problems import DatabaseDown, SystemFailure, VendorfirstError
from robot.secrets import Redactor
from robot.settings import Settings, load
from robot.turn import Rules, Turned, site_of, take_turn

log = structlog.get_logger()

#: How often (s) the main thread looks for due items, and the beating one for dead workers.
PUMP: Final = 0.1
WATCH: Final = 2.0
#: What is due within so many seconds still counts as work for ``--until-empty``.
SOON: Final = 60.0
#: How long (s) a stop waits for the steps that are under way.
GRACE: Final = 120.0
_TIDY: Final = 3600.0
#: System errors that tell of a site, for its breaker; a browser that died tells of this machine.
_SYSTEM: Final = frozenset({"site_down", "page_error"})
_T = TypeVar("_T")


@dataclass(slots=True)
class Worker:
    """One process's lanes. ``robots`` has one robot a lane; ``say`` tells what happens in sentences."""

    settings: Settings
    database: Database
    robots: list[Robot]
    say: Callable[[str], None] = lambda _text: None
    tell: Callable[[], object] = lambda: None
    name: str = field(default_factory=new_holder)
    stopping: threading.Event = field(default_factory=threading.Event)
    backlog: Backlog = field(init=False)
    holds: Holds = field(init=False)
    crew: Crew = field(init=False)
    engine: Engine = field(init=False)
    _free: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)
    _in_hand: set[int] = field(default_factory=set)
    _done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.backlog, self.holds, self.crew = Backlog(self.database), Holds(self.database), Crew(self.database)
        self.engine = Engine(self.settings.database_url, self.name, len(self.robots), self._turn)
        gates = Gates(Ledger(self.database), self.name)
        for n, robot in enumerate(self.robots):
            robot.gate = lambda site, n=n, robot=robot: gates.visit(n, site, robot.credentials)  # type: ignore[misc]
            self._free.put(n)

    def run(self, *, until_empty: bool = False) -> None:
        """Work until ``stopping`` is set; with ``until_empty``, until nothing is due within a minute."""
        self.crew.beat(self.name, len(self.robots))
        self.engine.start()
        threads = [
            threading.Thread(target=self._repeat, args=args, name=args[2], daemon=True)
            for args in (
                (self._beat, BEAT, "beat"),
                (self._watch, WATCH, "watch"),
                (self.tell, WATCH, "tell"),
                (self._tidy, _TIDY, "tidy"),
            )
        ]
        for thread in threads:
            thread.start()
        try:
            while not self.stopping.is_set():
                try:
                    if not self._pump() and until_empty and self._empty():
                        break
                except DatabaseDown as error:
                    log.warning("The queue can't be read; trying again.", error=error.text)
                    self.stopping.wait(1.0)
                self.stopping.wait(PUMP)
        finally:
            self.stopping.set()
            self.engine.stop(GRACE)
            self._done.set()
            for thread in threads:
                thread.join(10.0)
            self._leave()

    # --- giving turns out -------------------------------------------------------------------------------------------

    def _pump(self) -> int:
        """Claim as many due items as there are free lanes; how many are in hand after it."""
        held = self.holds.held()
        free = 0 if ALL in held else len(self.robots) - len(self._in_hand)
        for item in self.backlog.claim(self.name, free, held) if free else []:
            self._begin(item, self.engine.enqueue)
        return len(self._in_hand)

    def _begin(self, item: Item, start: Callable[[Item], None]) -> None:
        self._in_hand.add(item.id)
        try:
            start(item)
        except Exception:
            self._in_hand.discard(item.id)
            raise

    def _empty(self) -> bool:
        held = self.holds.held()
        due = None if ALL in held else self.backlog.waits_until(held)
        working = self.backlog.counts().get(State.WORKING, 0)
        return working == 0 and (due is None or due > utc_now() + timedelta(seconds=SOON))

    # --- a turn, in one of the engine's threads ---------------------------------------------------------------------

    def _turn(self, number: int, turn: int) -> None:
        lane = self._free.get()
        try:
            self._in_lane(self.robots[lane], number, turn)
        except Exception:  # the engine's record of it would go nowhere
            log.exception("A turn failed.", item=number, turn=turn)
        finally:
            self._free.put(lane)
            self._in_hand.discard(number)

    def _in_lane(self, robot: Robot, number: int, turn: int) -> None:
        item = self._patiently(lambda: self.backlog.get(number))
        if (item.turn, item.worker) != (turn, self.name):
            return  # it was taken over, or is over
        troubled: list[str] = []

        def fared(site: str, problem: str | None) -> None:
            self._fared(site, problem)
            if problem is not None:
                troubled.append(problem)

        rules = Rules(lambda action: self._may_go_on(item, action), self._others_wait, fared)
        try:
            turned = take_turn(robot, item, rules)
        except DatabaseDown as error:
            log.warning("The ledger went away in a turn; it goes on from its events.", item=item.id, error=error.text)
            turned = Turned(_handed_back(item))
        except VendorfirstError as error:
            log.warning("A turn ended early.", item=item.id, error=error.text)
            turned = Turned(Next(State.FAILED, utc_now(), item.site, 1, error.problem, error.text, item.request))
        refused = {name: problem.problem for name, problem in robot.credentials.refused.items()}
        robot.credentials.refused.clear()  # a site where a sign-in was refused is held until somebody resumes it
        self._patiently(lambda: self._write(item, turned, refused))
        if troubled:
            self._renew(robot)

    def _write(self, item: Item, turned: Turned, refused: dict[str, str]) -> None:
        then = turned.then
        if turned.stop_site is not None:
            refused = {turned.stop_site: then.problem or "unknown_page", **refused}
        for site, problem in refused.items():
            self.holds.stop(site, problem)
            self.say(f"{site} is held ({problem}): nothing more is tried there until vendorfirst queue resume {site}")
        person = then.state in {State.NEEDS_PERSON, State.FAILED}
        notice = (f"{then.state}:{item.id}:{item.turn}", "") if person else None
        if turned.orders:
            self.backlog.spread(item, turned.orders, then)
        elif not self.backlog.go_on(item, then, notice):
            log.warning("A turn that was taken over came to its end.", item=item.id)
            return
        later = f", again at {then.due_at:%H:%M:%S} UTC" if then.state in READY else ""
        self.say(f"{item.name}: {then.state}{f' ({then.problem})' if then.problem else ''}{later}")

    def _may_go_on(self, item: Item, action: Action) -> bool:
        held = self.holds.held()
        return not (self.stopping.is_set() or ALL in held or site_of(action, item.vendor) in held)

    def _others_wait(self) -> bool:
        return self.backlog.urgent(self.holds.held())

    def _fared(self, site: str, problem: str | None) -> None:
        if problem is not None and problem not in _SYSTEM:
            return
        if self.holds.fared(site, problem):
            self.say(f"{site} is held after a run of errors ({problem}); it is tried again later by itself.")

    def _renew(self, robot: Robot) -> None:
        try:
            robot.lane.renew()
        except SystemFailure as error:
            log.warning("The browser could not be renewed.", error=error.text)

    def _patiently(self, work: Callable[[], _T]) -> _T:
        """Do ``work``, again and again while the database is down: what a turn came to must not be lost."""
        wait = 0.2
        while True:
            try:
                return work()
            except DatabaseDown as error:
                log.warning("The queue can't be written; trying again.", error=error.text)
                time.sleep(wait)
                wait = min(2 * wait, 5.0)

    # --- beside it --------------------------------------------------------------------------------------------------

    def _repeat(self, work: Callable[[], object], seconds: float, name: str) -> None:
        while not self._done.wait(seconds):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - none of them may end for good while the worker works
                log.warning("A task beside the work failed; it is tried again.", task=name, error=str(error)[:200])

    def _beat(self) -> None:
        self.crew.beat(self.name, len(self.robots))

    def _watch(self) -> None:
        """Take over what dead workers had in hand, as far as lanes are free."""
        for worker in self.crew.bury():
            for item in self.backlog.of_worker(worker):
                if self.stopping.is_set() or len(self._in_hand) >= len(self.robots):
                    return
                mine = self.backlog.take_over(item, self.name, RECOVERIES)
                if mine is not None:
                    self.say(f"{item.name}: taken over from {worker}, which is gone.")
                    self._begin(mine, self.engine.resume)
            if gone(worker):  # one that only slept needs its queue when it wakes up
                self.engine.forget(worker)

    def _tidy(self) -> None:
        self.engine.tidy([one.id for one in self.crew.members()])

    def _leave(self) -> None:
        """Hand back what was claimed and not begun, and sign off."""
        try:
            for item in self.backlog.of_worker(self.name):
                self.backlog.go_on(item, _handed_back(item))
            self.crew.leave(self.name)
            self.engine.forget(self.name)
        except VendorfirstError as error:
            log.warning("The worker could not sign off; others will miss it.", error=error.text)


def _handed_back(item: Item) -> Next:
    return Next(State.WAITING, utc_now(), item.site, item.urgency, request=item.request, failures=item.failures)


def run_worker(lanes: int, *, until_empty: bool, headed: bool, say: Callable[[str], None]) -> None:
    """``vendorfirst work``: a worker with these lanes, until it is told to stop."""
    settings, redactor = load(), Redactor()
    logs.configure(settings.home, redactor)
    if settings.resolved:
        say("STAND-IN: the sites are found at " + ", ".join(sorted(set(settings.resolve.values()))) + ", not live.")
    with opened_worker(settings, redactor, lanes, headed=headed) as worker:
        worker.say = say

        def stop(_signal: int, _frame: object) -> None:
            if not worker.stopping.is_set():
                say("Stopping: what is under way is finished or handed back.")
            worker.stopping.set()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, stop)
        say(f"At work with {lanes} lane{'s' if lanes > 1 else ''}; Ctrl-C ends it.")
        worker.run(until_empty=until_empty)
    say("Ended; nothing is left half done.")


@contextmanager
def opened_worker(settings: Settings, redactor: Redactor, lanes: int, *, headed: bool = False) -> Iterator[Worker]:
    """A worker, ready to run, after everything that can be checked beforehand was; raises BadInput, BadSettings."""
    with ExitStack() as stack:
        numbers = range(1, lanes + 1)
        robots = [stack.enter_context(opened(settings, redactor, headed=headed, number=n)) for n in numbers]
        database = Database(settings.database_url)
        stack.callback(database.close)
        outbox = Outbox(database, Channels(split(settings.notify), redactor))
        yield Worker(settings, database, robots, tell=outbox.flush)
