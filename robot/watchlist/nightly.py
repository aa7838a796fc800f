"""The watch-list every night, made by whichever worker comes first.

What is new, or says something else than before, is told by a notice: how many, and how much money.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from robot.clock import utc_now
from robot.errors import BadInput
from robot.notifications import messages
from robot.sites.registry import Sites
from robot.sites.vendors import EPROCUREMENT
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.notices import put_notice
from robot.storage.schema import watchlist
from robot.watchlist.columns import CampusColumns
from robot.watchlist.contradictions import with_what_the_robot_saw
from robot.watchlist.files import opened_exports
from robot.watchlist.kept import KeptFindings
from robot.watchlist.report import Report, make_report

_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_ONE: Final = 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """From which files the watch-list is made each day, and when.

    The time is local, and it is made from then on. A file may be named by its folder or a pattern;
    then the newest one counts.
    """

    realsource: str
    vendors: Mapping[str, str]
    at: str

    def __post_init__(self) -> None:
        """Raise BadInput where ``at`` is no time."""
        if not _TIME.fullmatch(self.at):
            raise BadInput(f"{self.at[:20]!r} is no time of the day; write it like 02:30.")


class Nightly:
    """The schedule of one database."""

    def __init__(
        self,
        database: Database,
        sites: Sites,
        home: Path,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Use the schedule in an open database.

        ``home`` has the names of a campus's columns.
        """
        self._database = database
        self._sites = sites
        self._home = home
        self._now = now

    def set(self, schedule: Schedule | None) -> None:
        """Write the schedule, or take it away.

        It begins with the next time that it names.
        """
        with self._database.writing() as tx:
            tx.execute(watchlist.delete())
            if schedule is not None:
                body = json.dumps(asdict(schedule))
                local = self._now().astimezone()
                ran_on = f"{local:%Y-%m-%d}" if f"{local:%H:%M}" >= schedule.at else ""
                tx.execute(watchlist.insert().values(id=_ONE, body=body, ran_on=ran_on))

    def schedule(self) -> Schedule | None:
        """Return the schedule, or None where there is none."""
        with self._database.reading() as tx:
            body = tx.execute(sa.select(watchlist.c.body)).scalar_one_or_none()
        return None if body is None else Schedule(**json.loads(body))

    def run_if_due(self) -> bool:
        """Make the watch-list where its time has come and no worker made it today."""
        schedule = self.schedule()
        local = self._now().astimezone()
        today = f"{local:%Y-%m-%d}"
        if schedule is None or f"{local:%H:%M}" < schedule.at or not self._claim(today):
            return False
        try:
            self._keep(make_scheduled_report(schedule, self._database, self._sites, self._home))
        except BadInput:
            self._tell(messages.watchlist_failed(today))
        return True

    def _claim(self, today: str) -> bool:
        """Return whether it is this worker that makes the watch-list of the day."""
        due = watchlist.c.ran_on < today
        with self._database.reading() as tx:
            if tx.execute(sa.select(watchlist.c.id).where(due)).first() is None:
                return False
        with self._database.writing() as tx:
            return tx.execute(watchlist.update().where(due).values(ran_on=today)).rowcount == 1

    def _keep(self, report: Report) -> None:
        with self._database.writing() as tx:
            changed = KeptFindings(self._database).keep_in(tx, report.findings)
            if changed:
                new = Report(tuple(changed), report.exports, report.made_at)
                told = [
                    (kind.value.replace("_", " "), count, dollars)
                    for kind, count, dollars in new.totals()
                ]
                stale = any(export.is_stale(report.made_at) for export in report.exports)
                notice = messages.watchlist(report.made_at, told, stale=stale)
                put_notice(tx, notice.key, _body(notice), report.made_at.timestamp())

    def _tell(self, notice: messages.Notice) -> None:
        with self._database.writing() as tx:
            put_notice(tx, notice.key, _body(notice), self._now().timestamp())


def make_scheduled_report(
    schedule: Schedule, database: Database, sites: Sites, home: Path
) -> Report:
    """Make the report of a schedule's files.

    Columns are not asked for. Raises BadInput.
    """
    with opened_exports({EPROCUREMENT: schedule.realsource, **schedule.vendors}) as files:
        report = make_report(
            files.pop(EPROCUREMENT),
            files,
            sites,
            CampusColumns(home),
            lambda _field, _names: None,
            utc_now(),
        )
    return with_what_the_robot_saw(report, Ledger(database))


def _body(notice: messages.Notice) -> str:
    return json.dumps({"title": notice.title, "body": notice.body})
