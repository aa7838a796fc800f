"""What a PO's page says of its state beside its status, and what is not the PO's state."""

from __future__ import annotations

import pytest

from flows.realsource.details import read_po, read_status
from robot.cancellation.orders import PoStatus
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"
STATUS = "<dt>Status</dt><dd>Completed</dd>"


def read(more="", behind="", status=STATUS):
    html = (
        f"<body><h1>Purchase Order • {PO}{behind}</h1><h2>General Information</h2>"
        f"<dl><dt>PO Number</dt><dd>{PO}</dd>{status}<dt>Supplier</dt><dd>Amazon</dd></dl>"
        f"{more}</body>"
    )
    return read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business")


# ---- behind the number ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behind",
    [
        " (copy)",
        " Revision 2 (Draft)",
        " superseded by rev 3",
        " - Change Request",
        " Change Order 2",
        " Invoice 77",
        " • Receipt",
    ],
)
def test_a_heading_that_ends_as_another_document_is_not_the_pos(behind):
    facts = read(behind=behind)
    assert (facts.number, facts.status) == ("", PoStatus.UNKNOWN)


@pytest.mark.parametrize(
    "behind",
    [" (Voided)", " - On Hold", " – Cancellation requested", " (Cancelled)", " - Pending approval"],
)
def test_a_state_behind_the_number_leaves_the_status_unknown(behind):
    facts = read(behind=behind)
    assert (facts.number, facts.status) == (PO, PoStatus.UNKNOWN)
    assert any(one.startswith("the status (Completed; ") for one in facts.unread)


@pytest.mark.parametrize("behind", ["", " Revision 2", " • Completed", " - Invoices", " (Amazon)"])
def test_other_words_behind_the_number_change_nothing(behind):
    facts = read(behind=behind)
    assert (facts.number, facts.status) == (PO, PoStatus.OPEN)


# ---- other statuses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label, value",
    [
        ("A/P Status", "Closed"),
        ("AP Status", "Soft Closed"),
        ("Workflow Status", "In Approval"),
        ("Supplier Status", "Cancelled"),
        ("Document Status", "On Hold"),
        ("Hold", "Buyer Hold"),
    ],
)
def test_another_status_against_an_open_po_leaves_it_unknown(label, value):
    facts = read(f"<dl><dt>{label}</dt><dd>{value}</dd></dl>")
    assert facts.status is PoStatus.UNKNOWN
    assert f"the status (Completed; {value})" in facts.unread


@pytest.mark.parametrize(
    "label, value",
    [
        ("A/P Status", "Open"),
        ("Workflow Status", "Completed"),
        ("Supplier Status", "Sent to Supplier"),
        ("Document Status", "Completed"),
        ("Distribution Status", "Not sent"),
        ("Requisition Status", "Pending"),
        ("Hold", "No"),
    ],
)
def test_another_status_of_an_open_po_changes_nothing(label, value):
    assert read(f"<dl><dt>{label}</dt><dd>{value}</dd></dl>").status is PoStatus.OPEN


def test_another_status_does_not_reopen_a_cancelled_po():
    cancelled = STATUS.replace("Completed", "Cancelled")
    more = "<dl><dt>A/P Status</dt><dd>Closed</dd><dt>Workflow Status</dt><dd>Completed</dd></dl>"
    assert read(more, status=cancelled).status is PoStatus.CANCELLED


@pytest.mark.parametrize(
    "notice, status",
    [
        ("This purchase order is on hold.", PoStatus.UNKNOWN),
        ("A revision of this purchase order is pending approval.", PoStatus.UNKNOWN),
        ("This PO is locked by change order 12.", PoStatus.UNKNOWN),
        ("3 requisitions are pending approval.", PoStatus.OPEN),
        ("Requests on hold are shown on the dashboard.", PoStatus.OPEN),
    ],
)
def test_a_notice_that_the_po_is_held_leaves_it_unknown(notice, status):
    assert read(f"<div role=alert>{notice}</div>").status is status


# ---- another panel's status ----------------------------------------------------------------------


@pytest.mark.parametrize("head", ["History", "Approvals", "Shipment", "Workflow", "Line 1"])
@pytest.mark.parametrize("value", ["Cancelled", "Completed"])
def test_a_panels_status_is_not_the_pos(head, value):
    panel = f"<section><h3>{head}</h3><dl><dt>Status</dt><dd>{value}</dd></dl></section>"
    facts = read(panel, status="")
    assert (facts.status, facts.status_text) == (PoStatus.UNKNOWN, "")
    assert read(panel).status is PoStatus.OPEN


@pytest.mark.parametrize("head", ["Document Status", "General", "Summary", "PO Details"])
def test_a_panel_of_the_pos_own_tells_its_status(head):
    panel = f"<section><h3>{head}</h3><dl><dt>Status</dt><dd>Cancelled</dd></dl></section>"
    assert read(panel, status="").status is PoStatus.CANCELLED


