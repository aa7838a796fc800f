"""The lanes of a worker, each of which takes turns with a robot of its own.

What came of a turn is written to the queue.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.cancellation.state import replay_open
from robot.cancellation.words.problems import spec_of
from robot.clock import local_text, utc_now
from robot.errors import DatabaseDown, SystemFailure, VendorfirstError
from robot.problems import Problem, in_words
from robot.queue.items import IDLE, READY, ItemUpdate, QueueItem, State, requeued
from robot.queue.standing import SPLIT, standing, words
from robot.queue.table import QueueTable
from robot.queue.turn import BUSY, TurnHooks, TurnResult, take_turn
from robot.runner.cases import Cases
from robot.runner.observer import NullObserver
from robot.runner.robot import Robot
from robot.runner.site_access import SiteAccess
from robot.storage.lease_keeper import LeaseKeeper, LeaseRenewer
from robot.storage.leases import Lease
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


class _TurnObserver(NullObserver):
    """Passes on how sites fare, and keeps in mind whether a turn met any trouble."""

    def __init__(self, record_result: Callable[[str, str | None], None]) -> None:
        self._record_result = record_result
        self.troubled = False

    def site_result(self, site: str, problem: str | None) -> None:
        """Pass it on."""
        self._record_result(site, problem)
        if problem is not None:
            self.troubled = True


@dataclass(slots=True)
class LanePool:
    """The lanes of one worker, each with a robot of its own.

    ``robots`` has one robot a lane; ``worker`` is whose turns they take. ``at_work``: the turns, as
    item and turn, that are in a lane now or wait for one. ``in_vain`` counts those that were not
    to be taken.
    """

    worker: str
    robots: list[Robot]
    ledger: Ledger
    stopping: threading.Event
    say: Callable[[str], None] = lambda _text: None
    at_work: set[tuple[int, int]] = field(default_factory=set)
    in_vain: int = 0
    table: QueueTable = field(init=False)
    pauses: SitePauses = field(init=False)
    access: SiteAccess = field(init=False)
    renewer: LeaseRenewer = field(init=False)
    _turns: Counter[int] = field(default_factory=Counter)
    _died: int = 0
    _resting_until: float = 0.0
    _free: queue.SimpleQueue[Cases] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self.table, self.pauses = QueueTable(self.ledger.database), SitePauses(self.ledger.database)
        self.renewer = LeaseRenewer(self.ledger.leases)
        self.access = SiteAccess(
            self.ledger, self.worker, self._is_open, self._close, renewer=self.renewer
        )
        for robot in self.robots:
            self._free.put(robot.cases)

    def take_turn(self, number: int, turn: int) -> None:
        """Take an item's turn in a free lane.

        Never raises: what went wrong is in the queue then, or in the log.
        """
        self.at_work.add((number, turn))
        cases = self._free.get()
        try:
            with LeaseKeeper(cases.ledger.leases, cases.holder, self.renewer) as keeper:
                item = self._retry_while_down(lambda: self._begin(number, turn, keeper))
                if item is None:
                    self.in_vain += 1
                else:
                    self._in_lane(cases, item, keeper)
        except Exception:
            log.exception(
                "A turn could not be written down; it is begun again.", item=number, turn=turn
            )
        finally:
            self._free.put(cases)
            self.at_work.discard((number, turn))

    def _in_lane(self, cases: Cases, item: QueueItem, keeper: LeaseKeeper) -> None:
        observer = _TurnObserver(self._record_result)
        hooks = TurnHooks(self.access, self._is_open, self._others_wait, observer)
        try:
            result = take_turn(cases, item, hooks, keeper)
        except DatabaseDown as error:
            log.warning(
                "The ledger went away in a turn; it goes on from its events.",
                item=item.id,
                error=error.text,
            )
            events = self._retry_while_down(lambda: self.ledger.events(item.case))
            at = utc_now() + timedelta(seconds=BUSY)
            result = TurnResult(requeued(item, at, replay_open(events)))
        except VendorfirstError as error:
            log.warning("A turn ended early.", item=item.id, error=error.text)
            result = TurnResult(_failed(item, error.problem, error.text))
        except Exception as error:
            log.exception("A turn met something that it was not written for.", item=item.id)
            text = f"The robot itself failed ({type(error).__name__}); the log has the details."
            result = TurnResult(_failed(item, Problem.INTERNAL_ERROR, text))
        # a site where a sign-in was refused is held until somebody resumes it
        cases.credentials.refused.clear()
        back = keeper.hand_over()
        self._retry_while_down(lambda: self._write(item, result, back))
        if observer.troubled:
            self._renew(cases.lane)
        else:
            self._tidy(cases.lane)

    def _begin(self, number: int, turn: int, keeper: LeaseKeeper) -> QueueItem | None:
        """Make an item's turn this worker's, and its order's lease the keeper's.

        Returns None where it is not to be taken now, or is another's or over.
        """
        if self._is_open(self.table.get(number).site):
            return self.table.begin(number, turn, self.worker, keeper)
        self.table.take_back(number, turn)
        return None

    def _write(self, item: QueueItem, result: TurnResult, back: tuple[Lease, ...]) -> None:
        then = result.then
        person = then.state in {State.NEEDS_PERSON, State.FAILED}
        notice = (f"{then.state}:{item.id}:{item.turn}", "") if person else None
        if result.orders:
            self.table.replace_by_orders(item, result.orders, then, back)
        elif not self.table.finish_turn(item, then, notice, back):
            log.warning("A turn that was taken over came to its end.", item=item.id)
            return
        self.say(f"{item.name}: {_told(item, result)}")

    # --- what a turn asks and tells ---------------------------------------------------------------

    def _is_open(self, site: str) -> bool:
        if self.stopping.is_set():
            return False
        held = self.pauses.active()
        return ALL not in held and site not in held

    def _others_wait(self) -> bool:
        return self.table.urgent(self.pauses.active())

    @property
    def resting(self) -> bool:
        """Return whether browsers died one after the other here.

        For a while, other workers had better take the turns.
        """
        return time.monotonic() < self._resting_until

    def _record_result(self, site: str, problem: str | None) -> None:
        self._died = self._died + 1 if problem == Problem.BROWSER_DIED else 0
        if self._died >= DEATHS and not self.resting:
            self._resting_until = time.monotonic() + REST
            self.say(
                f"{self._died} browsers died one after the other; no new orders are taken here for"
                f" {REST:.0f} s."
            )
        if problem is not None and not spec_of(problem).trips_breaker:
            return
        if self.pauses.record_result(site, problem):
            self.say(
                f"{self._title(site)} is held after a run of errors ({in_words(str(problem))}); it"
                " is tried again later by itself."
            )

    def _close(self, site: str, problem: str) -> None:
        if not self._retry_while_down(lambda: self.pauses.pause_by_robot(site, problem)):
            return
        self.say(
            f"{self._title(site)} is held ({in_words(problem)}): nothing more is tried there until"
            f" vendorfirst queue resume {site}"
        )

    def _title(self, site: str) -> str:
        return self.robots[0].cases.sites.title(site)

    def _renew(self, lane: Lane) -> None:
        try:
            lane.renew()
        except SystemFailure as error:
            log.warning("The browser could not be renewed.", error=error.text)

    def _needs_new_pages(self, lane: Lane) -> bool:
        self._turns[lane.number] += 1
        return self._turns[lane.number] % FRESH == 0

    def _tidy(self, lane: Lane) -> None:
        """Have a lane keep no memory of what it is done with."""
        needs_new = self._needs_new_pages(lane)
        tidy = LaneBrowser.replace_pages if needs_new else LaneBrowser.collect_garbage
        try:
            lane.run(tidy, seconds=30.0)
        except SystemFailure:
            self._renew(lane)

    def _retry_while_down(self, work: Callable[[], _T]) -> _T:
        """Do ``work`` again and again while the database is down.

        What a turn came to must not be lost. Raises DatabaseDown only where the worker is to stop:
        others go on from the ledger's events.
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


def _failed(item: QueueItem, problem: str, text: str) -> ItemUpdate:
    """Return how an item goes on that met an error.

    A mere look waits for nobody.
    """
    state = State.DONE if item.request.dry_run else State.FAILED
    return ItemUpdate(state, utc_now(), item.site, 1, problem, text, item.request_id)


def _told(item: QueueItem, result: TurnResult) -> str:
    """Tell how an item goes on after a turn, and where its receipt is."""
    then = result.then
    stands = standing(replace(item, state=then.state, urgency=then.urgency))
    said = "looked at" if item.urgency == IDLE else words(stands)
    if result.orders:
        said = f"{said}: {', '.join(one.request.number or '' for one in result.orders)}"
    if then.problem:
        said += f" ({in_words(then.problem)})"
    if then.state in READY:
        return f"{said}, again at {local_text(then.due_at)}"
    if then.request_id and stands != SPLIT:
        said += f"; its receipt: vendorfirst queue show {item.number or item.po}"
    return said
