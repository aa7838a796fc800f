"""The receipt's evidence, in the order of what it shows, and who said what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from robot.cancellation.actions import Finish
from robot.cancellation.events import (
    EvidenceKept,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Requested,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.lines import lines_after_look, lines_in_words
from robot.cancellation.orders import (
    Line,
    ListedOrder,
    OrderFacts,
    OrderState,
    Outcome,
    PoFacts,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.provenance import PageOrigin, Tools
from robot.cancellation.receipts.receipt import build_receipt
from robot.cancellation.receipts.summary import finished_event
from robot.cancellation.state import replay
from robot.problems import Problem

T0 = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = "111-0000001-0000001"
PENS, PAPER, BOOK = Line("Pens"), Line("Paper", 2), Line("Notebook")
LIVE = OrderFacts(NUMBER, OrderState.LIVE, "PO-1", (PENS, PAPER, BOOK), cancel_url="c", text="Soon")
GONE = OrderFacts(NUMBER, OrderState.CANCELLED, text="This order has been cancelled.")
TOOLS = Tools(program="1", browser="140", site="amazon", site_sha256="0" * 64)


def at(second):
    return T0 + timedelta(seconds=second)


def kept(what, taken, shown=None, *, loaded=None, suffix="jpg", **page):
    origin = PageOrigin(loaded_at=None if loaded is None else at(loaded), **page)
    return EvidenceKept(
        at=at(taken),
        what=what,
        file=f"{taken}.{suffix}",
        sha256=what,
        url=f"https://www.amazon.com/order?orderID={NUMBER}",
        shown_at=at(taken if shown is None else shown),
        page=origin,
        tools=TOOLS,
    )


def receipt(*events, outcome=Outcome.DONE, problem=None):
    request = Requested(
        at=T0, request_id="r1", vendor="amazon", number=NUMBER, po="PO-1", requested_by="me"
    )
    told = (request, *events)
    end = finished_event(replay(told), Finish(outcome, problem), "Amazon", at(99))
    return build_receipt((*told, end), "Amazon")


WHOLE = (
    kept("live, read", 2, loaded=1, suffix="txt"),
    OrderSeen(at=at(1), facts=LIVE),
    VendorIntended(at=at(4), token=1),
    kept("after the press", 6),
    kept("live, pictured", 7, 2, loaded=1, status=200, server="192.0.2.1:443"),
    kept("form", 8, 3),
    VendorAnswered(at=at(8), answer=SubmitResult(Verdict.CONFIRMED, "Cancellation successful")),
    kept("gone", 10),
    kept("gone, read", 10, suffix="txt"),
    OrderSeen(at=at(9), facts=GONE),
    PoSeen(at=at(11), facts=PoFacts("PO-1", PoStatus.OPEN)),
    PoIntended(at=at(12), token=2),
    PoAnswered(at=at(13), answer=SubmitResult(Verdict.CONFIRMED, "Success")),
    kept("PO gone", 15),
    PoSeen(at=at(14), facts=PoFacts("PO-1", PoStatus.CANCELLED, text="Status: Cancelled")),
)


def test_evidence_stands_by_what_it_shows():
    """A picture of the live order that was taken after the press stands before it."""
    pieces = receipt(*WHOLE).evidence
    assert [(piece.what, piece.stage) for piece in pieces] == [
        ("live, read", "before"),
        ("live, pictured", "before"),
        ("form", "before"),
        ("after the press", "after_vendor"),
        ("gone", "after_vendor"),
        ("gone, read", "after_vendor"),
        ("PO gone", "after_realsource"),
    ]
    pictured = pieces[1]
    assert (pictured.shown_at[17:19], pictured.at[17:19], pictured.page.loaded_at[17:19]) == (
        "02",
        "07",
        "01",
    )


def test_pieces_of_one_document_share_its_origin():
    read, pictured = receipt(*WHOLE).evidence[:2]
    assert read.page == pictured.page
    assert (read.page.status, read.page.server) == (200, "192.0.2.1:443")


def test_old_evidence_has_no_origin_and_keeps_its_place():
    old = EvidenceKept(at=at(1), what="page", file="a.jpg", sha256="0", url="https://x")
    (piece,) = receipt(old).evidence
    assert piece.shown_at == piece.at
    assert piece.page.status is None


def test_proof_is_the_picture_of_the_look_that_decided():
    told = receipt(*WHOLE)
    assert (told.vendor.proof, told.realsource.proof) == ("gone", "PO gone")
    reverted = receipt(*WHOLE, OrderSeen(at=at(20), facts=LIVE))
    assert reverted.vendor.proof is None


def test_realsource_is_quoted_as_the_vendor_is():
    told = receipt(*WHOLE).realsource
    assert (told.said, told.read_back) == ("Success", "Status: Cancelled")


def test_witnesses_say_what_when_and_by_which_piece():
    witnesses = receipt(*WHOLE).witnesses
    assert [(one.source, one.says, one.sha256) for one in witnesses] == [
        ("order_page", "live", "live, read"),
        ("outcome_page", "confirmed", "after the press"),
        ("order_page", "cancelled", "gone"),
        ("po_page", "open", None),
        ("po_outcome", "confirmed", None),
        ("po_page", "cancelled", "PO gone"),
    ]


def test_vendors_report_is_a_witness_without_a_piece():
    """It says a status, and no page shows it."""
    listed = OrdersOfPoSeen(
        at=at(15),
        po="PO-1",
        orders=(),
        reported=(
            ListedOrder("111-0000002-0000002", OrderState.LIVE, "PENDING_FULFILLMENT"),
            ListedOrder(NUMBER, OrderState.CANCELLED, "CANCELLED"),
        ),
    )
    assert [(one.source, one.says, one.text, one.sha256) for one in receipt(listed).witnesses] == [
        ("order_report", "cancelled", "CANCELLED", None)
    ]


def test_card_in_the_list_is_a_witness_with_the_lists_picture():
    """What the order's own page said is another, with a picture of its own."""
    of_list = replace(kept("list", 16), url="https://www.amazon.com/ab/your-orders/orders")
    listed = OrdersOfPoSeen(
        at=at(15),
        po="PO-1",
        orders=(GONE,),
        cards=(
            ListedOrder("111-0000002-0000002", OrderState.LIVE, "Arriving Monday"),
            ListedOrder(NUMBER, OrderState.SHIPPED, "Shipped"),
        ),
    )
    witnesses = receipt(of_list, kept("own page", 17), listed).witnesses
    assert [(one.source, one.says, one.text, one.sha256) for one in witnesses] == [
        ("order_page", "cancelled", "This order has been cancelled.", "own page"),
        ("list_card", "shipped", "Shipped", "list"),
    ]
    again = replace(listed, at=at(20), cards=())
    assert receipt(again).witnesses[0].sha256 is None


