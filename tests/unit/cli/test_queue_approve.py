"""``vendorfirst queue approve``: a second person's word on what is over a limit."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses
from tests.support.facts import LIVE, ONE, TWO, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.turns import claim, take_begun

FIRST = "a.buyer"
SECOND = "a.manager"


class Office:
    """A queue with a limit that lets no order through, and a worker for it."""

    def __init__(self, home, url):
        self.systems = FakeSystems()
        self.database = Database(url)
        self.table = QueueTable(self.database)
        self.ledger = Ledger(self.database)
        cases = cases_for(home, self.database, self.systems, limits={"orders_hour": 0})
        self.lanes = LanePool("w1", [Robot(cases)], self.ledger, threading.Event())

    def put_in(self, number):
        self.table.add([NewItem(CancelRequest(VENDOR, number, None, "", FIRST))])

    def work(self):
        for item in claim(self.table, "w1", 10):
            take_begun(self.lanes, item)

    def state(self, number=ONE):
        (item,) = self.table.find(number)
        return item.state, item.problem

    def events(self, kind, number=ONE):
        return [one for one in self.ledger.events(f"{VENDOR}:{number}") if one.kind == kind]


@pytest.fixture
def office(tmp_path, sqlite_url):
    made = Office(tmp_path, sqlite_url)
    made.put_in(ONE)
    made.work()
    yield made
    made.database.close()


@pytest.fixture
def approve(command, tmp_path):
    """The command, run by somebody."""

    def run(*args, by=SECOND):
        return command("queue", "approve", *args, VENDORFIRST_HOME=str(tmp_path), SUDO_USER=by)

    return run


def test_order_over_a_limit_waits_and_is_not_pressed(office):
    assert office.state() == (State.NEEDS_PERSON, "over_limit")
    assert office.events("vendor_intended") == []


def test_second_person_has_it_pressed(office, approve):
    told = approve(ONE, "--yes")
    assert (told.status, told.out) == (0, f"{ONE}: approved by {SECOND}; is due now.\n")
    assert f"Order {ONE}, PO PO-1, total $10.00:" in told.err
    assert "2 x Paper" in told.err
    assert office.state() == (State.WAITING, None)
    office.work()
    assert office.state()[0] is State.PENDING
    assert len(office.events("vendor_intended")) == 1
    first, second = office.events("approved")
    assert (first.by, first.second) == (FIRST, False)
    assert (second.by, second.second, second.numbers) == (SECOND, True, (ONE,))


def test_order_that_changed_since_is_not_pressed(office, approve):
    """The second approval is of what was shown, and a limit holds for anything else."""
    assert approve(ONE, "--yes").status == 0
    office.systems.orders[ONE] = replace(LIVE, lines=LIVE.lines[:1])
    office.work()
    assert office.events("vendor_intended") == []
    assert office.state()[0] is State.NEEDS_PERSON


@pytest.mark.parametrize("by", [FIRST, FIRST.upper()])
def test_who_asked_can_not_approve_it_again(office, approve, by):
    told = approve(ONE, "--yes", by=by)
    assert told.status == 2
    assert f"{by} asked for the cancellation of {ONE}" in told.err
    assert "must be somebody else's. Nothing was changed." in told.err
    assert f"Have somebody else run: vendorfirst queue approve {ONE}" in told.err
    assert len(office.events("approved")) == 1
    assert office.state() == (State.NEEDS_PERSON, "over_limit")


@pytest.mark.parametrize("number", [TWO, "111-9"])
def test_order_that_is_not_over_a_limit_is_refused(office, approve, number):
    """One waits for its turn, the other nobody knows."""
    office.put_in(TWO)
    told = approve(number, "--yes")
    assert told.status == 2
    assert f"{number} does not wait for a second approval. Nothing was changed." in told.err
    assert f"vendorfirst queue show {number}" in told.err


def test_one_of_several_that_is_refused_stops_all(office, approve):
    assert approve(ONE, "111-9", "--yes").status == 2
    assert len(office.events("approved")) == 1


def test_broken_site_file_is_told_before_anything_is_approved(office, approve, tmp_path, command):
    """Said afterwards, "nothing was touched" would be untrue."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "realsource.toml").write_text("x = [")
    SitePauses(office.database).pause("realsource", "a.manager", "They are down")
    home = {"VENDORFIRST_HOME": str(tmp_path), "SUDO_USER": SECOND}
    told = command("queue", "approve", ONE, "--yes", **home, VENDORFIRST_SELECTORS=str(own))
    assert told.status == 2
    assert "realsource.toml" in told.err
    assert len(office.events("approved")) == 1


def test_hold_is_told_only_of_what_a_worker_would_take_up(office, approve):
    SitePauses(office.database).pause("*", "a.manager", "Year's end")
    assert "But no worker takes it up yet. EVERYTHING IS PAUSED" in approve(ONE, "--yes").out


def test_nobody_is_asked_where_there_is_no_terminal(office, approve):
    told = approve(ONE)
    assert told.status == 2
    assert "Not confirmed. Nothing was changed." in told.err
    assert len(office.events("approved")) == 1


def test_order_of_a_command_is_to_be_run_again(office, approve):
    """It was never in the queue."""
    office.systems.orders[TWO] = replace(LIVE, number=TWO)
    (robot,) = office.lanes.robots
    robot.run([CancelRequest(VENDOR, TWO, None, "", FIRST)])
    told = approve(TWO, "--yes")
    assert told.out == f"{TWO}: approved by {SECOND}; now run: vendorfirst cancel {TWO}.\n"
