"""Where the vendor's list contradicts the orders' own pages, it is a person's and no vote."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.actions import Finish, LookAtOrdersOfPo, LookAtPo, SubmitPoCancel
from robot.cancellation.decide import decide
from robot.cancellation.events import (
    Approved,
    Failed,
    OrderSeen,
    OrdersOfPoSeen,
    PoIntended,
    PoSeen,
    Resumed,
)
from robot.cancellation.orders import ListedOrder, Listing, OrderState, Outcome
from robot.cancellation.po_checks import disagreement
from robot.cancellation.policy import Policy
from robot.cancellation.state import replay
from robot.problems import Problem
from tests.support.facts import ASKED, CANCELLED, LIVE, ONE, OPEN, PO, T0, TWO

POLICY = Policy(timedelta(seconds=20))
ASKED_OF_PO = replace(ASKED, po=PO)
STANDING = Approved(
    at=T0, approval="a1", by="a", how="option", until=T0 + timedelta(days=1), numbers=(ONE,)
)
OTHER = replace(CANCELLED, number=TWO)
BEGUN = ASKED_OF_PO, STANDING, OrderSeen(at=T0, facts=CANCELLED)
TOLD = "the list shows order 111-2 as shipped, its own page as cancelled"


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def listed(*states, seconds=1.0, orders=(CANCELLED, OTHER)):
    """A look at the list, whose cards show the orders in these states."""
    cards = [ListedOrder(order.number, state) for order, state in zip(orders, states, strict=True)]
    return OrdersOfPoSeen(
        at=at(seconds), po=PO, orders=orders, listing=Listing.ALL_USERS, cards=tuple(cards)
    )


def nxt(*events):
    return decide(replay((*BEGUN, *events)), POLICY)


AGREED = listed(OrderState.CANCELLED, OrderState.CANCELLED)
DISAGREED = listed(OrderState.CANCELLED, OrderState.SHIPPED)


def test_agreeing_sources_go_on_to_the_po():
    assert isinstance(nxt(AGREED), LookAtPo)


def test_list_that_disagrees_is_looked_at_once_more():
    assert nxt(DISAGREED) == LookAtOrdersOfPo(PO, at(21))


def test_list_that_agrees_by_then_was_only_slower():
    assert isinstance(nxt(DISAGREED, replace(AGREED, at=at(22))), LookAtPo)


def test_list_that_disagrees_twice_is_a_persons():
    again = replace(DISAGREED, at=at(22))
    assert nxt(DISAGREED, again) == Finish(Outcome.NEEDS_PERSON, Problem.SOURCES_DISAGREE, TOLD)


REPORT = (ListedOrder(ONE, OrderState.CANCELLED), ListedOrder(TWO, OrderState.LIVE))
REPORTED = replace(AGREED, cards=(), reported=REPORT)


def test_report_that_disagrees_is_asked_once_more():
    """The vendor's reporting interface is a source like its list."""
    assert nxt(REPORTED) == LookAtOrdersOfPo(PO, at(21))
    agreed = tuple(replace(one, state=OrderState.CANCELLED) for one in REPORT)
    assert isinstance(nxt(REPORTED, replace(REPORTED, at=at(22), reported=agreed)), LookAtPo)


@pytest.mark.parametrize("reported", [REPORT, ()])
def test_report_that_takes_nothing_back_is_a_persons(reported):
    told = "the report shows order 111-2 as live, its own page as cancelled"
    again = replace(REPORTED, at=at(22), reported=reported)
    if not reported:
        again = replace(again, cards=AGREED.cards)
    assert nxt(REPORTED, again) == Finish(Outcome.NEEDS_PERSON, Problem.SOURCES_DISAGREE, told)


def test_report_without_a_status_contradicts_nothing():
    silent = tuple(replace(one, state=OrderState.UNKNOWN) for one in REPORT)
    assert isinstance(nxt(replace(REPORTED, reported=silent)), LookAtPo)


@pytest.mark.parametrize("cards", [(OrderState.CANCELLED, OrderState.UNKNOWN), None])
def test_list_that_says_nothing_any_more_takes_nothing_back(cards):
    """What could not be looked at again is not settled by that."""
    again = replace(DISAGREED, at=at(22), cards=DISAGREED.cards[:1])
    if cards is not None:
        again = listed(*cards, seconds=22)
    assert nxt(DISAGREED, again) == Finish(Outcome.NEEDS_PERSON, Problem.SOURCES_DISAGREE, TOLD)


def test_second_look_that_failed_is_tried_again_later():
    down = Failed(at=at(30), problem="site_down", text="The site did not answer.")
    action = nxt(DISAGREED, down)
    assert isinstance(action, LookAtOrdersOfPo)
    assert action.not_before > at(30)


def test_known_orders_read_again_do_not_outvote_the_list():
    """Only a look at the list itself, not one at the pages alone, takes it back."""
    pages = replace(AGREED, cards=(), at=at(30))
    assert nxt(DISAGREED, pages) == LookAtOrdersOfPo(PO, at(21))


def test_who_takes_it_up_again_has_everything_looked_at_anew():
    again = replace(DISAGREED, at=at(22))
    resumed = Resumed(at=at(60)), OrderSeen(at=at(61), facts=CANCELLED)
    assert nxt(DISAGREED, again, *resumed) == LookAtOrdersOfPo(PO, seen=CANCELLED)
    assert isinstance(nxt(DISAGREED, again, *resumed, replace(AGREED, at=at(62))), LookAtPo)


def test_list_is_no_reason_to_doubt_after_the_pos_press():
    """Then the PO is read back, whatever else is shown."""
    look = PoSeen(at=at(2), facts=OPEN)
    events = AGREED, look, replace(AGREED, at=at(3), cards=())
    action = nxt(*events)
    assert isinstance(action, SubmitPoCancel)
    approval = action.approval
    press = PoIntended(at=at(4), token=1, approval=approval.id, digest=approval.digest)
    assert isinstance(nxt(*events, press, replace(DISAGREED, at=at(5))), LookAtPo)


@pytest.mark.parametrize(
    "card, page, told",
    [
        (OrderState.CANCELLED, OrderState.CANCELLED, False),
        (OrderState.LIVE, OrderState.CANCELLED, True),
        (OrderState.SHIPPED, OrderState.CANCELLED, True),
        (OrderState.CANCELLED, OrderState.LIVE, True),
        (OrderState.CANCELLED, OrderState.SHIPPED, True),
        (OrderState.PARTLY_CANCELLED, OrderState.CANCELLED, True),
        (OrderState.PARTLY_SHIPPED, OrderState.CANCELLED, True),
        (OrderState.UNKNOWN, OrderState.CANCELLED, False),
        (OrderState.LIVE, OrderState.SHIPPED, False),
        (OrderState.LIVE, OrderState.PARTLY_CANCELLED, False),
    ],
)
def test_sources_contradict_only_in_what_they_prove(card, page, told):
    look = listed(card, orders=(replace(LIVE, state=page),))
    assert bool(disagreement(look)) is told


def test_card_of_an_order_whose_page_was_not_read_says_nothing():
    look = replace(DISAGREED, orders=(CANCELLED,))
    assert disagreement(look) == ""
