"""RealSource's own search instead of an export of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from robot.clock import utc_now
from robot.errors import BadInput
from robot.sites.registry import Sites
from robot.watchlist.columns import CampusColumns
from robot.watchlist.findings import FindingKind
from robot.watchlist.look import wanted_look
from robot.watchlist.search import SearchedDays, make_search_report, searched_days
from robot.watchlist.views import render_page

OLD, NEW, LOOSE = (f"111-000000{n}-000000{n}" for n in (1, 2, 3))
ORDERS = f"""Order Date,Order ID,PO Number,Order Net Total,Order Status
10/01/2026,{OLD},P0100001,10.00,Pending
11/20/2026,{NEW},P0100002,20.00,Pending
11/20/2026,{LOOSE},,30.00,Pending
"""


@pytest.fixture
def made(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")

    def make(days: SearchedDays):
        files: dict[str, Path] = {"amazon_business": file}
        campus = CampusColumns(tmp_path, {})
        return make_search_report(files, days, Sites(), campus, lambda *_: None, utc_now())

    return make


@pytest.mark.parametrize(
    "text, days",
    [
        ("search", SearchedDays()),
        ("search:2026-10-01..2026-10-31", SearchedDays(date(2026, 10, 1), date(2026, 10, 31))),
        ("search:2026-10-01..", SearchedDays(date(2026, 10, 1), None)),
        ("search.csv", None),
        ("exports/pos", None),
    ],
)
def test_search_is_told_from_a_file(text, days):
    assert searched_days(text) == days


@pytest.mark.parametrize(
    "text", ["search:", "search:october", "search:2026-10-31..2026-10-01", "search:1..2..3"]
)
def test_days_that_are_none_are_refused(text):
    with pytest.raises(BadInput, match="does not name days"):
        searched_days(text)


def test_each_po_of_the_vendors_export_is_asked_for(made):
    """It is unclear until then, and looked at by its number, in both systems."""
    report = made(SearchedDays())
    found = {one.po: one for one in report.findings}
    assert set(found) == {"P0100001", "P0100002", None}
    assert {one.kind for one in report.findings} == {FindingKind.UNCLEAR}
    assert "was not asked for it yet" in found["P0100001"].reason
    wanted = wanted_look(found["P0100001"], Sites(), utc_now(), "")
    assert (wanted.request.number, wanted.request.po) == (None, "P0100001")


def test_only_orders_of_these_days_are_asked_for(made):
    report = made(SearchedDays(date(2026, 11, 1), None))
    assert {one.po for one in report.findings} == {"P0100002", None}


def test_number_that_is_no_po_is_not_said_to_be_asked_for(tmp_path):
    """Nobody waits for a look that can never be made."""
    file = tmp_path / "orders.csv"
    file.write_text(f"Order ID,PO Number,Order Status\n{OLD},for the lab,Pending\n")
    campus = CampusColumns(tmp_path, {})
    files = {"amazon_business": file}
    days = SearchedDays()
    report = make_search_report(files, days, Sites(), campus, lambda *_: None, utc_now())
    assert "is no number that RealSource can be asked for" in report.findings[0].reason


def test_what_a_search_does_not_find_is_said(made):
    report = made(SearchedDays())
    told = report.sources.lines(report.made_at)
    assert "a PO that the report does not name is not found this way" in told[-1]
    assert "does not name is not found" in render_page(report)


def test_page_says_whether_sites_were_looked_at(made):
    report = made(SearchedDays())
    assert "no site was asked" in render_page(report)
    seen = tuple(replace(one, seen_at=utc_now()) for one in report.findings)
    assert "looks at the sites; nothing was pressed" in render_page(replace(report, findings=seen))
