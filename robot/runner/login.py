"""Let a person sign in once, in a browser that they see, and keep the session.

Nothing is typed for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError

from robot.browser.contexts import LaneBrowser
from robot.browser.errors import translate_error
from robot.browser.lane import Lane
from robot.browser.launch.chromium import TIMEOUT
from robot.browser.snapshot import take_snapshot
from robot.errors import BadInput, SystemFailure
from robot.problems import Problem
from robot.runner.preflight import check_home, check_screen
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.sites.site_file import Site

#: How long (s) a person may take.
PATIENCE = 600.0


def log_in(
    name: str, settings: Settings, say: Callable[[str], None], patience: float = PATIENCE
) -> Path:
    """Open the site for a person, and wait until they are in.

    Returns where the session is kept. Raises BadInput, SystemFailure.
    """
    site = Sites(settings.selectors).site(name)
    if not site.signed_in:
        msg = f"{site.title} has no session of its own."
        raise BadInput(
            msg,
            next_step=(
                "Sign in where the work is: vendorfirst login amazon_business, or vendorfirst login"
                " realsource. The others are met on the way."
            ),
        )
    check_screen()
    check_home(settings.home)
    with Lane(settings, headed=True) as lane:
        say(
            f"Sign in to {site.title} in the window that opens. It closes by itself when you"
            " are in."
        )
        return lane.run(lambda browser: _wait(browser, site, patience))


def _wait(browser: LaneBrowser, site: Site, patience: float) -> Path:
    live = browser.tab(site.name).live
    end = time.monotonic() + patience
    try:
        live.goto(site.url("login"), wait_until="domcontentloaded", timeout=TIMEOUT)
    except PlaywrightError as error:
        refusal = browser.refusal(site.name)
        raise translate_error(error, site.title, refusal) from None
    while time.monotonic() < end:
        try:
            page = take_snapshot(live)
            if page.screen(site) in site.signed_in:
                if browser.save_session(site.name):
                    return browser.session_file(site.name)
                msg = f"The session can't be written to {browser.session_file(site.name)}."
                raise SystemFailure(
                    msg,
                    problem=Problem.LOGIN_GIVEN_UP,
                    next_step="Make room on the disk, then run it again.",
                )
            live.wait_for_timeout(500)
        except PlaywrightError as error:
            problem = translate_error(error, site.title)
            if problem.problem == Problem.BROWSER_DIED:
                msg = "The window was closed before the sign-in was complete. No session was kept."
                raise SystemFailure(msg, problem=Problem.LOGIN_GIVEN_UP) from None
    msg = "Nobody signed in within ten minutes. No session was kept."
    raise SystemFailure(
        msg,
        problem=Problem.LOGIN_GIVEN_UP,
        next_step=f"Run it again: vendorfirst login {site.name}",
    )
