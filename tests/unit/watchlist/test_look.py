"""Looks at the sites press nothing, keep to their rate, and are not made twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.orders import OrderState
from robot.clock import utc_now
from robot.errors import SiteDown
from robot.storage.database import Database
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.judge import Names
from robot.watchlist.look import Looks, looked_at, minutes_for
from robot.watchlist.report import Report
from tests.support.clock import Clock
from tests.support.facts import CANCELLED, LIVE
from tests.support.fake_systems import SITES, FakeSystems, cases_for

ORDER, PO = "111-0000001-0000001", "P0100001"
NAMES = Names("amazon_business", "Amazon Business", "RealSource")
UNCLEAR = Finding(
    po=PO,
    kind=FindingKind.UNCLEAR,
    vendor="amazon_business",
    orders=(FoundOrder(ORDER, "unknown", None),),
    reason="PO P0100001: a status “Odd” is not known.",
)
SILENT = replace(UNCLEAR, po="P0100002", kind=FindingKind.NOT_FOUND, orders=())


class World:
    """One order of a PO at fake systems, and the looks at it."""

    def __init__(self, tmp_path) -> None:
        self.database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
        self.systems = FakeSystems()
        self.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO)}
        self.systems.submit_vendor = self.systems.cancel_po = self._never
        self.clock = Clock()
        self.cases = cases_for(tmp_path, self.database, self.systems)
        self.since = utc_now() - timedelta(hours=1)

    def _never(self, *_args):
        pytest.fail("a look pressed something")

    def looks(self) -> Looks:
        return Looks(self.cases, NAMES, self.since, 2.0, sleep=self.clock.sleep, clock=self.clock)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.database.close()


def test_look_tells_what_the_files_did_not(world):
    world.systems.orders[ORDER] = replace(CANCELLED, number=ORDER)
    found = world.looks().judged_anew(UNCLEAR)
    assert found.kind is FindingKind.OPEN_HERE
    assert found.amount == Decimal("10.00")
    assert found.reason.startswith("Looked at 20")


def test_look_of_a_live_order_presses_nothing(world):
    found = world.looks().judged_anew(UNCLEAR)
    assert found.kind is FindingKind.CLEAN
    assert [order.state for order in found.orders] == ["live"]


def test_what_was_looked_at_is_not_looked_at_again(world):
    """Not by a later run either, until an export is newer than the look."""
    first = world.looks().judged_anew(UNCLEAR)
    count = len(world.systems.looks)
    assert world.looks().judged_anew(UNCLEAR) == first
    assert len(world.systems.looks) == count
    world.since = utc_now() + timedelta(hours=1)
    world.looks().judged_anew(UNCLEAR)
    assert len(world.systems.looks) > count


def test_looks_keep_to_their_rate(world):
    looks = world.looks()
    for n in range(3):
        looks.judged_anew(replace(UNCLEAR, po=f"P010000{n + 1}"))
    assert world.clock.slept == [30.0, 30.0]
    assert minutes_for(3, 2.0) == 2


def test_site_in_trouble_ends_the_looks(world):
    """What was not looked at stays as it was, and is looked at by the next run."""

    def down(_number):
        world.systems.looks.append("down")
        raise SiteDown("The site did not answer.", retry=False)

    answers = world.systems.look_at_order
    world.systems.look_at_order = down
    looks = world.looks()
    assert looks.judged_anew(UNCLEAR).kind is FindingKind.UNCLEAR
    other = replace(UNCLEAR, po="P0100009")
    assert looks.judged_anew(other) == other
    assert looks.stopped
    assert world.systems.looks == ["down"]
    world.systems.look_at_order = answers
    assert world.looks().judged_anew(UNCLEAR).kind is FindingKind.CLEAN


def test_unknown_state_on_the_page_stays_unclear(world):
    world.systems.orders[ORDER] = replace(LIVE, number=ORDER, po=PO, state=OrderState.UNKNOWN)
    assert world.looks().judged_anew(UNCLEAR).kind is FindingKind.UNCLEAR


def test_number_that_is_none_is_not_looked_at(world):
    odd = replace(UNCLEAR, po="?", orders=(FoundOrder("1.1E+16", "unknown", None),))
    assert world.looks().judged_anew(odd) == odd
    assert world.systems.looks == []


def test_only_what_the_files_leave_open_is_looked_at(world):
    alive = replace(UNCLEAR, kind=FindingKind.ALIVE_AT_VENDOR)
    report = Report((alive, UNCLEAR), (), utc_now())
    found = looked_at(report, {"amazon_business": world.looks()}, SITES)
    assert [one.kind for one in found.findings] == [FindingKind.ALIVE_AT_VENDOR, FindingKind.CLEAN]
    assert world.systems.looks.count(ORDER) == 1
