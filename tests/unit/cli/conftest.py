"""What the tests of the command line share."""

from __future__ import annotations

import pytest

from robot.browser.launch import driver


@pytest.fixture
def no_browser(monkeypatch):
    """A browser that is started fails the test."""

    def never(*_args, **_more):
        pytest.fail("a browser was started")

    monkeypatch.setattr(driver, "sync_playwright", never)
