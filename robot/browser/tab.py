"""One live page of a site, as a visit gets it from the lane's browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

    from robot.browser.certificates import ShownCertificate
    from robot.browser.contexts import LaneBrowser
    from robot.browser.questions import NativeQuestions
    from robot.sites.location import Location


class Tab:
    """One live page of a site, and what its browser does for the site's context."""

    def __init__(
        self, browser: LaneBrowser, site: str, live: Page, questions: NativeQuestions
    ) -> None:
        """Bind the page to the browser and the site that it is of."""
        self.live = live
        self.questions = questions
        self._browser = browser
        self._site = site

    def save_session(self) -> bool:
        """Write the site's session to its file, and return whether that worked."""
        return self._browser.save_session(self._site)

    def looked(self, here: Location) -> None:
        """Tell whoever follows the looks where a visit is."""
        self._browser.options.on_look(here)

    def cookies(self) -> list[str]:
        """Return the values of the site's cookies, for the redactor."""
        return self._browser.cookies(self._site)

    def reset_connections(self) -> None:
        """See to it that the next thing that the page sends is sent once."""
        self._browser.reset_connections(self._site)

    def resume(self) -> None:
        """Let the page send everything again, as it held a press and is about to be left."""
        self._browser.resume(self._site)

    def refusal(self) -> str:
        """Return what another proxy said that let nothing through, if one did."""
        return self._browser.refusal(self._site)

    def watch(self) -> None:
        """Hear from now on which certificates the page's hosts show."""
        self._browser.watch(self.live)

    def certificate(self) -> ShownCertificate | None:
        """Return the certificate that the page's host showed, None where it can't be told."""
        return self._browser.certificate(self.live)

    def certificate_of(self, response: Response) -> ShownCertificate | None:
        """Return the certificate of a response whose page was not watched, or is gone.

        It is one that its host has shown since, where the response was made with it.
        """
        heard = self._browser.certificate_heard(response.url)
        with suppress(PlaywrightError):
            if heard is not None and heard.fits(response.security_details()):
                return heard
        return None

    def server(self, url: str) -> str | None:
        """Return the address that an address's host was reached at, if it is known."""
        return self._browser.server_of(self._site, urlsplit(url).hostname or "")

    @property
    def browser_version(self) -> str:
        """Return the version of the browser that shows the page."""
        browser = self.live.context.browser
        return browser.version if browser else ""

    @contextmanager
    def scratch_page(self) -> Iterator[Page]:
        """Yield an empty page of the site's context, which is closed after it."""
        scratch = self.live.context.new_page()
        try:
            yield scratch
        finally:
            scratch.close()

    def check_not_ended(self) -> None:
        """Raise BrowserDied where another thread has ended the browser."""
        self._browser.check_not_ended()
