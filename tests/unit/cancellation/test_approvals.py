"""A press needs a person's approval of what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.actions import (
    AskApproval,
    Finish,
    LookAtOrder,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.cancellation.approvals import Approval, changes
from robot.cancellation.decide import decide
from robot.cancellation.events import (
    Approved,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Resumed,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.guard import list_case, list_objection, objection
from robot.cancellation.limits import Bound, Limits, Used
from robot.cancellation.orders import Line, Listing, OrderState, Outcome, SubmitResult, Verdict
from robot.cancellation.permissions import Permission
from robot.cancellation.policy import Policy
from robot.cancellation.receipts.receipt import build_receipt, from_json, to_json
from robot.cancellation.receipts.summary import askers, comment_on_po
from robot.cancellation.shown import Shown
from robot.cancellation.state import replay
from tests.support.facts import ASKED, CANCELLED, LIVE, ONE, OPEN, T0, TWO

POLICY = Policy(timedelta(seconds=20))
FAR = T0 + timedelta(days=1)
STANDING = Approved(at=T0, approval="a1", by="first", how="option", until=FAR, numbers=(ONE,))
DEARER = replace(LIVE, total=Decimal("11.00"))
TWICE = f"{LIVE.lines[0].quantity} x {LIVE.lines[0].title}"


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def seen(facts, seconds=0.0, **more):
    return OrderSeen(at=at(seconds), facts=facts, **more)


def exact(*events, seconds=1.0, approval="a2", by="first", **more):
    """The approval of just what these events show."""
    shown = replay(events).shown
    return Approved(
        at=at(seconds), approval=approval, by=by, how="terminal", until=at(seconds + 900),
        digest=shown.digest, po_digest=shown.po_digest, numbers=(ONE,), **more,
    )  # fmt: skip


def pressed(*events, seconds=2.0, verdict=Verdict.LOST):
    """The events of a press at the vendor that the approval of these events covers."""
    approval = Approval.of_order(replay(events))
    return (
        *events,
        VendorIntended(at=at(seconds), token=1, approval=approval.id, digest=approval.digest),
        VendorAnswered(at=at(seconds + 1), answer=SubmitResult(verdict, "Hm.")),
    )


def second_half(seconds=10.0, order=CANCELLED):
    """Every look that comes before the PO's press."""
    orders = OrdersOfPoSeen(at=at(seconds), po="PO-1", orders=(order,), listing=Listing.ALL_USERS)
    again = replace(orders, at=at(seconds + 2))
    return orders, PoSeen(at=at(seconds + 1), facts=OPEN), again


def nxt(*events):
    return decide(replay(events), POLICY)


# ---- the vendor's press -------------------------------------------------------------------------


def test_nothing_is_pressed_that_nobody_approved():
    action = nxt(ASKED, seen(LIVE))
    assert action == AskApproval(replay((ASKED, seen(LIVE))).shown)
    assert action.changes == ()


def test_what_was_shown_and_approved_is_pressed():
    events = ASKED, seen(LIVE)
    assert nxt(*events, exact(*events)).facts == LIVE


def test_a_standing_approval_covers_whatever_its_order_shows():
    assert isinstance(nxt(ASKED, STANDING, seen(DEARER)), SubmitVendorCancel)
    other = replace(STANDING, numbers=(TWO,))
    assert isinstance(nxt(ASKED, other, seen(LIVE)), AskApproval)


@pytest.mark.parametrize(
    "facts, told",
    [
        (DEARER, "the total was 10 and is 11"),
        (replace(LIVE, total=None), "the total was 10 and is not shown"),
        (replace(LIVE, lines=LIVE.lines[:1]), "2 x Paper is gone"),
        (replace(LIVE, lines=(*LIVE.lines, Line("Ink"))), "1 x Ink is new"),
        (replace(LIVE, lines=(*LIVE.lines, LIVE.lines[0])), f"{TWICE} is new"),
    ],
)
def test_other_facts_are_asked_about_again_and_told(facts, told):
    events = ASKED, seen(LIVE)
    events = *events, exact(*events), Resumed(at=at(5), anew=True), seen(facts, 6)
    state = replay(events)
    if state.order.state == "live":
        action = nxt(*events)
        assert isinstance(action, AskApproval)
        assert action.changes == (told,)
        again = exact(*events, seconds=7, approval="a3")
        assert isinstance(nxt(*events, again), SubmitVendorCancel)
    else:
        assert changes(state) == (told,)


