"""Between two documents, and while one is still coming, nothing is read: half a page says anything.

A page whose rest never comes is the site's failure, tried again; it is nothing that a person must
settle.
"""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from playwright.sync_api import Error as PlaywrightError

from flows import waiting
from flows.amazon import cancel as amazon_cancel
from flows.amazon import search as amazon_list
from flows.realsource.cancel import _outcome as realsource_outcome
from robot.browser import visit as visiting
from robot.browser.snapshot import take_snapshot
from robot.browser.visit import Visit
from robot.cancellation.orders import Verdict
from robot.cancellation.request import CancelRequest
from robot.errors import NeedsPerson, SiteDown, SystemFailure
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites
from robot.standin.faults import SiteFault
from robot.standin.oracle import VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG

AMAZON, REALSOURCE = (Sites().site(name) for name in ("amazon_business", "realsource"))
UNDER_WAY = Location(PageSnapshot("https://www.amazon.com/", ""), None, None)
ERROR_PAGE = Location(
    PageSnapshot("chrome-error://chromewebdata/", "<p>No internet</p>", 1.0), None, None
)


def visit(site, *seen):
    """A visit that is at one place after the other."""
    places = iter(seen)
    return SimpleNamespace(
        site=site, wait_for_screen=lambda *_, **__: next(places), look=lambda: next(places),
        pause=lambda _: None, wait_for_change=lambda *_: None, screenshot=lambda *_, **__: None,
    )  # fmt: skip


def pageless():
    """A visit to Amazon without a page."""
    return Visit(SimpleNamespace(live=None), AMAZON, SimpleNamespace(companions=()), None)


def test_an_answer_that_is_on_its_way_is_not_lost():
    asked_again = Location(
        PageSnapshot("https://www.amazon.com/ap/signin", "<p>x</p>", 2.0), AMAZON, "password"
    )
    answer = amazon_cancel._outcome(visit(AMAZON, UNDER_WAY, UNDER_WAY, asked_again))
    assert answer.verdict is Verdict.SIGNED_OUT


SUMMARY = "https://www.amazon.com/progress-tracker/package/preship/cancel-summary"


def summary(text, at=2.0):
    html = f"<div id=preship-cancel-summary-page-container>{text}</div>"
    return Location(PageSnapshot(SUMMARY, html, at), AMAZON, "cancel_summary")


PART = (
    "<h2 class=preshipCancel-shipment-status>Cancelled</h2><h2"
    " class=preshipCancel-shipment-status>Cancelling</h2>"
)
ALL = "<div data-csa-c-content-id=SUCCESS>Cancellation successful</div>" + PART.replace(
    "Cancelling", "Cancelled"
)
SIGN_IN = Location(
    PageSnapshot("https://www.amazon.com/ap/signin", "<p>x</p>", 3.0), AMAZON, "password_again"
)


@pytest.mark.parametrize(
    "then, verdict",
    [
        (summary(ALL), Verdict.CONFIRMED),
        (summary("Unable to cancel this order"), Verdict.REFUSED),
        (SIGN_IN, Verdict.PARTIAL),
        (ERROR_PAGE, Verdict.PARTIAL),
        (SystemFailure("It hung up."), Verdict.PARTIAL),
    ],
)
def test_answer_that_may_change_is_no_lost_press(then, verdict, monkeypatch):
    """An answer that may change is waited for and never taken for a lost press.

    A press that was answered, whatever the answer, did arrive: only a lost one may be made
    again.
    """
    monkeypatch.setattr(amazon_cancel, "_STEADY_SECONDS", 5.0)
    at = visit(AMAZON)
    places = iter([summary(PART), summary(PART), then])

    def settle(*_, **__):
        place = next(places)
        if isinstance(place, Exception):
            raise place
        return place

    at.wait_for_screen = settle
    assert amazon_cancel._outcome(at).verdict is verdict


def test_an_answer_that_stays_as_it_is_counts(monkeypatch):
    monkeypatch.setattr(amazon_cancel, "_STEADY_SECONDS", 0.1)
    at = visit(AMAZON)
    at.wait_for_screen, at.pause = (
        lambda *_, **__: summary("Something new"),
        lambda _: time.sleep(0.02),
    )
    assert amazon_cancel._outcome(at).verdict is Verdict.UNCLEAR


