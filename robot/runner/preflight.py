"""What can be known to be wrong before any site is asked."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from robot.browser.launch.chromium import find_browser
from robot.browser.sessions import read_session
from robot.errors import BadSettings
from robot.evidence.object_store import ObjectStore, open_store
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT

if TYPE_CHECKING:
    from robot.storage.database import Database

#: The least room (bytes) on the disk for a ledger, evidence and a browser's profile.
ROOM = 20 * 1024 * 1024
#: How far (s) a machine's clock may be from the database server's. A lease lasts 30 s and is
#: renewed every 7.
SKEW = 5.0


def preflight(
    settings: Settings,
    sites: Sites,
    credentials: Credentials,
    vendor: str,
    *,
    headed: bool = False,
) -> None:
    """Check the home, the browser, the site files and the credentials.

    Raises BadInput, BadSettings for what can't work.
    """
    if headed:
        check_screen()
    check_home(settings.home)
    check_evidence(settings)
    if settings.signing_key is not None or settings.timestamp_url is not None:
        from robot.evidence.seals import Seals  # noqa: PLC0415 - else nobody waits for its package

        Seals(settings.signing_key, settings.timestamp_url).check()
    if not settings.browser_ws:
        find_browser(settings, shell=settings.uses_stand_ins)
    for name in (vendor, EPROCUREMENT):
        check_site(sites.site(name), settings, sites, credentials)


def check_clock(database: Database) -> None:
    """Raise BadSettings where this machine's clock is not the database server's.

    Leases and heartbeats are told by both.
    """
    ahead = database.clock_skew()
    if abs(ahead) > SKEW:
        off = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'}"
        msg = (
            f"This machine's clock is {off} the database server's: two machines could press the"
            " same order."
        )
        raise BadSettings(
            msg,
            touched="So nothing is pressed from here.",
            next_step="Have both set by NTP, then begin again.",
        )


def check_screen() -> None:
    """Raise BadSettings where there is no screen for a browser that a person sees."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        msg = "There is no screen here to show a browser on."
        raise BadSettings(
            msg,
            next_step=(
                "Run it in a desktop session (or under Xvfb), with the same VENDORFIRST_HOME."
            ),
        )


def check_home(home: Path) -> None:
    """Raise BadSettings where the home can't be written to or its disk is full."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = home / f".probe-{token_hex(4)}"  # another process may be at the same
        probe.write_bytes(b"x")
        probe.unlink()
        room = shutil.disk_usage(home).free
    except OSError as error:
        msg = f"{home} can't be written to ({error.strerror})."
        raise BadSettings(
            msg, next_step="Make room or set VENDORFIRST_HOME to a folder of yours."
        ) from None
    if room < ROOM:
        msg = f"The disk of {home} is full ({room // 1024 // 1024} MB left)."
        raise BadSettings(
            msg, next_step="Make room, or set VENDORFIRST_HOME to a folder on another disk."
        )


def check_evidence(settings: Settings) -> None:
    """Raise BadSettings where evidence can't be kept.

    A folder is tried; of a bucket, only what needs no network.
    """
    store = open_store(settings.evidence_place)
    if settings.evidence is not None and "://" not in store.location():
        probe(store)


def probe(store: ObjectStore) -> None:
    """Write to the store and take it away again.

    Raises BadSettings where that fails.
    """
    try:
        store.probe()
    except OSError as error:
        msg = f"Evidence can't be written to {store.location()} ({error.strerror})."
        step = (
            "Make room there or see why it may not be written to, or set VENDORFIRST_EVIDENCE to"
            " another place."
        )
        raise BadSettings(msg, next_step=step) from None


def check_second_factor(settings: Settings, site: Site) -> None:
    """Raise BadSettings where the sign-in to a site would end at its second factor.

    For whoever presses at the vendor first, with nobody there to answer on a telephone afterwards.
    """
    name = site.account.otp
    if name is None or name in settings.sites or keeps_session(settings, site.name):
        return
    raise BadSettings(
        f"{site.title} asks for a second factor, {name} is not set, no session is kept, and nobody"
        " is here to answer on a telephone.",
        next_step=f"Set {name} in .env, or sign in once yourself: vendorfirst login {site.name}",
    )


def keeps_session(settings: Settings, site: str) -> bool:
    """Tell whether a session of a site is kept, with a cookie in it."""
    file = settings.home / "sessions" / f"{site}.json"
    return read_session(file, settings.session_key, quiet=True) is not None


def check_site(site: Site, settings: Settings, sites: Sites, credentials: Credentials) -> None:
    """Raise BadSettings where there is no way to sign in to a site.

    It is raised also where the seed of its one-time codes is no seed.
    """
    companions = [sites.site(name) for name in (site.account.through or "").split(",") if name]
    for companion in (site, *companions):
        credentials.check_codes(companion)
    if keeps_session(settings, site.name):
        return
    if not (credentials.has(site, "username") and credentials.has(site, "password")):
        msg = f"{site.title} has neither credentials nor a kept session."
        step = (
            f"Set {site.account.username} and {site.account.password} in .env, or: vendorfirst"
            f" login {site.name}"
        )
        raise BadSettings(msg, next_step=step)
