"""``vendorfirst queue retry``: an approval anew, of just what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.events import Approved, VendorIntended
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import replay
from robot.errors import NeedsPerson
from robot.queue.items import NewItem, State
from tests.support.checked_order import CheckedOrder
from tests.support.facts import LIVE, ONE, VENDOR


class Office(CheckedOrder):
    """An order that was checked, and is approved as it was shown."""

    def __init__(self, home, url):
        super().__init__(home, url, LIVE)
        (look,) = self.table.looks(ONE)
        self.checked = replay(self.ledger.events(look.case)).shown

    def approve(self):
        asked = NewItem(CancelRequest(VENDOR, ONE, None, "Twice", "Ann"))
        assert self.table.add_as_shown([(asked, self.checked)])[0].why is None

    def costs(self, total):
        self.systems.orders[ONE] = replace(LIVE, total=Decimal(total))

    def state(self):
        (item,) = self.table.find(ONE)
        return item.state, item.problem

    def summary(self):
        return self.ledger.receipts(case_id(VENDOR, ONE))[-1].summary


def stopped(_number):
    """Look at an order, and find a puzzle in the way."""
    raise NeedsPerson("A puzzle.", problem="captcha")


@pytest.fixture
def office(tmp_path, sqlite_url):
    made = Office(tmp_path, sqlite_url)
    yield made
    made.database.close()


@pytest.fixture
def retry(command, tmp_path):
    """The command, run by somebody."""

    def run(*args):
        home = str(tmp_path)
        return command("queue", "retry", ONE, *args, VENDORFIRST_HOME=home, SUDO_USER="b.clerk")

    return run


def test_what_changed_is_shown_and_approved_anew(office, retry):
    """The approval is of just what is shown: it holds for nothing else."""
    office.approve()
    office.costs("99.00")
    office.work()
    assert office.state() == (State.NEEDS_PERSON, "facts_changed")
    asked = retry()
    assert asked.status == 2
    assert f"Order {ONE}, PO PO-1, total $99.00:" in asked.err
    assert "2 x Paper" in asked.err
    assert "Otherwise than when it was approved: the total was 10 and is 99." in asked.err
    assert office.state() == (State.NEEDS_PERSON, "facts_changed")
    assert "Otherwise than when it was approved: the total was 10" in retry("--yes").err
    office.costs("100.00")
    office.work()
    assert office.state() == (State.NEEDS_PERSON, "facts_changed")
    assert "the total was 99 and is 100" in office.summary()
    assert retry("--yes").status == 0
    office.work()
    given = office.events(Approved)[-1]
    assert (given.by, given.how) == ("b.clerk", "terminal")
    assert given.until - given.at <= timedelta(minutes=15)
    assert given.digest == replay(office.ledger.events(case_id(VENDOR, ONE))).shown.digest
    assert len(office.events(VendorIntended)) == 1


def test_order_that_nobody_saw_yet_is_approved_as_it_is(office, retry, monkeypatch):
    """It stopped before its first look, so there is nothing to bind an approval to."""
    look = office.systems.look_at_order
    monkeypatch.setattr(office.systems, "look_at_order", stopped)
    office.table.add([NewItem(CancelRequest(VENDOR, ONE, None, "", "Ann"))])
    office.work()
    assert office.state() == (State.NEEDS_PERSON, "captcha")
    told = retry("--yes")
    assert (told.status, "total" in told.err) == (0, False)
    monkeypatch.setattr(office.systems, "look_at_order", look)
    office.work()
    given = office.events(Approved)[-1]
    assert (given.by, given.how, given.digest) == ("b.clerk", "list", None)
