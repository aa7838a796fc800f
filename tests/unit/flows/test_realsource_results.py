"""What a list of results proves of the PO that was searched for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from flows.realsource.results import Answer, Results, answer_of, read_results
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0051420"
ADDRESS = f"https://solutions.sciquest.com/apps/Router/QuickSearch?Type=PurchaseOrders&Terms={PO}"
NEXT = "<button aria-label='Next page'>&gt;</button>"
NO_NEXT = "<button aria-label='Next page' disabled>&gt;</button>"
NOTHING = f'<div class=NoResults><b>No results</b><p>Nothing was found for "{PO}".</p></div>'


def table_of(*numbers):
    rows = "".join(f"<tr><td><a href=#>{number}</a></td></tr>" for number in numbers)
    return f"<table class=SearchResults><tbody>{rows}</tbody></table>"


def results(*numbers, count="", after="", address=ADDRESS):
    return read(f"<p>{count}</p>{table_of(*numbers)}{after}", address)


def page_of(body, address=ADDRESS, terms=""):
    field = f"<input id=Phoenix_Notifications_QuickSearchTerms value='{terms}'>"
    return PageSnapshot(address, f"<html><body>{field}{body}</body></html>")


def read(body, address=ADDRESS, terms=""):
    return read_results(page_of(body, address, terms), REALSOURCE, PO)


def answer(*pages):
    return answer_of(pages, PO)


@pytest.mark.parametrize("count", ["", "1-3 of 3 results", "3 results"])
@pytest.mark.parametrize("after", ["", NO_NEXT])
def test_an_exact_match_that_is_there_once_is_the_one(count, after):
    """Look-alikes beside it are no reason to stop."""
    listed = results(PO, f"{PO}A", f"{PO}7", count=count, after=after)
    assert answer(listed) is Answer.ONE
    assert dict(listed.rows)[PO] == 0


def test_two_exact_matches_are_several():
    assert answer(results(PO, f"{PO}A", PO)) is Answer.SEVERAL
    first = results(PO, after=NEXT)
    assert answer(first) is Answer.MORE
    assert answer(first, results(f"{PO}A", PO)) is Answer.SEVERAL
    assert answer(first, results(f"{PO}A")) is Answer.ONE


@pytest.mark.parametrize("called", ["-R1", " Rev. 2", " (Revision 1)", "/r12", "R1"])
def test_a_revision_beside_the_exact_match_is_the_same_po_again(called):
    """Which of the two is to be cancelled is not known, wherever in the list they stand."""
    assert answer(results(PO, f"{PO}{called}")) is Answer.SEVERAL
    assert answer(results(f"{PO}{called}", after=NEXT)) is Answer.MORE
    assert answer(results(f"{PO}{called}", after=NEXT), results(PO)) is Answer.SEVERAL
    assert answer(results(PO, after=NEXT), results(f"{PO}{called}")) is Answer.SEVERAL


def test_revision_is_seen_in_each_link_of_a_row():
    rows = f"<tr><td><a>{PO}</a></td></tr><tr><td><a>View</a><a>{PO} Rev 1</a></td></tr>"
    listed = read(f"<table class=SearchResults><tbody>{rows}</tbody></table>")
    assert answer(listed) is Answer.SEVERAL


@pytest.mark.parametrize("called", [f"{PO}A", f"{PO}7", f"{PO}RX", "P0051421-R1"])
def test_another_number_that_begins_alike_is_no_revision(called):
    assert answer(results(PO, called)) is Answer.ONE


def test_site_file_older_than_revisions_still_reads_lists():
    """A campus's own file stops no run in its middle: it knows the PO, and rows that name it."""
    newer = {"po_revision", "cut_short"}
    phrases = {k: v for k, v in REALSOURCE.phrases.items() if k not in newer}
    older = replace(REALSOURCE, phrases=phrases)
    page = page_of(table_of(PO, f"{PO}R1"))
    assert answer(read_results(page, older, PO)) is Answer.ONE
    assert answer(read_results(page, REALSOURCE, PO)) is Answer.SEVERAL
    named = page_of(table_of(PO, f"{PO}-R1"))
    assert answer(read_results(named, older, PO)) is Answer.SEVERAL


