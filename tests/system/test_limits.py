"""A limit holds over all workers on one database, whatever becomes of them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import VENDOR

ROOT = Path(__file__).parents[2]
WORKERS = 5
LIMIT = 3


def start(url, home):
    """A worker that is a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.limited_worker", url, str(home), str(LIMIT)], cwd=ROOT
    )


def put_in(url, orders):
    with closing(Database(url)) as database:
        numbers = [f"111-{n:07d}-0000001" for n in range(orders)]
        QueueTable(database).add(
            [NewItem(CancelRequest(VENDOR, number, None, "", "a clerk")) for number in numbers]
        )


def pressed(home):
    """Return how often each order was pressed, by what the sites saw."""
    names = [path.name.partition(".")[0] for path in (home / "presses").iterdir()]
    return Counter(name for name in names if not name.startswith("PO-"))


def ends(url):
    """Return how many items ended how, after a look at every seal."""
    with closing(Database(url)) as database:
        Ledger(database).audit()
        return Counter((item.state, item.problem) for item in QueueTable(database).listed())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_five_workers_press_no_more_than_a_limit_allows(empty_url, tmp_path):
    """Of 100 orders exactly 3 are pressed, and 97 wait for a second person and say so."""
    (tmp_path / "presses").mkdir()
    put_in(empty_url, 100)
    workers = [start(empty_url, tmp_path) for _ in range(WORKERS)]
    assert [worker.wait() for worker in workers] == [0] * WORKERS
    assert sorted(pressed(tmp_path).values()) == [1] * LIMIT
    assert ends(empty_url) == {
        (State.DONE, None): LIMIT,
        (State.NEEDS_PERSON, "over_limit"): 100 - LIMIT,
    }


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_limit_holds_though_workers_are_killed(empty_url, tmp_path):
    """Workers are killed as soon as something was pressed; what they had in hand is taken over."""
    (tmp_path / "presses").mkdir()
    put_in(empty_url, 100)
    workers = [start(empty_url, tmp_path) for _ in range(WORKERS)]
    while not pressed(tmp_path) and any(worker.poll() is None for worker in workers):
        time.sleep(0.01)
    for worker in workers:
        worker.kill()
        worker.wait()
    with closing(Database(empty_url)) as database:
        table = QueueTable(database)
        for item in table.listed([State.WORKING]):
            table.finish_turn(item, _waits(item))
    workers = [start(empty_url, tmp_path) for _ in range(WORKERS)]
    assert [worker.wait() for worker in workers] == [0] * WORKERS
    assert sorted(pressed(tmp_path).values()) == [1] * LIMIT
    assert ends(empty_url) == {
        (State.DONE, None): LIMIT,
        (State.NEEDS_PERSON, "over_limit"): 100 - LIMIT,
    }


def _waits(item):
    """How an item goes on whose worker is gone: it is given out anew."""
    from robot.clock import utc_now
    from robot.queue.items import requeued

    return requeued(item, utc_now(), None)
