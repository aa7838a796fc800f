"""A Playwright error as one of ours, in the user's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from robot.errors import BrowserDied, SiteDown, SystemFailure
from robot.problems import Problem

_DEAD = (
    "has been closed",
    "crashed",
    "onnection closed",
    "Target closed",
    "BrowserType.",
    "browserType.",
    "disconnected",
)


def translate_error(error: PlaywrightError, site: str, refusal: str = "") -> SystemFailure:
    """Return a Playwright error as one of ours.

    ``site`` is the title that the sentence begins with, ``refusal`` what another proxy said that
    lets nothing through.
    """
    said = error.message.splitlines()[0] if error.message else type(error).__name__
    if "Executable doesn't exist" in said:
        step = (
            "There: playwright install chromium; or start it with --unsafe and set"
            " VENDORFIRST_CHROMIUM to its path."
        )
        return BrowserDied(
            "The remote Playwright server has no browser of its own.", next_step=step
        )
    if any(word in said for word in _DEAD):
        return BrowserDied(
            "The browser died or could not be started.",
            next_step="Run it again; see vendorfirst doctor.",
        )
    if isinstance(error, PlaywrightTimeout):
        return SiteDown(
            f"{site} did not answer in time.",
            next_step="Look whether the site is up, then run it again.",
        )
    if "net::" in said:
        return _unreachable(site, said.partition("net::")[2].split()[0], refusal)
    return SystemFailure(
        f"{site}: the page could not be used ({type(error).__name__}).", problem=Problem.PAGE_ERROR
    )


def _unreachable(site: str, reason: str, refusal: str) -> SystemFailure:
    """Return why Chromium's network error ``reason`` kept a site from being reached."""
    if reason == "ERR_PROXY_CONNECTION_FAILED":
        msg = "The browser can't reach the relay that leads it to the sites."
        step = (
            "A remote browser's machine must be able to connect to this one: see “Many"
            " machines” in the README."
        )
        return SystemFailure(msg, problem=Problem.NO_WAY_OUT, next_step=step)
    if refusal:
        msg = f"The proxy that HTTPS_PROXY names lets nothing through to {site}: {refusal}."
        step = "Mend HTTPS_PROXY, or ask who runs the proxy; then run it again."
        return SystemFailure(msg, problem=Problem.PROXY_REFUSED, next_step=step)
    return SiteDown(
        f"{site} can't be reached ({reason}).",
        next_step="Look whether the site is up, then run it again.",
    )


@contextmanager
def translating(site: str) -> Iterator[None]:
    """Raise what Playwright raises in here as one of ours."""
    try:
        yield
    except PlaywrightError as error:
        raise translate_error(error, site) from None
