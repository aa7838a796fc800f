"""Turns as the engine gives them out, without one."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from robot.clock import utc
from robot.queue.items import OVER, QueueItem, requeued
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.schema import queue


def claim(table: QueueTable, worker: str, most: int, held: Iterable[str] = ()) -> list[QueueItem]:
    """Begin at most so many due turns for a worker, in the engine's order."""
    due = (queue.c.ready > OVER) & (queue.c.due_at <= table._clock())
    order = (queue.c.urgency, queue.c.deadline, queue.c.due_at, queue.c.id)
    query = sa.select(queue).where(due & queue.c.site.not_in(list(held))).order_by(*order)
    found = table._items(query.limit(most))
    begun = [table.begin(item.id, item.turn + 1, worker) for item in found]
    return [item for item in begun if item is not None]


def take_over(table: QueueTable, item: QueueItem, worker: str, most: int) -> QueueItem | None:
    """Give a dead worker's order to another worker's next turn.

    Returns None where it went elsewhere, or to a person after ``most`` deaths.
    """
    then = requeued(item, utc(table._clock()), None)
    if not table.lose_turn(item, then, most):
        return None
    return table.begin(item.id, item.turn + 1, worker)


def take_begun(lanes: LanePool, item: QueueItem) -> None:
    """Have the worker's first lane take a turn that was begun."""
    cases = lanes.robots[0].cases
    with LeaseKeeper(cases.ledger.leases, cases.holder) as keeper:
        lanes._in_lane(cases, item, keeper)
