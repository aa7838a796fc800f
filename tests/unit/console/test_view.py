"""A view of the orders lives in its address."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.console.board.parts import Part
from robot.console.board.view import Sort, View, parse_view

TODAY = date(2026, 3, 1)
DAYS = st.dates(date(2000, 1, 1), date(2999, 12, 31))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60).map(
    lambda text: " ".join(text.split())
)


def parsed(query: str) -> tuple[View, tuple[str, ...]]:
    return parse_view(dict(parse_qsl(query, keep_blank_values=True)), TODAY)


@given(
    st.builds(
        View,
        part=st.none() | st.sampled_from(Part),
        vendor=TEXTS,
        requester=TEXTS,
        first=st.none() | DAYS,
        last=st.none(),
        text=TEXTS,
        at_risk=st.booleans(),
        sort=st.sampled_from(Sort),
        descending=st.booleans(),
        page=st.integers(1, 1_000_000),
    )
)
def test_view_comes_back_from_its_address(view):
    assert parsed(view.query) == (view, ())


def test_usual_view_needs_no_query():
    assert View().query == ""
    assert not View(sort=Sort.PO, page=3).filtered
    assert View(text="pens").filtered


@pytest.mark.parametrize(
    "query, said",
    [
        ("part=lost", "part: 'lost' can't be meant."),
        ("sort=;drop", "sort: ';drop' can't be meant."),
        ("page=0", "page: '0' can't be meant."),
        ("page=99999999", "page: '99999999' can't be meant."),
        ("desc=yes", "desc: 'yes' can't be meant."),
        ("from=31.1.2026", "from: '31.1.2026' is no day"),
        (f"text={'x' * 101}", "text: "),
    ],
)
def test_what_cannot_be_meant_is_said_and_left_out(query, said):
    view, faults = parsed(query)
    assert view == View()
    assert len(faults) == 1
    assert faults[0].startswith(said)


def test_end_before_the_begin_is_said():
    view, faults = parsed("from=2026-02-02&to=2026-02-01")
    assert (view.first, view.last) == (date(2026, 2, 2), None)
    assert faults == ("to: 2026-02-01 is before 2026-02-02.",)


def test_days_may_be_words():
    view, _ = parsed("from=yesterday&to=today")
    assert (view.first, view.last) == (date(2026, 2, 28), TODAY)


def test_column_is_sorted_the_other_way_when_asked_again():
    view = View(page=7).sorted_by("po")
    assert view == replace(View(), sort=Sort.PO, descending=False)
    assert view.sorted_by("po").descending
    assert View().sorted_by("asked") == replace(View(), descending=False)
