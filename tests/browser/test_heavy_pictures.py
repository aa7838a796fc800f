"""A picture of a page as heavy as a shop's shows what that of a light one does.

It is covered at hardly more cost.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from robot import settings
from robot.browser.cover import Shown, cover, uncover
from robot.browser.launch.chromium import launch
from robot.browser.launch.driver import start_driver
from robot.browser.screenshot import Picture, take_screen, take_screenshot
from robot.sites.registry import Sites
from robot.standin.clutter import clutter

PAGES = Path(__file__).parents[1] / "data" / "pages"
SITES = Sites()
SITE_OF = {
    "amazon-order-components": "amazon_business",
    "amazon-list-other-cards": "amazon_business",
    "amazon-cancel-form": "amazon_business",
    "realsource-po-list": "realsource",
    "realsource-po-table": "realsource",
    "duo-prompt": "duo",
}
#: Counts what the browser is asked that may make it work for long.
_COUNT = """
() => {
  window.asked = {};
  const count = (of, name) => {
    const real = of[name];
    of[name] = function (...told) {
      asked[name] = (asked[name] ?? 0) + 1;
      return real.apply(this, told);
    };
  };
  for (const name of ['createRange', 'elementFromPoint', 'elementsFromPoint', 'querySelectorAll'])
    count(Document.prototype, name);
  for (const name of ['closest', 'matches', 'querySelector', 'querySelectorAll', 'animate',
    'getBoundingClientRect', 'getClientRects', 'checkVisibility']) count(Element.prototype, name);
  for (const name of ['getBoundingClientRect', 'getClientRects', 'toString'])
    count(Range.prototype, name);
  count(Highlight.prototype, 'add');
  count(window, 'getComputedStyle');
  const real = Object.getOwnPropertyDescriptor(Node.prototype, 'textContent').get;
  window.texts = 0;
  Object.defineProperty(Node.prototype, 'textContent', {get() {
    texts += 1;
    return real.call(this);
  }});
}
"""
#: Two names of one length, in letters of one width: what they are is all that may differ.
NAMES = ("Quillon", "Wwwwwww")
STYLE = "<style>body { font: 24px monospace; margin: 0 }</style>"
#: How something below the window may tell of somebody.
WAYS = {
    "text": "<p>{}</p>",
    "shadow": "<p style='text-shadow: 0 40px black'>{}</p>",
    "made up": "<style>#made::before {{ content: '{}' }}</style><p id=made></p>",
    "field": "<input value={}>",
    "frame": "<iframe srcdoc='<p>{}</p>'></iframe>",
    "drawing": "<svg width=300 height=40><text y=25>{}</text></svg>",
    "open tree": "<div><template shadowrootmode=open><p>{}</p></template></div>",
    "closed tree": "<div><template shadowrootmode=closed><p>{}</p></template></div>",
}
#: How it may come into the window while the page is covered, before the browser paints again.
COMING = {
    "scrolled to": "window.scrollTo(0, 3000)",
    "moved up": "document.getElementById('gap').style.height = '100px'",
    "put there": "document.body.prepend(document.getElementById('below'))",
}
#: How its picture may be taken: the robot's is a JPEG.
TAKEN = {"to the pixel": lambda live: live.screenshot(caret="initial"), "as kept": take_screen}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A page of a browser of its own."""
    told = settings.load({}, tmp_path_factory.mktemp("heavy"))
    driver = start_driver()
    browser = launch(driver, told, headed=False)
    yield browser.new_page(viewport={"width": 1280, "height": 1000})
    browser.close()
    driver.stop()


def load(live: Page, source: str) -> None:
    live.goto("about:blank")
    live.set_content(source)


def with_clutter(page: str, sections: int) -> str:
    """A page with other things below what the window shows of it."""
    source = (PAGES / f"{page}.html").read_text(encoding="utf-8")
    return source.replace("</body>", f"{clutter(sections)}</body>")


def picture_of(live: Page, page: str, sections: int) -> Picture:
    load(live, with_clutter(page, sections))
    return take_screenshot(live, "a site", Shown.of([SITES.site(SITE_OF[page])], ["quilldoe"]))


@pytest.mark.parametrize("page", SITE_OF)
def test_heavy_page_shows_what_a_light_one_does(page, live):
    light, heavy = picture_of(live, page, 1), picture_of(live, page, 1500)
    assert heavy.marks == light.marks
    assert heavy.jpeg == light.jpeg


def asked(live: Page, page: str, sections: int) -> tuple[dict[str, int], float]:
    """What is asked of a page while it is covered, and how many texts are read for an element."""
    load(live, with_clutter(page, sections))
    live.evaluate(_COUNT)
    cover(live, Shown.of([SITES.site(SITE_OF[page])], ["quilldoe"]))
    counts, texts = live.evaluate("[{...asked}, texts / document.getElementsByTagName('*').length]")
    uncover(live)
    return counts, texts


@pytest.mark.parametrize("page", ["amazon-order-components", "realsource-po-list"])
def test_cost_of_a_cover_does_not_grow_with_the_page(page, live):
    """Nothing that takes long is asked of what is neither public nor in the window."""
    light, _ = asked(live, page, 50)
    heavy, texts = asked(live, page, 1500)
    assert light["createRange"] > 0
    assert light["getComputedStyle"] > 0
    assert heavy == light
    assert texts < 2, "texts are read more often than once to name and once to find what is empty"


@pytest.mark.parametrize("taken", TAKEN)
@pytest.mark.parametrize("coming", COMING)
@pytest.mark.parametrize("way", WAYS)
def test_what_comes_into_the_window_is_covered(way, coming, taken, live):
    """Also what only style sheets, frames, drawings and closed trees show."""
    pictures = []
    for name in NAMES:
        below = f"<div id=below style='height: 3000px'>{WAYS[way].format(name)}</div>"
        load(live, f"{STYLE}<div id=gap style='height: 3000px'></div>{below}")
        cover(live, Shown((), (), (), (), ()))
        live.evaluate(COMING[coming])
        pictures.append(TAKEN[taken](live))
        uncover(live)
        if not way.startswith("closed"):
            assert TAKEN[taken](live) != pictures[-1], "it came into the window"
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("where", ["", "<div><template shadowrootmode=open>{}</template></div>"])
@pytest.mark.parametrize("public", [True, False])
def test_what_style_sheets_make_up_is_seen_in_public_parts_alone(public, where, live):
    pictures = []
    for name in NAMES:
        part = f"<style>b::before {{ content: '{name}'; color: red !important }}</style>"
        part += f"<p class={'public' if public else 'other'}><i><b></b></i></p>"
        load(live, STYLE + (where.format(part) if where else part))
        pictures.append(take_screenshot(live, "a site", Shown((".public",), (), (), (), ())).jpeg)
    assert (pictures[0] != pictures[1]) is public


def test_a_browser_that_knows_no_scopes_shows_nothing_of_it(live):
    pictures = []
    for name in NAMES:
        load(live, f"{STYLE}<style>b::before {{ content: '{name}' }}</style><p class=public><b>")
        live.evaluate("delete window.CSSScopeRule")
        pictures.append(take_screenshot(live, "a site", Shown((".public",), (), (), (), ())).jpeg)
    assert pictures[0] == pictures[1]
