"""Take a live page as a ``PageSnapshot``, in one round trip.

It marks what is not shown. Where the page is waited for, it tells itself when it has changed, and
is taken then: a page that stays as it is costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import Error as PlaywrightError

from robot.browser.errors import translate_error
from robot.errors import BrowserDied
from robot.sites.hidden import TRANSPARENT
from robot.sites.page import MARK, PageSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Page

    from robot.sites.site_file import Screen

#: How long (s) a page is believed that says it has not changed. What a style sheet or a script
#: shows without a change of the document is seen then.
UNSEEN: Final = 1.0
#: How long (s) a look counts as one of now while the document has not changed since.
FRESH: Final = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """What is waited for before a page is looked at.

    It differs from how it was ``since``, and may be one of the screens of ``guards`` where given:
    CSS that is in the page, seen or not, whenever that screen's guard holds. Then it is left alone
    for ``settle`` (s), as changes come together. All is over after ``seconds``.
    """

    since: PageSnapshot | None
    seconds: float
    settle: float
    guards: tuple[dict[str, tuple[str, ...]], ...] | None = None

    def as_argument(self) -> dict[str, Any]:
        """Return it for the page's script, with times in milliseconds."""
        since = self.since
        return {
            "document": since.document_id if since else 0,
            "url": since.url if since else "",
            "print": since.fingerprint if since else 0,
            "guards": self.guards,
            "most": min(self.seconds, UNSEEN) * 1000,
            "settle": self.settle * 1000,
            "fresh": FRESH * 1000,
        }


def guards_of(screens: Iterable[Screen]) -> tuple[dict[str, tuple[str, ...]], ...] | None:
    """Return what must be in a page that is one of ``screens``.

    None where one of them is not known by its parts.
    """
    found: tuple[dict[str, tuple[str, ...]], ...] = tuple(
        {"all": (*screen.all, *screen.present), "any": screen.any} for screen in screens
    )
    return found if all(one["all"] or one["any"] for one in found) else None


# What looks and waits have in common: a count of the changes of a document, kept in it from the
# first look on, by which one that stays as it is costs next to nothing. It is of what makes parts
# come and go: a style sheet that a script rewrites makes no change, which is why nothing is
# believed for long.
_CHANGES = """
  const KEY = Symbol.for('vf-changes');
  const EVENTS = ['readystatechange', 'load', 'transitionend', 'animationstart', 'animationend',
    'click', 'input', 'change', 'toggle', 'mouseover', 'focusin', 'focusout', 'resize'];
  const changes = () => {
    let kept = globalThis[KEY];
    if (!kept) {
      kept = {count: 0, root: null, chosen: [], taken: -Infinity, wake: () => {}};
      kept.note = () => { kept.count += 1; kept.wake(); };
      kept.watch = new MutationObserver(kept.note);
      Object.defineProperty(globalThis, KEY, {value: kept});
    }
    // A document that is written anew forgets who listens.
    if (kept.root !== document.documentElement) {
      kept.root = document.documentElement;
      kept.count += 1;
      kept.watch.observe(
        document, {attributes: true, characterData: true, childList: true, subtree: true});
      // A window hears of no style sheet that was loaded, and a document of no resize.
      for (const name of EVENTS)
        for (const heard of [globalThis, document]) heard.addEventListener(name, kept.note, true);
    }
    // What a script ticks or chooses makes no change and no event.
    const chosen = [...document.querySelectorAll(':checked')];
    const isChosen = (e, nth) => e === kept.chosen[nth];
    const isSame = chosen.length === kept.chosen.length && chosen.every(isChosen);
    if (kept.watch.takeRecords().length || !isSame) kept.count += 1;
    kept.chosen = chosen;
    return kept;
  };
  const isOther = (before) =>
    performance.timeOrigin !== before.document || location.href !== before.url;
  const changed = (before) => new Promise((resolve) => {
    const holds = (css) => {
      try { return document.querySelector(css) !== null; } catch { return true; }
    };
    const mayBeWanted = () => isOther(before) || !before.guards || before.guards.some((guard) =>
      guard.all.every(holds) && (!guard.any.length || guard.any.some(holds)));
    const kept = changes();
    let settling = 0;
    const end = () => {
      clearTimeout(late);
      clearTimeout(settling);
      kept.wake = () => {};
      resolve();
    };
    const look = () => {
      settling = 0;
      changes();
      if (document.readyState !== 'loading' && mayBeWanted()) end();
    };
    const note = () => { settling ||= setTimeout(look, before.settle); };
    const late = setTimeout(end, before.most);
    kept.wake = note;
    if (isOther(before) || kept.count !== before.print) note();
  });
"""
# The document is cloned, so that the page's own scripts see no change. Field values never leave the
# page, but for whether a box is ticked and which option is chosen.
_SCRIPT = (
    "async ([mark, wait, last]) => {"
    f"const transparent = '{TRANSPARENT}';"
    + _CHANGES
    + """
  if (wait) await changed(wait);
  if (document.readyState === 'loading') return null;
  const kept = changes(), isFresh = last && performance.now() - kept.taken < last.fresh;
  if (isFresh && !isOther(last) && kept.count === last.print) return false;
  // What somebody else takes does not make newer what was taken last.
  if (!last) kept.count += 1;
  kept.taken = performance.now();
  const root = document.documentElement, copy = root.cloneNode(true);
  // A field may be drawn by its label, and be transparent itself.
  const fields = new Set(['INPUT', 'SELECT', 'TEXTAREA']);
  const hiddenAs = (e) => {
    if (!e.checkVisibility({visibilityProperty: true})) {
      // One without a box of its own is seen by what it holds.
      const {display, visibility} = getComputedStyle(e);
      return display === 'contents' && visibility === 'visible' ? null : '';
    }
    if (!fields.has(e.tagName) && !e.checkVisibility({opacityProperty: true})) return transparent;
    if (e.childElementCount) return null;
    const box = e.getBoundingClientRect();
    return box.width > 0 || box.height > 0 ? null : '';
  };
  const inline = new Set(
    'SCRIPT STYLE HEAD TITLE META LINK BASE TEMPLATE NOSCRIPT OPTION BR WBR svg'.split(' '));
  const markHidden = (e, d) => {
    if (inline.has(e.tagName)) return;
    const how = hiddenAs(e);
    if (how !== null) {
      d.setAttribute(mark, how);
      return;
    }
    for (let i = e.firstElementChild, o = d.firstElementChild; i && o;
      i = i.nextElementSibling, o = o.nextElementSibling) markHidden(i, o);
  };
  const both = (css, tell) => {
    const dead = copy.querySelectorAll(css);
    root.querySelectorAll(css).forEach((e, nth) => tell(e, dead[nth]));
  };
  markHidden(root, copy);
  both('option', (e, d) => d.toggleAttribute('selected', e.selected));
  both('input', (e, d) => {
    if (e.type === 'checkbox' || e.type === 'radio') d.toggleAttribute('checked', e.checked);
    else if (e.type === 'password') d.removeAttribute('value');
  });
  copy.querySelectorAll('script:not([type=a-state]), style, svg, link').forEach((d) => d.remove());
  return [location.href, copy.outerHTML, performance.timeOrigin, kept.count];
}
"""
)
_WAIT = f"async (wait) => {{{_CHANGES} await changed(wait); }}"

