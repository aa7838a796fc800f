"""What several processes do at one moment to one database is done once, and whole."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import closing
from itertools import chain

import pyotp
import pytest

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.queue.workers import WorkerRegistry
from robot.sites.one_time_codes import OneTimeCodes
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import ASKED, VENDOR
from tests.support.turns import claim

#: How long (s) any of them may take on a machine that is busy with others.
PATIENCE = 100
SEED = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"


def at_once(work, *tasks):
    """Run ``work`` in a process for each task, all let go together, and return the answers."""
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Event()
    ready, answers = spawn.Queue(), spawn.Queue()
    processes = [spawn.Process(target=_run, args=(work, t, ready, start, answers)) for t in tasks]
    for process in processes:
        process.start()
    for _ in processes:
        ready.get(timeout=PATIENCE)
    start.set()
    told = [answers.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join()
    assert [one for one in told if isinstance(one, str)] == []
    return told


def _run(work, task, ready, start, answers):
    try:
        ready.put(1)
        start.wait()
        answers.put(work(*task))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test is told
        answers.put(repr(error))


def append_many(url, case, many):
    with closing(Ledger(url)) as ledger:
        for _ in range(many):
            ledger.append(case, ASKED, resource=case)


def test_two_processes_write_one_chain_at_once(database_url):
    with closing(Ledger(database_url)) as ledger:
        before = [len(ledger.events(case)) for case in ("a", "b")]
        at_once(append_many, (database_url, "a", 200), (database_url, "b", 200))
        assert ledger.first_broken_event() is None
        after = [len(ledger.events(case)) for case in ("a", "b")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [200, 200]


def test_processes_that_open_a_fresh_database_all_succeed(empty_url):
    at_once(append_many, *[(empty_url, "case", 1)] * 3)
    with closing(Ledger(empty_url)) as ledger:
        assert ledger.first_broken_event() is None
        assert len(ledger.events("case")) == 3


def mint_ten(url):
    seed = f"otpauth://hotp/VCU:me?secret={SEED}&issuer=VCU&counter=0"
    codes = OneTimeCodes(seed, "amazon_business:me", lambda: Database(url))
    return [codes.mint() for _ in range(10)]


def test_processes_that_sign_in_together_take_different_codes(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    minted = at_once(mint_ten, *[(url,)] * 4)
    truth = pyotp.HOTP(SEED)
    assert sorted(chain.from_iterable(minted)) == sorted(truth.at(n) for n in range(40))


def claim_all(url, worker):
    mine = []
    with closing(Database(url)) as database:
        table = QueueTable(database)
        while items := claim(table, worker, 3):
            for item in items:
                mine.append(item.number)
                state = State.DONE if item.turn > 1 else State.WAITING
                assert table.finish_turn(item, ItemUpdate(state, utc_now(), VENDOR))
    return mine


@pytest.mark.slow
def test_five_processes_at_once_have_each_turn_once(database, database_url):
    table = QueueTable(database)
    numbers = [f"111-{n}" for n in range(200)]
    table.add([NewItem(CancelRequest(VENDOR, number, None)) for number in numbers])
    taken = at_once(claim_all, *((database_url, f"w{n}") for n in range(5)))
    assert sorted(chain.from_iterable(taken)) == sorted(2 * numbers)
    assert table.counts() == {State.DONE: 200}


def test_killed_process_is_seen_gone_and_sleeping_one_is_not(database):
    registry, table = WorkerRegistry(database), QueueTable(database)
    code = "import sys; from robot.storage.holders import is_gone, new_holder; "
    code += "print(new_holder(), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        worker = process.stdout.readline().strip()
        registry.heartbeat(worker, 1)
        table.add([NewItem(CancelRequest(VENDOR, "111-1", None))])
        assert len(claim(table, worker, 1)) == 1
        os.kill(process.pid, signal.SIGSTOP)
        assert registry.remove_dead() == []
        process.kill()  # a zombie until it is waited for
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert registry.remove_dead() == [worker]
