"""The findings that were told.

So none is told twice, and each comes back if it changes. One row a PO (or an order without one) of
a vendor. A finding is new until somebody queues its cancellation or settles it; it is gone when
both systems say the same, and new again when it says something else than before. A file without its
order or PO says nothing of it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.clock import utc
from robot.errors import NOTHING_CHANGED, BadInput
from robot.json_text import json_text
from robot.queue.intake import reopen
from robot.queue.items import NewItem
from robot.storage.database import Database
from robot.storage.schema import findings as rows
from robot.storage.schema import queue, watchlist
from robot.watchlist.findings import QUIET, Finding, FindingKind, to_json
from robot.watchlist.report import Report, Sources

#: The row of the last run, beside that of the schedule.
_LAST_RUN: Final = 2


class FindingState(StrEnum):
    """Where a finding stands.

    Told, its cancellation in the queue, settled by a person, gone.
    """

    NEW = "new"
    QUEUED = "queued"
    SETTLED = "settled"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding as it was told last, with who settled it and why.

    ``since`` is UTC; ``currency`` is that of its amounts, "" where it is not told.
    """

    state: FindingState
    told: dict[str, Any]
    since: datetime
    by: str | None = None
    because: str | None = None
    currency: str = ""


class KeptFindings:
    """The table of findings.

    Safe to use from several processes.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def keep(self, findings: Iterable[Finding]) -> list[Finding]:
        """Keep what a run found, and return what is new or changed.

        An order that was done and is undone waits for a person in the queue from then on.
        """
        with self._database.writing() as tx:
            return self.keep_in(tx, findings)

    def keep_in(self, tx: sa.Connection, findings: Iterable[Finding]) -> list[Finding]:
        """Do the same in a transaction of the caller's."""
        known = {row.key: row for row in tx.execute(sa.select(rows))}
        changed = []
        new = []
        for key, one in _keyed(findings).items():
            row = known.get(key)
            if one.kind in QUIET:
                is_over = one.kind is not FindingKind.NOT_FOUND  # a file may be of other days
                if is_over and row is not None and row.state != FindingState.GONE:
                    self._write(tx, key, state=FindingState.GONE)
            elif row is None:
                new.append({"key": key, **self._values(one)})
                changed.append(one)
            elif row.fingerprint != _fingerprint(one) or row.state == FindingState.GONE:
                self._write(tx, key, **self._values(one))
                changed.append(one)
        if new:
            tx.execute(rows.insert(), new)
        for one in changed:
            if one.undone is not None:
                self._reopen(tx, one.undone, one.reason)
        return changed

    def keep_report(self, report: Report) -> list[Finding]:
        """Keep a report with its sources, and return what is new or changed."""
        with self._database.writing() as tx:
            return self.keep_report_in(tx, report)

    def keep_report_in(self, tx: sa.Connection, report: Report) -> list[Finding]:
        """Do the same in a transaction of the caller's."""
        day = f"{report.made_at.astimezone():%Y-%m-%d}"
        body = json_text(report.sources)
        tx.execute(watchlist.delete().where(watchlist.c.id == _LAST_RUN))
        tx.execute(watchlist.insert().values(id=_LAST_RUN, body=body, ran_on=day))
        return self.keep_in(tx, report.findings)

    def last_sources(self) -> Sources | None:
        """Return what the last run was made from, None where none was made."""
        row = sa.select(watchlist.c.body).where(watchlist.c.id == _LAST_RUN)
        with self._database.reading() as tx:
            body = tx.execute(row).scalar_one_or_none()
        return None if body is None else msgspec.json.decode(body, type=Sources, strict=False)

    def listed(self) -> list[KeptFinding]:
        """Return all findings that are not gone, the oldest first."""
        here = rows.c.state != FindingState.GONE
        with self._database.reading() as tx:
            found = tx.execute(sa.select(rows).where(here).order_by(rows.c.changed_at)).all()
            return [_kept(row, _is_queued(tx, row)) for row in found]

    def settle(self, number: str, by: str, because: str) -> int:
        """Write down that a person settled what was found of a PO.

        An order without one has its own number. Return how many findings. Raises BadInput where
        nothing of it is open.
        """
        of_order = rows.c.po.is_(None) & rows.c.key.endswith(f":{number}", autoescape=True)
        of_it = ((rows.c.po == number) | of_order) & (rows.c.state == FindingState.NEW)
        values = {"state": FindingState.SETTLED, "settled_by": by, "because": because}
        with self._database.writing() as tx:
            done = tx.execute(rows.update().where(of_it).values(**values, changed_at=self._clock()))
        if not done.rowcount:
            raise BadInput(
                f"Nothing that was found of {number[:60]} waits for anybody.",
                touched=NOTHING_CHANGED,
                next_step="See vendorfirst watchlist list.",
            )
        return done.rowcount

    def _reopen(self, tx: sa.Connection, receipt: Receipt, because: str) -> None:
        order = receipt.order
        done = CancelRequest(
            order.vendor, order.number, order.po, receipt.reason, receipt.requested_by
        )
        reopen(tx, NewItem(done), receipt.id, because, self._clock())

    def _write(self, tx: sa.Connection, key: str, **values: Any) -> None:
        tx.execute(
            rows.update().where(rows.c.key == key).values({"changed_at": self._clock()} | values)
        )

    def _values(self, one: Finding) -> dict[str, Any]:
        return {
            "po": one.po, "fingerprint": _fingerprint(one), "body": _body(one),
            "state": FindingState.NEW, "settled_by": None, "because": None,
            "changed_at": self._clock(),
        }  # fmt: skip


def _keyed(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return findings by vendor and PO.

    Of POs that share a number, by their days too.
    """
    by_key: dict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        number = one.po or (one.orders[0].number if one.orders else "")
        by_key[f"{one.vendor}:{number}"].append(one)
    return {
        f"{key}:{one.po_created}" if len(same) > 1 else key: one
        for key, same in by_key.items()
        for one in same
    }


def _body(one: Finding) -> str:
    """Return a finding as it is kept, with the currency that its JSON does not tell."""
    return json.dumps({**to_json(one), "currency": one.currency})


def _fingerprint(one: Finding) -> str:
    """Return what a finding says, apart from its words."""
    told = to_json(one)
    said = [told["finding"], told["orders"], told["amount"]]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _is_queued(tx: sa.Connection, row: Any) -> bool:
    """Return whether an order of the finding, or its PO, was put into the queue since."""
    told = json.loads(row.body)
    numbers = [order["number"] for order in told["orders"]]
    asked = queue.c.number.in_(numbers) | ((queue.c.po == row.po) & queue.c.number.is_(None))
    since = (queue.c.added_at >= row.changed_at) & (queue.c.vendor == told["vendor"])
    since &= queue.c.dry_run == 0
    return tx.execute(sa.select(queue.c.id).where(asked & since).limit(1)).first() is not None


def _kept(row: Any, queued: bool) -> KeptFinding:
    state = FindingState(row.state)
    if state is FindingState.NEW and queued:
        state = FindingState.QUEUED
    told = json.loads(row.body)
    currency = told.pop("currency", "")
    since = utc(row.changed_at)
    return KeptFinding(state, told, since, row.settled_by, row.because, currency)
