from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.actions import (
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.cancellation.decide import can_press_vendor, decide
from robot.cancellation.earlier import shown_before, shown_otherwise
from robot.cancellation.events import (
    Approved,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Requested,
    Resolved,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.guard import may_press
from robot.cancellation.orders import (
    Confirmation,
    Line,
    Listing,
    OrderFacts,
    OrderState,
    Outcome,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.po_checks import proven_by
from robot.cancellation.policy import Policy
from robot.cancellation.shown import Shown
from robot.cancellation.state import replay, replay_on
from tests.support.facts import ASKED, CANCELLED, LIVE, OPEN, PO_CANCELLED, T0

SETTLE = timedelta(seconds=20)
POLICY = Policy(SETTLE)

PENDING = replace(LIVE, pending=True, cancel_url=None)
SIBLING = replace(CANCELLED, number="111-2")


def at(seconds):
    return T0 + timedelta(seconds=seconds)


STANDING = Approved(
    at=T0, approval="a1", by="a test", how="option", until=at(10**6), numbers=("111-1",)
)


def asked(**more):
    return replace(ASKED, **more)


def seen(facts, seconds=0.0):
    return OrderSeen(at=at(seconds), facts=facts)


def orders(*facts, seconds=0.0, listing=Listing.UNPROVEN):
    return OrdersOfPoSeen(at=at(seconds), po="PO-1", orders=facts, listing=listing)


def all_orders(*facts, seconds=0.0):
    return orders(*facts, seconds=seconds, listing=Listing.ALL_USERS)


def po_seen(facts, seconds=0.0):
    return PoSeen(at=at(seconds), facts=facts)


def pressed(verdict=None, seconds=0.0, text=""):
    digest = replay((asked(), seen(LIVE))).shown.digest
    intent = VendorIntended(at=at(seconds), token=1, approval="a1", digest=digest)
    return (
        (intent,)
        if verdict is None
        else (intent, VendorAnswered(at=at(seconds), answer=SubmitResult(verdict, text)))
    )


def po_pressed(verdict=None, seconds=0.0):
    digest = Shown("amazon", LIVE, "PO-1", po_facts=OPEN).po_digest
    intent = PoIntended(at=at(seconds), token=1, approval="a1", digest=digest)
    return (
        (intent,)
        if verdict is None
        else (intent, PoAnswered(at=at(seconds), answer=SubmitResult(verdict, "It said so.")))
    )


def failed(seconds=0.0, *, retry=True, problem="site_down"):
    return Failed(at=at(seconds), problem=problem, text="It failed.", retry=retry)


def nxt(*events):
    """What is next of a case whose requests were all approved as they stand."""
    return decide(replay(approved(*events)), POLICY)


def approved(*events):
    """The events with a standing approval behind each request."""
    given = [(one, STANDING) if isinstance(one, Requested) else (one,) for one in events]
    return tuple(one for pair in given for one in pair)


def end(*events):
    action = nxt(*events)
    assert isinstance(action, Finish), action
    return action.outcome.value, action.problem


HALF = (asked(), seen(LIVE), *pressed(Verdict.CONFIRMED), seen(CANCELLED, 1))
READY = (*HALF, orders(CANCELLED, seconds=2), po_seen(OPEN, 3), orders(CANCELLED, seconds=4))
#: The second reading needs no search: the orders of the PO are known.
AGAIN = LookAtOrdersOfPo("PO-1", known=("111-1",))
#: The first needs no further load of the order that was just read back.
FIRST = LookAtOrdersOfPo("PO-1", seen=CANCELLED)


# ---- the order of work --------------------------------------------------------------------------


def test_the_happy_path_is_vendor_first():
    assert nxt(asked()) == LookAtOrder()
    assert nxt(*HALF[:2]).facts == LIVE
    assert nxt(*HALF[:3]) == LookAtOrder()
    assert nxt(*HALF[:4]) == LookAtOrder()
    assert nxt(*HALF) == FIRST
    assert nxt(*READY[:-2]) == LookAtPo("PO-1")
    assert nxt(*READY[:-1]) == AGAIN
    proof = Confirmation("111-1", "This order has been cancelled.", at(4))
    press = nxt(*READY)
    assert (press.facts, press.confirmations) == (OPEN, (proof,))
    assert nxt(*READY, *po_pressed(Verdict.CONFIRMED, 5)) == LookAtPo("PO-1")
    assert end(*READY, *po_pressed(Verdict.CONFIRMED, 5), po_seen(PO_CANCELLED, 6)) == (
        "done",
        None,
    )


def test_a_case_begins_with_a_request():
    with pytest.raises(ValueError, match="begins with a request"):
        nxt(seen(LIVE))


def test_the_policy_has_a_default():
    assert decide(replay([asked()])) == LookAtOrder()


def test_events_that_tell_nothing_change_nothing():
    assert nxt(asked(), SignedIn(at=T0, site="Amazon")) == LookAtOrder()


def test_an_end_stays_the_end():
    done = Finished(
        at=T0, outcome=Outcome.DONE, problem=None, summary="It is done.", next_step=None
    )
    assert nxt(*HALF, done) == Finish(Outcome.DONE, None, "It is done.")


def led_away(seconds):
    return Stopped(at=at(seconds), problem="too_late", text="It leads away.")


def test_an_order_whose_form_leads_away_is_too_late():
    assert end(asked(), seen(LIVE), led_away(1)) == ("refused", "too_late")


def test_form_leading_away_from_second_press_may_prove_first():
    """A form that leads away from a second press may mean that the first counted."""
    events = (
        asked(),
        seen(LIVE),
        *pressed(Verdict.LOST),
        seen(LIVE, 1),
        seen(LIVE, 20),
        led_away(21),
    )
    assert nxt(*events) == LookAtOrder(at(24))
    assert nxt(*events, seen(LIVE, 30)) == LookAtOrder(at(40))  # and no second press
    assert nxt(*events, seen(CANCELLED, 30)) == FIRST
    assert end(*events, seen(LIVE, 910)) == ("pending", "not_confirmed")


def test_what_only_a_person_can_settle_stops_everything():
    stopped = Stopped(at=T0, problem="captcha", text="A puzzle.", next_step="Solve it.")
    assert nxt(asked(), stopped) == Finish(
        Outcome.NEEDS_PERSON, "captcha", "A puzzle.", "Solve it."
    )


# ---- the wrong thing ----------------------------------------------------------------------------


def test_the_page_of_another_order_is_a_persons():
    assert end(asked(), seen(replace(LIVE, number="111-9"))) == ("needs_person", "wrong_order")


@pytest.mark.parametrize(
    "other", [replace(LIVE, number="111-9"), replace(CANCELLED, number="111-9")]
)
def test_other_order_read_after_lost_press_is_not_pressed(other):
    """Another order read back after a lost press is not pressed."""
    events = asked(), seen(LIVE), *pressed(Verdict.LOST), seen(other, 30)
    assert end(*events) == ("needs_person", "wrong_order")


def test_nothing_is_learned_from_the_page_of_another_order():
    other = replace(LIVE, number="111-9", po="PO-9", total=Decimal(99))
    resumed = Resumed(at=at(60))
    now = replay((asked(), seen(other), resumed, seen(LIVE, 61)))
    assert (now.po_number, now.total, now.known) == ("PO-1", Decimal(10), LIVE)


def test_a_po_other_than_the_one_asked_for_is_a_persons():
    action = nxt(asked(po="PO-2"), seen(LIVE))
    assert action == Finish(
        Outcome.NEEDS_PERSON, "po_mismatch", "the order names PO PO-1, the request PO PO-2"
    )


def test_a_po_that_can_not_be_read_is_no_match():
    unread = seen(replace(LIVE, po=None, po_text="PO number: P1, P2"))
    action = nxt(asked(po="PO-1"), unread)
    assert (action.outcome, action.problem) == (Outcome.NEEDS_PERSON, "po_mismatch")
    assert "can't be read (PO number: P1, P2)" in action.text
    assert isinstance(nxt(asked(po="PO-1"), seen(replace(LIVE, po=None))), SubmitVendorCancel)
    assert isinstance(nxt(asked(), unread), SubmitVendorCancel)
    assert isinstance(nxt(asked(po="PO-1"), seen(LIVE), unread), SubmitVendorCancel)


def test_a_po_that_was_shown_once_is_remembered():
    events = asked(po="PO-2"), seen(LIVE), Resumed(at=at(60)), seen(CANCELLED, 61)
    assert end(*events) == ("needs_person", "po_mismatch")


def test_a_po_given_later_takes_the_place_of_a_wrong_one():
    events = asked(po="PO-2"), seen(LIVE), Resumed(at=at(60), po="PO-1"), seen(LIVE, 61)
    assert nxt(*events).facts == LIVE


def test_without_any_po_the_second_half_is_a_persons():
    assert end(asked(), seen(CANCELLED)) == ("needs_person", "po_unknown")
    assert nxt(asked(), seen(CANCELLED), Resumed(at=at(9), po="PO-1"), seen(CANCELLED, 9)) == FIRST


# ---- orders that cannot be cancelled ------------------------------------------------------------


@pytest.mark.parametrize(
    "facts, expected",
    [
        (replace(LIVE, state=OrderState.SHIPPED), ("refused", "shipped")),
        (OrderFacts("111-1", OrderState.NOT_FOUND), ("refused", "not_found")),
        (replace(LIVE, cancel_url=None), ("needs_person", "unknown_page")),
        (replace(LIVE, cancel_url=None, closed=True), ("refused", "too_late")),
        (
            replace(LIVE, lines=(Line("Pens", None),), unread=("the quantity of “Pens” (1.000)",)),
            ("needs_person", "unknown_page"),
        ),
        (replace(LIVE, state=OrderState.UNKNOWN, language="es"), ("needs_person", "language")),
        (replace(LIVE, cancel_url=None, refused=True), ("refused", "vendor_refused")),
        (replace(LIVE, state=OrderState.PARTLY_SHIPPED), ("needs_person", "partly_shipped")),
        (replace(LIVE, state=OrderState.PARTLY_CANCELLED), ("needs_person", "partly_cancelled")),
        (replace(LIVE, state=OrderState.UNKNOWN), ("needs_person", "unknown_page")),
    ],
)
def test_an_order_that_cannot_be_cancelled_is_not_pressed(facts, expected):
    assert end(asked(), seen(facts)) == expected


def test_an_unknown_page_is_named_even_where_it_says_nothing():
    action = nxt(asked(), seen(OrderFacts("111-1", OrderState.UNKNOWN)))
    assert (
        action.text
        == "The page of order 111-1 shows no state that the robot knows. It says: nothing"
    )


# ---- pending by somebody else -------------------------------------------------------------------


def test_a_cancellation_under_way_is_waited_for_and_not_pressed():
    assert nxt(asked(), seen(PENDING)) == LookAtOrder(at(2))
    assert nxt(asked(), seen(PENDING), seen(PENDING, 2)) == LookAtOrder(at(6))
    assert end(asked(), seen(PENDING), seen(PENDING, 900)) == ("pending", "not_confirmed")
    assert nxt(asked(po="PO-1"), seen(PENDING), seen(CANCELLED, 5)) == FIRST


def test_a_cancellation_under_way_that_lapses_is_pressed():
    assert nxt(asked(), seen(PENDING), seen(LIVE, 5)).facts == LIVE


def test_a_dry_run_does_not_wait_for_a_cancellation_under_way():
    assert end(asked(dry_run=True), seen(PENDING)) == ("pending", "not_confirmed")


# ---- after the press ----------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST, None])
def test_lost_press_is_repeated_only_after_settling_and_look(verdict):
    """A press that may be lost is repeated only after the settle time and a look."""
    events = asked(), seen(LIVE), *pressed(verdict, 10)
    assert nxt(*events) == LookAtOrder()
    assert nxt(*events, seen(LIVE, 12)) == LookAtOrder(at(30))
    assert nxt(*events, seen(LIVE, 12), seen(LIVE, 30)).facts == LIVE


@pytest.mark.parametrize(
    "verdict, expected",
    [
        (Verdict.TECHNICAL, ("failed", "vendor_error")),
        (Verdict.SIGNED_OUT, ("needs_person", "not_confirmed")),
        (Verdict.LOST, ("needs_person", "not_confirmed")),
    ],
)
def test_there_is_no_third_press(verdict, expected):
    events = (
        asked(),
        seen(LIVE),
        *pressed(verdict),
        seen(LIVE, 20),
        *pressed(verdict, 20),
        seen(LIVE, 40),
    )
    assert end(*events) == expected


def test_a_second_press_is_not_made_on_a_page_that_offers_none():
    events = asked(), seen(LIVE), *pressed(Verdict.LOST), seen(replace(LIVE, cancel_url=None), 30)
    assert nxt(*events) == LookAtOrder(at(32))


def test_a_second_press_is_not_made_right_after_a_failed_look():
    events = asked(), seen(LIVE), *pressed(Verdict.LOST), seen(LIVE, 30), failed(31)
    assert nxt(*events) == LookAtOrder(at(35))


@pytest.mark.parametrize(
    "verdict, slug", [(Verdict.REFUSED, "vendor_refused"), (Verdict.BUNDLE, "bundle")]
)
def test_a_refusal_is_believed_once_the_order_reads_live(verdict, slug):
    assert nxt(asked(), seen(LIVE), *pressed(verdict)) == LookAtOrder()
    assert end(asked(), seen(LIVE), *pressed(verdict), seen(LIVE, 1)) == ("refused", slug)


def test_a_refusal_is_not_believed_while_the_order_says_pending():
    assert nxt(asked(), seen(LIVE), *pressed(Verdict.REFUSED), seen(PENDING, 1)) == LookAtOrder(
        at(3)
    )


def test_a_page_that_speaks_of_a_refusal_ends_it():
    events = asked(), seen(LIVE), *pressed(Verdict.PENDING), seen(replace(LIVE, refused=True), 1)
    assert end(*events) == ("refused", "vendor_refused")


def test_part_cancelled_by_vendors_word_is_a_persons():
    """A part that was cancelled is a person's by what the vendor said."""
    events = asked(), seen(LIVE), *pressed(Verdict.PARTIAL)
    assert nxt(*events, seen(LIVE, 1)) == LookAtOrder(at(20))
    assert end(*events, seen(LIVE, 1), seen(LIVE, 20)) == ("needs_person", "partly_cancelled")
    assert nxt(*events, seen(LIVE, 1), failed(21)) == LookAtOrder(at(25))  # a failed look is none
    assert nxt(*events, seen(LIVE, 1), seen(CANCELLED, 20)) == FIRST


def test_part_cancelled_by_fewer_lines_is_a_persons():
    """A part that was cancelled is a person's by fewer lines than at first."""
    fewer = replace(LIVE, lines=LIVE.lines[:1])
    events = asked(), seen(LIVE), *pressed(Verdict.CONFIRMED), seen(fewer, 1)
    assert end(*events) == ("needs_person", "partly_cancelled")


def test_an_order_that_ships_after_the_press_is_refused():
    events = (
        asked(),
        seen(LIVE),
        *pressed(Verdict.PENDING),
        seen(replace(LIVE, state=OrderState.SHIPPED), 1),
    )
    assert end(*events) == ("refused", "shipped")


def test_words_of_success_without_effect_stay_pending():
    events = asked(), seen(LIVE), *pressed(Verdict.CONFIRMED), seen(LIVE, 1)
    assert nxt(*events) == LookAtOrder(at(3))
    assert nxt(*events, seen(LIVE, 899)) == LookAtOrder(at(900))
    assert end(*events, seen(LIVE, 900)) == ("pending", "not_confirmed")


def test_order_that_reads_live_again_is_not_cancelled():
    """An order that reads live again is not taken for cancelled."""
    events = *HALF, orders(LIVE, seconds=2)
    assert nxt(*events) == LookAtOrder(at(6))
    assert nxt(*events, po_seen(OPEN, 3), seen(LIVE, 4)) == LookAtOrder(at(14))


def test_order_live_again_after_po_press_is_a_persons():
    """An order that reads live again after the PO's press is a person's."""
    action = nxt(*READY, *po_pressed(Verdict.LOST, 5), Resumed(at=at(60)), seen(LIVE, 61))
    assert (action.outcome, action.problem) == (Outcome.NEEDS_PERSON, "reverted")
    assert "111-1" in action.text
    assert "PO-1" in action.text


# ---- the PO's other orders ----------------------------------------------------------------------


def test_a_split_po_is_left_alone():
    action = nxt(*HALF, orders(CANCELLED, replace(LIVE, number="111-2")))
    assert action == Finish(Outcome.NEEDS_PERSON, "split_po", "111-2 (live)")


def test_another_order_that_is_pending_is_waited_for():
    action = nxt(*HALF, orders(CANCELLED, replace(PENDING, number="111-2")))
    assert action == Finish(Outcome.PENDING, "not_confirmed", "111-2 (pending)")


def test_a_po_that_does_not_list_the_order_is_left_alone():
    assert end(*HALF, orders(SIBLING)) == ("needs_person", "po_mismatch")


def test_every_order_of_the_po_is_proven():
    both = CANCELLED, SIBLING
    po = replace(OPEN, total=None)
    action = nxt(*HALF, all_orders(*both, seconds=2), po_seen(po, 3), orders(*both, seconds=4))
    assert [proof.number for proof in action.confirmations] == ["111-1", "111-2"]


def test_totals_that_differ_are_a_persons():
    assert end(*HALF, orders(CANCELLED), po_seen(replace(OPEN, total=Decimal(11)))) == (
        "needs_person",
        "po_mismatch",
    )


def test_totals_that_are_not_all_known_are_not_compared():
    po = replace(OPEN, total=Decimal(11))
    assert nxt(*HALF, all_orders(CANCELLED, SIBLING), po_seen(po)) == replace(
        AGAIN, known=("111-1", "111-2")
    )


def test_totals_above_the_pos_differ_though_some_are_unknown():
    """Totals that are more than the PO's differ though not all are known."""
    po = replace(OPEN, total=Decimal(9))
    assert end(*HALF, orders(CANCELLED, SIBLING), po_seen(po)) == ("needs_person", "po_mismatch")


def test_totals_that_the_other_orders_showed_before_are_compared():
    other = replace(SIBLING, total=Decimal(5), lines=(Line("Ink"),))
    fits, fits_not = (po_seen(replace(OPEN, total=Decimal(n), line_count=3)) for n in (15, 30))
    assert nxt(*HALF, orders(CANCELLED, other), fits) == replace(AGAIN, known=("111-1", "111-2"))
    assert end(*HALF, orders(CANCELLED, other), fits_not) == ("needs_person", "po_mismatch")


def test_cancelled_order_is_told_with_what_its_page_showed():
    """A cancelled order is told with what its page showed before."""
    events = (
        asked(),
        seen(LIVE),
        seen(replace(LIVE, number="111-9", po="PO-9")),
        *pressed(Verdict.CONFIRMED),
    )
    assert shown_before(events, CANCELLED) == replace(
        CANCELLED, po="PO-1", lines=LIVE.lines, total=LIVE.total
    )
    assert shown_before(events, replace(LIVE, po=None)) == replace(LIVE, po=None)
    assert shown_before((), CANCELLED) == CANCELLED


def test_an_order_shown_otherwise_since_it_was_looked_at():
    live = seen(LIVE)
    later = live.at + timedelta(seconds=1)
    assert shown_otherwise((asked(), live), {"111-1": live.at}) == LIVE
    assert shown_otherwise((live,), {"111-1": later}) is None
    assert shown_otherwise((live,), {"111-9": live.at}) is None
    assert shown_otherwise((seen(CANCELLED),), {"111-1": live.at}) is None


def test_a_cancelled_page_that_lacks_a_line_proves_only_a_part():
    """A page that keeps its lines when cancelled may show one of two shipments only."""
    part = replace(CANCELLED, lines=LIVE.lines[:1])
    pressed_and_read = asked(), seen(LIVE), *pressed(Verdict.CONFIRMED), seen(part, 1)
    assert end(*pressed_and_read) == ("needs_person", "partly_cancelled")
    whole = replace(CANCELLED, lines=LIVE.lines)
    assert nxt(*pressed_and_read[:-1], seen(whole, 1)) == replace(FIRST, seen=whole)


def test_a_cancelled_page_that_lacks_units_proves_only_a_part():
    """Of two units ordered, one may go on where the page does not show it."""
    pens, paper = LIVE.lines
    one = replace(CANCELLED, lines=(pens, replace(paper, quantity=1)))
    untold = replace(CANCELLED, lines=(pens, replace(paper, quantity=None)))
    read = asked(), seen(LIVE), *pressed(Verdict.CONFIRMED)
    assert end(*read, seen(one, 1)) == ("needs_person", "partly_cancelled")
    assert nxt(*read, seen(untold, 1)) == replace(FIRST, seen=untold)


# ---- whether the PO's orders are all there ------------------------------------------------------


@pytest.mark.parametrize(
    "others, change, missing",
    [
        ((), {"total": None}, "the PO's page tells no total"),
        ((), {"line_count": None}, "the PO's page lists no lines"),
        ((), {"line_count": 3}, "the PO has 3 lines, the orders that were found 2"),
        ((replace(SIBLING, lines=LIVE.lines),), {"line_count": 4}, "order 111-2 shows no total"),
        ((replace(SIBLING, total=Decimal(0)),), {}, "order 111-2 shows no lines"),
    ],
)
def test_a_set_of_orders_that_is_not_proven_whole_is_a_persons(others, change, missing):
    po = po_seen(replace(OPEN, **change))
    assert nxt(*HALF, orders(CANCELLED, *others), po) == Finish(
        Outcome.NEEDS_PERSON, "po_set_unproven", missing
    )
    known = tuple(facts.number for facts in (CANCELLED, *others))
    assert nxt(*HALF, all_orders(CANCELLED, *others), po) == replace(AGAIN, known=known)


def test_order_never_seen_alive_proves_no_set_by_its_total():
    """An order that nobody saw alive proves no set by its total."""
    late = asked(po="PO-1"), seen(CANCELLED)
    assert end(*late, orders(CANCELLED), po_seen(OPEN)) == ("needs_person", "po_set_unproven")
    assert nxt(*late, orders(CANCELLED, listing=Listing.ACCOUNT), po_seen(OPEN)) == AGAIN


def test_known_orders_read_again_stay_proven_by_their_list():
    """Known orders that are read again stay proven by their list."""
    no_total = po_seen(replace(OPEN, total=None), 3)
    again = orders(CANCELLED, seconds=4)
    assert isinstance(nxt(*HALF, all_orders(CANCELLED, seconds=2), no_total, again), SubmitPoCancel)
    other_set = orders(CANCELLED, SIBLING, seconds=4)
    assert end(*HALF, all_orders(CANCELLED, seconds=2), no_total, other_set) == (
        "needs_person",
        "po_set_unproven",
    )
    resumed = Resumed(at=at(5)), seen(CANCELLED, 6), orders(CANCELLED, seconds=7)
    assert end(
        *HALF, all_orders(CANCELLED), no_total, *resumed, po_seen(replace(OPEN, total=None), 8)
    ) == (
        "needs_person",
        "po_set_unproven",
    )


def test_what_proves_the_set_is_told():
    state = replay((*HALF, orders(CANCELLED), po_seen(OPEN)))
    assert proven_by(state, OPEN) == "totals_and_lines"
    assert proven_by(state, replace(OPEN, total=None)) is None
    assert proven_by(state, replace(OPEN, total=Decimal(11))) is None
    assert proven_by(state, None) is None
    assert proven_by(state, replace(OPEN, number="PO-9")) is None
    assert proven_by(replay((*HALF, all_orders(CANCELLED))), None) == "all_users"


# ---- the PO -------------------------------------------------------------------------------------

BLOCKS = [
    ("po_not_found", {"status": PoStatus.NOT_FOUND}),
    ("po_ambiguous", {"status": PoStatus.SEVERAL}),
    ("po_mismatch", {"number": "PO-9"}),
    ("po_mismatch", {"supplier_matches": False, "supplier": "Other"}),
    ("po_closed", {"status": PoStatus.CLOSED}),
    ("po_in_approval", {"status": PoStatus.IN_APPROVAL}),
    ("unknown_page", {"status": PoStatus.UNKNOWN}),
    ("po_invoiced", {"invoices": 1}),
    ("po_received", {"receipts": 2}),
    ("po_change_request", {"change_requests": 1}),
    ("po_counts_untold", {"receipts": None}),
    ("po_mismatch", {"total": Decimal(11)}),
    ("po_set_unproven", {"line_count": None}),
    ("po_no_cancel_action", {"cancel_label": None}),
]


@pytest.mark.parametrize("problem, change", BLOCKS)
def test_each_reason_blocks_the_po(problem, change):
    assert end(*HALF, orders(CANCELLED), po_seen(replace(OPEN, **change))) == (
        "needs_person",
        problem,
    )


@pytest.mark.parametrize("untold", ["invoices", "receipts", "change_requests"])
def test_what_the_page_does_not_tell_is_not_taken_for_none(untold):
    action = nxt(*HALF, orders(CANCELLED), po_seen(replace(OPEN, **{untold: None})))
    assert action == Finish(Outcome.NEEDS_PERSON, "po_counts_untold", untold.replace("_", " "))


@pytest.mark.parametrize("n", range(len(BLOCKS) - 1))
def test_of_several_reasons_the_first_is_named(n):
    problem, first = BLOCKS[n]
    later = {name: value for _, change in BLOCKS[n + 1 :] for name, value in change.items()}
    po = replace(OPEN, **{**later, **first})
    assert end(*HALF, orders(CANCELLED), po_seen(po)) == ("needs_person", problem)


def blocked(**change):
    return nxt(*HALF, orders(CANCELLED), po_seen(replace(OPEN, **change)))


def test_all_that_blocks_is_told_the_weightiest_first():
    """A person hears of everything at once, and of what to settle first at the head."""
    action = blocked(status=PoStatus.CLOSED, status_text="Closed", invoices=2, change_requests=1)
    assert (action.problem, action.text) == ("po_closed", "Closed")
    assert action.also == ("it has invoices (2 on the PO)", CHANGE_REQUESTS)
    action = blocked(supplier_matches=False, supplier=None, receipts=None, line_count=None)
    assert (action.problem, action.text) == ("po_mismatch", "the PO's supplier is not told")
    assert action.also == (
        "its page does not tell of its receipts",
        "nothing proves that it has no other orders (the PO's page lists no lines)",
    )


CHANGE_REQUESTS = "it has an open change request (1 on the PO)"


@pytest.mark.parametrize("status", [PoStatus.IN_APPROVAL, PoStatus.CLOSED, PoStatus.UNKNOWN])
def test_open_po_findings_are_not_told_of_another_po(status):
    """What is looked for at an open PO only is not told of another.

    Nobody opened the tabs or the menu of a PO that can't be cancelled anyway.
    """
    action = blocked(status=status, invoices=None, actions=(), cancel_label=None)
    assert action.also == ()


@pytest.mark.parametrize("status", [PoStatus.NOT_FOUND, PoStatus.SEVERAL])
def test_of_a_po_that_was_not_seen_nothing_else_is_told(status):
    action = blocked(status=status, supplier_matches=False, invoices=None, total=None)
    assert action.also == ()


def test_a_page_of_another_po_tells_nothing_of_the_wanted_one():
    action = blocked(number="PO-9", status=PoStatus.CANCELLED, invoices=3)
    assert (action.problem, action.text) == ("po_mismatch", "the page was of PO PO-9")
    assert action.also == ("the page of the PO itself was not seen",)


def test_page_without_one_number_says_what_each_place_says():
    """A page that tells no one number says what each place says."""
    said = "the PO's number (heading: PO-1; title: PO-2)"
    action = blocked(number="", status=PoStatus.UNKNOWN, unread=(said,))
    assert action.problem == "po_mismatch"
    assert action.text == f"the page does not tell one number of the PO; not read: {said}"


def test_unknown_status_is_told_with_what_stands_there():
    """A status that is not known is told with what stands there."""
    action = blocked(status=PoStatus.UNKNOWN, status_text="Cancellation pending")
    assert action.problem == "unknown_page"
    assert action.text == (
        "PO PO-1 has no status that the robot knows; not read: its status."
        " RealSource says: Cancellation pending"
    )


def test_unread_total_blocks_even_a_proven_set():
    """A total that stands there unread blocks even a proven set.

    The list proves the set, but the PO's own total could not be compared.
    """
    unread = po_seen(replace(OPEN, total=None, total_text="10.00 USD; 12.00 USD"))
    action = nxt(*HALF, all_orders(CANCELLED), unread)
    assert action.problem == "po_mismatch"
    assert action.text == "the PO's total can't be read (10.00 USD; 12.00 USD)"


def test_a_menu_that_did_not_open_is_told_as_such():
    action = blocked(actions=(), cancel_label=None)
    assert (action.problem, action.text) == ("po_no_cancel_action", "no action menu opened")
    assert blocked(actions=("Close PO",), cancel_label=None).text == "it offers: Close PO"


def test_a_po_that_is_cancelled_already_is_done():
    assert end(*HALF, orders(CANCELLED), po_seen(PO_CANCELLED)) == ("done", None)


def test_another_po_that_is_cancelled_is_not_taken_for_this_one():
    po = replace(PO_CANCELLED, number="PO-9")
    assert end(*HALF, orders(CANCELLED), po_seen(po)) == ("needs_person", "po_mismatch")


def test_po_that_says_success_and_stays_is_a_persons():
    """A PO that says success and stays is a person's in the end."""
    events = *READY, *po_pressed(Verdict.CONFIRMED, 5), po_seen(OPEN, 6)
    assert nxt(*events) == LookAtPo("PO-1", at(8))
    assert end(*events, po_seen(OPEN, 905)) == ("needs_person", "po_not_confirmed")


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.BUNDLE])
def test_a_po_whose_cancel_is_turned_down_is_a_persons(verdict):
    assert end(*READY, *po_pressed(verdict, 5), po_seen(OPEN, 6)) == (
        "needs_person",
        "po_not_confirmed",
    )


@pytest.mark.parametrize("verdict", [Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST, None])
def test_lost_po_press_is_repeated_once_after_looking_at_both(verdict):
    """A lost press of the PO is repeated once after settling and looking at both."""
    events = *READY, *po_pressed(verdict, 5)
    assert nxt(*events) == LookAtPo("PO-1")
    assert nxt(*events, po_seen(OPEN, 6)) == LookAtPo("PO-1", at(25))
    assert nxt(*events, po_seen(OPEN, 6), po_seen(OPEN, 25)) == AGAIN
    again = *events, po_seen(OPEN, 6), po_seen(OPEN, 25), orders(CANCELLED, seconds=26)
    assert isinstance(nxt(*again), SubmitPoCancel)
    twice = *again, *po_pressed(verdict, 27), po_seen(OPEN, 60)
    assert nxt(*twice) == LookAtPo("PO-1", at(62))
    assert end(*twice, po_seen(OPEN, 930)) == ("needs_person", "po_not_confirmed")


def test_po_that_withdraws_action_after_press_is_waited_for():
    """A PO that withdraws its action after the press is waited for."""
    without = replace(OPEN, cancel_label=None)
    for verdict in (Verdict.CONFIRMED, Verdict.LOST):
        assert nxt(*READY, *po_pressed(verdict, 5), po_seen(without, 30)) == LookAtPo(
            "PO-1", at(32)
        )


@pytest.mark.parametrize("change", [{"status": PoStatus.CLOSED}, {"invoices": 1}, {"receipts": 1}])
@pytest.mark.parametrize("verdict", [Verdict.CONFIRMED, Verdict.LOST])
def test_lasting_finding_after_press_is_a_persons_at_once(verdict, change):
    """What lasts after the press is a person's at once, as an unconfirmed press."""
    events = *READY, *po_pressed(verdict, 5), po_seen(replace(OPEN, **change), 6)
    assert end(*events) == ("needs_person", "po_not_confirmed")
    assert nxt(*events).text.endswith("; It said so.") or "status" in change


def test_invoice_after_press_lasts_though_status_is_unknown():
    """An invoice after the press lasts though the status is not known."""
    odd = replace(OPEN, status=PoStatus.UNKNOWN, status_text="?", invoices=1)
    action = nxt(*READY, *po_pressed(Verdict.CONFIRMED, 5), po_seen(odd, 6))
    assert action.problem == "po_not_confirmed"
    assert "it has invoices (1 on the PO)" in action.text


PASSING = [
    {"status": PoStatus.IN_APPROVAL},
    {"status": PoStatus.UNKNOWN},
    {"total": Decimal(0)},
    {"change_requests": 1},
    {"invoices": None},
    {"cancel_label": None},
]


@pytest.mark.parametrize("change", PASSING)
@pytest.mark.parametrize("verdict", [Verdict.CONFIRMED, Verdict.LOST])
def test_possible_step_of_po_is_waited_for_and_not_pressed(verdict, change):
    """What may be a step on the PO's way is waited for and never pressed."""
    on_its_way = replace(OPEN, **change)
    events = *READY, *po_pressed(verdict, 5), po_seen(on_its_way, 30)
    assert nxt(*events) == LookAtPo("PO-1", at(32))
    assert end(*events, po_seen(PO_CANCELLED, 32)) == ("done", None)
    assert end(*events, po_seen(on_its_way, 910)) == ("needs_person", "po_not_confirmed")


def test_other_order_live_after_po_press_is_told_as_such():
    """Another order that is live after the PO's press is told as such."""
    events = *READY, *po_pressed(Verdict.LOST, 5), po_seen(OPEN, 6), po_seen(OPEN, 25)
    action = nxt(*events, orders(CANCELLED, replace(LIVE, number="111-2"), seconds=26))
    assert (action.outcome, action.problem) == (Outcome.NEEDS_PERSON, "reverted")
    assert "111-2 (live)" in action.text


# ---- failures -----------------------------------------------------------------------------------


def test_before_the_press_a_failure_is_retried_twice():
    assert nxt(asked(), failed(1)) == LookAtOrder(at(5))
    assert nxt(asked(), failed(1), failed(5)) == LookAtOrder(at(15))
    assert end(asked(), failed(1), failed(5), failed(15)) == ("failed", "site_down")


def test_a_failure_that_must_not_be_retried_ends_it():
    assert end(asked(), failed(retry=False)) == ("failed", "site_down")


def test_failure_while_opening_form_brings_a_fresh_look():
    """A failure while opening the form is followed by a fresh look."""
    assert nxt(asked(), seen(LIVE), failed(1)) == LookAtOrder(at(5))


def test_after_the_press_failures_are_endured_until_the_deadline():
    events = asked(), seen(LIVE), *pressed(Verdict.PENDING)
    many = [failed(100 * n) for n in range(1, 9)]
    assert nxt(*events, *many) == LookAtOrder(at(900))
    assert end(*events, *many, failed(900)) == ("pending", "not_confirmed")


def test_failure_not_to_be_retried_after_press_leaves_pending():
    """After the press, a failure that must not be retried leaves it pending."""
    events = asked(), seen(LIVE), *pressed(Verdict.PENDING)
    assert end(*events, failed(1, retry=False)) == ("pending", "not_confirmed")


def test_cancelled_order_is_not_called_pending_by_a_failure():
    """An order known to be cancelled is not called pending by a failure."""
    assert end(*HALF, Resumed(at=at(60)), failed(61, retry=False)) == ("failed", "site_down")


def test_in_realsource_a_failure_is_retried_and_counted_anew():
    late = asked(), seen(LIVE), *pressed(Verdict.PENDING), failed(1), failed(5), seen(CANCELLED, 20)
    assert nxt(*late, failed(21)) == LookAtOrdersOfPo("PO-1", at(25))
    assert end(*late, failed(21), failed(25), failed(35)) == ("failed", "site_down")


def test_failure_while_opening_po_brings_fresh_looks():
    """A failure while opening the PO is followed by fresh looks."""
    assert nxt(*READY, failed(5)) == LookAtPo("PO-1", at(9))
    assert nxt(*READY, failed(5), po_seen(OPEN, 9)) == AGAIN


def test_failures_after_po_press_are_endured_until_deadline():
    """After the PO's press, failures are endured until the deadline."""
    events = *READY, *po_pressed(Verdict.LOST, 5)
    assert nxt(*events, failed(6), failed(10), failed(20), failed(40)) == LookAtPo("PO-1", at(80))
    assert end(*events, failed(905)) == ("needs_person", "po_not_confirmed")
    assert end(*events, failed(6, retry=False)) == ("needs_person", "po_not_confirmed")


# ---- taken up again -----------------------------------------------------------------------------


def finished(outcome, problem=None):
    return Finished(at=at(1000), outcome=outcome, problem=problem, summary="", next_step=None)


def test_a_pending_request_is_looked_at_anew_and_not_pressed():
    events = (
        asked(),
        seen(LIVE),
        *pressed(Verdict.PENDING),
        seen(PENDING, 900),
        finished(Outcome.PENDING),
    )
    resumed = Resumed(at=at(2000), confirm_seconds=60)
    assert nxt(*events, resumed) == LookAtOrder()
    assert nxt(*events, resumed, seen(PENDING, 2001)) == LookAtOrder(at(2003))
    assert end(*events, resumed, seen(PENDING, 2060)) == ("pending", "not_confirmed")
    assert nxt(*events, resumed, seen(CANCELLED, 2001)) == FIRST


def test_request_that_needed_a_person_goes_on_when_asked():
    """A request that needed a person goes on when somebody asks."""
    stopped = Stopped(at=at(1), problem="captcha", text="A puzzle.")
    events = asked(), stopped, finished(Outcome.NEEDS_PERSON, "captcha"), Resumed(at=at(2000))
    assert nxt(*events) == LookAtOrder()


def test_a_failed_request_has_its_tries_back():
    events = (
        asked(),
        failed(1),
        failed(2),
        failed(3),
        finished(Outcome.FAILED, "site_down"),
        Resumed(at=at(2000)),
    )
    assert nxt(*events, failed(2001)) == LookAtOrder(at(2005))


def test_a_look_anew_by_itself_gives_no_tries_back():
    """Else a site so slow that every press comes too late would be visited for ever."""
    anew = Resumed(at=at(2), anew=True)
    events = asked(), seen(LIVE), failed(1), anew, seen(LIVE, 3), failed(4), anew, seen(LIVE, 5)
    assert nxt(asked(), seen(LIVE), failed(1), anew) == LookAtOrder()
    assert nxt(*events).facts == LIVE
    assert end(*events, failed(6)) == ("failed", "site_down")


def test_presses_are_not_forgotten_by_taking_it_up_again():
    twice = asked(), seen(LIVE), *pressed(Verdict.LOST), seen(LIVE, 20), *pressed(Verdict.LOST, 20)
    assert end(*twice, Resumed(at=at(2000)), seen(LIVE, 2001)) == ("needs_person", "not_confirmed")


def test_nor_when_the_order_is_cancelled_already():
    """Where the looks at all orders of a PO take longer than a press may rest on them, it must
    come to an end.
    """
    events = [asked(), seen(CANCELLED)]
    for n in range(3):
        looked = orders(CANCELLED, SIBLING, seconds=9 * n + 1), po_seen(OPEN, 9 * n + 2)
        late = failed(9 * n + 3, problem="too_slow")
        events += [*looked, late, Resumed(at=at(9 * n + 4), anew=True), seen(CANCELLED, 9 * n + 5)]
    end = nxt(*events, failed(40, problem="too_slow"))
    assert (end.outcome, end.problem) == (Outcome.FAILED, "too_slow")


def test_the_po_is_looked_at_anew():
    events = *READY, finished(Outcome.FAILED), Resumed(at=at(2000)), seen(CANCELLED, 2001)
    assert nxt(*events) == FIRST
    assert nxt(*events, orders(CANCELLED, seconds=2002)) == LookAtPo("PO-1")


def test_second_request_after_first_was_done_presses_nothing():
    """A second request after the first was done presses nothing."""
    events = (
        *READY,
        *po_pressed(Verdict.CONFIRMED),
        po_seen(PO_CANCELLED),
        finished(Outcome.DONE),
        asked(po="PO-1"),
    )
    assert nxt(*events) == LookAtOrder()
    assert nxt(*events, seen(CANCELLED)) == FIRST
    assert end(*events, seen(CANCELLED), orders(CANCELLED), po_seen(PO_CANCELLED)) == ("done", None)


# ---- dry runs and PO numbers --------------------------------------------------------------------


def test_a_dry_run_looks_at_everything_and_presses_nothing():
    dry = asked(dry_run=True), seen(LIVE)
    assert nxt(*dry) == LookAtOrdersOfPo("PO-1")
    assert nxt(*dry, orders(LIVE)) == LookAtPo("PO-1")
    assert end(*dry, orders(LIVE), po_seen(OPEN)) == ("dry_run", None)


@pytest.mark.parametrize(
    "events, expected",
    [
        ((seen(replace(LIVE, po=None)),), ("dry_run", "po_unknown")),
        ((seen(replace(LIVE, state=OrderState.SHIPPED)),), ("refused", "shipped")),
        ((seen(LIVE), orders(LIVE, replace(LIVE, number="111-2"))), ("needs_person", "split_po")),
        ((seen(LIVE), orders(LIVE), po_seen(PO_CANCELLED)), ("dry_run", "po_cancelled_first")),
        (
            (seen(LIVE), orders(LIVE), po_seen(replace(OPEN, invoices=1))),
            ("needs_person", "po_invoiced"),
        ),
    ],
)
def test_a_dry_run_foresees(events, expected):
    assert end(asked(dry_run=True), *events) == expected


def test_a_look_at_several_orders_of_a_po_foresees_all_of_them():
    """``cancel PO`` would cancel each, and then the PO: so would what such a look foresees."""
    other = replace(LIVE, number="111-2")
    together = asked(dry_run=True, beside=("111-2",))
    both = seen(LIVE), orders(LIVE, other)
    assert nxt(together, *both) == LookAtPo("PO-1")
    po = po_seen(replace(OPEN, total=Decimal("20.00"), line_count=4))
    assert nxt(together, *both, po) == Finish(Outcome.DRY_RUN, text="111-2")
    done = seen(CANCELLED), all_orders(CANCELLED, other), po
    first = asked(dry_run=True, po="PO-1", beside=("111-2",))
    assert nxt(first, *done) == Finish(Outcome.DRY_RUN, text="111-2")


@pytest.mark.parametrize(
    "other, expected",
    [
        (replace(LIVE, number="111-3"), ("needs_person", "split_po")),
        (replace(LIVE, number="111-2", state=OrderState.SHIPPED), ("needs_person", "split_po")),
        (replace(LIVE, number="111-2", cancel_url=None), ("needs_person", "split_po")),
        (replace(LIVE, number="111-2", pending=True), ("pending", "not_confirmed")),
    ],
)
def test_a_look_foresees_no_more_than_was_asked_and_can_be(other, expected):
    together = asked(dry_run=True, beside=("111-2",))
    assert end(together, seen(LIVE), orders(LIVE, other)) == expected


def test_no_order_beside_frees_a_po_that_is_to_be_cancelled():
    """Only of a look: before a press, each order of the PO is cancelled."""
    asks = asked(beside=("111-2",))
    half = *pressed(Verdict.CONFIRMED), seen(CANCELLED, 1)
    other = replace(LIVE, number="111-2")
    assert end(asks, seen(LIVE), *half, orders(CANCELLED, other, seconds=2)) == (
        "needs_person",
        "split_po",
    )


def test_a_dry_run_of_a_cancelled_order_looks_at_the_po_only():
    dry = asked(dry_run=True, po="PO-1"), seen(CANCELLED), all_orders(CANCELLED)
    assert nxt(*dry) == LookAtPo("PO-1")
    assert end(*dry, po_seen(OPEN)) == ("dry_run", None)
    assert end(*dry, po_seen(PO_CANCELLED)) == ("dry_run", None)


def test_a_po_number_alone_finds_its_orders():
    find = asked(number=None, po="PO-1")
    assert nxt(find) == LookAtOrdersOfPo("PO-1")
    assert nxt(find, failed(1)) == LookAtOrdersOfPo("PO-1", at(5))
    assert end(find, failed(retry=False)) == ("failed", "site_down")
    assert end(find, orders(LIVE)) == ("dry_run", None)


def test_a_look_at_a_po_looks_at_it_in_realsource_too():
    """Also where its orders name no PO any more, as cancelled ones do."""
    look = asked(number=None, po="PO-1", dry_run=True)
    assert nxt(look, orders(LIVE)) == LookAtPo("PO-1")
    assert end(look, orders(LIVE), po_seen(OPEN)) == ("dry_run", None)
    assert nxt(look, orders(CANCELLED)) == LookAtPo("PO-1")
    assert end(look, orders(CANCELLED), failed(retry=False)) == ("failed", "site_down")
    assert nxt(look, orders(listing=Listing.ALL_USERS)).problem == "not_found"


def test_a_po_has_no_orders_only_where_the_list_proves_that():
    find = asked(number=None, po="PO-1")
    for listing in (Listing.ALL_USERS, Listing.ACCOUNT):
        assert end(find, orders(listing=listing)) == ("refused", "not_found")
    action = nxt(find, orders())
    assert (action.outcome, action.problem) == (Outcome.NEEDS_PERSON, "orders_incomplete")
    assert "does not prove that it shows the orders of all users and dates" in action.text


@pytest.mark.parametrize(
    "found, expected",
    [
        ((LIVE,), ("dry_run", None)),
        ((LIVE, SIBLING), ("dry_run", None)),
        ((replace(CANCELLED, po="PO-1"),), ("dry_run", None)),
        ((replace(LIVE, po=None),), ("needs_person", "po_not_shown")),
        ((LIVE, replace(LIVE, number="111-2", po=None)), ("needs_person", "po_not_shown")),
        ((LIVE, replace(LIVE, number="111-2", po="PO-9")), ("needs_person", "po_not_shown")),
        ((LIVE, replace(CANCELLED, number="111-2", po="PO-9")), ("needs_person", "po_not_shown")),
        ((CANCELLED, SIBLING), ("needs_person", "po_not_shown")),
        (
            (LIVE, replace(CANCELLED, number="111-2", po_text="PO: P1, P2")),
            ("needs_person", "po_not_shown"),
        ),
    ],
)
def test_an_order_that_the_search_finds_must_name_the_po(found, expected):
    """The search is a free one: it finds a number in titles too."""
    find = asked(number=None, po="PO-1")
    assert end(find, orders(*found)) == expected


# ---- the ledger's own guard ---------------------------------------------------------------------


def test_a_first_press_may_always_be_made():
    assert may_press((), "111-1")
    assert may_press((seen(CANCELLED),), "111-1")


@pytest.mark.parametrize(
    "after, allowed",
    [
        (seen(LIVE, 30), True),
        (orders(LIVE, seconds=30), True),
        (seen(LIVE, 19), False),
        (seen(CANCELLED, 30), False),
        (seen(PENDING, 30), False),
        (seen(replace(LIVE, number="111-2"), 30), False),
        (orders(replace(LIVE, number="111-2"), seconds=30), False),
        (po_seen(OPEN, 30), False),
        (failed(30), False),
    ],
)
def test_order_is_pressed_again_only_when_live_after_settling(after, allowed):
    """An order may be pressed again only when seen live after the settle time."""
    assert may_press((*pressed(), after), "111-1", SETTLE) is allowed


@pytest.mark.parametrize(
    "after, allowed",
    [
        (po_seen(OPEN, 30), True),
        (po_seen(PO_CANCELLED, 30), False),
        (po_seen(replace(OPEN, number="PO-9"), 30), False),
        (seen(LIVE, 30), False),
    ],
)
def test_po_is_pressed_again_only_when_open_after_settling(after, allowed):
    """A PO may be pressed again only when seen open after the settle time."""
    assert may_press((*po_pressed(), after), "PO-1", SETTLE) is allowed


@pytest.mark.parametrize("verdict", list(Verdict))
def test_po_is_pressed_by_nobody_after_answer_that_it_arrived(
    verdict,
):
    """A PO is not pressed again by anybody after an answer that the press arrived."""
    arrived = verdict in {Verdict.CONFIRMED, Verdict.PENDING, Verdict.PARTIAL, Verdict.UNCLEAR}
    assert may_press((*po_pressed(verdict), po_seen(OPEN, 30)), "PO-1", SETTLE) is not arrived


def test_po_is_pressed_twice_at_most_by_all_its_orders():
    """A PO is pressed twice at most by all of its orders together."""
    once = (*po_pressed(Verdict.LOST), po_seen(OPEN, 30))
    twice = (*once, *po_pressed(Verdict.LOST, 40), po_seen(OPEN, 80))
    assert may_press(once, "PO-1", SETTLE)
    assert not may_press(twice, "PO-1", SETTLE)


def test_an_order_has_no_such_limit_over_its_requests():
    request = (*pressed(Verdict.REFUSED), seen(LIVE, 30))
    assert may_press(request * 3, "111-1", SETTLE)


# ---- facts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", [state for state in OrderState if state is not OrderState.CANCELLED]
)
def test_only_a_cancelled_order_makes_a_confirmation(state):
    with pytest.raises(ValueError, match="not cancelled"):
        Confirmation.from_read_back(replace(LIVE, state=state), T0)


