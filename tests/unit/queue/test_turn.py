"""A turn at an item goes on from the ledger's events alone.

Whoever died in the last one, nothing of it is missing.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from robot.cancellation.events import (
    Approved,
    Event,
    Finished,
    OrderSeen,
    PoAnswered,
    PoIntended,
    Requested,
    Resolved,
)
from robot.cancellation.orders import (
    OrderFacts,
    OrderState,
    Outcome,
    PoFacts,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.receipts.receipt import OrderPart, Receipt, Resolution
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.errors import BadInput, DatabaseDown, NeedsPerson
from robot.queue import operations
from robot.queue.approvals import ShownApproval
from robot.queue.items import ItemUpdate, NewItem, State, requeued
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.queue.turn import TurnHooks, take_turn
from robot.redaction import MASK, Redactor
from robot.runner.cases import Cases
from robot.runner.robot import Robot
from robot.runner.site_access import SiteAccess
from robot.runner.systems import BrowserSystems
from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.leases import Leases
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses
from robot.storage.schema import notices, queue
from tests.support.facts import CANCELLED, LIVE, ONE, PO, TWO, VENDOR
from tests.support.fake_systems import SITES, FakeSystems, cases_for
from tests.support.turns import claim, take_begun, take_over

GIVEN = ShownApproval("B. Clerk", "terminal", None)


class World:
    def __init__(self, home, url) -> None:
        self.systems = FakeSystems()
        self.database = Database(url)
        self.robot = Robot(cases_for(home, self.database, self.systems, settle_seconds=60.0))
        self.ledger = self.robot.cases.ledger
        self.table = QueueTable(self.database)
        self.lanes = self.with_cases(self.robot.cases)

    def with_cases(self, cases):
        """Return the lane of a worker that works with these cases."""
        return LanePool("w2", [Robot(cases)], self.ledger, threading.Event())

    def turn(self, item, **more):
        cases = self.robot.cases
        with LeaseKeeper(cases.ledger.leases, cases.holder) as keeper:
            return take_turn(cases, item, TurnHooks(self.lanes.access, **more), keeper)

    def claimed(self, number=None, po=None, worker="w1"):
        self.table.add([NewItem(CancelRequest(VENDOR, number, po))])
        (item,) = claim(self.table, worker, 1)
        return item

    def taken_over(self, item):
        mine = take_over(self.table, item, "w2", 3)
        take_begun(self.lanes, mine)

    def time_passes(self, item):
        """Let an item's time come, and take its turn."""
        with self.database.writing() as tx:
            tx.execute(queue.update().where(queue.c.id == item.id).values(due_at=0.0))
        (mine,) = claim(self.table, "w2", 1)
        take_begun(self.lanes, mine)

    def notices(self):
        with self.database.reading() as tx:
            return tx.execute(sa.select(sa.func.count()).select_from(notices)).scalar()

    def queue(self):
        return {item.name: item.state for item in self.table.listed()}


@pytest.fixture
def world(tmp_path, sqlite_url):
    made = World(tmp_path, sqlite_url)
    yield made
    made.database.close()


SPREAD = {f"PO {PO}": State.DONE, ONE: State.WAITING, TWO: State.WAITING}


def test_orders_of_po_survive_death_before_they_are_queued(world):
    """The orders of a PO are not lost when the worker dies before they are queued."""
    item = world.claimed(po=PO)
    result = world.turn(item)
    assert [one.request.number for one in result.orders] == [ONE, TWO]  # and here it dies
    world.taken_over(item)
    assert world.queue() == SPREAD
    assert world.systems.looks == [PO]


def test_orders_of_a_listed_po_are_counted_as_named(world):
    """A limit of one list is asked with the orders that its POs turned out to have."""
    item = world.claimed(po=PO, worker="w2")
    take_begun(world.lanes, item)
    assert world.queue() == SPREAD
    (order, _) = claim(world.table, "w2", 2)
    take_begun(world.lanes, order)
    (given,) = [e for e in world.ledger.events(order.case) if isinstance(e, Approved)]
    assert given.orders == 2


