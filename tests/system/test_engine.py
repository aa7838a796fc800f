"""The engine's edges, each of which was measured once.

What we do about it holds, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue.engine import (
    APPLICATION_VERSION,
    POLL,
    QUEUE,
    RECOVERIES,
    SCHEMA,
    Engine,
    engine_url,
    priority,
)
from robot.queue.items import APPROVED_AS_SHOWN, IDLE, NewItem, QueueItem, State, new_row, requeued
from robot.queue.table import QueueTable
from robot.storage.database import Database, server_url
from robot.storage.schema import queue

#: Gives what waits and takes turns in a process of its own, and writes down each: ``NAME URL LOG
#: HOLD``; HOLD is seconds a turn. It ends when its standard input does.
PROGRAM = """
import sys, time
from robot.queue.engine import Engine
from robot.queue.table import QueueTable
from robot.storage.database import Database
name, url, log, hold = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])

def turn(item, turn):
    with open(log, "a") as file:
        file.write(f"{name} {item} {turn}\\n")
    time.sleep(hold)

engine = Engine(url, name, turn)
engine.start(2)
for item in QueueTable(Database(url)).give(100):
    engine.enqueue(item)
sys.stdin.read()
engine.stop(10)
"""
PATIENCE = 100.0


def url_of(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture
def fill(url):
    """Return the queue with so many orders in it."""
    database = Database(url)
    yield lambda many: filled(QueueTable(database), many)
    database.close()


def filled(table: QueueTable, many: int) -> QueueTable:
    table.add(
        [
            NewItem(CancelRequest("amazon_business", f"111-{n:07d}-{n:07d}", None, "secret reason"))
            for n in range(many)
        ]
    )
    return table


def order(n: int, **more) -> NewItem:
    return NewItem(CancelRequest("amazon_business", f"111-{n:07d}-{n:07d}", None), **more)


def process(name: str, url: str, log: Path, hold: float = 0.0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, name, url, str(log), str(hold)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True)


def end(worker: subprocess.Popen[str]) -> None:
    worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0


def turns(log: Path) -> list[tuple[str, int, int]]:
    rows = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(name, int(item), int(turn)) for name, item, turn in rows]


def until(ready) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.02)


class Here:
    """An engine in this process, and the turns that it had taken."""

    def __init__(self, url: str, name: str, engine: type[Engine] = Engine) -> None:
        self.taken: list[tuple[int, int]] = []
        self.go = threading.Event()
        self.go.set()
        self.engine = engine(url, name, self._turn)

    def give(self, table: QueueTable) -> None:
        """Give the engine what waits for a turn."""
        for item in table.give(100):
            self.engine.enqueue(item)

    def _turn(self, item: int, turn: int) -> None:
        self.taken.append((item, turn))
        self.last = utc_now()
        self.go.wait(PATIENCE)


@contextmanager
def engine_here(url: str, name: str = "here", places: int = 2, engine: type[Engine] = Engine):
    here = Here(url, name, engine)
    here.engine.start(places)
    try:
        yield here
    finally:
        here.go.set()
        here.engine.stop(10)


@pytest.fixture
def url(empty_url):
    return empty_url


# ---- where it keeps its record ------------------------------------------------------------------


def mode(path: Path) -> str:
    file = sqlite3.connect(path)
    try:
        return str(file.execute("PRAGMA journal_mode").fetchone()[0])
    finally:
        file.close()


def test_the_file_is_in_wal_mode_before_the_engine_ever_sees_it(tmp_path):
    assert engine_url(url_of(tmp_path)) == f"sqlite:///{tmp_path / 'engine.sqlite'}"
    assert mode(tmp_path / "engine.sqlite") == "wal"
    with engine_here(url_of(tmp_path)):
        assert mode(tmp_path / "engine.sqlite") == "wal"


def rows(url: str) -> list[dict[str, object]]:
    """Return the engine's record of turns, as it lies in the database."""
    postgresql = url.startswith("postgres")
    made = sa.create_engine(server_url(url) if postgresql else engine_url(url))
    try:
        with made.connect() as tx:
            schema = f"{SCHEMA}." if postgresql else ""
            both = f"{schema}workflow_status JOIN {schema}workflow_input i USING (workflow_uuid)"
            query = f"SELECT *, i.inputs AS told FROM {both}"
            return [dict(row._mapping) for row in tx.execute(sa.text(query))]
    finally:
        made.dispose()


@pytest.mark.slow_except("sqlite")
def test_engine_is_told_ids_and_nothing_that_runs_when_read(url, fill):
    """It is told ids and nothing else, and nothing that runs when it is read."""
    table = fill(1)
    with engine_here(url) as here:
        here.give(table)
        until(lambda: here.taken)
        until(lambda: rows(url)[0]["status"] == "SUCCESS")
    (row,) = rows(url)
    item = table.get(1)
    assert json.loads(str(row["told"])) == {"namedArgs": {}, "positionalArgs": [1, 1]}
    assert item.number not in json.dumps({key: str(value) for key, value in row.items()})
    assert "secret reason" not in json.dumps({key: str(value) for key, value in row.items()})