def test_waits_grow_and_end_at_the_last():
    waits = [POLICY.wait(n).total_seconds() for n in (-1, 0, 1, 5, 99)]
    assert waits == [2, 2, 4, 80, 1800]


# ---- where nobody waits at a terminal -----------------------------------------------------------


ALONE = asked(unattended=True)


def test_unattended_what_is_not_confirmed_in_time_is_a_persons():
    events = (ALONE, seen(LIVE), *pressed(Verdict.CONFIRMED))
    assert nxt(*events, seen(LIVE, 890)) == LookAtOrder(at(892))
    assert end(*events, seen(LIVE, 900)) == ("needs_person", "not_confirmed")
    assert end(ALONE, seen(PENDING), seen(PENDING, 900)) == ("needs_person", "not_confirmed")


def test_site_that_refuses_after_press_is_asked_later():
    """Unattended, a site that refuses the robot after the press is asked again later."""
    events = (ALONE, seen(LIVE), *pressed(Verdict.CONFIRMED))
    assert nxt(*events, failed(1, retry=False)) == LookAtOrder(at(5))
    assert end(*events, failed(900, retry=False)) == ("needs_person", "not_confirmed")


def test_other_orders_of_po_are_looked_at_until_confirmed():
    """Unattended, the other orders of the PO are looked at until confirmed."""
    sibling = replace(PENDING, number="111-2")
    known = ("111-1", "111-2")
    events = (ALONE, seen(LIVE), *pressed(Verdict.CONFIRMED), seen(CANCELLED, 1))
    first = nxt(*events, orders(CANCELLED, sibling, seconds=2))
    assert first == LookAtOrdersOfPo("PO-1", at(2) + POLICY.wait(2), known)
    later = nxt(
        *events, orders(CANCELLED, sibling, seconds=2), orders(CANCELLED, sibling, seconds=20)
    )
    assert later.not_before - at(20) > first.not_before - at(2)
    assert nxt(
        *events, orders(CANCELLED, sibling, seconds=2), orders(CANCELLED, SIBLING, seconds=9)
    ) == LookAtPo("PO-1")
    assert end(*events, orders(CANCELLED, sibling, seconds=901)) == (
        "needs_person",
        "not_confirmed",
    )
    live = replace(LIVE, number="111-2")
    assert end(*events, orders(CANCELLED, live, seconds=2)) == ("needs_person", "split_po")


