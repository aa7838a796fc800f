"""The loop of one case, at systems without a browser."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from robot.cancellation.events import OrderSeen
from robot.cancellation.request import CancelRequest
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.clock import SkippingClock
from tests.support.facts import CANCELLED, ONE, VENDOR
from tests.support.fake_systems import CancellingSystems, FakeSystems, Notes, cases_for

SETTLE = 2.0


class Waits(Notes):
    """Also keeps what is waited for."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def waiting(self, seconds):
        self.waits.append(seconds)


def test_a_steps_seconds_leave_out_the_wait_before_it(tmp_path, monkeypatch):
    observer, clock = Waits(), SkippingClock()
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(
            tmp_path, database, FakeSystems(), clock, settle_seconds=SETTLE, confirm_seconds=SETTLE
        )
        Robot(cases).run([CancelRequest(VENDOR, ONE, None)], observer)
        events = cases.ledger.events(f"{VENDOR}:{ONE}")
    looks = [event for event in events if isinstance(event, OrderSeen)]
    assert observer.waits
    assert (looks[-1].at - looks[0].at).total_seconds() > SETTLE
    assert sum(look.seconds for look in looks) < SETTLE / 2


class SlowSystems(CancellingSystems):
    """An order and its PO, whose every page takes so long (s) to be read."""

    def __init__(self, clock, seconds):
        super().__init__()
        self.clock = clock
        self.seconds = seconds
        self.seen = []

    def look_at_order(self, number):
        facts = super().look_at_order(number)
        self.clock.sleep(self.seconds)
        return facts

    def orders_of_po(self, po, known, seen):
        self.seen.append(seen)
        return super().orders_of_po(po, known, seen)


@pytest.mark.parametrize("seconds, seen", [(30.0, CANCELLED), (61.0, None)])
def test_look_of_a_while_ago_serves_no_other(tmp_path, seconds, seen):
    """Nothing in the ledger tells how long a case waited for its second half."""
    clock = SkippingClock()
    systems = SlowSystems(clock, seconds)
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, systems, clock)
        (receipt,) = Robot(cases).run([CancelRequest(VENDOR, ONE, None)])
    assert receipt.outcome == "done", receipt.summary
    assert systems.seen == [seen, None]