def test_lines_in_another_order_are_the_same_facts():
    other = replace(LIVE, lines=LIVE.lines[::-1], text="Arriving Monday")
    assert replay((ASKED, seen(LIVE))).shown.digest == replay((ASKED, seen(other))).shown.digest


def test_changed_site_files_and_pos_are_other_facts():
    shown = Shown("amazon", LIVE, "PO-1", "f1", OPEN)
    other = replace(shown, site_files="f2", po="PO-2", po_facts=replace(OPEN, invoices=1))
    assert shown.digest != other.digest
    assert shown.differences(other) == (
        "the PO was PO-1 and is PO-2",
        "the site files were changed",
        "the number of invoices of PO PO-1 in RealSource was 0 and is 1",
    )
    assert shown.differences(shown) == ()
    gone = replace(LIVE, state=OrderState.CANCELLED, lines=(), total=None)
    assert shown.differences(replace(shown, order=gone)) == (), "cancelled, it shows neither"
    assert replace(shown, po_facts=None).differences(other)[-1] == "the site files were changed"


def test_an_approval_runs_out():
    events = ASKED, seen(LIVE)
    late = *events, exact(*events), Resumed(at=at(900), anew=True), seen(LIVE, 902)
    assert isinstance(nxt(*late), AskApproval)


def test_approval_of_an_earlier_request_does_not_count():
    again = replace(ASKED, request_id="r2", at=at(5))
    assert isinstance(nxt(ASKED, STANDING, again, seen(LIVE, 6)), AskApproval)


def test_second_press_needs_the_same_facts_or_another_approval():
    first = pressed(ASKED, STANDING, seen(LIVE))
    assert isinstance(nxt(*first, seen(LIVE, 30)), SubmitVendorCancel)
    action = nxt(*first, seen(DEARER, 30))
    assert isinstance(action, AskApproval)
    assert action.changes == ("the total was 10 and is 11",)
    asked = exact(*first, seen(DEARER, 30), seconds=31)
    assert isinstance(nxt(*first, seen(DEARER, 30), asked), SubmitVendorCancel)


def test_nothing_is_known_of_an_order_that_was_not_loaded():
    state = replay((ASKED, STANDING))
    assert state.shown is None
    assert Approval.of_order(state) is None
    assert Approval.of_po(state, OPEN) is None
    assert changes(state) == ()
    assert isinstance(nxt(ASKED, STANDING), LookAtOrder)


# ---- the PO's press -----------------------------------------------------------------------------


def test_approval_of_the_vendors_press_is_that_of_the_pos():
    """It may have run out by the time that the vendor confirms."""
    events = ASKED, seen(LIVE)
    first = pressed(*events, exact(*events), verdict=Verdict.CONFIRMED)
    action = nxt(*first, seen(CANCELLED, 5000), *second_half(5001))
    assert isinstance(action, SubmitPoCancel)
    assert action.approval.id == "a2"


def test_po_of_a_cancelled_order_needs_an_approval_itself():
    events = ASKED, seen(CANCELLED), *second_half()
    asked = replace(ASKED, po="PO-1")
    events = asked, *events[1:]
    action = nxt(*events)
    assert isinstance(action, AskApproval)
    assert action.shown.po_facts == OPEN
    assert isinstance(nxt(*events, exact(*events, seconds=20)), SubmitPoCancel)
    changed = PoSeen(at=at(30), facts=replace(OPEN, supplier="Other"))
    later = *events, exact(*events, seconds=20), changed, second_half(31)[2]
    assert isinstance(nxt(*later), AskApproval)
    ran_out = replace(exact(*events, seconds=20), until=at(5))
    assert isinstance(nxt(*events, ran_out), AskApproval)


