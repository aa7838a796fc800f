"""Where the clock of a machine that shares a database is wrong, nothing is pressed from it."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest

from robot.errors import BadSettings
from robot.queue.worker import Worker
from robot.runner.preflight import check_clock
from robot.storage.database import Database


def ahead(seconds):
    return SimpleNamespace(clock_skew=lambda: seconds)


@pytest.mark.parametrize("seconds", [0.0, 4.9, -4.9])
def test_a_clock_that_is_nearly_right_is_right(seconds):
    check_clock(ahead(seconds))


@pytest.mark.parametrize("seconds, words", [(12.2, "12 s ahead of"), (-31.0, "31 s behind")])
def test_a_clock_that_is_wrong_is_refused(seconds, words):
    with pytest.raises(
        BadSettings, match=f"This machine's clock is {words} the database server's"
    ) as refusal:
        check_clock(ahead(seconds))
    assert "NTP" in str(refusal.value.next_step)


def test_sqlite_has_no_clock_of_its_own(tmp_path):
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        assert database.clock_skew() == 0.0


def test_a_worker_whose_clock_goes_wrong_ends():
    said, stopping = [], threading.Event()
    worker = SimpleNamespace(
        _beat=lambda: None,
        database=ahead(0.0),
        say=said.append,
        stopping=stopping,
    )
    Worker._heartbeat(worker)
    assert not stopping.is_set()
    worker.database = ahead(-9.0)
    Worker._heartbeat(worker)
    assert stopping.is_set()
    assert "9 s behind" in said[0]


def test_and_it_ends_though_nobody_can_be_told():
    def gone(_text):
        raise BrokenPipeError

    stopping = threading.Event()
    worker = SimpleNamespace(_beat=lambda: None, database=ahead(-9.0), say=gone, stopping=stopping)
    with suppress(OSError):
        Worker._heartbeat(worker)
    assert stopping.is_set()
