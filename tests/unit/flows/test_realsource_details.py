"""What is proven of a PO by its page, sign by sign."""

from __future__ import annotations

import copy
from decimal import Decimal

import pytest
from lxml import html as lxml_html

from flows.realsource.details import read_po, read_status
from robot.cancellation.orders import PoStatus
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"


def read(body, title="", address=ADDRESS):
    html = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return read_po(PageSnapshot(address, html), REALSOURCE, "amazon_business", ("Cancel PO",))


def slots(**values):
    rows = "".join(f"<dt>{key.replace('_', ' ')}</dt><dd>{v}</dd>" for key, v in values.items())
    return f"<h1>Purchase Order • {PO}</h1><dl>{rows}</dl>"


# ---- the status ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words, status",
    [
        ("Completed", PoStatus.OPEN),
        ("Sent to Supplier", PoStatus.OPEN),
        ("Completed 11/21/2025 9:14 AM", PoStatus.OPEN),
        ("Cancelled", PoStatus.CANCELLED),
        ("Canceled on 11/22/2025", PoStatus.CANCELLED),
        ("PO Cancelled", PoStatus.CANCELLED),
        ("Closed", PoStatus.CLOSED),
        ("Soft Closed", PoStatus.CLOSED),
        ("Pending approval", PoStatus.IN_APPROVAL),
        ("Awaiting department approval", PoStatus.IN_APPROVAL),
    ],
)
def test_a_status_is_read_by_its_whole_phrase(words, status):
    facts = read(slots(Supplier="Amazon", Status=words))
    assert (facts.status, facts.status_text) == (status, words)


@pytest.mark.parametrize(
    "words",
    [
        "Cancellation pending",
        "Cancellation requested",
        "Cancellation in progress",
        "Cancelled - pending",
        "Cancelled, approval requested",
        "Partially cancelled",
        "To be cancelled",
        "Pending cancellation approval",
        "Will be completed",
        "Not yet sent",
        "Open items: none",
        "Reopened?",
        "",
    ],
)
def test_a_status_in_other_words_is_unknown_and_named(words):
    facts = read(slots(Supplier="Amazon", Status=words))
    assert facts.status is PoStatus.UNKNOWN
    assert f"the status ({words or 'not told'})" in facts.unread


@pytest.mark.parametrize("second", ["Cancelled", "Cancellation pending"])
def test_two_statuses_that_differ_are_unknown(second):
    facts = read(slots(Supplier="Amazon", Status="Completed", PO_Status=second))
    assert facts.status is PoStatus.UNKNOWN
    assert f"the status (Completed; {second})" in facts.unread


# ---- the number ----------------------------------------------------------------------------------


def numbered(heading="", title="", slot="", address=""):
    head = f"<h1>{heading}</h1>" if heading else ""
    number = f"<dt>PO Number</dt><dd>{slot}</dd>" if slot else ""
    body = (
        f"{head}<dl>{number}<dt>Status</dt><dd>Completed</dd><dt>Supplier</dt><dd>Amazon</dd></dl>"
    )
    return read(body, title, ADDRESS + address)


@pytest.mark.parametrize(
    "places, used",
    [
        ({"heading": f"Purchase Order • {PO}"}, "heading"),
        ({"title": f"Status - PO {PO}"}, "title"),
        ({"slot": PO}, "labelled slot"),
        ({"address": f"&PoNumber={PO}"}, "address"),
        ({"heading": f"Purchase Order • {PO}", "title": f"Status - PO {PO}"}, "heading, title"),
    ],
)
def test_the_number_is_read_from_every_place_that_tells_it(places, used):
    facts = numbered(**places)
    assert (facts.number, facts.status) == (PO, PoStatus.OPEN)
    assert facts.text.startswith(f"PO {PO} (by its {used});")


ALL_PLACES = {
    "heading": "Purchase Order • {}",
    "title": "Status - PO {}",
    "slot": "{}",
    "address": "&PoNumber={}",
}


@pytest.mark.parametrize("other", ALL_PLACES)
def test_places_that_tell_different_numbers_tell_none(other):
    places = {key: text.format(PO) for key, text in ALL_PLACES.items()}
    assert numbered(**places).number == PO
    facts = numbered(**places | {other: ALL_PLACES[other].format("P0100002")})
    assert (facts.number, facts.status) == ("", PoStatus.UNKNOWN)
    (unread,) = [one for one in facts.unread if "number" in one]
    assert "P0100001" in unread
    assert "P0100002" in unread


