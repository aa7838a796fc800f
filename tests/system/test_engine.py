"""The engine's edges, each of which was measured once.

What we do about it holds, on SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue.engine import APPLICATION_VERSION, POLL, RECOVERIES, SCHEMA, Engine, engine_url
from robot.queue.items import NewItem
from robot.queue.table import QueueTable
from robot.storage.database import Database, server_url

#: Takes turns in a process of its own, and writes down each: ``NAME URL LOG HOLD COUNT``; HOLD is
#: seconds a turn.
PROGRAM = """
import sys, threading, time
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.queue.engine import Engine
name, url, log, hold, count = sys.argv[1], sys.argv[2], sys.argv[3], \
float(sys.argv[4]), int(sys.argv[5])
done = threading.Semaphore(0)

def turn(item, turn):
    with open(log, "a") as file:
        file.write(f"{name} {item} {turn}\\n")
    time.sleep(hold)
    done.release()

engine = Engine(url, name, 2, turn)
engine.start()
mine = QueueTable(Database(url)).claim(name, count)
for item in mine:
    engine.enqueue(item)
    engine.enqueue(item)
print("given", flush=True)
for _ in mine:
    done.acquire()
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


def process(
    name: str, url: str, log: Path, hold: float = 0.0, count: int = 100
) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, name, url, str(log), str(hold), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


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

    def __init__(self, url: str, name: str, lanes: int, engine: type[Engine]) -> None:
        self.taken: list[tuple[int, int]] = []
        self.go = threading.Event()
        self.go.set()
        self.engine = engine(url, name, lanes, self._turn)

    def _turn(self, item: int, turn: int) -> None:
        self.taken.append((item, turn))
        self.go.wait(PATIENCE)


@contextmanager
def engine_here(url: str, name: str = "here", lanes: int = 2, engine: type[Engine] = Engine):
    here = Here(url, name, lanes, engine)
    here.engine.start()
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
        (item,) = table.claim("here", 1)
        here.engine.enqueue(item)
        until(lambda: here.taken)
        until(lambda: rows(url)[0]["status"] == "SUCCESS")
    (row,) = rows(url)
    assert json.loads(str(row["told"])) == {"namedArgs": {}, "positionalArgs": [item.id, item.turn]}
    assert item.number not in json.dumps({key: str(value) for key, value in row.items()})
    assert "secret reason" not in json.dumps({key: str(value) for key, value in row.items()})


@pytest.mark.slow_except("sqlite")
def test_version_is_pinned_and_queue_polled_ten_times_a_second(url, fill):
    """The version is pinned and the queue looked at ten times a second."""
    from dbos import DBOS

    table = fill(1)
    with engine_here(url, lanes=3) as here:
        here.engine.enqueue(table.claim("here", 1)[0])
        until(lambda: here.taken)
        queue = DBOS.retrieve_queue("here")
        assert queue is not None
        assert (queue.polling_interval_sec, queue.worker_concurrency) == (POLL, 3)
        assert [queue.name for queue in DBOS.list_queues()] == ["here"]
    assert POLL <= 0.1
    assert [row["application_version"] for row in rows(url)] == [APPLICATION_VERSION]


# ---- once, and by whom --------------------------------------------------------------------------


@pytest.mark.slow_except("sqlite")
def test_several_workers_on_one_database_take_each_turn_once(url, tmp_path, fill):
    fill(24)
    log = tmp_path / "log"
    workers = [process(f"host/{n}", url, log, count=8) for n in range(3)]
    assert [worker.wait(PATIENCE) for worker in workers] == [0, 0, 0]
    assert Counter((item, turn) for _, item, turn in turns(log)) == Counter(
        {(n, 1): 1 for n in range(1, 25)}
    )
    assert len({name for name, _, _ in turns(log)}) == 3
    for worker in workers:
        worker.stdout.close()


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
    table, log = fill(1), tmp_path / "log"
    first = process("first", url, log, hold=3.0)
    until(lambda: turns(log))
    with engine_here(url, "second") as here:
        assert first.wait(PATIENCE) == 0
        assert here.taken == []
    assert turns(log) == [("first", 1, 1)]
    assert table.get(1).worker == "first"
    first.stdout.close()