@pytest.mark.slow_except("sqlite")
def test_version_is_pinned_and_queue_polled_ten_times_a_second(url, fill):
    """The version is pinned and the queue looked at ten times a second."""
    from dbos import DBOS

    table = fill(1)
    with engine_here(url, places=3) as here:
        here.give(table)
        until(lambda: here.taken)
        turns_queue = DBOS.retrieve_queue(QUEUE)
        assert turns_queue is not None
        told = (turns_queue.polling_interval_sec, turns_queue.worker_concurrency)
        assert told == (POLL, 3)
        here.engine.set_places(2)
        assert turns_queue.worker_concurrency == 2
    assert POLL <= 0.1
    assert [row["application_version"] for row in rows(url)] == [APPLICATION_VERSION]


# ---- in which order, and when -------------------------------------------------------------------


@pytest.mark.slow_except("sqlite")
def test_turns_go_by_press_then_deadline_then_place(url, fill):
    """One whose worker died goes before all, and what came first before what came later."""
    table, now = fill(0), utc_now()
    table.add([order(1)], state=State.PENDING)
    table.add([order(2, idle=True), order(3), order(4)])
    table.add([order(n, deadline=now + timedelta(hours=20 - n)) for n in (5, 6)])
    table.add([order(7, deadline=now - timedelta(days=1)), order(8, as_shown=True)])
    table.add([order(9)])
    died = table.begin(9, 1, "dead")
    assert table.lose_turn(died, requeued(died, now, None), RECOVERIES)
    with engine_here(url, places=0) as here:
        for item in sorted(table.give(100), key=lambda item: item.id):
            assert here.engine.enqueue(item)
        here.engine.set_places(1)
        until(lambda: len(here.taken) == 9)
    assert [item for item, _ in here.taken] == [9, 8, 7, 6, 5, 3, 4, 1, 2]


def test_places_in_the_order_are_within_what_the_engine_takes():
    from dbos._context import MaxPriority, MinPriority

    far = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
    old = datetime(1971, 1, 1, tzinfo=UTC)
    places = []
    for urgency in (APPROVED_AS_SHOWN, 0, 1, IDLE):
        for deadline in (old, utc_now(), far, None):
            row = new_row(order(1, deadline=deadline), State.WAITING, time.time())
            row |= {"id": 1, "urgency": urgency}
            item = QueueItem.of(SimpleNamespace(**dict.fromkeys(queue.c.keys()) | row))
            places.append(priority(item))
    assert places == sorted(places)
    assert MinPriority < places[0]
    assert places[-1] <= MaxPriority


@pytest.mark.slow_except("sqlite")
def test_turn_that_waits_is_given_out_when_it_is_due(url, fill):
    table = fill(0)
    with engine_here(url) as here:
        due = utc_now() + timedelta(seconds=3)
        table.add([order(1, not_before=due)])
        here.give(table)
        until(lambda: here.taken)
    assert here.last >= due - timedelta(milliseconds=1)


@pytest.mark.slow_except("sqlite")
def test_turn_that_waits_for_days_is_not_purged(url, fill):
    table = fill(0)
    table.add([order(1, not_before=utc_now() + timedelta(days=9))])
    with engine_here(url) as here:
        here.give(table)
        assert [row["status"] for row in rows(url)] == ["DELAYED"]
        assert here.engine.purge(utc_now() + timedelta(days=5)) == 0
        assert here.engine.lost([(1, 1)]) == []


@pytest.mark.slow_except("sqlite")
def test_no_more_turns_at_a_time_than_places(url, fill):
    table = fill(4)
    with engine_here(url, places=2) as here:
        here.go.clear()
        here.give(table)
        until(lambda: len(here.taken) == 2)
        time.sleep(10 * POLL)
        assert len(here.taken) == 2
        assert sorted((one.item, one.worker) for one in here.engine.begun()) == [
            (1, "here"), (2, "here"),
        ]  # fmt: skip
        here.go.set()
        until(lambda: len(here.taken) == 4)


# ---- once, and by whom --------------------------------------------------------------------------


@pytest.mark.slow_except("sqlite")
def test_several_workers_on_one_database_take_each_turn_once(url, tmp_path, fill):
    """All take of one queue, whoever gave the turns to it, and though they were given twice."""
    table, log = fill(24), tmp_path / "log"
    workers = [process(f"host/{n}", url, log, hold=0.5) for n in range(3)]
    with engine_here(url) as here:
        here.go.clear()
        given = table.give(100)
        assert all(here.engine.enqueue(item) for item in given)
        assert not any(here.engine.enqueue(item) for item in given)
        until(lambda: len(turns(log)) + len(here.taken) == 24)
    for worker in workers:
        end(worker)
    taken = [(item, turn) for _, item, turn in turns(log)] + here.taken
    assert Counter(taken) == Counter({(n, 1): 1 for n in range(1, 25)})
    assert len({name for name, _, _ in turns(log)}) == 3


def test_each_process_has_a_name_of_its_own():
    """Two processes of one name would each take up what the other is at."""
    code = "from robot.storage.holders import new_holder; print(new_holder())"
    names = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(3)
    ]
    assert len(set(names)) == 3