def checked(facts):
    """The events of an order whose approval rests on how a check showed its PO."""
    events = ASKED, seen(LIVE)
    shown = replace(replay(events).shown, po_facts=facts)
    given = replace(exact(*events), po_digest=shown.po_digest, po_facts=facts)
    return pressed(*events, given, verdict=Verdict.CONFIRMED)


def test_po_that_a_check_showed_is_cancelled():
    action = nxt(*checked(OPEN), seen(CANCELLED, 9), *second_half())
    assert isinstance(action, SubmitPoCancel)
    assert action.approval.id == "a2"


@pytest.mark.parametrize(
    "before, told",
    [
        (
            replace(OPEN, line_count=3),
            "the number of lines of PO PO-1 in RealSource was 3 and is 2",
        ),
        (replace(OPEN, total=None), "the total of PO PO-1 in RealSource was not shown and is 10"),
        (replace(OPEN, supplier="A"), "the supplier of PO PO-1 in RealSource was A and is not"),
    ],
)
def test_po_that_a_check_showed_otherwise_is_asked_about(before, told):
    """The vendor's press is made, as its own facts are the same."""
    cancelled = replace(LIVE, state=OrderState.CANCELLED, cancel_url=None)
    late = *checked(before), seen(CANCELLED, 9), *second_half(order=cancelled)
    action = nxt(*late)
    assert isinstance(action, AskApproval)
    (change,) = action.changes
    assert change.startswith(told)
    again = exact(*late, seconds=20, approval="a3")
    assert isinstance(nxt(*late, again), SubmitPoCancel)


def test_second_press_of_the_po_needs_the_same_facts():
    po = replace(ASKED, po="PO-1")
    events = po, STANDING, seen(CANCELLED), *second_half()
    approval = Approval.of_po(replay(events), OPEN)
    first = (
        *events,
        PoIntended(at=at(13), token=1, approval=approval.id, digest=approval.digest),
        PoAnswered(at=at(14), answer=SubmitResult(Verdict.LOST)),
    )
    assert isinstance(nxt(*first, *second_half(40)), SubmitPoCancel)
    dearer = PoSeen(at=at(41), facts=replace(OPEN, total=Decimal("10.00"), invoices=None))
    state = replay((*first, second_half(40)[0], dearer, second_half(40)[2]))
    assert Approval.of_po(state, dearer.facts) is None
    assert approval.amount == Decimal("10.00")
    assert Approval.of_po(replay(events), replace(OPEN, total=None)).amount is None


def test_approval_that_a_pos_press_used_presses_no_order():
    po = replace(ASKED, po="PO-1")
    events = po, STANDING, seen(CANCELLED), *second_half()
    used = PoIntended(at=at(13), token=1, approval="a1", digest="d")
    assert Approval.of_order(replay((*events, used, seen(LIVE, 60)))) is None


# ---- a second person ----------------------------------------------------------------------------


def test_a_second_approval_is_somebody_elses_of_the_same_facts():
    events = ASKED, STANDING, seen(LIVE)
    second = exact(*events, approval="s", by="second", second=True)
    assert Approval.of_order(replay((*events, second))).second == "s"
    for wrong in (replace(second, by="first"), replace(second, by=" First"),
                  replace(second, digest="other"), replace(second, until=at(0))):  # fmt: skip
        assert Approval.of_order(replay((*events, wrong))).second is None
    assert isinstance(nxt(ASKED, seen(LIVE), second), AskApproval)


# ---- the ledger's guard -------------------------------------------------------------------------

INTENT = VendorIntended(at=at(3), token=1, approval="a1", digest="d")
GIVEN = Approval("a1", "amazon", ONE, "d", None, 1, None)