def test_tools_are_told_once():
    assert receipt(*WHOLE).tools == (TOOLS,)


def partly(verdict):
    left = replace(LIVE, lines=(PENS, PAPER))
    return receipt(
        OrderSeen(at=at(1), facts=LIVE),
        VendorIntended(at=at(2), token=1),
        VendorAnswered(at=at(3), answer=SubmitResult(verdict, "Some items")),
        OrderSeen(at=at(4), facts=left),
        outcome=Outcome.NEEDS_PERSON,
        problem=Problem.PARTLY_CANCELLED,
    )


def test_partial_end_names_what_is_gone_and_what_is_coming():
    told = partly(Verdict.PARTIAL)
    assert [line.state for line in told.order.lines] == ["live", "live", "cancelled"]
    both = "cancelled: 1 x Notebook; still coming: 1 x Pens and 2 x Paper"
    assert both in told.summary
    assert told.comment in told.next_step
    assert both in told.comment


def test_line_that_only_disappeared_is_not_called_cancelled():
    told = partly(Verdict.LOST)
    assert [line.state for line in told.order.lines] == ["live", "live", "unknown"]
    assert "no longer on the order's page: 1 x Notebook" in told.summary


def test_page_without_lines_says_nothing_of_one():
    seen = replace(LIVE, state=OrderState.UNKNOWN, lines=())
    assert lines_after_look((PENS, BOOK), seen, told_partly=True) == (PENS, BOOK)


def test_lines_are_the_same_by_the_vendors_own_handle():
    known = (Line("Pens", item_id="a"), Line("Pens", item_id="b"))
    shipped = Line("Pens, renamed", state="shipped", item_id="b")
    after = lines_after_look(known, replace(LIVE, lines=(shipped,)), told_partly=False)
    assert [line.state for line in after] == ["unknown", "shipped"]


def test_lines_of_one_state_need_no_words():
    assert lines_in_words((PENS, PAPER)) == ""
    assert lines_in_words(()) == ""


def test_done_order_has_no_comment_left_to_put():
    assert receipt(*WHOLE).comment is None
