"""Screenshots that show what a site file names as public, and nothing else."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from robot.browser.cover import Shown, cover, uncover
from robot.browser.errors import translate_error
from robot.cancellation.provenance import Marks
from robot.errors import SystemFailure
from robot.problems import Problem
from robot.sites.page import MARK, PageSnapshot

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

_TRIES = 3
#: Put before a page that is drawn: it loads and runs nothing, and shows only what was shown.
_STILL = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src'
    " 'unsafe-inline'\">"
    f"<style>[{MARK}] {{ display: none !important; }}</style>"
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page, and where on it stands what was read.

    ``document_id`` and ``status`` are of the document that it shows, 0 for what can't be told.
    """

    jpeg: bytes
    marks: Marks
    document_id: float
    status: int


def take_screenshot(live: Page, title: str, shown: Shown) -> Picture:
    """Take a JPEG of what is on the screen, all text covered but what is ``shown``.

    ``title`` is the site's, for the sentence of a SystemFailure.
    """
    for left in reversed(range(_TRIES)):
        try:
            if (picture := _covered(live, shown)) is not None:
                return picture
        except PlaywrightError as error:
            problem = translate_error(error, title)
            if not left or problem.problem == Problem.BROWSER_DIED:
                raise problem from None
        time.sleep(0.2)  # a navigation was under way
    msg = f"{title} went on to other pages while its picture was taken."
    raise SystemFailure(msg, problem=Problem.PAGE_ERROR)


def take_drawing(scratch: Page, page: PageSnapshot, title: str, shown: Shown) -> Picture:
    """Take a JPEG of a page that is gone.

    It is drawn from its HTML, without its style sheets. ``scratch`` is an empty page, on which
    nothing is loaded and nothing runs. Raises Playwright's errors, SystemFailure.
    """
    scratch.set_content(f"{_STILL}{page.source}", wait_until="domcontentloaded")
    return take_screenshot(scratch, title, shown)


def _covered(live: Page, shown: Shown) -> Picture | None:
    """Take one picture of a covered page.

    None where it was not covered to the end: another document may have come, which nobody had
    covered.
    """
    came: list[Frame] = []

    def note(frame: Frame) -> None:
        came.append(frame)

    is_covered = False
    live.on("framenavigated", note)
    try:
        told = cover(live, shown)
        jpeg = take_screen(live)
    finally:
        with suppress(PlaywrightError):  # it is on its way to another document
            is_covered = uncover(live)
        live.remove_listener("framenavigated", note)
    if not is_covered or live.main_frame in came:
        return None
    return Picture(jpeg, told.marks, told.document_id, told.status)


def take_screen(live: Page) -> bytes:
    """Take a JPEG of what is on the screen, covered or not.

    Asked without Playwright, the browser may never answer where the page goes on meanwhile.
    Raises Playwright's errors.
    """
    return live.screenshot(type="jpeg", quality=60, caret="initial", timeout=10_000)