def test_revision_alone_is_not_the_po():
    assert answer(results(f"{PO}-R1", count="1 result")) is Answer.NONE


def test_list_whole_by_its_own_count_that_lacks_it_has_none():
    """A list that is whole by its own count and lacks it has none."""
    assert answer(results(f"{PO}A", f"{PO}7", count="1-2 of 2 results")) is Answer.NONE
    pages = (
        results(f"{PO}A", count="1-1 of 2 results", after=NEXT),
        results(f"{PO}7", count="2-2 of 2 results"),
    )
    assert answer(*pages) is Answer.NONE


@pytest.mark.parametrize(
    "listed",
    [
        results(),
        results(f"{PO}A"),
        results(f"{PO}A", count="1-1 of 2 results"),
        results(PO, count="1-1 of 2 results"),
        results(f"{PO}A", count="1 result", after="<p>Filtered by: owner</p>"),
        results(f"{PO}A", count="1 result", after="<b class=ActiveFilter>Last 90 days</b>"),
        results("", count="0 results"),
        Results(rows=((PO, 0),), unlinked=1),
    ],
)
def test_a_list_that_is_not_whole_proves_nothing(listed):
    assert answer(listed) is Answer.UNCLEAR


def test_a_row_without_a_link_leaves_the_list_open():
    rows = f"<tr><td><a href=#>{PO}</a></td></tr><tr><td>{PO}</td></tr>"
    listed = read(f"<table class=SearchResults><tbody>{rows}</tbody></table>")
    assert (listed.unlinked, answer(listed)) == (1, Answer.UNCLEAR)


@pytest.mark.parametrize(
    "body, address, terms",
    [
        (NOTHING, "https://solutions.sciquest.com/apps/Router/Search", ""),
        ("<div class=NoResults>No results</div>", ADDRESS, ""),
        ("<p>No matches</p>", "https://solutions.sciquest.com/apps/Router/Search", PO),
    ],
)
def test_that_there_is_none_is_said_of_this_search(body, address, terms):
    assert answer(read(body, address, terms)) is Answer.NONE


@pytest.mark.parametrize(
    "body, address, terms",
    [
        ("<div class=NoResults>No results</div>", "https://solutions.sciquest.com/x", ""),
        ("<div class=NoResults></div>", ADDRESS, PO),
        ("<div class=NoResults>The search is not available</div>", ADDRESS, PO),
        (NOTHING.replace(PO, "P0051421"), ADDRESS, ""),
        (NOTHING, ADDRESS.replace(PO, "P0051421"), ""),
        (NOTHING, ADDRESS, "P0051421"),
        (NOTHING + "<p>Filtered by: last 90 days</p>", ADDRESS, PO),
    ],
)
def test_empty_answer_of_another_search_proves_nothing(body, address, terms):
    """An empty answer that is not of this search proves nothing."""
    assert answer(read(body, address, terms)) is Answer.UNCLEAR


def test_a_number_is_compared_without_blanks_of_no_width():
    assert answer(results("P005\u200b1420")) is Answer.ONE


def test_the_wanted_link_of_a_row_counts():
    rows = f"<tr><td><a>View</a><a>{PO}</a></td></tr><tr><td><a>View</a><a>{PO}A</a></td></tr>"
    listed = read(f"<table class=SearchResults><tbody>{rows}</tbody></table>")
    assert listed.rows == ((PO, 1), (f"{PO}A", 3))


def test_what_is_taken_away_never_makes_a_list_say_more():
    """Without one of its signs, neither a second match nor a missing count is forgotten."""
    whole = {"count": "1-2 of 2 results"}
    assert answer(results(PO, PO, **whole)) is Answer.SEVERAL
    assert answer(results(PO, **whole)) is Answer.UNCLEAR
    assert answer(results(f"{PO}A", f"{PO}7", **whole)) is Answer.NONE
    assert answer(results(f"{PO}A", **whole)) is Answer.UNCLEAR
    assert answer(results(f"{PO}A", f"{PO}7")) is Answer.UNCLEAR
    assert answer(results(**whole)) is Answer.UNCLEAR
