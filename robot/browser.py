"""A Lane: the one thread that owns a Playwright, a Chromium, and a signed-in context for each site.

Nothing here hides that the browser is automated. Stand-ins and replays run in the headless shell and clean contexts;
live sites in full Chromium with a profile kept for each account. What each context sends goes through a relay of its
own, so that no press is sent twice; not with VENDORFIRST_BROWSER_WS, as another machine's browser can't reach it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import structlog
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from robot.mishaps import translate
from robot.problems import BadSettings, BrowserDied
from robot.relay import Relay

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ProxySettings

    from robot.settings import Settings

_T = TypeVar("_T")
#: Is shown each page, with its site's name, before it loads anything: the recorder, the replayer.
OnPage = Callable[[str, "Page"], None]
log = structlog.get_logger()

_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=AutofillServerCommunication",
)
_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VIEW = {"width": 1280, "height": 900}
#: How long (ms) a page may take before the site counts as down.
TIMEOUT = 30_000


def find_browser(settings: Settings, *, shell: bool) -> Path:
    """The browser to start: the set one, else a headless shell where ``shell``, else Chromium; raises BadSettings."""
    if settings.chromium is not None:
        return settings.chromium
    for name in (*_SHELLS, *_BROWSERS) if shell else (*_BROWSERS, *_SHELLS):
        if found := shutil.which(name):
            return Path(found)
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloads = ("chromium*/*/*headless*shell", "chromium*/*/chrome")
    for pattern in downloads if shell else reversed(downloads):
        if downloaded := sorted(cache.glob(pattern)):
            return downloaded[-1]
    msg = "No browser was found. Nothing was touched."
    raise BadSettings(
        msg,
        next_step="Install one: playwright install chromium, or apt-get install chromium; or set VENDORFIRST_CHROMIUM.",
    )


class Lane:
    """One browser and the thread that owns it. Use it as a context manager; ``run`` is the only way in."""

    def __init__(self, settings: Settings, *, headed: bool = False, on_page: OnPage = lambda *_: None) -> None:
        """Start the thread; the browser comes with the first context. ``on_page`` is called in the thread."""
        self._settings = settings
        self._on_page = on_page
        self._headed = headed
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lane")
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._contexts: dict[str, BrowserContext] = {}
        self._relays: dict[str, Relay] = {}

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the browser and end the thread."""
        try:
            self.run(self._stop)
        finally:
            self._thread.shutdown()

    def run(self, work: Callable[..., _T], *args: Any) -> _T:
        """Do ``work`` in the lane's thread and wait for it."""
        return self._thread.submit(work, *args).result()

    # --- everything below runs in the lane's thread -----------------------------------------------------------------

    @property
    def kept_profile(self) -> bool:
        """Whether this lane uses a kept profile per account: on live sites, and when a person is to see the browser."""
        return not self._settings.resolved and self._settings.browser_ws is None

    def page(self, site: str, tab: int = 0) -> Page:
        """A tab of a site's context, with the kept session in it; made at the first call."""
        context = self._contexts.get(site)
        if context is None:
            context = self._contexts[site] = self._new_context(site)
            for page in context.pages:
                self._on_page(site, page)
        try:
            while len(context.pages) <= tab:
                self._on_page(site, context.new_page())
        except PlaywrightError as error:
            raise translate(error, "The browser") from None
        return context.pages[tab]

    def keep_session(self, site: str) -> bool:
        """Write the site's cookies and storage to its session file (mode 0600, atomically). False where that fails.

        A browser that is gone or a disk that is full must not stop what is more important.
        """
        context = self._contexts.get(site)
        if context is None:
            return False
        path = self.session_file(site)
        part = path.with_suffix(".part")
        try:
            state = context.storage_state()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(state, file)
            part.replace(path)
        except (PlaywrightError, OSError) as error:
            log.warning("The session was not kept; the next run signs in anew.", site=site, error=type(error).__name__)
            return False
        return True

    def cookies(self, site: str) -> list[str]:
        """The values of the site's cookies, for the redactor."""
        context = self._contexts.get(site)
        try:
            return [str(cookie.get("value", "")) for cookie in context.cookies()] if context else []
        except PlaywrightError as error:
            raise translate(error, "The browser") from None

    def session_file(self, site: str) -> Path:
        """Where a site's session is kept."""
        return self._settings.home / "sessions" / f"{site}.json"

    def version(self) -> str:
        """The browser's version; starts it."""
        try:
            return (self._browser or self._launch()).version
        except PlaywrightError as error:
            raise translate(error, "The browser") from None

    def server_date(self, url: str) -> str | None:
        """The ``Date`` header of an address, fetched in a context without any session; None where there is none."""
        context = (self._browser or self._launch()).new_context(proxy=self._proxy(""))
        try:
            response = context.new_page().goto(url, wait_until="commit", timeout=10_000)
            return response.header_value("date") if response else None
        finally:
            context.close()

    def fresh_connections(self, site: str) -> int:
        """Close the connections of a site's context before a press, so that Chromium can't send it twice; the number.

        From then until ``go_on``, a host that hangs up gets nothing more from this context.
        """
        relay = self._relays.get(site)
        try:
            return relay.fresh() if relay else 0
        except TimeoutError:
            msg = "The browser's connections could not be renewed, so nothing was pressed."
            raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.") from None

    def go_on(self, site: str) -> None:
        """Let a site's context send everything again: the page that held a press is about to be left."""
        if relay := self._relays.get(site):
            relay.go_on()

    def renew(self) -> None:
        """Throw the browser away; the next page comes from a clean one. For a browser that died or hangs."""
        self._stop()

    def _new_context(self, site: str) -> BrowserContext:
        try:
            if self.kept_profile:
                return self._profile(site)
            browser = self._browser or self._launch()
            state = self._saved_state(site)
            return browser.new_context(
                storage_state=state,  # type: ignore[arg-type]
                viewport=_VIEW,  # type: ignore[arg-type]
                locale="en-US",
                service_workers="block",
                proxy=self._proxy(site),
            )
        except PlaywrightError as error:
            raise translate(error, "The browser") from None

    def _proxy(self, site: str) -> ProxySettings | None:
        if self._settings.browser_ws is not None:
            return None
        if site not in self._relays:
            self._relays[site] = Relay(self._settings.resolve).start()
        return {"server": self._relays[site].server}

    def _saved_state(self, site: str) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads(self.session_file(site).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            log.warning("The kept session can't be read; signing in anew.", site=site)
            return None
        return state

    def _start(self) -> Playwright:
        if self._playwright is None:
            for name in ("DEBUG", "PWDEBUG"):
                os.environ.pop(name, None)  # Playwright's own log would write down every password that it types
            self._playwright = sync_playwright().start()
        return self._playwright

    def _launch(self) -> Browser:
        chromium = self._start().chromium
        if ws := self._settings.browser_ws:
            launch = json.dumps({"args": self._flags()})
            self._browser = chromium.connect(ws, headers={"x-playwright-launch-options": launch}, timeout=TIMEOUT)
        else:
            path = find_browser(self._settings, shell=not self._headed)
            self._browser = chromium.launch(
                executable_path=path, headless=not self._headed, args=self._flags(), chromium_sandbox=not _is_root()
            )
        return self._browser

    def _profile(self, site: str) -> BrowserContext:
        folder = self._settings.home / "profiles" / site
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        context = self._start().chromium.launch_persistent_context(
            folder,
            executable_path=find_browser(self._settings, shell=False),
            headless=not self._headed,
            args=[*self._flags(), *([] if self._headed else ["--headless=new"])],
            chromium_sandbox=not _is_root(),
            viewport=_VIEW,  # type: ignore[arg-type]
            locale="en-US",
            proxy=self._proxy(site),
        )
        # A profile forgets session cookies when its browser closes; the session file does not.
        if state := self._saved_state(site):
            context.add_cookies(state.get("cookies", []))
        return context

    def _flags(self) -> list[str]:
        flags = list(_FLAGS)
        if _is_root():
            log.warning("Running as root: Chromium's sandbox is off. Better run it as an ordinary user.")
        if self._settings.resolved:
            rules = [f"MAP {host} {address}" for host, address in self._settings.resolve.items()]
            rules += ["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"]
            flags.append(f"--host-resolver-rules={','.join(rules)}")
            if self._settings.resolve_spki:
                flags.append(f"--ignore-certificate-errors-spki-list={','.join(self._settings.resolve_spki)}")
        return flags

    def _stop(self) -> None:
        for closing in (*self._contexts.values(), self._browser):
            try:
                if closing is not None:
                    closing.close()
            except PlaywrightError:
                log.debug("The browser was gone already.")
        self._contexts.clear()
        self._browser = None
        for relay in self._relays.values():
            relay.stop()
        self._relays.clear()
        if self._playwright is not None:
            self._playwright.stop()
            self._playwright = None


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
