"""A worker that works for weeks must not grow: a lane's pages are replaced now and then, and its
session stays.
"""

from __future__ import annotations

import gc
import threading
from types import SimpleNamespace

import pytest

from robot.browser.contexts import LaneBrowser
from robot.cancellation.request import CancelRequest
from robot.errors import BrowserDied
from robot.queue.lanes import FRESH, LanePool
from robot.standin.oracle import PASSWORD_TYPED
from robot.standin.scenarios import BY_SLUG
from robot.storage.ledger import Ledger

LOOK = [CancelRequest("amazon_business", BY_SLUG["shipped"].number, None, dry_run=True)]


def kept_requests() -> int:
    """What Playwright keeps of the requests of all pages in this process."""
    gc.collect()
    kinds = (type(one) for one in gc.get_objects())
    return sum(
        kind.__name__ == "Request" and kind.__module__.startswith("playwright._impl")
        for kind in kinds
    )


def test_new_pages_forget_the_requests_and_keep_the_session(stage):
    robot = stage.robot()
    before = kept_requests()
    robot.run(LOOK)
    assert kept_requests() > before, "Playwright keeps no requests any more: replace_pages can go"
    robot.cases.lane.run(LaneBrowser.replace_pages)
    assert kept_requests() <= before
    robot.run(LOOK)
    assert stage.world.oracle.count(PASSWORD_TYPED) == 1


def test_pages_give_back_the_memory_of_what_they_showed(stage):
    waste = "self.last = [...Array(40).keys()].map((n) => Array(1e5).fill(n).map(String))"

    def weigh(browser: LaneBrowser) -> tuple[float, float]:
        live = browser.tab("amazon_business").live
        engine = live.context.new_cdp_session(live)
        live.evaluate(f"() => {{ {waste}; self.last = null; }}")
        before = engine.send("Runtime.getHeapUsage")["usedSize"]
        browser.collect_garbage()
        return before, engine.send("Runtime.getHeapUsage")["usedSize"]

    before, after = stage.robot().cases.lane.run(weigh)
    assert after < before / 2


@pytest.fixture
def lanes(database):
    return LanePool("worker", [], Ledger(database), threading.Event())


def test_a_lane_gets_new_pages_after_some_turns(lanes):
    one, two = (SimpleNamespace(number=n) for n in (1, 2))
    assert [lanes._needs_new_pages(one) for _ in range(2 * FRESH)] == (
        [False] * (FRESH - 1) + [True]
    ) * 2
    assert not lanes._needs_new_pages(two)


def test_a_lane_that_can_not_be_tidied_is_renewed(lanes):
    def fails(*_, **__):
        raise BrowserDied("gone")

    renewed = []
    lane = SimpleNamespace(number=1, run=fails, renew=lambda: renewed.append(1))
    for _ in range(FRESH):  # whether it is to get new pages or to give back memory
        lanes._tidy(lane)
    assert renewed == [1] * FRESH