def test_person_at_a_terminal_is_not_waited_for_by_queue():
    """A person who takes it up at a terminal is not waited for by the queue."""
    events = (ALONE, seen(LIVE), *pressed(Verdict.CONFIRMED), Resumed(at=at(10)))
    assert end(*events, seen(LIVE, 911)) == ("pending", "not_confirmed")
    again = Resumed(at=at(10), unattended=True)
    assert end(*events[:-1], again, seen(LIVE, 911)) == ("needs_person", "not_confirmed")


def test_a_persons_word_closes_the_request():
    word = Resolved(at=at(3), as_="given_up", by="a.buyer", because="It arrived.")
    assert not replay((*HALF, word)).is_open
    assert replay((*HALF, word, asked())).is_open


# ---- a question of the browser's own ------------------------------------------------------------


def test_question_answered_no_is_a_persons_after_fresh_look():
    """A question that was answered with no is a person's after a fresh look."""
    asked_first = asked(), seen(LIVE), *pressed(Verdict.WITHHELD, text="Notify others?")
    assert nxt(*asked_first) == LookAtOrder()
    assert end(*asked_first, seen(LIVE, 1)) == ("needs_person", "unexpected_question")
    assert nxt(*asked_first, seen(CANCELLED, 1)) == FIRST


def test_a_question_about_the_po_is_a_persons_after_a_fresh_look():
    asked_first = *READY, *po_pressed(Verdict.WITHHELD, 5)
    assert nxt(*asked_first) == LookAtPo("PO-1")
    assert end(*asked_first, po_seen(OPEN, 6)) == ("needs_person", "unexpected_question")
    assert end(*asked_first, po_seen(PO_CANCELLED, 6)) == ("done", None)


@pytest.mark.parametrize(
    "order, can",
    [
        (LIVE, True),
        (PENDING, False),
        (replace(LIVE, po="P9999999"), False),
        (CANCELLED, False),
        (None, False),
    ],
)
def test_vendor_can_be_pressed_whatever_the_po_shows(order, can):
    """It takes a whole live order that names no other PO."""
    seen = () if order is None else (OrderSeen(at=T0, facts=order),)
    asked = replace(ASKED, po=LIVE.po)
    assert can_press_vendor(replay((asked, *seen))) is can


@pytest.mark.parametrize("events", [(*READY, asked(), seen(LIVE, 9)), (asked(), *HALF[2:])])
def test_events_come_to_the_same_state_one_by_one(events):
    """A state that was asked for earlier stays as it was."""
    states = [replay(events[:1])]
    for event in events[1:]:
        states.append(replay_on(states[-1], (event,)))
    assert states == [replay(events[:count]) for count in range(1, len(events) + 1)]
    assert replay_on(states[0], events[1:]) == states[-1]
