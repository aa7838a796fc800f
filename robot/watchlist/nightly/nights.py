"""The watch-list every night, made by whichever worker comes first.

What is new, or says something else than before, is told by a notice: how many, and how much money.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
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
from robot.watchlist.nightly.night_search import NightlySearch, SearchedNight
from robot.watchlist.nightly.schedule import Schedule
from robot.watchlist.report import Report, make_report

#: The row of the schedule; another one is the last run's.
_ROW: Final = 1
_IS_SCHEDULE: Final = watchlist.c.id == _ROW


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
        self._search = NightlySearch(database, sites, home, clock=lambda: now().timestamp())

    def set(self, schedule: Schedule | None) -> None:
        """Write the schedule, or take it away.

        It begins with the next time that it names.
        """
        with self._database.writing() as tx:
            tx.execute(watchlist.delete().where(_IS_SCHEDULE))
            if schedule is not None:
                body = json.dumps(asdict(schedule))
                local = self._now().astimezone()
                ran_on = f"{local:%Y-%m-%d}" if f"{local:%H:%M}" >= schedule.at else ""
                tx.execute(watchlist.insert().values(id=_ROW, body=body, ran_on=ran_on))

    def schedule(self) -> Schedule | None:
        """Return the schedule, or None where there is none."""
        with self._database.reading() as tx:
            kept = sa.select(watchlist.c.body).where(_IS_SCHEDULE)
            body = tx.execute(kept).scalar_one_or_none()
        return None if body is None else Schedule(**json.loads(body))

    def run_if_due(self) -> bool:
        """Make the watch-list where its time has come and no worker made it today.

        A search takes many calls, and is made with the last of them.
        """
        schedule = self.schedule()
        local = self._now().astimezone()
        under_way = self._search.is_under_way(schedule)
        if schedule is None or not (under_way or self._is_due(schedule, local)):
            return False
        if schedule.searched is not None:
            return self._search_on(schedule, local)
        today = f"{local:%Y-%m-%d}"
        if not self._claim(today):
            return False
        try:
            self._keep(make_scheduled_report(schedule, self._database, self._sites, self._home))
        except BadInput:
            self._tell(messages.watchlist_failed(today))
        return True

    def _is_due(self, schedule: Schedule, local: datetime) -> bool:
        return local >= schedule.begins(local) and not self._is_made(f"{local:%Y-%m-%d}")

    def _search_on(self, schedule: Schedule, local: datetime) -> bool:
        """Go on with a search, and return whether that was its end."""
        try:
            ended = self._search.go_on(schedule, schedule.begins(local))
        except BadInput:
            today = f"{local:%Y-%m-%d}"
            if self._claim(today):
                self._tell(messages.watchlist_failed(today))
            return True
        if ended is None:
            return False
        self._keep_night(ended)
        return True

    def _keep_night(self, night: SearchedNight) -> None:
        day = f"{night.began:%Y-%m-%d}"
        self._keep(with_what_the_robot_saw(night.report, Ledger(self._database)))
        if night.left:
            self._tell(messages.watchlist_left(day, night.left))
        self._claim(day)

    def _is_made(self, day: str) -> bool:
        due = sa.select(watchlist.c.id).where(_IS_SCHEDULE & (watchlist.c.ran_on < day))
        with self._database.reading() as tx:
            return tx.execute(due).first() is None

    def _claim(self, today: str) -> bool:
        """Return whether it is this worker that makes the watch-list of the day."""
        due = _IS_SCHEDULE & (watchlist.c.ran_on < today)
        with self._database.writing() as tx:
            return tx.execute(watchlist.update().where(due).values(ran_on=today)).rowcount == 1

    def _keep(self, report: Report) -> None:
        with self._database.writing() as tx:
            changed = KeptFindings(self._database).keep_report_in(tx, report)
            if changed:
                new = Report(tuple(changed), report.exports, report.made_at)
                told = [
                    (kind.value.replace("_", " "), count, dollars)
                    for kind, count, dollars in new.totals()
                ]
                stale = report.sources.is_stale(report.made_at)
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
