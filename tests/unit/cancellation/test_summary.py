"""The words of how far a case came, and of its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation import CancelRequest, replay, replay_open
from robot.cancellation.actions import Finish
from robot.cancellation.events import (
    Finished,
    OrderSeen,
    Requested,
    Resolved,
    VendorIntended,
)
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import (
    Receipt,
    Resolution,
    both_systems,
    build_receipt,
    is_current,
)
from robot.cancellation.receipts.summary import finished_event, progress_sentence
from robot.cancellation.words.wording import DRY_RUN_PO_UNKNOWN, public_wording, wording
from robot.problems import Problem
from tests.support.facts import ASKED, PO, T0
from tests.support.facts import CANCELLED as LOOKED

REQUEST = replace(ASKED, po=PO)
PRESSED = VendorIntended(at=T0 + timedelta(seconds=1), token=1)
CANCELLED = OrderSeen(at=T0 + timedelta(seconds=2), facts=LOOKED)
SETTLED = Resolved(at=T0, as_="given_up", by="a.buyer", because="It arrived.")


def ended(seconds=3.0, problem="captcha"):
    return Finished(
        at=T0 + timedelta(seconds=seconds),
        outcome=Outcome.NEEDS_PERSON,
        problem=problem,
        summary="It is so.",
        next_step=None,
    )


@pytest.mark.parametrize(
    "events, words",
    [
        ((), "Nothing was pressed."),
        ((PRESSED,), "The cancellation of order 111-1 was submitted"),
        ((PRESSED, CANCELLED), "Order 111-1 is cancelled at Amazon; PO PO-1 is not cancelled"),
        ((PRESSED, SETTLED), "Its last request is closed"),
    ],
)
def test_progress_is_told_in_a_sentence(events, words):
    assert progress_sentence(replay((REQUEST, *events)), "Amazon").startswith(words)


def test_open_state_of_a_case():
    assert replay_open(()) is None
    assert replay_open((REQUEST, SETTLED)) is None
    assert replay_open((REQUEST, PRESSED)) == replay((REQUEST, PRESSED))


def test_receipt_is_current_while_it_tells_the_last_end():
    events = (REQUEST, ended())
    receipt = build_receipt(events, "Amazon")
    assert is_current(receipt, "captcha", events)
    assert is_current(receipt, "captcha", ())
    assert not is_current(receipt, "site_down", events)
    assert not is_current(receipt, "captcha", (REQUEST, ended(9.0)))
    another = replace(REQUEST, request_id="r2")
    assert is_current(receipt, "captcha", (*events, another))


def test_settled_receipt_is_always_current():
    receipt = build_receipt((REQUEST, ended()), "Amazon")
    word = Resolution(as_="given_up", by="a.buyer", because="It arrived.")
    assert is_current(replace(receipt, resolved=word), "site_down", ())


def test_both_systems_are_told_before_there_is_an_end():
    vendor, realsource = both_systems((REQUEST, PRESSED))
    assert (vendor.state, vendor.submits) == ("pending", 1)
    assert (realsource.state, realsource.submits) == ("untouched", 0)


def test_no_before_the_second_press_is_told_with_the_first():
    summary, _ = wording("needs_person", Problem.DECLINED, "pressed")
    assert summary.startswith("You said no; nothing more was pressed. The cancellation")


def test_dry_run_of_a_cancelled_order_without_a_po():
    assert wording("dry_run", Problem.PO_UNKNOWN, "cancelled") == DRY_RUN_PO_UNKNOWN


def test_requested_event_tells_what_was_asked_for():
    asked = CancelRequest("amazon", "111-1", "PO-1", "twice", "a.buyer", dry_run=True)
    event = Requested.of(asked, at=T0, request_id="r1", unattended=True)
    assert (event.vendor, event.number, event.po) == ("amazon", "111-1", "PO-1")
    assert (event.reason, event.requested_by, event.dry_run) == ("twice", "a.buyer", True)
    assert (event.at, event.request_id, event.unattended) == (T0, "r1", True)


@pytest.mark.parametrize("problem", [*Problem, None])
@pytest.mark.parametrize("confirmed", [True, False])
def test_public_words_have_no_gap_left(problem, confirmed):
    words = {"number": "111-1", "po": "PO-1", "vendor": "Amazon", "name": "Order 111-1"}
    what, step = public_wording(problem, words, confirmed=confirmed)
    assert what
    assert step
    assert "{" not in what + step


def test_campus_advice_takes_the_place_of_the_next_step():
    """It is told with the comment for the PO; of another problem, or none, the words stay."""
    state = replay((REQUEST, PRESSED, CANCELLED))
    advice = {"po_invoiced": "Form 7 for PO {po}. {comment}"}
    invoiced = Finish(Outcome.NEEDS_PERSON, Problem.PO_INVOICED, "2")
    shipped = Finish(Outcome.REFUSED, Problem.SHIPPED, "")
    told = finished_event(state, invoiced, "Amazon", state.request.at, advice).next_step
    assert told is not None
    assert told.startswith("Form 7 for PO ")
    assert "“Order" in told
    plain = finished_event(state, shipped, "Amazon", state.request.at)
    assert finished_event(state, shipped, "Amazon", state.request.at, advice) == plain


@pytest.mark.parametrize(
    "text, delivered",
    [
        ("Delivered May 14", True),
        ("Shipped\nDelivered May 14", True),
        ("Shipped", False),
        ("Not delivered yet", False),
        ("", False),
    ],
)
def test_delivered_is_not_told_as_shipped(text, delivered):
    summary, step = wording("refused", Problem.SHIPPED, text=text)
    assert ("has delivered" in summary) is delivered
    assert ("When the goods arrive" in step) is not delivered


def test_headline_leaves_out_what_the_next_step_says():
    said = "Amazon shows a puzzle: sign in once yourself, then run it again."
    kept = Receipt(
        id="1", outcome=Outcome.NEEDS_PERSON, summary=f"It needs a person: {said}", next_step=said
    )
    assert kept.headline == "It needs a person."
    assert replace(kept, next_step="Wait.").headline == kept.summary
    assert replace(kept, next_step=None).headline == kept.summary


def test_next_step_leads_to_the_comment_below_it():
    """Where one is shown there; it is not told twice."""
    step = "Leave the PO open. Put this on the PO: “It was cancelled.”"
    kept = Receipt(id="1", outcome=Outcome.NEEDS_PERSON, next_step=step)
    assert kept.next_step_apart == step
    told = replace(kept, comment="It was cancelled.")
    assert told.next_step_apart == "Leave the PO open. Put this on the PO: the comment below."
    assert replace(told, next_step=None).next_step_apart is None
