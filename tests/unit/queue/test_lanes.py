"""Turns that go astray inside a worker are found again.

None is lost, none takes the place of another for ever.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from robot.cancellation.request import CancelRequest
from robot.cli.work import run_until_stopped
from robot.clock import utc_now
from robot.errors import DatabaseDown
from robot.queue.engine import BegunTurn
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.queue.worker import Worker
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL
from robot.storage.schema import queue
from robot.storage.sealing import add_events
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.turns import claim

FIRST, SECOND = "111-0000001-0000001", "111-0000002-0000002"


class FakeEngine:
    """Keeps what it is given, unless it is ``down``."""

    def __init__(self) -> None:
        self.down = False
        self.turns: list[tuple[int, int]] = []
        self.out: list[BegunTurn] = []
        self.over: list[tuple[int, int]] = []
        self.places = 1

    def answer(self) -> None:
        if self.down:
            raise ConnectionError("the engine's database is down")

    def enqueue(self, item) -> bool:
        self.answer()
        new = (item.id, item.turn + 1) not in self.over
        if new:
            self.turns.append((item.id, item.turn + 1))
        return new

    def cancel(self, turns) -> None:
        self.answer()
        self.turns = [turn for turn in self.turns if turn not in turns]
        self.out = [one for one in self.out if (one.item, one.turn) not in turns]

    def gives_out(self, worker: str, ago: float = 0.0) -> tuple[int, int]:
        """Give its first turn out, some seconds ago."""
        item, turn = self.turns.pop(0)
        self.out.append(BegunTurn(item, turn, worker, utc_now() - timedelta(seconds=ago)))
        return item, turn

    def begun(self) -> list[BegunTurn]:
        return list(self.out)

    def lost(self, turns) -> list[tuple[int, int]]:
        self.answer()
        out = [(one.item, one.turn) for one in self.out]
        return [turn for turn in turns if turn not in self.turns and turn not in out]

    def oldest(self) -> list[tuple[int, int]]:
        return list(self.turns)

    def set_places(self, places: int) -> None:
        self.places = places

    def start(self, places: int) -> None:
        self.places = places

    def stop(self, _seconds: float) -> None:
        self.answer()


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


def watch(worker) -> None:
    worker._watch()
    worker._tend()


def numbers(worker) -> list[str | None]:
    return [worker.table.get(item).number for item, _ in worker.engine.turns]


def test_what_the_engine_would_not_take_is_given_to_it_again(worker):
    worker.engine.down = True
    worker._give()
    worker.engine.down = False
    worker._give()
    assert worker.engine.turns == []
    watch(worker)
    worker._give()
    assert numbers(worker) == [FIRST, SECOND]


def test_who_could_not_ask_for_lost_turns_asks_again(worker):
    worker._give()
    worker.engine.turns.clear()
    worker.engine.down = True
    with pytest.raises(ConnectionError):
        watch(worker)
    worker.engine.down = False
    watch(worker)
    worker._give()
    assert numbers(worker) == [FIRST, SECOND]


def test_hold_takes_back_though_the_engine_is_down(worker):
    """What the engine still gives out begins nothing then."""
    worker._give()
    worker.pauses.pause("amazon_business", "somebody", "wait")
    worker.engine.down = True
    worker._give()
    worker.engine.down = False
    assert worker.table.begin(*worker.engine.gives_out("me"), "me") is None


def test_order_is_given_though_another_could_not_be_taken_back(worker, monkeypatch):
    """The engine had the first one's turn before, and the ledger went away just then."""

    def down(*_turn) -> None:
        raise DatabaseDown("The ledger can't be read or written.")

    worker.engine.over = [(1, 1)]
    with monkeypatch.context() as patched:
        patched.setattr(worker.table, "take_back", down)
        worker._give()
    assert numbers(worker) == [SECOND]
    watch(worker)
    worker._give()
    assert numbers(worker) == [SECOND, FIRST]


def test_what_was_given_as_database_went_is_given_again(worker, monkeypatch):
    """It was written down that the engine has it, and the answer never came."""
    watch(worker)
    give = worker.table.give

    def cut_off(most, held):
        give(most, held)
        raise DatabaseDown("The ledger can't be read or written.")

    with monkeypatch.context() as patched:
        patched.setattr(worker.table, "give", cut_off)
        with pytest.raises(DatabaseDown):
            worker._give()
    watch(worker)
    worker._give()
    assert numbers(worker) == [FIRST, SECOND]


