"""Finding an element of a site file on a live page, and setting a checkbox.

Only what is visible is found.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from robot.sites.site_file import Element

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Locator, Page


def locate(live: Page, element: Element) -> Locator:
    """Find the visible matches of the first candidate that has any.

    Only what is inside the element's frame and scope counts.
    """
    root: Page | FrameLocator | Locator = (
        live.frame_locator(element.frame) if element.frame else live
    )
    if element.scope:
        root = root.locator(element.scope)
    *earlier, last = _candidates(root, element)
    return next((found for found in earlier if found.count()), last)


def _candidates(root: Page | FrameLocator | Locator, element: Element) -> list[Locator]:
    found = []
    for candidate in element.candidates:
        if candidate.role is not None:
            called = candidate.name or element.text
            name = re.compile(called, re.IGNORECASE) if called else None
            locator = (
                root.get_by_role(candidate.role, name=name)
                if name
                else root.get_by_role(candidate.role)
            )
        else:
            locator = root.locator(candidate.css or "*")
        if candidate.text is not None:
            locator = locator.filter(has_text=re.compile(candidate.text, re.IGNORECASE))
        found.append(locator if element.hidden else locator.filter(visible=True))
    return found


#: How long (ms) a control may take to come to rest where the mouse reaches it.
_REACH = 1_500


def is_reachable(control: Locator) -> bool:
    """Tell whether a click would arrive at a control, by a trial that clicks nothing."""
    try:
        control.click(trial=True, timeout=_REACH)
    except PlaywrightError:
        return False
    return True


_COVERING = """(control) => {
  const box = control.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (!top) return '';
  const layer = top.closest('[id]') || top;
  return layer.id ? '#' + layer.id : layer.tagName.toLowerCase();
}"""


def covering(control: Locator) -> str:
    """Name what lies over a control by its id or its tag.

    Its words may be private.
    """
    try:
        name = str(control.evaluate(_COVERING, timeout=_REACH))
    except PlaywrightError:
        name = ""
    return f"another part of the page ({name})" if name else "something that is not on the page"


_CLICK = "(box, on) => { if (box.checked !== on) box.click(); }"


def set_checked(box: Locator, *, on: bool) -> None:
    """Tick a box or clear it, whatever state it has.

    Raises Playwright's errors.
    """
    try:
        # The styled box lies under its label, where Playwright would wait for ever to reach it:
        # force.
        box.set_checked(on, timeout=1_500, force=True)
    except PlaywrightError:
        # One without a size can't be hit with force either.
        box.evaluate(_CLICK, on, timeout=5_000)
