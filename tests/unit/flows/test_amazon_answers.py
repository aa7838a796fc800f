"""What an answer or a list says against itself confirms nothing, and is not whole."""

import json

import pytest

from flows.amazon.readers import read_submit_result
from flows.amazon.search import read_list, read_list_total
from flows.saved import read_saved
from robot.cancellation.orders import Verdict
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

SITES = Sites()
AMAZON = SITES.site("amazon_business")
NUMBER, OTHER = "111-0000001-0000001", "111-0000002-0000002"


def answer(banner="Cancellation successful", status="Cancelled", more=""):
    html = (
        "<html><body><div id=preship-cancel-summary-page-container><h1>Cancellation Summary</h1>"
        f"<div class=preshipCancel-banner data-csa-c-content-id=SUCCESS><h5>{banner}</h5></div>"
        f"<h2 class=preshipCancel-shipment-status>{status}</h2>{more}</div></body></html>"
    )
    page = PageSnapshot("https://www.amazon.com/preship/cancel-summary", html)
    result = read_submit_result(page, AMAZON, "cancel_summary")
    assert result is not None
    return result.verdict


def test_a_success_in_a_sentence_of_its_own_is_one():
    assert answer() is Verdict.CONFIRMED
    assert answer("Cancellation\u00a0successful.", "Can\u00adcelled") is Verdict.CONFIRMED
    assert answer(more="<p>Refunds take 3 to 5 days.</p>") is Verdict.CONFIRMED


@pytest.mark.parametrize(
    "banner, status, more",
    [
        ("Was your cancellation successful? Tell us", "Cancelled", ""),
        ("Cancellation successful for 1 of 2 items", "Cancelled", ""),
        ("Cancellation successful once the seller agrees", "Cancelled", ""),
        ("<s>Cancellation successful</s>", "Cancelled", ""),
        ("Cancellation successful", "<s>Cancelled</s>", ""),
        ("Cancellation successful", "Cancelled (1 of 2)", ""),
        ("Cancellation successful", "Cancelled", "<p role=alert>Some could not be cancelled</p>"),
        ("Cancellation successful", "Cancelled", "<p>Your cancellation request goes to Ann</p>"),
    ],
)
def test_a_success_with_a_word_against_it_is_unclear(banner, status, more):
    assert answer(banner, status, more) is Verdict.UNCLEAR


def a_list(*fields, total="", more=""):
    cards = "".join(f"<div id=orderCard><p id=orderIdField>{one}</p></div>" for one in fields)
    return (
        "<!doctype html><html><body><a id=nav-link-accountList href=/a>"
        "<span id=nav-link-accountList-nav-line-1>Hello, Q</span></a>"
        f"<div id=yourOrderHistorySection><p id=orderHistoryMessages data-totalOrders='{total}'>"
        f"</p>{more}{cards}</div></body></html>"
    )


@pytest.mark.parametrize(
    "field",
    [f"{NUMBER} (replaces {OTHER})", "١١١-٠٠٠٠٠٠١-٠٠٠٠٠٠١", f"{NUMBER}9", f"<s>{NUMBER}</s>"],
)
def test_a_card_with_another_number_beside_its_own_tells_none(field):
    assert read_list(PageSnapshot("", a_list(field)), AMAZON) == (None,)


@pytest.mark.parametrize("total", ["²", "١", "1+", ""])
def test_a_count_in_other_digits_is_not_read(total):
    assert read_list_total(PageSnapshot("", a_list(total=total)), AMAZON) is None


def test_a_list_that_failed_to_load_tells_no_count():
    failed = "<div role=alert>Something went wrong. We couldn't load your orders.</div>"
    assert read_list_total(PageSnapshot("", a_list(total="0", more=failed)), AMAZON) is None
    told = a_list(total="0", more="<div role=alert>Try our new search.</div>")
    assert read_list_total(PageSnapshot("", told), AMAZON) == 0


@pytest.fixture
def saved(tmp_path):
    def run(screen, source):
        file = tmp_path / "page.html"
        file.write_text(source, encoding="utf-8")
        facts = read_saved(SITES, *screen.split(), str(file)).facts
        assert facts is not None
        return json.loads(facts)

    return run


def test_a_list_that_shows_more_than_it_tells_says_so(saved):
    facts = saved("amazon_business business_list", a_list(NUMBER, OTHER, total="1"))
    assert (facts["is_whole"], facts["unread"]) == (False, ["1 orders are told, 2 shown"])


def test_other_screens_of_the_same_kind_are_read_too(saved):
    header = (
        "<a id=nav-link-accountList href=/a><i id=nav-link-accountList-nav-line-1>Hello</i></a>"
    )
    absent = f"<html><body>{header}<h4>We can't find that order</h4></body></html>"
    assert saved("amazon_business order_not_found", absent)["state"] == "not_found"
    later = absent.replace("that order", "that order right now")
    assert saved("amazon_business order_not_found", later)["state"] == "unknown"
    title = (
        "<html><title>Status - PO P0100001</title><body>"
        "<dl><dt>Status</dt><dd>Completed</dd><dt>Supplier</dt><dd>Amazon</dd></dl></body></html>"
    )
    assert saved("realsource po_by_title", title)["status"] == "open"


RESULTS = (
    "<html><body><input id=Phoenix_Notifications_QuickSearchTerms>{}"
    "<table class=SearchResults><tbody>{}</tbody></table></body></html>"
)


@pytest.mark.parametrize(
    "said, rows, documents, unread",
    [
        ("", "", None, ["whether there are any"]),
        ("<p class=NoResults>No results</p>", "", [], []),
        ("<p>1 result</p>", "<tr><td><a>P0100001</a></td></tr>", ["P0100001"], []),
        (
            "<p>1 - 1 of 12 results</p><button aria-label='Next page'></button>",
            "<tr><td><a>P0100001</a></td></tr>",
            ["P0100001"],
            ["further pages", "12 results are told, 1 shown"],
        ),
    ],
)
def test_a_search_tells_what_of_its_answer_is_missing(saved, said, rows, documents, unread):
    facts = saved("realsource results", RESULTS.format(said, rows))
    assert (facts["documents"], facts["unread"]) == (documents, unread)


@pytest.mark.parametrize(
    "more",
    [
        "<p>1 item could not be cancelled.</p>",
        "<h3>Will still be delivered</h3><div class=item-title>Lamp</div>",
        "<p>2 items have already shipped.</p>",
    ],
)
def test_a_success_beside_what_goes_on_confirms_nothing(more):
    assert answer(more=more) is Verdict.UNCLEAR
