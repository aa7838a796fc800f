"""Turns that go astray inside a worker are found again.

None is lost, none takes the place of another for ever.
"""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest

from robot.cancellation.request import CancelRequest
from robot.cli.work import run_until_stopped
from robot.errors import DatabaseDown
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.queue.worker import Worker
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.fake_systems import FakeSystems, cases_for

FIRST, SECOND = "111-0000001-0000001", "111-0000002-0000002"


class FakeEngine:
    """Gives out what it is asked to, unless it is ``down``."""

    def __init__(self) -> None:
        self.down = False
        self.enqueued: list[int] = []
        self.resumed: list[int] = []

    def enqueue(self, item) -> None:
        if self.down:
            raise ConnectionError("the engine's database is down")
        self.enqueued.append(item.id)

    def resume(self, item) -> None:
        self.resumed.append(item.id)

    def delete_queue(self, worker) -> None:
        pass


@pytest.fixture
def worker(tmp_path, sqlite_url):
    database = Database(sqlite_url)
    cases = SimpleNamespace(
        credentials=SimpleNamespace(refused={}), ledger=Ledger(database), sites=Sites()
    )
    robot = SimpleNamespace(cases=cases)
    made = Worker(Settings(tmp_path, sqlite_url), database, [robot], name="me")
    made.engine = FakeEngine()
    made.table.add(
        [
            NewItem(CancelRequest("amazon_business", FIRST, None)),
            NewItem(CancelRequest("amazon_business", SECOND, None)),
        ]
    )
    made.registry.heartbeat("me", 1)
    yield made
    database.close()


def time_passes(worker) -> None:
    for number in worker._dispatched:
        worker._dispatched[number] -= 60


def test_what_the_engine_would_not_take_is_given_to_it_again(worker):
    worker.engine.down = True
    assert worker._dispatch() == 1
    worker.engine.down = False
    worker._watch()
    assert worker.engine.resumed == []  # it may only be slow
    time_passes(worker)
    worker._watch()
    assert len(worker.engine.resumed) == 1
    (item,) = worker.table.of_worker("me")
    assert (item.id, item.turn, item.takeovers) == (worker.engine.resumed[0], 1, 1)


def test_turn_counted_as_over_and_not_taken_is_given_again(worker):
    """A turn that the engine counts as over and nobody took is given out again."""
    worker._dispatch()
    (number,) = worker.engine.enqueued
    worker._dispatched.clear()  # the engine came to the turn's end without this worker
    worker._watch()
    time_passes(worker)
    worker._watch()
    assert worker.engine.resumed == [number]


def test_a_turn_that_went_elsewhere_gives_its_lane_free(worker):
    worker._dispatch()
    (item,) = worker.table.of_worker("me")
    worker.registry.heartbeat("another", 1)
    assert worker.table.take_over(item, "another", 3) is not None
    time_passes(worker)
    worker._watch()
    assert worker._dispatched == {}
    assert worker._dispatch() == 1
    assert worker.engine.enqueued[0] != worker.engine.enqueued[1]


def test_dead_workers_turn_goes_first_though_lanes_are_busy(worker):
    """A dead worker's turn goes before what waits though all lanes are busy."""
    (dead,) = worker.table.claim("dead", 1)
    worker._dispatch()
    worker.lanes.at_work.update(worker.engine.enqueued)
    worker._watch()
    assert worker.engine.resumed == [dead.id]
    worker._dispatched.pop(worker.engine.enqueued[0])
    worker.table.add([NewItem(CancelRequest("amazon_business", "111-0000003-0000003", None))])
    assert worker._dispatch() == 1
    assert len(worker.engine.enqueued) == 1  # the lane that became free is the taken-over turn's


def test_worker_that_only_looks_takes_no_order(worker):
    """Neither one that waits, nor a dead worker's, which is left to others."""
    worker.more_looks = lambda: True
    worker.table.claim("dead", 1)
    look = CancelRequest("amazon_business", "111-0000004-0000004", None, dry_run=True)
    worker.table.look(NewItem(look, idle=True))
    worker._watch()
    assert worker.engine.resumed == []
    assert worker._dispatch() == 1
    (taken,) = worker.table.of_worker("me")
    assert taken.number == look.number
    assert not worker._empty()
    worker.more_looks = lambda: False
    assert worker._empty()


