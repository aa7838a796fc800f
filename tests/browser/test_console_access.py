"""Every page of the console, and the receipt, for everybody's eyes and hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import expect

from robot import console as package
from robot.console.roles import Role
from robot.evidence.object_store import open_store
from robot.evidence.receipt_page import name_of, render
from robot.queue.items import State
from tests.support import page_checks
from tests.support.console import NUMBER, Browser, Office
from tests.support.queued_orders import put_in
from tests.support.workers import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)
TEMPLATES = Path(package.__file__).parent / "templates"
#: What stands for the receipt among the addresses of the pages.
RECEIPT = "the receipt"
#: Every rule but those that are off by themselves, and the size of targets beside.
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
#: The rules to which it matters whether a page is light or dark.
COLOURS = {"resultTypes": ["violations"], "runOnly": ["cat.color"]}
SIZES = (320, 1280)
#: 1280 by 1024 at 400 %.
ZOOMED = {"width": 320, "height": 256}
USUAL = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def pages(scene, server, browsers):
    """The addresses of every page by its template, with something on each."""
    console = server.console
    store = open_store(console.settings.evidence_place)
    with browsers.person(Role.VIEWER) as vi:
        picture = vi.page.screenshot(type="jpeg")
    ann = Browser.of(console, Role.ADMIN)
    Office(console, scene.home).check(ann)
    with_picture = (store, picture)
    captcha = put_in(scene.table, scene.ledger, 11, State.NEEDS_PERSON, "captcha", with_picture)
    done = put_in(scene.table, scene.ledger, 12, State.DONE, None, with_picture)
    waiting = put_in(scene.table, scene.ledger, 13)
    numbers = "111-0000005-0000005 111-0000006-0000006 111-0000005-0000005 hello"
    previewed, sent = (ann.post("/lists", {"text": numbers}).headers["location"] for _ in "12")
    seal = re.search(r'name="sha256" value="([0-9a-f]+)"', ann.get(sent).text).group(1)
    ann.post(f"{sent}/confirm", {"sha256": seal})
    (kept,) = scene.ledger.receipts(done.case)
    large = f"/runs/{done.id}/pictures/{kept.evidence[0].sha256}/large"
    text = render(kept, True, lambda file: store.read(f"{kept.id}/{name_of(file)}"))
    store.write(f"{kept.id}/receipt.html", text.encode())
    return {
        "cancel.html": ["/cancel"],
        "look.html": [f"/cancel/{NUMBER}"],
        "confirm.html": [f"/cancel/{NUMBER}/confirm"],
        "run.html": [f"/runs/{done.id}", f"/runs/{waiting.id}"],
        "picture.html": [large],
        "lists.html": ["/lists"],
        "list.html": [previewed, sent],
        "inbox.html": ["/inbox"],
        "inbox_item.html": [f"/inbox/{captcha.id}"],
        "orders.html": ["/orders", "/orders?text=nothing"],
        "po.html": [f"/orders/{captcha.po}"],
        "totals.html": ["/totals"],
        "watchlist.html": ["/watchlist"],
        "health.html": ["/health"],
        "log.html": ["/log"],
        "refused.html": ["/runs/9999"],
        "sign_in.html": ["/enter?key=x", "/enter"],
        RECEIPT: [f"/runs/{done.id}/receipt.html"],
    }


@contextmanager
def every_page(pages, browsers, width=1280, height=800, **more) -> Iterator:
    """Yield a browser's pages one after another, each with its address."""
    view = {"viewport": {"width": width, "height": height}, **more}
    with browsers.person(Role.ADMIN, **view) as ada:
        yield _opened(pages, ada)
        ada.faults.clear()  # a page that is not there is a 404


def _opened(pages, ada):
    for template, paths in pages.items():
        for path in paths:
            if template == RECEIPT:
                ada.page.route(f"**{path}", _shown)
            yield path, ada.open(path)


def _shown(route):
    """Show a file that the console gives to be saved."""
    answer = route.fetch()
    route.fulfill(body=answer.body(), content_type="text/html")


def test_every_page_is_tried(pages):
    every = [file for file in TEMPLATES.iterdir() if "extends" in file.read_text("utf-8")]
    assert {file.name for file in every} == pages.keys() - {RECEIPT}


@pytest.mark.parametrize("width", SIZES)
def test_every_page_is_accessible(pages, browsers, width):
    """Axe finds nothing, targets are 24 pixels large, and nothing is wider than the window.

    Then, on the same page: set as widely as readers may (WCAG 2.2, 1.4.12), nothing is cut off and
    nothing overlaps.
    """
    found = {}
    with every_page(pages, browsers, width) as opened:
        for path, page in opened:
            page.emulate_media(color_scheme="light")
            wrong = [*_violations(page, RULES), *page.evaluate(page_checks.TOO_WIDE)]
            page.emulate_media(color_scheme="dark")
            wrong += _violations(page, COLOURS)
            page.evaluate(page_checks.SPACE_OUT)
            for check in (page_checks.CLIPPED, page_checks.TOO_WIDE):
                wrong += page.evaluate(check)
            if wrong:
                found[path] = wrong
    assert found == {}


def _violations(page, options) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    told = page.evaluate("options => axe.run(document, options)", options)
    results = AxeResults(told)
    return [results.generate_report()] if results.violations_count else []


def test_every_page_is_there_for_who_sets_a_browser_otherwise(pages, browsers):
    """Each way on a fresh look at the page, one after the other.

    At 400 % nothing but a table of data scrolls sideways, and the focus is never hidden. Where
    colours are forced, what a background tells is told by an edge, too. And nothing moves for who
    wants it still, not even what a style sheet would move.
    """
    found = {}
    with every_page(pages, browsers, **ZOOMED) as opened:
        for path, page in opened:
            page.keyboard.press("Tab")
            wrong = [*page.evaluate(page_checks.TOO_WIDE), *page.evaluate(page_checks.FOCUS_HIDDEN)]
            page.set_viewport_size(USUAL)
            page.emulate_media(forced_colors="active")
            wrong += page.evaluate(page_checks.EDGELESS)
            wrong += page.evaluate(page_checks.FOCUS_HIDDEN)
            page.emulate_media(forced_colors="none", reduced_motion="reduce")
            page.evaluate(page_checks.MOVE_ALL)
            wrong += page.evaluate(page_checks.MOVING)
            page.emulate_media(reduced_motion="no-preference")
            page.set_viewport_size(ZOOMED)
            if wrong:
                found[path] = wrong
    assert found == {}
