"""What a PO's other orders showed before keeps their lines and units from being forgotten."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from robot.cancellation.events import OrderSeen
from robot.cancellation.orders import Line
from robot.cancellation.request import CancelRequest
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.clock import SkippingClock
from tests.support.facts import ASKED, CANCELLED, LIVE, ONE, TWO, VENDOR
from tests.support.fake_systems import CancellingSystems, cases_for

LINES = (Line("Ink", 2, "cancelled"), Line("Glue", 1, "cancelled"))
LESS = [LINES[:1], (replace(LINES[0], quantity=1), LINES[1])]


class OtherOrder(CancellingSystems):
    """A PO whose second order is cancelled already, with such lines at each look."""

    def __init__(self, *lines):
        super().__init__()
        self.shown = list(lines)

    def orders_of_po(self, po, known, seen):
        lines = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        self.orders[TWO] = replace(CANCELLED, number=TWO, lines=lines)
        return super().orders_of_po(po, known, seen)


def cancel(tmp_path, systems, *before):
    clock = SkippingClock()
    with closing(Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")) as database:
        cases = cases_for(tmp_path, database, systems, clock)
        for facts in before:
            asked = replace(ASKED, at=clock.now(), number=TWO)
            cases.ledger.append(f"{VENDOR}:{TWO}", asked)
            cases.ledger.append(f"{VENDOR}:{TWO}", OrderSeen(at=clock.now(), facts=facts))
        (receipt,) = Robot(cases).run([CancelRequest(VENDOR, ONE, None)])
        return receipt


@pytest.mark.parametrize("less", LESS)
def test_an_order_that_lacks_what_it_showed_is_not_cancelled(tmp_path, less):
    """Its lines, or units of them, may still come."""
    systems = OtherOrder(LINES, less)
    receipt = cancel(tmp_path, systems)
    assert (receipt.problem, receipt.realsource.state) == ("split_po", "untouched")
    assert "111-2 (partly cancelled)" in receipt.summary
    assert systems.pressed == [ONE]


@pytest.mark.parametrize("less", LESS)
def test_what_another_request_was_shown_of_an_order_counts_too(tmp_path, less):
    systems = OtherOrder(less)
    live = replace(LIVE, number=TWO, lines=tuple(replace(one, state="live") for one in LINES))
    receipt = cancel(tmp_path, systems, live)
    assert (receipt.problem, systems.pressed) == ("split_po", [ONE])


def test_an_order_that_shows_all_of_it_or_no_lines_is_cancelled(tmp_path):
    systems = OtherOrder(LINES, ())
    receipt = cancel(tmp_path, systems)
    assert receipt.outcome == "done", receipt.summary
    assert systems.pressed == [ONE, systems.po.number]