@pytest.mark.parametrize(
    "event, approval, told",
    [
        (STANDING, GIVEN, None),
        (STANDING, replace(GIVEN, id="other"), "nobody approved it"),
        (replace(STANDING, second=True), GIVEN, "nobody approved it"),
        (STANDING, replace(GIVEN, number=TWO), "of another order"),
        (replace(STANDING, numbers=(TWO,)), GIVEN, "of another order"),
        (STANDING, replace(GIVEN, second="s"), "nobody else approved it"),
        (replace(STANDING, until=at(3)), GIVEN, "ran out"),
        (replace(STANDING, digest="other"), GIVEN, "of other facts"),
        (replace(STANDING, digest="d"), GIVEN, None),
    ],
)
def test_the_guard_refuses_a_press_that_nobody_approved(event, approval, told):
    found = objection((ASKED, event), INTENT, approval, at(3))
    assert found is None if told is None else told in found


def test_the_guard_lets_the_po_follow_the_vendor_however_late():
    po = PoIntended(at=at(5000), token=1, approval="a1", digest="d")
    given = replace(STANDING, until=at(10))
    assert objection((ASKED, given), po, GIVEN, at(5000)) == "the approval ran out"
    assert objection((ASKED, given, INTENT), po, GIVEN, at(5000)) is None
    other = replace(given, po_digest="other")
    assert "other facts" in objection((ASKED, other, INTENT), po, GIVEN, at(5000))


def test_guard_takes_a_second_approval_of_what_is_pressed():
    both = replace(GIVEN, second="s")
    second = replace(STANDING, approval="s", by="second", second=True)
    assert objection((ASKED, STANDING, second), INTENT, both, at(3)) is None
    own = replace(second, by=STANDING.by.upper())
    assert "nobody else" in objection((ASKED, STANDING, own), INTENT, both, at(3))
    late = replace(second, until=at(3))
    assert "nobody else" in objection((ASKED, STANDING, late), INTENT, both, at(3))
    other = replace(second, digest="other")
    assert "other facts" in objection((ASKED, STANDING, other), INTENT, both, at(3))


def test_an_approval_of_a_list_must_be_in_that_list():
    own = replace(STANDING, approval="l1/111-1", how="list")
    given = replace(GIVEN, id=own.approval)
    listed = replace(STANDING, approval="l1", numbers=(TWO, "PO-1"))
    assert list_case(own.approval) == "approval:l1"
    assert "another list" in list_objection((ASKED, own), (), given)
    assert "another list" in list_objection((ASKED, own), (listed,), given)
    assert list_objection((replace(ASKED, po="PO-1"), own), (listed,), given) is None
    assert list_objection((ASKED, own), (replace(listed, numbers=(ONE,)),), given) is None
    assert list_objection((ASKED, STANDING), (), GIVEN) is None


def test_approval_for_the_queue_needs_its_own_event_there():
    """One that was asked at a terminal has none; one that was given there for the queue has."""
    queued = replace(GIVEN, id=f"a1/{ONE}")
    given = replace(STANDING, how="terminal", approval=queued.id)
    assert "another list" in list_objection((ASKED, given), (), queued)
    named = replace(given, approval="a1", numbers=(ONE,))
    assert list_objection((ASKED, given), (named,), queued) is None
    asked = replace(given, approval=GIVEN.id)
    assert list_objection((ASKED, asked), (), GIVEN) is None


@pytest.mark.parametrize(
    "wider",
    [
        {"until": STANDING.until + timedelta(seconds=1)},
        {"digest": None},
        {"po_digest": None},
        {"limits": ()},
    ],
)
def test_an_approval_says_no_more_than_its_list_did(wider):
    """A rule that made an order's own approval wider than its list's would press nothing."""
    limits = (Bound(Limits(orders_hour=1)),)
    own = replace(
        STANDING, approval=f"l1/{ONE}", how="console", digest="d", po_digest="p", limits=limits
    )
    listed = replace(own, approval="l1", until=own.until)
    given = replace(GIVEN, id=own.approval)
    assert list_objection((ASKED, own), (listed,), given) is None
    told = list_objection((ASKED, replace(own, **wider)), (listed,), given)
    assert told == "the approval says more than its list did"


def test_an_approval_brings_the_limits_it_was_given_under():
    limits = (Bound(Limits(orders_hour=1)),)
    given = replace(STANDING, limits=limits)
    assert objection((ASKED, given), INTENT, replace(GIVEN, limits=limits), at(3)) is None
    assert "other limits" in objection((ASKED, given), INTENT, GIVEN, at(3))


