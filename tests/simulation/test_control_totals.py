"""The control totals are held against a model of the orders.

Whatever workers, crashes and people do, the parts are what the model says, and add up to what was
asked for, in orders and in dollars, for every day and for all of them, at every instant.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from robot.cancellation.events import Finished, Requested
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Resolution, build_receipt
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.console.board.days import Days
from robot.console.board.parts import OPEN, TITLES, Part
from robot.console.board.totals import Sum, read_totals
from robot.console.roles import Role
from robot.queue import operations
from robot.queue.approvals import ShownApproval
from robot.queue.items import ItemUpdate, NewItem, QueueItem, State
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.schema import metadata, queue
from tests.support.console import Browser, open_console
from tests.support.facts import VENDOR
from tests.support.turns import claim, take_over

SITES = Sites()
EVENT_TABLES = {"events", "chain", "case_ends", "seals", "sealed_ends"}
#: Events are never deleted, so each story has orders of its own.
STORIES = count(1)
DAY = timedelta(days=1)
#: How a turn may end, as what outcome, and to which part the order counts then.
ENDS = {
    State.DONE: (Outcome.DONE, Part.DONE),
    State.REFUSED: (Outcome.REFUSED, Part.REFUSED),
    State.NEEDS_PERSON: (Outcome.NEEDS_PERSON, Part.WITH_PERSON),
    State.FAILED: (Outcome.FAILED, Part.FAILED),
    State.PENDING: (Outcome.PENDING, Part.PENDING),
    State.WAITING: (None, Part.PENDING),
}
AMOUNTS = st.none() | st.decimals(0, 5000, places=2)


@cache
def home() -> Path:
    return Path(mkdtemp(prefix="control-totals-"))


@cache
def a_database() -> Database:
    """Make one database for all stories, each of which empties it."""
    return Database(f"sqlite:///{home()}/queue.sqlite")


@dataclass(slots=True)
class Order:
    """What the model knows of a row. ``age`` is how many days ago it was asked for."""

    part: Part | None = Part.PENDING
    total: Decimal | None = None
    age: int = 0


class TotalsMachine(RuleBasedStateMachine):
    """People put orders in and settle them, workers take turns and die."""

    def __init__(self):
        super().__init__()
        self.database = a_database()
        with self.database.writing() as tx:
            for table in metadata.tables.values():
                if table.name not in EVENT_TABLES:
                    tx.execute(table.delete())
        self.table = QueueTable(self.database)
        self.ledger = Ledger(self.database)
        self.story = next(STORIES)
        self.numbers = count(1)
        self.model: dict[int, Order] = {}
        self.hands: list[QueueItem] = []

    # --- people -----------------------------------------------------------------------------------

    @initialize(count=st.integers(1, 4))
    def begin(self, count):
        for _ in range(count):
            self.put_in(is_po=False, again=False)

    @rule(is_po=st.booleans(), again=st.booleans())
    def put_in(self, is_po, again):
        number = f"{self.story}-{next(self.numbers)}"
        one = CancelRequest(VENDOR, None if is_po else number, number if is_po else None)
        for taken in self.table.add([NewItem(one)] * (1 + again)):
            if taken.item is not None:
                self.model[taken.item] = Order()

    @rule(data=st.data())
    def ask_again(self, data):
        item = self._one(data, {Part.WITH_PERSON, Part.FAILED, Part.REFUSED})
        if item is not None and operations.retry(
            self.database, item, ShownApproval("Ann", "terminal", None)
        ):
            self.model[item.id].part = Part.PENDING
            if item.state is State.REFUSED:
                self.model[item.id].age = 0

    @rule(data=st.data(), done=st.booleans())
    def settle(self, data, done):
        item = self._one(data, OPEN)
        if item is None:
            return
        as_ = "done" if done else "given_up"
        number = item.number or str(item.po)
        operations.resolve(
            self.database, SITES, number, VENDOR, Resolution(as_=as_, by="Ann", because="by hand")
        )
        self.model[item.id].part = Part.BY_HAND if done else Part.GIVEN_UP

    @rule()
    def a_day_passes(self):
        with self.database.writing() as tx:
            tx.execute(queue.update().values(added_at=queue.c.added_at - DAY.total_seconds()))
        for order in self.model.values():
            order.age += 1

    # --- workers ----------------------------------------------------------------------------------

    @rule(data=st.data(), state=st.sampled_from(list(ENDS)), total=AMOUNTS, dies=st.booleans())
    def end_a_turn(self, data, state, total, dies):
        """The worker may die between its receipt and its row, which another writes later."""
        item = self._in_hand(data)
        if item is None:
            return
        outcome, part = ENDS[state]
        request = self._receipt(item, outcome)
        if dies:
            return
        self.hands.remove(item)
        at = utc_now() if state is not State.PENDING else utc_now() - timedelta(seconds=1)
        then = ItemUpdate(state, at, VENDOR, 1, None, None, request, 0, None, total)
        if item.number is None and state is State.DONE:
            self._split(item, data.draw(st.integers(1, 3)))
        elif self.table.finish_turn(item, then):
            order = self.model[item.id]
            order.part = part
            order.total = order.total if total is None else total

    @rule(data=st.data(), most=st.integers(0, 2))
    def a_worker_dies(self, data, most):
        """Its order goes to another, or after several deaths to a person."""
        item = self._in_hand(data)
        if item is None:
            return
        self.hands.remove(item)
        mine = take_over(self.table, item, "c", most)
        if mine is not None:
            self.hands.append(mine)
        elif self.table.get(item.id).state is State.NEEDS_PERSON:
            self.model[item.id].part = Part.WITH_PERSON

    # --- what must hold ---------------------------------------------------------------------------

    @invariant()
    def totals_are_those_of_the_model(self):
        today = utc_now().date()
        ages = {order.age for order in self.model.values()}
        oldest = today - max(ages, default=0) * DAY
        self._compare(Days(oldest, today + DAY, UTC), list(self.model.values()))
        for age in ages:
            day = today - age * DAY
            mine = [order for order in self.model.values() if order.age == age]
            self._compare(Days(day, day, UTC), mine)

    def teardown(self):
        """What the page says of all of it."""
        if not self.model:
            return
        day = utc_now().date()
        console = open_console(self.database, home())
        page = Browser.of(console, Role.VIEWER).get(f"/totals?from=2000-01-01&to={day + DAY}").text
        counted = Counter(order.part for order in self.model.values() if order.part)
        shown = page.partition('id="set-1"')[2].partition("</section>")[0]
        for part, title in TITLES.items():
            found = re.search(rf'aria-label="(\d+) orders, {title}"', shown)
            assert int(found.group(1) if found else 0) == counted[part]
        assert "do not balance" not in page

    def _compare(self, days: Days, orders: list[Order]) -> None:
        totals = read_totals(self.database, days)
        assert totals.balanced
        for part in Part:
            assert totals.parts[part] == _sum(one for one in orders if one.part is part)
        assert totals.asked == _sum(one for one in orders if one.part is not None)
        assert totals.finished == all(one.part not in OPEN for one in orders)

    def _one(self, data, parts) -> QueueItem | None:
        """Return an order in one of these parts that no worker has in hand."""
        held = {item.id for item in self.hands}
        found = [key for key, one in self.model.items() if one.part in parts and key not in held]
        return self.table.get(data.draw(st.sampled_from(found))) if found else None

    def _in_hand(self, data) -> QueueItem | None:
        """Return an order that a worker has, or takes now."""
        if not self.hands:
            self.hands += claim(self.table, "a", 3)
        return data.draw(st.sampled_from(self.hands)) if self.hands else None

    def _receipt(self, item: QueueItem, outcome: Outcome | None) -> str | None:
        """Write what a turn writes before its row, and return its request."""
        if outcome is None:
            return item.request_id
        if item.number is None and outcome is Outcome.DONE:
            outcome = Outcome.DRY_RUN
        at = utc_now()
        request = f"r{self.story}-{item.id}-{item.turn}"
        asked = Requested.of(item.request, at=at, request_id=request)
        end = Finished(at=at, outcome=outcome, problem=None, summary="", next_step=None)
        self.ledger.append(item.case, asked, end)
        self.ledger.keep_receipt(item.case, build_receipt((asked, end)))
        return request

    def _split(self, item: QueueItem, orders: int) -> None:
        wanted = [
            NewItem(CancelRequest(VENDOR, f"{self.story}-{next(self.numbers)}", item.po))
            for _ in range(orders)
        ]
        request = f"r{self.story}-{item.id}-{item.turn}"
        then = ItemUpdate(State.DONE, utc_now(), VENDOR, 1, request_id=request)
        taken = self.table.replace_by_orders(item, wanted, then)
        if taken:
            self.model[item.id].part = None
        for one in taken:
            if one.item is not None:
                self.model[one.item] = Order()


def _sum(orders) -> Sum:
    found = list(orders)
    totals = [one.total for one in found if one.total is not None]
    return Sum(len(found), sum(totals, Decimal(0)), len(found) - len(totals))


HOW = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "derandomize": True,
}
TestTotals = TotalsMachine.TestCase
TestTotals.settings = settings(max_examples=20, stateful_step_count=20, **HOW)


@pytest.mark.slow
class TestTotalsOften(TotalsMachine.TestCase):
    """The same with 2,000 histories."""

    settings = settings(max_examples=2000, stateful_step_count=12, **HOW)
