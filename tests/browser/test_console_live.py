"""The page of a live run in a real browser, where its stream has a hard time."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from robot.cancellation.receipts.receipt import Resolution
from robot.cancellation.request import CancelRequest
from robot.queue import operations
from robot.queue.items import NewItem, QueueItem
from robot.sites.registry import Sites
from tests.support.facts import VENDOR
from tests.support.workers import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)
#: How long (s) an extension is on its way; each other file is there long before.
LATE = 2.0


@pytest.fixture
def item(scene) -> QueueItem:
    """An order that waits, one for each attempt of a test."""
    serial = time.time_ns() % 10_000_000
    number = f"111-{serial:07}-{serial:07}"
    (told,) = scene.table.add([NewItem(CancelRequest(VENDOR, number, None, "Twice", "Ann"))])
    assert told.item is not None, told.why
    return scene.table.get(told.item)


def give_up(scene, item: QueueItem) -> None:
    """End what the page shows, so that it has something to tell."""
    number = str(item.number)
    because = "Not needed"
    operations.resolve(
        scene.database,
        Sites(),
        number,
        VENDOR,
        Resolution(as_="given_up", by="Bob", because=because),
    )


def _late(route) -> None:
    time.sleep(LATE)
    route.continue_()


@pytest.mark.parametrize("extension", ["hx-sse", "hx-csp"])
def test_run_goes_live_when_a_script_is_late(scene, browsers, item, extension):
    """The script that connects comes after the page is there otherwise."""
    with browsers.person() as ann:
        ann.context.route(f"**/{extension}.min.js", _late)
        page = ann.open(f"/runs/{item.id}")
        expect(page.get_by_text("It stands as: waiting")).to_be_visible()
        give_up(scene, item)
        expect(page.get_by_text("It stands as: given up")).to_be_visible()


def test_run_goes_live_when_its_stream_fails_to_begin(scene, browsers, item):
    """It is said, and tried again."""
    refused = []

    def refuse_twice(route) -> None:
        if len(refused) < 2:
            refused.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    with browsers.person() as ann:
        ann.context.route("**/events?*", refuse_twice)
        page = ann.open(f"/runs/{item.id}")
        expect(page.get_by_text("The console does not answer.")).to_be_visible()
        give_up(scene, item)
        expect(page.get_by_text("It stands as: given up")).to_be_visible()
        expect(page.get_by_text("The console does not answer.")).to_be_hidden()
        ann.faults.clear()  # a browser says that nobody answered
    assert len(refused) == 2


def test_stream_that_is_over_is_not_asked_for_again(scene, browsers, item):
    with browsers.person() as ann:
        asked = []
        ann.context.on("request", lambda sent: asked.append(sent.url))
        page = ann.open(f"/runs/{item.id}")
        give_up(scene, item)
        expect(page.get_by_text("It stands as: given up")).to_be_visible()
        expect(page.locator("[data-poll]")).to_have_count(0)
        assert len([url for url in asked if "/events?" in url]) == 1


def test_run_says_when_its_reader_is_signed_out(browsers, item):
    """In another tab, for instance."""
    with browsers.person() as ann:
        page = ann.open(f"/runs/{item.id}")
        expect(page.get_by_text("It stands as: waiting")).to_be_visible()
        other = ann.tab("/log")
        other.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
