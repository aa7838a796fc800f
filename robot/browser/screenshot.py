"""Screenshots with every private part covered."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from robot.browser.errors import translate_error
from robot.problems import Problem

if TYPE_CHECKING:
    from playwright.sync_api import Page

_TRIES = 3


def take_screenshot(live: Page, title: str, private: Iterable[str], names: Iterable[str]) -> bytes:
    """Take a JPEG of what is on the screen, with the private parts covered.

    These are what ``private`` (CSS) selects and every text of ``names``. ``title`` is the site's,
    for the sentence of a SystemFailure.
    """
    masks = [live.get_by_text(name) for name in names]
    if css := ", ".join(private):
        masks.append(live.locator(css))
    for left in reversed(range(_TRIES)):
        try:
            return live.screenshot(
                type="jpeg",
                quality=60,
                mask=masks,
                mask_color="#8a8f98",
                animations="disabled",
                timeout=10_000,
            )
        except PlaywrightError as error:
            problem = translate_error(error, title)
            if not left or problem.problem == Problem.BROWSER_DIED:
                raise problem from None
            time.sleep(0.2)  # a navigation was under way
    raise AssertionError  # pragma: no cover - the last try returns or raises