@pytest.mark.slow_except("sqlite")
def test_a_second_worker_leaves_alone_what_the_first_is_at(url, tmp_path, fill):
    fill(1)
    log = tmp_path / "log"
    first = process("first", url, log, hold=3.0)
    until(lambda: turns(log))
    with engine_here(url, "second") as here:
        end(first)
        assert here.taken == []
    assert turns(log) == [("first", 1, 1)]


@pytest.mark.slow_except("sqlite")
def test_dead_workers_turn_is_given_out_by_nobody(url, tmp_path, fill):
    """So it is taken back, and given to the engine as the order's next turn."""
    table, log = fill(1), tmp_path / "log"
    dead = process("dead", url, log, hold=PATIENCE)
    until(lambda: turns(log))
    dead.kill()
    dead.communicate()
    with engine_here(url) as here:
        time.sleep(10 * POLL)
        assert here.taken == []
        assert [(one.item, one.turn, one.worker) for one in here.engine.begun()] == [(1, 1, "dead")]
        assert table.take_back(1, 1)
        here.engine.cancel([(1, 1)])
        assert here.engine.begun() == []
        here.give(table)
        until(lambda: here.taken)
    assert here.taken == [(1, 2)]


@pytest.mark.slow_except("sqlite")
def test_resuming_gives_out_again_what_a_worker_is_at(url, fill):
    """DBOS does not ask whether the worker is dead: two that see it die would resume it twice.

    So a turn is never resumed.
    """
    from dbos import DBOS

    table = fill(1)
    with engine_here(url) as here:
        here.go.clear()
        here.give(table)
        until(lambda: here.taken)
        DBOS.resume_workflow("1.1", queue_name=QUEUE)
        until(lambda: here.taken == [(1, 1), (1, 1)])


@pytest.mark.slow_except("sqlite")
def test_turn_given_by_other_workflow_code_is_taken(url, fill):
    """A turn of another version of the code is taken.

    By itself DBOS names a version after the code, and leaves what another version was given waiting
    for ever.
    """

    class Updated(Engine):
        def start(self, places: int) -> None:
            from dbos import DBOS

            @DBOS.workflow(name="something_new")
            def new() -> None:
                pass

            super().start(places)

    table = fill(1)
    with engine_here(url, "older", places=0) as older:
        older.give(table)
    with engine_here(url, engine=Updated) as here:
        until(lambda: here.taken)
    assert (older.taken, here.taken) == ([], [(1, 1)])


@pytest.mark.slow_except("sqlite")
def test_lost_is_what_is_over_or_was_never_given(url, fill):
    table = fill(3)
    with engine_here(url) as here:
        first, second, _ = table.give(3)
        here.engine.enqueue(first)
        until(lambda: [row["status"] for row in rows(url)] == ["SUCCESS"])
        here.go.clear()
        here.engine.enqueue(second)
        until(lambda: len(here.taken) == 2)
        assert here.engine.lost(table.given()) == [(1, 1), (3, 1)]


@pytest.mark.slow_except("sqlite")
def test_what_is_cancelled_is_not_given_out(url, fill):
    table = fill(2)
    with engine_here(url, places=0) as here:
        here.give(table)
        assert sorted(here.engine.oldest()) == [(1, 1), (2, 1)]
        here.engine.cancel([(1, 1)])
        assert here.engine.oldest() == [(2, 1)]
        here.engine.set_places(1)
        until(lambda: here.taken)
        time.sleep(10 * POLL)
    assert here.taken == [(2, 1)]


# ---- its end ------------------------------------------------------------------------------------


@pytest.mark.slow_except("sqlite")
def test_a_stop_waits_for_the_turn_that_is_under_way(url, fill):
    table = fill(1)
    here = Here(url, "here")
    here.go.clear()
    here.engine.start(2)
    here.give(table)
    until(lambda: here.taken)
    stopping = threading.Thread(target=here.engine.stop, args=[PATIENCE])
    stopping.start()
    stopping.join(1.0)
    assert stopping.is_alive()
    here.go.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive()
    assert [row["status"] for row in rows(url)] == ["SUCCESS"]


@pytest.mark.slow_except("sqlite")
def test_records_are_deleted_a_day_after_their_end(url, fill):
    table = fill(1)
    with engine_here(url) as here:
        here.give(table)
        until(lambda: here.taken)
        until(lambda: rows(url)[0]["status"] == "SUCCESS")
        assert here.engine.purge(utc_now()) == 0
        assert here.engine.purge(utc_now() + timedelta(days=2)) == 1
    assert rows(url) == []


@pytest.mark.parametrize(
    "command", [["--help"], ["queue", "list"], ["queue", "pause"], ["ledger", "export"]]
)
def test_only_workers_import_the_engine(command, tmp_path):
    code = (
        f"import sys; sys.argv = ['vendorfirst', *{command!r}]\n"
        "from robot.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('dbos' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], env={"VENDORFIRST_HOME": str(tmp_path)}, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines()[-1] == "False"
