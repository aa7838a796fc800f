"""The health page says what stops an order, and lets an admin stop and resume."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from robot.cancellation.events import OrderSeen, PoSeen
from robot.clock import utc_now
from robot.console.board.health import read_health
from robot.console.roles import Role
from robot.queue.workers import WorkerRegistry
from robot.storage.holders import new_holder
from robot.storage.pauses import ALL, SitePauses
from tests.support.console import Browser
from tests.support.facts import ASKED, LIVE, OPEN, VENDOR


@pytest.fixture
def admin(console):
    return Browser.of(console, Role.ADMIN, "Ada")


def words_of(ann) -> str:
    page = ann.get("/health").text
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_nothing_at_work_is_told_with_what_to_do(ann):
    said = words_of(ann)
    assert "No worker is at work," in said
    assert "none is needed at stand-in sites" in said
    assert "Last success none that is known" in said


def test_live_site_without_a_permission_is_stopped(console):
    """And the page says what is missing."""
    live = replace(console, settings=replace(console.settings, resolve={}))
    said = words_of(Browser.of(live, Role.VIEWER))
    assert "Amazon Business: stopped" in said
    assert "Nobody is on record who allows the robot to cancel at RealSource." in said


def test_limits_that_are_left_are_told(console):
    limited = replace(console, settings=replace(console.settings, limits={"orders_day": 7}))
    assert "Limits left none are set" in words_of(Browser.of(console, Role.VIEWER))
    assert re.search(r"Limits left .*\b7\b", words_of(Browser.of(limited, Role.VIEWER)))


def test_sites_session_is_told(console, ann):
    said = words_of(ann)
    assert f"vendorfirst login {VENDOR}" in said
    assert "Head" in said
    assert "not on this page yet" in said


def test_workers_and_last_looks_are_told(console, ann):
    WorkerRegistry(console.database).heartbeat(new_holder(), 2)
    at = utc_now()
    console.ledger.append("c", ASKED, OrderSeen(at=at, facts=LIVE), PoSeen(at=at, facts=OPEN))
    found = read_health(console.database, console.settings, console.sites, utc_now())
    assert found.lanes == 2
    assert [one.last_success for one in found.sites] == [at, at]
    assert all(one.works for one in found.sites)
    said = words_of(ann)
    assert "No worker is at work" not in said
    assert "2 lanes" in said


def test_admin_pauses_and_resumes_a_site(console, admin):
    assert admin.post(f"/health/{VENDOR}/pause", {"because": "It is slow"}).status_code == 303
    (held,) = SitePauses(console.database).active().values()
    assert (held.site, held.by, held.because) == (VENDOR, "Ada", "It is slow")
    assert "Amazon Business: stopped" in words_of(admin)
    assert console.actions.newest(1)[0].subject == f"{VENDOR}: It is slow"
    assert admin.post(f"/health/{VENDOR}/resume").status_code == 303
    assert SitePauses(console.database).active() == {}
    assert "Amazon Business: works" in words_of(admin)


def test_admin_pauses_everything(console, admin):
    admin.post("/health/all/pause", {"because": "Holidays"})
    assert set(SitePauses(console.database).active()) == {ALL}
    assert "Everything is paused." in words_of(admin)


def test_pause_needs_a_reason_and_a_known_site(console, admin):
    assert admin.post(f"/health/{VENDOR}/pause", {"because": " "}).status_code == 400
    assert admin.post("/health/nowhere/pause", {"because": "x"}).status_code == 409
    assert SitePauses(console.database).active() == {}


@pytest.mark.parametrize("move", ["pause", "resume"])
def test_only_an_admin_may(console, ann, move):
    assert ann.post(f"/health/{VENDOR}/{move}", {"because": "x"}).status_code == 403
    assert "Pause Amazon" not in ann.get("/health").text


def test_ledger_is_verified_here(console, ann):
    console.ledger.append("c", ASKED)
    assert "not on this page yet" in words_of(ann)
    assert ann.post("/health/verify").status_code == 303
    assert "every seal held" in words_of(ann)
    with console.database.writing() as tx:
        tx.execute(sa.text("DROP TRIGGER events_no_update"))
        tx.execute(sa.text("UPDATE events SET body = replace(body, 'r1', 'r2')"))
    assert ann.post("/health/verify").status_code == 409
    assert "The ledger was found changed" in words_of(ann)


def test_check_that_was_refused_has_checked_nothing(console, ann):
    viewer = Browser.of(console, Role.VIEWER, "Vi")
    assert viewer.post("/health/verify").status_code == 403
    assert "not on this page yet" in words_of(ann)
    ann.post("/health/verify")
    assert ann.post("/health/verify", token="0" * 64).status_code == 403
    assert "every seal held" in words_of(ann)


def test_figures_are_those_of_the_command(ann):
    answer = ann.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "vendorfirst_orders{" in answer.text
