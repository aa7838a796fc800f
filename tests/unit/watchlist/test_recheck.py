"""Orders that the robot has done are looked at again, and what was undone is found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.events import Finished, Requested
from robot.cancellation.orders import OrderState, Outcome
from robot.cancellation.receipts.receipt import OrderPart, Receipt, Resolution, VendorPart
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import SiteDown
from robot.notifications.outbox import Outbox
from robot.problems import Problem
from robot.queue.approvals import ShownApproval
from robot.queue.items import NewItem, State
from robot.queue.operations import preview_retry, retry
from robot.queue.table import QueueTable
from robot.watchlist.findings import FindingKind
from robot.watchlist.kept import KeptFindings
from robot.watchlist.look import PacedLooks
from robot.watchlist.recheck import QueuedRechecks, due_rechecks, wanted_recheck
from tests.support.facts import CANCELLED, LIVE, PO_CANCELLED
from tests.support.fake_systems import SITES
from tests.support.post import Post
from tests.support.turns import claim
from tests.unit.watchlist.test_look import ORDER, PO, UNCLEAR, World

NOW = utc_now()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.systems.orders = {ORDER: replace(CANCELLED, number=ORDER)}
    made.systems.look_at_po = lambda po: replace(PO_CANCELLED, number=po)
    yield made
    made.database.close()


def done(world, ago: timedelta, number: str = ORDER, po: str = PO, **more) -> Receipt:
    """Keep the receipt of an order that the robot did so long ago."""
    at = (NOW - ago).isoformat()
    receipt = Receipt(
        id=f"{NOW - ago:%Y%m%d-%H%M%S}-{number[-6:]}",
        outcome=Outcome.DONE,
        order=OrderPart(vendor="amazon_business", number=number, po=po),
        vendor=VendorPart(state="cancelled", confirmed_at=at),
        finished_at=at,
        **more,
    )
    case = f"amazon_business:{number}"
    ended = Finished(
        at=NOW - ago, outcome=Outcome.DONE, problem=None, summary="It is cancelled.", next_step=None
    )
    request = CancelRequest("amazon_business", number, po)
    asked = Requested.of(request, at=NOW - ago, request_id=receipt.id)
    world.cases.ledger.append(case, asked)
    world.cases.ledger.append(case, ended)
    world.cases.ledger.keep_receipt(case, receipt)
    return receipt


@pytest.mark.parametrize(
    "ago,due_ago",
    [
        (timedelta(minutes=5), None),
        (timedelta(minutes=11), timedelta(minutes=1)),
        (timedelta(hours=7), timedelta(hours=1)),
        (timedelta(days=4), None),
    ],
)
def test_order_is_due_after_ten_minutes_and_six_hours(world, ago, due_ago):
    done(world, ago)
    due = [one.due for one in due_rechecks(world.cases.ledger, NOW, stand_in=False)]
    assert due == ([] if due_ago is None else [NOW - due_ago])


def test_what_a_person_settled_is_not_looked_at(world):
    done(world, timedelta(hours=1), resolved=Resolution(as_="done", by="x", because="y"))
    assert due_rechecks(world.cases.ledger, NOW, stand_in=False) == []


def recheck(world):
    """Look again at what is due, as the command does."""
    rechecks = QueuedRechecks(world.database, SITES, stand_in=False, clock=world.clock)
    due = [wanted_recheck(one) for one in rechecks.due()]
    paced = PacedLooks(world.database, due, 60.0, clock=world.clock)
    while paced.go_on():
        if not world.take_due():
            world.clock.advance(1)
    return rechecks.judge()


def test_order_that_stays_cancelled_is_no_finding(world):
    done(world, timedelta(minutes=11))
    assert recheck(world) == []
    count = len(world.systems.looks)
    assert recheck(world) == []
    assert len(world.systems.looks) == count, "it was looked at in time already"


def test_order_that_lives_again_is_a_finding(world):
    done(world, timedelta(minutes=11))
    world.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO)}
    (found,) = recheck(world)
    assert found.kind is FindingKind.ALIVE_AT_VENDOR
    assert "The robot saw it cancelled before" in found.reason
    assert found.action == f"vendorfirst cancel {ORDER} --po {PO}"


def test_order_that_was_undone_is_given_to_a_person(world):
    """It waits in the queue, is told of once, and can be asked for again."""
    done(world, timedelta(minutes=11))
    world.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO)}
    found = recheck(world)
    kept = KeptFindings(world.database)
    kept.keep(found)
    kept.keep(found)
    table = QueueTable(world.database)
    (item,) = table.find(ORDER)
    assert (item.state, item.problem) == (State.NEEDS_PERSON, Problem.REVERTED)
    assert item.note == found[0].reason
    post = Post()
    Outbox(world.database, post, SITES).flush()
    titles = [one.title for one in post.got]
    assert titles.count(f"Order {ORDER} (PO {PO}) needs a person") == 1
    assert preview_retry(world.cases.ledger, item).refused is None
    assert retry(world.database, item, ShownApproval("somebody", "terminal", None))
    assert [one.state for one in table.find(ORDER)] == [State.WAITING]


def test_worker_looks_again_by_itself(world):
    """Each time once, by a turn like any other; what is undone waits for a person."""
    clock = world.clock
    done(world, timedelta(minutes=11))
    rechecks = QueuedRechecks(world.database, SITES, stand_in=False, clock=clock)
    rechecks.run()
    rechecks.run()
    assert world.take_due() == [ORDER]
    clock.advance(120)
    rechecks.run()
    assert KeptFindings(world.database).listed() == [], "it stays cancelled"
    assert world.take_due() == []
    world.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO)}
    clock.advance(6 * 3600)
    rechecks.run()
    assert world.take_due() == [ORDER]
    clock.advance(120)
    rechecks.run()
    (found,) = KeptFindings(world.database).listed()
    assert found.told["finding"] == "alive_at_vendor"
    (item,) = QueueTable(world.database).find(ORDER)
    assert item.state is State.NEEDS_PERSON


def test_looks_again_come_after_what_somebody_waits_for(world):
    """However many are due at once: an order that is to be cancelled does not wait for them."""
    clock = world.clock
    for n in range(9):
        done(world, timedelta(minutes=11), number=f"111-0000001-000010{n}", po=f"P010010{n}")
    QueuedRechecks(world.database, SITES, stand_in=False, clock=clock).run()
    clock.advance(1)
    table = QueueTable(world.database, clock=clock)
    table.add([NewItem(CancelRequest("amazon_business", ORDER, PO))])
    items = claim(table, "worker", 9)
    assert items[0].name == ORDER
    assert len(items) == 1 + 4


def test_what_was_done_at_stand_ins_is_not_looked_at_live(world):
    done(world, timedelta(minutes=11), stand_in=True)
    assert due_rechecks(world.cases.ledger, NOW, stand_in=False) == []
    assert len(due_rechecks(world.cases.ledger, NOW, stand_in=True)) == 1


def test_look_that_the_site_refused_proves_nothing(world):
    clock = world.clock
    done(world, timedelta(minutes=11))

    def down(_number):
        raise SiteDown("The site did not answer.", retry=False)

    world.systems.look_at_order = down
    rechecks = QueuedRechecks(world.database, SITES, stand_in=False, clock=clock)
    rechecks.run()
    world.take_due()
    clock.advance(120)
    rechecks.run()
    assert KeptFindings(world.database).listed() == []


def test_order_that_waits_anyhow_is_not_given_twice(world):
    receipt = done(world, timedelta(minutes=11))
    table = QueueTable(world.database)
    table.add([NewItem(CancelRequest("amazon_business", ORDER, PO))], state=State.PENDING)
    found = replace(UNCLEAR, kind=FindingKind.ALIVE_AT_VENDOR, undone=receipt)
    KeptFindings(world.database).keep([found])
    assert [one.state for one in table.find(ORDER)] == [State.PENDING]


def test_invoice_that_came_since_is_a_finding(world):
    done(world, timedelta(minutes=11))
    world.systems.look_at_po = lambda po: replace(PO_CANCELLED, number=po, invoices=1)
    (found,) = recheck(world)
    assert found.kind is FindingKind.BILLED


def test_order_that_cannot_be_read_is_a_persons(world):
    done(world, timedelta(minutes=11))
    world.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO, state=OrderState.UNKNOWN)}
    (found,) = recheck(world)
    assert found.kind is FindingKind.UNCLEAR
    assert found.undone is None, "nothing is known to be undone"
