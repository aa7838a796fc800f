"""An invoice, receipt or change request that a PO's page names is one, whatever its tabs count."""

from __future__ import annotations

import pytest

from flows.realsource.details import read_po
from robot.cancellation.orders import PoStatus
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"
TABS = (
    "<ul class=Tabs><li><a href=#>Invoices (0)</a></li><li><a href=#>Receipts (0)</a></li>"
    "<li><a href=#>Change Requests (0)</a></li></ul>"
)


def counts(more):
    own = f"<dl><dt>PO Number</dt><dd>{PO}</dd><dt>Status</dt><dd>Completed</dd>"
    own += "<dt>Supplier</dt><dd>Amazon</dd></dl>"
    panel = f"<table><tr><td><h2>General Information</h2>{own}</td></tr></table>"
    html = f"<body><h1>Purchase Order • {PO}</h1>{TABS}{panel}{more}</body>"
    facts = read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business")
    assert facts.status is PoStatus.OPEN
    return facts.invoices, facts.receipts, facts.change_requests


INVOICED, RECEIVED, CHANGED = (None, 0, 0), (0, None, 0), (0, 0, None)


@pytest.mark.parametrize(
    "said, expected",
    [
        ("<h3>Invoices</h3><ul><li>INV-2231 Paid $120</li></ul>", INVOICED),
        ("<h3>Invoices</h3><p>INV-2231</p>", INVOICED),
        ("<h3>Invoices (0)</h3><a href=#>I0123456</a>", INVOICED),
        ("<h3>Invoices</h3><div role=row><div role=cell>INV-2231</div></div>", INVOICED),
        ("<section aria-label=Invoices><a href=#>INV-2231</a></section>", INVOICED),
        (
            (
                "<table><caption>Invoices</caption><tr><th>Number</th></tr>"
                "<tr><td>INV-2231</td></tr></table>"
            ),
            INVOICED,
        ),
        ("<h3>Receipts</h3><p>R000123 by Jo</p>", RECEIVED),
        ("<h3>Change Requests</h3><a href=#>CR000123 Pending</a>", CHANGED),
        ("<dl><dt>Documents</dt><dd>Invoice INV-2231</dd></dl>", INVOICED),
        ("<p>Invoice INV-2231 was created on 11/21.</p>", INVOICED),
        (
            "<h3>History</h3><table><tr><td>11/22</td><td>Receipt R-1 created</td></tr></table>",
            RECEIVED,
        ),
        ("<h3>Related Documents</h3><a href=#>Invoice #2231</a>", INVOICED),
        ("<p>Change request 3 is in approval</p>", CHANGED),
        ("<div class=note>Draft change request by Jo</div>", CHANGED),
        ("<a href=#>View invoice</a>", INVOICED),
        ("<p>There is an invoice on this PO.</p>", INVOICED),
        ("<p>One invoice</p>", INVOICED),
        ("<details open><summary>Invoices (1)</summary></details>", (1, 0, 0)),
        ("<dl><dt>Banner Invoice</dt><dd>I0123456</dd></dl>", INVOICED),
        ("<dl><dt>Goods Receipt</dt><dd>5000012</dd></dl>", RECEIVED),
        ("<dl><dt>Packing slip</dt><dd>R-2</dd></dl>", RECEIVED),
        ("<dl><dt>Fulfilment status</dt><dd>Fully received</dd></dl>", RECEIVED),
        ("<dl><dt>Settlement Status</dt><dd>Fully Invoiced</dd></dl>", INVOICED),
        ("<span class=badge>Invoiced</span>", INVOICED),
        ("<span class=StatusChip>Received</span>", RECEIVED),
        ("<dl><dt>Remaining encumbrance</dt><dd>0.00 USD</dd></dl>", INVOICED),
        ("<dl><dt>Amount remaining to be invoiced</dt><dd>$0.00</dd></dl>", INVOICED),
        (
            (
                "<div class=panel><div class=panel-heading><h2>Invoices</h2></div><div><table>"
                "<tr><th>Number</th></tr><tr><td>INV-20931</td></tr></table></div></div>"
            ),
            INVOICED,
        ),
        (
            "<section><header><h2>Invoices</h2></header><ul><li>INV-2211</li></ul></section>",
            INVOICED,
        ),
        ("<h2>Invoices</h2><ul><li>123 - $12.00 - Payable</li></ul>", INVOICED),
        ("<h2>Receipts</h2><dl><dt>Number</dt><dd>50001</dd></dl>", RECEIVED),
        ("<p>Receiver R-2231 was entered.</p>", RECEIVED),
        ("<h3>Invoices</h3><p>Paid: 20931</p>", INVOICED),
        ("<p>Settled, see invoice INV-2231</p>", INVOICED),
        ("<dl><dt>Comment</dt><dd>Invoice INV-2231 has arrived</dd></dl>", INVOICED),
        ("<a href=#>Open change request</a>", CHANGED),
        ("<div class=lines><div>Invoice INV-2231</div></div>", INVOICED),
        ("<div>Sent by e-mail <span class=badge>Invoiced</span></div>", INVOICED),
        (
            (
                "<table><tr><td><p>Invoice INV-2231</p><table><tr><th>Quantity</th>"
                "<th>Price</th></tr></table></td></tr></table>"
            ),
            INVOICED,
        ),
        ("<dl><dt>Status</dt><dd><span class=status>Received</span></dd></dl>", RECEIVED),
        ("<ul><li>Draft change request</li></ul>", CHANGED),
    ],
)
def test_a_document_that_is_shown_outweighs_a_count_of_none(said, expected):
    assert counts(said) == expected


