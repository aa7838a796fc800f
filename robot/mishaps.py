"""A Playwright error as one of ours, in the user's words."""

from __future__ import annotations

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from robot.problems import BrowserDied, SiteDown, SystemFailure

_DEAD = ("has been closed", "crashed", "Connection closed", "Target closed", "browserType.launch", "disconnected")


def translate(error: PlaywrightError, site: str) -> SystemFailure:
    """A Playwright error as one of ours. ``site`` is the title that the sentence begins with."""
    said = error.message.splitlines()[0] if error.message else type(error).__name__
    if any(word in said for word in _DEAD):
        return BrowserDied(
            "The browser died or could not be started.", next_step="Run it again; see vendorfirst doctor."
        )
    if isinstance(error, PlaywrightTimeout):
        return SiteDown(f"{site} did not answer in time.", next_step="Look whether the site is up, then run it again.")
    if "net::" in said:
        reason = said.partition("net::")[2].split()[0]
        return SiteDown(
            f"{site} can't be reached ({reason}).", next_step="Look whether the site is up, then run it again."
        )
    return SystemFailure(f"{site}: the page could not be used ({type(error).__name__}).", problem="page_error")
