"""The watch-list's findings in sets, each with its one action."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from robot.console.board.findings import FindingButton, button_of, sets_of
from robot.console.roles import Role
from robot.watchlist.findings import Finding, FindingKind, FoundOrder
from robot.watchlist.kept import FindingState, KeptFindings
from robot.watchlist.report import ExportRead, Report
from tests.support.console import Browser, words_of
from tests.support.facts import VENDOR

ONE = "111-0000001-0000001"


QUEUE = f"vendorfirst queue add {ONE} --po P1 --vendor amazon_business --reason x"


def finding(po, amount, kind=FindingKind.ALIVE_AT_VENDOR, action=QUEUE, **more):
    told = None if amount is None else Decimal(amount)
    return Finding(
        po=po,
        kind=kind,
        vendor=VENDOR,
        orders=(FoundOrder(ONE, "live", told),),
        amount=told,
        reason=f"{po} is cancelled in RealSource, and alive at Amazon Business.",
        action=action,
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
            finding("P5", "7.00", FindingKind.BILLED, "Return the goods: “No Credit”."),
        ]
    )
    return kept


def test_sets_have_the_dollars_at_stake(kept):
    alive, billed = sets_of(kept.listed())
    assert (alive.waiting, alive.amount, alive.untold) == (4, Decimal("260.50"), 2)
    assert alive.findings[0].told["po"] == "P2"
    assert (billed.waiting, billed.amount) == (1, Decimal("7.00"))


def test_page_shows_each_finding_with_its_action(kept, ann):
    text = ann.get("/watchlist").text
    said = words_of(text)
    assert "Cancelled here, alive at the vendor 4 $260.50 and 2 untold 4" in said
    assert "PO P4: 99.00 EUR, Amazon Business" in said
    assert f"{ONE}: live, 99.00 EUR New since" in said
    assert f"{ONE}: live, $250.50 New since" in said
    assert said.count("Check and cancel") == 4
    assert "Do now: Return the goods: “No Credit”." in said
    assert "vendorfirst queue add" not in said, "a button does it"
    copied = re.findall('data-copy="(.+?)"', text)
    assert [re.findall(f'id="{one}">(.+?)<', text) for one in copied] == [
        ["Return the goods: “No Credit”."]
    ]


@pytest.mark.parametrize(
    "kind, action, button",
    [
        (FindingKind.ALIVE_AT_VENDOR, QUEUE, "Check and cancel"),
        (FindingKind.OPEN_HERE, QUEUE, "Check and cancel"),
        (FindingKind.PARTLY, f"vendorfirst cancel {ONE}", "Check and cancel"),
        (FindingKind.UNCLEAR, "vendorfirst check P1", "Check"),
        (FindingKind.PARTLY, "Put this on the PO.", None),
        (FindingKind.ALIVE_AT_VENDOR, "Export it anew.", None),
    ],
)
def test_button_does_what_the_action_says(console, kind, action, button):
    kept = KeptFindings(console.database)
    kept.keep([finding("P1", "1.00", kind, action)])
    po = "P1" if button == "Check and cancel" else ""
    expected = None if button is None else FindingButton(button, ONE, po)
    assert [button_of(one) for one in kept.listed()] == [expected]


def test_button_of_several_orders_is_of_their_po(console, ann):
    kept = KeptFindings(console.database)
    both = (FoundOrder(ONE, "live", None), FoundOrder("111-0000002-0000002", "live", None))
    kept.keep([replace(finding("P0100001", "1.00"), orders=both)])
    assert [button_of(one) for one in kept.listed()] == [
        FindingButton("Check and cancel", "P0100001")
    ]
    assert ann.post("/cancel/check", {"number": "P0100001"}).status_code == 303


def test_order_without_a_po_is_settled_on_the_page(console, ann):
    kept = KeptFindings(console.database)
    kept.keep([finding(None, "1.00", FindingKind.UNCLEAR, f"vendorfirst check {ONE}")])
    assert f'action="/watchlist/{ONE}/settle"' in ann.get("/watchlist").text
    assert ann.post(f"/watchlist/{ONE}/settle", {"because": "A trial"}).status_code == 303
    assert [one.state for one in kept.listed()] == [FindingState.SETTLED]


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


def test_page_says_what_it_was_made_from_and_how_old_that_is(console, ann):
    """What was new when it was made grows old as the page is left."""
    now = datetime.now(UTC)
    kept = KeptFindings(console.database)
    kept.keep_report(report_of(now, days=1))
    text = ann.get("/watchlist").text
    assert "pos.csv (RealSource): 3 rows; newest day" in text
    assert "orders.csv (Amazon Business): 1 row; no days told, written" in text
    assert "RealSource was searched." in text
    assert "Nothing that was found waits for anybody." in text
    assert "It is old" not in text
    assert 'role="alert"' not in text
    kept.keep_report(report_of(now, days=4))
    text = ann.get("/watchlist").text
    assert text.count("It is old: export it anew before you act on it.") == 1
    assert text.count("pos.csv") == 1, "that of the last run alone"
    assert '<div role="alert">' in text


def report_of(now: datetime, days: int) -> Report:
    """A report of an export that is so many days old, and of one of today."""
    old = now - timedelta(days=days)
    here = ExportRead("realsource", "RealSource", "pos.csv", 3, 0, {}, old.date(), old)
    there = ExportRead(VENDOR, "Amazon Business", "orders.csv", 1, 0, {"po": "PO"}, None, now)
    return Report((), (here, there), now, "RealSource was searched.")
