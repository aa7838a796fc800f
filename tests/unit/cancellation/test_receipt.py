import json
import re
import string
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from robot.cancellation.actions import Finish
from robot.cancellation.decide import decide
from robot.cancellation.events import (
    EvidenceKept,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    ReceiptKept,
    Resumed,
    SignedIn,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.history import wrote_files
from robot.cancellation.orders import (
    Listing,
    OrderState,
    Outcome,
    PoFacts,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.receipts.receipt import SCHEMA, build_receipt, from_json, to_json
from robot.cancellation.receipts.summary import finished_event
from robot.cancellation.state import replay
from robot.cancellation.words import wording as words
from robot.cancellation.words.problems import SPECS
from robot.cancellation.words.wording import OUTCOMES, STANDS, po_comment, wording
from robot.problems import Problem
from robot.storage.event_rows import event_of
from tests.simulation.behaviours import PO
from tests.simulation.story import Plan, Story
from tests.support.facts import ASKED, CANCELLED, LIVE, OPEN, PO_CANCELLED, T0

DATA = Path(__file__).resolve().parents[2] / "data"
REQUEST = replace(ASKED, reason="twice", requested_by="somebody")


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def seen(facts, seconds=0.0):
    return OrderSeen(at=at(seconds), facts=facts, seconds=0.25)


def pressed(verdict=Verdict.CONFIRMED):
    return (
        VendorIntended(at=at(2), token=1),
        VendorAnswered(at=at(3), answer=SubmitResult(verdict, "Cancellation successful")),
    )


def po_pressed():
    return PoIntended(at=at(8), token=1, comment="why"), PoAnswered(
        at=at(9), answer=SubmitResult(Verdict.CONFIRMED)
    )


def receipt(*events, outcome=Outcome.NEEDS_PERSON, problem=None):
    end = Finished(at=at(60), outcome=outcome, problem=problem, summary="It is so.", next_step=None)
    return build_receipt((REQUEST, *events, end), "Amazon")


WHOLE = (
    SignedIn(at=at(1), site="Amazon", seconds=1.0),
    seen(LIVE, 1),
    *pressed(),
    EvidenceKept(
        at=at(3), what="page", file="a.jpg", sha256="0" * 64, url="https://www.amazon.com/"
    ),
    seen(CANCELLED, 4),
    OrdersOfPoSeen(at=at(5), po="PO-1", orders=(CANCELLED,), listing=Listing.ALL_USERS),
    PoSeen(at=at(6), facts=OPEN),
    OrdersOfPoSeen(at=at(7), po="PO-1", orders=(CANCELLED,)),
    *po_pressed(),
    PoSeen(at=at(10), facts=PO_CANCELLED),
)


# ---- the contract -------------------------------------------------------------------------------

CONTRACT = {
    "": (
        "schema id outcome summary next_step comment problem order vendor realsource steps"
        " witnesses evidence tools requested_by started_at finished_at ledger"
    ),
    "order": "vendor number po total lines",
    "vendor": "state said read_back submits confirmed_at proof",
    "realsource": "state said read_back reason submits confirmed_at proof set_proven_by",
}


def test_a_receipt_has_exactly_the_keys_of_the_contract():
    whole = to_json(receipt(*WHOLE, outcome=Outcome.DONE))
    assert set(whole) == {*CONTRACT[""].split(), "reason", "stand_in"}
    for part in ("order", "vendor", "realsource"):
        assert set(whole[part]) == set(CONTRACT[part].split())
    assert {tuple(line) for line in whole["order"]["lines"]} == {("title", "quantity", "state")}
    assert {tuple(step) for step in whole["steps"]} == {("name", "state", "at", "seconds")}
    assert {tuple(piece) for piece in whole["evidence"]} == {
        ("what", "file", "sha256", "url", "at", "shown_at", "stage", "page")
    }
    assert whole["schema"] == SCHEMA == "vendorfirst.receipt/1"
    assert json.loads(json.dumps(whole)) == whole


def test_a_receipt_of_success_says_everything():
    whole = to_json(receipt(*WHOLE, outcome=Outcome.DONE))
    assert whole["order"] == {
        "vendor": "amazon_business",
        "number": "111-1",
        "po": "PO-1",
        "total": "10.00",
        "lines": [
            {"title": "Pens", "quantity": 1, "state": "cancelled"},
            {"title": "Paper", "quantity": 2, "state": "cancelled"},
        ],
    }
    assert whole["vendor"] == {
        "state": "cancelled",
        "said": "Cancellation successful",
        "read_back": "This order has been cancelled.",
        "submits": 1,
        "confirmed_at": "2026-01-01T00:00:04.000Z",
        "proof": None,
    }
    assert whole["realsource"] == {
        "state": "cancelled",
        "said": "",
        "read_back": "",
        "reason": "why",
        "submits": 1,
        "confirmed_at": "2026-01-01T00:00:10.000Z",
        "proof": None,
        "set_proven_by": "all_users",
    }
    assert (whole["id"], whole["requested_by"], whole["reason"], whole["stand_in"]) == (
        "r1",
        "somebody",
        "twice",
        False,
    )
    assert [step["name"] for step in whole["steps"]] == [
        "Signed in to Amazon",
        "Looked at the order at Amazon",
        "Requested the cancellation at Amazon",
        "Read the order back at Amazon",
        "Looked at every order of the PO at Amazon",
        "Looked at the PO in RealSource",
        "Looked at every order of the PO at Amazon",
        "Requested the cancellation of the PO in RealSource",
        "Read the PO back in RealSource",
    ]


def test_there_is_no_receipt_before_the_end():
    with pytest.raises(ValueError, match="not come to an end"):
        build_receipt((REQUEST, *WHOLE))


def test_a_receipt_tells_of_the_last_request_only():
    again = receipt(
        *WHOLE,
        Finished(at=at(11), outcome=Outcome.DONE, problem=None, summary="", next_step=None),
        REQUEST,
    )
    assert (again.vendor.submits, again.evidence, again.realsource.state) == (
        0,
        (),
        "untouched",
    )


def test_failures_and_what_was_left_out_are_steps():
    failed = Failed(
        at=at(1), problem="site_down", text="Down.", step="Look at the order", seconds=2.0
    )
    stopped = Stopped(at=at(2), problem="captcha", text="A puzzle.")
    steps = receipt(failed, Resumed(at=at(2)), stopped).steps
    assert [(step.name, step.state) for step in steps] == [
        ("Look at the order", "failed"),
        ("Took the request up again", "ok"),
        ("Stopped", "failed"),
        ("Cancel the PO in RealSource", "skipped"),
    ]


def test_steps_stand_by_time_and_say_when_they_began():
    """The ledger has a look's begin, and of all else the end; a sign-in falls into the look that
    needed it.
    """
    steps = receipt(
        SignedIn(at=at(4), site="Amazon"),
        OrderSeen(at=at(1), facts=LIVE, seconds=5.0),
        VendorIntended(at=at(9), token=1),
        VendorAnswered(at=at(10), answer=SubmitResult(Verdict.CONFIRMED), seconds=3.5),
        Failed(at=at(20), problem="browser_died", text="Gone.", step="Read back", seconds=8.0),
        Failed(
            at=at(21),
            problem="browser_died",
            text="Gone.",
            step="Start a clean browser",
            seconds=9.001,
        ),
        Stopped(at=at(30), problem="captcha", text="A puzzle.", step="Read back", seconds=2.0),
    ).steps
    assert [(step.name, step.at[17:22], step.seconds) for step in steps] == [
        ("Looked at the order at Amazon", "01.00", 5.0),
        ("Signed in to Amazon", "04.00", 0.0),
        ("Requested the cancellation at Amazon", "06.50", 3.5),
        ("Read back", "12.00", 8.0),
        ("Start a clean browser", "20.00", 1.0),
        ("Read back", "28.00", 2.0),
        ("Cancel the PO in RealSource", "00.00", 0.0),
    ]


SAMPLE = (DATA / "receipts" / "0.1.0.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", SAMPLE, ids=range(len(SAMPLE)))
def test_receipt_keeps_what_the_stored_one_says(line):
    """Receipts that 0.1.0 made: the same events say the same under every key of theirs."""
    sample = json.loads(line)
    events = tuple(event_of(json.dumps(event)) for event in sample["events"])
    stored = json.loads(sample["receipt"])
    assert_says(to_json(build_receipt(events, sample["title"])), stored)
    assert_says(to_json(from_json(stored)), stored)


def assert_says(made, stored):
    """Whatever stands in the stored value stands in the made one.

    But for the words of a step, the order of evidence, and a line's state, which is now its own.
    """
    if isinstance(stored, dict):
        for key, value in stored.items():
            if key not in {"steps", "lines"}:
                assert_says(made[key], value)
    elif isinstance(stored, list):
        assert len(made) == len(stored)
        for one, other in zip(made, stored, strict=True):
            assert_says(one, other)
    else:
        assert made == stored


def test_receipt_settled_by_a_person_comes_back():
    word = {"as": "given_up", "by": "A. Buyer", "because": "Not needed", "at": "2026-01-05"}
    told = {**to_json(receipt(*WHOLE)), "resolved": word}
    made = from_json(told)
    assert made.resolved is not None
    assert made.resolved.as_ == "given_up"
    assert json.dumps(to_json(made)) == json.dumps(told)


def test_old_receipt_without_newer_keys_is_read():
    told = to_json(receipt(*WHOLE))
    del told["stand_in"], told["reason"], told["realsource"]["set_proven_by"]
    made = from_json(told)
    assert (made.stand_in, made.reason, made.realsource.set_proven_by) == (False, "", None)
    assert made.vendor == receipt(*WHOLE).vendor


# ---- states -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "events, problem, state",
    [
        ((), None, "unknown"),
        ((), "not_found", "not_found"),
        ((seen(LIVE),), None, "live"),
        ((seen(CANCELLED),), None, "already_cancelled"),
        ((seen(replace(LIVE, state=OrderState.SHIPPED)),), "shipped", "shipped"),
        ((seen(replace(LIVE, state=OrderState.PARTLY_SHIPPED)),), "partly_shipped", "live"),
        (
            (seen(replace(LIVE, state=OrderState.PARTLY_CANCELLED)),),
            "partly_cancelled",
            "partly_cancelled",
        ),
        ((seen(replace(LIVE, state=OrderState.NOT_FOUND)),), "not_found", "not_found"),
        ((seen(replace(LIVE, state=OrderState.UNKNOWN)),), "unknown_page", "unknown"),
        ((seen(replace(LIVE, cancel_url=None)),), "too_late", "refused"),
        ((seen(replace(LIVE, pending=True)),), "not_confirmed", "pending"),
        ((seen(replace(LIVE, number="111-9")),), "wrong_order", "unknown"),
        ((seen(LIVE), *pressed()), "captcha", "pending"),
        ((seen(LIVE), *pressed(), seen(LIVE)), "not_confirmed", "pending"),
        (
            (seen(LIVE), *pressed(), seen(replace(LIVE, state=OrderState.NOT_FOUND))),
            "not_confirmed",
            "pending",
        ),
        ((seen(LIVE), *pressed(), seen(LIVE)), "vendor_refused", "refused"),
        ((seen(LIVE), *pressed(), seen(LIVE)), "bundle", "refused"),
        ((seen(LIVE), *pressed(), seen(LIVE)), "vendor_error", "live"),
        ((seen(LIVE), *pressed(), seen(LIVE)), "partly_cancelled", "partly_cancelled"),
        (
            (seen(LIVE), *pressed(), seen(replace(LIVE, state=OrderState.PARTLY_SHIPPED))),
            "partly_shipped",
            "live",
        ),
        ((seen(LIVE), *pressed(), seen(CANCELLED)), None, "cancelled"),
        ((seen(LIVE), *pressed(), seen(CANCELLED), Resumed(at=at(50))), "site_down", "cancelled"),
        ((*pressed(),), "site_down", "pending"),
    ],
)
def test_receipt_tells_the_vendors_state(events, problem, state):
    assert receipt(*events, problem=problem).vendor.state == state


@pytest.mark.parametrize(
    "events, problem, state",
    [
        ((), "shipped", "untouched"),
        ((PoSeen(at=T0, facts=OPEN),), None, "untouched"),
        ((PoSeen(at=T0, facts=PO_CANCELLED),), None, "already_cancelled"),
        ((PoSeen(at=T0, facts=replace(PO_CANCELLED, number="PO-9")),), "po_mismatch", "blocked"),
        ((PoSeen(at=T0, facts=PoFacts("PO-1", PoStatus.NOT_FOUND)),), "po_not_found", "not_found"),
        ((PoSeen(at=T0, facts=replace(OPEN, invoices=1)),), "po_invoiced", "blocked"),
        ((PoSeen(at=T0, facts=replace(OPEN, status=PoStatus.UNKNOWN)),), "unknown_page", "blocked"),
        ((PoSeen(at=T0, facts=OPEN), *po_pressed()), "po_not_confirmed", "unknown"),
        (
            (PoSeen(at=T0, facts=OPEN), *po_pressed(), PoSeen(at=T0, facts=PO_CANCELLED)),
            None,
            "cancelled",
        ),
        (
            (*po_pressed(), PoSeen(at=T0, facts=PO_CANCELLED), Resumed(at=at(50))),
            "site_down",
            "cancelled",
        ),
    ],
)
def test_receipt_tells_realsources_state(events, problem, state):
    assert receipt(seen(LIVE), seen(CANCELLED), *events, problem=problem).realsource.state == state


def test_every_blocking_problem_of_the_rule_is_a_blocked_po():
    for name, script in PO.items():
        if script.expect and script.expect[0] == "needs_person" and script.start != "live":
            (made,) = Story(Plan(po=name)).play().receipts
            state = "not_found" if made.problem == "po_not_found" else "blocked"
            assert made.realsource.state == state, name


def blocked(*changes, cancelled=True):
    """The end of a case whose PO has these things against it."""
    po = replace(OPEN, line_count=None)
    for change in changes:
        po = replace(po, **change)
    half = (seen(LIVE), *pressed(), seen(CANCELLED, 4)) if cancelled else (seen(LIVE),)
    request = REQUEST if cancelled else replace(REQUEST, dry_run=True)
    orders = OrdersOfPoSeen(at=at(5), po="PO-1", orders=(CANCELLED if cancelled else LIVE,))
    state = replay((request, *half, orders, PoSeen(at=at(6), facts=po)))
    return finished_event(state, decide(state), "Amazon", at(7))


WHOLE_PO = {"line_count": 2}
BY_HAND = {
    "po_mismatch": {"supplier_matches": False, "supplier": "Other"},
    "po_counts_untold": {"receipts": None},
    "po_in_approval": {"status": PoStatus.IN_APPROVAL, "status_text": "Pending approval"},
}


@pytest.mark.parametrize("problem", BY_HAND)
def test_po_is_not_ended_by_hand_while_its_set_is_unproven(problem):
    """A PO is not to be ended by hand while its set is unproven.

    The advice that ends the PO is given only where nothing else speaks against it.
    """
    alone = blocked(WHOLE_PO, BY_HAND[problem])
    assert alone.problem == problem
    assert re.search("cancel it there|Cancel the PO by hand|Withdraw", alone.next_step)
    assert "Besides" not in alone.summary
    end = blocked(BY_HAND[problem])
    assert end.problem == problem
    assert end.next_step.startswith("Leave the PO open until each of these is settled.")
    assert end.summary.endswith(
        " Besides: nothing proves that it has no other orders (the PO's page lists no lines)."
    )


def test_unproven_set_is_looked_for_and_nothing_else_advised():
    """An unproven set is looked for and nothing else is advised."""
    assert "View All Orders" in blocked().next_step
    assert "by hand" not in blocked({"cancel_label": None}).next_step


def test_what_else_blocks_is_told_of_a_live_order_too():
    end = blocked(WHOLE_PO, {"invoices": 2, "receipts": 1}, cancelled=False)
    assert "it has invoices (2 on the PO). Nothing was cancelled." in end.summary
    assert end.summary.endswith(" Besides: it has receipts (1 on the PO).")
    assert end.next_step.startswith("Leave the PO as it is until the order is cancelled")


def test_another_po_that_is_cancelled_confirms_nothing():
    other = PoSeen(at=at(10), facts=replace(PO_CANCELLED, number="PO-9"))
    assert receipt(*WHOLE[:-1], other).realsource.confirmed_at is None
    assert receipt(*WHOLE).realsource.confirmed_at is not None


def test_confirmed_at_is_the_first_read_of_the_last_run():
    """Confirmed is when it was first read so, and never otherwise since."""
    made = receipt(
        seen(LIVE),
        *pressed(),
        seen(CANCELLED, 4),
        seen(LIVE, 5),
        seen(CANCELLED, 6),
        seen(CANCELLED, 7),
    )
    assert made.vendor.confirmed_at == "2026-01-01T00:00:06.000Z"
    assert receipt(seen(CANCELLED, 4), seen(LIVE, 5)).vendor.confirmed_at is None


# ---- words --------------------------------------------------------------------------------------

FILLED = {"number", "po", "text", "vendor", "lines", "comment"}


def test_the_words_have_no_place_that_stays_empty():
    specs = [
        *SPECS.values(),
        words.PO_MISMATCH_FIRST,
        words.OTHERS_NOT_CONFIRMED,
        words.NOT_CONFIRMED_AT_ALL,
    ]
    pairs = [
        *((spec.full_summary, spec.next_step) for spec in specs),
        *OUTCOMES.values(),
        words.DRY_RUN_PO_UNKNOWN,
        words.DRY_RUN_CANCELLED,
        words.OTHERS_PENDING,
    ]
    texts = [text for pair in pairs for text in pair if text] + list(STANDS.values())
    for text in texts:
        assert {
            field for _, field, _, _ in string.Formatter().parse(text) if field is not None
        } <= FILLED, text


def test_every_outcome_has_its_words():
    assert {outcome.value for outcome in Outcome} == OUTCOMES.keys()
    assert wording("failed", "something_new") == OUTCOMES["failed"]


FORESEEN = {problem for problem, spec in SPECS.items() if spec.foreseen}


@pytest.mark.parametrize("problem", sorted(FORESEEN))
def test_foreseen_block_does_not_call_a_live_order_cancelled(problem):
    """What a look foresees of a live order does not call it cancelled."""
    summary, step = wording("needs_person", problem)
    assert "is cancelled" not in summary
    assert summary.startswith(
        "Order {number} can be cancelled at {vendor}; PO {po} could not be by the robot: "
    )
    assert summary.endswith("Nothing was cancelled.")
    if problem != "split_po":
        assert step.startswith("Leave the PO as it is until the order is cancelled")
    after, _ = wording("needs_person", problem, "cancelled")
    assert after.startswith("Order {number} is cancelled at {vendor}")


def test_look_at_one_of_several_live_orders_tells_of_all():
    """``cancel PO`` cancels each; to cancel one alone leaves the PO open."""
    _, step = wording("needs_person", "split_po", others_live=True)
    assert step.startswith("All orders of the PO, and then the PO")
    assert "vendorfirst cancel {po}. This order alone" in step
    assert step.endswith("with the PO left open: vendorfirst cancel {number}")
    _, alone = wording("needs_person", "split_po")
    assert alone.startswith("Leave the PO as it is until the order is cancelled")


@pytest.mark.parametrize(
    "other, advised",
    [
        (OrderState.LIVE, "All orders of the PO, and then the PO"),
        (OrderState.SHIPPED, "Leave the PO as it is until the order is cancelled"),
    ],
)
def test_only_live_orders_are_advised_to_be_cancelled_together(other, advised):
    url = LIVE.cancel_url if other is OrderState.LIVE else None
    sibling = replace(LIVE, number="111-2", state=other, cancel_url=url)
    look = replace(REQUEST, dry_run=True)
    listed = OrdersOfPoSeen(at=at(2), po="PO-1", orders=(LIVE, sibling))
    state = replay([look, seen(LIVE, 1), listed])
    end = Finish(Outcome.NEEDS_PERSON, Problem.SPLIT_PO, f"111-2 ({other.value})")
    assert finished_event(state, end, "Amazon", T0).next_step.startswith(advised)


def test_look_says_of_no_live_order_that_it_was_submitted():
    sibling = replace(LIVE, number="111-2", pending=True)
    look = replace(REQUEST, dry_run=True)
    listed = OrdersOfPoSeen(at=at(2), po="PO-1", orders=(LIVE, sibling))
    state = replay([look, seen(LIVE, 1), listed])
    end = Finish(Outcome.PENDING, Problem.NOT_CONFIRMED, "111-2 (pending)")
    told = finished_event(state, end, "Amazon", T0)
    assert told.summary.endswith(
        "PO PO-1 would wait for its other orders there: 111-2 (pending). Nothing was cancelled."
    )
    assert "submitted" not in told.summary


def test_look_at_all_orders_of_a_po_tells_how_to_cancel_all():
    for stands, said in (
        ("", "can be cancelled"),
        ("cancelled", "is cancelled at {vendor} already"),
    ):
        summary, step = wording("dry_run", None, stands, together=True)
        assert summary.startswith("Order {number} " + said)
        assert "({text})" in summary
        assert step == "To do it all: vendorfirst cancel {po}"
    assert wording("dry_run", None, "both", together=True) == OUTCOMES["done"]


@pytest.mark.parametrize(
    "kept, is_written",
    [
        ([], False),
        ([ReceiptKept(at=T0, request="r1", sha256="")], False),
        ([ReceiptKept(at=T0, request="r2", sha256="", files={"receipt.html": "1"})], False),
        ([ReceiptKept(at=T0, request="r1", sha256="", files={"receipt.html": "1"})], True),
        ([ReceiptKept(at=T0, request="r1", sha256="")] * 2, True),
    ],
    ids=["none", "settled at once", "another's", "with files", "settled later"],
)
def test_receipt_that_a_person_settled_at_once_has_no_files(kept, is_written):
    assert wrote_files([REQUEST, *kept], "r1") is is_written


def test_every_block_of_a_po_has_words_for_both():
    told = {
        problem
        for problem, spec in SPECS.items()
        if (spec.summary or "").startswith("Order {number} is cancelled at")
    }
    assert told - FORESEEN == {"po_unknown", "po_not_confirmed"}


def test_declined_second_press_does_not_say_nothing_cancelled():
    """A no to a second press does not say that nothing was cancelled."""
    summary, step = wording("needs_person", "declined", "pressed")
    assert "nothing was cancelled" not in summary
    assert "was submitted and is not confirmed" in summary
    assert step.startswith("Do not cancel the PO. Run the same command later")
    assert wording("needs_person", "declined") == ("You said no; nothing was cancelled.", None)


@pytest.mark.parametrize("stands", ["pressed", "cancelled"])
def test_worker_is_named_only_while_time_is_left(stands):
    """Who waits is told of the worker, and nobody is once the time is over."""
    for outcome, looks in (("pending", True), ("needs_person", False)):
        summary, step = wording(outcome, "not_confirmed", stands)
        assert ("A worker (vendorfirst work)" in step) == looks
        assert ("The time to wait is over" in step) != looks
        assert summary.endswith("RealSource was not touched.")


@pytest.mark.parametrize(
    "plan, summary",
    [
        (
            Plan(vendor="was cancelled", given_po="PO-1", dry_run=True),
            (
                "Order 111-1 is cancelled at the vendor already; PO PO-1 can be cancelled in"
                " RealSource. Nothing was changed."
            ),
        ),
        (
            Plan(vendor="was cancelled", po="was cancelled", given_po="PO-1", dry_run=True),
            "Order 111-1 is cancelled at the vendor and PO PO-1 in RealSource.",
        ),
        (
            Plan(sibling="pending"),
            (
                "Order 111-1 is cancelled at the vendor; PO PO-1 waits for its other orders there:"
                " 111-2 (pending). RealSource was not touched."
            ),
        ),
        (
            Plan(po="is down"),
            (
                "RealSource is down. Order 111-1 is cancelled at the vendor; PO PO-1 is not"
                " cancelled in RealSource yet."
            ),
        ),
    ],
)
def test_a_summary_says_where_it_stands(plan, summary):
    (made,) = Story(plan).play().receipts
    assert made.summary == summary


@pytest.mark.parametrize(
    "events, stands",
    [
        ((), ""),
        ((seen(LIVE), *pressed()), "pressed"),
        ((seen(LIVE), seen(CANCELLED)), "cancelled"),
        ((seen(LIVE), seen(CANCELLED), *po_pressed()), "po_pressed"),
        ((seen(LIVE), seen(CANCELLED), *po_pressed(), PoSeen(at=T0, facts=PO_CANCELLED)), "both"),
        ((seen(LIVE), *po_pressed(), PoSeen(at=T0, facts=PO_CANCELLED)), "po_pressed"),
        ((seen(LIVE), PoSeen(at=T0, facts=PO_CANCELLED)), ""),
    ],
)
def test_progress_follows_presses_and_looks(events, stands):
    assert replay((REQUEST, *events)).progress == stands
    assert stands in STANDS


def test_the_comment_for_the_po_names_proof_reason_and_person():
    text = po_comment(
        ["111-1"],
        "Amazon",
        "This order has been cancelled.",
        "2026-01-01 00:00 UTC",
        "twice",
        "",
        "r1",
    )
    assert (
        text
        == "Order 111-1 was cancelled at Amazon first. Confirmed on its own page, read 2026-01-01"
        " 00:00 UTC: “This order has been cancelled”. Reason: twice. Requested by unknown."
        " Receipt r1."
    )
    both = po_comment(["111-1", "111-2"], "Amazon", "Cancelled.", "today", "", "B. Clerk", "r1")
    assert both == (
        "Orders 111-1, 111-2 were cancelled at Amazon first. Each confirmed on its own page, read"
        " today: “Cancelled”. Requested by B. Clerk. Receipt r1."
    )
    long = po_comment(["111-1"], "Amazon", "x" * 3000, "", "y" * 3000, "z" * 3000, "r1")
    assert len(long) <= 1000
    assert long.endswith("Receipt r1.")


def test_po_without_orders_gets_advice_about_a_po():
    """Nobody who typed a PO's number is told how order numbers look."""
    find = replace(REQUEST, number=None, po="PO-1")
    end = Finish(Outcome.REFUSED, Problem.NOT_FOUND)
    none = finished_event(replay([find]), end, "Amazon", T0)
    assert none.summary == "Amazon shows no order of PO PO-1 in this account; nothing was touched."
    assert none.next_step.startswith("Compare the PO's number with RealSource")
    assert none.next_step.endswith("vendorfirst check ORDER-NUMBER --po PO-1")


def test_the_search_for_a_pos_orders_is_told_as_one():
    asked = replace(REQUEST, number=None, po="PO-1")
    events = (asked, OrdersOfPoSeen(at=at(1), po="PO-1", orders=(LIVE,)))
    end = finished_event(replay(events), Finish(Outcome.DRY_RUN, None), "Amazon", at(2))
    assert (
        end.summary
        == f"PO PO-1 has these orders at Amazon: {LIVE.number}. Each has a request and a receipt of"
        " its own."
    )
    assert end.next_step is None
