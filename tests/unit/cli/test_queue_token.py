"""``vendorfirst queue token``: an approval beforehand, for another program's ``queue add``."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from robot.cancellation.events import Approved, VendorIntended
from robot.queue.items import State
from tests.support.checked_order import CheckedOrder
from tests.support.facts import LIVE

ONE, TWO = "111-0000001-0000001", "111-0000002-0000002"
SHOWN = replace(LIVE, number=ONE)


@pytest.fixture
def office(tmp_path, sqlite_url):
    made = CheckedOrder(tmp_path, sqlite_url, SHOWN)
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
