"""How fast the queue is, by ``make bench``: ratios in one run. Not part of the suite.

VENDORFIRST_BENCH_ROUNDS says how many rounds (default 5), VENDORFIRST_BENCH_LANES the most lanes of
the scaling (default 8; needs about 200 MiB each). The aim of (q) is <= 0.5 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median

import psutil
import pytest

from robot.browser.launch.chromium import find_browser
from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.table import QueueTable
from robot.queue.views import list_lines
from robot.sites.registry import Sites
from robot.standin.server import Standin
from robot.storage.database import Database
from tests.benchmarks.bench_cancel import Clock, orders
from tests.support.stage import environment, settings_for

ROUNDS = int(os.environ.get("VENDORFIRST_BENCH_ROUNDS", "5"))
LANES = int(os.environ.get("VENDORFIRST_BENCH_LANES", "8"))
VENDORFIRST = Path(sys.executable).with_name("vendorfirst")
BARE = [sys.executable, "-m", "tests.benchmarks.bare_script"]
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def working(told: dict[str, str], *options: str):
    """A worker that is at work."""
    worker = subprocess.Popen([VENDORFIRST, "work", *options], env=told, stdout=-3, stderr=-3)
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(180)


def until(ready, seconds: float = 300.0, pause: float = 0.01) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(pause)


def finished(table: QueueTable, many: int) -> bool:
    counts = table.counts()
    return sum(counts.get(state, 0) for state in (State.DONE, State.NEEDS_PERSON)) >= many


@pytest.mark.timeout(0)
def test_from_adding_an_order_to_the_vendors_press(tmp_path):
    """(q) ``queue add`` in a new process with a warm idle worker, against a bare script from its
    start.
    """
    took: dict[str, list[float]] = {"queue": [], "bare": []}
    with Standin() as standin:
        standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
        clock, number = Clock(standin), orders(standin, "one_line")
        told = environment(standin, tmp_path)
        settings = settings_for(standin, tmp_path)
        browser = str(find_browser(settings, shell=True))
        database = Database(settings.database_url)
        table = QueueTable(database)
        with working(told):
            table.add([NewItem(CancelRequest("amazon_business", next(number), None))])
            until(lambda: finished(table, 1))
            for n in range(ROUNDS):
                for name, command in (
                    ("bare", [*BARE, next(number), browser]),
                    ("queue", [VENDORFIRST, "queue", "add", next(number)]),
                ):
                    clock.pressed, began = 0.0, time.perf_counter()
                    subprocess.run(command, env=told, cwd=ROOT, check=True, stdout=-3)
                    until(lambda: clock.pressed)
                    took[name].append(clock.pressed - began)
                until(lambda n=n: finished(table, n + 2))
        database.close()
    queue, bare = median(took["queue"]), median(took["bare"])
    print(
        f"\n  medians of {ROUNDS} rounds on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"  (q)  queue add to the press - bare script  {queue - bare:+6.2f} s"
        f"   {queue:.2f} s / {bare:.2f} s   aim <= 0.5"
    )


@pytest.mark.timeout(0)
@pytest.mark.parametrize("few, many, pace", [(1, 2, 0.3), (1, LANES, 1.0)])
def test_more_lanes(tmp_path, few, many, pace):
    """(r) how much faster more lanes are where each answer takes a while, and what a lane's memory
    is.
    """
    rates, memory = {}, {}
    for lanes in (few, many):
        batch = 6 * lanes  # each lane has as many: none works alone at the end
        with Standin(pace=pace) as standin:
            standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
            home = tmp_path / str(lanes)
            told = environment(standin, home)
            database = Database(settings_for(standin, home).database_url)
            table = QueueTable(database)
            numbers = list(islice(orders(standin, "no_po_shown"), lanes + batch))
            with working(told, "--lanes", str(lanes)) as worker:
                table.add(
                    [
                        NewItem(CancelRequest("amazon_business", one, None))
                        for one in numbers[:lanes]
                    ]
                )
                until(lambda b=table, n=lanes: finished(b, n))  # every lane is warm
                began = time.perf_counter()
                table.add(
                    [
                        NewItem(CancelRequest("amazon_business", one, None))
                        for one in numbers[lanes:]
                    ]
                )
                # Asked more often, the asking takes processor time from what is measured.
                until(lambda b=table, n=lanes + batch: finished(b, n), pause=0.05)
                rates[lanes] = batch / (time.perf_counter() - began)
                memory[lanes] = _memory(worker.pid)
            database.close()
    lane = (memory[many] - memory[few]) / (many - few) / 2**20
    print(
        f"\n  (r)  {many} lanes against {few} at {pace} s an answer: {rates[many] / rates[few]:.2f}"
        f" times as many orders ({60 * rates[many]:.0f} / {60 * rates[few]:.0f} a minute, vendor's"
        f" half); a lane takes {lane:.0f} MiB (PSS)"
    )


def _memory(pid: int) -> int:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(one.memory_full_info().pss for one in family)


@pytest.mark.timeout(0)
def test_a_long_queue_is_as_fast_as_a_short_one(tmp_path):
    """(s) ``queue list`` and the next pick, 10,000 waiting orders against 100."""
    took = {}
    for many in (100, 10_000):
        database = Database(f"sqlite:///{tmp_path / f'{many}.sqlite'}")
        table = QueueTable(database)
        table.add(
            [
                NewItem(CancelRequest("amazon_business", f"111-{n:07d}-{n:07d}", None))
                for n in range(many)
            ]
        )
        for name, work in (
            ("list", lambda d=database: list(list_lines(d, Sites(), (), 50))),
            ("pick", lambda b=table: b.give(1)),
        ):
            rounds = []
            for _ in range(30):
                began = time.perf_counter()
                work()
                rounds.append(time.perf_counter() - began)
            took[name, many] = median(rounds)
        database.close()
    print()
    for name in ("list", "pick"):
        long, short = took[name, 10_000], took[name, 100]
        print(
            f"  (s)  queue {name}: 10,000 waiting / 100   {long / short:6.2f}"
            f"   {1000 * long:.1f} ms / {1000 * short:.1f} ms"
        )