def test_nor_when_the_ledger_goes_away_at_that_moment(world, monkeypatch):
    def down(*_args):
        raise DatabaseDown("The ledger can't be read or written.")

    item = world.claimed(po=PO, worker="w2")
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "keep_receipt", down)
        take_begun(world.lanes, item)
    assert world.queue() == {f"PO {PO}": State.WAITING}
    world.time_passes(item)
    assert world.queue() == SPREAD
    assert len(list(world.ledger.all_receipts())) == 1


def test_end_has_receipt_though_worker_died_before_writing(world, monkeypatch):
    """An end has its receipt though the worker died before it was written."""
    world.systems.orders[ONE] = replace(
        LIVE, state=OrderState.SHIPPED, cancel_url=None, text="Shipped"
    )
    item = world.claimed(ONE)
    with monkeypatch.context() as patch:
        patch.setattr(Cases, "write_receipt", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            world.turn(item)
    world.taken_over(item)
    assert world.queue() == {ONE: State.REFUSED}
    (receipt,) = world.ledger.all_receipts()
    assert (receipt.outcome, receipt.problem) == ("refused", "shipped")


def test_row_keeps_the_po_and_the_total_that_were_shown(world):
    """Also when the page shows them no more, and after a person's word."""
    item = world.claimed(ONE, worker="w2")
    take_begun(world.lanes, item)
    world.systems.orders[ONE] = CANCELLED
    world.time_passes(item)
    (item,) = world.table.find(ONE)
    assert (item.po, item.seen_po, item.known_po, item.total) == (None, PO, PO, Decimal("10.00"))
    operations.resolve(
        world.database,
        SITES,
        ONE,
        VENDOR,
        Resolution(as_="given_up", by="A. Buyer", because="Too late"),
    )
    (item,) = world.table.find(ONE)
    assert (item.state, item.seen_po, item.total) == (State.GIVEN_UP, PO, Decimal("10.00"))


def test_row_names_the_request_that_a_person_settled(world):
    """Of an order that no worker began, too, so that its receipt is found by its row."""
    world.table.add([NewItem(CancelRequest(VENDOR, ONE, None))])
    operations.resolve(
        world.database,
        SITES,
        ONE,
        VENDOR,
        Resolution(as_="done", by="A. Buyer", because="By telephone"),
    )
    (item,) = world.table.find(ONE)
    (receipt,) = world.ledger.receipts(item.case)
    assert item.request_id == receipt.id


def test_a_retry_of_what_was_refused_looks_again(world):
    world.systems.orders[ONE] = replace(LIVE, state=OrderState.NOT_FOUND, cancel_url=None, text="")
    item = world.claimed(ONE, worker="w2")
    take_begun(world.lanes, item)
    assert world.queue() == {ONE: State.REFUSED}
    world.systems.orders[ONE] = LIVE
    assert operations.retry(world.database, operations.find_item(world.table, ONE), GIVEN)
    (item,) = claim(world.table, "w2", 1)
    take_begun(world.lanes, item)
    assert world.queue() == {ONE: State.PENDING}


def test_retry_of_never_pressed_is_as_urgent_as_a_new_order(world):
    """A retry of what was never pressed is as urgent as a new order."""
    item = world.claimed(ONE)
    world.table.finish_turn(
        item, ItemUpdate(State.NEEDS_PERSON, utc_now(), VENDOR, problem="captcha", failures=3)
    )
    world.table.add([NewItem(CancelRequest(VENDOR, TWO, None))])
    operations.retry(world.database, operations.find_item(world.table, ONE), GIVEN)
    claimed = claim(world.table, "w1", 2)
    assert {one.name: (one.urgency, one.problem, one.failures) for one in claimed} == {
        ONE: (0, None, 0), TWO: (0, None, 0),
    }  # fmt: skip


@pytest.mark.parametrize("closing", ["refused", "given_up"])
def test_a_retry_of_what_was_pressed_and_is_over_begins_anew(world, closing):
    """Its request is closed, so nothing of the next one is pressed."""
    item = world.claimed(ONE, worker="w2")
    take_begun(world.lanes, item)
    pressed = world.ledger.events(item.case)
    assert requeued(item, utc_now(), replay(pressed)).state is State.PENDING
    end: Event = Resolved(at=utc_now(), as_="given_up", by="A. Buyer", because="Not needed")
    if closing == "refused":
        end = Finished(
            at=utc_now(),
            outcome=Outcome.REFUSED,
            problem="vendor_refused",
            summary="No.",
            next_step=None,
        )
    world.ledger.append(item.case, end)
    refused = ItemUpdate(
        State.REFUSED, utc_now(), VENDOR, problem="vendor_refused", request_id=item.request_id
    )
    (item,) = world.table.find(ONE)
    assert world.table.change(item, refused)
    assert operations.retry(world.database, operations.find_item(world.table, ONE), GIVEN)
    (item,) = world.table.find(ONE)
    assert (item.state, item.urgency) == (State.WAITING, 0)


def test_a_retry_of_what_was_pressed_is_pending_again(world):
    item = world.claimed(ONE, worker="w2")
    take_begun(world.lanes, item)
    (item,) = world.table.find(ONE)
    (item,) = [item] if item.worker is None else []
    stopped = ItemUpdate(
        State.NEEDS_PERSON, utc_now(), VENDOR, problem="captcha", request_id=item.request_id
    )
    assert world.table.change(item, stopped)
    assert operations.retry(world.database, operations.find_item(world.table, ONE), GIVEN)
    (item,) = world.table.find(ONE)
    assert (item.state, item.urgency) == (State.PENDING, 1)


def receipt(outcome, problem=None):
    order = OrderPart(vendor=VENDOR, number=ONE, po=PO)
    return Receipt(
        id="r9", outcome=Outcome(outcome), problem=problem, order=order, requested_by="x"
    )


@pytest.mark.parametrize("state", [State.NEEDS_PERSON, State.FAILED])
def test_press_by_hand_is_watched_though_it_waited_for_person(world, state):
    """What a person pressed at the command line is watched though it had waited."""
    item = world.claimed(ONE)
    world.table.finish_turn(
        item, ItemUpdate(state, utc_now(), "realsource", problem="captcha", note="A puzzle.")
    )
    (taken,) = operations.enqueue_pending(world.database, [receipt("pending")])
    assert (taken.item, taken.why) == (item.id, None)
    (watched,) = claim(world.table, "w1", 5)
    assert watched.po == PO  # as the person named it
    assert (watched.id, watched.urgency, watched.site, watched.problem, watched.note) == (
        item.id,
        1,
        VENDOR,
        None,
        None,
    )
    assert world.queue() == {ONE: State.WORKING}


def test_what_a_worker_has_in_hand_is_left_to_it(world):
    item = world.claimed(ONE)
    (taken,) = operations.enqueue_pending(world.database, [receipt("pending")])
    assert (taken.item, taken.why) == (
        None,
        f"is in the queue already; your PO is not taken over (vendorfirst queue show {ONE})",
    )
    assert world.table.get(item.id).worker == "w1"


@pytest.mark.parametrize(
    "outcome, state", [("done", State.DONE), ("refused", State.REFUSED), ("failed", None)]
)
def test_ended_by_command_line_waits_for_no_person(world, outcome, state):
    """What the command line brought to its end waits for no person."""
    item = world.claimed(ONE)
    world.table.finish_turn(
        item, ItemUpdate(State.NEEDS_PERSON, utc_now(), VENDOR, problem="captcha")
    )
    assert (
        operations.enqueue_pending(
            world.database, [receipt(outcome, "shipped" if outcome == "refused" else None)]
        )
        == []
    )
    assert world.queue() == {ONE: state or State.NEEDS_PERSON}


@pytest.mark.parametrize("state", [State.WAITING, State.PENDING])
def test_done_by_command_line_is_done_in_the_queue(world, state):
    """Else the list would say that its PO is to do, or its confirmation to come."""
    item = world.claimed(ONE)
    world.table.finish_turn(item, ItemUpdate(state, utc_now(), VENDOR))
    operations.enqueue_pending(world.database, [receipt("done")])
    assert world.queue() == {ONE: State.DONE}


def test_impossible_wish_is_refused_before_first_press(world):
    """A wish that cannot be meant is refused before the first press of the batch.

    Else the orders before it would be pressed, and nobody would read them back.
    """
    at, case = utc_now(), f"{VENDOR}:{TWO}"
    world.ledger.append(case, Requested(at=at, request_id="r1", vendor=VENDOR, number=TWO, po=PO))
    world.ledger.append(case, PoIntended(at=at, token=1))
    with pytest.raises(BadInput, match=f"PO {PO} was submitted already, not P0099999"):
        world.robot.run([CancelRequest(VENDOR, ONE, None), CancelRequest(VENDOR, TWO, "P0099999")])
    assert world.systems.looks == []
    assert world.ledger.events(f"{VENDOR}:{ONE}") == ()


def test_a_run_of_unknown_pages_holds_the_site_and_one_does_not(world):
    """A site that has changed must not send every order to a person, one by one."""

    def unknown(number):
        raise NeedsPerson(f"The robot met a page that it does not know, for {number}.")

    world.systems.look_at_order = unknown
    for n in range(1, 4):
        assert SitePauses(world.database).active() == {}
        item = world.claimed(f"111-000000{n}-0000000", worker="w2")
        take_begun(world.lanes, item)
    (hold,) = SitePauses(world.database).active().values()
    assert (hold.site, hold.because) == (VENDOR, "unknown_page")
    assert hold.until is not None
    assert set(world.queue().values()) == {State.NEEDS_PERSON}


def test_waiting_at_the_gate_takes_no_time_of_the_work(world, monkeypatch):
    """A look is as old as its beginning, and that is when the lane is let in."""
    let_in = []

    @contextmanager
    def gate(_self, _lane, _site, _credentials, _leave):
        time.sleep(0.02)
        let_in.append(utc_now())
        yield

    monkeypatch.setattr(SiteAccess, "enter", gate)
    item = world.claimed(ONE, worker="w2")
    take_begun(world.lanes, item)
    looks = [event.at for event in world.ledger.events(item.case) if isinstance(event, OrderSeen)]
    assert looks[0] >= let_in[0]
    assert len(let_in) >= 2


def test_page_text_is_kept_without_the_account_it_names(tmp_path, monkeypatch):
    """What a page says is kept without the account that it names."""
    redactor = Redactor(["jane.doe@vcu.example"])
    evidence = type("NoEvidence", (), {"redactor": redactor})()
    lane = type("NoLane", (), {"run": lambda _self, work, **_more: work(None)})()
    systems = BrowserSystems(lane, SITES, None, evidence, SITES.site(VENDOR))
    said = "Sign in jane.doe@vcu.example Change"

    def refuses(*_args):
        raise NeedsPerson(said)

    answers = [
        OrderFacts(ONE, OrderState.LIVE, text=said), PoFacts(PO, PoStatus.OPEN, text=said),
        SubmitResult(Verdict.LOST, said),
    ]  # fmt: skip
    for answer in answers:
        monkeypatch.setattr(BrowserSystems, "_in_lane", lambda *_args, answer=answer: answer)
        assert systems.visit(systems.vendor, refuses).text == f"Sign in {MASK} Change"
    monkeypatch.setattr(BrowserSystems, "_in_lane", refuses)
    with pytest.raises(NeedsPerson) as stop:
        systems.visit(systems.vendor, refuses)
    assert stop.value.text == f"Sign in {MASK} Change"


def test_press_on_an_old_look_is_not_made_after_the_gate(world, monkeypatch):
    """A press that waited at the gate on what was seen long ago is not made.

    The turn looks anew after a long wait.

    Meanwhile an invoice may have come, or another order of the PO may be live again.
    """
    waits, later = [], timedelta()

    @contextmanager
    def gate(_self, _lane, _site, _credentials, _leave):
        nonlocal later
        if len(waits) == 1:  # the press, after the first look
            later = timedelta(seconds=150)
        waits.append(1)
        yield

    monkeypatch.setattr(SiteAccess, "enter", gate)
    lanes = world.with_cases(replace(world.robot.cases, now=lambda: utc_now() + later))
    item = world.claimed(ONE, worker="w2")
    take_begun(lanes, item)
    events = world.ledger.events(item.case)
    assert [event.kind for event in events] == ["requested", "approved", "order_seen", "failed"]
    assert events[-1].problem == "too_slow"
    assert world.queue() == {ONE: State.WAITING}


def test_persons_word_counts_though_interrupted_before_receipt(world):
    """A person's word counts though they were interrupted before its receipt."""
    item = world.claimed(ONE, worker="w2")
    at = utc_now()
    world.ledger.append(
        item.case, Requested(at=at, request_id="r1", vendor=VENDOR, number=ONE, po=PO)
    )
    world.ledger.append(
        item.case, Resolved(at=at, as_="done", by="A. Buyer", because="By telephone")
    )
    take_begun(world.lanes, item)
    assert world.queue() == {ONE: State.DONE}
    assert world.systems.looks == []


# --- a person's word against a turn that begins ---------------------------------------------------


@pytest.mark.parametrize("number, po", [(ONE, None), (None, PO)])
def test_what_a_person_settles_as_a_turn_begins_is_not_begun(world, monkeypatch, number, po):
    """The turn had read the ledger, and waited for the lease.

    It went on with a request of its own, and pressed.
    """
    item = world.claimed(number, po, worker="w2")
    real, settled = Leases.acquire, []

    def acquire(self, resource, holder, seconds=30.0):
        if not settled:
            settled.append(resource)
            operations.resolve(
                world.database,
                SITES,
                number or po,
                VENDOR,
                Resolution(as_="given_up", by="A. Buyer", because="Not needed"),
            )
        return real(self, resource, holder, seconds)

    monkeypatch.setattr(Leases, "acquire", acquire)
    take_begun(world.lanes, item)
    assert world.queue() == {item.name: State.GIVEN_UP}
    assert world.systems.looks == []
    assert world.ledger.events(item.case)[-2].kind == "resolved"


# --- where others wait ----------------------------------------------------------------------------


def test_order_that_lets_others_first_keeps_count_of_failures(world):
    """An order that lets others go first keeps count of its failures.

    Else the limit of tries is never reached in a busy queue.
    """
    world.systems.orders[ONE] = replace(
        LIVE, state=OrderState.CANCELLED, cancel_url=None, text="Cancelled"
    )
    item = replace(world.claimed(ONE, PO), failures=3, problem="site_down")
    then = world.turn(item, others_wait=lambda: True).then
    assert (then.state, then.site, then.failures, then.problem) == (
        State.WAITING,
        "realsource",
        3,
        "site_down",
    )
    assert then.urgency == 1


# --- orders of one PO -----------------------------------------------------------------------------

GONE = OrderFacts(ONE, OrderState.CANCELLED, po=PO, text="This order has been cancelled.")


def result(world, number=ONE):
    world.table.add([NewItem(CancelRequest(VENDOR, number, PO))])
    (item,) = claim(world.table, "w2", 1)
    take_begun(world.lanes, item)
    return world.table.get(item.id)


@pytest.mark.parametrize("state", [State.WAITING, State.PENDING, State.WORKING])
def test_order_waits_for_another_of_its_po_in_the_queue(world, state):
    """An order waits for another of its PO that the queue is at.

    It went to a person for nothing, and stayed there.
    """
    world.systems.orders[ONE] = GONE
    other = world.claimed(TWO, PO)
    if state is not State.WORKING:
        world.table.finish_turn(other, ItemUpdate(state, utc_now() + timedelta(minutes=5), VENDOR))
    item = result(world)
    assert (item.state, item.problem, item.site) == (State.WAITING, "split_po", VENDOR)
    assert timedelta(seconds=15) < item.due_at - utc_now() < timedelta(seconds=25)
    assert world.notices() == 0

    end = ItemUpdate(State.REFUSED, utc_now(), VENDOR, problem="shipped")
    assert world.table.finish_turn(other, end) or world.table.change(world.table.get(other.id), end)
    world.time_passes(item)
    assert (turned_again := world.table.get(item.id)).state is State.NEEDS_PERSON
    assert turned_again.problem == "split_po"
    assert world.notices() == 1


def test_order_put_in_long_ago_that_begins_now_looks_soon(world):
    """An order that was put in long ago and begins now looks soon."""
    world.systems.orders[ONE] = GONE
    other = world.claimed(TWO, PO)
    world.table.finish_turn(
        other, ItemUpdate(State.WAITING, utc_now() + timedelta(minutes=5), VENDOR)
    )
    world.table.add([NewItem(CancelRequest(VENDOR, ONE, PO))])
    with world.database.writing() as tx:
        tx.execute(queue.update().where(queue.c.number == ONE).values(added_at=0.0))
    (item,) = claim(world.table, "w2", 1)
    take_begun(world.lanes, item)
    assert world.table.get(item.id).due_at - utc_now() < timedelta(seconds=25)


@pytest.mark.parametrize(
    "state, begins", [(None, None), (State.NEEDS_PERSON, 0), (State.WAITING, 3)]
)
def test_an_order_waits_for_no_other_that_nobody_is_at(world, state, begins):
    world.systems.orders[ONE] = GONE
    if state is not None:
        other = world.claimed(TWO, PO)
        world.table.finish_turn(
            other, ItemUpdate(state, utc_now() + timedelta(hours=begins), VENDOR)
        )
    item = result(world)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, "split_po")


