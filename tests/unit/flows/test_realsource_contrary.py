"""What says otherwise than “Invoices (0)” leaves the count to a person."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from flows.realsource.details import read_po
from flows.realsource.purchase_order import _counted
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"
TABS = (
    "<ul class=Tabs><li><a href=#>Invoices (0)</a></li><li><a href=#>Receipts (0)</a></li>"
    "<li><a href=#>Change Requests (0)</a></li>{}</ul>"
)


def read(more="", tab="", before=""):
    html = (
        f"<body>{before}<h1>Purchase Order • {PO}</h1>{TABS.format(tab)}<h2>Summary</h2>"
        f"<dl><dt>PO Number</dt><dd>{PO}</dd><dt>Status</dt><dd>Completed</dd>"
        f"<dt>Supplier</dt><dd>Amazon</dd></dl>{more}</body>"
    )
    return read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business")


def counts(facts):
    return {
        "invoices": facts.invoices,
        "receipts": facts.receipts,
        "change_requests": facts.change_requests,
    }


NONE = {"invoices": 0, "receipts": 0, "change_requests": 0}
SAID = [
    ("invoices", "Invoice Status", "Fully Invoiced"),
    ("invoices", "Invoicing Status", "Pending"),
    ("invoices", "Matching Status", "Fully Matched"),
    ("invoices", "Invoiced Amount", "$120.00"),
    ("invoices", "Total Invoiced", "120.00 USD"),
    ("invoices", "Amount Invoiced", "60.00 of 120.00 USD"),
    ("invoices", "Paid", "$120.00"),
    ("invoices", "Invoiced", "Yes"),
    ("invoices", "Invoice No.", "INV-2231"),
    ("invoices", "Invoices", "INV-2231"),
    ("invoices", "Last invoice", "11/25/2026"),
    ("invoices", "Vouchers", "V0012345"),
    ("receipts", "Receiving Status", "Fully Received"),
    ("receipts", "Net Quantity Received", "2"),
    ("receipts", "Receipt No.", "7731"),
    ("change_requests", "Open Change Request", "CR000123"),
    ("change_requests", "Change Request Status", "Pending"),
    ("change_requests", "Revision", "2 (pending)"),
]


@pytest.mark.parametrize("what, label, value", SAID)
@pytest.mark.parametrize("shape", ["<dl><dt>{}</dt><dd>{}</dd></dl>", "<p>{}: {}</p>"])
def test_a_label_against_a_count_of_none_leaves_it_unknown(what, label, value, shape):
    facts = read(shape.format(label, value))
    assert counts(facts) == NONE | {what: None}
    name = what.replace("_", " ")
    assert f"the {name}, told otherwise ({label}: {value})" in facts.unread


@pytest.mark.parametrize(
    "what, said",
    [
        ("invoices", "<a href=#>Vouchers (1)</a>"),
        ("invoices", "<a href=#>Draft/Pending invoices (1)</a>"),
        ("invoices", "<a href=#>Invoices in process (1)</a>"),
        ("invoices", "<a href=#>Unmatched invoices <b>1</b></a>"),
        ("invoices", "<a href=#>Matching (1)</a>"),
        ("receipts", "<a href=#>Cost Receipts (2)</a>"),
        ("receipts", "<a href=#>Quantity Receipts (2)</a>"),
        ("receipts", "<a href=#>Receiving (2)</a>"),
        ("receipts", "<a href=#>Shipments (1)</a>"),
        ("change_requests", "<a href=#>Change Orders (1)</a>"),
    ],
)
def test_another_tab_with_a_number_leaves_the_count_unknown(what, said):
    assert counts(read(tab=f"<li>{said}</li>")) == NONE | {what: None}
    other = said.replace("(1)", "(0)").replace("(2)", "(0)").replace("<b>1", "<b>0")
    assert counts(read(tab=f"<li>{other}</li>")) == NONE


def test_list_of_revisions_tells_of_no_change_under_way():
    assert counts(read(tab="<li><a href=#>Revisions (2)</a></li>")) == NONE


LINES = (
    "<table><tr><th>Line</th><th>Item</th><th>Unit Price</th><th>Quantity</th><th>{0}</th></tr>"
    "<tr><td>1</td><td>Invoice book (200)</td><td>4.00</td><td>2</td><td>0</td></tr>"
    "<tr><td>2</td><td>Ink</td><td>4.00</td><td>2</td><td>{1}</td></tr></table>"
)


LIST = (
    "<table><tr><th>Invoice</th><th>Date</th><th>Status</th></tr>"
    "<tr><td>INV-1</td><td>11/24</td><td>Paid</td></tr></table>"
)


@pytest.mark.parametrize(
    "what, said",
    [
        ("invoices", LINES.format("Invoiced", "2")),
        ("invoices", LINES.format("Amount Invoiced", "4.00 USD")),
        ("receipts", LINES.format("Received", "2")),
        ("receipts", LINES.format("Qty Received", "2 EA")),
        ("invoices", LIST),
        ("invoices", "<table><tr><td>Pending Invoices (1)</td></tr></table>"),
        ("invoices", "<span class=Badge>Partially Invoiced</span>"),
        ("change_requests", "<span>Revision 2 (pending)</span>"),
        ("invoices", "<div role=alert>This PO has been partially invoiced.</div>"),
        ("receipts", "<div role=alert>Goods for this PO were received on 11/24.</div>"),
        ("change_requests", "<p role=alert>This PO is locked by change order 12.</p>"),
    ],
)
def test_a_column_a_badge_or_a_notice_leaves_the_count_unknown(what, said):
    facts = read(said)
    assert counts(facts) == NONE | {what: None}
    assert any("told otherwise" in one for one in facts.unread)


@pytest.mark.parametrize(
    "said", ["Counts may be out of date. Refresh.", "Some information could not be loaded."]
)
def test_counts_that_are_not_to_be_relied_on_are_not_read(said):
    assert set(counts(read(f"<div role=alert>{said}</div>")).values()) == {None}


@pytest.mark.parametrize(
    "said",
    [
        "<dl><dt>Invoice Status</dt><dd>Not invoiced</dd></dl>",
        "<dl><dt>Invoice Status</dt><dd>No Invoices</dd></dl>",
        "<dl><dt>Invoiced Amount</dt><dd>0.00 USD</dd></dl>",
        "<dl><dt>Amount Invoiced</dt><dd>0.00 of 120.00 USD</dd></dl>",
        "<dl><dt>Receiving Status</dt><dd>Pending</dd></dl>",
        "<dl><dt>Matching Status</dt><dd>Unmatched</dd></dl>",
        "<dl><dt>Invoice No.</dt><dd>-</dd></dl>",
        "<dl><dt>Payment Terms</dt><dd>Net 30</dd><dt>Revision</dt><dd>2</dd></dl>",
        "<dl><dt>Receipt Required</dt><dd>Yes</dd><dt>Matching</dt><dd>3-way</dd></dl>",
        LINES.format("Received", "0"),
        LINES.format("Net Received", "0"),
        LINES.format("Fully Received", "-"),
        "<dl><dt>Fully Invoiced</dt><dd>No</dd></dl>",
        "<dl><dt>Invoice</dt><dd>No Invoices</dd><dt>Matching</dt><dd>No Matches</dd></dl>",
        LINES.format("Invoiced", "0.00 USD"),
        "<p>Your invoices are paid within 30 days of their receipt.</p>",
        "<div role=alert>This PO has not been invoiced yet. No goods were received.</div>",
        "<div role=alert>This PO was received by the supplier.</div>",
        "<div role=alert>Receipts must be entered once the goods were received.</div>",
        "<ul><li>Comments (3)</li><li>Attachments (2)</li></ul>",
    ],
)
def test_words_of_none_leave_the_count_as_it_is(said):
    facts = read(said)
    assert "otherwise" not in " ".join(facts.unread)
    if "role=alert" not in said:
        assert counts(facts) == NONE


def test_what_waits_for_the_user_is_not_the_pos():
    bar = "<header><nav><a href=#>Invoices in process (3)</a></nav></header>"
    assert counts(read(before=bar)) == NONE


def test_a_tab_does_not_settle_what_the_pos_page_says_otherwise():
    """The tab may be of a part of them; that it lists some is believed."""
    assert opened("<p>Invoice Status: Fully Invoiced</p>", "none") == (
        None,
        ("the invoices, told otherwise (Invoice Status: Fully Invoiced)",),
    )
    assert opened("<p>Invoice Status: Fully Invoiced</p>", "two rows") == (2, ())
    assert opened("<h3>Invoices: 2 of 3</h3>", "none") == (0, ())
    assert opened("", "none") == (0, ())


ROW = "<tr><td>{}</td></tr>"
LISTED = {
    "none": "<table><tr><td class=Error><span class=FieldOpt>None</span></td></tr></table>",
    "two rows": f"<table><tr><th>Invoice No.</th></tr>{ROW.format(1)}{ROW.format(2)}</table>",
}


def opened(more, lists):
    """The count of invoices and what is unread, after the invoices' tab was opened."""
    tabs = (
        "<ul class=Tabs><li><a href=#>Invoices</a></li><li><a href=#>Receipts (0)</a></li>"
        "<li><a href=#>Change Requests (0)</a></li></ul>"
    )
    head = f"<h1>Purchase Order • {PO}</h1>{tabs}"
    own = f"<dl><dt>Status</dt><dd>Completed</dd><dt>Supplier</dt><dd>Amazon</dd></dl>{more}"
    pages = [
        PageSnapshot(ADDRESS, f"<body>{head}{part}</body>", document)
        for part, document in ((own, 1.0), (LISTED[lists], 2.0))
    ]
    visit = SimpleNamespace(
        site=REALSOURCE,
        look=lambda: Location(pages[0], REALSOURCE, "po"),
        controls=SimpleNamespace(click=lambda *_, **__: pages.pop(0)),
        screenshot=lambda _: None,
        wait_for_change=lambda *_: None,
    )
    facts = _counted(visit, read_po(pages[0], REALSOURCE, "amazon_business"))
    return facts.invoices, facts.unread
