"""What a visit keeps as proof.

Pictures and the texts that were read, each with its origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from robot import __version__
from robot.browser.cover import Shown
from robot.browser.errors import translating
from robot.browser.screenshot import Picture, take_drawing, take_screenshot
from robot.cancellation.provenance import PageOrigin, Tools
from robot.clock import utc_now
from robot.errors import SystemFailure
from robot.evidence.evidence import Evidence, public_url
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site

if TYPE_CHECKING:
    from playwright.sync_api import Response

    from robot.browser.access import Access
    from robot.browser.certificates import ShownCertificate
    from robot.browser.tab import Tab

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Postponed:
    """A picture that is taken after the press.

    ``shown_at`` is when the page was as the picture shows it. ``response`` is what the visit's last
    navigation brought. ``page`` is what is drawn; None: the live page, which stays open until then.
    """

    what: str
    shown_at: datetime
    response: Response | None
    page: PageSnapshot | None = None


class Proof:
    """Keeps what one visit to a site saw."""

    def __init__(self, tab: Tab, sites: Iterable[Site], access: Access, evidence: Evidence) -> None:
        """Keep what a tab shows.

        The first of ``sites`` is the visited one, by whose file pages are read; all of them say
        what pictures may show.
        """
        self.postponed: list[Postponed] = []
        self._tab = tab
        self._sites = tuple(sites)
        self._access = access
        self.evidence = evidence

    def screenshot(
        self, what: str, *, shown_at: datetime | None = None, response: Response | None = None
    ) -> None:
        """Keep a picture of the live page that shows what the site files name as public.

        ``shown_at`` is given where the page is as it was then, ``response`` where it was not
        watched as it loaded. Raises SystemFailure.
        """
        picture = take_screenshot(self._tab.live, self._site.title, self._shown)
        origin = self._origin(picture, response)
        self._add(what, picture, "jpg", self._tab.live.url, origin, shown_at)

    def postpone(
        self, what: str, response: Response | None, page: PageSnapshot | None = None
    ) -> None:
        """Note down a picture for after the press.

        It is of the live page, or of how ``page`` was, which ``response`` brought.
        """
        self.postponed.append(Postponed(what, utc_now(), response, page))

    def take_postponed(self) -> None:
        """Take the pictures that waited.

        One that can't be taken is told in the log.
        """
        waiting = tuple(self.postponed)
        self.postponed.clear()
        for one in waiting:
            try:
                if one.page is None:
                    self.screenshot(one.what, shown_at=one.shown_at, response=one.response)
                else:
                    self._draw(one.what, one.page, one.shown_at, one.response)
            except SystemFailure as problem:
                log.warning("A picture could not be taken.", what=one.what, error=problem.text)

    def keep_text(self, what: str, text: str, page: PageSnapshot | None) -> None:
        """Keep text that was read off a page, at no cost to the live one."""
        origin = PageOrigin(loaded_at=_loaded_at(page.document_id) if page else None)
        self._add(what, text, "txt", self._tab.live.url, origin, None)

    # --- inside -----------------------------------------------------------------------------------

    @property
    def _site(self) -> Site:
        return self._sites[0]

    @property
    def _shown(self) -> Shown:
        # A page that no site file knows may show who signs in.
        credentials = self._access.credentials
        named = {
            credentials.value(site, "username")
            for site in self._sites
            if credentials.has(site, "username")
        }
        return Shown.of(self._sites, named)

    def _draw(
        self, what: str, page: PageSnapshot, shown_at: datetime, response: Response | None
    ) -> None:
        """Keep a picture of a page that is gone, drawn from how it was read."""
        with translating(self._site.title), self._tab.scratch_page() as scratch:
            picture = take_drawing(scratch, page, self._site.title, self._shown)
        loaded_at = _loaded_at(page.document_id)
        origin = PageOrigin(loaded_at=loaded_at)
        if response is not None and response.url == page.url:
            certificate = self._tab.certificate_of(response)
            origin = self._told(loaded_at, response.status, certificate, page.url)
        self._add(what, picture, "jpg", page.url, origin, shown_at)

    def _origin(self, picture: Picture, response: Response | None) -> PageOrigin:
        live = self._tab.live
        certificate = None
        if response is not None and response.url == live.url:
            certificate = self._tab.certificate_of(response)
        certificate = certificate or self._tab.certificate()
        return self._told(_loaded_at(picture.document_id), picture.status, certificate, live.url)

    def _told(
        self,
        loaded_at: datetime | None,
        status: int,
        certificate: ShownCertificate | None,
        url: str,
    ) -> PageOrigin:
        return PageOrigin(
            loaded_at=loaded_at,
            status=status or None,
            certificate=certificate.subject if certificate else None,
            certificate_sha256=certificate.sha256 if certificate else None,
            server=self._tab.server(url),
        )

    def _add(
        self,
        what: str,
        content: Picture | str,
        suffix: str,
        url: str,
        page: PageOrigin,
        shown_at: datetime | None,
    ) -> None:
        marks = content.marks if isinstance(content, Picture) else None
        data = content.jpeg if isinstance(content, Picture) else content
        public = public_url(url, tuple(q for site in self._sites for q in site.public_query))
        tools = Tools(
            program=__version__,
            browser=self._tab.browser_version,
            site=self._site.name,
            site_sha256=self._site.sha256,
        )
        self.evidence.add(
            what, data, suffix, public, page=page, tools=tools, shown_at=shown_at, marks=marks
        )


def _loaded_at(document_id: float) -> datetime | None:
    """Return when a document began to load.

    Its id is the time, in milliseconds.
    """
    return datetime.fromtimestamp(document_id / 1000, UTC) if document_id > 0 else None
