"""The vendor and RealSource by way of a lane's browser, without one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from robot.cancellation.orders import ListedOrder, Listing, OrderState
from robot.errors import NeedsPerson, SystemFailure
from robot.problems import Problem
from robot.redaction import Redactor
from robot.runner.systems import BrowserSystems
from tests.support.facts import CANCELLED, ONE, PO, TWO, VENDOR
from tests.support.fake_systems import SITES


def systems_at(run, **more):
    return BrowserSystems(
        lane=SimpleNamespace(run=run),
        sites=SITES,
        credentials=None,
        evidence=SimpleNamespace(redactor=Redactor()),
        vendor=SITES.site(VENDOR),
        **more,
    )


@pytest.fixture
def loaded(monkeypatch):
    """The numbers of the orders whose pages were loaded; each shows its order cancelled."""
    numbers = []

    def look(_systems, number):
        numbers.append(number)
        return replace(CANCELLED, number=number, text="Loaded again.")

    monkeypatch.setattr(BrowserSystems, "look_at_order", look)
    return numbers


def listing(*numbers, reported=()):
    """Systems whose list of a PO's orders shows these, and whose report knows of others."""
    cards = tuple(ListedOrder(number, OrderState.CANCELLED) for number in numbers)
    told = tuple(ListedOrder(number) for number in reported)
    reports = SimpleNamespace(orders_of_po=lambda _po: told)
    return systems_at(lambda *_args, **_more: (cards, Listing.ACCOUNT), reports=reports)


def test_page_that_was_just_seen_is_not_loaded_again(loaded):
    found = listing(TWO, ONE).orders_of_po(PO, (), CANCELLED)
    assert loaded == [TWO]
    assert found.orders[1] == CANCELLED
    assert [card.number for card in found.cards] == [order.number for order in found.orders]


def test_page_that_the_list_does_not_show_is_loaded(loaded):
    """The report alone names it, or nothing does."""
    assert len(listing(TWO, reported=[ONE]).orders_of_po(PO, (), CANCELLED).orders) == 2
    assert len(listing(TWO).orders_of_po(PO, (), CANCELLED).orders) == 1
    assert loaded == [TWO, ONE, TWO]


def test_known_orders_are_all_loaded_afresh(loaded):
    """The look before the PO's press rests on no other."""
    listing(ONE).orders_of_po(PO, (ONE, TWO), CANCELLED)
    assert loaded == [ONE, TWO]


@pytest.mark.parametrize(
    "more",
    [{"po": "PO-9"}, {"po_text": "PO number: P1, P2"}, {"state": OrderState.UNKNOWN}],
    ids=["another PO", "a PO that can't be read", "no state that is known"],
)
def test_what_was_just_seen_is_checked_like_a_page(loaded, more):
    with pytest.raises(NeedsPerson) as stop:
        listing(ONE).orders_of_po(PO, (), replace(CANCELLED, **more))
    assert stop.value.problem == Problem.PO_MISMATCH
    assert loaded == []


def test_without_a_look_right_before_each_page_is_loaded(loaded):
    listing(ONE, TWO).orders_of_po(PO, (), None)
    assert loaded == [ONE, TWO]


def test_flow_that_fails_by_itself_is_told_without_its_words():
    """What it met may hold a page's text; the log has it."""

    def run(_work, **_more):
        raise ValueError("canary")

    systems = systems_at(run)
    with pytest.raises(SystemFailure) as stop:
        systems.look_at_order(ONE)
    said = "The robot itself failed at Amazon Business (ValueError); the log has the details."
    assert stop.value.text == said
    assert stop.value.problem == Problem.INTERNAL_ERROR
    assert not stop.value.retry
