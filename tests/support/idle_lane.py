"""A lane that starts nothing, for commands whose robot is not the real one."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from robot import browser
from robot.browser.launch import driver


def start_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a lane that starts no driver and no browser in the place of the real one."""
    lane = SimpleNamespace(begin=lambda _work: None)
    monkeypatch.setattr(driver, "HeadStart", lambda _home: None)
    monkeypatch.setattr(browser, "Lane", lambda *_args, **_more: nullcontext(lane))
