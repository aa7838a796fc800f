"""A visit to a site, on which flows go, look, wait and keep proof."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from playwright.sync_api import Error as PlaywrightError

from robot.browser.controls import Controls
from robot.browser.errors import translate_error, translating
from robot.browser.launch.chromium import TIMEOUT
from robot.browser.proof import Proof
from robot.browser.snapshot import (
    Change,
    guards_of,
    http_status,
    mark,
    read_page,
    wait_for_change,
)
from robot.errors import NeedsPerson, SiteDown, SystemFailure
from robot.evidence.evidence import Evidence
from robot.problems import Problem
from robot.sites.languages import other_language
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from robot.browser.access import Access
    from robot.browser.tab import Tab

log = structlog.get_logger()

#: How much (characters) of an unknown page is quoted.
_QUOTED = 100

_HTTP_ERROR = 400
_SERVER_ERROR = 500
_IS_IT_UP = "Look whether the site is up, then run it again."
#: How long (s) a person who is there has to answer on their telephone.
_PERSON_SECONDS = 120.0
#: Answers by which a site turns robots away: asking again at once would be rude.
_GO_AWAY = frozenset({403, 429})


def _says(here: Location) -> str:
    """Return what may be quoted of a page, in brackets."""
    said = here.page.public_text(here.site, here.page.all("body")) if here.site else ""
    return f" (it says “{said[:_QUOTED]}”)" if said else ""


def quote_of_stop(here: Location) -> str:
    """Return a sentence that quotes the parts by which a page was known.

    Only what may be quoted of them is in it.
    """
    if here.site is None or here.guard is None or here.guard.scope is None:
        return ""
    known = re.compile(here.guard.text or "", re.IGNORECASE)
    said = here.page.public_text(here.site, here.page.all(here.guard.scope)).split("\n")
    lines = dict.fromkeys(line for line in said if line and known.search(line))
    return f" Its page says: “{'; '.join(lines)}”" if lines else ""


class Visit:
    """What a flow may do on one site, which is to go, look, wait, and keep proof."""

    def __init__(
        self, tab: Tab, site: Site, access: Access, evidence: Evidence, *, hurry: bool = False
    ) -> None:
        """Begin on a tab of the site.

        In a ``hurry``, screenshots that can wait are put off.
        """
        self.site = site
        self.access = access
        self.hurry = hurry
        self.controls = Controls(tab, site.title, access, self.screenshot)
        self._tab = tab
        self._sites = (site, *access.companions)
        self.proof = Proof(tab, self._sites, access, evidence)
        self._response: Response | None = None
        #: What brought the page where its site led to it, while that was followed.
        self._brought: Response | None = None
        self._here: Location | None = None

    @property
    def live(self) -> Page:
        """Return the live page."""
        return self._tab.live

    # --- going and looking ------------------------------------------------------------------------

    def goto(self, url: str, *, referer: str | None = None) -> Location:
        """Load an address afresh and look where that led.

        Raises SystemFailure, NeedsPerson.
        """
        self._tab.resume()
        if not self.hurry:
            self._tab.watch()
        response: Response | None = None
        for again in (True, False):
            try:
                response = self.live.goto(
                    url, wait_until="domcontentloaded", timeout=TIMEOUT, referer=referer
                )
                break
            except PlaywrightError as error:
                if "is interrupted by another navigation" not in error.message:
                    raise translate_error(error, self.site.title, self._tab.refusal()) from None
                # The error page of an earlier, broken load came late and took this one's place: go
                # once more.
                if not (again and "chrome-error:" in error.message):
                    break
        self._response = response
        self._brought = None
        return self.wait_for_screen()

    @contextmanager
    def following(self) -> Iterator[None]:
        """Note what brings each page that the site leads to by itself.

        On the quick way to a press nobody watches that, as it makes a message of all that is
        loaded. A sign-in is no quick way, and leads to the page that the press is of.
        """

        def hear(response: Response) -> None:
            if response.request.is_navigation_request() and response.frame == live.main_frame:
                self._brought = response

        live = self.live
        live.on("response", hear)
        try:
            yield
        finally:
            live.remove_listener("response", hear)

    def wait_for_screen(
        self, *wanted: str, seconds: float = 10.0, leaving: Location | None = None
    ) -> Location:
        """Wait until the page is a known screen, and return where that is.

        It is one of ``wanted`` where given, else any but a transient one. With ``leaving``, a
        screen of that same document does not count until it differs. When the time is over the
        answer is whatever is there. Screens marked as dead raise SiteDown, those marked as a
        person's NeedsPerson.
        """
        end = time.monotonic() + seconds
        pause = 0.02
        here = self._look()
        while here is None or not self._arrived(here, wanted, leaving):
            left = end - time.monotonic()
            if left < 0:
                return self._allowed(
                    here or Location(PageSnapshot(self.live.url, ""), None, None), late=True
                )
            if here is None:
                self.pause(pause)
            here = self._look(self._arrival(here, wanted, left, pause))
            pause = min(pause * 1.5, 0.25)
        return self._allowed(here)

    def look(self, *, anew: bool = False) -> Location:
        """Return where the page is now, without waiting.

        What a press hangs on is looked at ``anew``, whatever the page tells of changes.
        """
        return self._look(anew=anew) or Location(PageSnapshot(self.live.url, ""), None, None)

    def _arrival(
        self, here: Location | None, wanted: tuple[str, ...], seconds: float, settle: float
    ) -> Change:
        """Return the change by which a page may become a screen that is waited for.

        It is wider than ``_arrived``, which decides.
        """
        if here is None:
            return Change(None, seconds, settle)
        if here.site is None:
            return Change(here.page, seconds, settle)
        screens = [
            screen
            for name, screen in here.site.screens.items()
            if not screen.transient and screen.is_at(here.page.url)
            if not wanted or name in wanted or screen.stop or screen.dead
        ]
        return Change(here.page, seconds, settle, guards_of(screens))

    def _arrived(self, here: Location, wanted: tuple[str, ...], leaving: Location | None) -> bool:
        guard = here.guard
        if guard is None or guard.transient:
            return False
        if guard.stop or guard.dead:
            return (
                leaving is None
                or here.page.document_id != leaving.page.document_id
                or here.screen != leaving.screen
            )
        if wanted:
            return here.screen in wanted
        return (
            leaving is None
            or here.page.document_id != leaving.page.document_id
            or here.screen != leaving.screen
        )

    def _allowed(self, here: Location, *, late: bool = False) -> Location:
        guard = here.guard
        title = here.site.title if here.site else self.site.title
        if guard is not None and guard.dead and (late or not guard.transient):
            what = (
                "shows a page that does not finish loading"
                if guard.transient
                else "answers with an error page"
            )
            self._picture_error(title)
            raise SiteDown(f"{title} {what}.", next_step=_IS_IT_UP)
        if guard is not None and guard.stop and guard.go_on is None:
            return self.ask(here, guard.stop, guard.say, phone=guard.phone)
        if late and here.page.url.startswith("chrome-error:"):
            self._picture_error(title)
            raise SiteDown(f"{title} can't be reached.", next_step=_IS_IT_UP)
        status = self._response.status if self._response else None
        failed = status is not None and status >= _HTTP_ERROR
        # What was clicked since may have led to another document, which answered for itself.
        if guard is None and failed and http_status(self.live) == status:
            msg = f"{title} answered with HTTP status {status}."
            self._picture_error(title)
            raise SiteDown(msg, next_step=_IS_IT_UP, retry=status not in _GO_AWAY)
        return here

    def ask(self, here: Location, problem: Problem, say: str, *, phone: bool = False) -> Location:
        """Let somebody who is there answer the screen on their telephone.

        Raises NeedsPerson where nobody is there, or nobody does in time.
        """
        title = here.site.title if here.site else self.site.title
        if self.access.person is None or not phone:
            self.screenshot(f"{title} needs a person")
            msg = f"{title} needs a person: {say}{quote_of_stop(here)}"
            foreign = None
            if problem is Problem.SIGN_IN_REFUSED:
                # Which of a site's refusals it is can't be read in another language.
                foreign = self.in_another_language(here, msg)
            raise foreign or NeedsPerson(msg, problem=problem, next_step=say)
        self.access.person(f"{title}: {say}")
        end = time.monotonic() + _PERSON_SECONDS
        while time.monotonic() < end:
            self.pause(0.5)
            now = self._look()
            if now is not None and now.screen is not None and now.screen != here.screen:
                return self._allowed(now)
        self.screenshot(f"{title} needs a person")
        raise NeedsPerson(f"{title}: {say} Nobody did in time.", problem=problem, next_step=say)

    def _look(self, change: Change | None = None, *, anew: bool = False) -> Location | None:
        """Return where the page is now, or after a ``change``.

        None while a navigation is under way.
        """
        page = read_page(self.live, self.site.title, change, self._page, anew=anew)
        if page is None:
            return None
        if self._here is None or page is not self._here.page:
            site = next((s for s in self._sites if s.has_host(page.url)), None)
            self._here = Location(page, site, page.screen(site) if site else None)
            self._tab.looked(self._here)
        return self._here

    @property
    def _page(self) -> PageSnapshot | None:
        """Return the page as it was looked at last, None before the first look."""
        return self._here.page if self._here else None

    def wait_for_change(self, seconds: float, settle: float = 0.05) -> None:
        """Wait until the page has changed since it was looked at last.

        That is for ``seconds`` at most, and it is left alone for ``settle`` (s) then. What no
        document tells of counts after a second.
        """
        change = Change(self._page, max(seconds, 0.0), settle)
        wait_for_change(self.live, self.site.title, change)

    def unknown_page(self, here: Location, doing: str) -> NeedsPerson | SystemFailure:
        """Return the stop for a page that the site files do not know, with a screenshot.

        It is the site's failure where the site did not answer, or with an error.
        """
        self.screenshot("unknown page")
        host = urlsplit(here.page.url).hostname or "no host"
        status = http_status(self.live) if here.screen is None else 0
        if not here.page.document_id or status >= _SERVER_ERROR:
            msg = (
                f"While {doing}, {host} did not answer, or with an error (HTTP status"
                f" {status or 'none'})."
            )
            return SiteDown(msg, next_step=_IS_IT_UP)
        what = "a page it does not know"
        if here.screen:
            what = f"the screen “{here.screen_in_words}”"
        met = f"While {doing}, the robot met {what} on {host}{_says(here)} and stopped."
        return self.in_another_language(here, met) or NeedsPerson(met)

    def in_another_language(self, here: Location, met: str) -> NeedsPerson | None:
        """Return the stop for a page in another language, None for one that is in English.

        ``met`` is the sentence that says what was met.
        """
        if here.site is None:
            return None
        language = other_language(here.page, here.site)
        if not language:
            return None
        return NeedsPerson(
            f"{met} The page is not in English ({language}), so its words can't be read.",
            problem=Problem.LANGUAGE,
            next_step=here.site.switch_language or None,
        )

    def mark(self, css: str, name: str) -> int:
        """Put an attribute on all elements that ``css`` selects.

        Returns how many there were. It tells old content from new.
        """
        with translating(self.site.title):
            return mark(self.live, css, name)

    # --- proof ------------------------------------------------------------------------------------

    def screenshot(self, what: str, *, later: bool = False) -> None:
        """Keep a screenshot that shows what the site files name as public.

        In a hurry, one that can wait (``later``) is only noted down.
        """
        if later and self.hurry:
            self.proof.postpone(what, self._brought or self._response)
        else:
            self.proof.screenshot(what)

    def draw_later(self, what: str, page: PageSnapshot) -> None:
        """Keep a picture of how a page was, drawn when there is no hurry any more."""
        self.proof.postpone(what, self._brought or self._response, page)

    def keep_text(self, what: str, text: str) -> None:
        """Keep text that was read off the page."""
        self.proof.keep_text(what, text, self._page)

    def _picture_error(self, title: str) -> None:
        """Keep a picture of an error page, as far as the browser still takes one."""
        try:
            self.screenshot(f"{title} error page")
        except SystemFailure as problem:
            log.warning("An error page could not be pictured.", error=problem.text)

    def pause(self, seconds: float) -> None:
        """Wait while the browser's events keep flowing.

        Playwright's own wait lets them, a plain sleep would not.
        """
        with translating(self.site.title):
            self.live.wait_for_timeout(seconds * 1000)
