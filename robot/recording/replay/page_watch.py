"""The watch over a replay's pages.

A mismatch closes them all at once, and leaves its proof behind.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

from robot.recording.entries import Entry
from robot.recording.flow_line import FlowLine
from robot.recording.replay.server import MISMATCH

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request, Response

#: How long (s) a page may take to show what its mismatch was answered with, and how long it is
#: asked for its picture, which it has none of while another takes its place.
_ARRIVING = 10.0
_PICTURE = 10.0

# Pages that compute with today's date see the day of the recording; timers and the browser's own
# clock go on as ever.
_CLOCK = """
(() => {
  const shift = %d, Real = Date, now = () => Real.now() + shift;
  globalThis.Date = new Proxy(Real, {
    construct: (real, told, made) => Reflect.construct(real, told.length ? told : [now()], made),
    apply: () => new Real(now()).toString(),
    get: (real, name) => name === 'now' ? now : Reflect.get(real, name),
  });
})();
"""


def clock(recorded_at: datetime) -> str:
    """Return the script that sets a page's clock."""
    return _CLOCK % ((recorded_at - datetime.now(UTC)).total_seconds() * 1000)


class PageWatch:
    """Watches the pages of one replay.

    ``ask`` is told of requests to hosts that are not among ``hosts``, and says whether that was a
    mismatch. ``clock`` is the script that sets a page's. Into ``folder`` goes what is kept of a
    mismatch: the page as a picture and as HTML, and with ``traced`` a trace of each site. All but
    the making is for the lane's thread.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        ask: Callable[[Entry], bool],
        clock: str,
        folder: Path | None,
        *,
        traced: bool,
    ) -> None:
        self.kept: list[Path] = []
        self._hosts = frozenset(hosts)
        self._ask = ask
        self._clock = clock
        self._folder = folder
        self._traced = traced and folder is not None
        self._lines: dict[str, FlowLine] = {}
        self._contexts: dict[str, BrowserContext] = {}
        self._ended = self._taking = False

    def flow(self) -> str:
        """Return where the flow is just now, for any thread."""
        return next((line for read in list(self._lines.values()) if (line := read.named())), "")

    def on_page(self, site: str, page: Page) -> None:
        """Watch the context of a new page."""
        self._lines[site] = FlowLine()
        if self._contexts.get(site) is page.context:
            return
        self._contexts[site] = page.context
        page.context.add_init_script(self._clock)
        # Functions, as Playwright would write on the owner of a method.
        page.context.on("response", partial(PageWatch._seen, self))
        page.context.on("requestfailed", partial(PageWatch._failed, self))
        if self._traced:
            page.context.tracing.start(screenshots=True, snapshots=True)

    def close(self) -> None:
        """Close every page, and keep the proof that was taken and the traces."""
        with contextlib.suppress(PlaywrightError):
            for page in [page for context in self._contexts.values() for page in context.pages][:1]:
                while self._taking:
                    page.wait_for_timeout(20)
        # while one closes, other events come in here
        contexts = self._contexts
        self._contexts = {}
        for site, context in contexts.items():
            with contextlib.suppress(PlaywrightError):
                if self._traced and self._folder is not None:
                    context.tracing.stop(path=self._keep(self._folder / f"trace-{site}.zip"))
            with contextlib.suppress(PlaywrightError):
                context.close()

    def _seen(self, response: Response) -> None:
        if response.status == MISMATCH:
            self._end(response.request)

    def _failed(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if not request.url.startswith("http") or host in self._hosts:
            return
        resource = "Document" if _is_of_a_page(request) else "XHR"
        if self._ask(Entry(request.method, request.url, resource=resource)):
            self._end(request)

    def _end(self, request: Request) -> None:
        if self._ended:
            return
        self._ended = self._taking = True
        try:
            if self._folder is not None:
                with contextlib.suppress(PlaywrightError):
                    self._keep_proof(request, self._folder)
        finally:
            self._taking = False
        self.close()

    def _keep_proof(self, request: Request, folder: Path) -> None:
        live = request.frame.page
        arrived: list[Page] = []

        # A function, as Playwright would write on the owner of a method.
        def arrive(page: Page) -> None:
            arrived.append(page)

        # Before anything that lets events in, as this one may be on its way.
        live.once("domcontentloaded", arrive)
        folder.mkdir(parents=True, exist_ok=True)
        end = time.monotonic() + _ARRIVING
        while _is_of_a_page(request) and not arrived and time.monotonic() < end:
            live.wait_for_timeout(20)
        self._keep(_picture(live, folder / "mismatch.png"))
        (folder / "mismatch.html").write_text(live.content(), encoding="utf-8")
        self._keep(folder / "mismatch.html")

    def _keep(self, file: Path) -> Path:
        self.kept.append(file)
        return file


def _is_of_a_page(request: Request) -> bool:
    """Tell whether a request loads a page, and no frame or anything else of one."""
    return request.is_navigation_request() and request.frame.parent_frame is None


def _picture(live: Page, file: Path) -> Path:
    end = time.monotonic() + _PICTURE
    while True:
        try:
            live.screenshot(path=file, timeout=30_000)
        except PlaywrightError:
            if live.is_closed() or time.monotonic() > end:
                raise
            live.wait_for_timeout(50)
        else:
            return file