FORM = (
    "https://www.amazon.com/progress-tracker/package/preship/cancel-items"
    "?orderID=111-1111111-1111111"
)
NOTE = (
    "If we are unable to cancel, you can return the items. You'll get a mail about your"
    " cancellation request."
)
WARNING = (
    "<div data-csa-c-content-id=WARNING>All discounted bundle items must be canceled together</div>"
)
ERROR = (
    "<div class=preshipCancel-error-alert>Sorry, there was a problem cancelling the items.</div>"
)
NO = "<p>Unable to cancel requested items. We apologize for the inconvenience.</p>"
MAYBE = "<p>Attempting to cancel requested items</p>"


def form(stood, came="", at=2.0):
    html = (
        "<div id=preship-cancel-items-page-container><form"
        f" id=cancel-items-form>{stood}</form>{came}</div>"
    )
    return Location(PageSnapshot(FORM, html, at), AMAZON, "cancel_form")


@pytest.mark.parametrize(
    "stood, came, verdict",
    [
        ("", NO, Verdict.REFUSED),
        (f"<b>{WARNING}</b>", NO, Verdict.REFUSED),
        (WARNING, ERROR, Verdict.TECHNICAL),
        ("", WARNING, Verdict.BUNDLE),
        ("", MAYBE, Verdict.PENDING),
        (WARNING, MAYBE, Verdict.PENDING),
    ],
)
def test_answer_anywhere_in_form_counts_and_earlier_note_not(stood, came, verdict):
    """An answer may come anywhere in the form, and what stood there before is none.

    A note that is always there must not end as "refused" what the site is still at.
    """
    before = form(stood)
    assert (
        amazon_cancel._outcome(visit(AMAZON, before, form(stood, came)), before.page).verdict
        is verdict
    )


def test_what_always_stands_in_the_form_is_no_answer():
    before = form(f"{NOTE} {WARNING}")
    after = visit(AMAZON, before, before, summary(ALL))
    assert amazon_cancel._outcome(after, before.page).verdict is Verdict.CONFIRMED


def test_what_an_unknown_page_says_is_no_answer():
    """Another document that only mentions that something can't be cancelled: the order is read
    afresh instead.
    """
    before, help_page = (
        form(""),
        Location(
            PageSnapshot(FORM, "<p>What to do when we are unable to cancel</p>", 3.0), AMAZON, None
        ),
    )
    then = visit(AMAZON, help_page, help_page, SIGN_IN)
    assert amazon_cancel._outcome(then, before.page).verdict is Verdict.SIGNED_OUT


def test_note_of_the_form_is_no_answer_when_it_comes_back():
    """A note of the form is no answer when the form comes back."""
    again = visit(AMAZON, form(NOTE, at=3.0), summary(ALL))
    assert amazon_cancel._outcome(again, form(NOTE).page).verdict is Verdict.CONFIRMED


def test_a_form_that_comes_back_with_its_warning_says_it_anew():
    before = form(WARNING)
    assert (
        amazon_cancel._outcome(visit(AMAZON, form(WARNING, at=3.0)), before.page).verdict
        is Verdict.BUNDLE
    )


def test_a_sign_in_page_of_any_kind_instead_of_an_answer_is_one():
    assert amazon_cancel._outcome(visit(AMAZON, UNDER_WAY, SIGN_IN)).verdict is Verdict.SIGNED_OUT


def test_the_same_in_realsource():
    start = Location(
        PageSnapshot("https://realsource.vcu.edu/", "<p>x</p>", 2.0), REALSOURCE, "start"
    )
    answer = realsource_outcome(visit(REALSOURCE, UNDER_WAY, UNDER_WAY, start))
    assert answer.verdict is Verdict.SIGNED_OUT


@pytest.mark.parametrize(
    "outcome, site", [(amazon_cancel._outcome, AMAZON), (realsource_outcome, REALSOURCE)]
)
def test_error_page_instead_of_answer_means_it_is_lost(outcome, site):
    """An error page instead of an answer means that it is lost."""
    assert outcome(visit(site, UNDER_WAY, ERROR_PAGE)).verdict is Verdict.LOST


def test_half_a_page_is_not_read(stage):
    """A document whose end never comes: its first half is there, and says nothing."""
    robot = stage.robot()

    def read(browser):
        page = browser.tab("amazon_business").live
        page.set_content("<p>whole</p>")
        whole = take_snapshot(page).text()
        page.evaluate("document.open(); document.write('<p>half')")
        with pytest.raises(PlaywrightError, match="on its way"):
            take_snapshot(page)
        return whole

    assert "whole" in robot.cases.lane.run(read)


