"""Who beats is alive, and who stopped is struck off the crew.

What that one had in hand is free.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.clock import utc
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.queue.workers import STALLED, WorkerInfo, WorkerRegistry
from robot.storage.holders import is_gone, new_holder
from tests.support.clock import Clock
from tests.support.turns import claim, take_over

#: A worker of another machine: whether its process is alive can't be known from here.
ELSEWHERE = "another-machine/4711/12345/abcd"
#: A worker of this machine whose process is gone: its start time is not the one that now has its
#: id.
GONE = "/".join((*new_holder().rsplit("/", 3)[:2], "1", "abcd"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def registry(database, clock):
    return WorkerRegistry(database, clock=clock)


@pytest.fixture
def table(database, clock):
    return QueueTable(database, clock=clock)


def has_in_hand(table, worker, number="111-1"):
    table.add([NewItem(CancelRequest("amazon_business", number, None))])
    (item,) = claim(table, worker, 1)
    return item


def test_who_beats_is_a_member_since_its_first_beat(registry, clock):
    registry.heartbeat(ELSEWHERE, 2)
    clock.advance(7)
    registry.heartbeat(ELSEWHERE, 3)
    assert registry.members() == [WorkerInfo(ELSEWHERE, 3, utc(clock() - 7), clock.now())]


def test_at_work_is_who_beat_lately_and_is_not_known_to_be_gone(registry, clock):
    registry.heartbeat(ELSEWHERE, 1)
    clock.advance(STALLED - 1)
    registry.heartbeat(new_holder(), 1)
    registry.heartbeat(GONE, 1)
    assert len(registry.at_work()) == 2
    clock.advance(2)
    assert len(registry.at_work()) == 1
    assert len(registry.members()) == 3


def test_who_has_no_lane_for_orders_is_not_at_work(registry):
    """Whoever waits for a worker must not wait for one that only looks."""
    registry.heartbeat(ELSEWHERE, 0)
    assert registry.at_work() == []
    assert len(registry.members()) == 1


def test_who_leaves_is_none_and_its_orders_are_free_at_once(registry, table):
    registry.heartbeat(ELSEWHERE, 1)
    has_in_hand(table, ELSEWHERE)
    assert registry.remove_dead() == []
    registry.leave(ELSEWHERE)
    assert registry.members() == []
    assert registry.remove_dead() == [ELSEWHERE]


def test_who_stopped_beating_is_struck_off(registry, table, clock):
    registry.heartbeat(ELSEWHERE, 1)
    has_in_hand(table, ELSEWHERE)
    clock.advance(STALLED)
    assert registry.remove_dead() == []
    clock.advance(0.1)
    assert registry.remove_dead() == [ELSEWHERE]
    assert registry.members() == []
    assert registry.remove_dead() == [ELSEWHERE]  # as long as it has something in hand


def test_who_is_struck_off_with_nothing_in_hand_is_named_once(registry, clock):
    registry.heartbeat(ELSEWHERE, 1)
    clock.advance(STALLED + 1)
    assert registry.remove_dead() == [ELSEWHERE]
    assert registry.remove_dead() == []


def test_a_process_of_this_machine_that_is_gone_is_dead_at_once(registry, table):
    registry.heartbeat(GONE, 1)
    registry.heartbeat(alive := new_holder(), 1)
    has_in_hand(table, GONE)
    has_in_hand(table, alive, "111-2")
    assert registry.remove_dead() == [GONE]
    assert [member.id for member in registry.members()] == [alive]


def test_a_process_that_the_system_hides_is_not_taken_for_dead(monkeypatch):
    """A signal of nothing tells of a process that can't be looked at.

    So it is where other users' processes are hidden.
    """
    name, hidden = new_holder(), Path("/proc/1/stat")
    read = Path.read_text

    def hide(self, *args, **more):
        if self == hidden:
            raise FileNotFoundError(self)
        return read(self, *args, **more)

    monkeypatch.setattr(Path, "read_text", hide)
    host, _, _, random = name.rsplit("/", 3)
    assert not is_gone(f"{host}/1/12345/{random}")
    assert is_gone(f"{host}/{2**22 - 1}/12345/{random}")


def test_who_only_slept_is_of_the_crew_again_when_it_beats(registry, table, clock):
    registry.heartbeat(ELSEWHERE, 1)
    item = has_in_hand(table, ELSEWHERE)
    clock.advance(STALLED + 1)
    assert registry.remove_dead() == [ELSEWHERE]
    assert take_over(table, item, "another", 3) is not None
    registry.heartbeat(ELSEWHERE, 1)
    assert not table.finish_turn(
        item, ItemUpdate(State.DONE, datetime.now(UTC), "x")
    )  # but not what it had in hand
    has_in_hand(table, ELSEWHERE, "111-2")
    registry.heartbeat("another", 1)
    assert registry.remove_dead() == []


def test_who_beats_while_it_is_being_struck_off_is_not(registry, table, clock, database):
    registry.heartbeat(ELSEWHERE, 1)
    has_in_hand(table, ELSEWHERE)
    clock.advance(STALLED + 1)
    beaten = []

    def meanwhile(_tx, _cursor, statement, *_more):
        if "FROM queue" in statement and not beaten:
            beaten.append(1)
            WorkerRegistry(database, clock=clock).heartbeat(ELSEWHERE, 1)

    sa.event.listen(database._engine, "after_cursor_execute", meanwhile)
    assert registry.remove_dead() == []
    assert beaten
    assert len(registry.members()) == 1


def test_process_of_another_machine_is_not_judged_by_its_number():
    """A process of another machine of the same name is not judged by its number."""
    host, *rest = GONE.split("/")
    assert is_gone(GONE)
    name, _, kernel = host.rpartition(".")
    assert not is_gone("/".join((f"{name}.{kernel[::-1]}", *rest)))
    assert not is_gone("/".join((name, *rest)))  # as earlier versions named themselves
