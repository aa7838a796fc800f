"""How many events several processes append together, by ``make bench``. Not part of the suite.

Each writes to cases of its own, under a lease, as lanes of several machines do.
VENDORFIRST_BENCH_SECONDS says for how long each round goes on (default 5).
"""

from __future__ import annotations

import multiprocessing
import os
import time
from contextlib import closing

import pytest

from robot.storage.ledger import Ledger
from tests.support.facts import ASKED

SECONDS = float(os.environ.get("VENDORFIRST_BENCH_SECONDS", "5"))
WRITERS = (1, 2, 4, 8)
#: After how many events a writer goes on with its next case.
EVENTS = 25
AIM = 4.0


def write(url, name, start, answers):
    with closing(Ledger(url)) as ledger:
        ledger.leases.acquire(f"warm:{name}", name)
        answers.put(0)
        start.wait()
        end = time.monotonic() + SECONDS
        count = 0
        while time.monotonic() < end:
            if count % EVENTS == 0:
                case = f"bench:{name}-{count}-{time.time_ns()}"
                lease = ledger.leases.acquire(case, name, 600)
            ledger.append(case, ASKED, resource=case, leases=(lease,))
            count += 1
        answers.put(count)


def events_a_second(url: str, writers: int) -> float:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    answers = spawn.Queue()
    processes = [
        spawn.Process(target=write, args=(url, f"{writers}-{n}", start, answers))
        for n in range(writers)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        answers.get(timeout=300)
    start.set()
    count = sum(answers.get(timeout=300) for _ in processes)
    for process in processes:
        process.join()
    return count / SECONDS


@pytest.mark.timeout(0)
def test_more_writers(empty_url):
    """(v) events that 8 writers append a second, against one writer alone."""
    with closing(Ledger(empty_url)) as ledger:
        ledger.append("bench", ASKED)
    rates = {writers: events_a_second(empty_url, writers) for writers in WRITERS}
    with closing(Ledger(empty_url)) as ledger:
        ledger.audit()
    kind = empty_url.partition(":")[0]
    told = ", ".join(f"{writers}: {rate:.0f}" for writers, rate in rates.items())
    print(
        f"\n  events a second on {kind} by writers, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f}: {told}"
    )
    aim = f"   aim >= {AIM}" if kind == "postgresql" else ""
    print(f"  (v)  8 writers / 1 writer {rates[8] / rates[1]:6.2f}{aim}")
