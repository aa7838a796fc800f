"""Looks at the sites press nothing, keep to their rate, and are not made twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.orders import ListedOrder, OrderState, PoOrders, PoStatus
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import SiteDown
from robot.queue.items import NewItem, State
from robot.queue.table import QueueTable
from robot.queue.turn import TurnHooks, take_turn
from robot.runner.site_access import SiteAccess
from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.pauses import SitePauses
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.look import (
    Looks,
    PacedLooks,
    looked_at,
    minutes_for,
    wanted_look,
    wanted_looks,
)
from robot.watchlist.report import ExportRead, Report
from tests.support.clock import Clock
from tests.support.facts import CANCELLED, LIVE, PO_CANCELLED
from tests.support.fake_systems import SITES, FakeSystems, cases_for
from tests.support.turns import claim

ORDER, PO = "111-0000001-0000001", "P0100001"
UNCLEAR = Finding(
    po=PO,
    kind=FindingKind.UNCLEAR,
    vendor="amazon_business",
    orders=(FoundOrder(ORDER, "unknown", None),),
    po_status=PoStatus.UNKNOWN,
    reason="PO P0100001: a status “Odd” is not known.",
)
SILENT = replace(UNCLEAR, po="P0100002", kind=FindingKind.NOT_FOUND, orders=())


class World:
    """One order of a PO at fake systems, and the lane that looks at it."""

    def __init__(self, tmp_path) -> None:
        self.database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
        self.systems = FakeSystems()
        self.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO)}
        self.systems.submit_vendor = self.systems.cancel_po = self._never
        self.clock = Clock(utc_now().timestamp())
        self.cases = cases_for(tmp_path, self.database, self.systems)
        self.since = utc_now() - timedelta(hours=1)
        self.table = QueueTable(self.database, clock=self.clock)
        self.looks = Looks(self.database, clock=self.clock)

    def _never(self, *_args):
        pytest.fail("a look pressed something")

    def take_due(self) -> list[str]:
        """Have a lane take what is due in the queue, and return what it took."""
        held = SitePauses(self.database, clock=self.clock).active()
        taken = claim(self.table, "worker", 9, held)
        for item in taken:
            hooks = TurnHooks(SiteAccess(self.cases.ledger, "worker"))
            with LeaseKeeper(self.cases.ledger.leases, self.cases.holder) as keeper:
                result = take_turn(self.cases, item, hooks, keeper)
            self.table.finish_turn(item, result.then)
        return [item.name for item in taken]

    def report(self, *findings: Finding) -> Report:
        export = ExportRead("amazon_business", "Amazon", "f", 1, 0, {}, None, self.since)
        return Report(findings, (export,), utc_now())

    def run(self, *findings: Finding, per_minute: float = 2.0) -> tuple[PacedLooks, Report]:
        """Make the looks of a report, as the command does."""
        report = self.report(*findings)
        wanted = wanted_looks(report, SITES, "somebody")
        paced = PacedLooks(self.database, wanted.values(), per_minute, clock=self.clock)
        while paced.go_on():
            if not self.take_due():
                self.clock.advance(1)
        return paced, looked_at(report, wanted, self.looks, SITES)

    def judged(self, finding: Finding) -> Finding:
        _, report = self.run(finding)
        return report.findings[0]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.database.close()


def test_look_tells_what_the_files_did_not(world):
    world.systems.orders[ORDER] = replace(CANCELLED, number=ORDER)
    found = world.judged(UNCLEAR)
    assert found.kind is FindingKind.OPEN_HERE
    assert found.amount == Decimal("10.00")
    assert found.reason.startswith("Looked at 20")


def test_look_of_a_live_order_presses_nothing(world):
    found = world.judged(UNCLEAR)
    assert found.kind is FindingKind.CLEAN
    assert [order.state for order in found.orders] == ["live"]


def test_what_was_looked_at_is_not_looked_at_again(world):
    """Not by a later run either, until an export is newer than the look."""
    first = world.judged(UNCLEAR)
    count = len(world.systems.looks)
    assert world.judged(UNCLEAR) == first
    assert len(world.systems.looks) == count
    world.since = utc_now() + timedelta(hours=1)
    world.clock.advance(7200)
    world.judged(UNCLEAR)
    assert len(world.systems.looks) > count


def test_look_that_is_under_way_is_waited_for(world):
    """A run that was killed left it in the queue; whoever runs it again asks for no other."""
    wanted = wanted_looks(world.report(UNCLEAR), SITES, "somebody")
    world.looks.ask(wanted[UNCLEAR])
    assert world.judged(UNCLEAR).kind is FindingKind.CLEAN
    assert len(world.table.looks(ORDER)) == 1


def test_looks_keep_to_their_rate(world):
    """Also after a run that was killed: no more than one is ever in the queue."""
    findings = [replace(UNCLEAR, po=f"P010000{n}", orders=()) for n in range(3)]
    began = world.clock.seconds
    paced, _ = world.run(*findings)
    assert len(paced) == 0
    assert 60 <= world.clock.seconds - began < 90
    assert minutes_for(3, 2.0) == 2


def test_site_in_trouble_ends_the_looks(world):
    """What was not looked at stays as it was, and is looked at by the next run."""

    def down(_number):
        world.systems.looks.append("down")
        raise SiteDown("The site did not answer.", retry=False)

    answers = world.systems.look_at_order
    world.systems.look_at_order = down
    other = replace(UNCLEAR, po="P0100009")
    paced, report = world.run(UNCLEAR, other)
    assert set(report.findings) == {UNCLEAR, other}
    assert paced.stopped
    assert len(paced) == 2
    assert world.systems.looks == ["down"]
    world.systems.look_at_order = answers
    assert world.judged(UNCLEAR).kind is FindingKind.CLEAN


def test_paused_site_is_not_waited_for(world):
    SitePauses(world.database, clock=world.clock).pause("amazon_business", "somebody", "a reason")
    paced, _ = world.run(UNCLEAR)
    assert "paused" in paced.stopped
    assert len(paced) == 1


def test_unknown_state_on_the_page_stays_unclear(world):
    world.systems.orders[ORDER] = replace(LIVE, number=ORDER, po=PO, state=OrderState.UNKNOWN)
    assert world.judged(UNCLEAR).kind is FindingKind.UNCLEAR


def test_number_that_is_none_is_not_looked_at(world):
    odd = replace(UNCLEAR, po="?", orders=(FoundOrder("1.1E+16", "unknown", None),))
    assert wanted_look(odd, SITES, world.since, "") is None
    assert world.judged(odd) == odd
    assert world.systems.looks == []


def test_only_what_the_files_leave_open_is_looked_at(world):
    alive = replace(UNCLEAR, kind=FindingKind.ALIVE_AT_VENDOR)
    _, report = world.run(alive, UNCLEAR)
    assert [one.kind for one in report.findings] == [FindingKind.ALIVE_AT_VENDOR, FindingKind.CLEAN]
    assert world.systems.looks.count(ORDER) == 1


def test_look_at_a_po_asks_for_no_more_looks(world):
    """Those at its orders would come before what somebody waits for."""
    world.run(replace(SILENT, po=PO))
    assert [item.name for item in world.table.looks(PO)] == [f"PO {PO}"]


def test_po_that_realsource_did_not_tell_of_is_looked_at(world):
    """So its PO's page is read too: cancelled here, alive there."""
    world.systems.orders = {ORDER: replace(LIVE, number=ORDER, po=PO)}
    world.systems.look_at_po = lambda po: replace(PO_CANCELLED, number=po)
    found = world.judged(replace(UNCLEAR, po_status=PoStatus.NOT_FOUND))
    assert found.kind is FindingKind.ALIVE_AT_VENDOR
    assert world.systems.looks == [PO]


