"""The lanes of a worker: each takes turns with a robot of its own, and writes down how their items
go on.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog

from robot.cancellation.actions import Action
from robot.cancellation.problems import spec_of
from robot.clock import utc_now
from robot.errors import DatabaseDown, SystemFailure, VendorfirstError
from robot.problems import Problem
from robot.queue.items import READY, Item, Next, State, again
from robot.queue.table import Backlog
from robot.queue.turn import Rules, Turned, take_turn
from robot.runner.robot import Robot
from robot.runner.site_access import SiteAccess
from robot.sites.vendors import site_of
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, SitePauses

log = structlog.get_logger()

#: After how many turns a lane gets new pages: Playwright keeps every request of a page until that
#: closes.
FRESH: Final = 10
#: After how many browsers that died in a row a worker takes no new orders, and for how long (s).
DEATHS: Final = 3
REST: Final = 60.0
_T = TypeVar("_T")


@dataclass(slots=True)
class Lanes:
    """``robots`` has one robot a lane; ``worker`` is whose turns they take.

    ``at_work``: the items in a lane now.
    """

    worker: str
    robots: list[Robot]
    ledger: Ledger
    stopping: threading.Event
    say: Callable[[str], None] = lambda _text: None
    at_work: set[int] = field(default_factory=set)
    backlog: Backlog = field(init=False)
    holds: SitePauses = field(init=False)
    _turns: Counter[int] = field(default_factory=Counter)
    _died: int = 0
    _rests_until: float = 0.0
    _free: queue.SimpleQueue[Robot] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.backlog, self.holds = Backlog(self.ledger.database), SitePauses(self.ledger.database)
        access = SiteAccess(self.ledger, self.worker, self._is_open, self._close)
        for robot in self.robots:
            robot.access = access
            self._free.put(robot)

    def take_turn(self, number: int, turn: int) -> None:
        """Take an item's turn in a free lane.

        Never raises: what went wrong is in the queue then, or in the log.
        """
        self.at_work.add(number)
        robot = self._free.get()
        try:
            self._in_lane(robot, number, turn)
        except Exception:
            log.exception(
                "A turn could not be written down; it is begun again.", item=number, turn=turn
            )
        finally:
            self._free.put(robot)
            self.at_work.discard(number)

    def _in_lane(self, robot: Robot, number: int, turn: int) -> None:
        item = self._patiently(lambda: self.backlog.get(number))
        if (item.turn, item.worker) != (turn, self.worker):
            return  # it was taken over, or is over
        troubled: list[str] = []

        def fared(site: str, problem: str | None) -> None:
            self._fared(site, problem)
            if problem is not None:
                troubled.append(problem)

        try:
            turned = take_turn(
                robot, item, Rules(lambda a: self._may_go_on(item, a), self._others_wait, fared)
            )
        except DatabaseDown as error:
            log.warning(
                "The ledger went away in a turn; it goes on from its events.",
                item=item.id,
                error=error.text,
            )
            turned = Turned(
                self._patiently(lambda: again(item, utc_now(), self.ledger.events(item.case)))
            )
        except VendorfirstError as error:
            log.warning("A turn ended early.", item=item.id, error=error.text)
            turned = Turned(_failed(item, error.problem, error.text))
        except Exception as error:
            log.exception("A turn met something that it was not written for.", item=item.id)
            text = f"The robot itself failed ({type(error).__name__}); the log has the details."
            turned = Turned(_failed(item, Problem.INTERNAL_ERROR, text))
        robot.credentials.refused.clear()  # a site where a sign-in was refused is held until somebody resumes it
        self._patiently(lambda: self._write(item, turned))
        if troubled:
            self._renew(robot)
        elif self._tired(robot):
            self._rest(robot)

    def _write(self, item: Item, turned: Turned) -> None:
        then = turned.then
        person = then.state in {State.NEEDS_PERSON, State.FAILED}
        notice = (f"{then.state}:{item.id}:{item.turn}", "") if person else None
        if turned.orders:
            self.backlog.spread(item, turned.orders, then)
        elif not self.backlog.go_on(item, then, notice):
            log.warning("A turn that was taken over came to its end.", item=item.id)
            return
        later = f", again at {then.due_at:%H:%M:%S} UTC" if then.state in READY else ""
        self.say(f"{item.name}: {then.state}{f' ({then.problem})' if then.problem else ''}{later}")

    # --- what a turn asks and tells ---------------------------------------------------------------

    def _is_open(self, site: str) -> bool:
        if self.stopping.is_set():
            return False
        held = self.holds.active()
        return ALL not in held and site not in held

    def _may_go_on(self, item: Item, action: Action) -> bool:
        return self._is_open(site_of(action, item.vendor))

    def _others_wait(self) -> bool:
        return self.backlog.urgent(self.holds.active())

    @property
    def resting(self) -> bool:
        """Whether browsers died one after the other here: for a while, other workers had better
        take the turns.
        """
        return time.monotonic() < self._rests_until

    def _fared(self, site: str, problem: str | None) -> None:
        self._died = self._died + 1 if problem == Problem.BROWSER_DIED else 0
        if self._died >= DEATHS and not self.resting:
            self._rests_until = time.monotonic() + REST
            self.say(
                f"{self._died} browsers died one after the other; no new orders are taken here for"
                f" {REST:.0f} s."
            )
        if problem is not None and not spec_of(problem).trips_breaker:
            return
        if self.holds.record_result(site, problem):
            self.say(
                f"{site} is held after a run of errors ({problem}); it is tried again later by"
                " itself."
            )

    def _close(self, site: str, problem: str) -> None:
        if not self._patiently(lambda: self.holds.pause_by_robot(site, problem)):
            return
        self.say(
            f"{site} is held ({problem}): nothing more is tried there until vendorfirst queue"
            f" resume {site}"
        )

    def _renew(self, robot: Robot) -> None:
        try:
            robot.lane.renew()
        except SystemFailure as error:
            log.warning("The browser could not be renewed.", error=error.text)

    def _tired(self, robot: Robot) -> bool:
        self._turns[robot.lane.number] += 1
        return self._turns[robot.lane.number] % FRESH == 0

    def _rest(self, robot: Robot) -> None:
        try:
            robot.lane.run(robot.lane.fresh_pages, seconds=30.0)
        except SystemFailure:
            self._renew(robot)

    def _patiently(self, work: Callable[[], _T]) -> _T:
        """Do ``work``, again and again while the database is down: what a turn came to must not be
        lost.

        Raises DatabaseDown only where the worker is to stop: others go on from the ledger's events.
        """
        wait = 0.2
        while True:
            try:
                return work()
            except DatabaseDown as error:
                if self.stopping.is_set():
                    raise
                log.warning("The queue can't be read or written; trying again.", error=error.text)
                time.sleep(wait)
                wait = min(2 * wait, 5.0)


def _failed(item: Item, problem: str, text: str) -> Next:
    return Next(State.FAILED, utc_now(), item.site, 1, problem, text, item.request)
