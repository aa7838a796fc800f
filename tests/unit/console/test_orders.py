"""The orders page reads what a view asks for, and no more than it must."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import (
    RealSourcePart,
    Receipt,
    Resolution,
    VendorPart,
    to_json,
)
from robot.console.board.orders import AT_RISK, read_all, read_orders, read_po
from robot.console.board.parts import Part
from robot.console.board.view import PAGE_SIZE, Sort, View
from robot.queue.items import State
from robot.storage.database import Database
from robot.storage.schema import NEVER, queue, receipts
from tests.support.facts import VENDOR

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(sqlite_url):
    made = Database(sqlite_url)
    yield made
    made.close()


def row(number, state=State.WAITING, po=None, minutes=0.0, **more):
    """Return a row of the queue that was put in so many minutes ago."""
    at = (NOW - timedelta(minutes=minutes)).timestamp()
    return {
        "vendor": VENDOR, "number": number, "po": po, "seen_po": None, "reason": "twice",
        "requested_by": "Ann", "added_at": at, "deadline": NEVER, "state": state.value,
        "problem": None, "note": None, "request": None, "site": VENDOR, "ready": 0, "urgency": 0,
        "due_at": at, "turn": 1, "worker": None, "takeovers": 0, "failures": 0, "changed_at": at,
        "live": None, "dry_run": 0, "cents": None,
    } | more  # fmt: skip


def put(database, *rows, kept=()):
    with database.writing() as tx:
        tx.execute(queue.insert(), list(rows))
        for receipt in kept:
            body = json.dumps(to_json(receipt))
            tx.execute(
                receipts.insert().values(
                    id=receipt.id, case="c", outcome=receipt.outcome, body=body
                )
            )


def keys(database, **view):
    return [one.key for one in read_orders(database, View(**view), NOW, UTC).rows]


def test_po_has_one_row_with_all_its_orders(database):
    put(
        database,
        row("1", po="P1", cents=1000),
        row("2", State.DONE, seen_po="P1", cents=250),
        row("3", minutes=1),
    )
    page = read_orders(database, View(), NOW, UTC)
    assert [(one.key, one.po, len(one.orders)) for one in page.rows] == [
        ("P1", "P1", 2),
        ("3", None, 1),
    ]
    assert page.rows[0].total == Decimal("12.50")
    assert page.rows[1].total is None
    assert (page.pos, page.orders, page.dollars, page.without_total) == (2, 3, Decimal("12.50"), 1)


def test_view_of_a_part_shows_the_whole_po(database):
    put(database, row("1", State.FAILED, po="P1"), row("2", po="P1"), row("3", po="P2"))
    page = read_orders(database, View(part=Part.FAILED), NOW, UTC)
    assert [(one.key, len(one.orders)) for one in page.rows] == [("P1", 2)]
    assert page.orders == 1


def test_filters_narrow_the_view(database):
    put(
        database,
        row("111-1", requested_by="Ann", reason="100% wrong"),
        row("111-2", vendor="other", requested_by="Bob", minutes=60 * 24),
        row("111-3", problem="captcha", state=State.NEEDS_PERSON),
    )
    assert keys(database, vendor="other") == ["111-2"]
    assert keys(database, requester="bo") == ["111-2"]
    assert keys(database, text="100%") == ["111-1"]
    assert keys(database, text="%") == ["111-1"]
    assert keys(database, text="CAPTCHA") == ["111-3"]
    assert keys(database, first=NOW.date()) == ["111-1", "111-3"]
    assert keys(database, last=NOW.date() - timedelta(days=1)) == ["111-2"]


@pytest.mark.parametrize("sort", Sort)
def test_rows_are_sorted_both_ways(database, sort):
    put(
        database,
        row("1", State.FAILED, cents=1, deadline=5.0, minutes=3),
        row("2", State.WAITING, cents=2, deadline=6.0, vendor="b", requested_by="Bob", minutes=2),
        row("3", State.GIVEN_UP, cents=3, vendor="c", requested_by="Cy", minutes=1),
    )
    assert keys(database, sort=sort, descending=False) == ["1", "2", "3"]
    assert keys(database, sort=sort, descending=True) == ["3", "2", "1"]


def test_mere_looks_and_split_pos_are_no_orders(database):
    put(database, row("1", dry_run=1), row(None, State.DONE, po="P1"), row("2", po="P1"))
    assert keys(database) == ["P1"]
    assert len(read_po(database, "P1", NOW).orders) == 1
    assert read_po(database, "1", NOW) is None


def test_order_not_pressed_for_minutes_is_at_risk(database):
    old = AT_RISK.total_seconds() / 60
    put(
        database,
        row("late", minutes=old + 2),
        row("new", minutes=1),
        row("pressed", minutes=60, urgency=1),
        row("planned", minutes=60, due_at=(NOW + timedelta(hours=1)).timestamp()),
        row("worked on", State.WORKING, minutes=60),
    )
    assert sorted(keys(database, at_risk=True)) == ["late", "worked on"]
    told = {one.item.number: one.risk_minutes for one in read_all(database, View(), NOW)}
    expected = {"late": 7, "new": None, "pressed": None, "planned": None, "worked on": 60}
    assert told == expected


def test_both_systems_are_told_from_the_receipt(database):
    receipt = Receipt(
        id="r1",
        outcome=Outcome.NEEDS_PERSON,
        next_step="Ask the vendor. Then put a comment on the PO.",
        vendor=VendorPart(state="partly_cancelled"),
        realsource=RealSourcePart(state="untouched"),
    )
    put(database, row("1", State.NEEDS_PERSON, request="r1"), kept=[receipt])
    (one,) = read_all(database, View(), NOW)
    assert (one.vendor_says, one.realsource_says) == ("partly cancelled", "untouched")
    assert (one.part, one.first_step) == (Part.WITH_PERSON, "Ask the vendor.")
    assert one.next_step.endswith("on the PO.")


def test_receipt_of_an_earlier_try_says_nothing_of_this_one(database):
    receipt = Receipt(id="r1", outcome=Outcome.REFUSED, vendor=VendorPart(state="shipped"))
    put(database, row("1", request="r1"), kept=[receipt])
    (one,) = read_all(database, View(), NOW)
    assert one.vendor_says == "not pressed yet"


def test_settled_by_hand_asks_for_nothing_more(database):
    word = Resolution(as_="done", by="Ann", because="By telephone")
    receipt = Receipt(id="r1", outcome=Outcome.NEEDS_PERSON, next_step="Ask.", resolved=word)
    put(database, row("1", State.DONE, request="r1"), kept=[receipt])
    (one,) = read_all(database, View(), NOW)
    assert (one.part, one.stands, one.next_step) == (Part.BY_HAND, "settled by hand", "")


def test_pages_hold_as_many_as_are_said(database):
    put(database, *(row(f"{n:04}", minutes=n / 60) for n in range(PAGE_SIZE + 1)))
    first = read_orders(database, View(), NOW, UTC)
    second = read_orders(database, View(page=2), NOW, UTC)
    assert (first.pages, len(first.rows), len(second.rows)) == (2, PAGE_SIZE, 1)
    assert read_orders(database, View(page=9), NOW, UTC).rows == ()


def test_ten_thousand_orders_take_little_time(database):
    """In processor time, with room for a slow machine."""
    states = list(State)
    rows = [
        row(f"{n}", states[n % len(states)], po=f"P{n // 3}", minutes=n / 60) for n in range(10_000)
    ]
    put(database, *rows)
    read_orders(database, View(), NOW, UTC)
    for view in (View(), View(part=Part.DONE), View(text="99"), View(sort=Sort.TOTAL, page=30)):
        begin = time.process_time()
        read_orders(database, view, NOW, UTC)
        assert time.process_time() - begin < 0.6
