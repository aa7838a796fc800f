"""The watch-list's findings in sets, each with its one action."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from robot.console.board.findings import sets_of
from robot.console.roles import Role
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.kept import FindingState, KeptFindings
from tests.support.console import Browser
from tests.support.facts import VENDOR

ONE = "111-0000001-0000001"


def finding(po, amount, kind=FindingKind.ALIVE_AT_VENDOR, **more):
    told = None if amount is None else Decimal(amount)
    return Finding(
        po=po,
        kind=kind,
        vendor=VENDOR,
        orders=(FoundOrder(ONE, "live", told),),
        amount=told,
        reason=f"{po} is cancelled in RealSource, and alive at Amazon Business.",
        action="Cancel it at Amazon Business.",
        **more,
    )


@pytest.fixture
def kept(console):
    kept = KeptFindings(console.database)
    kept.keep(
        [
            finding("P1", "10.00"),
            finding("P2", "250.50"),
            finding("P3", None),
            finding("P4", "99.00", currency="EUR"),
            finding("P5", "7.00", FindingKind.BILLED),
        ]
    )
    return kept


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_sets_have_the_dollars_at_stake(kept):
    alive, billed = sets_of(kept.listed())
    assert (alive.waiting, alive.amount, alive.untold) == (4, Decimal("260.50"), 2)
    assert alive.findings[0].told["po"] == "P2"
    assert (billed.waiting, billed.amount) == (1, Decimal("7.00"))


def test_page_shows_each_finding_with_its_action(kept, ann):
    said = words_of(ann.get("/watchlist").text)
    assert "Cancelled here, alive at the vendor 4 $260.50 and 2 untold 4" in said
    assert "PO P4: 99.00 EUR, Amazon Business" in said
    assert "Do now: Cancel it at Amazon Business." in said
    assert said.count("Check and cancel") == 4


def test_finding_is_settled_with_a_reason_and_a_name(kept, ann, console):
    assert ann.post("/watchlist/P2/settle", {"because": " "}).status_code == 400
    assert ann.post("/watchlist/P2/settle", {"because": "By telephone"}).status_code == 303
    (one,) = [one for one in kept.listed() if one.told["po"] == "P2"]
    assert (one.state, one.by, one.because) == (FindingState.SETTLED, "Ann", "By telephone")
    assert sets_of(kept.listed())[0].amount == Decimal("10.00")
    assert console.actions.newest(1)[0].subject == "P2: By telephone"
    assert ann.post("/watchlist/P2/settle", {"because": "Again"}).status_code == 409


def test_viewer_may_only_look(kept, console):
    viewer = Browser.of(console, Role.VIEWER)
    page = viewer.get("/watchlist").text
    assert "Check and cancel" not in page
    assert "Settled</button>" not in page
    assert viewer.post("/watchlist/P2/settle", {"because": "x"}).status_code == 403


def test_empty_watch_list_says_how_it_is_made(ann):
    assert "Nothing that was found waits for anybody." in ann.get("/watchlist").text
