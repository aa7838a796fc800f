"""Dirty pairs of exports, against a plain judge that knew the facts before they were written."""

from collections import Counter
from pathlib import Path

import pytest

from robot.sites.registry import Sites
from robot.watchlist.columns import CampusColumns
from robot.watchlist.exports import read_purchase_orders, read_vendor_orders
from robot.watchlist.findings import FindingKind, to_json
from robot.watchlist.join import join
from robot.watchlist.judge import Names
from tests.support.watchlist_files import CANARY, make_world, write_files
from tests.support.watchlist_oracle import at_stake, finding_of

SITES = Sites()
NAMES = Names("amazon_business", "Amazon Business", "RealSource")


def nobody(_field, _names):
    return None


def findings_of(here: Path, there: Path, home: Path):
    campus = CampusColumns(home)
    _, pos = read_purchase_orders(here, SITES.eprocurement, "amazon_business", campus, nobody)
    _, orders = read_vendor_orders(there, SITES.site("amazon_business"), campus, nobody)
    return list(join(pos, orders, NAMES))


def check_pair(seed: int, folder: Path) -> Counter[str]:
    """Judge a world both ways, money at stake and all, and return how often each finding came."""
    world = make_world(seed)
    here, there = write_files(world, folder, seed)
    found = findings_of(here, there, folder)
    expected = Counter((po.number, finding_of(world, po), at_stake(world, po)) for po in world.pos)
    unclear = FindingKind.UNCLEAR
    told = Counter(
        (one.po, one.kind.value, None if one.kind is unclear else one.amount) for one in found
    )
    assert told == expected, f"seed {seed}: missed {expected - told}, wrong {told - expected}"
    assert CANARY not in str([to_json(one) for one in found])
    assert all(one.reason for one in found)
    return Counter(one.kind.value for one in found)


def test_dirty_pairs_agree_with_the_plain_judge(tmp_path):
    told: Counter[str] = Counter()
    for seed in range(60):
        told += check_pair(seed, tmp_path)
    kinds = ("alive_at_vendor", "billed", "reordered", "partly", "open_here", "unclear")
    assert all(told[kind] >= 10 for kind in (*kinds, "clean", "not_found", "other_vendor")), told


@pytest.mark.slow
def test_a_thousand_dirty_pairs_agree(tmp_path):
    for seed in range(1000):
        check_pair(seed, tmp_path)
