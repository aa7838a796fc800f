"""Control totals balance, whatever happens to the orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.console.board.days import Days, parse_day, today
from robot.console.board.parts import SIGNS, WITH_RECEIPT, Part, counts_to, part_of
from robot.console.board.totals import Sum, read_totals
from robot.errors import BadInput
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.schema import queue
from tests.support.clock import Clock
from tests.support.facts import VENDOR
from tests.support.turns import claim

NEW_YORK = ZoneInfo("America/New_York")
DAY = date(2026, 3, 1)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database(sqlite_url):
    made = Database(sqlite_url)
    yield made
    made.close()


def put_in(database, clock, *states, cents=1000):
    """One order in each of the states, with the receipt that it has there."""
    table = QueueTable(database, clock=clock)
    ledger = Ledger(database, clock=clock)
    for number, state in enumerate(states, 1):
        one = f"111-{table.counts().get(state, 0)}{number}"
        table.add([NewItem(CancelRequest(VENDOR, one, None))])
        (item,) = claim(table, "w", 1)
        outcome = {State.DONE: Outcome.DONE, State.REFUSED: Outcome.REFUSED}.get(state)
        if outcome is not None:
            ledger.keep_receipt(item.case, Receipt(id=f"r{item.id}", outcome=outcome))
        total = Decimal(cents) / 100
        then = ItemUpdate(state, clock.now(), VENDOR, request_id=f"r{item.id}", total=total)
        assert table.finish_turn(item, then)


def all_days(clock):
    day = clock.now().date()
    return Days(day - timedelta(days=1), day + timedelta(days=1), UTC)


def test_every_order_counts_to_one_part(database, clock):
    put_in(database, clock, *[state for state in State if state is not State.WORKING])
    totals = read_totals(database, all_days(clock))
    counted = {part: one.orders for part, one in totals.parts.items()}
    assert counted == {
        Part.DONE: 1,
        Part.REFUSED: 1,
        Part.PENDING: 2,
        Part.WITH_PERSON: 1,
        Part.BY_HAND: 0,
        Part.FAILED: 1,
        Part.GIVEN_UP: 1,
    }
    assert totals.asked == Sum(7, Decimal("70.00"))
    assert totals.balanced
    assert not totals.finished
    assert totals.open_orders == 4


def test_done_without_the_robots_receipt_is_by_hand(database, clock):
    put_in(database, clock, State.DONE)
    with database.writing() as tx:
        tx.execute(queue.update().values(request=None))
    totals = read_totals(database, all_days(clock))
    assert totals.parts[Part.BY_HAND].orders == 1
    assert totals.finished


def test_row_in_no_known_state_is_an_alarm(database, clock):
    """As a newer version may write one."""
    put_in(database, clock, State.DONE, State.FAILED)
    with database.writing() as tx:
        tx.execute(queue.update().where(queue.c.state == State.FAILED).values(state="lost"))
    totals = read_totals(database, all_days(clock))
    assert not totals.balanced
    assert not totals.finished
    assert totals.missing == Sum(1, Decimal("10.00"))


def test_split_po_counts_as_its_orders(database, clock):
    table = QueueTable(database, clock=clock)
    table.add([NewItem(CancelRequest(VENDOR, None, "P1"))])
    assert read_totals(database, all_days(clock)).asked.orders == 1
    (item,) = claim(table, "w", 1)
    receipt = Receipt(id="r1", outcome=Outcome.DRY_RUN)
    Ledger(database, clock=clock).keep_receipt(item.case, receipt)
    orders = [NewItem(CancelRequest(VENDOR, number, "P1")) for number in ("111-1", "111-2")]
    then = ItemUpdate(State.DONE, clock.now(), VENDOR, request_id="r1")
    table.replace_by_orders(item, orders, then)
    totals = read_totals(database, all_days(clock))
    assert totals.asked == Sum(2, Decimal(0), without_total=2)
    assert totals.balanced


def test_mere_looks_do_not_count(database, clock):
    put_in(database, clock, State.DONE, State.DONE)
    with database.writing() as tx:
        tx.execute(queue.update().where(queue.c.id == 1).values(dry_run=1))
    assert read_totals(database, all_days(clock)).asked.orders == 1


def test_orders_of_a_terminal_are_told_apart(database, clock):
    put_in(database, clock, State.DONE)
    ledger = Ledger(database, clock=clock)
    at = f"{clock.now():%Y%m%d-%H%M%S}"
    ledger.keep_receipt(f"{VENDOR}:999", Receipt(id=f"{at}-1", outcome=Outcome.DONE))
    ledger.keep_receipt("find:P1:3", Receipt(id=f"{at}-2", outcome=Outcome.DONE))
    ledger.keep_receipt(f"{VENDOR}:998", Receipt(id=f"{at}-3", outcome=Outcome.DRY_RUN))
    ledger.keep_receipt("check:4", Receipt(id=f"{at}-4", outcome=Outcome.NEEDS_PERSON))
    totals = read_totals(database, all_days(clock))
    assert (totals.elsewhere, totals.asked.orders) == (1, 1)


def test_other_days_are_left_out(database, clock):
    put_in(database, clock, State.DONE)
    day = clock.now().date() + timedelta(days=2)
    totals = read_totals(database, Days(day, day, UTC))
    assert totals.asked == Sum()
    assert totals.balanced
    assert totals.finished


def test_the_database_finds_the_rows_of_a_part(database, clock):
    """What a link of the totals leads to is what was counted."""
    put_in(database, clock, *[state for state in State if state is not State.WORKING])
    for part in Part:
        query = sa.select(*SIGNS).select_from(WITH_RECEIPT).where(counts_to(part))
        with database.reading() as tx:
            rows = tx.execute(query).all()
        found = [
            part_of(row[0], pressed=bool(row[1]), is_po=bool(row[2]), by_robot=bool(row[3]))
            for row in rows
        ]
        assert len(found) == read_totals(database, all_days(clock)).parts[part].orders
        assert set(found) <= {part}


def test_every_row_has_a_part_or_is_a_split_po():
    flags = (False, True)
    for state, pressed, is_po, by_robot in product(State, flags, flags, flags):
        part = part_of(state, pressed=pressed, is_po=is_po, by_robot=by_robot)
        assert (part is None) == (state is State.DONE and is_po and by_robot)
    assert part_of("lost", pressed=True, is_po=False, by_robot=True) is None


# ---- days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day, hours", [(date(2026, 3, 7), 24), (date(2026, 3, 8), 23), (date(2026, 11, 1), 25)]
)
def test_day_is_as_long_as_the_readers_clock_has_it(day, hours):
    days = Days(day, day, NEW_YORK)
    assert days.end - days.begin == timedelta(hours=hours)


def test_day_begins_at_the_readers_midnight():
    assert Days(DAY, DAY, NEW_YORK).begin == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert today(datetime(2026, 3, 1, 4, tzinfo=UTC), NEW_YORK) == date(2026, 2, 28)


def test_days_are_read_as_people_write_them():
    assert parse_day(" 2026-01-31 ", DAY) == date(2026, 1, 31)
    assert parse_day("Yesterday", DAY) == date(2026, 2, 28)
    for text in ("", "31.1.2026", "2026-02-30", "20260131", "0001-01-01", "9999-12-31", "2026-W05"):
        with pytest.raises(BadInput, match="is no day"):
            parse_day(text, DAY)
