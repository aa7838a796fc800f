"""Ticking a box, also one that lies under its label, has no size, or is not shown at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from playwright.sync_api import Locator

_CLICK = "(box, on) => { if (box.checked !== on) box.click(); }"


def tick(box: Locator, *, on: bool) -> None:
    """Tick or clear a box, whatever state it has. Raises Playwright's errors."""
    try:
        # The styled box lies under its label, where Playwright would wait for ever to reach it: force.
        box.set_checked(on, timeout=1_500, force=True)
    except PlaywrightError:
        # One without a size can't be hit with force either.
        box.evaluate(_CLICK, on, timeout=5_000)