_HALF = "The document is still on its way."
_MARK = """([css, name]) => {
  const all = [...document.querySelectorAll(css)];
  all.forEach((e) => e.setAttribute(name, ''));
  return all.length;
}"""

#: The script that tells the id of the document and its HTTP status.
ORIGIN: Final = """() => [
  performance.timeOrigin,
  performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0,
]"""


def take_snapshot(
    live: Page,
    change: Change | None = None,
    last: PageSnapshot | None = None,
    *,
    anew: bool = False,
) -> PageSnapshot:
    """Return the page as it is now, or after a ``change``.

    Where it still is what was taken ``last``, that is returned, and nothing is parsed anew: the
    page's word for it is believed, but not where it is asked for ``anew``.
    Raises Playwright's errors while a navigation is under way or the HTML is still coming. Of half
    a page anything could be read: an order without its last lines, a form without its last field.
    """
    before = Change(last, 0.0, 0.0).as_argument() if last else None
    if before and anew:
        before["fresh"] = 0.0
    found = live.evaluate(_SCRIPT, [MARK, change.as_argument() if change else None, before])
    if found is None:
        raise PlaywrightError(_HALF)
    if last is not None and (found is False or last.is_still(*found)):
        return last
    url, source, document_id, fingerprint = found
    return PageSnapshot(url, source, document_id, fingerprint)


def read_page(
    live: Page,
    title: str,
    change: Change | None = None,
    last: PageSnapshot | None = None,
    *,
    anew: bool = False,
) -> PageSnapshot | None:
    """Return the page as it is now, or after a ``change``, as ``take_snapshot`` does.

    None while a navigation is under way. ``title`` is the site's, for the sentence of a
    BrowserDied.
    """
    try:
        return take_snapshot(live, change, last, anew=anew)
    except PlaywrightError as error:
        problem = translate_error(error, title)
        if isinstance(problem, BrowserDied):
            raise problem from None
        return None


def wait_for_change(live: Page, title: str, change: Change) -> None:
    """Wait for a change of a live page, and take nothing out of it.

    A navigation is one. ``title`` is as for ``read_page``.
    """
    try:
        live.evaluate(_WAIT, change.as_argument())
    except PlaywrightError as error:
        problem = translate_error(error, title)
        if isinstance(problem, BrowserDied):
            raise problem from None


def mark(live: Page, css: str, name: str) -> int:
    """Put an attribute on all elements that ``css`` selects.

    Returns how many there were. Raises Playwright's errors.
    """
    return int(live.evaluate(_MARK, [css, name]))


def http_status(live: Page) -> int:
    """Return the HTTP status of the document, or 0 where it can't be told."""
    try:
        _, status = live.evaluate(ORIGIN)
    except PlaywrightError:
        return 0
    return int(status)