# ---- who cancelled it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "Cancelled by Quinn Doe",
        "Canceled by Q. Doe 11/22/2025",
        "Cancelled by Doe, Quinn",
        "Cancelled 11/22/2025 by quinn.doe@vcu.edu",
        "PO Cancelled by O'Neil-Doe",
    ],
)
def test_who_cancelled_a_po_may_be_told(words):
    assert read_status(REALSOURCE, words) is PoStatus.CANCELLED


@pytest.mark.parametrize(
    "words",
    [
        "Canceled by Jo (partially)",
        "Cancelled by Jo, still open",
        "Cancelled by Jo, open again",
        "Cancelled by Jo, 1 of 2",
        "Cancelled by Jo - to be confirmed",
        "Cancelled by Jo - void",
        "Cancelled by user; sync to Banner failed",
        "Cancelled by Jo except line 2",
        "Cancelled by Jo, restored",
    ],
)
def test_what_follows_who_cancelled_it_leaves_it_unknown(words):
    assert read_status(REALSOURCE, words) is PoStatus.UNKNOWN


# ---- a status that stands alone ------------------------------------------------------------------

ALONE = "<div><b>Status</b> {}</div>"


def read_apart(more):
    own = f"<dl><dt>PO Number</dt><dd>{PO}</dd><dt>Supplier</dt><dd>Amazon</dd></dl>"
    panel = f"<table><tr><td><h2>General Information</h2>{own}</td></tr></table>"
    html = f"<body><h1>Purchase Order • {PO}</h1><main>{panel}{more}</main></body>"
    return read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business")


@pytest.mark.parametrize("status", ["Cancelled", "Completed", "Closed"])
@pytest.mark.parametrize(
    "around",
    [
        ALONE,
        "<p><strong>Status:</strong> {}</p>",
        "<div><span>Status</span><span>{}</span></div>",
        "<dl><dt>Status</dt><dd>{}</dd></dl>",
        f"<aside>{ALONE}</aside>",
        f"<div><div><p>Sent by cXML</p>{ALONE}</div></div>",
        f"<h3>History</h3>{ALONE}",
        f"<section><h3>Last shipment</h3><p>1Z</p></section>{ALONE}",
    ],
)
def test_a_status_that_stands_alone_elsewhere_is_not_the_pos(around, status):
    facts = read_apart(around.format(status))
    assert facts.status is PoStatus.UNKNOWN
    assert "the status (not told)" in facts.unread


@pytest.mark.parametrize(
    "around",
    [
        f"<h2>Status</h2>{ALONE}",
        f"<section><h2>PO Summary</h2>{ALONE}</section>",
        "<div><h2>General Information</h2><dl><dt>Status</dt><dd>{}</dd></dl></div>",
        "<dl><dt>Document Status</dt><dd>{}</dd></dl>",
    ],
)
def test_a_status_below_a_heading_of_the_po_is_the_pos(around):
    assert read_apart(around.format("Cancelled")).status is PoStatus.CANCELLED


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Purchase Order • {PO}</h1>{ALONE}<dl><dt>Supplier</dt><dd>Amazon</dd></dl>",
        f"<div><div><h1>Purchase Order • {PO}</h1></div><p>11/21</p>{ALONE}</div><p>x</p>",
        f"<h1>Purchase Order • {PO}</h1><p><b>Supplier</b> Amazon</p><p><b>Status</b> {{}}</p>",
    ],
)
def test_a_status_beside_the_title_or_its_labels_is_the_pos(body):
    page = PageSnapshot(ADDRESS, f"<body>{body.format('Cancelled')}</body>")
    assert read_po(page, REALSOURCE, "amazon_business").status is PoStatus.CANCELLED


@pytest.mark.parametrize("status", ["Cancelled", "Completed"])
@pytest.mark.parametrize(
    "around",
    [
        "<section><h3>Previous PO</h3><dl><dt>PO Status</dt><dd>{}</dd></dl></section>",
        "<div><h3>Requisition 47110</h3><dl><dt>Document Status</dt><dd>{}</dd></dl></div>",
        "<section><h3>Line 1</h3><dl><dt>PO Status</dt><dd>{}</dd></dl></section>",
        "<table><tr><th>PO</th><th>PO Status</th></tr><tr><td>P0100002</td><td>{}</table>",
        "<table><tr><th>Revision</th><th>PO Status</th></tr><tr><td>1</td><td>{}</table>",
        "<form><label>PO Status</label><select><option selected>{}</option></select></form>",
        "<header><label>Document Status</label><span>{}</span></header>",
        "<h2>Comments</h2><p>Jo: <b>PO Status:</b> {}</p>",
        "<h3>History</h3><dl><dt>PO Status</dt><dd>{}</dd></dl>",
    ],
)
def test_a_pos_status_in_a_panel_of_something_else_is_not_its(around, status):
    assert read_apart(around.format(status)).status is PoStatus.UNKNOWN
