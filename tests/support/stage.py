"""Stand-in sites, a browser and a robot in this process, for many tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError

from robot import settings
from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.evidence.object_store import open_store
from robot.redaction import Redactor
from robot.runner.cases import Cases
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.standin.amazon.state import AmazonState
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.standin.vcu.state import VcuState
from robot.standin.world import World
from robot.storage.ledger import Ledger
from tests.support.fake_systems import Notes
from tests.support.kept_sessions import keep_sessions

#: Fast, but still patient enough for pages that take a moment: settle 0.2 s, confirmations within 3
#: s.
PATIENCE = {"VENDORFIRST_SETTLE_SECONDS": "0.2", "VENDORFIRST_CONFIRM_SECONDS": "3"}


def set_dials(state: AmazonState | VcuState, **dials: Any) -> None:
    """Set what a stand-in site does, by names that it has."""
    for name, value in dials.items():
        assert hasattr(state, name), name
        setattr(state, name, value)


def secrets_of(amazon: AmazonState, vcu: VcuState) -> set[str]:
    """Return what signs in at the stand-in sites."""
    return {
        amazon.email,
        amazon.password,
        amazon.totp_secret,
        vcu.username,
        vcu.password,
        vcu.otp_secret,
    }


def settings_for(standin: Standin, home: Path, **more: str) -> Settings:
    """Return the settings of a robot that works on ``standin``.

    Its home is at ``home``.
    """
    told = {**standin.env(), **PATIENCE, "VENDORFIRST_HOME": str(home), **more}
    if chromium := os.environ.get("VENDORFIRST_TEST_CHROMIUM"):
        told["VENDORFIRST_CHROMIUM"] = chromium
    return settings.from_values(told)


def environment(standin: Standin, home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a command that works on ``standin``."""
    kept = {name: value for name, value in os.environ.items() if name not in settings.NAMES}
    return {**kept, **standin.env(), **PATIENCE, "VENDORFIRST_HOME": str(home), **more}


def _leave_pages(browser: LaneBrowser) -> bool:
    """Stop what pages load by themselves: it is not the next test's.

    Returns whether there are any, as there are none of a browser that died.
    """
    pages = [page for context in browser._contexts.values() for page in context.pages]
    try:
        for page in pages:
            page.goto("about:blank")
    except PlaywrightError:
        return False
    return bool(pages)


class Stage:
    """Stand-in sites and one browser for many tests.

    ``begin`` gives each fresh sites, a fresh home, and no cookies.
    """

    def __init__(self, standin: Standin) -> None:
        """Start no browser yet."""
        self.standin = standin
        self._lane: Lane | None = None
        self._ledgers: list[Ledger] = []
        self._signed_in = False
        #: Whether the next robot goes on in the pages that an earlier one left open.
        self._goes_on = False

    @property
    def world(self) -> World:
        """Return the state of the stand-in sites."""
        return self.standin.world

    def begin(self, home: Path, *, signed_in: bool = False) -> Stage:
        """Put everything back to its beginning, for a test with this home.

        ``signed_in`` is for tests of other things than signing in. The first of these finds kept
        sessions, and the next go on in its pages, which takes a third less of the processor's time.
        """
        self.home = home
        amazon, vcu = AmazonState(mfa="none", list_seconds=0.0), VcuState(duo="none")
        self._signed_in = signed_in
        self._goes_on = (
            signed_in and self._goes_on and self._lane is not None and self._lane.run(_leave_pages)
        )
        if self._goes_on:
            amazon.sessions = self.world.amazon.sessions
            vcu.sessions, vcu.sign_ons = self.world.vcu.sessions, self.world.vcu.sign_ons
        else:
            self.forget()
        self.world.reset(amazon, vcu)
        if signed_in and not self._goes_on:
            keep_sessions(self.world, home)
        return self

    def forget(self) -> None:
        """Close every context, as the end of a command does."""
        if self._lane is not None:
            self._lane.run(LaneBrowser.close_contexts)

    def robot(self, **more: str) -> Robot:
        """Return a robot with this test's home.

        Another one with the same home finds the sessions that the first one kept.
        """
        told = settings_for(self.standin, self.home, **more)
        redactor = Redactor()
        lane = self._lane_for(told)
        self._ledgers.append(Ledger(told.database_url))
        credentials = Credentials(told, redactor)
        store = open_store(told.evidence_place)
        return Robot(
            Cases(
                told,
                Sites(told.selectors),
                self._ledgers[-1],
                lane,
                redactor,
                credentials,
                store,
            )
        )

    @contextmanager
    def lend(self, settings: Settings, **more: Any) -> Iterator[Lane]:
        """Lend the browser to a command in this process, in the place of a ``Lane`` of its own.

        One that wants another browser, or other hosts, has its own.
        """
        usual = settings_for(self.standin, self.home)
        if settings.chromium in (None, usual.chromium) and settings.resolve == usual.resolve:
            yield self._lane_for(settings)
            return
        with Lane(settings, **more) as lane:
            yield lane

    def _lane_for(self, told: Settings) -> Lane:
        """Return the kept browser, with nothing open unless the test goes on in its pages."""
        if self._lane is None:
            self._lane = Lane(told)
        if not self._goes_on:
            self._lane.reset(told)
            self._goes_on = self._signed_in
        return self._lane

    def look(
        self, slug: str = "shipped", *, dry_run: bool = True, person=None, **more: str
    ) -> Receipt:
        """Return the receipt of one order.

        ``shipped`` ends after Amazon, ``done`` leads on to RealSource.
        """
        robot = self.robot(**more)
        wanted = CancelRequest("amazon_business", BY_SLUG[slug].number, None, dry_run=dry_run)
        return robot.run([wanted], Notes(person), attended=person is not None)[0]

    def env(self, **more: str) -> dict[str, str]:
        """Return the environment of a command with this test's home."""
        return {**self.standin.env(), **PATIENCE, "VENDORFIRST_HOME": str(self.home), **more}

    def end(self) -> None:
        """Close what a test opened."""
        for ledger in self._ledgers:
            ledger.close()
        self._ledgers.clear()

    def close(self) -> None:
        """Close the browser."""
        if self._lane is not None:
            self._lane.__exit__()
