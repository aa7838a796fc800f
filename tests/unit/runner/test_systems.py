"""The vendor and RealSource by way of a lane's browser, without one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from robot.errors import SystemFailure
from robot.problems import Problem
from robot.redaction import Redactor
from robot.runner.systems import BrowserSystems
from tests.support.facts import ONE, VENDOR
from tests.support.fake_systems import SITES


def test_flow_that_fails_by_itself_is_told_without_its_words():
    """What it met may hold a page's text; the log has it."""

    def run(_work, **_more):
        raise ValueError("canary")

    systems = BrowserSystems(
        lane=SimpleNamespace(run=run),
        sites=SITES,
        credentials=None,
        evidence=SimpleNamespace(redactor=Redactor()),
        vendor=SITES.site(VENDOR),
    )
    with pytest.raises(SystemFailure) as stop:
        systems.look_at_order(ONE)
    said = "The robot itself failed at Amazon Business (ValueError); the log has the details."
    assert stop.value.text == said
    assert stop.value.problem == Problem.INTERNAL_ERROR
    assert not stop.value.retry