@pytest.mark.parametrize(
    "furniture",
    [
        "<dl><dt>Bill To</dt><dd>1234 Main St</dd><dt>Invoice To</dt><dd>PO Box 1234</dd></dl>",
        "<dl><dt>Supplier Invoice No.</dt><dd></dd></dl>",
        "<p>Send invoices to ap@vcu.edu</p><p>Invoices: email ap@vcu.edu with the number</p>",
        "<a href=#>Create Invoice</a><a href=#>Create Receipt</a><a href=#>View Invoices</a>",
        "<dl><dt>Payment Terms</dt><dd>2% 10, Net 30</dd><dt>Matching</dt><dd>2-way</dd></dl>",
        "<dl><dt>Receipt Method</dt><dd>Quantity</dd><dt>Invoice Type</dt><dd>Standard</dd></dl>",
        "<h3>Invoices</h3><p>No invoices</p><a href=#>Create Invoice</a>",
        "<h3>Invoices (0)</h3><p>Last updated 11/21/2025 9:00 AM</p>",
        "<h2>Comments</h2><p>Amazon order 111-0000001-0000001 was cancelled.</p>",
        "<h2>Attachments (1)</h2><a href=#>quote-2231.pdf</a>",
        "<p>Change requests must be approved by 1234</p><li>Open invoices (0)</li>",
        "<dl><dt>Open Amount</dt><dd>100.00 USD</dd><dt>Balance</dt><dd>0.00 USD</dd></dl>",
        "<span class=badge>0</span><p>Received by supplier 11/21/2025</p>",
        "<header><nav><a href=#>Invoice INV-7 awaits you</a></nav></header>",
        "<h2>Invoices</h2><p>No invoices</p><footer>© 2026 JAGGAER</footer>",
        "<h2>Invoices (0)</h2><p>No invoices</p><div class=footer>Copyright 2026</div>",
        f"<h2>Invoices</h2><p>No invoices for purchase order {PO}</p>",
        "<h2>Invoices</h2><p>None as of May 11, 2026</p>",
        "<h3>Receipts</h3><p>No receipts as of 2026-05-11</p>",
        "<h2>Invoices</h2><p>None</p><dl><dt>Account</dt><dd>410001</dd></dl>",
        "<h2>Invoices</h2><p>None</p><p>Questions? Call 8045550100</p>",
        "<div class=lines><div class=line><div>Receiver RX100, wireless</div></div></div>",
        "<div class=desc>Wireless receiver RX100</div><div>Adams Invoice DC5840 forms</div>",
        (
            "<table><tr><td>Product Description</td><td>Qty</td><td>Unit Price</td></tr>"
            "<tr><td>Receiver AB1200</td><td>2</td><td>5.00</td></tr></table>"
        ),
        "<h2>Attachments</h2><ul><li>proforma invoice Q-1234.pdf</li></ul>",
        "<ul><li><a href=#>Open Change Request Form</a></li></ul>",
        "<dl><dt>Acknowledgement</dt><dd><span class=status>Received</span></dd></dl>",
        "<div>Order distribution <span class=status-tag>Received</span></div>",
        (
            "<table><tr><th>Line</th><th>Item</th><th>Unit Price</th><th>Quantity</th></tr>"
            "<tr><td>1</td><td>Gift voucher 5000 <b>B01</b></td><td>1</td><td>1</td></tr></table>"
        ),
    ],
)
def test_furniture_leaves_the_counts_as_they_are(furniture):
    assert counts(furniture) == (0, 0, 0)
