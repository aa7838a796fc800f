"""Every night RealSource's own search is asked for each PO of the vendor's newest report."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from robot.cancellation.orders import PoOrders
from robot.errors import SiteDown
from robot.queue.items import State
from robot.queue.table import QueueTable
from robot.storage.schema import notices
from robot.watchlist.kept import KeptFindings
from robot.watchlist.nightly.nights import Nightly
from robot.watchlist.nightly.schedule import Schedule
from tests.support.facts import LIVE, PO_CANCELLED
from tests.support.fake_systems import SITES
from tests.unit.watchlist.test_look import World

POS = [f"P010000{n}" for n in range(3)]
NUMBERS = [f"111-000000{n}-000000{n}" for n in range(3)]
AT = "21:00"
EVENING = datetime(2026, 11, 25, 20, 0).astimezone()


class Nights(World):
    """Three live orders of POs that are cancelled in RealSource, and a schedule of its search."""

    def __init__(self, tmp_path) -> None:
        super().__init__(tmp_path)
        self.clock.seconds = EVENING.timestamp()
        rows = "".join(f"{number},{po},Pending\n" for number, po in zip(NUMBERS, POS, strict=True))
        self.file = tmp_path / "orders.csv"
        self.file.write_text(f"Order ID,PO Number,Order Status\n{rows}")
        os.utime(self.file, (self.clock.seconds, self.clock.seconds))
        self.home = tmp_path
        self.systems.look_at_po = lambda po: replace(PO_CANCELLED, number=po)
        self.systems.orders = {
            number: replace(LIVE, number=number, po=po)
            for number, po in zip(NUMBERS, POS, strict=True)
        }
        self.systems.orders_of_po = self._orders_of
        schedule = Schedule("search", {"amazon_business": str(self.file)}, AT, per_minute=2.0)
        self.nightly().set(schedule)

    def nightly(self) -> Nightly:
        """Return the watch-list of one more worker."""
        return Nightly(self.database, SITES, self.home, now=self._now)

    def _orders_of(self, po, _known, _seen) -> PoOrders:
        look = self.systems.look_at_order
        return PoOrders(tuple(look(n) for n, one in self.systems.orders.items() if one.po == po))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.seconds, UTC)

    def search(self, nightly: Nightly, most: int = 1000) -> list[str]:
        """Call a worker's watch-list until it is made, and return what was looked at."""
        looked: list[str] = []
        for _ in range(most):
            if nightly.run_if_due():
                break
            looked += self.take_due()
            self.clock.advance(2)
        return looked

    def told(self) -> list[str]:
        with self.database.reading() as tx:
            return list(tx.execute(sa.select(notices.c.body)).scalars())


@pytest.fixture
def nights(tmp_path):
    made = Nights(tmp_path)
    yield made
    made.database.close()


def names(pos: list[str]) -> list[str]:
    return [f"PO {po}" for po in pos]


def test_night_searches_each_po_once_at_its_rate(nights):
    """What is found is kept, and told by a notice; nothing is pressed."""
    nightly = nights.nightly()
    assert not nightly.run_if_due(), "its time has not come"
    nights.clock.advance(7200)
    began = nights.clock.seconds
    assert sorted(nights.search(nightly)) == names(POS)
    assert 60 <= nights.clock.seconds - began < 120
    found = KeptFindings(nights.database).listed()
    assert {one.told["po"]: one.told["finding"] for one in found} == dict.fromkeys(
        POS, "alive_at_vendor"
    )
    (body,) = nights.told()
    assert "alive at vendor: 3, $30.00 at stake" in body
    assert not nightly.run_if_due(), "it is made once a night"


def test_next_night_looks_anew_and_tells_nothing_twice(nights):
    nightly = nights.nightly()
    nights.clock.advance(7200)
    nights.search(nightly)
    nights.clock.advance(timedelta(days=1).total_seconds())
    assert sorted(nights.search(nightly)) == names(POS)
    assert len(nights.told()) == 1


def test_only_one_worker_asks_at_a_time(nights):
    """So that the rate is kept, however many workers there are."""
    nights.clock.advance(7200)
    first, second = nights.nightly(), nights.nightly()
    first.run_if_due()
    second.run_if_due()
    assert sorted(nights.take_due()) == names(POS[:1])
    nights.clock.advance(40)
    first.run_if_due()
    second.run_if_due()
    assert len(nights.take_due()) == 1


def test_search_of_a_dead_worker_is_gone_on_with(nights):
    """What it had looked at this night is not looked at again."""
    nights.clock.advance(7200)
    dead = nights.nightly()
    before = nights.search(dead, most=10)
    assert before == names(POS[:1])
    nights.clock.advance(61)
    assert sorted(before + nights.search(nights.nightly())) == names(POS)
    assert len(KeptFindings(nights.database).listed()) == len(POS)


def test_paused_or_broken_site_is_told_and_ends_the_night(nights):
    """What was not looked at is no finding, and is asked for by the next night."""
    answers = nights.systems.look_at_order

    def down(_number):
        raise SiteDown("The site did not answer.", retry=False)

    nights.systems.look_at_order = down
    nights.clock.advance(7200)
    nightly = nights.nightly()
    nights.search(nightly)
    (body,) = nights.told()
    assert "3 POs not looked up" in body
    assert KeptFindings(nights.database).listed() == []
    nights.systems.look_at_order = answers
    nights.clock.advance(timedelta(days=1).total_seconds())
    assert sorted(nights.search(nightly)) == names(POS)


def test_report_that_is_not_there_is_told_once(nights):
    nights.file.unlink()
    nights.clock.advance(7200)
    for nightly in (nights.nightly(), nights.nightly()):
        nights.search(nightly, most=20)
    (body,) = nights.told()
    assert "not made" in body


def test_changed_schedule_ends_the_search(nights):
    nights.clock.advance(7200)
    nightly = nights.nightly()
    nights.search(nightly, most=3)
    nights.nightly().set(None)
    assert not nightly.run_if_due()
    table = QueueTable(nights.database)
    assert [one.state for po in POS for one in table.looks(po)] == [State.DONE]
