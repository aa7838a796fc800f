"""The tap, which catches every request of a browser context and its answer.

It does so in the browser, before the page gets the answer. A proxy would change how the browser
looks to the sites, and the browser's own HAR loses the body of an answer after which the page is
reloaded. So each answer is held for the milliseconds in which its body is read.
"""

from __future__ import annotations

import base64
import time
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import structlog
from playwright.sync_api import Error as PlaywrightError

from robot.recording.entries import Entry
from robot.recording.flow_line import FlowLine
from robot.recording.rules import MatchRules

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, CDPSession, Page, Request

log = structlog.get_logger()

_EVERYTHING = {"patterns": [{"urlPattern": "*", "requestStage": "Response"}]}
_BODILESS = frozenset({204, 205, 304})
#: Never stored: big, and of no use to a flow.
_DROPPED = frozenset({"Font", "Media"})
_PLAYWRIGHT = {
    "document": "Document",
    "stylesheet": "Stylesheet",
    "image": "Image",
    "script": "Script",
    "xhr": "XHR",
}


class NetworkTap:
    """Catches what a lane's pages send and are answered.

    Give its ``on_page`` to the lane.
    """

    def __init__(self, rules: MatchRules) -> None:
        self._rules = rules
        self._began = time.monotonic()
        self._caught: list[tuple[int, Entry]] = []
        self._sent = 0
        self._tapped: set[tuple[str, str]] = set()
        self._pages = 0
        self._contexts: list[BrowserContext] = []
        self._hops: dict[tuple[int, str], list[Entry]] = defaultdict(list)
        self._cookies: dict[tuple[int, str], list[tuple[int, dict[str, str]]]] = defaultdict(list)

    @property
    def entries(self) -> list[Entry]:
        """Return what was caught, in the order in which the requests began.

        Each entry has the cookies that it set.
        """
        for key, hops in self._hops.items():
            told = self._cookies.pop(key, [])
            for entry in hops:
                at = next((n for n, (status, _) in enumerate(told) if status == entry.status), None)
                if at is not None:
                    lines = {k.lower(): v for k, v in told.pop(at)[1].items()}.get(
                        "set-cookie", ""
                    ).splitlines()
                    entry.headers += [("set-cookie", line) for line in lines]
        return [entry for _, entry in sorted(self._caught, key=lambda pair: pair[0])]

    def on_page(self, site: str, page: Page) -> None:
        """Tap a new page from its first request on.

        The pages that it opens are tapped as soon as they are known.
        """
        line = FlowLine()
        self._page(site, page, line)
        page.on("popup", lambda other: self._page(site, other, line))
        if page.context not in self._contexts:
            self._contexts.append(page.context)
            page.context.on("requestfinished", lambda request: self._untapped(site, request, line))

    def _page(self, site: str, page: Page, line: FlowLine) -> None:
        session = page.context.new_cdp_session(page)
        main = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        order: dict[str, deque[tuple[int, str, float]]] = defaultdict(deque)
        self._pages += 1
        number = self._pages

        def sent(event: dict[str, Any]) -> None:
            self._tapped.add((event["request"]["method"], event["request"]["url"]))
            order[event["requestId"]].append((self._next(), line(), self._now()))

        def paused(event: dict[str, Any]) -> None:
            queue = order[event.get("networkId", "")]
            at, flow, when = queue.popleft() if queue else (self._next(), line(), self._now())
            try:
                entry = self._entry(session, event, is_main=event.get("frameId") == main)
                if entry is not None:
                    entry.flow = flow
                    entry.started = when
                    entry.site = site
                    self._hops[(number, event.get("networkId", ""))].append(entry)
                    self._caught.append((at, entry))
            finally:
                self._go_on(session, event["requestId"])

        def extra(event: dict[str, Any]) -> None:
            self._cookies[(number, event["requestId"])].append(
                (event["statusCode"], event["headers"])
            )

        session.on("Network.requestWillBeSent", sent)
        session.on("Network.responseReceivedExtraInfo", extra)
        session.on("Fetch.requestPaused", paused)
        session.send("Network.enable")
        session.send("Fetch.enable", _EVERYTHING)

    def _entry(self, session: CDPSession, event: dict[str, Any], *, is_main: bool) -> Entry | None:
        request = event["request"]
        status = int(event.get("responseStatusCode", 0))
        url = request["url"] + request.get("urlFragment", "")
        headers = {name.lower(): value for name, value in request["headers"].items()}
        entry = Entry(
            method=request["method"],
            url=url.partition("#")[0],
            sent_type=headers.get("content-type", ""),
            sent=_posted(request),
            status=status,
            headers=[(h["name"].lower(), h["value"]) for h in event.get("responseHeaders", [])],
            error=event.get("responseErrorReason", ""),
            resource=event["resourceType"],
        )
        entry.kind = self._rules.kind(entry, main_frame=is_main)
        if entry.kind == "noise" or entry.resource in _DROPPED or not url.startswith("http"):
            return None
        redirected = 300 <= status < 400
        if (
            status
            and not redirected
            and status not in _BODILESS
            and "event-stream" not in entry.mime
        ):
            try:
                answer = session.send("Fetch.getResponseBody", {"requestId": event["requestId"]})
            except PlaywrightError:
                return entry
            text = answer["body"]
            entry.body = base64.b64decode(text) if answer["base64Encoded"] else text.encode()
        return entry

    @staticmethod
    def _go_on(session: CDPSession, request: str) -> None:
        try:
            session.send("Fetch.continueRequest", {"requestId": request})
        except PlaywrightError:
            log.debug("A held answer was not wanted any more.")

    def _untapped(self, site: str, request: Request, line: FlowLine) -> None:
        """Catch what no page's tap saw.

        Those are frames of other sites, and the first request of a page that a page opened.
        """
        if (
            request.method,
            request.url.partition("#")[0],
        ) in self._tapped or not request.url.startswith("http"):
            return
        try:
            response = request.response()
            entry = Entry(
                request.method,
                request.url.partition("#")[0],
                started=self._now(),
                flow=line(),
                site=site,
            )
            entry.resource = _PLAYWRIGHT.get(request.resource_type, "Other")
            entry.kind = self._rules.kind(entry, main_frame=False)
            if response is None or entry.kind == "noise":
                return
            entry.status = response.status
            entry.sent = request.post_data_buffer or b""
            entry.headers = [(h["name"].lower(), h["value"]) for h in response.headers_array()]
            if not 300 <= entry.status < 400:
                entry.body = response.body()
        except PlaywrightError:
            log.debug("An answer was gone before it could be read.")
            return
        self._caught.append((self._next(), entry))

    def _next(self) -> int:
        self._sent += 1
        return self._sent

    def _now(self) -> float:
        return round(time.monotonic() - self._began, 3)


def _posted(request: dict[str, Any]) -> bytes:
    parts = request.get("postDataEntries")
    if parts and all("bytes" in part for part in parts):
        return b"".join(base64.b64decode(part["bytes"]) for part in parts)
    return str(request.get("postData", "")).encode()
