"""A console that real browsers open, over stand-in sites with a worker that is a real command."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from robot import settings
from robot.browser.launch.chromium import launch
from robot.browser.launch.driver import start_driver
from robot.console.context import Console
from robot.console.roles import Role
from robot.console.server import link, listen, make_server
from robot.sites.registry import Sites
from tests.support.stage import settings_for
from tests.support.workers import PATIENCE, Scene

#: A name that leads to this machine, as one does that somebody rebinds.
REBOUND = "rebound.example"


class ConsoleServer:
    """A console that can be stopped and started again on its port."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.settings = settings_for(scene.standin, scene.home)
        self.port = 0
        self.start()

    def start(self) -> None:
        listener = listen(self.port)
        self.port = listener.getsockname()[1]
        self.console = Console(self.settings, self.scene.database, Sites(), self.port)
        self._server = make_server(self.console)
        run = {"sockets": [listener]}
        self._thread = threading.Thread(target=self._server.run, kwargs=run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def invite(self, role: Role, name: str) -> str:
        return link(self.port, self.console.invites.make(name, role, "a test"))


@dataclass
class Person:
    """Somebody at a browser of their own.

    ``faults`` is what no page may do: an error in the console, or a request to elsewhere.
    """

    context: BrowserContext
    page: Page
    server: ConsoleServer
    faults: list[str] = field(default_factory=list)

    def open(self, path: str = "/cancel") -> Page:
        self.page.goto(f"{self.server.console.address}{path}")
        return self.page

    def tab(self, path: str) -> Page:
        page = self.context.new_page()
        page.goto(f"{self.server.console.address}{path}")
        return page


class Browsers:
    """Gives each person a context of one Chromium, which finds no host but this machine."""

    def __init__(self, server: ConsoleServer) -> None:
        self.server = server
        self._driver = start_driver()
        found = {"VENDORFIRST_RESOLVE": f"{REBOUND}=127.0.0.1:{server.port}"}
        self._browser: Browser = launch(self._driver, settings.from_values(found), headed=False)

    def close(self) -> None:
        self._browser.close()
        self._driver.stop()

    @contextmanager
    def person(self, role: Role = Role.APPROVER, name: str = "Ann", **more) -> Iterator[Person]:
        """Somebody who is signed in, and whose pages did nothing that they may not."""
        context = self._browser.new_context(**more)
        context.set_default_timeout(PATIENCE * 1000)
        person = Person(context, context.new_page(), self.server)
        own = f"http://127.0.0.1:{self.server.port}/"
        context.on("console", lambda said: _note_error(person.faults, said))
        context.on("weberror", lambda error: person.faults.append(str(error.error)))
        context.on("request", lambda asked: _note_elsewhere(person.faults, asked.url, own))
        try:
            person.page.goto(self.server.invite(role, name))
            person.page.get_by_role("button", name="Sign in").click()
            person.page.wait_for_url("**/cancel")
            yield person
            assert person.faults == [], person.faults
        finally:
            context.close()


def _note_error(faults: list[str], said) -> None:
    if said.type == "error":
        faults.append(said.text)


def _note_elsewhere(faults: list[str], url: str, own: str) -> None:
    if not url.startswith(own):
        faults.append(f"a request to {url}")
