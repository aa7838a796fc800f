"""Which limits hold at a vendor: those of the settings, and those of its site file."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal

import pytest

from robot.cancellation.limits import LIVE_LIMITS, Bound, Limits
from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.limits import bounds_of
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.sites.registry import Sites, _shipped
from robot.storage.database import Database
from tests.support.facts import LIVE, ONE, VENDOR
from tests.support.fake_systems import SITES, FakeSystems, cases_for
from tests.support.turns import claim, take_begun

STAND_INS = {"www.amazon.com": "127.0.0.1:1"}


@pytest.fixture
def strict_sites(tmp_path):
    """Sites of which the vendor's own file lets no order through."""
    shipped = (_shipped() / f"{VENDOR}.toml").read_text(encoding="utf-8")
    own = tmp_path / "selectors"
    own.mkdir()
    (own / f"{VENDOR}.toml").write_text(f"{shipped}\n[limits]\norders_hour = 0\n", "utf-8")
    return Sites(own)


def test_live_sites_have_limits_and_stand_ins_none(tmp_path):
    assert bounds_of(Settings(tmp_path, "", resolve={}), SITES, [VENDOR]) == (Bound(LIVE_LIMITS),)
    assert bounds_of(Settings(tmp_path, "", resolve=STAND_INS), SITES, [VENDOR]) == ()


@pytest.mark.parametrize("resolve", [{}, STAND_INS])
def test_a_limit_that_is_set_holds_at_all_sites(tmp_path, resolve):
    limits = {"orders_day": 3, "dollars_order": Decimal(10)}
    settings = Settings(tmp_path, "", resolve=resolve, limits=limits)
    (bound,) = bounds_of(settings, SITES, [VENDOR])
    assert (bound.vendor, bound.limits.orders_day, bound.limits.dollars_order) == (None, 3, 10)
    assert bound.limits.orders_hour == (None if resolve else LIVE_LIMITS.orders_hour)


def test_a_limit_that_is_taken_away_is_none(tmp_path):
    settings = Settings(tmp_path, "", resolve={}, limits={"orders_hour": None})
    (bound,) = bounds_of(settings, SITES, [VENDOR])
    assert (bound.limits.orders_hour, bound.limits.orders_day) == (None, LIVE_LIMITS.orders_day)


def test_a_site_files_limit_is_that_vendors(tmp_path, strict_sites):
    settings = Settings(tmp_path, "", resolve=STAND_INS)
    found = bounds_of(settings, strict_sites, [VENDOR, VENDOR])
    assert found == (Bound(Limits(orders_hour=0), VENDOR),)


def test_nothing_is_pressed_over_a_site_files_limit(tmp_path, sqlite_url, strict_sites):
    database = Database(sqlite_url)
    systems = FakeSystems()
    systems.orders = {ONE: LIVE}
    cases = replace(cases_for(tmp_path, database, systems), sites=strict_sites)
    table = QueueTable(database)
    table.add([NewItem(CancelRequest(VENDOR, ONE, None, "", "a.buyer"))])
    lanes = LanePool("w1", [Robot(cases)], cases.ledger, threading.Event())
    for item in claim(table, "w1", 10):
        take_begun(lanes, item)
    (item,) = table.find(ONE)
    kinds = [event.kind for event in cases.ledger.events(f"{VENDOR}:{ONE}")]
    database.close()
    assert (item.state, item.problem) == (State.NEEDS_PERSON, "over_limit")
    assert "vendor_intended" not in kinds
