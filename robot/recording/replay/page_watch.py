"""The watch over a replay's pages.

A mismatch closes them all at once, and leaves its proof behind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

from robot.recording.entries import Entry
from robot.recording.flow_line import FlowLine
from robot.recording.replay.server import MISMATCH

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request, Response

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
            self._end(lambda: response.frame.page)

    def _failed(self, request: Request) -> None:
        host = urlsplit(request.url).hostname
        if not request.url.startswith("http") or host in self._hosts:
            return
        main = request.is_navigation_request() and request.frame.parent_frame is None
        if self._ask(Entry(request.method, request.url, resource="Document" if main else "XHR")):
            self._end(lambda: request.frame.page)

    def _end(self, page: Callable[[], Page]) -> None:
        if self._ended:
            return
        self._ended = self._taking = True
        if self._folder is not None:
            with contextlib.suppress(PlaywrightError):
                self._folder.mkdir(parents=True, exist_ok=True)
                live: Any = page()
                live.screenshot(path=self._folder / "mismatch.png", timeout=30_000)
                self._keep(self._folder / "mismatch.png")
                (self._folder / "mismatch.html").write_text(live.content(), encoding="utf-8")
                self._keep(self._folder / "mismatch.html")
        self._taking = False
        self.close()

    def _keep(self, file: Path) -> Path:
        self.kept.append(file)
        return file
