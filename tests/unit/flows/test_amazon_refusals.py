"""Where Amazon's pages stop a flow before it presses, and how that is told."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from flows.amazon import cancel, search
from flows.amazon.form import CancelForm
from flows.amazon.sign_in import _device
from robot.cancellation.orders import OrderFacts, OrderState
from robot.errors import NeedsPerson, SystemFailure
from robot.problems import Problem
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites
from tests.support.facts import ONE

AMAZON = Sites().site("amazon_business")
ORDERS = "https://www.amazon.com/your-orders/orders"
WANTED = OrderFacts(ONE, OrderState.LIVE, cancel_url="https://www.amazon.com/cancel")
FORM = CancelForm(ONE, item_ids=("1",), titles=("Pens",), quantities=(1,), ticked=())


def page(screen, body="<p>x</p>"):
    return Location(PageSnapshot(ORDERS, f"<body>{body}</body>"), AMAZON, screen)


class Shown:
    """A visit that is always shown the same page, with controls that do nothing."""

    site = AMAZON

    def __init__(self, here, *, ready=True):
        self.here = here
        self.shots = []
        self.controls = SimpleNamespace(
            typed=set(),
            set_checked=lambda *_, **_more: None,
            is_ready=lambda *_: ready,
            click=lambda *_, **_more: None,
            fill=lambda *_: None,
            press_enter=lambda *_: None,
        )
        self.access = SimpleNamespace(signed_in=lambda: None)

    def goto(self, _url, **_more):
        return self.here

    def following(self):
        return nullcontext()

    def look(self, *, anew=False):
        return self.here

    def wait_for_screen(self, *_, **_more):
        return self.here

    def mark(self, *_):
        return 0

    def pause(self, _seconds):
        pass

    def screenshot(self, what, **_more):
        self.shots.append(what)


def test_form_that_leads_away_is_too_late(monkeypatch):
    monkeypatch.setattr(cancel, "open_signed_in", lambda *_, **_more: page("order_details"))
    with pytest.raises(NeedsPerson) as stop:
        cancel.submit(Shown(None), WANTED, lambda: pytest.fail("pressed"), "")
    assert stop.value.problem == Problem.TOO_LATE
    said = f"Amazon leads away from the cancel form of order {ONE}: it can no longer be cancelled."
    assert stop.value.text == said


def test_form_whose_lines_stay_unticked_is_not_pressed(monkeypatch):
    monkeypatch.setattr(cancel, "read_form", lambda *_: FORM)
    here = page("cancel_form")
    with pytest.raises(NeedsPerson) as stop:
        cancel._fill_form(Shown(here), here, FORM, "")
    assert stop.value.text == (
        f"Not every line of order {ONE} could be ticked. Nothing was pressed."
    )


def test_form_that_does_not_react_is_not_pressed(monkeypatch):
    monkeypatch.setattr(cancel, "_ENABLED_SECONDS", 0.0)
    visit = Shown(page("cancel_form"), ready=False)
    with pytest.raises(SystemFailure) as stop:
        cancel._tick(visit, FORM)
    assert stop.value.text == (
        f"The cancel form of order {ONE} did not react to its ticked lines. Nothing was pressed."
    )
    assert visit.shots == ["form without life"]


def test_code_to_a_telephone_alone_is_a_persons():
    with pytest.raises(NeedsPerson) as stop:
        _device(Shown(page("device")), page("device"))
    assert stop.value.text == (
        "Amazon offers the one-time code by text or call only, not from the authenticator app."
    )
    assert "vendorfirst login amazon_business" in stop.value.next_step


def test_list_that_signs_out_is_told():
    with pytest.raises(SystemFailure) as stop:
        search._new_cards(Shown(page("password")), 0)
    assert stop.value.problem == Problem.SIGNED_OUT
    said = "Nobody was signed in at Amazon any more while its list of orders was read."
    assert stop.value.text == said


def test_list_without_an_end_is_not_trusted(monkeypatch):
    """Each page has another behind it."""
    monkeypatch.setattr(search, "_MOST_PAGES", 2)
    following = "<ul class=a-pagination><li class=a-last><a href=#>Next</a></li></ul>"
    here = page("business_list", following)
    assert here.page.find(AMAZON.element("list_next"))
    for name in ("open_signed_in", "_widened", "_new_cards"):
        monkeypatch.setattr(search, name, lambda *_: here)
    monkeypatch.setattr(search, "_is_whole_search", lambda *_: True)
    with pytest.raises(NeedsPerson) as stop:
        search.orders_of_po(Shown(here), "P0012345")
    assert stop.value.text == (
        "The list of PO P0012345's orders has more than 2 pages; the robot does not trust that."
    )
