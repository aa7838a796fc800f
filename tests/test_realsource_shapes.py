"""RealSource in the shapes that other campuses' guides show: three menus, two dialogs."""

from __future__ import annotations

import json

import pytest

from robot.app import opened
from robot.secrets import Redactor
from robot.standin.oracle import PO_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.wishes import Wish
from tests.conftest import settings_for

DONE = BY_SLUG["already_cancelled"]


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
    with opened(settings_for(standin, tmp_path), Redactor()) as robot:
        receipt = robot.run([Wish("amazon_business", DONE.number, DONE.po, "Ordered twice", "tests")])[0]
    assert receipt["outcome"] == "done", receipt["summary"]
    pressed = [json.loads(entry.detail) for entry in world.oracle.of(PO_SUBMIT, DONE.po)]
    assert len(pressed) == 1
    assert "This order has been cancelled" in pressed[0]["comment"]
    assert "Ordered twice" in pressed[0]["comment"]
    assert world.oracle.broken_promises() == []
