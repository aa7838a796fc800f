"""What the reader makes of a PO's page in other words and other shapes, and of what it leaves
untold.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from flows.realsource.details import read_po
from robot.cancellation.orders import PoStatus
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"

TABS = "<a>Invoices (0)</a> <a>Receipts (0)</a> <a>Change Requests (0)</a>"


def po(tabs):
    html = f"""<html><head><title>Status - PO {PO}</title></head><body><div id=PhoenixContent>
      <h1>Purchase Order {PO}</h1><dl><dt>Status</dt><dd>Completed</dd>
      <dt>Supplier</dt><dd>Amazon Business</dd>
      <dt>Total</dt><dd>10.00 USD</dd></dl>
      <nav>{tabs}</nav></div></body></html>"""
    return read_po(
        PageSnapshot("https://solutions.sciquest.com/apps/Router/POSummary?PoId=1", html),
        REALSOURCE,
        "amazon_business",
    )


def test_a_po_whose_tabs_tell_that_there_is_nothing():
    facts = po(TABS)
    assert (facts.number, facts.status, facts.supplier_matches) == (PO, PoStatus.OPEN, True)
    assert (facts.invoices, facts.receipts, facts.change_requests) == (0, 0, 0)


@pytest.mark.parametrize(
    "said",
    [
        "Invoices (2)",
        "Invoices <span>2</span>",
        "Invoice (2)",
        "Invoices: 2",
        "Invoices 2",
        "Invoices (0) … Invoices (2)",
    ],
)
def test_the_most_invoices_that_are_told_count(said):
    assert po(TABS.replace("Invoices (0)", said)).invoices == 2


@pytest.mark.parametrize(
    "said",
    ["Invoices (0 open, 3 closed)", "Invoices 0 of 2", "Invoices: 0/2", "Invoices (10 open)"],
)
def test_a_number_that_is_not_the_whole_count_is_none_at_all(said):
    assert po(TABS.replace("Invoices (0)", said)).invoices is None


@pytest.mark.parametrize("gone", ["Invoices (0)", "Receipts (0)", "Change Requests (0)"])
def test_what_is_not_told_is_not_none(gone):
    facts = po(TABS.replace(gone, gone.split(" (")[0]))
    assert [facts.invoices, facts.receipts, facts.change_requests].count(None) == 1


@pytest.mark.parametrize(
    "said",
    [
        "<p>No invoices.</p>",
        "<p>0 invoices</p>",
        "<dl><dt>Invoices:</dt><dd>None</dd></dl>",
        "<b>Invoice count</b>: 0",
    ],
)
def test_that_there_is_none_may_be_said_in_words(said):
    assert po(TABS.replace("<a>Invoices (0)</a>", said)).invoices == 0


def test_a_rule_about_invoices_is_no_count():
    assert (
        po(
            TABS.replace("<a>Invoices (0)</a>", "<p>Cancel only if there are no invoices.</p>")
        ).invoices
        is None
    )


def page_of(body, title=f"Status - PO {PO}"):
    html = (
        f"<html><head><title>{title}</title></head><body><div"
        f" id=PhoenixContent>{body}</div></body></html>"
    )
    page = PageSnapshot("https://solutions.sciquest.com/apps/Router/POSummary?PoId=1", html)
    return read_po(page, REALSOURCE, "amazon_business")


LIST = "<dl><dt>Status</dt><dd>{}</dd><dt>Supplier</dt><dd>{}</dd></dl>"
ROWS = "<table><tr><th>Status</th><th>Supplier</th></tr><tr><td>{}</td><td>{}</td></tr></table>"
CELLS = (
    "<table><tr><td><b>Status</b></td><td>{}</td></tr><tr><td><b>Vendor"
    " Name:</b></td><td>{}</td></tr></table>"
)
TAILS = "<p><strong>PO Status:</strong> {}<br><strong>Supplier:</strong> {}</p>"
SHAPES = [LIST, ROWS, CELLS, TAILS]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "said, status", [("Completed", PoStatus.OPEN), ("Cancelled", PoStatus.CANCELLED)]
)
def test_a_value_is_found_beside_its_label_in_every_shape(shape, said, status):
    facts = page_of(shape.format(said, "Amazon Business"))
    assert (facts.status, facts.supplier, facts.supplier_matches) == (
        status,
        "Amazon Business",
        True,
    )


INVOICE = "<aside><h3>Invoice</h3><dl><dt>Status</dt><dd>Cancelled</dd></dl></aside>"
STRIP = "<table><tr><td>Status</td><td>Purchase Order</td><td>Invoices</td></tr></table>"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("before", [INVOICE, STRIP, "<span>Status</span><span>Invoices (0)</span>"])
def test_a_status_of_something_else_is_not_the_pos(shape, before):
    assert page_of(before + shape.format("Completed", "Amazon")).status is PoStatus.OPEN


def test_two_statuses_that_could_both_be_the_pos_are_none():
    both = LIST.format("Completed", "Amazon") + LIST.format("Cancelled", "Amazon Capital Services")
    assert page_of(both).status is PoStatus.UNKNOWN


def test_a_po_of_two_suppliers_is_not_the_vendors():
    assert not page_of(
        LIST.format("Completed", "Staples") + LIST.format("Completed", "Amazon")
    ).supplier_matches


@pytest.mark.parametrize(
    "said",
    [
        "Completed (Cancelled)",
        "Open - cancellation in progress",
        "Cancelled - Pending",
        "Sent, soft closed",
    ],
)
def test_a_status_on_its_way_is_neither_open_nor_cancelled(said):
    assert page_of(LIST.format(said, "Amazon")).status not in {PoStatus.OPEN, PoStatus.CANCELLED}


@pytest.mark.parametrize(
    "heading, title",
    [
        (f"Purchase Order • {PO}", ""),
        (f"Purchase Order Number: {PO}", ""),
        (f"RealSource</h1><h2>Purchase Order {PO}", ""),
        ("Purchase Order Summary", f"Status - PO - {PO}"),
        ("Summary", f"Status - PO #{PO}"),
        (f"PO {PO}", f"PO {PO}"),
    ],
)
def test_the_pos_number_is_read_from_its_heading_or_the_title(heading, title):
    assert page_of(f"<h1>{heading}</h1>{LIST.format('Completed', 'Amazon')}", title).number == PO


LINES = "<table><tr><th>Item</th><th>Total</th></tr><tr><td>Pens</td><td>4.00</td></tr></table>"


@pytest.mark.parametrize(
    "sums, total",
    [
        ("<dl><dt>Total</dt><dd>10.00 USD</dd></dl>", "10.00"),
        ("<dl><dt>Total Amount</dt><dd>$1,010</dd></dl>", "1010"),
        (LINES + "<p><b>Grand Total:</b> $10.00</p>", "10.00"),
        ("<dl><dt>Total</dt><dd>2 lines</dd></dl>", None),
    ],
)  # fmt: skip
def test_the_total_is_the_largest_sum_that_is_called_so(sums, total):
    assert page_of(sums).total == (None if total is None else Decimal(total))
