"""The browser of a lane, with the context, the pages and the session of each site.

Nothing here hides that the browser is automated. Stand-ins and replays run in the headless shell
and clean contexts, live sites in full Chromium with a profile kept for each account. What each
context sends goes through a proxy of its own, so that no press is sent twice: also that of a remote
browser, which must be able to reach this machine.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import structlog
from playwright.sync_api import Error as PlaywrightError

from robot.browser.certificates import CertificateWatch, ShownCertificate, certificate_of_page
from robot.browser.errors import translate_error, translating
from robot.browser.launch.chromium import VIEW, connect, launch, launch_profile
from robot.browser.launch.driver import Driver
from robot.browser.launch.options import LaneOptions
from robot.browser.launch.profiles import locked_profile
from robot.browser.launch.user_agent import name_product
from robot.browser.proxy.proxy import Proxy
from robot.browser.questions import NativeQuestions
from robot.browser.sessions import read_session, write_session
from robot.browser.tab import Tab
from robot.errors import BrowserDied

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ProxySettings

log = structlog.get_logger()

#: A link or a form that would open another tab opens here: the robot looks at one page only.
_STAY = """(() => {
  const stay = (event, tags) => {
    const one = event.target instanceof Element && event.target.closest(tags);
    if (one && one.target && one.target !== '_self') one.target = '_self';
  };
  addEventListener('click', (event) => stay(event, 'a[target], area[target]'), true);
  addEventListener('submit', (event) => stay(event, 'form[target]'), true);
})()"""


class LaneBrowser:
    """One browser, in the thread that owns it.

    ``Lane.run`` hands it to the work that it runs, and it is for no other thread. Once it was
    ended, everything asked of it raises BrowserDied: a thread that was abandoned may come back.
    """

    def __init__(self, options: LaneOptions, driver: Driver | None = None) -> None:
        """Start nothing yet, since the browser comes with the first context.

        ``driver`` may be one that runs already in the lane's thread.
        """
        self.options = options
        self._driver = driver or Driver()
        self._browser: Browser | None = None
        self._contexts: dict[str, BrowserContext] = {}
        self._proxies: dict[str, Proxy] = {}
        self._questions: WeakKeyDictionary[Page, NativeQuestions] = WeakKeyDictionary()
        self._watches: WeakKeyDictionary[Page, CertificateWatch] = WeakKeyDictionary()
        self._profiles = ExitStack()
        self._processes = self._driver.processes
        self._ended = False

    # --- pages and sessions -----------------------------------------------------------------------

    def tab(self, site: str, number: int = 0) -> Tab:
        """Return the tab of a site's context, opened with the kept session if need be."""
        context = self._open_contexts.get(site)
        if context is None:
            context = self._contexts[site] = self._new_context(site)
            for page in context.pages:
                self._take(site, page)
        with translating("The browser"):
            while len(context.pages) <= number:
                self._take(site, context.new_page())
        return Tab(self, site, context.pages[number], self._questions[context.pages[number]])

    def replace_pages(self) -> None:
        """Put new pages in the place of the old ones.

        Only then does Playwright forget their requests.
        """
        with translating("The browser"):
            for site, context in self._open_contexts.items():
                old = list(context.pages)
                self._take(site, context.new_page())
                for page in old:
                    page.close()

    def collect_garbage(self) -> None:
        """Have each site's pages give back the memory of what they showed before.

        The browser does so by itself only once there is much of it: after some orders it keeps 80
        MiB a lane. The pages of a site share a process, so one of them speaks for all.
        """
        with translating("The browser"):
            for context in self._open_contexts.values():
                for page in context.pages[:1]:
                    page.request_gc()

    def _take(self, site: str, page: Page) -> None:
        """Make a new page one of ours.

        It stays where it is, and its questions are heard.
        """
        page.add_init_script(_STAY)
        if self.options.names_product:
            with translating("The browser"):
                name_product(page)
        self._questions[page] = NativeQuestions(page)
        self.options.on_page(site, page)

    def save_session(self, site: str) -> bool:
        """Write a site's cookies and storage to its session file.

        Returns whether that worked: a browser that is gone or a disk that is full must not stop
        what is more important.
        """
        context = self._open_contexts.get(site)
        if context is None:
            return False
        try:
            state = context.storage_state()
            key = self.options.settings.session_key
            write_session(self.session_file(site), state, self.options.number, key)
        except (PlaywrightError, OSError) as error:
            log.warning(
                "The session was not kept; the next run signs in anew.",
                site=site,
                error=type(error).__name__,
            )
            return False
        return True

    def renew_session(self, site: str) -> bool:
        """Write a session that is kept already anew, whose cookies may have changed."""
        return self.session_file(site).exists() and self.save_session(site)

    def cookies(self, site: str) -> list[str]:
        """Return the values of the site's cookies, for the redactor."""
        context = self._open_contexts.get(site)
        if context is None:
            return []
        with translating("The browser"):
            return [str(cookie.get("value", "")) for cookie in context.cookies()]

    def session_file(self, site: str) -> Path:
        """Return where a site's session is kept."""
        return self.options.settings.home / "sessions" / f"{site}.json"

    # --- connections ------------------------------------------------------------------------------

    def reset_connections(self, site: str) -> int:
        """Close a site's connections before a press, and return how many there were.

        So Chromium can't send the press twice. From then until ``resume``, a host that hangs up
        gets nothing more from this context.
        """
        proxy = self._open_proxies.get(site)
        if proxy is None:
            return 0
        try:
            return proxy.reset_connections()
        except TimeoutError:
            msg = "The browser's connections could not be renewed, so nothing was pressed."
            raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.") from None

    def resume(self, site: str) -> None:
        """Let a site's context send everything again.

        The page that held a press is about to be left.
        """
        proxy = self._open_proxies.get(site)
        if proxy is not None:
            proxy.resume()

    def server_of(self, site: str, host: str) -> str | None:
        """Return the address that a host was reached at for a site, if it is known."""
        proxy = self._open_proxies.get(site)
        return proxy.server_of(host) if proxy else None

    def refusal(self, site: str) -> str:
        """Return what another proxy said that let nothing through, if one did."""
        proxy = self._open_proxies.get(site)
        return proxy.refusal if proxy else ""

    def watch(self, live: Page) -> None:
        """Hear from now on which certificates a page's hosts show."""
        if live in self._watches:
            return
        with suppress(PlaywrightError):  # a picture without a certificate is better than none
            self._watches[live] = CertificateWatch(live)

    def certificate(self, live: Page) -> ShownCertificate | None:
        """Return the certificate that a page's host showed, None where it can't be told."""
        watch = self._watches.get(live)
        if watch is not None:
            return watch.certificate(live.url)
        with suppress(PlaywrightError):
            return certificate_of_page(live)
        return None

    def certificate_heard(self, url: str) -> ShownCertificate | None:
        """Return the certificate that an address's host showed to any page, or None."""
        heard = (watch.certificate(url) for watch in self._watches.values())
        return next((one for one in heard if one is not None), None)

    # --- the browser ------------------------------------------------------------------------------

    def start_browser(self) -> None:
        """Start Playwright's driver and the browser before anything asks for a page.

        A browser with a kept profile starts with its site, for each has a profile of its own.
        """
        if self.options.kept_profile:
            self._start()
        else:
            self._running()

    def version(self) -> str:
        """Return the browser's version, which starts it."""
        with translating("The browser"):
            return self._running().version

    def ask_server(self, url: str, title: str) -> tuple[int, str | None]:
        """Return the HTTP status and the ``Date`` header of an address.

        It is asked without any session. 0 and None where there is none. Raises SystemFailure, with
        the site's ``title``.
        """
        context = self._running().new_context(proxy=self._proxy(""))
        try:
            response = context.new_page().goto(url, wait_until="commit", timeout=10_000)
            return (response.status, response.header_value("date")) if response else (0, None)
        except PlaywrightError as error:
            raise translate_error(error, title, self.refusal("")) from None
        finally:
            context.close()

    def check_alive(self, site: str) -> None:
        """Raise BrowserDied where the browser is gone.

        One that hangs never comes back from this: ``run`` it with a limit.
        """
        context = self._open_contexts.get(site)
        try:
            for page in context.pages if context else ():
                page.evaluate("0")
        except PlaywrightError as error:
            problem = translate_error(error, "The browser")
            if isinstance(problem, BrowserDied):
                raise problem from None

    def check_not_ended(self) -> None:
        """Raise BrowserDied where another thread has ended this browser."""
        if self._ended:
            msg = "The browser was ended while it was at work."
            raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.")

    def reset(self, options: LaneOptions) -> None:
        """Close every site's context, and go on with other options in the same browser."""
        self.close_contexts()
        self.options = options

    def close_contexts(self) -> None:
        """Close every site's context and its connections, and keep the browser."""
        for context in self._open_contexts.values():
            with suppress(PlaywrightError):
                context.close()
        self._contexts.clear()
        self._stop_proxies()
        self._proxies.clear()

    def close(self) -> None:
        """Close the browser in good order, and leave nothing running."""
        self._ended = True
        self._processes.refresh()
        # A browser takes its contexts with it; that of a kept profile is a browser of its own.
        contexts = self._contexts.values() if self.options.kept_profile else ()
        for closing in (*contexts, self._browser):
            with suppress(PlaywrightError):  # it may be gone already
                if closing is not None:
                    closing.close()
        self._stop_proxies()
        self._driver.stop()
        self._processes.kill_all()
        self._contexts.clear()
        self._browser = None
        self._profiles.close()

    # --- from any thread, for the lane alone ------------------------------------------------------

    def end(self) -> None:
        """Stop what the browser sends, and kill it.

        Its own thread has still to ``close`` it.
        """
        self._ended = True
        self._stop_proxies()
        if self.options.remote is None:
            self._processes.kill_browsers()
        else:
            self._processes.kill_all()

    def kill_driver(self) -> None:
        """Kill Playwright's driver too, so that a thread that waits for it comes back."""
        self._processes.kill_all()

    def release_profiles(self) -> None:
        """Let other browsers have the profiles, as nothing of this one is left."""
        self._profiles.close()

    # --- inside -----------------------------------------------------------------------------------

    @property
    def _open_contexts(self) -> dict[str, BrowserContext]:
        self.check_not_ended()
        return self._contexts

    @property
    def _open_proxies(self) -> dict[str, Proxy]:
        self.check_not_ended()
        return self._proxies

    def _stop_proxies(self) -> None:
        for proxy in tuple(self._proxies.values()):
            proxy.stop()

    def _new_context(self, site: str) -> BrowserContext:
        with translating("The browser"):
            if self.options.kept_profile:
                return self._profile(site)
            return self._running().new_context(
                storage_state=self._kept_session(site),  # type: ignore[arg-type]
                service_workers="block",
                proxy=self._proxy(site),
                **VIEW,
            )

    def _kept_session(self, site: str) -> dict[str, Any] | None:
        return read_session(self.session_file(site), self.options.settings.session_key)

    def _proxy(self, site: str) -> ProxySettings:
        proxies = self._open_proxies
        if site not in proxies:
            proxies[site] = Proxy(self.options.settings.resolve, self.options.remote).start()
        return {"server": proxies[site].server}

    def _start(self) -> Playwright:
        self.check_not_ended()
        return self._driver.start(self.options.settings.home)

    def _running(self) -> Browser:
        if self._browser is None:
            self._browser = self._launch()
        return self._browser

    def _launch(self) -> Browser:
        options = self.options
        settings = options.settings
        if options.browser_hosts is not None:
            settings = replace(settings, resolve=options.browser_hosts)
        playwright = self._start()
        if options.remote is None:
            browser = launch(playwright, settings, headed=options.headed)
        else:
            browser = connect(playwright, settings, options.remote)
        self._processes.note_browsers()
        return browser

    def _profile(self, site: str) -> BrowserContext:
        options = self.options
        folder = self._profiles.enter_context(
            locked_profile(options.settings.home, site, options.number)
        )
        proxy = self._proxy(site)
        playwright = self._start()
        context = launch_profile(playwright, options.settings, folder, proxy, headed=options.headed)
        self._processes.note_browsers()
        # A profile forgets session cookies when its browser closes; the session file does not.
        kept = self._kept_session(site) or {}
        context.add_cookies(kept.get("cookies", []))
        return context
