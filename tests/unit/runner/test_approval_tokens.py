"""An approval that a person gives beforehand, and another program presses under."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.orders import OrderState
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import BadInput
from robot.runner.approval_tokens import approval_of_token, approve, checked_order
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.facts import LIVE, ONE, OPEN, PO, TWO, VENDOR
from tests.support.fake_systems import CancellingSystems, cases_for

ASKED = CancelRequest(VENDOR, ONE, None, "Ordered twice", "ticket-system")


class Office:
    """Somebody who approves, and a program that has orders cancelled."""

    def __init__(self, home, url):
        self.sites = CancellingSystems()
        self.database = Database(url)
        cases = cases_for(home, self.database, self.sites, settle_seconds=0.0)
        self.robot = Robot(cases)
        self.ledger = cases.ledger

    def token(self, until=None):
        self.robot.run([CancelRequest(VENDOR, ONE, None, dry_run=True)])
        shown = checked_order(self.ledger, VENDOR, ONE, utc_now())
        return approve(self.ledger, shown, "Ann", utc_now(), until)

    def given(self, token, asked=ASKED, later=timedelta()):
        return approval_of_token(self.ledger, token, asked, utc_now() + later)

    def cancel(self, given):
        (receipt,) = self.robot.run([ASKED], given=given)
        return receipt


@pytest.fixture
def office(tmp_path, sqlite_url):
    made = Office(tmp_path, sqlite_url)
    yield made
    made.database.close()


def test_token_has_the_order_cancelled_as_it_was_shown(office):
    receipt = office.cancel(office.given(office.token()))
    assert (receipt.outcome, office.sites.pressed) == ("done", [ONE, PO])
    (approved,) = receipt.approvals
    assert (approved.by, approved.how, approved.of) == ("Ann", "token", "shown")
    assert receipt.requested_by == "ticket-system"


def test_token_is_good_once(office):
    """Also for a program that goes past the look beforehand."""
    token = office.token()
    given = office.given(token)
    assert office.cancel(given).outcome == "done"
    with pytest.raises(BadInput, match="The approval that Ann gave was used already"):
        office.given(token)
    office.sites.orders[ONE] = LIVE
    office.sites.po = OPEN
    again = office.cancel(given)
    assert again.problem == "not_approved"
    assert office.sites.pressed == [ONE, PO]


def test_order_that_changed_since_the_token_is_not_pressed(office):
    given = office.given(office.token())
    office.sites.orders[ONE] = replace(LIVE, lines=LIVE.lines[:1])
    assert office.cancel(given).problem == "facts_changed"
    assert office.sites.pressed == []


def test_token_that_runs_out_before_the_press_presses_nothing(office):
    given = office.given(office.token())
    office.robot = Robot(replace(office.robot.cases, now=lambda: utc_now() + timedelta(minutes=16)))
    assert office.cancel(given).problem == "not_approved"
    assert office.sites.pressed == []


@pytest.mark.parametrize(
    "asked, later, why",
    [
        (replace(ASKED, number=TWO), timedelta(), f"approves no cancellation of {TWO}"),
        (replace(ASKED, number=None, po=PO), timedelta(), f"no cancellation of PO {PO}"),
        (ASKED, timedelta(minutes=15), "The approval that Ann gave has run out"),
    ],
)
def test_token_is_of_one_order_and_for_a_time(office, asked, later, why):
    token = office.token()
    with pytest.raises(BadInput, match=why) as refused:
        office.given(token, asked, later)
    assert "vendorfirst queue token" in refused.value.next_step


def test_token_that_nobody_gave_approves_nothing(office):
    with pytest.raises(BadInput, match="VENDORFIRST_APPROVAL_TOKEN is not set") as refused:
        office.given(None)
    assert "set it to what that prints" in refused.value.next_step
    with pytest.raises(BadInput, match="approves no cancellation"):
        office.given("a guess")


def test_ledger_does_not_tell_a_token(office):
    token = office.token()
    with office.database.reading() as tx:
        kept = str(tx.exec_driver_sql("SELECT * FROM events").all())
    assert token not in kept
    assert office.given(token).approval in kept


def test_what_no_check_showed_gets_no_token(office):
    with pytest.raises(BadInput, match=f"There was no check of {ONE} in the last day") as refused:
        checked_order(office.ledger, VENDOR, ONE, utc_now())
    assert refused.value.next_step == f"Look at it first: vendorfirst check {ONE}"
    office.sites.orders[ONE] = replace(LIVE, state=OrderState.SHIPPED, cancel_url=None)
    with pytest.raises(BadInput, match=r"showed nothing that can be .* there: it is shipped"):
        office.token()


def test_order_that_was_cancelled_since_its_check_gets_no_token(office):
    office.cancel(office.given(office.token()))
    with pytest.raises(
        BadInput, match=f"{ONE} is cancelled there already, since the last check of it"
    ):
        checked_order(office.ledger, VENDOR, ONE, utc_now())


def test_order_that_was_worked_on_since_is_to_be_checked_again(office):
    given = office.given(office.token())
    office.sites.orders[ONE] = replace(LIVE, lines=LIVE.lines[:1])
    office.cancel(given)
    with pytest.raises(BadInput, match=f"{ONE} was worked on, since the last") as refused:
        checked_order(office.ledger, VENDOR, ONE, utc_now())
    assert refused.value.next_step == f"Look at it first: vendorfirst check {ONE}"


@pytest.mark.parametrize("away", [timedelta(days=8), timedelta(minutes=-1)])
def test_token_holds_for_a_week_at_most(office, away):
    with pytest.raises(BadInput, match="can't hold until"):
        office.token(utc_now() + away)
