"""The queue's figures for a monitoring system, as Prometheus reads them.

The text format is Prometheus's version 0.0.4. All figures are of one moment, and none names an
order, a person or a machine.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from robot.cancellation.guard import list_case
from robot.problems import Problem
from robot.queue.items import ORDER, State
from robot.queue.standing import SPLIT, VENDOR_CANCELLED, count_standings
from robot.queue.workers import workers_at_work
from robot.runner.limits import general_limits
from robot.settings import Settings
from robot.sites.vendors import EPROCUREMENT, VENDORS
from robot.storage.database import Database
from robot.storage.pauses import ALL
from robot.storage.schema import events, holds, queue, uses
from robot.storage.uses import used

#: What an HTTP server says that the text is.
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: The upper bounds (minutes) of the histogram, inclusive.
BOUNDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)
_STATES: Final = (*ORDER, VENDOR_CANCELLED, SPLIT)
#: How many lists one query asks for.
_CHUNK: Final = 500


def metrics_text(database: Database, settings: Settings, now: datetime) -> str:
    """Return every figure as it is ``now`` (UTC), from one read of the database.

    Raises DatabaseDown.
    """
    with database.reading() as tx:
        lines = list(_families(tx, settings, now.timestamp()))
    return "".join(f"{line}\n" for line in lines)


def _families(tx: sa.Connection, settings: Settings, now: float) -> Iterator[str]:
    counts = count_standings(tx)
    yield from _gauge(
        "vendorfirst_orders",
        "Orders in the queue, by where they stand.",
        {f'{{state="{state}"}}': counts[state] for state in _STATES},
    )
    yield from _gauge(
        "vendorfirst_oldest_waiting_seconds",
        "Age of the oldest order that waits for its first press; 0 where none does.",
        {"": _oldest_waiting(tx, now)},
    )
    yield from _histogram(
        "vendorfirst_request_to_press_minutes",
        "Minutes from when an order was put into the queue to its first press.",
        _minutes_to_press(tx),
    )
    held = set(tx.execute(sa.select(holds.c.site).where(holds.c.until > now)).scalars())
    sites = sorted({*VENDORS, EPROCUREMENT, ALL} | held)
    yield from _gauge(
        "vendorfirst_site_held",
        "1 where a site is paused or held, 0 where it is not; all stands for every site.",
        {f'{{site="{_site(site)}"}}': int(site in held) for site in sites},
    )
    alive = workers_at_work(tx, now)
    yield from _gauge("vendorfirst_workers", "Workers at work.", {"": len(alive)})
    lanes = sum(one.lanes for one in alive)
    yield from _gauge("vendorfirst_lanes", "Browsers that workers have at work.", {"": lanes})
    yield from _gauge(
        "vendorfirst_approvals_waiting",
        "Orders that wait for a second person's approval.",
        {"": _approvals_waiting(tx)},
    )
    left = general_limits(settings).remaining(used(tx, None, now))
    yield from _gauge(
        "vendorfirst_limit_left",
        "Orders or dollars that may be pressed until a second person is asked, by limit.",
        {f'{{limit="{name}"}}': amount for name, amount in left.items()},
    )


# --- reading --------------------------------------------------------------------------------------


def _oldest_waiting(tx: sa.Connection, now: float) -> float:
    """Return the age (s) of what waits longest, without what is planned for later."""
    waits = (queue.c.state == State.WAITING) & (queue.c.urgency <= 0) & (queue.c.dry_run == 0)
    planned = (queue.c.turn == 0) & (queue.c.due_at > now)
    oldest = tx.execute(sa.select(sa.func.min(queue.c.added_at)).where(waits & ~planned)).scalar()
    return 0.0 if oldest is None else max(0.0, now - oldest)


def _approvals_waiting(tx: sa.Connection) -> int:
    waits = (queue.c.state == State.NEEDS_PERSON) & (queue.c.problem == Problem.OVER_LIMIT)
    return int(tx.execute(sa.select(sa.func.count()).where(waits)).scalar_one())


def _minutes_to_press(tx: sa.Connection) -> list[float]:
    """Return how long each order took from its list's approval to its press.

    That approval is written with the rows of the queue, and never changed: so what is counted once
    stays counted.
    """
    pressed = tx.execute(sa.select(uses.c.approval, uses.c.at)).all()
    asked = _listed_at(tx, sorted({list_case(row.approval) for row in pressed}))
    return [
        max(0.0, row.at - asked[list_case(row.approval)]) / 60
        for row in pressed
        if list_case(row.approval) in asked
    ]


def _listed_at(tx: sa.Connection, cases: list[str]) -> dict[str, float]:
    """Return when each list was approved (UNIX seconds), where it is one."""
    found: dict[str, float] = {}
    for start in range(0, len(cases), _CHUNK):
        mine = events.c.case.in_(cases[start : start + _CHUNK])
        for row in tx.execute(sa.select(events.c.case, events.c.body).where(mine)):
            found[row.case] = datetime.fromisoformat(json.loads(row.body)["at"]).timestamp()
    return found


# --- writing --------------------------------------------------------------------------------------


def _site(name: str) -> str:
    return "all" if name == ALL else name


def _gauge(name: str, meaning: str, samples: Mapping[str, float | Decimal]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples.items():
        yield f"{name}{labels} {value}"


def _histogram(name: str, meaning: str, values: Iterable[float]) -> Iterator[str]:
    counts = [0] * (len(BOUNDS) + 1)
    total = 0.0
    for value in values:
        counts[bisect_left(BOUNDS, value)] += 1
        total += value
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} histogram"
    below = 0
    for bound, count in zip((*BOUNDS, "+Inf"), counts, strict=True):
        below += count
        yield f'{name}_bucket{{le="{bound}"}} {below}'
    yield f"{name}_sum {total}"
    yield f"{name}_count {below}"
