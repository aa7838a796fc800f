"""Every scenario of the stand-in sites, end to end in a real browser; what counts is what the
servers saw.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from robot.cancellation.orders import EXIT_STATUS, Outcome
from robot.cancellation.request import CancelRequest
from robot.runner.robot import Robot
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG, SCENARIOS

# slug: outcome, problem, vendor state, RealSource state, presses at the vendor, presses in
# RealSource
EXPECTED = {
    "done": ("done", None, "cancelled", "cancelled", 1, 1),
    "two_shipments": ("done", None, "cancelled", "cancelled", 1, 1),
    "three_lines": ("done", None, "cancelled", "cancelled", 1, 1),
    "third_party": ("done", None, "cancelled", "cancelled", 1, 1),
    "payment_revision": ("done", None, "cancelled", "cancelled", 1, 1),
    "shipped": ("refused", "shipped", "shipped", "untouched", 0, 0),
    "delivered": ("refused", "shipped", "shipped", "untouched", 0, 0),
    "already_cancelled": ("done", None, "already_cancelled", "cancelled", 0, 1),
    "foreign": ("refused", "not_found", "not_found", "untouched", 0, 0),
    "no_po_shown": ("needs_person", "po_unknown", "cancelled", "untouched", 1, 0),
    "wrong_po": ("needs_person", "po_not_found", "cancelled", "not_found", 1, 0),
    "bundle": ("refused", "bundle", "refused", "untouched", 1, 0),
    "technical": ("failed", "vendor_error", "live", "untouched", 2, 0),
    "technical_once": ("done", None, "cancelled", "cancelled", 2, 1),
    "slow_spinner": ("done", None, "cancelled", "cancelled", 1, 1),
    "pending_confirmed": ("done", None, "cancelled", "cancelled", 1, 1),
    "pending_refused": ("refused", "shipped", "shipped", "untouched", 1, 0),
    "pending_forever": ("pending", "not_confirmed", "pending", "untouched", 1, 0),
    "refused": ("refused", "vendor_refused", "refused", "untouched", 1, 0),
    "partial": ("needs_person", "partly_cancelled", "partly_cancelled", "untouched", 1, 0),
    "silent_reject": ("pending", "not_confirmed", "pending", "untouched", 1, 0),
    "redirect_away": ("refused", "too_late", "refused", "untouched", 0, 0),
    "link_only": ("done", None, "cancelled", "cancelled", 1, 1),
    "other_form": ("needs_person", "wrong_order", "live", "untouched", 0, 0),
    "old_layout": ("done", None, "cancelled", "cancelled", 1, 1),
    "canceled": ("done", None, "cancelled", "cancelled", 1, 1),
    "double_click": ("done", None, "cancelled", "cancelled", 1, 1),
    "missing_line": ("needs_person", "wrong_lines", "live", "untouched", 0, 0),
    "signed_out_details": ("done", None, "cancelled", "cancelled", 1, 1),
    "signed_out_submit": ("done", None, "cancelled", "cancelled", 2, 1),
    "dog_page": ("failed", "site_down", "unknown", "untouched", 0, 0),
    "dog_page_once": ("done", None, "cancelled", "cancelled", 1, 1),
    "waf": ("done", None, "cancelled", "cancelled", 1, 1),
    "continue_shopping": ("done", None, "cancelled", "cancelled", 1, 1),
    "partly_shipped": ("needs_person", "partly_shipped", "live", "untouched", 0, 0),
    "split_po_a": ("needs_person", "split_po", "cancelled", "untouched", 1, 0),
    "split_one_cancelled": ("done", None, "cancelled", "cancelled", 1, 1),
    "lost_reply": ("done", None, "cancelled", "cancelled", 1, 1),
    "decoys": ("done", None, "cancelled", "cancelled", 1, 1),
    "unknown_outcome": ("pending", "not_confirmed", "pending", "untouched", 1, 0),
    "captcha_details": ("needs_person", "captcha", "unknown", "untouched", 0, 0),
    "seller_request": ("pending", "not_confirmed", "pending", "untouched", 1, 0),
    "slow_revert": ("pending", "not_confirmed", "pending", "untouched", 1, 0),
    "split_unseen_a": ("needs_person", "split_po", "cancelled", "untouched", 1, 0),
    "po_no_total": ("done", None, "cancelled", "cancelled", 1, 1),
    "po_invoiced": ("needs_person", "po_invoiced", "cancelled", "blocked", 1, 0),
    "po_received": ("needs_person", "po_received", "cancelled", "blocked", 1, 0),
    "po_change_request": ("needs_person", "po_change_request", "cancelled", "blocked", 1, 0),
    "po_already_cancelled": ("done", None, "cancelled", "already_cancelled", 1, 0),
    "po_closed": ("needs_person", "po_closed", "cancelled", "blocked", 1, 0),
    "po_soft_closed": ("needs_person", "po_closed", "cancelled", "blocked", 1, 0),
    "po_in_approval": ("needs_person", "po_in_approval", "cancelled", "blocked", 1, 0),
    "po_not_found": ("needs_person", "po_not_found", "cancelled", "not_found", 1, 0),
    "po_several": ("needs_person", "po_ambiguous", "cancelled", "blocked", 1, 0),
    "po_only_close": ("needs_person", "po_no_cancel_action", "cancelled", "blocked", 1, 0),
    "po_comment_compulsory": ("done", None, "cancelled", "cancelled", 1, 1),
    "po_unchanged": ("needs_person", "po_not_confirmed", "cancelled", "unknown", 1, 1),
    "po_session_lost": ("done", None, "cancelled", "cancelled", 1, 1),
    "po_other_supplier": ("needs_person", "po_mismatch", "cancelled", "blocked", 1, 0),
    "po_other_total": ("needs_person", "po_mismatch", "cancelled", "blocked", 1, 0),
    "po_long_label": ("done", None, "cancelled", "cancelled", 1, 1),
    "po_two_cancels": ("needs_person", "po_no_cancel_action", "cancelled", "blocked", 1, 0),
    "po_late_status": ("done", None, "cancelled", "cancelled", 1, 1),
    "po_wrong_document": ("needs_person", "po_mismatch", "cancelled", "blocked", 1, 0),
    "po_lost_reply": ("done", None, "cancelled", "cancelled", 1, 1),
    "po_down": ("failed", "site_down", "cancelled", "untouched", 1, 0),
    "po_via_results": ("done", None, "cancelled", "cancelled", 1, 1),
}
#: The other halves of split POs; their stories are told by the tests below.
SECOND_HALVES = {"split_po_b", "split_other_cancelled", "split_unseen_b"}
#: Cancelled orders' pages show no PO, so whoever asks must name it.
PO_GIVEN = {"already_cancelled"}


def test_every_scenario_is_expected_to_end_somehow():
    assert set(EXPECTED) | SECOND_HALVES == set(BY_SLUG)


def patient(robot: Robot) -> Robot:
    """Return the robot with time for what is confirmed after some loads, on a slow machine too."""
    settings = replace(robot.cases.settings, confirm_seconds=60.0)
    return Robot(replace(robot.cases, settings=settings))


@pytest.mark.slow_except(
    "done",
    "shipped",
    "pending_confirmed",
    "pending_refused",
    "other_form",
    "missing_line",
    "split_po_a",
    "lost_reply",
    "captcha_details",
    "po_several",
    "po_lost_reply",
)
@pytest.mark.parametrize("slug", EXPECTED)
def test_scenario_comes_to_its_end(slug, shared_robot, shared_standin):
    """Each scenario comes to the end that is expected of it.

    ``po_several`` is a person's: the search lists the PO and its revision ``-R1``, with the same
    lines and total. They are one PO twice, not neighbours whose numbers begin alike: a cancel of
    one may leave the other alive, and what of it is in force no page says.
    """
    outcome, problem, vendor, realsource, vendor_presses, po_presses = EXPECTED[slug]
    robot = patient(shared_robot) if outcome in {"done", "refused"} else shared_robot
    # A puzzle after a sign-in stops a robot for good.
    shared_robot.cases.credentials.refused.clear()
    story, oracle = BY_SLUG[slug], shared_standin.world.oracle
    wish = CancelRequest(
        "amazon_business",
        story.number,
        story.po if slug in PO_GIVEN else None,
        "No longer needed",
        "tests",
    )

    receipt = robot.run([wish])[0]

    said = (
        receipt.outcome,
        receipt.problem,
        receipt.vendor.state,
        receipt.realsource.state,
    )
    assert said == (outcome, problem, vendor, realsource), receipt.summary
    assert oracle.count(VENDOR_SUBMIT, story.number) == vendor_presses
    assert oracle.count(PO_SUBMIT, story.po) == po_presses
    assert oracle.broken_promises() == []
    assert receipt.order.number == story.number
    assert (receipt.next_step is None) == (outcome == "done")
    assert (
        EXIT_STATUS[Outcome(outcome)]
        == {"done": 0, "refused": 3, "pending": 4, "needs_person": 5, "failed": 6}[outcome]
    )


@pytest.mark.slow
def test_order_whose_po_went_with_another_has_nothing_left(shared_robot, shared_standin):
    """An order whose PO was cancelled with the other one has nothing left to do."""
    first, second = BY_SLUG["split_one_cancelled"], BY_SLUG["split_other_cancelled"]
    shared_robot.run([CancelRequest("amazon_business", first.number, None)])
    receipt = shared_robot.run([CancelRequest("amazon_business", second.number, second.po)])[0]
    assert receipt.outcome == "done"
    assert (receipt.vendor.state, receipt.realsource.state) == (
        "already_cancelled",
        "already_cancelled",
    )
    assert shared_standin.world.oracle.count(VENDOR_SUBMIT, second.number) == 0
    assert shared_standin.world.oracle.count(PO_SUBMIT, second.po) == 1
    assert shared_standin.world.oracle.broken_promises() == []


@pytest.mark.slow
def test_the_other_order_of_a_split_po_completes_it(shared_robot, shared_standin):
    first, second = BY_SLUG["split_po_a"], BY_SLUG["split_po_b"]
    shared_robot.run([CancelRequest("amazon_business", first.number, None)])
    receipt = shared_robot.run([CancelRequest("amazon_business", second.number, None)])[0]
    assert receipt.outcome == "done"
    assert shared_standin.world.oracle.count(PO_SUBMIT, first.po) == 1
    assert shared_standin.world.oracle.broken_promises() == []


@pytest.fixture
def stage(signed_in_stage):
    return signed_in_stage


@pytest.mark.parametrize("slug", ["split_unseen_a", "po_no_total", "already_cancelled"])
def test_po_is_left_alone_when_orders_are_not_proven_all(slug, stage):
    """A PO whose orders are not proven to be all is left alone.

    The first promise: nothing is written to RealSource while an order of the PO may be alive
    unseen.
    """
    stage.world.amazon.all_orders = "none"
    story, oracle = BY_SLUG[slug], stage.world.oracle
    receipt = stage.robot().run([CancelRequest("amazon_business", story.number, story.po)])[0]
    problem = "po_mismatch" if slug == "split_unseen_a" else "po_set_unproven"
    assert (receipt.outcome, receipt.problem) == ("needs_person", problem)
    assert receipt.realsource.set_proven_by is None
    assert oracle.count(PO_SUBMIT, story.po) == 0
    assert oracle.broken_promises() == []


@pytest.mark.slow_except("link")
@pytest.mark.parametrize("offer", ["link", "choice"])
def test_orders_of_all_users_are_chosen_where_offered(offer, stage):
    """The orders of all users are chosen where they are offered."""
    stage.world.amazon.all_orders = offer
    receipt = stage.look("po_no_total", dry_run=False)
    assert (receipt.outcome, receipt.realsource.set_proven_by) == ("done", "all_users")
    receipt = stage.look("split_unseen_a", dry_run=False)
    assert receipt.problem == "split_po"
    assert BY_SLUG["split_unseen_b"].number in receipt.summary


@pytest.mark.slow_except("none-totals_and_lines")
@pytest.mark.parametrize("dates, proven", [("choice", "all_users"), ("none", "totals_and_lines")])
def test_a_list_that_may_be_narrowed_by_dates_proves_nothing(dates, proven, stage):
    """All of time is chosen where it is offered; a list without a filter may be narrowed unseen."""
    stage.world.amazon.dates = dates
    receipt = stage.look("done", dry_run=False)
    assert (receipt.outcome, receipt.realsource.set_proven_by) == ("done", proven)


def test_a_campus_may_know_that_its_account_sees_every_order(stage, tmp_path):
    """``sees_all_orders`` in its own site file; the list's own count is needed beside it."""
    stage.world.amazon.all_orders = "none"
    shipped = Path(__file__).parents[2] / "selectors" / "amazon_business.toml"
    own = shipped.read_text(encoding="utf-8").replace(
        "sees_all_orders = false", "sees_all_orders = true"
    )
    (tmp_path / "selectors").mkdir()
    (tmp_path / "selectors" / "amazon_business.toml").write_text(own, encoding="utf-8")
    receipt = stage.look(
        "po_no_total", dry_run=False, VENDORFIRST_SELECTORS=str(tmp_path / "selectors")
    )
    assert (receipt.outcome, receipt.realsource.set_proven_by) == ("done", "account")


def test_the_scenarios_have_numbers_of_their_own():
    assert len({story.number for story in SCENARIOS}) == len(SCENARIOS)