# ---- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limits, used, told",
    [
        (Limits(), Used(), None),
        (Limits(orders_hour=3), Used(orders_hour=2), None),
        (Limits(orders_hour=3), Used(orders_hour=3), "4 orders in an hour, and the limit is 3"),
        (Limits(orders_day=1), Used(orders_day=1), "2 orders in a day"),
        (Limits(dollars_hour=Decimal(15)), Used(dollars_hour=Decimal("5.01")), "$15.01 in"),
        (Limits(dollars_day=Decimal(5)), Used(), "$10 in a day"),
        (Limits(dollars_order=Decimal(9)), Used(), "$10 for one order"),
        (Limits(list_orders=1), Used(), "2 orders of one list"),
        (Limits(list_orders=2), Used(list_orders=1), None),
        (Limits(list_orders=2), Used(list_orders=2), "3 orders of one list"),
    ],
)
def test_what_would_go_over_a_limit_is_told(limits, used, told):
    found = limits.objection(used, Decimal(10), 2)
    assert found is None if told is None else told in found


def test_a_total_that_is_not_shown_is_over_limits_of_dollars():
    assert "not shown" in Limits(dollars_day=Decimal(5)).objection(Used(), None, 1)
    assert Limits(orders_day=5).objection(Used(), None, 1) is None


def test_limits_are_told_in_words():
    assert Limits().told == ()
    every = Limits(10, 30, Decimal(5000), Decimal(10000), Decimal(2500), 1)
    assert every.told == (
        "10 orders an hour",
        "30 orders a day",
        "$5,000 an hour",
        "$10,000 a day",
        "$2,500 an order",
        "1 order a list",
    )


def test_what_is_left_is_told_and_is_never_less_than_nothing():
    limits = Limits(orders_hour=3, dollars_day=Decimal(10))
    used = Used(orders_hour=1, dollars_day=Decimal(12))
    assert limits.left(used) == ["2 of 3 orders this hour", "$0 of $10 this day"]


# ---- whoever asks is booked ---------------------------------------------------------------------

SAID_NO = (
    Stopped(at=at(2), problem="declined", text=""),
    Finished(
        at=at(3), outcome=Outcome.NEEDS_PERSON, problem="declined", summary="No.", next_step=None
    ),
)


def test_a_declined_request_is_finished():
    assert not replay((ASKED, seen(LIVE), *SAID_NO)).is_open


def test_a_no_after_a_press_leaves_the_request_open():
    assert replay((*pressed(ASKED, STANDING, seen(LIVE)), *SAID_NO)).is_open


def test_who_takes_a_request_up_is_named_with_their_reason():
    permission = Permission("amazon", "VCU", "A. Mazon", "letter", FAR)
    asked = replace(ASKED, requested_by="first", reason="ordered twice", permissions=(permission,))
    taken = Resumed(at=at(5), requested_by="second", reason="wrong size")
    end = Finished(
        at=at(9), outcome=Outcome.FAILED, problem="site_down", summary="Down.", next_step=None
    )
    events = asked, STANDING, taken, replace(taken, at=at(6)), Resumed(at=at(7)), end
    state = replay(events)
    assert (state.requested_by, state.reason, askers(state)) == (
        "second", "wrong size", ("first", "second"),
    )  # fmt: skip
    made = build_receipt(events)
    assert (made.requested_by, made.reason) == ("first", "ordered twice")
    assert [(one.requested_by, one.reason) for one in made.taken_up_by] == [
        ("second", "wrong size")
    ]
    assert [(one.by, one.how, one.of) for one in made.approvals] == [("first", "option", "order")]
    assert [one.granted_by for one in made.permissions] == ["A. Mazon"]
    assert from_json(to_json(made)) == made
    proof = replay((*events[:-1], seen(CANCELLED, 8)))
    confirmed = decide(proof, POLICY)
    assert isinstance(confirmed, Finish)
    assert "Receipt" in comment_on_po(proof, (), "Amazon")
