"""With which flags Chromium is started."""

from __future__ import annotations

import os
import time
from contextlib import suppress

import psutil
import pytest

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.browser.launch import driver as driver_module
from robot.browser.launch import processes
from robot.browser.launch.chromium import find_browser, launch_profile
from robot.browser.launch.driver import HeadStart, start_driver
from robot.browser.launch.options import LaneOptions
from robot.browser.launch.profiles import locked_profile
from robot.browser.launch.user_agent import PRODUCT
from robot.browser.proxy import dialer
from robot.browser.proxy.proxy import Proxy
from robot.cancellation.request import CancelRequest
from robot.settings import Settings
from robot.standin.scenarios import BY_SLUG
from tests.support.stage import settings_for


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


def user_agents(browser):
    """What a site is sent, and what its scripts see."""
    live = browser.tab("amazon_business").live
    answer = live.goto("https://www.amazon.com/")
    sent = answer.request.all_headers()["user-agent"]
    return sent, live.evaluate("navigator.userAgent")


@pytest.mark.parametrize("setting, named", [("", False), ("off", False), ("on", True)])
def test_sites_are_told_the_program_by_setting(stage, setting, named):
    """What a site is sent, and what its scripts see, is the browser's own with our name behind."""
    robot = stage.robot(VENDORFIRST_USER_AGENT=setting)
    for told in robot.cases.lane.run(user_agents):
        assert told.startswith("Mozilla/5.0 ")
        assert told.endswith(f" {PRODUCT}") is named


def test_a_browser_with_a_window_names_the_program(tmp_path):
    headed = LaneOptions(Settings(tmp_path, ""), headed=True)
    assert headed.names_product
    assert not LaneOptions(Settings(tmp_path, "")).names_product
    assert not LaneOptions(Settings(tmp_path, "", user_agent=False), headed=True).names_product


def test_site_is_told_the_program_by_a_browser_with_a_window(standin, tmp_path):
    """It is started as one with a window is; that there is no screen, only Chromium is told."""
    path = find_browser(Settings(tmp_path, ""), shell=False)
    if "shell" in path.name:
        pytest.skip("there is no full Chromium here")
    browser = tmp_path / "chromium"
    browser.write_text(f'#!/bin/sh\nexec {path} --headless=new "$@"\n')
    browser.chmod(0o755)
    told = settings_for(standin, tmp_path, VENDORFIRST_CHROMIUM=str(browser))
    with Lane(told, headed=True) as lane:
        for user_agent in lane.run(user_agents):
            assert user_agent.startswith("Mozilla/5.0 ")
            assert user_agent.endswith(f" {PRODUCT}")


def test_full_chromium_with_a_kept_profile_reaches_nobody(tmp_path, monkeypatch):
    """What it asks of itself (accounts, its own updates) is refused and counted by the relay."""
    settings = Settings(tmp_path, "")
    path = find_browser(settings, shell=False)
    if "shell" in path.name:
        pytest.skip("there is no full Chromium here")
    dialled = []

    async def connect(host, port):
        dialled.append((host, port))
        raise OSError

    monkeypatch.setattr(dialer, "_connect", connect)
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    relay = Proxy({}).start()
    driver = start_driver()
    try:
        with locked_profile(tmp_path, "amazon_business", 1) as folder:
            context = launch_profile(
                driver, settings, folder, {"server": relay.server}, headed=False
            )
            end = time.monotonic() + 60
            while not relay.refused and time.monotonic() < end:
                context.pages[0].wait_for_timeout(200)
            context.close()
    finally:
        driver.stop()
        relay.stop()
    assert dialled == []
    assert set(relay.refused) <= dialer.BROWSERS_OWN


def test_what_the_driver_compiled_is_kept_in_the_home(standin, tmp_path, monkeypatch):
    """Nobody else may write to it, as it is run; the own environment stays as it was."""
    monkeypatch.delenv("NODE_COMPILE_CACHE", raising=False)
    with Lane(settings_for(standin, tmp_path)) as lane:
        lane.run(LaneBrowser.start_browser)
        assert "NODE_COMPILE_CACHE" not in os.environ
    folder = tmp_path / "driver"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert any(file.is_file() for file in folder.rglob("*"))


