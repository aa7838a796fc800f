"""The figures of the queue, in the text format that Prometheus reads."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.problems import Problem
from robot.queue.approvals import ShownApproval
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.metrics import BOUNDS, metrics_text
from robot.queue.table import QueueTable
from robot.queue.workers import STALLED, WorkerRegistry
from robot.settings import Settings
from robot.storage.pauses import ALL, SitePauses
from robot.storage.schema import queue, uses
from tests.support.clock import Clock
from tests.support.facts import ONE, TWO, VENDOR
from tests.support.turns import claim

SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z]+)="([^"\\\n]*)"\})? ([0-9.e+-]+)')
KINDS = {"gauge", "counter", "histogram"}


def parsed(text):
    """Every sample by its name and label, once the format was checked.

    Each family begins with its help and its type, and its samples follow; the text ends its last
    line; no sample is there twice.
    """
    assert text.endswith("\n")
    found = {}
    family = ""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("# HELP "):
            family = line.split()[2]
            kind = next(lines).split(maxsplit=3)
            assert kind[:3] == ["#", "TYPE", family]
            assert kind[3] in KINDS
            continue
        name, _, label, value = SAMPLE.fullmatch(line).groups()
        endings = ("", "_bucket", "_sum", "_count")
        assert name in {family + ending for ending in endings}
        assert (name, label) not in found
        found[name, label] = Decimal(value)
    return found


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def table(database, clock):
    with database.writing() as tx:
        tx.execute(uses.delete())
    return QueueTable(database, clock=clock)


@pytest.fixture
def figures(database, clock):
    """Read the figures, with these settings."""

    def read(**settings):
        return parsed(metrics_text(database, Settings(Path(), "", **settings), clock.now()))

    return read


def order(number, **times):
    return NewItem(CancelRequest(VENDOR, number, None), **times)


def press(database, clock, number):
    """Use the approval that an order of the queue came with, as its first press does."""
    with database.writing() as tx:
        query = sa.select(queue.c.approval).where(queue.c.number == number)
        approval = tx.execute(query).scalar_one()
        tx.execute(
            uses.insert().values(
                approval=f"{approval}/{number}",
                case=f"{VENDOR}:{number}",
                request="r",
                vendor=VENDOR,
                at=clock(),
                cents=1250,
            )
        )


def test_an_empty_queue_has_every_figure(figures, table):
    found = figures(resolve={"a": "b"})
    assert {value for (name, _), value in found.items() if name == "vendorfirst_orders"} == {0}
    assert found["vendorfirst_oldest_waiting_seconds", None] == 0
    assert found["vendorfirst_request_to_press_minutes_count", None] == 0
    assert found["vendorfirst_workers", None] == found["vendorfirst_lanes", None] == 0
    assert not [label for name, label in found if name == "vendorfirst_limit_left"]


def test_orders_are_counted_by_where_they_stand(figures, table, clock):
    table.add([order(ONE), order(TWO), order("111-3")])
    cancelled, over = claim(table, "w", 2)
    then = ItemUpdate(State.WAITING, clock.now(), "realsource", urgency=1)
    assert table.finish_turn(cancelled, then)
    stopped = ItemUpdate(State.NEEDS_PERSON, clock.now(), VENDOR, problem=Problem.OVER_LIMIT)
    assert table.finish_turn(over, stopped)
    found = figures()
    counts = {label: value for (name, label), value in found.items() if name.endswith("_orders")}
    assert {state: count for state, count in counts.items() if count} == {
        "waiting": 1,
        "vendor_cancelled": 1,
        "needs_person": 1,
    }
    assert set(State) <= set(counts)
    assert found["vendorfirst_approvals_waiting", None] == 1


def test_the_oldest_waiting_is_not_one_planned_for_later(figures, table, clock):
    table.add([order(ONE, not_before=clock.now() + timedelta(hours=2))])
    clock.advance(60)
    table.add([order(TWO)])
    clock.advance(30)
    assert figures()["vendorfirst_oldest_waiting_seconds", None] == 30
    clock.advance(7200)
    assert figures()["vendorfirst_oldest_waiting_seconds", None] == 7290


def test_minutes_to_press_stay_counted_after_a_retry(figures, table, database, clock):
    """A retry writes the row's times anew, and a counter must never go back."""
    table.add([order(ONE), order(TWO)])
    clock.advance(120)
    press(database, clock, ONE)
    clock.advance(86_400)
    press(database, clock, TWO)
    item = table.find(ONE)[0]
    again = ItemUpdate(State.WAITING, clock.now(), VENDOR, urgency=0)
    given = ShownApproval("somebody", "terminal", None)
    assert table.change(item, again, anew=True, given=given)
    found = figures()
    buckets = [found["vendorfirst_request_to_press_minutes_bucket", str(one)] for one in BOUNDS]
    assert buckets == [0, *[1] * (len(BOUNDS) - 1)]
    assert found["vendorfirst_request_to_press_minutes_bucket", "+Inf"] == 2
    assert found["vendorfirst_request_to_press_minutes_count", None] == 2
    assert found["vendorfirst_request_to_press_minutes_sum", None] == 2 + 1442


def test_a_press_that_no_list_approved_is_not_counted(figures, database, clock, table):
    with database.writing() as tx:
        more = {"case": "a:1", "request": "r", "vendor": VENDOR, "at": clock(), "cents": 1}
        tx.execute(uses.insert().values(approval="terminal", **more))
    assert figures()["vendorfirst_request_to_press_minutes_count", None] == 0


def test_held_sites_are_told_by_name(figures, database, clock):
    pauses = SitePauses(database, clock=clock)
    pauses.pause("realsource", "a.buyer", "maintenance")
    pauses.pause(ALL, "a.buyer", "maintenance")
    found = figures()
    held = {label: value for (name, label), value in found.items() if name.endswith("_held")}
    assert held == {"all": 1, "realsource": 1, VENDOR: 0}


def test_workers_that_stopped_are_not_alive(figures, database, clock):
    registry = WorkerRegistry(database, clock=clock)
    registry.heartbeat("elsewhere/1/2/a", 3)
    clock.advance(STALLED)
    registry.heartbeat("elsewhere/2/2/b", 4)
    found = figures()
    assert (found["vendorfirst_workers", None], found["vendorfirst_lanes", None]) == (1, 4)


def test_limits_tell_what_is_left(figures, table, database, clock):
    table.add([order(ONE)])
    press(database, clock, ONE)
    found = figures(limits={"orders_hour": 3, "orders_day": None})
    left = {label: value for (name, label), value in found.items() if name.endswith("_left")}
    assert left == {
        "orders_hour": 2,
        "dollars_hour": Decimal("4987.5"),
        "dollars_day": Decimal("9987.5"),
    }
