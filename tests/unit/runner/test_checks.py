"""What a check showed of the PO is part of what is approved after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.orders import OrderState
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.runner.checks import last_checked_po
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.facts import CANCELLED, LIVE, ONE, OPEN, PO, TWO, VENDOR
from tests.support.fake_systems import CancellingSystems, cases_for

CHECK = CancelRequest(VENDOR, ONE, None, dry_run=True)
CANCEL = CancelRequest(VENDOR, ONE, None, "", "a.buyer")


class Office:
    """A robot at these sites, and a person who says yes, or no from the second question on."""

    def __init__(self, home, url):
        self.sites = CancellingSystems()
        self.database = Database(url)
        cases = cases_for(home, self.database, self.sites, settle_seconds=0.1)
        self.robot = Robot(cases)
        self.ledger = cases.ledger
        self.asked = []

    def check(self):
        self.robot.run([CHECK])

    def cancel(self):
        (receipt,) = self.robot.run([CANCEL], approve=self.approve)
        return receipt

    def approve(self, action):
        self.asked.append(action)
        return len(self.asked) == 1


@pytest.fixture
def office(tmp_path, sqlite_url):
    made = Office(tmp_path, sqlite_url)
    yield made
    made.database.close()


def test_po_of_a_check_is_shown_and_approved(office):
    office.check()
    receipt = office.cancel()
    assert (receipt.outcome, office.sites.pressed) == ("done", [ONE, PO])
    (asked,) = office.asked
    assert asked.shown.po_facts == replace(OPEN, number=PO)
    (given,) = [e for e in office.ledger.events(f"{VENDOR}:{ONE}") if e.kind == "approved"]
    assert given.po_digest == asked.shown.po_digest


def test_po_that_changed_since_the_check_is_asked_about(office):
    """The order is cancelled; its PO is not, as nobody approved it as it is now."""
    office.check()
    office.sites.po = replace(OPEN, supplier="Another")
    receipt = office.cancel()
    assert office.sites.pressed == [ONE]
    assert office.asked[1].changes == (
        f"the supplier of PO {PO} in RealSource was not shown and is Another",
    )
    assert receipt.problem == "declined"


def test_approval_of_a_command_tells_its_whole_scope(office):
    """A PO's number stands for as many orders as are found of it, under the limits that hold."""
    office.sites.orders[TWO] = replace(LIVE, number=TWO)
    settings = replace(office.robot.cases.settings, limits={"list_orders": 1})
    robot = Robot(replace(office.robot.cases, settings=settings))
    receipts = robot.run([CancelRequest(VENDOR, None, PO, "", "a.buyer")])
    assert {one.problem for one in receipts} == {"over_limit"}
    assert office.sites.pressed == []
    (given,) = receipts[0].approvals
    assert (given.how, given.orders, given.limits) == ("option", 2, ("1 order a list",))
    assert len(given.list_sha256) == 64


@pytest.mark.parametrize(
    "asked",
    [
        [CancelRequest(VENDOR, None, PO, dry_run=True)],
        [CHECK, CancelRequest(VENDOR, TWO, None, dry_run=True)],
    ],
    ids=["a PO", "its orders"],
)
def test_check_of_all_orders_of_a_po_foresees_what_cancel_does(office, asked):
    """Each can be cancelled, and then the PO: that is no PO to be left alone."""
    office.sites.orders[TWO] = replace(LIVE, number=TWO)
    office.sites.po = replace(OPEN, total=2 * OPEN.total, line_count=4)
    one, two = office.robot.run(asked)
    assert {(receipt.outcome, receipt.problem) for receipt in (one, two)} == {("dry_run", None)}
    assert f"and so can the others of PO {PO} ({TWO})" in one.summary
    assert one.next_step == two.next_step == f"To do it all: vendorfirst cancel {PO}"
    assert office.sites.pressed == []
    (alone,) = office.robot.run([CHECK])
    assert (alone.outcome, alone.problem) == ("needs_person", "split_po")
    done = office.robot.run([replace(request, dry_run=False) for request in asked])
    assert {receipt.outcome for receipt in done} == {"done"}


def test_check_of_a_po_of_which_one_order_is_cancelled(office):
    office.sites.orders[TWO] = replace(CANCELLED, number=TWO)
    one, two = office.robot.run([CancelRequest(VENDOR, None, PO, dry_run=True)])
    assert (one.outcome, two.outcome) == ("dry_run", "dry_run")
    assert (
        f"PO {PO} can be cancelled in RealSource once its other orders are ({ONE})" in two.summary
    )
    assert two.next_step == f"To do it all: vendorfirst cancel {PO}"


def test_cancel_without_a_check_is_of_the_order_alone(office):
    office.sites.po = replace(OPEN, supplier="Another")
    assert office.cancel().outcome == "done"
    (asked,) = office.asked
    assert asked.shown.po_facts is None


def test_check_of_another_order_or_long_ago_does_not_count(office):
    office.check()
    ledger = office.ledger
    now = utc_now()
    assert last_checked_po(ledger, VENDOR, ONE, now).number == PO
    assert last_checked_po(ledger, VENDOR, TWO, now) is None
    assert last_checked_po(ledger, "another_vendor", ONE, now) is None
    assert last_checked_po(ledger, VENDOR, ONE, now + timedelta(days=2)) is None


def test_check_that_came_to_no_po_tells_nothing(office):
    office.sites.orders[ONE] = replace(LIVE, state=OrderState.SHIPPED, cancel_url=None)
    office.check()
    assert last_checked_po(office.ledger, VENDOR, ONE, utc_now()) is None