def test_order_goes_on_though_the_engine_had_its_turn_before(worker):
    """As where the ledger was put back from a copy and the engine's record was not."""
    worker.engine.over = [(1, 1), (1, 2)]
    for _ in range(3):
        worker._give()
    assert worker.engine.turns == [(2, 1), (1, 3)]


def test_turn_given_out_that_never_came_is_given_again(worker):
    """It may be on its way yet, so that it is given again after a while only."""
    worker._give()
    lost = worker.engine.gives_out("me")
    watch(worker)
    assert worker.engine.out
    worker.engine.turns.insert(0, lost)
    worker.engine.out.clear()
    worker.engine.gives_out("me", ago=60)
    watch(worker)
    assert worker.engine.out == []
    worker._give()
    assert numbers(worker) == [SECOND, FIRST]


def test_turn_that_never_came_is_missed_though_clock_went_back(worker):
    worker._give()
    worker.engine.gives_out("me", ago=-3600)
    watch(worker)
    assert worker.engine.out == []


def test_turn_whose_end_was_not_written_is_taken_anew(worker):
    (item, _) = claim(worker.table, "me", 2)
    worker.lanes.at_work.add((2, 1))
    watch(worker)
    assert [one.id for one in worker.table.of_worker("me")] == [2]
    again = worker.table.get(item.id)
    assert (again.state, again.takeovers) == (State.WAITING, 1)


def test_stale_turn_takes_nothing_from_the_one_at_work(worker, monkeypatch):
    """Somebody asked for another try meanwhile: the engine gives both out, one of them in vain."""
    cases = cases_for(worker.settings.home, worker.database, FakeSystems())
    worker = Worker(worker.settings, worker.database, [Robot(cases)] * 2, name="me")
    worker.engine = FakeEngine()
    worker.table.take_back(1, 1)

    def in_lane(lanes, *_more):
        lanes.take_turn(1, 1)
        watch(worker)

    monkeypatch.setattr(LanePool, "_in_lane", in_lane)
    worker.lanes.take_turn(1, 2)
    item = worker.table.get(1)
    assert (item.state, item.worker, item.takeovers) == (State.WORKING, "me", 0)


def test_turns_of_a_list_that_was_stopped_keep_nobody_waiting(worker):
    """The engine gives out a few a second, and each in vain."""
    cases = cases_for(worker.settings.home, worker.database, FakeSystems())
    engine, worker = worker.engine, Worker(worker.settings, worker.database, [Robot(cases)])
    worker.engine = engine
    asked = [CancelRequest("amazon_business", f"111-00001{n:02}-0000001", None) for n in range(30)]
    worker.table.add([NewItem(one) for one in asked])
    worker._give()
    assert len(engine.turns) == 32
    for item in worker.table.listed()[2:]:
        stopped = ItemUpdate(State.GIVEN_UP, utc_now(), item.site)
        assert worker.table.change(item, stopped)
    engine.turns.reverse()
    for _ in range(12):
        worker._turn(*engine.turns.pop(0))
    watch(worker)
    assert sorted(engine.turns) == [(1, 1), (2, 1)]


def test_dead_workers_orders_go_on(worker):
    """Both the one that it had begun, and the one that it was only given."""
    claim(worker.table, "dead", 1)
    worker._give()
    worker.engine.gives_out("dead")
    watch(worker)
    assert worker.table.of_worker("dead") == []
    assert worker.engine.out == []
    worker._give()
    assert sorted(worker.engine.turns) == [(1, 2), (2, 2)]


def test_dead_worker_is_missed_while_engine_does_not_answer(worker, monkeypatch):
    """DBOS asks again by itself, after more than a minute where its database was long away."""
    monkeypatch.setattr("robot.queue.worker.WATCH", 0.01)
    asked, answers = threading.Event(), threading.Event()

    def begun():
        asked.set()
        assert answers.wait(60)
        return []

    monkeypatch.setattr(worker.engine, "begun", begun)
    running = threading.Thread(target=worker.run, daemon=True)
    running.start()
    try:
        assert asked.wait(60)
        item = worker.table.get(1)
        assert worker.table.begin(item.id, item.turn + 1, "dead") is not None
        end = time.monotonic() + 20
        while worker.table.of_worker("dead"):
            assert time.monotonic() < end
            time.sleep(0.01)
    finally:
        answers.set()
        worker.stopping.set()
        running.join(60)
    assert not running.is_alive()


def test_what_another_worker_is_given_is_left_alone(worker):
    worker.registry.heartbeat("another", 1)
    worker._give()
    worker.engine.gives_out("another", ago=60)
    watch(worker)
    assert worker.engine.out


