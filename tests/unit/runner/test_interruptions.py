"""A ``cancel`` that goes no further: others are at it, the work is paused, it breaks off.

What it pressed is told.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.orders import (
    Listing,
    OrderState,
    PoOrders,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.receipts.receipt import Resolution
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import DatabaseDown, LeaseUnavailable, WorkPaused
from robot.queue import operations
from robot.queue.items import State
from robot.queue.table import QueueTable
from robot.runner.cases import Cases
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.holders import new_holder
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses
from tests.support.facts import LIVE, ONE, PO, TWO, VENDOR
from tests.support.fake_systems import SITES, FakeSystems, Notes, cases_for

GONE = replace(
    LIVE, state=OrderState.CANCELLED, cancel_url=None, text="This order has been cancelled."
)
SOMEBODY = "buyer-pc.0a1b2c3d/4711/98765/f00dcafe"


class Scene:
    """Orders that are cancelled as soon as they are pressed; ``strike`` happens with the first
    press of an order.
    """

    def __init__(self, home, url) -> None:
        self.systems = FakeSystems()
        self.database = Database(url)
        self.cases = cases_for(
            home, self.database, self.systems, settle_seconds=0.2, confirm_seconds=0.5
        )
        self.cases = replace(self.cases, sleep=self._sleep)
        self.ledger = self.cases.ledger
        self.notes = Notes()
        self.approve = None
        self.presses: list[str] = []
        self.strike = lambda: None
        self.slept = lambda seconds: time.sleep(min(seconds, 0.01))
        self.systems.submit_vendor = self._submit
        self.systems.cancel_po = self._cancel_po
        look_at_po = self.systems.look_at_po
        self.systems.look_at_po = lambda po: replace(look_at_po(po), status=self.po_status)
        self.po_status = PoStatus.OPEN
        self.answer = Verdict.CONFIRMED

    def _sleep(self, seconds):
        self.slept(seconds)

    def patience(self, **seconds):
        self.cases = replace(self.cases, settings=replace(self.cases.settings, **seconds))

    def queue(self):
        return {item.name: item.state for item in QueueTable(self.database).listed()}

    def _submit(self, facts, permit, _reason):
        permit()
        self.presses.append(facts.number)
        if self.answer is Verdict.CONFIRMED:
            self.systems.orders[facts.number] = replace(GONE, number=facts.number)
        strike, self.strike = self.strike, lambda: None
        strike()
        return SubmitResult(self.answer, "")

    def _cancel_po(self, facts, _confirmations, permit, _comment):
        permit()
        self.presses.append(facts.number)
        self.po_status = PoStatus.CANCELLED
        return SubmitResult(Verdict.CONFIRMED, "")

    def run(self, *numbers, **more):
        return self.ask(
            CancelRequest(VENDOR, number, PO, requested_by="A. Buyer", **more) for number in numbers
        )

    def ask(self, wanted):
        return Robot(self.cases).run(wanted, self.notes, approve=self.approve)

    def only(self, *numbers):
        self.systems.orders = {number: replace(LIVE, number=number) for number in numbers}

    def lost(self, number):
        """Its lease runs out, as when the process sleeps."""
        with self.database.writing() as tx:
            tx.exec_driver_sql(
                f"UPDATE leases SET expires = 0 WHERE resource = '{VENDOR}:{number}'"
            )


@pytest.fixture
def scene(tmp_path, sqlite_url):
    made = Scene(tmp_path, sqlite_url)
    made.only(ONE)
    yield made
    made.database.close()


def told(receipt):
    return (
        receipt.outcome,
        receipt.problem,
        receipt.vendor.state,
        receipt.realsource.state,
    )


# --- others are at it -----------------------------------------------------------------------------


def test_order_pressed_before_po_was_taken_stays_in_queue(
    scene,
):
    """An order pressed before its PO was taken stays in the queue.

    It was told as if it had been somebody else's order: nothing was touched here.
    """
    scene.ledger.leases.acquire(f"realsource:{PO}", SOMEBODY, 3600)
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("pending", "busy", "cancelled", "untouched")
    assert (receipt.vendor.submits, receipt.order.number) == (1, ONE)
    assert (
        f"{PO} is being worked on by process 4711 on buyer-pc. Order {ONE} is cancelled at"
        in receipt.summary
    )
    assert "othing was" not in receipt.summary
    assert receipt.next_step.startswith("Do not cancel the PO by hand. A worker")
    assert scene.ledger.receipts(f"{VENDOR}:{ONE}") == [receipt]
    operations.enqueue_pending(scene.database, [receipt])
    assert scene.queue() == {ONE: State.PENDING}
    scene.ledger.leases.acquire(f"realsource:{PO}", SOMEBODY, 0)
    (receipt,) = scene.run(ONE)
    assert (told(receipt)[0], scene.presses) == ("done", [ONE, PO])


def test_an_order_whose_lease_ran_out_after_the_press_goes_on(scene):
    scene.strike = lambda: scene.lost(ONE)
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("done", None, "cancelled", "cancelled")
    assert scene.presses == [ONE, PO]


def test_a_lease_lost_after_the_press_is_told_as_pressed(
    scene,
):
    def strike():
        scene.lost(ONE)
        scene.ledger.leases.acquire(f"{VENDOR}:{ONE}", SOMEBODY, 3600)

    scene.strike = strike
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("pending", "busy", "pending", "untouched")
    assert receipt.vendor.submits == 1
    kinds = [event.kind for event in scene.ledger.events(f"{VENDOR}:{ONE}")]
    assert kinds == ["requested", "approved", "order_seen", "vendor_intended", "receipt_kept"]
    operations.enqueue_pending(scene.database, [receipt])
    assert scene.queue() == {ONE: State.PENDING}


def test_end_reached_by_another_process_meanwhile_is_told(scene):
    """What another process brought to its end meanwhile is told."""

    def strike():
        scene.lost(ONE)
        other = Robot(replace(scene.cases, holder=new_holder()))
        assert other.run([CancelRequest(VENDOR, ONE, PO)])[0].outcome == "done"

    scene.strike = strike
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("done", None, "cancelled", "cancelled")
    assert scene.presses == [ONE, PO]


def test_what_a_person_settled_meanwhile_is_left_so(scene):
    def strike():
        scene.lost(ONE)
        operations.resolve(
            scene.database,
            SITES,
            ONE,
            VENDOR,
            Resolution(as_="given_up", by="B. Clerk", because="It is needed after all"),
        )

    scene.strike = strike
    (receipt,) = scene.run(ONE)
    assert receipt.resolved.by == "B. Clerk"
    said = "B. Clerk settled it by hand, as given up: It is needed after all"
    assert receipt.summary == said
    kinds = [event.kind for event in scene.ledger.events(f"{VENDOR}:{ONE}")]
    assert kinds[-2:] == ["resolved", "receipt_kept"]
    assert operations.enqueue_pending(scene.database, [receipt]) == []
    assert scene.presses == [ONE]


def test_lease_lost_between_po_buttons_is_not_told_as_untouched(
    scene,
):
    """A lease lost between the two buttons of the PO is never told as untouched."""

    def sleeps(_facts, _confirmations, permit, _comment):
        permit()
        scene.lost(ONE)
        scene.ledger.leases.acquire(f"{VENDOR}:{ONE}", SOMEBODY, 3600)
        permit()
        raise AssertionError

    scene.systems.cancel_po = sleeps
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("pending", "busy", "cancelled", "unknown")
    assert (receipt.vendor.submits, receipt.realsource.submits) == (1, 1)
    assert "was submitted in RealSource and is not confirmed" in receipt.summary


def test_nor_is_a_press_that_came_too_late_for_its_permit(scene):
    pressing = scene.systems.submit_vendor
    slept = []

    def sleeps(facts, permit, reason):
        if slept:
            return pressing(facts, permit, reason)
        permit()
        slept.append(1)
        raise LeaseUnavailable("This process slept after it announced the press; it did not press.")

    scene.systems.submit_vendor = sleeps
    (receipt,) = scene.run(ONE)
    assert receipt.outcome == "done"
    assert scene.presses == [ONE, PO]  # once: a fresh load showed it live after the settle time


def test_order_held_by_others_from_beginning_is_not_touched(scene):
    """An order that others hold from the beginning is not touched."""
    scene.ledger.leases.acquire(f"{VENDOR}:{ONE}", SOMEBODY, 3600)
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("failed", "busy", "unknown", "untouched")
    words = f"{ONE} is being worked on by process 4711 on buyer-pc. Nothing was touched here."
    assert receipt.summary == words
    assert f"vendorfirst queue show {ONE}" in receipt.next_step
    assert scene.ledger.events(f"{VENDOR}:{ONE}") == ()
    assert scene.systems.looks == []


def test_a_lost_lease_is_given_until_it_is_dropped(scene):
    with LeaseKeeper(scene.ledger.leases, "me/1/2/3") as keeper:
        first, other = keeper.acquire("a:1"), keeper.acquire("a:2")
        scene.ledger.leases.release(first)
        assert keeper.acquire("a:1") is first
        keeper.forget_lost()
        assert keeper.acquire("a:1").token == first.token + 1
        assert keeper.acquire("a:2") is other


# --- the kill switch ------------------------------------------------------------------------------


@pytest.mark.parametrize("site", ["*", VENDOR])
def test_nothing_is_looked_at_or_pressed_while_work_is_paused(scene, site):
    """While the work is paused, nothing is looked at or pressed."""
    SitePauses(scene.database).pause(site, "B. Clerk", "They are down")
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("needs_person", "held_back", "unknown", "untouched")
    resume = f"vendorfirst queue resume{'' if site == '*' else f' {site}'}"
    assert "paused by B. Clerk" in receipt.summary
    assert (
        "(They are down), so this command went no further. This command pressed nothing."
        in receipt.summary
    )
    assert (
        receipt.next_step == f"When the work may go on: {resume}; then run the same command again."
    )
    assert scene.systems.looks == []
    SitePauses(scene.database).resume(site)
    assert scene.run(ONE)[0].outcome == "done"


def test_a_pause_between_look_and_press_is_in_time(scene):
    look = scene.systems.look_at_order

    def looks(number):
        SitePauses(scene.database).pause("*", "B. Clerk", "Stop")
        return look(number)

    scene.systems.look_at_order = looks
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("needs_person", "held_back", "live", "untouched")
    assert scene.presses == []


def test_press_is_not_made_once_work_is_to_stop(scene):
    """The flow is on the form already when somebody pauses the site."""
    refused = []

    def paused_first(_facts, permit, _reason):
        SitePauses(scene.database).pause(VENDOR, "B. Clerk", "Stop")
        try:
            return permit()
        except WorkPaused as refusal:
            refused.append(refusal.text)
            raise

    scene.systems.submit_vendor = paused_first
    (receipt,) = scene.run(ONE)
    assert refused == ["The work was stopped or its site is held; the press was not made."]
    assert told(receipt) == ("needs_person", "held_back", "live", "untouched")


def test_press_that_waited_too_long_is_not_made(scene):
    """What it rests on was seen an hour ago."""
    late = timedelta()
    scene.cases = replace(scene.cases, now=lambda: utc_now() + late)
    pressing = scene.systems.submit_vendor

    def slow_once(facts, permit, reason):
        nonlocal late
        late += timedelta(hours=1)
        scene.systems.submit_vendor = pressing
        return pressing(facts, permit, reason)

    scene.systems.submit_vendor = slow_once
    (receipt,) = scene.run(ONE)
    (failed,) = (e for e in scene.ledger.events(f"{VENDOR}:{ONE}") if e.kind == "failed")
    said = "The press had to wait so long that what it rested on was too old; it was not made."
    assert failed.text == said
    assert receipt.outcome == "needs_person"  # what was approved an hour ago is asked for anew
    assert scene.presses == []


def test_a_pause_while_somebody_is_asked_is_in_time(scene):
    scene.approve = lambda _facts: SitePauses(scene.database).pause("*", "B. Clerk", "Stop") or True
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("needs_person", "held_back", "live", "untouched")
    assert scene.presses == []


@pytest.mark.parametrize("site", ["*", VENDOR])
def test_what_was_pressed_before_the_pause_stays_in_the_queue(scene, site):
    scene.answer = Verdict.PENDING
    scene.patience(confirm_seconds=3600.0)
    scene.strike = lambda: SitePauses(scene.database).pause(site, "B. Clerk", "Stop")
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("pending", "held_back", "pending", "untouched")
    assert f"The cancellation of order {ONE} was submitted and is not confirmed" in receipt.summary
    assert "vendorfirst queue resume" in receipt.next_step
    operations.enqueue_pending(scene.database, [receipt])
    assert scene.queue() == {ONE: State.PENDING}


def test_a_pause_is_heeded_in_the_middle_of_a_wait(scene):
    scene.answer = Verdict.PENDING
    scene.patience(confirm_seconds=3600.0)
    waits = []

    def sleep(_seconds):
        waits.append(1)
        if len(waits) == 2:
            SitePauses(scene.database).pause("*", "B. Clerk", "Stop")
        assert len(waits) < 10

    scene.slept = sleep
    scene.patience(settle_seconds=3600.0)
    (receipt,) = scene.run(ONE)
    assert told(receipt)[:2] == ("pending", "held_back")
    assert len(waits) == 2


def test_a_held_realsource_leaves_the_cancelled_order_pending(scene):
    SitePauses(scene.database).pause_by_robot("realsource", "wrong_password")
    (receipt,) = scene.run(ONE)
    assert told(receipt) == ("pending", "held_back", "cancelled", "untouched")
    assert "Work at RealSource was stopped by the robot" in receipt.summary
    assert "(wrong password)" in receipt.summary
    assert "vendorfirst queue resume realsource; then a worker" in receipt.next_step
    assert scene.presses == [ONE]


def test_the_breaker_stops_nobody_who_asks_by_hand(scene):
    pauses = SitePauses(scene.database)
    for _ in range(3):
        pauses.record_result(VENDOR, "site_down")
    assert list(pauses.active()) == [VENDOR]
    assert scene.run(ONE)[0].outcome == "done"


def test_a_look_is_no_work_that_a_pause_stops(scene):
    SitePauses(scene.database).pause("*", "B. Clerk", "Stop")
    (receipt,) = scene.run(ONE, dry_run=True)
    assert receipt.outcome == "dry_run", receipt.summary


def test_a_po_is_not_searched_while_the_work_is_paused(scene):
    SitePauses(scene.database).pause("*", "B. Clerk", "Stop")
    (receipt,) = scene.ask([CancelRequest(VENDOR, None, PO)])
    assert (receipt.problem, receipt.order.number, receipt.order.po) == (
        "held_back",
        None,
        PO,
    )
    assert scene.systems.looks == []


# --- what breaks off ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [DatabaseDown("The ledger can't be read."), ZeroDivisionError(), KeyboardInterrupt()]
)
def test_batch_that_breaks_off_has_handed_out_what_it_pressed(scene, monkeypatch, error):
    """A batch that breaks off has handed out what it pressed before."""
    scene.only(ONE, TWO)
    scene.answer = Verdict.PENDING
    scene.patience(confirm_seconds=3600.0)
    begin = Cases.open_request

    def begins(cases, case, *args, **more):
        if TWO in case:
            raise error
        return begin(cases, case, *args, **more)

    monkeypatch.setattr(Cases, "open_request", begins)
    with pytest.raises(type(error)):
        scene.run(ONE, TWO)
    (receipt,) = scene.notes.receipts  # pressed, and not waited for before the other is pressed too
    assert told(receipt) == ("pending", "interrupted", "pending", "untouched")


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt()])
def test_and_what_it_had_not_brought_to_an_end_is_pending(scene, error):
    """The first is cancelled at the vendor and waits for its second half, the second is pressed
    and nothing more.
    """
    scene.only(ONE, TWO)

    def strike():
        def breaks():
            raise error

        scene.strike = breaks

    scene.strike = strike
    with pytest.raises(type(error)):
        scene.run(ONE, TWO)
    assert scene.presses == [ONE, TWO]
    assert [told(receipt) for receipt in scene.notes.receipts] == [
        ("pending", "interrupted", "cancelled", "untouched"),
        ("pending", "interrupted", "pending", "untouched"),
    ]  # fmt: skip
    assert (
        f"is cancelled at Amazon Business; PO {PO} is not cancelled"
        in scene.notes.receipts[0].summary
    )
    operations.enqueue_pending(scene.database, scene.notes.receipts)
    assert scene.queue() == {ONE: State.PENDING, TWO: State.PENDING}


def test_where_the_ledger_is_gone_too_it_says_what_was_begun(scene, monkeypatch):

    def strike():
        def down(*_args):
            raise DatabaseDown("The ledger can't be read or written.")

        monkeypatch.setattr(Ledger, "events", down)

    scene.strike = strike
    with pytest.raises(DatabaseDown):
        scene.run(ONE)
    assert scene.notes.messages == [f"Begun, and it can't be told how far they came: {ONE}."]


# --- several orders -------------------------------------------------------------------------------


def test_confirmed_order_waits_for_no_other_of_the_list(scene):
    """Its PO would stay open for the whole wait for a third party's confirmation."""
    later = utc_now()

    def sleep(seconds):
        nonlocal later
        later += timedelta(seconds=seconds)

    scene.slept = sleep
    scene.cases = replace(scene.cases, now=lambda: later)
    scene.patience(confirm_seconds=600.0)
    other = CancelRequest(VENDOR, TWO, "PO-2")
    scene.systems.orders[TWO] = replace(LIVE, number=TWO, po="PO-2")
    own = PoOrders((replace(GONE, number=ONE),), Listing.ALL_USERS)
    scene.systems.orders_of_po = lambda _po, _known, _seen: own
    submit = scene.systems.submit_vendor

    def submit_either(facts, permit, reason):
        scene.answer = Verdict.PENDING if facts.number == TWO else Verdict.CONFIRMED
        return submit(facts, permit, reason)

    scene.systems.submit_vendor = submit_either
    receipts = scene.ask([other, CancelRequest(VENDOR, ONE, PO)])
    assert [receipt.outcome for receipt in receipts] == ["pending", "done"]
    assert [receipt.order.number for receipt in scene.notes.receipts] == [ONE, TWO]
    assert scene.presses == [TWO, ONE, PO]
