"""One fresh look at the order serves its read-back and the first look at the PO's orders.

It does only where nothing happened in between, and no press rests on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.actions import LookAtOrder, LookAtOrdersOfPo, LookAtPo, SubmitPoCancel
from robot.cancellation.decide import decide
from robot.cancellation.events import (
    Approved,
    EvidenceKept,
    Failed,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.orders import ListedOrder, Listing, OrderState, SubmitResult, Verdict
from robot.cancellation.policy import Policy
from robot.cancellation.state import replay
from tests.support.facts import ASKED, CANCELLED, LIVE, ONE, OPEN, PO, T0

SETTLE = timedelta(seconds=20)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


STANDING = Approved(at=T0, approval="a1", by="a", how="option", until=at(10**6), numbers=(ONE,))
INTENDED = VendorIntended(at=at(1), token=1, approval="a1")
ANSWERED = VendorAnswered(at=at(2), answer=SubmitResult(Verdict.CONFIRMED, "Cancelled"))
#: The order is pressed on, and reads back cancelled.
READ_BACK = (
    ASKED,
    STANDING,
    OrderSeen(at=T0, facts=LIVE),
    INTENDED,
    ANSWERED,
    OrderSeen(at=at(3), facts=CANCELLED),
)
FIRST = LookAtOrdersOfPo(PO, seen=CANCELLED)
AFRESH = LookAtOrdersOfPo(PO)
LOOKED = OrdersOfPoSeen(at=at(4), po=PO, orders=(CANCELLED,), listing=Listing.ALL_USERS)
PO_LOOKED = PoSeen(at=at(5), facts=OPEN)


def nxt(*events):
    return decide(replay(events), Policy(SETTLE))


def test_order_that_was_just_read_back_is_not_loaded_again():
    assert nxt(*READ_BACK) == FIRST


def test_order_that_was_cancelled_before_is_not_loaded_twice():
    assert nxt(replace(ASKED, po=PO), OrderSeen(at=T0, facts=CANCELLED)) == FIRST


def test_the_last_look_before_the_press_is_always_fresh():
    """The shared look leads to the PO's page, never to its press."""
    assert nxt(*READ_BACK, LOOKED) == LookAtPo(PO)
    again = LookAtOrdersOfPo(PO, known=(ONE,))
    assert nxt(*READ_BACK, LOOKED, PO_LOOKED) == again
    press = nxt(*READ_BACK, LOOKED, PO_LOOKED, replace(LOOKED, at=at(6)))
    assert isinstance(press, SubmitPoCancel)


def test_order_read_back_between_other_looks_is_loaded_again():
    """Its orders were looked at before, so that this look is the one before the press."""
    back = OrderSeen(at=at(7), facts=CANCELLED)
    assert nxt(*READ_BACK, LOOKED, PO_LOOKED, back) == LookAtOrdersOfPo(PO, known=(ONE,))


def test_where_the_po_was_seen_before_the_look_is_fresh():
    """A press could follow at once."""
    asked = replace(ASKED, po=PO)
    seen = OrderSeen(at=at(1), facts=CANCELLED)
    assert nxt(asked, STANDING, PoSeen(at=T0, facts=OPEN), seen) == AFRESH


@pytest.mark.parametrize(
    "since",
    [
        INTENDED,
        ANSWERED,
        PoIntended(at=at(4), token=1),
        PoAnswered(at=at(4), answer=SubmitResult(Verdict.LOST, "")),
        Stopped(at=at(4), problem="too_late", text="It leads away."),
        replace(STANDING, approval="a2"),
    ],
    ids=lambda event: event.kind,
)
def test_what_happened_since_asks_for_a_fresh_load(since):
    assert nxt(*READ_BACK, since) == AFRESH


def test_failure_since_asks_for_a_fresh_load():
    down = Failed(at=at(4), problem="site_down", text="It failed.", retry=True)
    assert nxt(*READ_BACK, down) == LookAtOrdersOfPo(PO, at(8))


def test_taken_up_again_the_order_is_looked_at_itself():
    resumed = Resumed(at=at(60))
    assert nxt(*READ_BACK, resumed) == LookAtOrder()
    assert nxt(*READ_BACK, resumed, OrderSeen(at=at(61), facts=CANCELLED)) == FIRST


@pytest.mark.parametrize(
    "told",
    [
        SignedIn(at=at(4), site="Amazon Business"),
        EvidenceKept(at=at(4), what="page", file="1.jpg", sha256="0", url=""),
    ],
    ids=lambda event: event.kind,
)
def test_what_tells_of_nothing_done_leaves_the_look_good(told):
    assert nxt(*READ_BACK, told) == FIRST


def test_list_that_contradicts_the_shared_look_has_it_made_anew():
    """The order may have come back since: after the settle time its page is loaded afresh."""
    cards = (ListedOrder(ONE, OrderState.LIVE),)
    assert nxt(*READ_BACK, replace(LOOKED, cards=cards)) == LookAtOrdersOfPo(PO, at(4) + SETTLE)


def test_live_order_of_a_dry_run_is_loaded_again():
    assert nxt(replace(ASKED, dry_run=True), OrderSeen(at=T0, facts=LIVE)) == AFRESH


def test_shared_look_proves_no_more_than_its_load_did():
    """The time that a comment on the PO tells is that of the load."""
    assert replay((*READ_BACK, LOOKED)).known_at == at(3)
    down = Failed(at=at(3.5), problem="site_down", text="It failed.", retry=True)
    assert replay((*READ_BACK, down, LOOKED)).known_at == at(4)
    live = OrderSeen(at=at(3), facts=LIVE)
    assert replay((*READ_BACK[:-1], live, LOOKED)).known_at == at(4)
