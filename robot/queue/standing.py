"""Where an item of the queue stands, in the words that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from robot.queue.items import ORDER, QueueItem, State
from robot.storage.database import Database
from robot.storage.schema import queue

#: Cancelled and confirmed at the vendor, with only its PO to do.
VENDOR_CANCELLED: Final = "vendor_cancelled"
#: A PO whose orders were found: each has a row of its own.
SPLIT: Final = "split"
#: How counts are sorted: what somebody must do first.
STANDINGS: Final = (*ORDER[:4], VENDOR_CANCELLED, *ORDER[4:], SPLIT)
_WORDS: Final[dict[str, str]] = {
    State.NEEDS_PERSON: "needs a person",
    State.GIVEN_UP: "given up",
    VENDOR_CANCELLED: "cancelled, PO to do",
    SPLIT: "split into its orders",
}


def standing(item: QueueItem) -> str:
    """Return where an item stands, which its state tells but for two kinds of them."""
    pressed = item.urgency > 0 and not item.request.dry_run
    return standing_of(item.state, pressed=pressed, is_po=item.number is None)


def words(stands: str) -> str:
    """Return a standing in words."""
    return _WORDS.get(stands, stands)


def counted(database: Database) -> Counter[str]:
    """Return how many items stand where."""
    with database.reading() as tx:
        return count_standings(tx)


def count_standings(tx: sa.Connection) -> Counter[str]:
    """Return how many items stand where, within a transaction that reads more."""
    columns = (queue.c.state, queue.c.urgency > 0, queue.c.number.is_(None))
    asked = sa.select(*columns, sa.func.count()).where(queue.c.dry_run == 0)
    rows = tx.execute(asked.group_by(*columns)).all()
    counts: Counter[str] = Counter()
    for state, pressed, is_po, number in rows:
        counts[standing_of(State(state), pressed=bool(pressed), is_po=bool(is_po))] += number
    return counts


def list_counts(counts: Counter[str], order: Iterable[str]) -> str:
    """Return counts as a list in words, in an order, without those that are nought."""
    return ", ".join(f"{counts[one]} {words(one)}" for one in order if counts[one])


def standing_of(state: State, *, pressed: bool, is_po: bool) -> str:
    """Return where a row stands, of an order or with ``is_po`` of a PO."""
    if state is State.WAITING and pressed:
        return VENDOR_CANCELLED
    if state is State.DONE and is_po:
        return SPLIT
    return str(state)
