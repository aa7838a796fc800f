import json
import os
import time
from itertools import combinations

import pytest

from robot.orders import Verdict
from tests.simulation.drive import Broken, Plan, Story
from tests.simulation.scripts import PO, SIBLING, VENDOR
from tests.simulation.world import OTHER, OWN

SEEDS = int(os.environ.get("VENDORFIRST_SIM_SEEDS", "20000"))
LOST = ("technical error", "loses every press", "signs out at every press")


def expected(vendor: str, po: str, sibling: str = "none") -> tuple[str, str | None]:
    return VENDOR[vendor].expect or SIBLING[sibling] or PO[po].expect or ("done", None)


# ---- without trouble ----------------------------------------------------------------------------


def test_every_pair_of_behaviours_ends_as_it_must():
    for vendor in VENDOR:
        for po in PO:
            (receipt,) = Story(Plan(vendor=vendor, po=po)).play().receipts
            assert (receipt["outcome"], receipt["problem"]) == expected(vendor, po), (vendor, po, receipt["summary"])
            json.dumps(receipt)


@pytest.mark.parametrize("sibling", SIBLING)
def test_every_other_order_of_the_po_decides_with(sibling):
    for vendor in VENDOR:
        (receipt,) = Story(Plan(vendor=vendor, sibling=sibling)).play().receipts
        assert (receipt["outcome"], receipt["problem"]) == expected(vendor, "cancels", sibling), vendor


def test_a_dry_run_presses_nothing():
    for vendor in VENDOR:
        for po in PO:
            story = Story(Plan(vendor=vendor, po=po, dry_run=True)).play()
            assert [thing.presses for thing in (*story.world.orders.values(), story.world.po)] == [0, 0]


def test_two_orders_of_one_po_are_cancelled_together_and_the_po_once():
    story = Story(Plan(sibling="pending, then confirms", batch=True, more={"late": 100.0})).play()
    assert [receipt["outcome"] for receipt in story.receipts] == ["done", "done"]
    assert [receipt["realsource"]["state"] for receipt in story.receipts] == ["cancelled", "already_cancelled"]
    assert story.world.po.presses == 1


def test_no_behaviour_is_pressed_more_often_than_it_must():
    for vendor, script in VENDOR.items():
        presses = Story(Plan(vendor=vendor)).play().world.orders[OWN].presses
        twice = script.presses[0][0] in {Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST} and not script.presses[0][1]
        begins_live = script.start == "live" or script.later == "live"
        assert presses == (2 if twice else 1 if begins_live else 0), vendor


# ---- with trouble -------------------------------------------------------------------------------


@pytest.mark.timeout(0)
def test_every_seed_keeps_the_promises():
    began = time.perf_counter()
    points = sum(Story(Plan.of(seed)).play().points for seed in range(SEEDS))
    seconds = time.perf_counter() - began
    print(f"\n{SEEDS} seeds, {points} points in {seconds:.1f} s: {SEEDS / seconds:.0f} seeds a second")


CRASHED = ("confirms", "technical error once", "loses the answer, cancels", "refuses", "pending, then confirms")
HAPPY = {
    "confirms": {"done"},
    "pending, then confirms": {"done"},
    "loses the answer, cancels": {"done"},
    "technical error once": {"done"},
    "refuses": {"refused"},
    "loses the answer once": {"done"},
}


@pytest.mark.parametrize("vendor", HAPPY)
def test_a_crash_at_every_point_and_every_pair_of_points_changes_nothing(vendor):
    po = "loses the answer once" if vendor == "loses the answer once" else "cancels"
    alone = Story(Plan(vendor=vendor, po=po)).play().points
    ones = [frozenset({n}) for n in range(1, alone + 1)]
    twos = [frozenset(pair) for pair in combinations(range(1, 2 * alone + 1), 2) if pair[0] <= alone]
    ended: dict[str, int] = {}
    for crashes in (*ones, *twos):
        (receipt,) = Story(Plan(vendor=vendor, po=po, crashes=crashes)).play().receipts
        ended[receipt["outcome"]] = ended.get(receipt["outcome"], 0) + 1
    print(f"\n{vendor}: {len(ones)} points, {len(twos)} pairs: {ended}")