@pytest.mark.parametrize("place", ALL_PLACES)
@pytest.mark.parametrize(
    "said, number",
    [
        ("P0012345_1", "P0012345_1"),
        ("2026/00123", "2026/00123"),
        ("P00123\u200b45", "P0012345"),
        ("P0012345*7", ""),
    ],
)
def test_a_number_is_read_whole_or_not_at_all(place, said, number):
    assert numbered(**{place: ALL_PLACES[place].format(said)}).number == number


@pytest.mark.parametrize("place", ["heading", "slot"])
@pytest.mark.parametrize("said", ["P0012345, P0012346", "P0012345 P0012346"])
def test_two_numbers_in_one_place_are_none(place, said):
    assert numbered(**{place: ALL_PLACES[place].format(said)}).number == ""


def test_an_address_that_holds_an_id_tells_no_number():
    assert numbered(address="&DocumentId=12345678").number == ""


# ---- the supplier, the total, the lines ----------------------------------------------------------


def test_a_supplier_that_is_not_told_matches_nothing():
    facts = read(slots(PO_Number=PO, Status="Completed", Supplier=""))
    assert (facts.supplier, facts.supplier_matches) == (None, False)
    assert "the supplier (not told)" in facts.unread


@pytest.mark.parametrize(
    "sums, total, stands",
    [
        ({"Total": "10.00 USD"}, "10.00", ""),
        ({"Total": "$1,010"}, "1010.00", ""),
        ({"Total": "10.00"}, "10.00", ""),
        ({"Subtotal": "8.00 USD", "Shipping": "2.00 USD", "Total": "10.00 USD"}, "10.00", ""),
        ({"Total": "4.00 USD", "Grand_Total": "10.00 USD"}, "10.00", ""),
        ({"Total": "10.00 USD", "Total_Amount": "$10.00"}, "10.00", ""),
        ({"Total": "10.00 USD", "Total_Amount": "12.00 USD"}, None, "10.00 USD; 12.00 USD"),
        ({"PO_Total": "10.00 USD", "Grand_Total": "12.00 USD"}, None, "10.00 USD; 12.00 USD"),
        ({"Total": "10.00 CAD"}, None, "10.00 CAD"),
        ({"Total": "10.00 USD (estimated)"}, None, "10.00 USD (estimated)"),
        ({"Total": "1.010,00 €"}, None, "1.010,00 €"),
        ({}, None, ""),
    ],
)
def test_a_total_is_one_sum_of_its_rank_or_none(sums, total, stands):
    facts = read(slots(Supplier="Amazon", Status="Completed", **sums))
    assert facts.total == (None if total is None else Decimal(total))
    assert facts.total_text == stands
    assert (f"the total ({stands})" in facts.unread) == bool(stands)


def test_the_heading_of_the_total_box_tells_it_too():
    box = "<h2>Total (12.00 USD)</h2>"
    assert read(box).total == Decimal("12.00")
    facts = read(f"{box}<dl><dt>Total</dt><dd>10.00 USD</dd></dl>")
    assert (facts.total, facts.total_text) == (None, "10.00 USD; 12.00 USD")


LINE = "<tr><td>1</td><td>Pens</td><td>2</td><td>4.00</td></tr>"
HEAD = "<tr><th>Line</th><th>Item</th><th>Quantity</th><th>Price</th></tr>"


@pytest.mark.parametrize(
    "heading, rows, after, lines",
    [
        ("2 Items", 2, "", 2),
        ("", 2, "", 2),
        ("1,000 Items", 1000, "", 1000),
        ("3 Items", 2, "", None),
        ("2 Items", 0, "", None),
        ("", 2, "<button aria-label='Next page'>&gt;</button>", None),
    ],
)
def test_lines_are_counted_whole_or_not_at_all(heading, rows, after, lines):
    facts = read(f"<h2>{heading}</h2><table>{HEAD}{LINE * rows}</table>{after}")
    assert facts.line_count == lines
    assert any(one.startswith("the lines") for one in facts.unread) == (lines is None)


# ---- the counts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said, count",
    [
        ("<a>Invoices (0)</a>", 0),
        ("<a>Invoices (1,000)</a>", 1000),
        ("<a>1,000 Invoices</a>", 1000),
        ("<dl><dt>Invoices</dt><dd>1,000</dd></dl>", 1000),
        ("<a>Invoices (0)</a><dl><dt>Invoices</dt><dd>2</dd></dl>", 2),
        ("<a>Invoices (0)</a><p>Invoices: 0/2</p>", None),
        ("<a>Invoices (0)</a><dl><dt>Invoices</dt><dd>2 pending</dd></dl>", None),
        ("<a>Invoices (1.000)</a>", None),
        ("<ul><li>Invoices</li><li>0 Receipts</li></ul>", None),
        ("<ul><li>Invoices</li><li>0 Comments</li></ul>", None),
        ("<table><tr><th>Invoices</th><th>Receipts</th></tr><tr><td>0</td></tr></table>", None),
        ("<table><tr><th>Invoices</th></tr><tr><td>0</td></tr><tr><td>2</td></tr></table>", None),
    ],
)
def test_a_count_is_told_whole_or_not_at_all(said, count):
    assert read(said).invoices == count


