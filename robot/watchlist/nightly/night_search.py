"""RealSource's own search, made over a night at a bounded rate.

One worker asks for the looks, and all of them take them. Where that one dies, another goes on: what
was looked at this night is not looked at again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from robot.clock import utc
from robot.errors import LeaseUnavailable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.holders import new_holder
from robot.storage.leases import Lease, Leases
from robot.watchlist.columns import CampusColumns
from robot.watchlist.files import opened_exports
from robot.watchlist.findings import Finding
from robot.watchlist.look import Looks, PacedLooks, WantedLook, looked_at, wanted_looks
from robot.watchlist.nightly.schedule import Schedule
from robot.watchlist.report import Report
from robot.watchlist.search import SearchedDays, make_search_report

#: What the worker holds that asks for the looks, and for how long (s) without a sign of it.
_RESOURCE: Final = "watchlist:night"
_SECONDS: Final = 60.0
#: How long (s) a worker leaves the search to another before it sees whether that is still there.
_PAUSE: Final = 15.0
#: Who asks for the looks.
_ASKED_BY: Final = "vendorfirst"


@dataclass(frozen=True, slots=True)
class Night:
    """A search that is under way, of the night that began at ``began`` (local)."""

    schedule: Schedule
    began: datetime
    report: Report
    wanted: Mapping[Finding, WantedLook]
    paced: PacedLooks


@dataclass(frozen=True, slots=True)
class SearchedNight:
    """What a night's search has told, and how many POs were not asked for."""

    began: datetime
    report: Report
    left: int


class NightlySearch:
    """The search of one worker.

    It asks for nothing while another worker's search is under way.
    """

    def __init__(
        self,
        database: Database,
        sites: Sites,
        home: Path,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Ask by way of the queue of an open database.

        ``home`` has the names of a campus's columns. ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._sites = sites
        self._home = home
        self._clock = clock
        self._leases = Leases(database, clock=clock)
        self._holder = new_holder()
        self._lease: Lease | None = None
        self._tries_again_at = -math.inf
        self._night: Night | None = None

    def is_under_way(self, schedule: Schedule | None) -> bool:
        """Return whether this worker's search of a schedule has begun and not ended."""
        if self._night is not None and self._night.schedule != schedule:
            self._give_up()
        return self._night is not None

    def go_on(self, schedule: Schedule, began: datetime) -> SearchedNight | None:
        """Ask for the next look where its time has come.

        Return what the night has told, once nothing more is to come. Raises BadInput.
        """
        if not self._is_the_one_that_asks():
            self._night = None
            return None
        night = self._night or self._begin(schedule, began)
        self._night = night
        if night.paced.go_on():
            return None
        self._give_up()
        return self._end(night)

    def _begin(self, schedule: Schedule, began: datetime) -> Night:
        report = make_planned_report(schedule, self._sites, self._home, utc(self._clock()))
        wanted = wanted_looks(report, self._sites, _ASKED_BY, not_before=began)
        asked = wanted.values()
        paced = PacedLooks(self._database, asked, schedule.per_minute, clock=self._clock)
        return Night(schedule, began, report, wanted, paced)

    def _end(self, night: Night) -> SearchedNight:
        """Return what was told, without the POs that nobody asked for."""
        looks = Looks(self._database, clock=self._clock)
        unasked = {one for one, wanted in night.wanted.items() if looks.told(wanted) is None}
        report = looked_at(night.report, night.wanted, looks, self._sites)
        told = tuple(one for one in report.findings if one not in unasked)
        return SearchedNight(night.began, replace(report, findings=told), len(unasked))

    def _is_the_one_that_asks(self) -> bool:
        if self._lease is not None and self._lease.expires - self._clock() > _SECONDS / 2:
            return True
        if self._clock() < self._tries_again_at:
            return False
        try:
            self._lease = self._leases.acquire(_RESOURCE, self._holder, _SECONDS)
        except LeaseUnavailable:
            self._lease = None
            self._tries_again_at = self._clock() + _PAUSE
        return self._lease is not None

    def _give_up(self) -> None:
        self._night = None
        if self._lease is not None:
            self._leases.release(self._lease)
            self._lease = None


def make_planned_report(schedule: Schedule, sites: Sites, home: Path, now: datetime) -> Report:
    """Return what a schedule's search is to ask RealSource for.

    The vendors' files tell. Columns are not asked for. Raises BadInput.
    """
    days = schedule.searched or SearchedDays()
    with opened_exports(schedule.vendors) as files:
        return make_search_report(
            files, days, sites, CampusColumns(home), lambda _field, _names: None, now
        )
