"""What a tab of a PO's page tells of how many there are."""

from __future__ import annotations

import gc
import weakref

import pytest

from flows.realsource.counts import read_count, read_tab
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
BEFORE = PageSnapshot("", "<p>x</p>", 1.0)
LIST = "<table><tr><th>Invoice No.</th></tr><tr><td>1</td></tr><tr><td>2</td></tr></table>"


def tab(body, before=BEFORE, document=2.0):
    return read_tab(
        PageSnapshot("", f"<div>{body}</div>", document), REALSOURCE, "invoices", before
    )


def nothing(text):
    return f"<table><tr><td class=Error><span class=FieldOpt>{text}</span></td></tr></table>"


def test_a_tab_counts_what_it_lists():
    assert tab(LIST) == 2


@pytest.mark.parametrize(
    "text, count",
    [
        ("No invoices were found for this purchase order.", 0),
        ("There are no invoices", 0),
        ("None", 0),
        ("No receipts were found for this purchase order.", None),
        ("The invoices could not be loaded", None),
        ("No access to invoices", None),
        ("No answer: try again", None),
        ("No invoices", 0),
        ("No invoices found", 0),
        ("No invoices exist for this PO.", 0),
        ("There are no invoices for this purchase order", 0),
        ("There are currently no invoices.", 0),
        ("No records found", 0),
        ("No results", 0),
        ("Nothing was found.", 0),
        ("No open invoices", None),
        ("No invoices match the current filter", None),
        ("No results for the last 30 days", None),
        ("No pending invoices", None),
        ("None of the 2 invoices are in process", None),
        ("No unpaid invoices. 2 paid", None),
        ("No invoices found. 2 are hidden.", None),
        ("No records loaded yet", None),
        ("No invoices assigned to you", None),
        ("No invoices visible to your role", None),
        ("No response from server", None),
        ("No connection", None),
        ("None selected", None),
        ("No. of invoices: 2", None),
        ("", None),
    ],
)
def test_none_is_none_only_where_the_tab_says_so(text, count):
    assert tab(nothing(text)) == count


ROW = "<table><tr><td>INV-1</td><td>Paid</td></tr></table>"


@pytest.mark.parametrize(
    "beside",
    [ROW, "<ul><li>INV-1 Paid</li></ul>", "<div role=row>INV-1</div>", "<div><p>x</p>" + ROW],
)
def test_none_beside_a_list_is_not_none(beside):
    assert tab(nothing("None") + beside) is None
    assert tab(beside + nothing("None")) is None
    assert tab(f"<div>{nothing('None')}</div>{beside}") is None
    assert tab(f"{nothing('None')}<h2>Comments</h2>{beside}") == 0
    assert tab(f"<ul class=Tabs><li><a>Invoices</a></li></ul>{nothing('None')}") == 0


@pytest.mark.parametrize(
    "body", ["", "<p>Loading…</p>", "<table><tr><th>Invoice No.</th></tr></table>"]
)
def test_a_tab_that_did_not_load_tells_nothing(body):
    assert tab(body) is None


def test_what_stood_before_the_tab_was_opened_is_not_its_answer():
    said = nothing("No invoices were found")
    before = PageSnapshot("", said, 1.0)
    assert tab(said, before, document=1.0) is None
    assert tab(said + said, before, document=1.0) == 0
    assert tab(said, before, document=2.0) == 0


def test_a_page_that_was_read_is_let_go():
    page = PageSnapshot("", "<p>Invoices (2)</p>", 2.0)
    kept = weakref.ref(page)
    assert read_count(page, REALSOURCE, "invoices").count == 2
    del page
    gc.collect()
    assert kept() is None


def test_words_of_none_beside_a_list_are_no_label_either():
    """They are a label of the page, too: "No invoices"."""
    assert tab(nothing("No invoices")) == 0
    assert tab(nothing("No invoices") + "<ul><li>INV-2231 Paid $120</li></ul>") is None
    assert tab(nothing("No invoices") + "<div role=row><div role=cell>INV-2231</div></div>") is None
