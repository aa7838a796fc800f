"""The loop of one case, at systems without a browser."""

from __future__ import annotations

import time
from contextlib import closing

from robot.cancellation.events import OrderSeen
from robot.cancellation.request import CancelRequest
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.clock import SkippingClock
from tests.support.facts import ONE, VENDOR
from tests.support.fake_systems import FakeSystems, Notes, cases_for

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
