"""A worker on the stand-in sites: lists come to their ends, and it stops, holds and goes on as it
is told.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from robot.cancellation.events import VendorIntended
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue.items import NewItem, State
from robot.queue.siblings import SOON
from robot.standin import server
from robot.standin.dispatch import Dispatch
from robot.standin.faults import SiteFault
from robot.standin.hosts import REALSOURCE_SOLUTIONS
from robot.standin.oracle import DOCUMENT, PASSWORD_TYPED, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.storage.pauses import ALL
from tests.support.kept_sessions import keep_sessions
from tests.support.workers import PATIENCE, VENDOR, Scene, family_of, living

pytestmark = pytest.mark.timeout(3 * PATIENCE)
OLD = Path(__file__).parents[1] / "data" / "ledgers" / "0.1.0.sql"
FORM = "/preship/cancel-items"


@pytest.fixture
def scene(tmp_path):
    with Standin() as standin:
        made = Scene(standin, tmp_path)
        yield made
        made.end()


@pytest.fixture
def signed_in_scene(scene):
    """The same for tests of other things than signing in."""
    keep_sessions(scene.standin.world, scene.home)
    return scene


@pytest.fixture
def crowd(monkeypatch):
    """How many documents of RealSource were asked for at once, at most."""
    at_once = {"now": 0, "most": 0}

    class Counting(Dispatch):
        async def _site(self, host, headers, scope, receive, send):
            if host != REALSOURCE_SOLUTIONS or headers.get(b"sec-fetch-dest") != b"document":
                await super()._site(host, headers, scope, receive, send)
                return
            at_once["now"] += 1
            at_once["most"] = max(at_once.values())
            try:
                await super()._site(host, headers, scope, receive, send)
            finally:
                at_once["now"] -= 1

    monkeypatch.setattr(server, "Dispatch", Counting)
    return at_once


@pytest.mark.slow
def test_list_ends_with_one_realsource_lane_at_a_time(crowd, scene):
    """A list comes to its ends with one lane at a time in RealSource."""
    ends = {
        "done": (State.DONE, None),
        "shipped": (State.REFUSED, "shipped"),
        "refused": (State.REFUSED, "vendor_refused"),
        "pending_confirmed": (State.DONE, None),
        "pending_forever": (State.NEEDS_PERSON, "not_confirmed"),
        "po_invoiced": (State.NEEDS_PERSON, "po_invoiced"),
    }
    scene.standin.world.faults.add(SiteFault("latency", REALSOURCE_SOLUTIONS, 0.1, times=None))
    scene.add(*ends)
    split = BY_SLUG["split_po_a"].po
    scene.table.add([NewItem(CancelRequest(VENDOR, None, split))])
    scene.work("--lanes", "3", VENDORFIRST_PATIENCE_SECONDS="30")

    assert {slug: scene.state(slug) for slug in ends} == ends
    assert scene.states("split_po_a", "split_po_b") == [State.DONE, State.DONE]
    assert [item.state for item in scene.table.find(split) if item.number is None] == [State.DONE]
    assert scene.presses("done") == (1, 1)
    assert scene.presses("po_invoiced") == scene.presses("pending_forever") == (1, 0)
    assert [scene.presses(slug) for slug in ("split_po_a", "split_po_b")] == [(1, 1), (1, 1)]
    outcomes = {receipt.order.number: receipt.outcome for receipt in scene.ledger.all_receipts()}
    for slug, (state, _) in ends.items():
        assert outcomes[BY_SLUG[slug].number] == state
    # Three lanes share what one of them signed in.
    assert scene.oracle.count(PASSWORD_TYPED) == 2
    assert crowd["most"] == 1


def test_order_waits_for_another_of_its_po_begun_later(signed_in_scene):
    """An order waits for another of its PO that begins a little later."""
    scene = signed_in_scene
    one, other = BY_SLUG["split_po_a"], BY_SLUG["split_po_b"]
    later = utc_now() + SOON - timedelta(minutes=1)
    scene.table.add(
        [
            NewItem(CancelRequest(VENDOR, one.number, None)),
            NewItem(CancelRequest(VENDOR, other.number, None), not_before=later),
        ]
    )
    with scene.worker("--until-empty") as worker:
        scene.until(lambda: f"{one.number}: cancelled, PO to do (split PO)" in scene.said())
        assert scene.presses("split_po_b") == (0, 0)
        scene.time_passes(SOON.total_seconds())
        assert worker.wait(PATIENCE) == 0, scene.said()
    assert "needs_person" not in scene.said()
    assert scene.states("split_po_a", "split_po_b") == [State.DONE, State.DONE]
    assert [scene.presses(slug) for slug in ("split_po_a", "split_po_b")] == [(1, 1), (1, 1)]
    assert scene.oracle.broken_promises() == []


# --- told to stop ---------------------------------------------------------------------------------


@pytest.mark.slow_except("it alone")
@pytest.mark.parametrize("to_all", [False, True], ids=["it alone", "its whole group"])
def test_a_worker_that_is_told_to_stop_finishes_or_hands_back(signed_in_scene, to_all):
    scene = signed_in_scene
    slugs = "done", "pending_confirmed"
    scene.add(*slugs)
    with scene.worker(leads_a_group=True) as worker:
        send = os.killpg if to_all else os.kill
        stopped = scene.once(VENDOR_SUBMIT, "", lambda: send(worker.pid, signal.SIGTERM))
        scene.until(stopped)
        family = family_of(worker.pid)
        assert worker.wait(PATIENCE) == 0, scene.said()
    assert set(scene.states(*slugs)) <= {State.WAITING, State.PENDING, State.DONE}
    assert scene.in_hand() == set()
    assert scene.oracle.count(VENDOR_SUBMIT) == 1
    # The press that was under way was seen to its answer: the browser outlived the signal.
    assert [scene.failures(slug) for slug in slugs] == [[], []]
    (pressed,) = [
        slug for slug in slugs if any(isinstance(e, VendorIntended) for e in scene.events(slug))
    ]
    assert "vendor_answered" in [event.kind for event in scene.events(pressed)]
    scene.until(lambda: not living(family))
    if not to_all:
        return
    scene.work()
    assert scene.states(*slugs) == [State.DONE, State.DONE]
    assert [scene.presses(slug) for slug in slugs] == [(1, 1), (1, 1)]


def test_a_worker_with_nothing_to_do_stops_at_once(scene):
    with scene.worker() as worker:
        scene.until(lambda: "At work" in scene.said())
        worker.send_signal(signal.SIGINT)
        assert worker.wait(PATIENCE) == 0
    assert "Ended" in scene.said()


def test_a_worker_that_leaves_something_waiting_says_so(scene):
    scene.add("done")
    scene.pauses.pause(ALL, "a person", "inventory")
    scene.work()
    assert "1 left, for a later time" in scene.said()
    assert scene.presses("done") == (0, 0)


# --- sites that are left alone --------------------------------------------------------------------


def test_refused_password_holds_site_and_is_typed_once(scene):
    """A refused password holds the site and is typed once by all lanes."""
    slugs = "done", "shipped", "refused"
    scene.add(*slugs)
    scene.work("--lanes", "3", AMAZON_BUSINESS_PASSWORD="not-the-password")
    assert scene.oracle.count(PASSWORD_TYPED) == 1
    assert list(scene.pauses.active()) == [VENDOR]
    assert sorted(scene.states(*slugs)) == [State.NEEDS_PERSON, State.WAITING, State.WAITING]


def test_refused_password_is_not_typed_again_after_resume(
    scene,
):
    """A worker whose password was refused does not retype it when the site resumes."""
    scene.add("done", "shipped")
    with scene.worker(AMAZON_BUSINESS_PASSWORD="not-the-password"):
        scene.until(
            lambda: (
                VENDOR in scene.pauses.active()
                and State.NEEDS_PERSON in scene.states("done", "shipped")
            )
        )
        assert scene.command("queue", "resume", VENDOR).returncode == 0
        scene.until(lambda: scene.states("done", "shipped") == [State.NEEDS_PERSON] * 2)
    assert scene.oracle.count(PASSWORD_TYPED) == 1
    assert list(scene.pauses.active()) == [VENDOR]


@pytest.mark.slow
def test_a_captcha_holds_the_site_until_it_is_resumed(scene):
    scene.add("captcha_details", "done")
    scene.work()
    assert scene.state("captcha_details") == (State.NEEDS_PERSON, "captcha")
    assert scene.oracle.count(PASSWORD_TYPED) == 1
    assert scene.state("done") == (State.WAITING, None)
    assert scene.presses("done") == (0, 0)
    said = scene.command("queue", "list").stdout
    assert "HELD: Amazon Business" in said
    assert "captcha" in said

    assert scene.command("queue", "resume", VENDOR).returncode == 0
    scene.work()
    assert scene.state("done") == (State.DONE, None)


@pytest.mark.slow
def test_what_is_paused_while_the_form_is_opened_is_not_pressed(scene):
    paused = scene.once(DOCUMENT, FORM, lambda: scene.pauses.pause(ALL, "somebody", "wait"))
    scene.add("done")
    scene.work()
    assert paused()
    assert scene.presses("done") == (0, 0)
    assert scene.state("done")[0] is State.WAITING
    scene.pauses.resume(ALL)
    scene.work()
    assert scene.state("done") == (State.DONE, None)
    assert scene.presses("done") == (1, 1)


@pytest.mark.slow
def test_half_done_order_waits_for_held_site_of_next_look(scene):
    """An order half done whose next look is at a held site waits for that site.

    Its row said RealSource, and it was taken up for nothing, ten times a second, before
    everything else.
    """
    scene.pauses.pause("realsource", "somebody", "wait")
    scene.add("done", "two_shipments")
    scene.work()  # both are cancelled at the vendor; one of them is yet to be looked up by its PO
    scene.pauses.resume("realsource")
    scene.pauses.pause(VENDOR, "somebody", "wait")
    turns = sum(item.turn for item in scene.table.listed())
    scene.work()
    waiting = [item for item in scene.table.listed() if item.state is State.WAITING]
    assert {item.site for item in waiting} == {VENDOR}
    assert sum(item.turn for item in scene.table.listed()) <= turns + 4
    scene.pauses.resume(VENDOR)
    scene.work()
    assert scene.states("done", "two_shipments") == [State.DONE, State.DONE]
    assert [scene.presses(slug) for slug in ("done", "two_shipments")] == [(1, 1), (1, 1)]


@pytest.mark.slow
def test_site_down_is_held_and_tried_again_by_itself(scene):
    """A site that is down is held and tried again later by itself."""
    slugs = "done", "pending_confirmed", "shipped"
    faults = scene.standin.world.faults
    faults.add(SiteFault("reset", "www.amazon.com", times=None))
    scene.add(*slugs)
    scene.work()
    hold = scene.pauses.active()[VENDOR]
    assert hold.until is not None
    assert "HELD: Amazon Business" in scene.command("queue", "list").stdout
    assert set(scene.states(*slugs)) == {State.WAITING}
    assert sum(len(scene.failures(slug)) for slug in slugs) == 3

    scene.time_passes(70)
    scene.work()  # still down: one order tries once
    assert sum(len(scene.failures(slug)) for slug in slugs) == 4
    longer = scene.pauses.active()[VENDOR]
    assert longer.until - longer.since == 2 * (hold.until - hold.since)

    faults.clear()
    scene.time_passes(200)
    scene.work()
    assert scene.states(*slugs) == [State.DONE, State.DONE, State.REFUSED]


def test_a_browser_that_dies_in_the_middle_is_replaced(signed_in_scene):
    scene = signed_in_scene

    def strike() -> None:
        for process in family_of(worker.pid)[1:]:
            if "run-driver" not in process.cmdline():
                process.kill()

    scene.add("done")
    with scene.worker("--until-empty") as worker:
        struck = scene.once(DOCUMENT, FORM, strike)
        assert worker.wait(PATIENCE) == 0, scene.said()
    assert struck()
    assert scene.failures("done") == ["browser_died"]
    assert scene.state("done") == (State.DONE, None)
    assert scene.presses("done") == (1, 1)


# --- with the command line ------------------------------------------------------------------------


@pytest.mark.slow
def test_unconfirmed_order_of_command_line_goes_on_in_queue(scene):
    """An order that the command line left unconfirmed goes on in the queue."""
    story = BY_SLUG["pending_confirmed"]
    command = scene.command("cancel", story.number, "--yes", "--no-input", "--wait", "0s")
    assert command.returncode == 4, command.stderr
    assert scene.state("pending_confirmed") == (State.PENDING, None)
    scene.work()
    assert scene.state("pending_confirmed") == (State.DONE, None)
    assert scene.presses("pending_confirmed") == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("by", ["worker", "command line"])
def test_an_old_ledgers_press_is_read_back_and_not_made_again(tmp_path, by):
    with sqlite3.connect(tmp_path / "ledger.sqlite") as old:
        old.executescript(OLD.read_text(encoding="utf-8"))
    old.close()
    with Standin() as standin:
        scene = Scene(standin, tmp_path)
        story = BY_SLUG["silent_reject"]
        for line in standin.world.amazon.orders[story.number].lines:
            line.state = "cancelled"
        if by == "worker":
            scene.add("silent_reject")
            scene.work()
            assert scene.state("silent_reject") == (State.DONE, None)
        else:
            command = scene.command("cancel", story.number, "--yes", "--no-input", "--json")
            assert command.returncode == 0, command.stderr
        assert scene.presses("silent_reject") == (0, 1)
        scene.end()
