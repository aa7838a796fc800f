"""How the sites, the workers and the ledger are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from robot.clock import utc
from robot.errors import VendorfirstError
from robot.queue.workers import WorkerInfo, WorkerRegistry
from robot.runner.limits import limits_left
from robot.runner.permissions import find_permission
from robot.runner.preflight import keeps_session
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT, VENDORS
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, Pause, SitePauses
from robot.storage.schema import console_actions, events, holds

#: What the action log calls a check of the ledger's seals.
VERIFY: Final = "verify the ledger"
#: How the log says that a check has found something.
FAULT: Final = "The ledger is not as it was written"
#: In how many of the newest events a look at a site is sought.
_NEWEST: Final = 20_000
#: How events begin that prove that a site answered.
_LOOKS: Final = {
    True: ('{"kind":"order_seen"', '{"kind":"orders_of_po_seen"'),
    False: ('{"kind":"po_seen"',),
}


@dataclass(frozen=True, slots=True)
class SiteHealth:
    """How one site is.

    ``session``: one is kept for the next sign-in. ``pause`` is who holds it, ``errors`` how many
    system errors came in a row. ``last_success`` is when it last showed an order or a PO, as far as
    the newest events tell. ``permission`` is who allows the robot there, or ``forbidden`` why it
    may not be used.
    """

    name: str
    title: str
    session: bool
    pause: Pause | None
    errors: int
    last_success: datetime | None
    permission: str
    forbidden: str

    @property
    def works(self) -> bool:
        """Tell whether anything may be pressed there now."""
        return self.pause is None and not self.forbidden


@dataclass(frozen=True, slots=True)
class LedgerHealth:
    """The head of the ledger, and when its seals were last checked on this page.

    ``fault`` is what that check found, "" for nothing.
    """

    events: int
    head: str
    verified_at: datetime | None
    fault: str


@dataclass(frozen=True, slots=True)
class Health:
    """How everything is that an order needs."""

    sites: tuple[SiteHealth, ...]
    paused: Pause | None
    workers: tuple[WorkerInfo, ...]
    limits: str
    ledger: LedgerHealth

    @property
    def lanes(self) -> int:
        """Return how many browsers are at work."""
        return sum(one.lanes for one in self.workers)


def read_health(database: Database, settings: Settings, sites: Sites, now: datetime) -> Health:
    """Return how everything is ``now`` (UTC), without asking a site."""
    pauses = SitePauses(database).active()
    with database.reading() as tx:
        errors = {row.site: int(row.errors) for row in tx.execute(sa.select(holds))}
        newest = int(tx.execute(sa.select(sa.func.max(events.c.seq))).scalar() or 0)
        seen = {
            is_vendor: _last_look(tx, is_vendor=is_vendor, since=newest - _NEWEST)
            for is_vendor in (True, False)
        }
    ledger = Ledger(database)
    found = []
    for name in (*VENDORS, EPROCUREMENT):
        pause = pauses.get(name)
        count = errors.get(name, 0)
        found.append(_site_health(sites.site(name), settings, ledger, pause, count, seen, now))
    return Health(
        tuple(found),
        pauses.get(ALL),
        tuple(WorkerRegistry(database).at_work()),
        limits_left(database, settings),
        _ledger_health(database, ledger),
    )


def _site_health(
    site: Site,
    settings: Settings,
    ledger: Ledger,
    pause: Pause | None,
    errors: int,
    seen: dict[bool, datetime | None],
    now: datetime,
) -> SiteHealth:
    permission = "none is needed at stand-in sites"
    forbidden = ""
    try:
        given = find_permission(ledger, settings, site, now)
        if given is not None:
            permission = f"{given.granted_by}, until {given.until:%Y-%m-%d} ({given.reference})"
    except VendorfirstError as error:
        permission = ""
        forbidden = error.text
    return SiteHealth(
        site.name,
        site.title,
        keeps_session(settings, site.name),
        pause,
        errors,
        seen[site.name in VENDORS],
        permission,
        forbidden,
    )


def _last_look(tx: sa.Connection, *, is_vendor: bool, since: int) -> datetime | None:
    """Return when the newest event that shows a page of a site was written."""
    begins = sa.or_(*(events.c.body.startswith(kind) for kind in _LOOKS[is_vendor]))
    query = sa.select(events.c.body).where(events.c.seq > since, begins)
    body = tx.execute(query.order_by(events.c.seq.desc()).limit(1)).scalar()
    return None if body is None else _at(body)


def _at(body: str) -> datetime:
    """Return the time of an event as the ledger keeps it."""
    _, _, rest = body.partition('"at":"')
    return datetime.fromisoformat(rest.partition('"')[0])


def _ledger_health(database: Database, ledger: Ledger) -> LedgerHealth:
    count, head, _ = ledger.head()
    # Who was not let do it, or could not read the ledger, has checked nothing.
    refused = console_actions.c.refused
    looked = refused.is_(None) | refused.startswith(FAULT)
    checks = sa.select(console_actions).where((console_actions.c.action == VERIFY) & looked)
    with database.reading() as tx:
        row = tx.execute(checks.order_by(console_actions.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return LedgerHealth(count, head, None, "")
    return LedgerHealth(count, head, utc(row.at), row.refused or "")