def test_turn_that_a_worker_lost_before_it_left_is_given_again(worker):
    """The database was gone when it should have taken it back."""
    worker.registry.heartbeat("another", 1)
    watch(worker)
    worker._give()
    worker.engine.turns.pop(0)
    watch(worker)
    assert worker.table.given() == [(1, 1), (2, 1)]
    worker.registry.leave("another")
    watch(worker)
    assert worker.table.given() == [(2, 1)]


def test_what_is_held_is_taken_back_and_given_when_it_goes_on(worker):
    worker._give()
    worker.pauses.pause("amazon_business", "somebody", "wait")
    worker._give()
    assert worker.engine.turns == []
    worker.pauses.resume("amazon_business")
    worker._give()
    assert numbers(worker) == [FIRST, SECOND]


def test_places_are_as_many_as_the_most_lanes_of_a_worker(worker):
    worker.registry.heartbeat("another", 3)
    watch(worker)
    assert worker.engine.places == 3


def handed_on(worker, turn) -> threading.Thread:
    """Give the worker a turn, and wait until it was handed on."""
    thread = threading.Thread(target=worker._turn, args=turn, daemon=True)
    thread.start()
    end = time.monotonic() + 60
    while worker.table.get(turn[0]).turn < turn[1]:
        assert time.monotonic() < end
        time.sleep(0.01)
    return thread


def fake_lanes() -> tuple[SimpleNamespace, list[tuple[int, int]]]:
    """Return lanes that note the turns which they are to take."""
    taken: list[tuple[int, int]] = []

    def take_turn(number, turn):
        taken.append((number, turn))

    return SimpleNamespace(at_work=set(), in_vain=0, resting=False, take_turn=take_turn), taken


def test_worker_with_fewer_lanes_keeps_the_other_places_closed(worker):
    worker.lanes, taken = fake_lanes()
    worker.registry.heartbeat("another", 2)
    watch(worker)
    worker._give()
    first = worker.engine.gives_out("me")
    thread = handed_on(worker, first)
    second = worker.engine.gives_out("me")
    worker._turn(*second)
    assert taken == [second]
    assert thread.is_alive()
    worker.registry.leave("another")
    watch(worker)
    thread.join(60)
    assert not thread.is_alive()


