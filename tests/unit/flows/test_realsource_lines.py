"""Lines and totals of a group, or of a page of several, are not the PO's."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flows.realsource.details import read_po
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"
ROW = "<tr><td>1</td><td>Pens</td><td>100.00 USD</td><td>1</td></tr>"
TABLE = (
    f"<table><tr><th>Line</th><th>Item</th><th>Unit Price</th><th>Quantity</th></tr>{ROW}</table>"
)
TOTAL = "<dl><dt>Total</dt><dd>100.00 USD</dd></dl>"


def read(lines, beside=""):
    html = (
        f"<body><div><div><h1>Purchase Order • P0100001</h1>{beside}</div>"
        "<h2>General Information</h2><dl><dt>Status</dt><dd>Completed</dd><dt>Supplier</dt>"
        f"<dd>Amazon</dd></dl>{lines}</div></body>"
    )
    facts = read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business")
    return facts.total, facts.line_count


WHOLE = (Decimal("100.00"), 1)


@pytest.mark.parametrize(
    "groups",
    [
        TABLE + TOTAL + TABLE + TOTAL,
        f"<h2>1 Item</h2>{TABLE}{TOTAL}<h2>1 Item</h2>{TABLE}{TOTAL}",
        f"<h2>2 Items</h2>{TABLE}{TOTAL}{TABLE}{TOTAL}",
        f"<h2>Ship to A</h2>{TABLE}<h2>Total (100.00 USD)</h2><h2>Ship to B</h2>{TABLE}",
    ],
)
def test_groups_of_lines_tell_neither_the_lines_nor_the_total(groups):
    assert read(groups) == (None, None)
    grand = "<dl><dt>Grand Total</dt><dd>200.00 USD</dd></dl>"
    assert read(groups + grand) == (Decimal("200.00"), None)


@pytest.mark.parametrize(
    "said",
    [
        "<p>Showing 1 of 3 lines</p>",
        "<p>1 - 10 of 12</p>",
        "<p>11 - 12 of 12 items</p>",
        "<p>Page 1 of 2</p>",
        "<div>Page <select><option selected>1</option></select> of 2</div>",
        "<div class=pager><a href=#>1</a> <a href=#>2</a> <a href=#>Next &gt;</a></div>",
        "<a href=#>View remaining lines</a>",
        "<span>+ 3 lines</span>",
        "<button>View all</button>",
        "<p aria-busy=true>…</p>",
    ],
)
@pytest.mark.parametrize(
    "shape", ["{0}{1}", "{1}{0}", "<div><h2>Lines</h2>{0}<div>{1}</div></div>"]
)
def test_a_part_of_the_lines_leaves_their_number_open(said, shape):
    assert read(shape.format(TABLE, said) + TOTAL) == (Decimal("100.00"), None)


def test_lines_that_are_being_filled_in_are_not_counted():
    assert read(f"<div aria-busy=true>{TABLE}</div>{TOTAL}") == (Decimal("100.00"), None)


@pytest.mark.parametrize(
    "said",
    [
        "<p>Showing 1 of 1 lines</p>",
        "<p>1 - 1 of 1</p>",
        "<p>Page 1 of 1</p>",
        "<button disabled>Next</button>",
        "<h2>Comments</h2><a href=#>View all</a><p>Page 1 of 4</p>",
        "<h2>Workflow</h2><p>1 of 3</p><a href=#>More</a>",
    ],
)
def test_all_lines_or_a_part_of_something_else_are_told_whole(said):
    assert read(TABLE + TOTAL + said) == WHOLE


def test_the_document_among_the_results_is_not_one_of_its_lines():
    assert read(TABLE + TOTAL, "<span>1 of 25 results</span><a href=#>Next</a>") == WHOLE
