"""Lists of orders that somebody pastes or uploads, frozen as they were shown.

A list is put into the queue when it is confirmed, as it is kept here and not as it is sent again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from robot.cancellation.limits import Bound
from robot.cancellation.receipts.receipt import Resolution
from robot.cancellation.request import CancelRequest
from robot.clock import utc, utc_text
from robot.console.board.uploads import Preview, PreviewRow
from robot.errors import BadInput, LeaseUnavailable
from robot.queue import operations
from robot.queue.approvals import ListSource
from robot.queue.items import READY, NewItem, QueueItem
from robot.queue.standing import standing, words
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.schema import console_sets as _sets

#: What is written down of an order that was stopped.
_BECAUSE = "Stopped before it was pressed, with its list"


@dataclass(frozen=True, slots=True)
class FrozenList:
    """One list, as it was shown."""

    id: str
    name: str
    made_by: str
    made_at: datetime
    sha256: str
    rows: tuple[PreviewRow, ...]
    confirmed_at: datetime | None

    @property
    def items(self) -> tuple[NewItem, ...]:
        """Return what is to be put in."""
        return tuple(row.item for row in self.rows if row.eligible and row.item is not None)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Return why rows are not eligible, each with their number."""
        return Counter(row.why_not for row in self.rows if row.why_not is not None).most_common()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the orders of a list stand.

    ``stoppable`` are those that came with the list, and that nothing was pressed of.
    """

    items: tuple[QueueItem, ...]
    stoppable: tuple[QueueItem, ...]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return how many orders stand where, in words."""
        return Counter(words(standing(item)) for item in self.items).most_common()


class Lists:
    """The table of lists."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def keep(self, preview: Preview, name: str, by: str) -> str:
        """Freeze a list as it was read, and return its id."""
        body = json.dumps([_as_dict(row) for row in preview.rows])
        row = {
            "id": secrets.token_hex(8),
            "name": name,
            "made_by": by,
            "made_at": self._clock(),
            "sha256": hashlib.sha256(body.encode()).hexdigest(),
            "body": body,
        }
        with self._database.writing() as tx:
            tx.execute(_sets.insert().values(**row))
        return str(row["id"])

    def get(self, id_: str) -> FrozenList | None:
        """Return a list, None where there is none."""
        with self._database.reading() as tx:
            row = tx.execute(sa.select(_sets).where(_sets.c.id == id_)).one_or_none()
        return None if row is None else _of(row)

    def newest(self, limit: int) -> list[FrozenList]:
        """Return the newest lists that were confirmed."""
        query = sa.select(_sets).where(_sets.c.confirmed_at.is_not(None))
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(_sets.c.made_at.desc()).limit(limit)).all()
        return [_of(row) for row in rows]

    def confirm(self, one: FrozenList, by: str, limits: tuple[Bound, ...]) -> None:
        """Put a list into the queue, which ``by`` approves under the limits that hold.

        Doing it again changes nothing: an order is in the queue once.
        """
        source = ListSource(by, one.sha256, one.id, limits)
        QueueTable(self._database).add(one.items, source=source)
        first = (_sets.c.id == one.id) & _sets.c.confirmed_at.is_(None)
        with self._database.writing() as tx:
            tx.execute(_sets.update().where(first).values(confirmed_at=self._clock()))

    def progress(self, one: FrozenList) -> Progress:
        """Return where the orders of a list stand."""
        numbers = [item.request.number or str(item.request.po) for item in one.items]
        newest: dict[str, QueueItem] = {}
        for item in QueueTable(self._database).find_all(numbers):
            if item.added_at >= one.made_at:
                newest.setdefault(item.name, item)
        items = tuple(newest.values())
        mine = (item for item in items if item.approval == one.id)
        waiting = (item for item in mine if item.state in READY and item.urgency <= 0)
        return Progress(items, tuple(waiting))

    def stop(self, one: FrozenList, sites: Sites, by: str, *, stand_in: bool) -> tuple[int, int]:
        """Give up what nothing was pressed of, and return how many, and how many not.

        What a worker is at is not given up.
        """
        stopped = 0
        stoppable = self.progress(one).stoppable
        for item in stoppable:
            number = item.number or str(item.po)
            try:
                operations.resolve(
                    self._database,
                    sites,
                    number,
                    item.vendor,
                    Resolution(as_="given_up", by=by, because=_BECAUSE),
                    stand_in=stand_in,
                    unpressed=True,
                )
                stopped += 1
            except (BadInput, LeaseUnavailable):
                continue
        return stopped, len(stoppable) - stopped


def _as_dict(row: PreviewRow) -> dict[str, Any]:
    told: dict[str, Any] = {"line": row.line, "number": row.number, "why_not": row.why_not}
    if row.item is not None:
        asked = row.item.request
        told |= {
            "vendor": asked.vendor,
            "order": asked.number,
            "po": asked.po,
            "reason": asked.reason,
            "requested_by": asked.requested_by,
            "not_before": _text(row.item.not_before),
            "deadline": _text(row.item.deadline),
        }
    return told


def _of(row: Any) -> FrozenList:
    return FrozenList(
        row.id,
        row.name,
        row.made_by,
        utc(row.made_at),
        row.sha256,
        _rows(json.loads(row.body)),
        None if row.confirmed_at is None else utc(row.confirmed_at),
    )


def _rows(told: Sequence[dict[str, Any]]) -> tuple[PreviewRow, ...]:
    return tuple(PreviewRow(one["line"], one["number"], _item(one), one["why_not"]) for one in told)


def _item(told: dict[str, Any]) -> NewItem | None:
    if "vendor" not in told:
        return None
    names = ("vendor", "order", "po", "reason", "requested_by")
    request = CancelRequest(*(told[name] for name in names))
    return NewItem(request, _time(told["not_before"]), _time(told["deadline"]))


def _text(at: datetime | None) -> str | None:
    return None if at is None else utc_text(at, timespec="microseconds")


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