def test_order_looks_again_once_the_live_one_is_cancelled(world):
    """An order looks again once another has cancelled the one that was live."""
    world.systems.orders[ONE] = GONE
    other = world.claimed(TWO, PO)
    world.table.finish_turn(other, ItemUpdate(State.DONE, utc_now(), VENDOR))
    assert result(world).state is State.WAITING


def pressed_po(world, verdict):
    """Have the other order's case press the PO a while ago."""
    ago = utc_now() - timedelta(minutes=5)
    case = f"{VENDOR}:{TWO}"
    world.ledger.append(case, Requested(at=ago, request_id="r2", vendor=VENDOR, number=TWO, po=PO))
    world.ledger.append(case, PoIntended(at=ago, token=1), resource=f"realsource:{PO}")
    world.ledger.append(
        case, PoAnswered(at=ago, answer=SubmitResult(verdict, "")), resource=f"realsource:{PO}"
    )


@pytest.mark.parametrize("at_it", [True, False])
def test_po_pressed_with_success_by_another_is_waited_for(world, at_it):
    """A PO that another order pressed with success is waited for, not pressed again."""
    world.systems.orders = {ONE: GONE, TWO: replace(GONE, number=TWO)}
    pressed_po(world, Verdict.CONFIRMED)
    if at_it:
        world.claimed(TWO, PO)
    item = result(world)
    assert (item.state, item.problem) == (
        State.WAITING if at_it else State.NEEDS_PERSON,
        "po_not_confirmed",
    )
    assert [event.kind for event in world.ledger.events(item.case)].count("po_intended") == 0


