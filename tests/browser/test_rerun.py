"""The same command once more, after it ended: it looks anew, presses nothing that is pressed, and
loses no receipt.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from robot.cancellation.events import Requested
from robot.cancellation.request import CancelRequest
from robot.redaction import Redactor
from robot.runner.cases import Cases
from robot.runner.robot import open_robot
from robot.sites.registry import Sites
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.stage import settings_for

STORY = BY_SLUG["done"]
WISH = CancelRequest("amazon_business", STORY.number, None)
CASE = f"amazon_business:{STORY.number}"


@pytest.fixture
def stage(signed_in_stage):
    return signed_in_stage


def test_a_cancellation_that_is_done_is_done_once_more(stage):
    stage.robot().run([WISH])

    receipt = stage.robot().run([WISH])[0]

    assert receipt.outcome == "done", receipt.summary
    assert (receipt.vendor.state, receipt.realsource.state) == (
        "already_cancelled",
        "already_cancelled",
    )
    assert receipt.order.po == STORY.po
    assert stage.world.oracle.count(VENDOR_SUBMIT) == stage.world.oracle.count(PO_SUBMIT) == 1
    assert stage.world.oracle.broken_promises() == []


def test_po_cancelled_by_number_is_found_by_it_again(stage):
    """A PO that was cancelled by its number is found by it once more.

    A cancelled order's page names no PO any more: that it is one of this PO's is known from
    before.
    """
    wish = CancelRequest("amazon_business", None, STORY.po)
    assert stage.robot().run([wish])[0].outcome == "done"
    (receipt,) = stage.robot().run([wish])
    assert receipt.outcome == "done", receipt.summary
    assert receipt.order.number == STORY.number
    assert stage.world.oracle.count(VENDOR_SUBMIT) == stage.world.oracle.count(PO_SUBMIT) == 1


@pytest.mark.parametrize("slug", ["no_po_shown", "wrong_po"])
def test_search_result_that_does_not_name_po_is_not_cancelled(signed_in_stage, slug):
    """What a search finds and does not name the PO is not cancelled.

    The list's search looks into titles too.
    """
    story = BY_SLUG[slug]
    line = signed_in_stage.world.amazon.orders[story.number].lines[0]
    line.goods = replace(line.goods, title=f"Labels {story.po}")
    (receipt,) = signed_in_stage.robot().run([CancelRequest("amazon_business", None, story.po)])
    assert receipt.outcome == "needs_person", receipt.summary
    assert receipt.problem == {"no_po_shown": "po_not_shown", "wrong_po": "po_mismatch"}[slug]
    assert story.number in receipt.summary
    assert receipt.realsource.state == "untouched"
    assert signed_in_stage.world.oracle.count(VENDOR_SUBMIT) == 0


@pytest.mark.slow
def test_receipt_swallowed_by_crash_is_written_by_next_run(stage, monkeypatch):
    """A receipt that a crash swallowed is written by the next run."""

    def killed(*_):
        raise KeyboardInterrupt

    robot = stage.robot()
    with monkeypatch.context() as patch:
        patch.setattr(Cases, "write_receipt", killed)
        with pytest.raises(KeyboardInterrupt):
            robot.run([WISH])
    first = [
        event.request_id
        for event in robot.cases.ledger.events(CASE)
        if isinstance(event, Requested)
    ]
    assert robot.cases.ledger.receipts(CASE) == []

    again = stage.robot()
    last = again.run([WISH])[0]

    assert [(r.id, r.outcome) for r in again.cases.ledger.receipts(CASE)] == [
        (first[0], "done"),
        (last.id, "done"),
    ]
    assert again.cases.store.exists(f"{first[0]}/receipt.html")


@pytest.mark.slow
def test_browser_dead_between_steps_is_replaced(standin, tmp_path):
    """A browser that died between two steps is replaced, and the order goes on."""
    standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
    story = BY_SLUG["done"]
    with open_robot(settings_for(standin, tmp_path), Sites(), Redactor()) as robot:
        robot.run([CancelRequest("amazon_business", BY_SLUG["shipped"].number, None)])
        robot.cases.lane.run(lambda browser: browser._browser.close())
        receipt = robot.run([CancelRequest("amazon_business", story.number, None)])[0]
    assert receipt.outcome == "done", receipt.summary
    assert [step.state for step in receipt.steps].count("failed") == 1
    assert standin.world.oracle.count(VENDOR_SUBMIT, story.number) == 1
    assert standin.world.oracle.broken_promises() == []