def test_no_home_is_made_for_what_the_driver_compiled(standin, tmp_path, monkeypatch):
    """A command that is refused leaves nothing behind, and the browser starts before it is."""
    monkeypatch.delenv("NODE_COMPILE_CACHE", raising=False)
    home = tmp_path / "none"
    with Lane(settings_for(standin, home)) as lane:
        lane.run(LaneBrowser.start_browser)
    assert not home.exists()


@pytest.mark.parametrize("dry_run, tabs", [(False, 2), (True, 1)])
def test_tab_of_a_press_opens_after_the_look(stage, dry_run, tabs):
    """It opens while what was read is written down; where nothing is pressed, there is none."""
    robot = stage.robot()
    wanted = CancelRequest("amazon_business", BY_SLUG["shipped"].number, None, dry_run=dry_run)
    robot.run([wanted])

    def count(browser):
        return len(browser.tab("amazon_business").live.context.pages)

    assert robot.cases.lane.run(count) == tabs


def drivers() -> set[int]:
    """The processes of Playwright's drivers that this process has started."""
    found = set()
    for process in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "run-driver" in process.cmdline():
                found.add(process.pid)
    return found


def test_a_driver_that_the_kernel_does_not_list_is_known(tmp_path, monkeypatch):
    """The list of a process's children may lack one while another ends, by Linux's own words."""
    monkeypatch.setattr(processes, "_started_by", lambda *_: [])
    with Lane(Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})) as lane:
        lane.run(LaneBrowser.start_browser)
        driver = lane.run(lambda browser: browser._processes._driver)
        assert "run-driver" in driver.cmdline()
        started = driver.children(recursive=True)
    assert started
    assert not any(processes.is_alive(one) for one in (driver, *started))


def test_the_tabs_of_a_site_share_a_process(tmp_path):
    with Lane(Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})) as lane:
        lane.run(lambda browser: [browser.tab("shop", number).live for number in range(3)])
        driver = lane.run(lambda browser: browser._processes._driver)
        commands = [process.cmdline() for process in driver.children(recursive=True)]
    assert sum("--type=renderer" in words for words in commands) == 1


@pytest.mark.parametrize("kernel_tells", [True, False])
def test_a_lane_knows_its_processes(tmp_path, monkeypatch, kernel_tells):
    asked = []
    children = psutil.Process.children

    def look_through_all(process, *, recursive=False):
        asked.append(process)
        return children(process, recursive=recursive)

    monkeypatch.setattr(psutil.Process, "children", look_through_all)
    assert processes._IS_TOLD or not kernel_tells, "this kernel does not tell"
    monkeypatch.setattr(processes, "_IS_TOLD", kernel_tells)
    with Lane(Settings(tmp_path, "", resolve={"shop.example": "127.0.0.1:1"})) as lane:
        lane.run(LaneBrowser.start_browser)
        driver = lane.run(lambda browser: browser._processes._driver)
        assert "run-driver" in driver.cmdline()
        # It takes as long as this machine has processes, and all who start a robot wait for it.
        assert bool(asked) is not kernel_tells
        started = children(driver, recursive=True)
    assert started
    assert not any(processes.is_alive(one) for one in (driver, *started))


def test_lane_goes_on_with_the_driver_of_a_head_start(standin, tmp_path):
    """It starts none beside it, kills it as its own, and leaves none behind."""
    settings = settings_for(standin, tmp_path)
    before = drivers()
    with Lane(settings, start=HeadStart(settings.home)) as lane:
        lane.run(LaneBrowser.start_browser)
        (first,) = drivers() - before
        lane.kill()
        assert drivers() == before
        lane.run(LaneBrowser.start_browser)
        (second,) = drivers() - before
        assert second != first
    assert drivers() == before


def test_head_start_that_failed_is_made_up_for_by_the_lane(standin, tmp_path, monkeypatch):
    """What went wrong is met again where it matters, or was of the moment."""
    settings = settings_for(standin, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(driver_module, "sync_playwright", None)
        start = HeadStart(settings.home)
        start.thread.submit(int).result(30)
    with Lane(settings, start=start) as lane:
        assert lane.run(LaneBrowser.version)
