"""With which flags Chromium is started."""

from __future__ import annotations

from contextlib import suppress

import psutil
import pytest

from robot.browser.launch.options import LaneOptions
from robot.browser.launch.user_agent import PRODUCT
from robot.settings import Settings


def test_what_playwright_switches_off_stays_off(stage):
    """Of a flag that is given twice Chromium heeds the last; ours must hold all that Playwright's
    own does.
    """
    stage.look()
    flag, given = "--disable-features=", []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a zombie counts as one
            words = process.cmdline()
            lists = [word.removeprefix(flag).split(",") for word in words if word.startswith(flag)]
            if len(lists) > 1 and not any(word.startswith("--type=") for word in words):
                given.append(lists)
    assert given, "no browser of the robot's was found"
    for *playwrights, ours in given:
        assert {name for names in playwrights for name in names} - set(ours) == set()
        assert "AutofillServerCommunication" in ours


@pytest.mark.parametrize("setting, named", [("", False), ("off", False), ("on", True)])
def test_sites_are_told_the_program_by_setting(stage, setting, named):
    """What a site is sent, and what its scripts see, is the browser's own with our name behind."""
    robot = stage.robot(VENDORFIRST_USER_AGENT=setting)

    def user_agents(browser):
        live = browser.tab("amazon_business").live
        answer = live.goto("https://www.amazon.com/")
        sent = answer.request.all_headers()["user-agent"]
        return sent, live.evaluate("navigator.userAgent")

    for told in robot.cases.lane.run(user_agents):
        assert told.startswith("Mozilla/5.0 ")
        assert told.endswith(f" {PRODUCT}") is named


def test_a_browser_with_a_window_names_the_program(tmp_path):
    headed = LaneOptions(Settings(tmp_path, ""), headed=True)
    assert headed.names_product
    assert not LaneOptions(Settings(tmp_path, "")).names_product
    assert not LaneOptions(Settings(tmp_path, "", user_agent=False), headed=True).names_product
