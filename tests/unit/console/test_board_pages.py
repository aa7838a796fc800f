"""The pages on the queue show what its rows and receipts say, to whoever is signed in."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.events import Finished, Requested
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt, VendorPart
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.console.roles import Role
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.storage.ledger import Ledger
from robot.storage.schema import queue
from tests.support.console import Browser
from tests.support.facts import VENDOR
from tests.support.turns import claim

ONE = "111-0000001-0000001"
TWO = "111-0000002-0000002"
PO = "P0100001"


def put_in(console, number=ONE, state=None, *, by="Bob", reason="", po=PO, **more):
    """Put an order in, and bring it into a state by one turn."""
    table = QueueTable(console.database)
    table.add([NewItem(CancelRequest(VENDOR, number, po, reason, by))])
    if state is not None:
        (item,) = claim(table, "w", 1)
        request = f"{utc_now():%Y%m%d-%H%M%S}-{item.id}"
        then = ItemUpdate(state, utc_now(), VENDOR, request_id=request, **more)
        assert table.finish_turn(item, then)
        outcome = {State.DONE: Outcome.DONE, State.REFUSED: Outcome.REFUSED}.get(state)
        kept = Receipt(
            id=request,
            outcome=outcome or Outcome.NEEDS_PERSON,
            next_step="Ask the vendor.",
            vendor=VendorPart(state="shipped"),
        )
        ledger = Ledger(console.database)
        asked = Requested.of(item.request, at=utc_now(), request_id=request)
        end = Finished(at=utc_now(), outcome=kept.outcome, problem=None, summary="", next_step=None)
        ledger.append(item.case, asked, end)
        ledger.keep_receipt(item.case, kept)
    return table.find(number)[0]


def later(console, minutes):
    """Let every order have been put in so long ago."""
    with console.database.writing() as tx:
        ago = timedelta(minutes=minutes).total_seconds()
        tx.execute(queue.update().values(added_at=queue.c.added_at - ago, due_at=0.0))


def words_of(page: str) -> str:
    """Return what a page says."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


@pytest.mark.parametrize("path", ["/orders", "/totals", "/orders.csv", f"/orders/{PO}"])
def test_page_is_for_who_is_signed_in(console, path):
    put_in(console)
    assert Browser.of(console).get(path).status_code == 401
    assert Browser.of(console, Role.VIEWER).get(path).status_code == 200


# ---- totals --------------------------------------------------------------------------------------


def test_totals_say_whether_the_day_is_finished(console, ann):
    put_in(console, ONE, State.DONE, total=Decimal("10.00"))
    assert "Finished: the one order is at its end" in words_of(ann.get("/totals").text)
    put_in(console, TWO, State.FAILED, total=Decimal("5.50"))
    said = words_of(ann.get("/totals").text)
    assert "Not finished: 1 of 2 not at their end yet" in said
    assert "Asked 2 $15.50" in said
    assert "Yesterday Nothing was asked for." in said


def test_totals_lead_to_their_sets(console, ann):
    put_in(console, ONE, State.DONE)
    put_in(console, TWO, State.FAILED, po="P0100002")
    page = ann.get("/totals").text
    address = re.search(r'href="(/orders\?part=failed[^"]*)"', page).group(1)
    listed = words_of(ann.get(address.replace("&amp;", "&")).text)
    assert "P0100002" in listed
    assert f"{PO} " not in listed


def test_totals_that_do_not_balance_are_an_alarm(console, ann):
    put_in(console)
    with console.database.writing() as tx:
        tx.execute(queue.update().values(state="lost"))
    page = ann.get("/totals").text
    assert 'role="alert"' in page
    assert "The totals do not balance." in page
    assert "Finished" not in page


def test_totals_of_other_days_are_asked_for_in_the_address(console, ann):
    put_in(console)
    said = words_of(ann.get("/totals?from=2026-01-01&to=2026-01-31").text)
    assert "2026-01-01 to 2026-01-31" in said
    assert "is no day" in words_of(ann.get("/totals?from=never").text)


# ---- orders --------------------------------------------------------------------------------------


def test_orders_are_listed_by_their_po(console, ann):
    put_in(console, ONE, State.NEEDS_PERSON, problem="captcha", total=Decimal("3.00"))
    put_in(console, TWO)
    page = ann.get("/orders").text
    assert f'href="/orders/{PO}"' in page
    said = words_of(page)
    assert "1 PO with 2 orders in the queue, $3.00; 1 of them showed no total yet" in said
    assert "needs a person (captcha)" in said
    assert "Ask the vendor." in said


def test_order_at_risk_stands_out_in_words(console, ann):
    put_in(console)
    assert "At risk:" not in ann.get("/orders").text
    later(console, 9)
    page = ann.get("/orders").text
    assert "At risk: asked 9 min ago, not pressed." in page
    assert 'class="late"' in page


def test_view_that_cannot_be_meant_is_said(ann):
    page = ann.get("/orders?part=lost&page=0").text
    assert page.count('role="alert"') == 2
    assert ann.get("/orders.csv?part=lost").status_code == 400


def test_empty_states_say_what_to_do(ann):
    assert "No order was put in yet." in ann.get("/orders").text
    assert "No order is in this view." in ann.get("/orders?text=x").text


def test_list_that_did_not_change_is_not_sent_again(console, ann):
    put_in(console)
    tag = ann.get("/orders").headers["etag"]
    assert ann.get("/orders", if_none_match=tag).status_code == 304
    put_in(console, TWO)
    assert ann.get("/orders", if_none_match=tag).status_code == 200


def test_texts_of_others_are_shown_as_text(console, ann):
    put_in(console, reason="<script>alert(1)</script>", by="<b>Eve</b>")
    for path in ("/orders", f"/orders/{PO}"):
        page = ann.get(path).text
        assert "<script>alert" not in page
        assert "<b>Eve" not in page


def test_export_is_safe_in_spreadsheets(console, ann):
    put_in(console, ONE, State.DONE, reason="=1+1", total=Decimal("1234.50"))
    answer = ann.get("/orders.csv?part=done")
    assert "attachment" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["reason"] == "'=1+1"
    assert (row["order"], row["total"], row["currency"]) == (ONE, "1234.50", "USD")
    assert row["stands"] == "done"


def test_po_page_tells_each_order(console, ann):
    one = put_in(console, ONE, State.NEEDS_PERSON, problem="captcha")
    put_in(console, TWO)
    page = ann.get(f"/orders/{PO}").text
    said = words_of(page)
    assert "2 orders in the queue" in said
    assert "Amazon Business says shipped" in said
    assert f'href="/inbox/{one.id}"' in page
    assert ann.get("/orders/P0999999").status_code == 404


@pytest.mark.parametrize("path", ["/orders", f"/orders/{PO}", "/inbox", "/inbox/1", "/runs/1"])
def test_problem_is_told_in_words(console, ann, path):
    """And not by the name that programs go by."""
    put_in(console, ONE, State.NEEDS_PERSON, problem="po_invoiced")
    text = ann.get(path).text
    assert "po invoiced" not in text
    assert "po_invoiced" not in text
    if path != "/runs/1":  # whose receipt says it in a sentence
        assert "PO invoiced" in text