@pytest.mark.slow
def test_order_list_is_asked_again_when_cards_never_come(stage):
    """A list of orders whose cards never come is asked for again."""
    # A browser asks once more by itself where a kept connection breaks: both are lost.
    stage.world.faults.add(
        SiteFault("lost_reply", "POST www.amazon.com/ab/your-orders/orderHistory", times=2)
    )
    receipt = stage.look("done")
    assert receipt.outcome == "dry_run", receipt.summary
    failed = [step for step in receipt.steps if step.state == "failed"]
    assert failed, receipt.steps
    assert all("every order of the PO" in step.name for step in failed)


def test_a_form_whose_script_was_lost_is_opened_again(signed_in_stage):
    stage = signed_in_stage
    stage.world.faults.add(SiteFault("status", "/assets/cancel.js", 503, times=1))
    number = BY_SLUG["po_already_cancelled"].number
    receipt = stage.robot().run([CancelRequest("amazon_business", number, None)])[0]
    assert receipt.outcome == "done", receipt.summary
    assert [step.name for step in receipt.steps if step.state == "failed"] == [
        "Cancel at Amazon Business"
    ]
    assert stage.world.oracle.count(VENDOR_SUBMIT) == 1


@pytest.mark.slow
def test_a_search_that_is_answered_with_an_error_is_made_again(stage):
    stage.world.faults.add(SiteFault("status", "/apps/Router/QuickSearch", 503))
    receipt = stage.look("done")
    assert receipt.outcome == "dry_run", receipt.summary
    assert [step.name for step in receipt.steps if step.state == "failed"] == [
        "Look at the PO in RealSource"
    ]


def test_loading_list_is_down_only_when_its_time_is_over():
    """A list that is still loading is down only when its time is over."""
    source = '<div id="yourOrderHistorySection"></div>'
    loading = Location(
        PageSnapshot("https://www.amazon.com/ab/your-orders/orders", source, 1.0),
        AMAZON,
        "business_list_loading",
    )
    live = pageless()
    pictured: list[str] = []
    live.screenshot = pictured.append
    assert live._allowed(loading) is loading
    assert pictured == []
    with pytest.raises(SiteDown, match="does not finish loading"):
        live._allowed(loading, late=True)
    assert len(pictured) == 1


@pytest.mark.parametrize("status, problem", [(503, SiteDown), (404, NeedsPerson), (0, NeedsPerson)])
def test_unknown_page_is_site_failure_only_with_its_own_error(status, problem, monkeypatch):
    """Only the site's own error makes an unknown page its failure."""
    monkeypatch.setattr(visiting, "http_status", lambda _live: status)
    here = pageless()
    here.screenshot = lambda _what: None
    assert (
        type(
            here.unknown_page(
                Location(PageSnapshot("https://www.amazon.com/x", "<p>x</p>", 1.0), AMAZON, None),
                "looking",
            )
        )
        is problem
    )


def test_session_that_ends_during_list_is_no_unknown_page():
    """A session that ends while the list is read is no unknown page."""
    asked_again = Location(
        PageSnapshot("https://www.amazon.com/ap/signin", "<p>x</p>", 2.0), AMAZON, "email_classic"
    )
    with pytest.raises(SystemFailure) as told:
        amazon_list._new_cards(visit(AMAZON, asked_again), stale=1)
    assert (told.value.problem, told.value.retry) == ("signed_out", True)


def test_order_list_that_does_not_change_is_site_failure(monkeypatch):
    """A list of orders that does not change is the site's failure."""
    source = '<div id="yourOrderHistorySection"><div id="orderCard" vf-stale=""></div></div>'
    old = Location(
        PageSnapshot("https://www.amazon.com/ab/your-orders/orders", source, 1.0),
        AMAZON,
        "business_list",
    )
    ticks = iter(range(100))
    clock = SimpleNamespace(monotonic=lambda: next(ticks))
    monkeypatch.setattr(amazon_list, "time", clock)
    monkeypatch.setattr(waiting, "time", clock)
    with pytest.raises(SiteDown, match="does not change"):
        amazon_list._new_cards(visit(AMAZON, *[old] * 20), stale=1)
