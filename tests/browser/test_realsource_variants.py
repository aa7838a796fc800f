"""RealSource in the shapes that other campuses' guides show: three menus, two dialogs."""

from __future__ import annotations

import json

import pytest

from robot.cancellation.request import CancelRequest
from robot.redaction import Redactor
from robot.runner.robot import open_robot
from robot.sites.registry import Sites
from robot.standin.oracle import PO_SHOWN, PO_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.stage import settings_for

DONE = BY_SLUG["already_cancelled"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "menu,dialog",
    [
        ("dots", "iframe"),
        ("title_link", "inline"),
        ("title_link", "iframe"),
        ("classic", "inline"),
        ("classic", "iframe"),
    ],
)
def test_the_cancel_action_is_found_and_confirmed_in_every_shape(menu, dialog, standin, tmp_path):
    world = standin.world
    world.amazon.mfa, world.vcu.duo = "none", "none"
    world.vcu.menu_shape, world.vcu.modal_shape = menu, dialog
    with open_robot(settings_for(standin, tmp_path), Sites(), Redactor()) as robot:
        receipt = robot.run(
            [CancelRequest("amazon_business", DONE.number, DONE.po, "Ordered twice", "tests")]
        )[0]
    assert receipt.outcome == "done", receipt.summary
    pressed = [json.loads(entry.detail) for entry in world.oracle.of(PO_SUBMIT, DONE.po)]
    assert len(pressed) == 1
    assert "This order has been cancelled" in pressed[0]["comment"]
    assert "Ordered twice" in pressed[0]["comment"]
    assert world.oracle.broken_promises() == []


@pytest.mark.slow
def test_po_shown_cancelled_before_press_is_looked_at_again(standin, tmp_path):
    """A PO that shows as cancelled just before the press is looked at again.

    As after a press of a process that was killed, whose effect came late: nothing of that is a
    person's.
    """
    world = standin.world
    world.amazon.mfa, world.vcu.duo = "none", "none"
    doc = world.vcu.purchase_orders[DONE.po]
    looks = []

    def watch(entry):
        if entry.kind == PO_SHOWN and entry.subject == DONE.po:
            looks.append(entry)
            doc.status = "Cancelled" if len(looks) == 2 else doc.status  # the load before the press

    world.oracle.watch = watch
    with open_robot(settings_for(standin, tmp_path), Sites(), Redactor()) as robot:
        receipt = robot.run(
            [CancelRequest("amazon_business", DONE.number, DONE.po, "Ordered twice", "tests")]
        )[0]
    assert (receipt.outcome, receipt.realsource.submits) == ("done", 0), receipt.summary
    assert world.oracle.count(PO_SUBMIT, DONE.po) == 0
    assert len(looks) == 3
