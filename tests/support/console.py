"""A console in this process, and people who are signed in to it."""

from __future__ import annotations

import html
import re
import threading
from dataclasses import dataclass, field, replace
from typing import ClassVar

from anyio.from_thread import BlockingPortal
from starlette.testclient import TestClient

from robot import settings
from robot.cancellation.orders import OrderFacts
from robot.cancellation.request import case_id
from robot.console.app import make_app
from robot.console.context import Console
from robot.console.roles import Role
from robot.console.views import COOKIE
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.facts import LIVE, VENDOR
from tests.support.fake_systems import SITES, FakeSystems, cases_for
from tests.support.turns import claim, take_begun

PORT = 8321
NUMBER = "111-0000001-0000001"
PO_NUMBER = "P0100001"


def open_console(database: Database, home, **more) -> Console:
    """A console over a database, with the settings of a stand-in that nobody serves."""
    told = {"VENDORFIRST_HOME": str(home), "VENDORFIRST_RESOLVE": "www.amazon.com=127.0.0.1:1"}
    return Console(settings.from_values(told), database, SITES, PORT, **more)


@dataclass
class Browser:
    """A browser without JavaScript, as a person uses it, who may be signed in."""

    #: The loop that answers all browsers; to start one for each request takes as long as to answer.
    loop: ClassVar[BlockingPortal | None] = None

    client: TestClient
    cookie: str | None = None
    _tokens: dict[str | None, str] = field(default_factory=dict)

    @classmethod
    def of(cls, console: Console, role: Role | None = None, name: str = "Ann") -> Browser:
        client = TestClient(make_app(console), console.address, follow_redirects=False)
        client.portal = cls.loop
        browser = cls(client)
        if role is not None:
            secret = console.invites.make(name, role, "a test")
            browser.enter(secret)
        return browser

    def enter(self, secret: str, **headers: str):
        """Use a link up, and keep its cookie."""
        told = {**self._own(), **headers}
        answer = self.client.post("/enter", data={"key": secret}, headers=told)
        cookie = answer.headers.get("set-cookie", "")
        found = re.match(rf"{COOKIE}=([^;]+)", cookie)
        self.cookie = found.group(1) if found else None
        self.client.cookies.clear()
        return answer

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers={**self._cookies(), **_dashed(headers)})

    def post(self, path: str, data=None, files=None, token: str | None = None, **headers: str):
        """Send a form with the session's token, from one of our own pages."""
        told = {"token": self.token() if token is None else token, **(data or {})}
        own = {**self._own(), **self._cookies(), **_dashed(headers)}
        return self.client.post(path, data=told, files=files, headers=own)

    def token(self) -> str:
        """The token in the forms of this session, which stays the same."""
        if self.cookie not in self._tokens:
            page = self.get("/log").text
            found = re.search(r'name="token" value="([0-9a-f]+)"', page)
            self._tokens[self.cookie] = found.group(1)
        return self._tokens[self.cookie]

    def _own(self) -> dict[str, str]:
        return {"origin": str(self.client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}

    def _cookies(self) -> dict[str, str]:
        return {} if self.cookie is None else {"cookie": f"{COOKIE}={self.cookie}"}


def words_of(page: str) -> str:
    """Return what is to be read on a page, without its frame."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


class Office:
    """A console with a worker that a test lets work, at systems without a browser."""

    def __init__(self, console: Console, home) -> None:
        self.console = console
        self.systems = FakeSystems()
        self.order = replace(LIVE, number=NUMBER, po=PO_NUMBER)
        self.table = QueueTable(console.database)
        cases = cases_for(home, console.database, self.systems, settle_seconds=60.0)
        self.lanes = LanePool("w", [Robot(cases)], cases.ledger, threading.Event())

    @property
    def order(self) -> OrderFacts:
        return self.systems.orders[NUMBER]

    @order.setter
    def order(self, facts: OrderFacts) -> None:
        self.systems.orders = {NUMBER: facts}

    def work(self) -> None:
        """Take every turn that is due."""
        while items := claim(self.table, "w", 5):
            for item in items:
                take_begun(self.lanes, item)

    def check(self, browser: Browser, number: str = NUMBER) -> str:
        """Check an order, and return the page that shows it."""
        answer = browser.post("/cancel/check", {"number": number})
        assert answer.status_code == 303, answer.text
        self.work()
        return browser.get(answer.headers["location"]).text

    def facts(self, browser: Browser, number: str = NUMBER) -> str:
        """The hash in the form that asks once more."""
        text = browser.get(f"/cancel/{number}/confirm").text
        return re.search(r'name="facts" value="([0-9a-f]{64})"', text).group(1)

    def approve(self, browser: Browser, facts: str):
        told = {"facts": facts, "reason": "Ordered twice"}
        return browser.post(f"/cancel/{NUMBER}/approve", told)

    def events(self, kind: type) -> list:
        events = self.console.ledger.events(case_id(VENDOR, NUMBER))
        return [event for event in events if isinstance(event, kind)]
