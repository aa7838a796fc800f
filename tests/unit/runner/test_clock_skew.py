"""Where the clock of a machine that shares a database is wrong, nothing is pressed from it."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from types import SimpleNamespace

import pytest

from robot.errors import BadSettings
from robot.queue.worker import Worker
from robot.runner.preflight import check_clock
from robot.standin.oracle import VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
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


@pytest.mark.parametrize("seconds", [60.0, 0.0, -60.0])
def test_the_servers_clock_is_asked(postgresql_url, monkeypatch, seconds):
    real = time.time
    with closing(Database(postgresql_url)) as database:
        monkeypatch.setattr(
            "robot.storage.database.time", SimpleNamespace(time=lambda: real() + seconds)
        )
        assert database.clock_skew() == pytest.approx(seconds, abs=2.0)


def test_process_that_slept_while_asking_is_no_wrong_clock(postgresql_url, monkeypatch):
    """A process that slept while it asked is not taken for a wrong clock."""
    real, slept = time.time, iter((0.0, 60.0))
    with closing(Database(postgresql_url)) as database:
        monkeypatch.setattr(
            "robot.storage.database.time", SimpleNamespace(time=lambda: real() + next(slept))
        )
        assert database.clock_skew() == 0.0


def test_no_command_presses_on_a_machine_whose_clock_is_wrong(stage, command, monkeypatch):
    monkeypatch.setattr(Database, "clock_skew", lambda _self: 12.0)
    told = command("cancel", BY_SLUG["done"].number, "--yes", **stage.env())
    assert told.status == 2
    assert "clock is 12 s ahead" in told.err
    assert stage.world.oracle.count(VENDOR_SUBMIT) == 0
    assert "clock is 12 s ahead" in command("doctor", **stage.env()).out


def test_a_worker_whose_clock_goes_wrong_ends():
    said, stopping = [], threading.Event()
    registry = SimpleNamespace(heartbeat=lambda *_: None)
    worker = SimpleNamespace(
        registry=registry,
        name="w",
        robots=[],
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

    stopping, registry = threading.Event(), SimpleNamespace(heartbeat=lambda *_: None)
    worker = SimpleNamespace(
        registry=registry, name="w", robots=[], database=ahead(-9.0), say=gone, stopping=stopping
    )
    with suppress(OSError):
        Worker._heartbeat(worker)
    assert stopping.is_set()
