"""A Lane: the one thread that owns a Playwright, a Chromium, and a signed-in context for each site.

Nothing here hides that the browser is automated. Stand-ins and replays run in the headless shell
and clean contexts; live sites in full Chromium with a profile kept for each account. What each
context sends goes through a proxy of its own, so that no press is sent twice: also that of a remote
browser, which must be able to reach this machine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import structlog
from playwright.sync_api import Error as PlaywrightError

from robot.browser.chromium import VIEW, connect, launch, launch_profile, start_driver
from robot.browser.errors import translate_error, translating
from robot.browser.processes import ProcessTree
from robot.browser.profiles import locked_profile
from robot.browser.proxy.proxy import Proxy
from robot.browser.sessions import read_session, write_session
from robot.browser.thread import WorkerThread
from robot.errors import BrowserDied

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ProxySettings

    from robot.settings import Settings

_T = TypeVar("_T")
#: Is shown each page, with its site's name, before it loads anything: the recorder, the replayer.
OnPage = Callable[[str, "Page"], None]
log = structlog.get_logger()

#: How long (s) a browser may take to close of itself, and a thread to come back once its browser
#: was killed.
_CLOSING = 10.0
_COMING_BACK = 3.0


class Lane:
    """One browser and the thread that owns it.

    Use it as a context manager; ``run`` is the only way in.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        number: int = 1,
        headed: bool = False,
        on_page: OnPage = lambda *_: None,
    ) -> None:
        """Start the thread; the browser comes with the first context. ``on_page`` is called in the
        thread.

        ``number`` (from 1) tells lanes apart: each has profiles of its own, and they share the
        remote browsers.
        """
        self.number = number
        self._settings = settings
        self._on_page = on_page
        self._headed = headed
        self._thread = WorkerThread(f"lane-{number}")
        self._killing = threading.RLock()
        self._held = ExitStack()
        self._forget()

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the browser and end the thread."""
        try:
            self.renew()
        finally:
            self._thread.close()

    def run(self, work: Callable[..., _T], *args: Any, seconds: float | None = None) -> _T:
        """Do ``work`` in the lane's thread and wait for it, for ``seconds`` where given.

        Raises BrowserDied when it takes longer: the browser was killed then, and the next page
        comes from a clean one.
        """
        job = self._thread.submit(work, *args)
        try:
            return job.result(seconds)
        except TimeoutError:
            if job.done():
                return job.result()
        log.warning("The browser hangs and is killed.", lane=self.number, seconds=seconds)
        self.kill()
        msg = f"The browser did not come back within {seconds:.0f} seconds and was ended."
        raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.")

    def kill(self) -> None:
        """End the browser for good, from any thread. Whoever waits for work in the lane gets an
        error.

        When this returns, nothing that the browser was still about to send gets out, no process of
        it is left, and the lane has a working thread and no browser.
        """
        with self._killing:
            self._killed = True
            for proxy in tuple(self._proxies.values()):
                proxy.stop()
            if self._remote is None:
                self._processes.kill_browsers()
            else:
                self._processes.kill_all()
            if not self._stops(_COMING_BACK):
                self._processes.kill_all()
                if not self._stops(_COMING_BACK):
                    log.warning("The lane's thread hangs and is replaced.", lane=self.number)
                    self._thread.abandon(
                        BrowserDied("The browser was ended.", next_step="Run it again.")
                    )
                    self._thread = WorkerThread(f"lane-{self.number}")
            self._forget()

    def renew(self) -> None:
        """Throw the browser away; the next page comes from a clean one.

        For a browser that died or hangs.
        """
        if self._thread.is_current():
            self._stop()
        elif not self._stops(_CLOSING):
            self.kill()

    def _stops(self, seconds: float) -> bool:
        try:
            self._thread.submit(self._stop).result(seconds)
        except TimeoutError:
            return False
        return True

    def _forget(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._contexts: dict[str, BrowserContext] = {}
        self._proxies: dict[str, Proxy] = {}
        self._held.close()
        self._processes = ProcessTree()
        self._killed = False

    @property
    def _remote(self) -> str | None:
        """The address of this lane's remote browser; None where it is on this machine."""
        addresses = self._settings.browser_ws
        return addresses[(self.number - 1) % len(addresses)] if addresses else None

    # --- everything below runs in the lane's thread -----------------------------------------------

    @property
    def kept_profile(self) -> bool:
        """Whether this lane uses a kept profile per account: on live sites, in a browser on this
        machine.
        """
        return not self._settings.uses_stand_ins and self._remote is None

    def page(self, site: str, tab: int = 0) -> Page:
        """A tab of a site's context, with the kept session in it; made at the first call."""
        self.check_hand()
        context = self._contexts.get(site)
        if context is None:
            context = self._contexts[site] = self._new_context(site)
            for page in context.pages:
                self._on_page(site, page)
        with translating("The browser"):
            while len(context.pages) <= tab:
                self._on_page(site, context.new_page())
        return context.pages[tab]

    def replace_pages(self) -> None:
        """Put new pages in the place of the old ones: only then does Playwright forget their
        requests.
        """
        self.check_hand()
        with translating("The browser"):
            for site, context in self._contexts.items():
                old = list(context.pages)
                self._on_page(site, context.new_page())
                for page in old:
                    page.close()

    def keep_session(self, site: str) -> bool:
        """Write the site's cookies and storage to its session file (mode 0600, atomically). False
        where that fails.

        A browser that is gone or a disk that is full must not stop what is more important.
        """
        self.check_hand()
        context = self._contexts.get(site)
        if context is None:
            return False
        try:
            write_session(self.session_file(site), context.storage_state(), self.number)
        except (PlaywrightError, OSError) as error:
            log.warning(
                "The session was not kept; the next run signs in anew.",
                site=site,
                error=type(error).__name__,
            )
            return False
        return True

    def cookies(self, site: str) -> list[str]:
        """The values of the site's cookies, for the redactor."""
        self.check_hand()
        context = self._contexts.get(site)
        with translating("The browser"):
            return [str(cookie.get("value", "")) for cookie in context.cookies()] if context else []

    def session_file(self, site: str) -> Path:
        """Where a site's session is kept."""
        return self._settings.home / "sessions" / f"{site}.json"

    def version(self) -> str:
        """The browser's version; starts it."""
        with translating("The browser"):
            return (self._browser or self._launch()).version

    def server_date(self, url: str) -> str | None:
        """The ``Date`` header of an address, fetched in a context without any session; None where
        there is none.
        """
        context = (self._browser or self._launch()).new_context(proxy=self._proxy(""))
        try:
            response = context.new_page().goto(url, wait_until="commit", timeout=10_000)
            return response.header_value("date") if response else None
        finally:
            context.close()

    def check_alive(self, site: str) -> None:
        """Raise BrowserDied where the browser is gone; one that hangs never comes back: ``run``
        this with a limit.
        """
        self.check_hand()
        try:
            for page in self._contexts[site].pages if site in self._contexts else ():
                page.evaluate("0")
        except PlaywrightError as error:
            if isinstance(problem := translate_error(error, "The browser"), BrowserDied):
                raise problem from None

    def fresh_connections(self, site: str) -> int:
        """Close the connections of a site's context before a press, so that Chromium can't send it
        twice; the number.

        From then until ``go_on``, a host that hangs up gets nothing more from this context.
        """
        self.check_hand()
        proxy = self._proxies.get(site)
        try:
            return proxy.reset_connections() if proxy else 0
        except TimeoutError:
            msg = "The browser's connections could not be renewed, so nothing was pressed."
            raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.") from None

    def resume(self, site: str) -> None:
        """Let a site's context send everything again: the page that held a press is about to be
        left.
        """
        self.check_hand()
        if proxy := self._proxies.get(site):
            proxy.resume()

    def check_hand(self) -> None:
        """A thread that was given up may come back one day: the lane is not its own any more."""
        if self._killed or not self._thread.is_current():
            msg = "The browser was ended while it was at work."
            raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.")

    def _new_context(self, site: str) -> BrowserContext:
        with translating("The browser"):
            if self.kept_profile:
                return self._profile(site)
            browser = self._browser or self._launch()
            return browser.new_context(
                storage_state=read_session(self.session_file(site)),  # type: ignore[arg-type]
                service_workers="block",
                proxy=self._proxy(site),
                **VIEW,
            )

    def _proxy(self, site: str) -> ProxySettings:
        if site not in self._proxies:
            self._proxies[site] = Proxy(self._settings.resolve, self._remote).start()
        return {"server": self._proxies[site].server}

    def _start(self) -> Playwright:
        if self._playwright is None:
            self._playwright = self._processes.start(start_driver)
            # Of a driver that is killed, asyncio would print that nobody asked what became of it.
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        return self._playwright

    def _launch(self) -> Browser:
        playwright = self._start()
        if self._remote is None:
            self._browser = launch(playwright, self._settings, headed=self._headed)
        else:
            self._browser = connect(playwright, self._settings, self._remote)
        self._processes.refresh()
        return self._browser

    def _profile(self, site: str) -> BrowserContext:
        folder = self._held.enter_context(locked_profile(self._settings.home, site, self.number))
        proxy = self._proxy(site)
        context = launch_profile(self._start(), self._settings, folder, proxy, headed=self._headed)
        self._processes.refresh()
        # A profile forgets session cookies when its browser closes; the session file does not.
        context.add_cookies((read_session(self.session_file(site)) or {}).get("cookies", []))
        return context

    def _stop(self) -> None:
        self._processes.refresh()
        for closing in (*self._contexts.values(), self._browser):
            with suppress(PlaywrightError):  # it may be gone already
                if closing is not None:
                    closing.close()
        for proxy in self._proxies.values():
            proxy.stop()
        if self._playwright is not None:
            self._playwright.stop()
        self._processes.kill_all()
        self._forget()
