"""A search that may list its PO twice, or elsewhere: it leads to none."""

from __future__ import annotations

import pytest

from flows.realsource.results import Answer, answer_of, read_results
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0051420"
ADDRESS = f"https://solutions.sciquest.com/apps/Router/QuickSearch?Type=PurchaseOrders&Terms={PO}"
NEXT = "<button aria-label='Next page'>&gt;</button>"
NO_NEXT = "<button aria-label='Next page' disabled>&gt;</button>"


def row(called, *cells):
    shown = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr><td><a href=#>{called}</a></td>{shown}</tr>"


def listed(*rows, beside="", above=""):
    head = "<tr><th>Purchase Order</th><th>Supplier</th><th>Status</th></tr>"
    table = (
        f"<table class=SearchResults><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    )
    page = f"<h1>Search Results</h1><div>{above}{table}{beside}</div>"
    source = f"<html><body>{page}</body></html>"
    return read_results(PageSnapshot(ADDRESS, source), REALSOURCE, PO)


def answer(*pages):
    return answer_of(pages, PO)


@pytest.mark.parametrize(
    "second",
    [
        row(f"{PO}-1 / revision"),
        row(f"{PO}-1"),
        row(f"{PO}.001"),
        row(f"{PO}_2"),
        row(f"{PO} v2"),
        row(f"{PO} (2)"),
        row(f"{PO} - Change Order 1"),
        row(f"{PO} Amendment 1"),
        row(f"Revision 2 of {PO}"),
        row(f"PO #{PO}", "Amazon", "Cancelled"),
        row(PO.lower(), "Amazon", "Cancelled"),
        row("View", PO, "Amazon", "Cancelled"),
        row("P0059999", "Amazon", f"Replaces {PO}"),
    ],
)
def test_second_row_that_names_the_po_leaves_open_which_is_it(second):
    first = row(PO, "Amazon", "Completed")
    assert answer(listed(first)) is Answer.ONE
    assert answer(listed(first, second)) is Answer.SEVERAL
    assert answer(listed(second, first)) is Answer.SEVERAL
    assert answer(listed(first, beside=NEXT), listed(second)) is Answer.SEVERAL


@pytest.mark.parametrize(
    "second",
    [
        row(f"{PO}A", "Amazon", "Completed"),
        row(f"{PO}7", "Amazon", "Completed"),
        row(f"X{PO}", "Amazon", "Completed"),
        row("P0051421", "Amazon", "Completed"),
    ],
)
def test_second_row_of_another_number_is_another_po(second):
    assert answer(listed(row(PO, "Amazon", "Completed"), second)) is Answer.ONE


def test_own_row_may_have_further_links():
    own = row(PO, f"<a href=#>{PO} comments</a>", "<a href=#>4711001</a>", "Completed")
    assert answer(listed(own)) is Answer.ONE


@pytest.mark.parametrize(
    "beside",
    [
        "<p>Page 1 of 3</p>",
        "<div>Page <select><option selected>1</option><option>2</option></select> of 2</div>",
        "<form>Page 1 of 3 <button>Go</button> <i>x</i> <b>y</b></form>",
        "<p>1-10 of 25 results</p>",
        "<p>Showing 1-1 of 25</p>",
        "<p>1 to 1 of 25 entries</p>",
        "<p>1 result</p><p>25 results</p>",
        "<a href=#>Next</a>",
        "<a href=# title='Next page'>›</a>",
        "<button>View all</button>",
        "<p>Showing first 1 results. Refine your search.</p>",
        "<p>Partial results: the search timed out.</p>",
        "<p>More than 500 documents match; the first are shown.</p>",
        "<p>Some documents could not be loaded and are not shown.</p>",
        "<div aria-busy=true></div>",
    ],
)
def test_list_with_more_than_it_shows_is_not_proven_whole(beside):
    assert answer(listed(row(PO, "Amazon", "Completed"), beside=beside)) is Answer.UNCLEAR
    others = listed(row(f"{PO}A"), row(f"{PO}7"), beside=f"<p>2 results</p>{beside}")
    assert answer(others) is Answer.UNCLEAR


@pytest.mark.parametrize(
    "beside",
    [
        "<p>Page 1 of 1</p>",
        "<p>1-1 of 1 results</p>",
        "<p>Showing 1 to 1 of 1 entries</p>",
        f"{NO_NEXT}<p>1 result</p>",
        "<a href=# class=disabled>Next</a>",
        "<ul><li class=disabled><a href=#>›</a></li></ul>",
        "<h2>Refine Search Results</h2><p>Supplier</p><p>Date range</p><a href=#>more</a>",
        "<div>Results per page <select><option selected>20</option></select></div>",
        "<p>20 of 100 documents in your favorites were viewed</p>",
        "<a href=#>Export Search</a> <a href=#>Save New Search</a> <a href=#>Pin Filters</a>",
        "<p>Only the first 1,000 results can be exported.</p>",
        "<p>Export up to the top 500 results</p>",
        "<aside><div>Status</div><a href=#>Show more</a></aside>",
    ],
)
def test_furniture_of_a_whole_list_does_not_doubt_it(beside):
    assert answer(listed(row(PO, "Amazon", "Completed"), beside=beside)) is Answer.ONE


@pytest.mark.parametrize(
    "above",
    [
        "<div class=toolbar><button>Export</button> <button>More</button></div>",
        "<div class=facets><b>Supplier</b> <a href=#>Show more</a></div>",
        "<div><a href=#>Orders</a> <a href=#>&gt;</a></div>",
    ],
)
def test_tools_above_a_list_lead_to_no_more_of_it(above):
    assert answer(listed(row(PO, "Amazon", "Completed"), above=above)) is Answer.ONE


@pytest.mark.parametrize(
    "onward", ["<a href=#>Next</a>", "<a href=#>View all</a>", "<p>1 of 3</p>"]
)
def test_what_leads_on_counts_above_a_list_too(onward):
    assert answer(listed(row(PO, "Amazon", "Completed"), above=onward)) is Answer.UNCLEAR


@pytest.mark.parametrize(
    "pager",
    [
        "<div><span>Page 1 of 1</span> <span>1-2 of 2 Results</span></div>",
        "<div><span>1-2 of 2 Results</span> <span>Page 1 of 1</span></div>",
        f"<div><span>1 of 1</span>{NO_NEXT}</div>",
    ],
)
def test_pager_in_one_piece_is_read_part_by_part(pager):
    rows = row(PO, "Amazon", "Completed"), row(f"{PO}A", "Amazon", "Completed")
    assert answer(listed(*rows, beside=pager)) is Answer.ONE
    more = "<div><span>Page 1 of 2</span> <span>1-2 of 35 Results</span></div>"
    assert answer(listed(*rows, beside=more)) is Answer.UNCLEAR


def test_pages_that_were_all_seen_are_the_whole_list():
    pages = (
        listed(row(PO), beside=f"<p>1-1 of 2 results</p><p>Page 1 of 2</p>{NEXT}"),
        listed(row(f"{PO}A"), beside=f"<p>2-2 of 2 results</p><p>Page 2 of 2</p>{NO_NEXT}"),
    )
    assert answer(pages[0]) is Answer.MORE
    assert answer(*pages) is Answer.ONE
    third = listed(row(f"{PO}A"), beside="<p>Page 2 of 3</p>")
    assert answer(listed(row(PO), beside=f"<p>Page 1 of 3</p>{NEXT}"), third) is Answer.UNCLEAR
