"""The loop of one case, at systems without a browser."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from robot.cancellation.events import OrderSeen
from robot.cancellation.request import CancelRequest
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.clock import SkippingClock
from tests.support.facts import ASKED, CANCELLED, LIVE, ONE, TWO, VENDOR
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


#: The second order of the PO, of which a page showed no line.
OTHER = replace(LIVE, number=TWO, lines=(), total=None)


class AnotherLooks(CancellingSystems):
    """A PO of two orders, the second of which somebody looks at while the first's PO is pressed."""

    def __init__(self, shown, seconds=0.0):
        super().__init__()
        self.orders[TWO] = replace(CANCELLED, number=TWO)
        self.shown = shown
        self.seconds = seconds
        self.ledger = None

    def cancel_po(self, facts, confirmations, permit, comment):
        shown, self.shown = self.shown, None
        if shown is not None:
            at = confirmations[0].at + timedelta(seconds=self.seconds)
            self.ledger.append(f"{VENDOR}:{TWO}", OrderSeen(at=at, facts=shown))
        return super().cancel_po(facts, confirmations, permit, comment)


def cancel_while_another_looks(tmp_path, systems):
    clock = SkippingClock()
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, systems, clock)
        systems.ledger = cases.ledger
        cases.ledger.append(f"{VENDOR}:{TWO}", replace(ASKED, at=clock.now(), number=TWO))
        (receipt,) = Robot(cases).run([CancelRequest(VENDOR, ONE, None)])
        return receipt, cases.ledger.events(f"{VENDOR}:{ONE}")


def test_an_order_shown_live_to_another_stops_its_pos_press(tmp_path):
    """All is looked at anew then: one of the two pages was stale."""
    systems = AnotherLooks(OTHER)
    receipt, events = cancel_while_another_looks(tmp_path, systems)
    kinds = [event.kind for event in events]
    (refused,) = [event.text for event in events if event.kind == "failed"]
    assert refused == (
        "Order 111-2 was shown as live to another request since it was looked at; the PO was not"
        " pressed."
    )
    anew = ["failed", "po_seen", "orders_of_po_seen", "po_intended"]
    assert kinds[kinds.index("failed") :][:4] == anew
    assert receipt.outcome == "done", receipt.summary
    assert systems.pressed == [ONE, systems.po.number]


def test_order_that_stays_live_leaves_its_po_alone(tmp_path):
    systems = AnotherLooks(OTHER)
    pressing = systems.cancel_po

    def revives(*args):
        systems.orders[TWO] = OTHER
        return pressing(*args)

    systems.cancel_po = revives
    receipt, events = cancel_while_another_looks(tmp_path, systems)
    assert "po_intended" not in [event.kind for event in events]
    assert (receipt.outcome, receipt.realsource.state) == ("needs_person", "untouched")


@pytest.mark.parametrize(
    "shown, seconds",
    [
        (OTHER, -1.0),  # this case's own look is the newer one
        (replace(CANCELLED, number=TWO), 0.0),
        (replace(OTHER, number="111-3"), 0.0),
    ],
)
def test_what_says_nothing_against_it_stops_no_press(tmp_path, shown, seconds):
    systems = AnotherLooks(shown, seconds)
    receipt, events = cancel_while_another_looks(tmp_path, systems)
    assert "failed" not in [event.kind for event in events]
    assert receipt.outcome == "done", receipt.summary
