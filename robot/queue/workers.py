"""The registry of the workers that are alive, each of which sends heartbeats.

One that stopped is dead, and its orders go on elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from robot.clock import utc
from robot.storage.database import Database
from robot.storage.holders import is_gone
from robot.storage.schema import queue, workers

#: How often (s) a worker beats, and after how long without a beat it counts as dead.
HEARTBEAT: Final = 10.0
STALLED: Final = 30.0


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """One worker, whose id is its name as a lease holder.

    Times are UTC.
    """

    id: str
    lanes: int
    started_at: datetime
    beat_at: datetime


class WorkerRegistry:
    """The table of workers."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def heartbeat(self, worker: str, lanes: int) -> None:
        """Say that a worker is alive.

        One that was given up for dead is registered again.
        """
        now = self._clock()
        with self._database.writing() as tx:
            mine = workers.update().where(workers.c.id == worker).values(beat_at=now, lanes=lanes)
            if tx.execute(mine).rowcount == 0:
                tx.execute(
                    workers.insert().values(id=worker, lanes=lanes, started_at=now, beat_at=now)
                )

    def leave(self, worker: str) -> None:
        """Remove a worker that ends.

        What it has in hand is free at once.
        """
        with self._database.writing() as tx:
            tx.execute(workers.delete().where(workers.c.id == worker))

    def members(self) -> list[WorkerInfo]:
        """Return all who beat, and those who stopped and were not missed yet."""
        with self._database.reading() as tx:
            return _members(tx)

    def at_work(self) -> list[WorkerInfo]:
        """Return the workers that sent a heartbeat lately, as ``workers_at_work`` does."""
        with self._database.reading() as tx:
            return workers_at_work(tx, self._clock())

    def remove_dead(self) -> list[str]:
        """Remove dead workers, and return whose items are to be taken over.

        Those are the dead, and unregistered workers that still hold items. Dead is who sent no
        heartbeat for ``STALLED`` seconds, or whose process on this machine is gone.
        """
        late = workers.c.beat_at < self._clock() - STALLED
        with self._database.reading() as tx:
            members = set(tx.execute(sa.select(workers.c.id)).scalars())
            at_work = set(
                tx.execute(
                    sa.select(queue.c.worker).where(queue.c.worker.is_not(None)).distinct()
                ).scalars()
            )
            stalled = tx.execute(sa.select(workers.c.id).where(late).limit(1)).scalar()
        lost = [one for one in members if is_gone(one)]
        struck: set[str] = set()
        if stalled or lost:
            with self._database.writing() as tx:
                dead = late | workers.c.id.in_(lost)  # who beat in between is not
                struck = set(
                    tx.execute(workers.delete().where(dead).returning(workers.c.id)).scalars()
                )
        return sorted((at_work - members) | struck)


def workers_at_work(tx: sa.Connection, now: float) -> list[WorkerInfo]:
    """Return the workers that sent a heartbeat lately, ``now`` being UNIX seconds.

    That is within ``STALLED`` seconds, and their process is not known to be gone. One without lanes
    for orders, which only looks, is none.
    """
    since = utc(now - STALLED)
    alive = (one for one in _members(tx) if one.beat_at > since and not is_gone(one.id))
    return [one for one in alive if one.lanes]


def _members(tx: sa.Connection) -> list[WorkerInfo]:
    rows = tx.execute(sa.select(workers).order_by(workers.c.started_at)).all()
    return [WorkerInfo(row.id, row.lanes, utc(row.started_at), utc(row.beat_at)) for row in rows]