def test_all_orders_of_a_po_together_press_it_twice_at_most(world):
    world.systems.orders = {ONE: GONE, TWO: replace(GONE, number=TWO)}
    pressed_po(world, Verdict.LOST)
    pressed_po(world, Verdict.LOST)
    item = result(world)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, "po_not_confirmed")
    assert [event.kind for event in world.ledger.events(item.case)].count("po_intended") == 0


def test_po_with_one_lost_press_may_be_pressed_by_another(world):
    """A PO whose one press was lost may be pressed by another order."""
    world.systems.orders = {ONE: GONE, TWO: replace(GONE, number=TWO)}
    pressed_po(world, Verdict.LOST)
    item = result(world)
    assert [event.kind for event in world.ledger.events(item.case)].count("po_intended") == 1


def test_waiting_order_pressed_by_hand_is_watched_now(world):
    """What waited for its time and was pressed by hand is watched now."""
    world.table.add(
        [NewItem(CancelRequest(VENDOR, ONE, PO), not_before=utc_now() + timedelta(days=5))]
    )
    (taken,) = operations.enqueue_pending(world.database, [receipt("pending")])
    assert taken.item is not None
    (watched,) = claim(world.table, "w1", 5)
    assert (watched.id, watched.urgency) == (taken.item, 1)
