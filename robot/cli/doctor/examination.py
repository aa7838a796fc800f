"""What is wrong with this installation, and how to mend it.

Looked at are the settings, the database, the queue, the notices, the browser, the sites, their
sessions, the vendor's reporting interface and the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Literal

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.browser.launch.chromium import find_browser
from robot.clock import utc_now
from robot.errors import BadSettings, BrowserDied, SiteDown, VendorfirstError
from robot.evidence.object_store import open_store
from robot.notifications.channels import Channels, split
from robot.order_reports import open_reports
from robot.queue.items import LIVE
from robot.queue.standing import STANDINGS, counted, list_counts
from robot.queue.table import QueueTable
from robot.queue.workers import WorkerRegistry
from robot.redaction import Redactor
from robot.runner.limits import limits_left
from robot.runner.permissions import find_permission
from robot.runner.preflight import check_clock, check_home, check_site, keeps_session, probe
from robot.settings import REPORTS_HOSTS, REPORTS_KEYS, Settings, load
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.sites.vendors import EPROCUREMENT, VENDORS
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, SitePauses

#: How wrong (s) the clock may be before one-time codes fail.
_SKEW = 20.0
_HTTP_ERROR = 400


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found of one thing.

    ``mend`` says what to do, None where there is nothing to do.
    """

    what: str
    state: Literal["good", "unsure", "wrong"]
    found: str
    mend: str | None = None

    @property
    def sign(self) -> str:
        """Return a mark for the terminal, which the words do not depend on."""
        return {"good": "✓", "unsure": "?", "wrong": "✗"}[self.state]

    def as_dict(self) -> dict[str, str | None]:
        """Return the diagnosis as a JSON object."""
        return asdict(self)


def examine() -> Iterator[Diagnosis]:
    """Yield the diagnosis of one thing after the other.

    Nothing is pressed, and no credential is typed.
    """
    try:
        settings = load()
    except VendorfirstError as error:
        yield Diagnosis("settings", "wrong", error.what, error.next_step)
        return
    yield _settings(settings)
    credentials = Credentials(settings, Redactor())
    yield _try("home", lambda: _home(settings))
    yield _try("evidence", lambda: _evidence(settings))
    yield _try("database", lambda: _ledger(settings))
    sites = Sites(settings.selectors)
    yield _try("queue", lambda: _queue(settings, sites))
    yield _notices(settings)
    yield _try("limits", lambda: _limits(settings))
    titles = {name: _title(name, sites) for name in sites.names()}
    for name in (*VENDORS, EPROCUREMENT):
        yield _try(f"permission of {titles[name]}", partial(_permission, name, settings, sites))
    for name in sites.names():
        yield _try(f"site file of {titles[name]}", partial(_site_file, name, sites))
    for name in (*VENDORS, EPROCUREMENT):
        what = f"sign-in to {titles[name]}"
        yield _try(what, partial(_sign_in, name, settings, sites, credentials))
    yield _try("Reporting API of Amazon Business", lambda: _reports(settings))
    browser = _try("browser", lambda: _browser(settings))
    yield browser
    if browser.state == "wrong":
        yield Diagnosis("clock", "unsure", "not compared with a site's: that takes the browser")
    else:
        yield from _connections(settings, sites)
        yield _try("clock", lambda: _clock(settings, sites))


def _title(name: str, sites: Sites) -> str:
    """Return what people call a site, or its name where its file can't be read."""
    try:
        return sites.title(name)
    except BadSettings:
        return name


def _try(what: str, look: Callable[[], str | Diagnosis]) -> Diagnosis:
    try:
        found = look()
        return found if isinstance(found, Diagnosis) else Diagnosis(what, "good", found)
    except VendorfirstError as error:
        return Diagnosis(what, "wrong", error.what, error.next_step)


def _settings(settings: Settings) -> Diagnosis:
    """Say which settings these are, which is unsure where no file was found."""
    sites = "stand-in sites" if settings.uses_stand_ins else "live sites"
    found = f"{len(settings.sites)} of the sites' settings are set; for {sites}. {settings.where}"
    if settings.source is None and not settings.uses_stand_ins:
        mend = "Name the file: vendorfirst --env-file FILE doctor, or run it below its folder."
        return Diagnosis("settings", "unsure", found, mend)
    return Diagnosis("settings", "good", found)


