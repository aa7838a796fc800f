"""Whether anything changed that a page shows, told without reading it."""

from __future__ import annotations

import sqlalchemy as sa

from robot.queue.workers import workers_at_work
from robot.storage.database import Database
from robot.storage.schema import case_ends, console_claims, queue

#: How long (s) a page is right at most that tells for how many minutes something lasts.
_MINUTE = 60.0
#: What is taken off each time (UNIX seconds), so that a sum of many still tells milliseconds.
_LONG_AGO = 1.7e9
#: Lengths are summed up, as an event may come after one with a greater number. Times are, as the
#: clocks of several machines differ, and the newest may hide another.
_NEWEST = sa.select(
    sa.select(sa.func.sum(case_ends.c.length)).scalar_subquery(),
    sa.select(sa.func.max(queue.c.id)).scalar_subquery(),
    sa.select(sa.func.sum(queue.c.changed_at - _LONG_AGO)).scalar_subquery(),
    sa.select(sa.func.sum(console_claims.c.until)).scalar_subquery(),
)


def version(database: Database, now: float) -> str:
    """Return what changes with an order, a claim or the workers, and each minute.

    ``now`` is UNIX seconds.
    """
    with database.reading() as tx:
        written, item, changes, claims = tx.execute(_NEWEST).one()
        workers = len(workers_at_work(tx, now))
    return f"{written}.{item}.{changes}.{claims}.{workers}.{now // _MINUTE}"
