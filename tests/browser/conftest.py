"""What several modules of browser tests share."""

from __future__ import annotations

import pytest

from robot.browser.visit import Visit
from robot.sites import one_time_codes
from robot.standin.server import Standin
from tests.support.console_browser import Browsers, ConsoleServer
from tests.support.workers import Scene

# --- the console, each module's own ---------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Stand-in sites without a worker, so that what waits goes on waiting."""
    with Standin() as standin:
        scene = Scene(standin, tmp_path_factory.mktemp("home"))
        yield scene
        scene.end()


@pytest.fixture(scope="module")
def server(scene):
    """A console over the scene's database."""
    server = ConsoleServer(scene)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browsers(server):
    """One Chromium for everybody."""
    browsers = Browsers(server)
    yield browsers
    browsers.close()


# --- signing in -----------------------------------------------------------------------------------


@pytest.fixture
def hurried(monkeypatch):
    """Codes are minted at once, and no page is waited for longer than two seconds."""
    monkeypatch.setattr(one_time_codes, "_TOO_LATE", 0.0)
    patient = Visit.wait_for_screen

    def settle(self, *wanted, seconds=10.0, leaving=None):
        return patient(self, *wanted, seconds=min(seconds, 2.0), leaving=leaving)

    monkeypatch.setattr(Visit, "wait_for_screen", settle)
