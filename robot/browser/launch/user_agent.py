"""Tell sites which program uses the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from robot import __version__

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: What stands behind the browser's own user agent.
PRODUCT: Final = f"vendorfirst/{__version__}"


def name_product(live: Page) -> None:
    """Append this program's name to a page's user agent.

    The page must not have loaded anything yet. Raises Playwright's errors.
    """
    own = str(live.evaluate("navigator.userAgent"))
    session = live.context.new_cdp_session(live)
    session.send("Emulation.setUserAgentOverride", {"userAgent": f"{own} {PRODUCT}"})