def _home(settings: Settings) -> str:
    check_home(settings.home)
    return f"{settings.home} can be written to"


def _evidence(settings: Settings) -> str:
    store = open_store(settings.evidence_place)
    probe(store)
    return f"evidence can be written to {store.location()}"


def _ledger(settings: Settings) -> str:
    ledger = Ledger(settings.database_url)
    try:
        check_clock(ledger.database)
        ledger.audit()
    finally:
        ledger.close()
    return "the ledger opens, and every seal holds, of events and of receipts"


def _queue(settings: Settings, sites: Sites) -> str | Diagnosis:
    """Say how the queue stands, which is unsure where its orders wait for somebody."""
    database = Database(settings.database_url)
    try:
        counts = QueueTable(database).counts()
        orders = list_counts(counted(database), STANDINGS) or "empty"
        at_work = len(WorkerRegistry(database).at_work())
        held = [
            "everything" if site == ALL else _title(site, sites)
            for site in SitePauses(database).active()
        ]
    finally:
        database.close()
    workers = f"{at_work} worker{'' if at_work == 1 else 's'} at work"
    if held:
        found = f"{orders}; {workers}; held: {', '.join(held)}"
        return Diagnosis("queue", "unsure", found, "To go on: vendorfirst queue resume")
    if not at_work and any(counts.get(state) for state in LIVE):
        mend = "Start a worker: vendorfirst work"
        return Diagnosis("queue", "unsure", f"{orders}; no worker is at work", mend)
    return f"{orders}; {workers}"


def _notices(settings: Settings) -> Diagnosis:
    """Say who is told of what needs a person, which is unsure where it is nobody."""
    try:
        count = len(Channels(split(settings.notify), Redactor()))
    except VendorfirstError as error:
        return Diagnosis("notices", "wrong", error.text, error.next_step)
    if not count:
        found = "nobody is told of what needs a person"
        return Diagnosis(
            "notices", "unsure", found, "Set VENDORFIRST_NOTIFY, or look: vendorfirst queue list"
        )
    found = f"{count} address{'' if count == 1 else 'es'} can be used; nothing was sent"
    return Diagnosis("notices", "good", found)


def _limits(settings: Settings) -> str:
    database = Database(settings.database_url)
    try:
        left = limits_left(database, settings)
    finally:
        database.close()
    return f"left until a second person is asked: {left}" if left else "none are set"


def _permission(name: str, settings: Settings, sites: Sites) -> str:
    site = sites.site(name)
    ledger = Ledger(settings.database_url)
    try:
        found = find_permission(ledger, settings, site, utc_now())
    finally:
        ledger.close()
    if found is None:
        return "none is needed at stand-in sites"
    return (
        f"{found.granted_by} allows {found.account} until {found.until:%Y-%m-%d}"
        f" ({found.reference})"
    )


def _site_file(name: str, sites: Sites) -> str | Diagnosis:
    site = sites.site(name)
    lacking = sites.lacking(name)
    if lacking:
        what = f"site file of {site.title}"
        found = (
            f"lacks what the shipped file has: {', '.join(lacking)}. A step that needs one of them"
            " stops, and a doubt that needs one is not raised"
        )
        mend = f"Copy these lines from the shipped {name}.toml, as far as the campus has them."
        return Diagnosis(what, "unsure", found, mend)
    count = len(site.unverified)
    things = "1 thing in it was" if count == 1 else f"{count} things in it were"
    return f"reads well; {things} never seen on a live page"


def _sign_in(
    name: str, settings: Settings, sites: Sites, credentials: Credentials
) -> str | Diagnosis:
    site = sites.site(name)
    check_site(site, settings, sites, credentials)
    session = settings.home / "sessions" / f"{name}.json"
    if not keeps_session(settings, name):
        if not session.exists():
            return "credentials are set; no session is kept yet"
        return Diagnosis(
            f"sign-in to {site.title}",
            "unsure",
            f"credentials are set; the session that is kept in {session} is of no use any more",
            "Nothing has to be done: the next sign-in writes it anew.",
        )
    return f"a session is kept, {_ago(time.time() - session.stat().st_mtime)}"