@pytest.fixture
def dead(url, tmp_path, fill):
    """Return a worker that was killed in the middle of a turn.

    And the item in its hand.
    """
    table, log = fill(1), tmp_path / "log"
    worker = process("dead", url, log, hold=PATIENCE)
    until(lambda: turns(log))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    return table.of_worker("dead")[0]


@pytest.mark.slow_except("sqlite")
def test_dead_workers_turn_is_taken_by_nobody_until_resumed(url, dead, fill):
    """A dead worker's turn is taken by nobody until it is resumed."""
    with engine_here(url) as here:
        time.sleep(10 * POLL)
        assert here.taken == []
        assert [row["status"] for row in rows(url)] == ["PENDING"]
        mine = fill(0).take_over(dead, "here", RECOVERIES)
        here.engine.resume(mine)
        until(lambda: here.taken)
        until(lambda: {row["status"] for row in rows(url)} == {"SUCCESS"})
    assert here.taken == [(1, 1)]


@pytest.mark.slow_except("sqlite")
def test_turn_begun_by_other_workflow_code_is_taken(url, dead, fill):
    """A turn of another version of the code is taken.

    By itself DBOS names a version after the code, and leaves what another version began waiting for
    ever.
    """

    class Updated(Engine):
        def start(self) -> None:
            from dbos import DBOS

            @DBOS.workflow(name="something_new")
            def new() -> None:
                pass

            super().start()

    with engine_here(url, engine=Updated) as here:
        here.engine.resume(fill(0).take_over(dead, "here", RECOVERIES))
        until(lambda: here.taken)
    assert here.taken == [(1, 1)]


@pytest.mark.slow_except("sqlite")
def test_a_turn_that_never_came_to_the_engine_is_taken_after_all(url, fill):
    table = fill(1)
    table.claim("dead", 1)
    with engine_here(url) as here:
        here.engine.resume(table.take_over(table.of_worker("dead")[0], "here", RECOVERIES))
        until(lambda: here.taken)


@pytest.mark.slow_except("sqlite")
def test_a_turn_that_kills_its_workers_is_not_begun_for_ever(url, fill):
    from dbos._registrations import get_func_info

    with engine_here(url) as here:
        assert get_func_info(here.engine._workflow).max_recovery_attempts == RECOVERIES
    assert RECOVERIES <= 3


# ---- its end ------------------------------------------------------------------------------------


@pytest.mark.slow_except("sqlite")
def test_a_stop_waits_for_the_turn_that_is_under_way(url, fill):
    table = fill(1)
    here = Here(url, "here", 2, Engine)
    here.go.clear()
    here.engine.start()
    here.engine.enqueue(table.claim("here", 1)[0])
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
def test_worker_that_slept_has_its_queue_back(url, fill):
    """A worker that slept has its queue back though others took it away."""
    table = fill(1)
    with engine_here(url) as here:
        here.engine.delete_queue("here")
        here.engine.enqueue(table.claim("here", 1)[0])
        until(lambda: here.taken)


@pytest.mark.slow_except("sqlite")
def test_records_go_a_day_later_and_gone_ones_queues_at_once(url, fill):
    """Records are deleted a day later, and the queues of who is gone at once."""
    from dbos import DBOS

    table = fill(1)
    with engine_here(url) as here:
        DBOS.register_queue("gone")
        here.engine.enqueue(table.claim("here", 1)[0])
        until(lambda: here.taken)
        until(lambda: rows(url)[0]["status"] == "SUCCESS")
        assert here.engine.purge(["here"], utc_now()) == 0
        assert [queue.name for queue in DBOS.list_queues()] == ["here"]
        assert here.engine.purge(["here"], utc_now() + timedelta(days=2)) == 1
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
