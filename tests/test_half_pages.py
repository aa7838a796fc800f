"""Between two documents, and while one is still coming, nothing is read: half a page says anything."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Error as PlaywrightError

from flows import amazon_business, realsource
from robot import site as sites
from robot.here import Here
from robot.orders import Verdict
from robot.page import Page
from robot.snapshot import snapshot

AMAZON, REALSOURCE = (sites.load(name, None) for name in ("amazon_business", "realsource"))
UNDER_WAY = Here(Page("https://www.amazon.com/", ""), None, None)
ERROR_PAGE = Here(Page("chrome-error://chromewebdata/", "<p>No internet</p>", 1.0), None, None)


def visit(site, *seen):
    """A visit that is at one place after the other."""
    places = iter(seen)
    return SimpleNamespace(
        site=site, settle=lambda *_, **__: next(places), look=lambda: next(places), pause=lambda _: None,
        shot=lambda *_, **__: None,
    )  # fmt: skip


def test_an_answer_that_is_on_its_way_is_not_lost():
    asked_again = Here(Page("https://www.amazon.com/ap/signin", "<p>x</p>", 2.0), AMAZON, "password")
    answer = amazon_business._outcome(visit(AMAZON, UNDER_WAY, UNDER_WAY, asked_again))
    assert answer.verdict is Verdict.SIGNED_OUT


def test_the_same_in_realsource():
    start = Here(Page("https://realsource.vcu.edu/", "<p>x</p>", 2.0), REALSOURCE, "start")
    answer = realsource._outcome(visit(REALSOURCE, UNDER_WAY, UNDER_WAY, start))
    assert answer.verdict is Verdict.SIGNED_OUT


@pytest.mark.parametrize("flow, site", [(amazon_business, AMAZON), (realsource, REALSOURCE)])
def test_an_error_page_instead_of_an_answer_means_that_it_is_lost(flow, site):
    assert flow._outcome(visit(site, UNDER_WAY, ERROR_PAGE)).verdict is Verdict.LOST


def test_half_a_page_is_not_read(stage):
    """A document whose end never comes: its first half is there, and says nothing."""
    stage.robot()

    def read():
        page = stage._lane.page("amazon_business")
        page.set_content("<p>whole</p>")
        whole = snapshot(page).text()
        page.evaluate("document.open(); document.write('<p>half')")
        with pytest.raises(PlaywrightError, match="on its way"):
            snapshot(page)
        return whole

    assert "whole" in stage._lane.run(read)
