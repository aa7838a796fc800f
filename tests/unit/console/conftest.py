"""What the console's unit tests share: one console on an empty database."""

from __future__ import annotations

import pytest
from anyio.from_thread import start_blocking_portal

from robot.console.roles import Role
from robot.storage.database import Database
from tests.support.console import Browser, Office, open_console


@pytest.fixture(scope="session", autouse=True)
def _loop():
    with start_blocking_portal() as loop:
        Browser.loop = loop
        yield
        Browser.loop = None


@pytest.fixture
def console(sqlite_url, tmp_path):
    """A console over an empty database."""
    database = Database(sqlite_url)
    yield open_console(database, tmp_path)
    database.close()


@pytest.fixture
def ann(console):
    """The browser of an approver, Ann."""
    return Browser.of(console, Role.APPROVER)


@pytest.fixture
def office(console, tmp_path):
    """A console with a worker at systems without a browser."""
    return Office(console, tmp_path)
