"""Sites that are paused, by a person or by the circuit breaker.

The breaker opens after a run of system errors; the queue leaves a paused site alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from robot.clock import utc
from robot.storage.database import Database
from robot.storage.notices import put_notice
from robot.storage.schema import NEVER, holds

#: The name that stands for every site.
ALL: Final = "*"
#: So many system errors in a row on one site open the breaker.
ERRORS: Final = 3
#: For how long (s) the breaker holds a site at first; each time twice as long, up to the second.
FIRST_HOLD: Final = 60.0
LONGEST_HOLD: Final = 1800.0
#: Who holds a site when it is the breaker, or a page that only a person may answer.
ROBOT: Final = "vendorfirst"
_FREE: Final = {"errors": 0, "times": 0, "since": None, "until": 0.0, "held_by": "", "because": ""}


@dataclass(frozen=True, slots=True)
class Pause:
    """One site that is left alone ``until`` a time (UTC), or None for a person's word."""

    site: str
    since: datetime
    until: datetime | None
    by: str
    because: str


class SitePauses:
    """The table of held sites."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def active(self) -> dict[str, Pause]:
        """Return every site that is held now."""
        now = self._clock()
        with self._database.reading() as tx:
            rows = tx.execute(sa.select(holds).where(holds.c.until > now)).all()
        return {row.site: _hold(row) for row in rows}

    def by_person(self, site: str) -> Pause | None:
        """Return the pause of a site, or of all, that only a person ends.

        Those of the breaker end by themselves.
        """
        active = self.active()
        return next(
            (active[one] for one in (ALL, site) if one in active and active[one].until is None),
            None,
        )

    def pause(self, site: str, by: str, because: str) -> None:
        """Leave a site (or with ``ALL`` every one) alone until somebody resumes it.

        Nothing more is pressed there.
        """
        now = self._clock()
        with self._database.writing() as tx:
            self._put(
                tx, site, errors=0, times=0, since=now, until=NEVER, held_by=by, because=because
            )

    def pause_by_robot(self, site: str, problem: str) -> bool:
        """Pause a site for a page that only a person may answer.

        It would meet every order there. Returns False where the site is paused until somebody
        resumes it already.
        """
        now = self._clock()
        with self._database.writing() as tx:
            row = tx.execute(sa.select(holds).where(holds.c.site == site)).one_or_none()
            if row is not None and row.until >= NEVER:
                return False
            self._put(
                tx, site, errors=0, times=0, since=now, until=NEVER, held_by=ROBOT, because=problem
            )
            put_notice(tx, f"site_held:{site}:{now:.0f}", "", now)
        return True

    def resume(self, site: str) -> list[Pause]:
        """Go on with a site (or with ``ALL`` every one), and return what was paused."""
        these = (holds.c.until > self._clock()) & ((holds.c.site == site) | (site == ALL))
        with self._database.writing() as tx:
            before = tx.execute(sa.select(holds).where(these).order_by(holds.c.site)).all()
            for row in before:
                self._put(tx, row.site, **_FREE)
        return [_hold(row) for row in before]

    def record_result(self, site: str, problem: str | None) -> bool:
        """Record that a look or press went well (None) or met a system error.

        Returns True where that opened the breaker. The first error after a pause opens it again:
        one order tries, not all of them three times.
        """
        now = self._clock()
        with self._database.reading() as tx:
            row = tx.execute(sa.select(holds).where(holds.c.site == site)).one_or_none()
        if problem is None and (row is None or (row.errors, row.times) == (0, 0)):
            return False
        with self._database.writing() as tx:
            row = tx.execute(sa.select(holds).where(holds.c.site == site)).one_or_none()
            if row is not None and row.until > now:
                return False  # it is held: what was still under way changes nothing
            if problem is None:
                self._put(tx, site, **_FREE)
                return False
            errors, times = (row.errors, row.times) if row is not None else (0, 0)
            opens = errors + 1 >= ERRORS
            if opens:
                self._open_breaker(tx, site, problem, times, now)
            else:
                counted = {**_FREE, "errors": errors + 1, "times": times, "because": problem}
                self._put(tx, site, **counted)
            return opens

    def _open_breaker(
        self, tx: sa.Connection, site: str, problem: str, times: int, now: float
    ) -> None:
        """Pause a site that the breaker paused ``times`` times in a row before."""
        seconds = min(FIRST_HOLD * 2 ** min(times, 10), LONGEST_HOLD)
        self._put(
            tx,
            site,
            errors=ERRORS - 1,
            times=times + 1,
            since=now,
            until=now + seconds,
            held_by=ROBOT,
            because=problem,
        )
        put_notice(tx, f"site_held:{site}:{now:.0f}", "", now)

    @staticmethod
    def _put(tx: sa.Connection, site: str, **values: object) -> None:
        if tx.execute(holds.update().where(holds.c.site == site).values(**values)).rowcount == 0:
            tx.execute(holds.insert().values(site=site, **values))


def _hold(row: Any) -> Pause:
    until = None if row.until >= NEVER else utc(row.until)
    return Pause(row.site, utc(row.since or 0.0), until, row.held_by, row.because)
