"""How many turns several workers take together, by ``make bench``. Not part of the suite.

The turns do nothing; what is measured is how they are given out, begun and ended. Workers and their
engines are as always, a process each. VENDORFIRST_BENCH_TURNS says how many turns a round has
(default 300).
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue import lanes
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.queue.turn import TurnResult
from robot.queue.worker import Worker
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.pauses import SitePauses
from tests.support.facts import VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

TURNS = int(os.environ.get("VENDORFIRST_BENCH_TURNS", "300"))
WORKERS = (1, 2, 4, 8)
#: The lanes of each worker.
LANES = 4


def nothing(_cases, item, _hooks, _keeper):
    """A turn that brings its order to its end at once."""
    return TurnResult(ItemUpdate(State.DONE, utc_now(), item.site))


def work(url: str, home: Path, ready, over) -> None:
    lanes.take_turn = nothing
    with closing(Database(url)) as database:
        lane = SimpleNamespace(number=1, renew=lambda: None, run=lambda *_args, **_more: None)
        cases = cases_for(home, database, FakeSystems())
        robots = [Robot(replace(cases, lane=lane, holder=f"lane {n}")) for n in range(LANES)]
        settings = replace(cases.settings, database_url=url)
        worker = Worker(settings, database, robots)
        start = worker.engine.start

        def start_and_tell(places: int) -> None:
            start(places)
            ready.put(0)

        worker.engine.start = start_and_tell
        threading.Thread(target=lambda: over.wait() and worker.stopping.set(), daemon=True).start()
        worker.run()


def turns_a_second(url: str, home: Path, workers: int) -> float:
    """Return it from when the site is resumed until the last order is at its end."""
    spawn = multiprocessing.get_context("spawn")
    ready, over = spawn.Queue(), spawn.Event()
    with closing(Database(url)) as database:
        table, pauses = QueueTable(database), SitePauses(database)
        pauses.pause(VENDOR, "bench", "until all are there")
        asked = [CancelRequest(VENDOR, f"{workers}-{n}", None) for n in range(TURNS)]
        done = table.counts().get(State.DONE, 0) + TURNS
        table.add([NewItem(one) for one in asked])
        processes = [
            spawn.Process(target=work, args=(url, home, ready, over)) for _ in range(workers)
        ]
        for process in processes:
            process.start()
        for _ in processes:
            ready.get(timeout=300)
        began = time.monotonic()
        pauses.resume(VENDOR)
        while table.counts().get(State.DONE, 0) < done:
            assert time.monotonic() < began + 600
            time.sleep(0.02)
        took = time.monotonic() - began
        over.set()
        for process in processes:
            process.join()
    return TURNS / took


@pytest.mark.timeout(0)
def test_more_workers(empty_url, tmp_path):
    """(w) turns that 8 workers take a second, against one worker alone."""
    rates = {workers: turns_a_second(empty_url, tmp_path, workers) for workers in WORKERS}
    kind = empty_url.partition(":")[0]
    told = ", ".join(f"{workers}: {rate:.0f}" for workers, rate in rates.items())
    print(
        f"\n  turns a second on {kind} by workers of {LANES} lanes, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}: {told}"
    )
    for workers in WORKERS[1:]:
        print(f"  (w)  {workers} workers / 1 worker {rates[workers] / rates[1]:6.2f}")