def test_order_that_nothing_ties_to_the_po_proves_nothing(world):
    """The vendor's search is a free one, and a cancelled order's page names no PO."""
    stray = replace(CANCELLED, number="111-0000009-0000009", po=None)
    world.systems.orders = {ORDER: replace(CANCELLED, number=ORDER), stray.number: stray}
    found = world.judged(replace(UNCLEAR, po_status=PoStatus.NOT_FOUND))
    assert found.kind is FindingKind.UNCLEAR
    assert "its page names no PO" in found.reason


def test_report_that_contradicts_the_page_is_unclear(world):
    """Nothing is clean, and no harm certain, where the vendor's own sources disagree."""
    order = replace(LIVE, number=ORDER, po=PO)
    reported = (ListedOrder(ORDER, OrderState.CANCELLED, "CANCELLED"),)
    found = PoOrders((order,), reported=reported)
    world.systems.orders_of_po = lambda _po, _known, _seen: found
    found = world.judged(replace(UNCLEAR, po_status=PoStatus.NOT_FOUND))
    assert found.kind is FindingKind.UNCLEAR
    assert "the report shows order" in found.reason


def test_lane_that_only_looks_takes_no_order(world):
    world.table.add([NewItem(CancelRequest("amazon_business", ORDER, PO))])
    assert world.table.next_look() is None
    assert [item.state for item in world.table.find(ORDER)] == [State.WAITING]