def _reports(settings: Settings) -> str | Diagnosis:
    """Say whether the reporting interface can be asked, without a key being sent.

    It is optional, so a host that does not answer is unsure.
    """
    reports = open_reports(settings, Redactor())
    if reports is None:
        return (
            f"not set up, as {', '.join(REPORTS_KEYS)} are not set: orders are looked up on the"
            " pages alone"
        )
    what = "Reporting API of Amazon Business"
    try:
        hosts = " and ".join(reports.check())
    except SiteDown as error:
        return Diagnosis(what, "unsure", f"its keys can be read; {error.text}", error.next_step)
    found = f"its keys can be read, and {hosts} answer; no key was sent to them"
    if settings.reports_host not in REPORTS_HOSTS:
        named = " or ".join(REPORTS_HOSTS)
        mend = f"Is AMAZON_BUSINESS_API_HOST right? Amazon's texts name {named}."
        return Diagnosis(what, "unsure", found, mend)
    return found


def _ago(age: float) -> str:
    """Write an age (s) in the words of a person."""
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(age // length)
        if count:
            return f"written {count} {name}{'' if count == 1 else 's'} ago"
    return "written just now"


def _browser(settings: Settings) -> str:
    if not settings.browser_ws:
        path = find_browser(settings, shell=settings.uses_stand_ins)
        try:
            with Lane(settings) as lane:
                version = lane.run(LaneBrowser.version)
        except BrowserDied:
            step = (
                f"See what it says by itself: {path} --version. Or set VENDORFIRST_CHROMIUM to"
                " another Chromium."
            )
            raise BrowserDied(f"{path} can't be started as a browser", next_step=step) from None
        return f"{path} starts (version {version})"
    versions = []
    for number, _ in enumerate(settings.browser_ws, start=1):
        with Lane(settings, number=number) as lane:
            versions.append(lane.run(LaneBrowser.version))
    which = "the one of VENDORFIRST_BROWSER_WS starts"
    if len(versions) > 1:
        which = f"the {len(versions)} of VENDORFIRST_BROWSER_WS start"
    return f"{which} (version {', '.join(versions)})"


def _connections(settings: Settings, sites: Sites) -> Iterator[Diagnosis]:
    """Yield whether each site answers a browser without a session."""
    with Lane(settings) as lane:
        for name in (*VENDORS, EPROCUREMENT):
            yield _try(f"connection to {_title(name, sites)}", partial(_answers, lane, name, sites))


def _answers(lane: Lane, name: str, sites: Sites) -> str | Diagnosis:
    site = sites.site(name)
    host = site.hosts[0]
    status, _ = lane.run(lambda browser: browser.ask_server(f"https://{host}/", site.title))
    if 0 < status < _HTTP_ERROR:
        return f"{host} answers"
    return Diagnosis(
        f"connection to {site.title}",
        "unsure",
        f"{host} answers with HTTP status {status or 'none'}",
        "Look whether the site is up, and lets this machine in.",
    )


def _clock(settings: Settings, sites: Sites) -> Diagnosis:
    """Compare the clock with the date that a site's server sends."""
    site = sites.site(VENDORS[0])
    try:
        with Lane(settings) as lane:
            address = f"https://{site.hosts[0]}/"
            _, date = lane.run(lambda browser: browser.ask_server(address, site.title))
    except VendorfirstError as error:
        found = f"{site.title} could not be asked for the time: {error.text}"
        return Diagnosis("clock", "unsure", found, error.next_step)
    try:
        skew = (datetime.now(UTC) - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError):
        return Diagnosis("clock", "unsure", f"{site.title} sends no time")
    if abs(skew) > _SKEW:
        return Diagnosis(
            "clock",
            "wrong",
            f"off by {skew:.0f} s: one-time codes will be refused",
            "Set the clock (NTP).",
        )
    return Diagnosis("clock", "good", f"within {abs(skew):.0f} s of {site.title}'s")
