"""Take a live page as a ``PageSnapshot``, in one round trip.

It marks what is not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Error as PlaywrightError

from robot.browser.errors import translate_error
from robot.errors import BrowserDied
from robot.sites.page import MARK, PageSnapshot

if TYPE_CHECKING:
    from playwright.sync_api import Page

# The document is cloned, so that the page's own scripts see no change. Field values never leave the
# page, but for whether a box is ticked and which option is chosen.
_SCRIPT = """
(mark) => {
  if (document.readyState === 'loading') return null;
  const root = document.documentElement, copy = root.cloneNode(true);
  const live = [root, ...root.querySelectorAll('*')], dead = [copy, ...copy.querySelectorAll('*')];
  const shown = (e) => {
    if (!e.checkVisibility({visibilityProperty: true})) return false;
    if (e.childElementCount) return true;
    const box = e.getBoundingClientRect();
    return box.width > 0 || box.height > 0;
  };
  const inline = new Set(
    'SCRIPT STYLE HEAD TITLE META LINK BASE TEMPLATE NOSCRIPT OPTION BR WBR'.split(' '));
  const gone = [];
  for (let i = 0; i < live.length && i < dead.length; i++) {
    const e = live[i], d = dead[i], tag = e.tagName;
    if (tag === 'INPUT') {
      if (e.type === 'checkbox' || e.type === 'radio') d.toggleAttribute('checked', e.checked);
      else if (e.type === 'password') d.removeAttribute('value');
    } else if (tag === 'OPTION') d.toggleAttribute('selected', e.selected);
    else if (tag === 'SCRIPT' && e.type !== 'a-state') gone.push(d);
    else if (tag === 'STYLE' || tag === 'svg' || tag === 'LINK') gone.push(d);
    if (!inline.has(tag) && !shown(e)) d.setAttribute(mark, '');
  }
  gone.forEach((d) => d.remove());
  return [location.href, copy.outerHTML, performance.timeOrigin];
}
"""

_HALF = "The document is still on its way."
_MARK = """([css, name]) => {
  const all = [...document.querySelectorAll(css)];
  all.forEach((e) => e.setAttribute(name, ''));
  return all.length;
}"""

_STATUS = "() => performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0"


def take_snapshot(live: Page) -> PageSnapshot:
    """Return the page as it is now.

    Raises Playwright's errors while a navigation is under way or the HTML is still coming. Of half
    a page anything could be read: an order without its last lines, a form without its last field.
    """
    found = live.evaluate(_SCRIPT, MARK)
    if found is None:
        raise PlaywrightError(_HALF)
    url, source, document_id = found
    return PageSnapshot(url, source, document_id)


def read_page(live: Page, title: str) -> PageSnapshot | None:
    """Return the page as it is now, or None while a navigation is under way.

    ``title`` is the site's, for the sentence of a BrowserDied.
    """
    try:
        return take_snapshot(live)
    except PlaywrightError as error:
        problem = translate_error(error, title)
        if isinstance(problem, BrowserDied):
            raise problem from None
        return None


def mark(live: Page, css: str, name: str) -> int:
    """Put an attribute on all elements that ``css`` selects.

    Returns how many there were. Raises Playwright's errors.
    """
    return int(live.evaluate(_MARK, [css, name]))


def http_status(live: Page) -> int:
    """Return the HTTP status of the document, or 0 where it can't be told."""
    try:
        return int(live.evaluate(_STATUS))
    except PlaywrightError:
        return 0