def test_a_count_that_can_t_be_read_is_named():
    facts = read("<a>Invoices (0)</a><p>Invoices: 0/2</p>")
    assert "the invoices (Invoices: 0/2)" in facts.unread


# ---- every sign taken away -----------------------------------------------------------------------


def page(status, counts=(0, 0, 0)):
    tabs = zip(("Invoices", "Receipts", "Change Requests"), counts, strict=True)
    nav = "".join(f"<li><a>{name} <b>({count})</b></a></li>" for name, count in tabs)
    words = "".join(
        f"<p><span>{count}</span> {name}</p>"
        for name, count in zip(("invoices", "receipts", "change requests"), counts, strict=True)
    )
    return f"""<html><head><title>Status - PO {PO}</title></head><body>
      <input id=Phoenix_Notifications_QuickSearchTerms><h1>Purchase Order <span>{PO}</span></h1>
      <ul>{nav}</ul><aside>{words}</aside>
      <div><dl><div><dt>PO Number</dt><dd>{PO}</dd></div>
      <div><dt>Status</dt><dd><b>{status}</b></dd></div>
      <div><dt>Supplier</dt><dd>Amazon</dd></div></dl></div>
      <table><tr><th>Invoices</th><th>Receipts</th></tr>
      <tr><td>{counts[0]}</td><td>{counts[1]}</td></tr></table>
      <h2>2 Items</h2><table>{HEAD}{LINE * 2}</table>
      <h2>Total (8.00 USD)</h2><dl><div><dt>Subtotal</dt><dd>6.00 USD</dd></div>
      <div><dt>Total</dt><dd>8.00 USD</dd></div></dl></body></html>"""


def mutations(source):
    """Yield the page with each of its elements taken away, and with each emptied."""
    whole = lxml_html.document_fromstring(source)
    for place, element in enumerate(whole.iter()):
        if element.tag in {"html", "body"}:
            continue
        for act in ("take", "empty"):
            tree = copy.deepcopy(whole)
            one = list(tree.iter())[place]
            if act == "take":
                one.drop_tree()
            else:
                for child in list(one):
                    one.remove(child)
                one.text = None
            yield lxml_html.tostring(tree, encoding="unicode")


def of(source):
    return read_po(PageSnapshot(ADDRESS, source), REALSOURCE, "amazon_business", ("Cancel PO",))


@pytest.mark.parametrize(
    "status, counts",
    [
        ("Completed", (0, 0, 0)),
        ("Completed", (2, 1, 3)),
        ("Pending approval", (3, 0, 0)),
        ("Odd", (0, 0, 0)),
    ],
)
def test_no_reading_is_better_for_a_sign_that_is_gone(status, counts):
    """Whatever is taken away, what is left is read as it was, as less, or not at all."""
    facts = of(page(status, counts))
    assert (facts.invoices, facts.receipts, facts.change_requests) == counts
    assert (facts.number, facts.total, facts.line_count) == (PO, Decimal("8.00"), 2)
    for source in mutations(page(status, counts)):
        less = of(source)
        assert less.status in {facts.status, PoStatus.UNKNOWN}
        assert less.number in {PO, ""}
        assert less.supplier in {"Amazon", None}
        assert less.supplier_matches <= facts.supplier_matches
        assert less.total in {facts.total, None}
        assert less.line_count in {2, None}
        assert less.invoices in {facts.invoices, None}
        assert less.receipts in {facts.receipts, None}
        assert less.change_requests in {facts.change_requests, None}


@pytest.mark.parametrize(
    "words",
    [
        "Cancelled by approver; resubmitted",
        "Cancelled by system on failure",
        "Cancelled - reopened",
        "Cancellation rejected",
        "Pending Cancellation",
        "Completed/Cancelled",
        "Cancelled by Q. Doe, not confirmed",
    ],
)
def test_a_status_that_was_taken_back_is_not_known(words):
    assert read_status(REALSOURCE, words) is PoStatus.UNKNOWN
