"""The vendor's reporting interface is a second source beside its pages, and a witness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robot.cancellation.receipts.receipt import Receipt, to_json
from robot.cancellation.request import CancelRequest
from robot.order_reports.client import open_reports
from robot.standin.faults import SiteFault
from robot.standin.oracle import PO_SUBMIT, REPORT_READ
from robot.standin.scenarios import BY_SLUG

DONE, UNSEEN = BY_SLUG["done"], BY_SLUG["split_unseen_a"]


@pytest.fixture
def stage(signed_in_stage):
    return signed_in_stage


def cancelled(stage, slug: str) -> Receipt:
    """Return the receipt of an order, with the reporting interface asked."""
    robot = stage.robot(**stage.standin.reports_env())
    cases = robot.cases
    asked = replace(cases, reports=open_reports(cases.settings, cases.redactor))
    story = BY_SLUG[slug]
    request = CancelRequest("amazon_business", story.number, story.po)
    return replace(robot, cases=asked).run([request])[0]


def said(receipt: Receipt) -> list[tuple[str, str]]:
    return [(one.source, one.says) for one in receipt.witnesses]


def test_report_is_a_witness_in_the_receipt(stage):
    """It is told beside the pages, without anybody's name."""
    receipt = cancelled(stage, "done")
    assert receipt.outcome == "done"
    assert ("order_report", "cancelled") in said(receipt)
    assert stage.world.oracle.count(REPORT_READ, DONE.po) == 1
    assert stage.world.amazon.customer not in str(to_json(receipt))


def test_order_that_only_the_report_knows_is_looked_at(stage):
    """The list shows one's own orders only; a colleague's is live."""
    stage.world.amazon.all_orders = "none"
    receipt = cancelled(stage, "split_unseen_a")
    assert receipt.problem == "split_po"
    assert BY_SLUG["split_unseen_b"].number in receipt.summary
    assert stage.world.oracle.count(PO_SUBMIT, UNSEEN.po) == 0


def test_report_that_contradicts_the_page_is_a_persons(stage):
    stage.world.amazon.api_is_late = True
    receipt = cancelled(stage, "done")
    assert (receipt.outcome, receipt.problem) == ("needs_person", "sources_disagree")
    assert ("order_report", "live") in said(receipt)
    assert stage.world.oracle.count(PO_SUBMIT, DONE.po) == 0


def test_report_that_is_refused_is_told_and_changes_nothing(stage):
    """It is a second source, and the work goes on without it; the receipt says that it was."""
    stage.world.faults.add(SiteFault("status", "orderReports", 403, times=None))
    receipt = cancelled(stage, "done")
    assert receipt.outcome == "done"
    (told,) = [one for one in receipt.witnesses if one.source == "order_report"]
    assert (told.says, told.text) == ("unknown", "It did not answer.")
