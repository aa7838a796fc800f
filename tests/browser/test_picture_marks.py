"""A picture is marked where what was read stands, and nowhere else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from robot import settings
from robot.browser.cover import Shown
from robot.browser.launch.chromium import launch
from robot.browser.launch.driver import start_driver
from robot.browser.screenshot import take_screenshot
from robot.cancellation.events import EvidenceKept
from robot.cancellation.request import case_id
from robot.sites.registry import Sites
from robot.standin.scenarios import BY_SLUG
from robot.storage.ledger import Ledger
from tests.support.stage import settings_for

PAGES = Path(__file__).parents[1] / "data" / "pages"
SITES = Sites()
PERSON = "Quillon Canaryfeather"
#: What is marked on each page, and the words that stand there.
MARKED = {
    "amazon-order-components": (
        "amazon_business",
        {
            "Order number": ["112-0000051-0000051"],
            "Order’s state": ["Arriving"],
            "Item": ["Label tape"],
            "Total": ["41.07"],
        },
    ),
    "amazon-order-cancelled": ("amazon_business", {"Order’s state": ["has been cancelled"]}),
    "amazon-cancel-outcome": ("amazon_business", {"What came of it": ["successful", "Cancelled"]}),
    "realsource-po-list": (
        "realsource",
        {"PO number": ["P0051420"], "PO’s status": ["Completed"], "Total": ["1,313.34"]},
    ),
    "realsource-po-table": (
        "realsource",
        {"PO number": ["0051421"], "PO’s status": ["Cancelled"], "Total": ["77.10"]},
    ),
    "realsource-unknown": ("realsource", {}),
}
#: The text whose own box holds a point, not that of what lies around it.
_TEXT_AT = """
([x, y]) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects())
      if (box.left <= x && x <= box.right && box.top <= y && y <= box.bottom)
        return walker.currentNode.data;
  }
  return '';
}
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A page of a browser of its own."""
    told = settings.load({}, tmp_path_factory.mktemp("marks"))
    driver = start_driver()
    browser = launch(driver, told, headed=False)
    yield browser.new_page(viewport={"width": 1280, "height": 1000})
    browser.close()
    driver.stop()


def marked(live, site: str, source: str) -> list[tuple[str, str]]:
    """What the marks of a page's picture say, and the text that each lies on."""
    live.goto("about:blank")
    live.set_content(source)
    marks = take_screenshot(live, "a site", Shown.of([SITES.site(site)], [])).marks
    assert (marks.width, marks.height) == (1280, 1000)
    places = [(one.x + one.width / 2, one.y + min(one.height / 2, 8)) for one in marks.places]
    texts = [live.evaluate(_TEXT_AT, place) for place in places]
    return [(mark.what, text.strip()) for mark, text in zip(marks.places, texts, strict=True)]


@pytest.mark.parametrize("page", MARKED)
def test_what_is_read_is_marked(live, page):
    """On pages of any layout, and nothing of a page that nobody knows is."""
    site, wanted = MARKED[page]
    found = marked(live, site, (PAGES / f"{page}.html").read_text(encoding="utf-8"))
    for what, texts in wanted.items():
        for text in texts:
            assert any(text in told for mark, told in found if mark == what), (what, text, found)
    assert {mark for mark, _ in found} >= wanted.keys()
    assert wanted or found == []


def test_what_is_not_seen_is_not_marked(live):
    """A decoy, what lies beneath a dialog, outside the window or its list, or is private."""
    line = "<b data-component=orderId>111-000000{}-0000001</b>"
    found = marked(
        live,
        "amazon_business",
        f"""<div id=orderDetails style="font: 20px sans-serif">
          <p>{line.format(1)}</p>
          <p style="display: none">{line.format(2)}</p>
          <p style="visibility: hidden">{line.format(3)}</p>
          <p style="position: absolute; left: -9000px">{line.format(4)}</p>
          <p style="position: absolute; top: 3000px">{line.format(5)}</p>
          <p data-component=shippingAddress>{line.format(6)} {PERSON}</p>
          <p style="position: absolute; top: 300px">{line.format(7)}</p>
          <div style="position: absolute; top: 600px; height: 30px; overflow: hidden">
            <p style="margin-top: 90px">{line.format(8)}</p>
          </div>
          <dialog open style="top: 250px; margin: 0; width: 600px; height: 200px">…</dialog>
        </div>""",
    )
    assert found == [("Order number", "111-0000001-0000001")]


@pytest.fixture
def stage(signed_in_stage):
    return signed_in_stage


def test_pictures_of_a_run_are_marked(stage):
    """In the ledger, beside the picture's hash."""
    stage.look("done", dry_run=False)
    case = case_id("amazon_business", BY_SLUG["done"].number)
    with closing(Ledger(settings_for(stage.standin, stage.home).database_url)) as ledger:
        events = ledger.events(case)
    kept = {
        event.what.removesuffix(" (stand-in)"): {one.what for one in event.marks.places}
        for event in events
        if isinstance(event, EvidenceKept) and event.file.endswith(".jpg")
    }
    read = {"Order number", "Order’s state", "Item", "Total", "Way to cancel"}
    assert kept["Amazon order live"] >= read, kept
    assert kept["Amazon after the press"] >= {"What came of it"}, kept
    assert kept["RealSource PO open"] >= {"PO number", "PO’s status", "Supplier", "Total"}, kept