def test_worker_whose_browsers_die_leaves_new_orders_to_others(worker):
    """A worker whose browsers die in a row leaves new orders to others."""
    for problem in ("browser_died", "browser_died", None, "browser_died", "browser_died"):
        worker.lanes._record_result("amazon_business", problem)
    assert not worker.lanes.resting
    worker.lanes._record_result("realsource", "browser_died")
    assert worker.lanes.resting
    assert worker._dispatch() == 0
    worker.lanes._resting_until = 0.0
    assert worker._dispatch() == 1


def test_worker_given_up_for_dead_does_not_take_over_itself(worker):
    """A worker that others gave up for dead does not take over from itself."""
    worker._dispatch()
    worker.registry.leave("me")
    worker._watch()
    assert worker.engine.resumed == []


def failing(worker, error):
    """Return the same worker, with a robot whose turns end with this error."""

    def vendor(_name):
        raise error

    cases = cases_for(worker.settings.home, worker.database, FakeSystems())
    cases = replace(cases, sites=SimpleNamespace(vendor=vendor))
    made = Worker(worker.settings, worker.database, [Robot(cases)], name="me")
    made.engine = worker.engine
    return made


def test_a_turn_that_nobody_foresaw_is_a_persons_with_a_reason(worker):
    worker = failing(worker, ZeroDivisionError())
    worker._dispatch()
    (number,) = worker.engine.enqueued
    worker._turn(number, 1)
    item = worker.table.get(number)
    assert (item.state, item.problem, item.worker) == (State.FAILED, "internal_error", None)
    assert "ZeroDivisionError" in str(item.note)
    assert worker._dispatched == {}


def test_a_turn_comes_to_its_end_though_the_terminal_is_gone(worker):
    def gone(_text):
        raise BrokenPipeError

    worker = Worker(worker.settings, worker.database, worker.robots, gone, name="me")
    worker.lanes._close("amazon_business", "captcha")
    worker.say("Taken over.")
    assert worker.pauses.active()["amazon_business"].because == "captcha"


def test_a_turn_whose_ledger_goes_away_waits_and_goes_on(worker):
    worker = failing(worker, DatabaseDown("The ledger can't be read or written."))
    worker._dispatch()
    (number,) = worker.engine.enqueued
    worker._turn(number, 1)
    item = worker.table.get(number)
    assert (item.state, item.worker, item.urgency) == (State.WAITING, None, 0)


def test_work_in_hand_waits_for_another_when_its_worker_leaves(worker):
    """What a worker has in hand when it leaves waits for another."""
    worker._dispatch()
    worker._leave()
    assert worker.table.of_worker("me") == []
    assert [item.state for item in worker.table.listed()] == [State.WAITING, State.WAITING]
    assert worker.registry.members() == []


def test_worker_told_to_stop_stops_though_terminal_is_gone():
    """A worker that is told to stop stops though its terminal is gone."""
    stopping = threading.Event()

    def gone(text):
        if text.startswith("Stopping"):
            raise BrokenPipeError

    def run(**_more):
        with suppress(OSError):
            signal.raise_signal(signal.SIGTERM)

    worker = SimpleNamespace(stopping=stopping, run=run, say=gone)
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        run_until_stopped(worker, 1, until_empty=True)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    assert stopping.is_set()


def test_lane_waits_for_database_no_longer_than_worker_lives(worker, monkeypatch):
    """A lane waits no longer for the database than its worker lives."""
    stopping = threading.Event()
    stopping.set()
    lanes = LanePool("me", worker.robots, worker.ledger, stopping)

    def down(_number):
        raise DatabaseDown("The ledger can't be read or written.")

    monkeypatch.setattr(QueueTable, "get", lambda _self, number: down(number))
    lanes.take_turn(1, 1)
    assert lanes.at_work == set()