def test_turn_waits_behind_no_busy_lane(worker):
    """A worker with more lanes came, and the engine heard of it before this one did."""
    watch(worker)
    worker._give()
    begun, ends = threading.Event(), threading.Event()

    def take_turn(*_turn):
        begun.set()
        assert ends.wait(60)

    worker.lanes = SimpleNamespace(at_work=set(), in_vain=0, resting=False, take_turn=take_turn)
    first = threading.Thread(target=worker._turn, args=worker.engine.gives_out("me"), daemon=True)
    first.start()
    assert begun.wait(60)
    second = worker.engine.gives_out("me")
    thread = threading.Thread(target=worker._turn, args=second, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while worker.table.get(second[0]).turn < second[1]:
        assert time.monotonic() < end
        time.sleep(0.01)
    ends.set()
    for one in (first, thread):
        one.join(60)
        assert not one.is_alive()


def test_closed_place_asks_the_database_nothing(worker, monkeypatch):
    """There may be thirty of them, for days."""
    worker.registry.heartbeat("another", 2)
    watch(worker)
    worker._give()
    asked, looks = [], iter(range(50))
    monkeypatch.setattr(worker.pauses, "active", lambda: asked.append("active") or {})
    worker.stopping = SimpleNamespace(wait=lambda _seconds: next(looks, None) is None)
    worker._turn(*worker.engine.gives_out("me"))
    assert next(looks, None) is None
    assert asked == []


def test_worker_of_a_few_minutes_tidies_too(worker, monkeypatch):
    """As one that ends where nothing is left to do, and is started every hour."""
    monkeypatch.setattr("robot.queue.worker._FIRST", 0.01)
    tidied = threading.Event()

    def tidy():
        worker._done.set()
        tidied.set()

    thread = threading.Thread(target=worker._repeat, args=(tidy, 3600.0, "tidy"), daemon=True)
    thread.start()
    assert tidied.wait(60)
    thread.join(60)
    assert not thread.is_alive()


def test_worker_that_only_looks_takes_no_order(worker):
    """Neither one that waits, nor a dead worker's, which goes on at others."""
    worker.lanes, taken = fake_lanes()
    worker.more_looks = lambda: True
    claim(worker.table, "dead", 1)
    worker._look()
    assert taken == []
    look = CancelRequest("amazon_business", "111-0000004-0000004", None, dry_run=True)
    worker.table.look(NewItem(look, idle=True))
    watch(worker)
    worker._look()
    assert taken == [(3, 1)]
    assert not worker._empty()
    worker.more_looks = lambda: False
    assert worker._empty()


@pytest.mark.parametrize("reason", ["its browsers die", "all sites are paused"])
def test_worker_that_takes_no_orders_leaves_them_to_others(worker, reason):
    """It hands its first turn on, and keeps its place in the engine closed for a while."""
    if reason == "its browsers die":
        for problem in ("browser_died", "browser_died", None, "browser_died", "browser_died"):
            worker.lanes._record_result("amazon_business", problem)
        assert not worker.lanes.resting
        worker.lanes._record_result("realsource", "browser_died")
        assert worker.lanes.resting
    else:
        worker.pauses.pause(ALL, "somebody", "wait")
    worker._give()
    thread = handed_on(worker, worker.engine.gives_out("me"))
    assert thread.is_alive()
    worker.lanes._resting_until = 0.0
    worker.pauses.resume(ALL)
    worker._give()
    thread.join(60)
    assert not thread.is_alive()
    assert not worker._closes_place()


def test_worker_given_up_for_dead_does_not_take_over_itself(worker):
    """A worker that others gave up for dead does not take over from itself."""
    claim(worker.table, "me", 1)
    worker.lanes.at_work.add((1, 1))
    worker.registry.leave("me")
    watch(worker)
    assert [item.takeovers for item in worker.table.of_worker("me")] == [0]


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
    worker._give()
    number, turn = worker.engine.gives_out("me")
    worker._turn(number, turn)
    item = worker.table.get(number)
    assert (item.state, item.problem, item.worker) == (State.FAILED, "internal_error", None)
    assert "ZeroDivisionError" in str(item.note)
    assert worker._known == set()


def test_a_turn_comes_to_its_end_though_the_terminal_is_gone(worker):
    def gone(_text):
        raise BrokenPipeError

    worker = Worker(worker.settings, worker.database, worker.robots, gone, name="me")
    worker.lanes._close("amazon_business", "captcha")
    worker.say("Taken over.")
    assert worker.pauses.active()["amazon_business"].because == "captcha"


def test_a_turn_whose_ledger_goes_away_waits_and_goes_on(worker):
    worker = failing(worker, DatabaseDown("The ledger can't be read or written."))
    worker._give()
    number, turn = worker.engine.gives_out("me")
    worker._turn(number, turn)
    item = worker.table.get(number)
    assert (item.state, item.worker, item.urgency) == (State.WAITING, None, 0)
    assert item.due_at > utc_now()  # what does not pass by itself is not tried without a pause


def test_work_in_hand_waits_for_another_when_its_worker_leaves(worker):
    """What a worker has in hand when it leaves waits for another."""
    claim(worker.table, "me", 1)
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


def of_a_newer_version(worker, item: int) -> None:
    """Have a newer version write of an order what this one does not know."""
    with worker.database.writing() as tx:
        add_events(tx, worker.table.get(item).case, "", ['{"kind":"of_a_newer_version"}'])


def test_dead_newer_workers_order_goes_on_unread(worker):
    claim(worker.table, "newer", 2)
    of_a_newer_version(worker, 1)
    watch(worker)
    assert worker.table.of_worker("newer") == []
    claim(worker.table, "me", 2)
    worker._leave()
    assert worker.registry.members() == []


@pytest.mark.parametrize("urgency, state", [(0, State.WAITING), (1, State.PENDING)])
def test_order_of_a_newer_version_waits_for_one(worker, tmp_path, urgency, state):
    """It is said why, and it is no person's: a newer worker may be beside this one."""
    cases = cases_for(tmp_path, worker.database, FakeSystems())
    worker = Worker(worker.settings, worker.database, [Robot(cases)], name="me")
    of_a_newer_version(worker, 1)
    with worker.database.writing() as tx:
        tx.execute(queue.update().values(urgency=urgency))
    worker.lanes.take_turn(1, 1)
    item = worker.table.get(1)
    assert (item.state, item.urgency, item.worker) == (state, urgency, None)
    assert item.note is not None
    assert item.note.startswith("A newer version wrote an event")
    assert "Nothing was" not in item.note, "what came before can't be read"
    assert timedelta(seconds=30) < item.due_at - utc_now() < timedelta(minutes=2)
