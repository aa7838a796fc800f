"""A mere look in the queue, and an approval that is bound to what was shown."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.events import Approved, Finished, VendorIntended
from robot.cancellation.orders import OrderState, Outcome, SubmitResult, Verdict
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.problems import Problem
from robot.queue import operations
from robot.queue.approvals import ShownApproval
from robot.queue.items import NewItem, State, requeued
from robot.queue.lanes import LanePool
from robot.queue.standing import counted, standing, words
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import LIVE, ONE, PO, TWO, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.turns import claim, take_begun, take_over


class World:
    def __init__(self, home, url) -> None:
        self.systems = FakeSystems()
        self.systems.orders = {ONE: LIVE}
        self.database = Database(url)
        self.table = QueueTable(self.database)
        self.ledger = Ledger(self.database)
        cases = cases_for(home, self.database, self.systems, settle_seconds=60.0)
        self.lanes = LanePool("w", [Robot(cases)], cases.ledger, threading.Event())

    def look(self, number=ONE, po=None):
        return self.table.look(NewItem(CancelRequest(VENDOR, number, po, "", "Ann", dry_run=True)))

    def work(self):
        """Take every turn that is due."""
        while items := claim(self.table, "w", 5):
            for item in items:
                take_begun(self.lanes, item)

    def shown(self, number=ONE):
        """What the newest look at an order showed."""
        return replay(self.ledger.events(self.table.looks(number)[0].case)).shown

    def approve(self, shown, by="Ann"):
        asked = NewItem(CancelRequest(VENDOR, ONE, None, "Twice", by))
        return self.table.add_as_shown([(asked, shown)])[0]

    def presses(self):
        events = self.ledger.events(case_id(VENDOR, ONE))
        return sum(isinstance(event, VendorIntended) for event in events)


@pytest.fixture
def world(tmp_path, sqlite_url):
    made = World(tmp_path, sqlite_url)
    yield made
    made.database.close()


def test_look_sees_both_systems_and_presses_nothing(world):
    assert world.look().item is not None
    world.work()
    (item,) = world.table.looks(ONE)
    assert item.state is State.DONE
    events = world.ledger.events(item.case)
    assert [e.outcome for e in events if isinstance(e, Finished)] == [Outcome.DRY_RUN]
    assert world.systems.looks[0] == ONE
    assert f"PO {PO}" in world.systems.looks
    assert world.presses() == 0
    assert [one.id for one in world.ledger.receipts(item.case)] == [item.request_id]


def test_look_that_can_wait_is_not_told_as_pressed(world):
    """What comes after all else is behind the pressed, and was not pressed itself."""
    told = world.table.look(NewItem(CancelRequest(VENDOR, ONE, None, dry_run=True), idle=True))
    assert words(standing(world.table.get(told.item))) == "waiting"


def test_look_is_in_no_list_of_what_is_to_be_cancelled(world):
    """Nor does it keep the order from being put in."""
    world.look()
    assert world.table.listed() == []
    assert world.table.find(ONE) == []
    assert not world.table.counts()
    assert not counted(world.database)
    world.work()
    assert world.table.add([NewItem(CancelRequest(VENDOR, ONE, None))])[0].why is None


def test_order_is_looked_at_once_at_a_time(world):
    world.look()
    assert world.look().why == "is in the queue already"
    world.work()
    assert world.look().why is None


def test_look_at_a_po_looks_at_each_of_its_orders(world):
    world.systems.orders[TWO] = replace(LIVE, number=TWO)
    world.look(None, PO)
    world.work()
    looks = world.table.looks(PO)
    assert {item.number for item in looks} == {None, ONE, TWO}
    assert {item.state for item in looks} == {State.DONE}
    assert world.table.listed() == []


def test_look_that_fails_waits_for_nobody(world, monkeypatch):
    def fail(_number):
        raise RuntimeError("a bug")

    monkeypatch.setattr(world.systems, "look_at_order", fail)
    world.look()
    world.work()
    (item,) = world.table.looks(ONE)
    assert item.state is State.DONE
    assert item.problem is not None


def test_look_whose_workers_all_died_waits_for_nobody(world):
    world.look()
    (item,) = claim(world.table, "w1", 1)
    assert take_over(world.table, item, "w2", 0) is None
    (item,) = world.table.looks(ONE)
    assert (item.state, item.problem) == (State.DONE, Problem.WORKER_DIED)
    assert world.look().why is None


def test_approval_is_bound_to_what_was_shown(world):
    world.look()
    world.work()
    shown = world.shown()
    assert world.approve(shown).why is None
    world.work()
    given = [e for e in world.ledger.events(case_id(VENDOR, ONE)) if isinstance(e, Approved)]
    assert [(e.how, e.by, e.digest, e.po_digest, e.numbers) for e in given] == [
        ("console", "Ann", shown.digest, shown.po_digest, (ONE,))
    ]
    assert shown.po_digest is not None
    assert world.presses() == 1


def test_order_that_is_shown_otherwise_is_not_pressed(world):
    """What was approved is not what a fresh load shows: a person is asked again."""
    world.look()
    world.work()
    shown = world.shown()
    world.systems.orders[ONE] = replace(world.systems.orders[ONE], total=Decimal("99.00"))
    world.approve(shown)
    world.work()
    (item,) = world.table.find(ONE)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, Problem.FACTS_CHANGED)
    assert world.presses() == 0
    now = replay(world.ledger.events(item.case)).shown
    assert shown.differences(now) == ("the total was 10 and is 99",)
    assert operations.retry(world.database, item, ShownApproval("Ann", "console", now))
    world.work()
    assert world.presses() == 1


def test_order_approved_as_shown_has_its_turn_before_a_list(world):
    """Its approval holds for minutes, and a long list that was there before would outlast it."""
    world.look()
    world.work()
    shown = world.shown()
    at = utc_now() + timedelta(hours=1)
    world.table.add([NewItem(CancelRequest(VENDOR, TWO, None), deadline=at)])
    world.approve(shown)
    (first,) = claim(world.table, "w", 1)
    assert first.number == ONE
    assert requeued(first, utc_now(), None).urgency == first.urgency
    (second,) = claim(world.table, "w", 1)
    assert second.number == TWO


def test_order_approved_again_has_its_turn_before_a_list(world):
    world.look()
    world.work()
    world.table.add([NewItem(CancelRequest(VENDOR, number, None)) for number in (TWO, ONE)])
    item = world.table.find(ONE)[0]
    given = ShownApproval("Ann", "terminal", world.shown())
    assert operations.retry(world.database, item, given)
    assert [one.number for one in claim(world.table, "w", 2)] == [ONE, TWO]


def test_approval_that_ran_out_is_asked_for_again(world):
    """It is good for 15 minutes, and no worker came meanwhile."""
    world.look()
    world.work()
    asked = NewItem(CancelRequest(VENDOR, ONE, None, "Twice", "Ann"))
    earlier = QueueTable(world.database, clock=lambda: time.time() - 16 * 60)
    assert earlier.add_as_shown([(asked, world.shown())])[0].why is None
    world.work()
    (item,) = world.table.find(ONE)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, Problem.NOT_APPROVED)
    assert world.presses() == 0
    (receipt,) = [one for one in world.ledger.receipts(item.case) if one.id == item.request_id]
    assert receipt.summary.startswith(f"The approval that Ann gave for order {ONE} has run out.")
    assert f"vendorfirst queue retry {ONE}" in receipt.next_step
    now = replay(world.ledger.events(item.case)).shown
    assert operations.retry(world.database, item, ShownApproval("Ann", "console", now))
    world.work()
    assert world.presses() == 1


def test_po_that_is_shown_otherwise_is_told(world):
    """It is bound, too, and what it was is told beside what it is."""
    world.look()
    world.work()
    world.approve(world.shown())
    look = world.systems.look_at_po
    world.systems.look_at_po = lambda po: replace(look(po), supplier="Somebody else")
    world.systems.submit_vendor = cancelled_by(world)
    world.work()
    (item,) = world.table.find(ONE)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, Problem.FACTS_CHANGED)
    (receipt,) = [one for one in world.ledger.receipts(item.case) if one.id == item.request_id]
    assert "the supplier of PO" in receipt.summary


def cancelled_by(world):
    """The vendor's cancel, which works at once."""

    def submit(facts, permit, _reason):
        permit()
        world.systems.orders[ONE] = replace(facts, state=OrderState.CANCELLED, lines=())
        return SubmitResult(Verdict.CONFIRMED, "Cancelled.")

    return submit


def test_second_approval_of_the_same_is_not_taken(world):
    """Two people, or one who pressed twice."""
    world.look()
    world.work()
    shown = world.shown()
    assert world.approve(shown).why is None
    assert world.approve(shown, by="Bob").why == "is in the queue already"
    world.work()
    assert world.presses() == 1


def test_look_waits_while_realsource_is_held(world):
    """It is not taken up over and over meanwhile, each time with a load of the order's page."""
    world.look()
    world.lanes.pauses.pause("realsource", "somebody", "wait")
    for _ in range(3):
        for item in claim(world.table, "w", 5, held=world.lanes.pauses.active()):
            take_begun(world.lanes, item)
    (item,) = world.table.looks(ONE)
    assert (item.turn, item.state, item.site) == (1, State.WAITING, "realsource")
    world.lanes.pauses.resume("realsource")
    world.work()
    (item,) = world.table.looks(ONE)
    assert item.state is State.DONE
    assert world.systems.looks.count(ONE) == 2
