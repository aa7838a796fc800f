"""``vendorfirst queue token``: an approval beforehand, for another program's ``queue add``."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from robot.cancellation.events import Approved, VendorIntended
from robot.cancellation.request import CancelRequest, case_id
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import LIVE, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

ONE, TWO = "111-0000001-0000001", "111-0000002-0000002"
SHOWN = replace(LIVE, number=ONE)


class Office:
    """A queue with a worker, and an order that was checked."""

    def __init__(self, home, url):
        self.systems = FakeSystems()
        self.systems.orders = {ONE: SHOWN}
        self.database = Database(url)
        self.table = QueueTable(self.database)
        self.ledger = Ledger(self.database)
        cases = cases_for(home, self.database, self.systems)
        self.lanes = LanePool("w1", [Robot(cases)], self.ledger, threading.Event())
        self.table.look(NewItem(CancelRequest(VENDOR, ONE, None, "", "Ann", dry_run=True)))
        self.work()

    def work(self):
        for item in self.table.claim("w1", 10):
            self.lanes.take_turn(item.id, item.turn)

    def events(self, kind):
        events = self.ledger.events(case_id(VENDOR, ONE))
        return [event for event in events if isinstance(event, kind)]


@pytest.fixture
def office(tmp_path, sqlite_url):
    made = Office(tmp_path, sqlite_url)
    yield made
    made.database.close()


@pytest.fixture
def queue(command, tmp_path):
    """A command of the queue, run by somebody with or without a token."""

    def run(*args, by="a.buyer", token=""):
        more = {"VENDORFIRST_APPROVAL_TOKEN": token} if token else {}
        return command("queue", *args, VENDORFIRST_HOME=str(tmp_path), SUDO_USER=by, **more)

    return run


def test_token_has_an_order_of_the_queue_pressed(office, queue):
    told = queue("token", ONE, "--yes")
    assert told.status == 0
    assert f"Order {ONE}, PO PO-1, total $10.00:" in told.err
    token = told.out.strip()
    added = queue("add", ONE, "--approved", by="robot", token=token)
    assert added.status == 0
    office.work()
    assert len(office.events(VendorIntended)) == 1
    (given,) = office.events(Approved)
    assert (given.by, given.how, given.numbers) == ("a.buyer", "token", (ONE,))
    assert token not in str(office.ledger.events(f"approval:{given.approval.partition('/')[0]}"))


def test_token_of_other_facts_has_nothing_pressed(office, queue):
    token = queue("token", ONE, "--yes").out.strip()
    office.systems.orders[ONE] = replace(SHOWN, total=Decimal(99))
    assert queue("add", ONE, "--approved", token=token).status == 0
    office.work()
    assert office.events(VendorIntended) == []
    (item,) = office.table.find(ONE)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, "facts_changed")


def test_token_puts_no_other_order_in(office, queue):
    token = queue("token", ONE, "--yes").out.strip()
    for args in ((TWO,), (ONE, TWO)):
        told = queue("add", *args, "--approved", token=token)
        assert (told.status, office.table.listed()) == (2, [])
    assert queue("add", ONE, "--approved").status == 2
    assert queue("add", ONE, "--approved", token="a guess").status == 2
    assert office.table.listed() == []


def test_nobody_gives_a_token_where_nobody_is_asked(office, queue):
    told = queue("token", ONE)
    assert (told.status, told.out) == (2, "")
    assert "Not confirmed." in told.err


def test_token_may_hold_longer_where_that_is_said(office, queue):
    told = queue("token", ONE, "--yes", "--until", "2001-01-01")
    assert told.status == 2
    assert "An approval can't hold until" in told.err
