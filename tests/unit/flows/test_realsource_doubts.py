"""What a PO's page says against itself, or of another document, proves nothing of the PO."""

from decimal import Decimal

import pytest

from flows.realsource.details import read_po
from flows.realsource.readers import read_actions
from robot.cancellation.orders import PoStatus
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"
HEADING = f"<h1>Purchase Order • {PO}</h1>"


def slots(status="Completed", supplier="Amazon", **more):
    values = {"Status": status, "Supplier": supplier, **more}
    return "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in values.items())


def read(more="", heading=HEADING, values=None, actions=("Cancel PO",)):
    values = slots() if values is None else values
    html = f"<html><body>{heading}<dl>{values}</dl>{more}</body></html>"
    return read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business", actions)


# ---- the status ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, heading, more",
    [
        ("Completed", f"<h1>Purchase Order • {PO} <span>Cancelled</span></h1>", ""),
        ("Completed", f"{HEADING}<span class=Flag>CANCELLED</span>", ""),
        ("Cancelled", f"<h1>Purchase Order • {PO} <b>Open</b></h1>", ""),
        ("Completed", HEADING, "<div role=alert>This purchase order has been cancelled.</div>"),
        ("Completed", HEADING, "<h2>Purchase order cancelled</h2>"),
        ("Completed", HEADING, "<p class=banner>Cancellation is pending approval.</p>"),
        ("Completed", HEADING, "<p role=status>This PO is being cancelled</p>"),
        ("Completed", HEADING, "<dl><dt>PO Status</dt><dd>Cancelled</dd></dl>"),
        ("Completed</dd><dd>Cancelled", HEADING, ""),
        ("<s>Cancelled</s>", HEADING, ""),
        ("<del>Completed</del> Cancelled", HEADING, ""),
        ("Cancelled by admin, undone", HEADING, ""),
        ("Cancelled by mistake", HEADING, ""),
    ],
)
def test_a_word_against_the_status_leaves_it_unknown(status, heading, more):
    facts = read(more, heading, slots(status))
    assert facts.status is PoStatus.UNKNOWN
    assert any(one.startswith("the status (") for one in facts.unread)


@pytest.mark.parametrize(
    "more",
    [
        "<div role=alert>Your session ends in 5 minutes. Save your work.</div>",
        "<section><h3>Workflow</h3><dl><dt>Status</dt><dd>Pending</dd></dl></section>",
        "<section><h3>Invoice</h3><dl><dt>PO Status</dt><dd>Cancelled</dd></dl></section>",
        "<section><h3>History</h3><p>Cancelled</p></section>",
        "<nav><a class=AlertsMenu>Closed</a></nav>",
        f"<span>{PO}</span><p>Completed</p>",
    ],
)
def test_words_about_something_else_change_no_status(more):
    assert read(more).status is PoStatus.OPEN


# ---- the number ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading",
    [
        f"<h1>Invoice 777 for Purchase Order {PO}</h1>",
        f"<h1>Change Request 12 • Purchase Order {PO}</h1>",
        f"<h1>Receipt 777</h1><h2>Purchase Order {PO}</h2>",
        f"<h1>Requisition 3123456</h1><h2>Purchase Order {PO}</h2>",
        f"<h1>Copy of Purchase Order {PO}</h1>",
        f"<h1>Template: Purchase Order {PO}</h1>",
    ],
)
def test_the_page_of_another_document_is_not_the_pos(heading):
    facts = read(heading=heading, values=slots("Cancelled"))
    assert (facts.number, facts.status) == ("", PoStatus.UNKNOWN)


@pytest.mark.parametrize(
    "heading",
    [
        "<h1>Purchase\u00a0Order • P010\u00ad0001</h1>",
        "<h1>Purchase Order • P010\u200b0001</h1>",
        "<h1>Purchase Order • <b>P010</b><wbr><b>0001</b></h1>",
        f"{HEADING}<h2>Invoices for Purchase Order {PO}</h2>",
    ],
)
def test_a_number_is_read_however_it_is_set(heading):
    assert read(heading=heading).number == PO


@pytest.mark.parametrize("rest", [", P0100002", " and P0100002", "/P0100002", "-R2"])
def test_a_title_with_another_number_behind_it_tells_none(rest):
    html = f"<html><head><title>Status - PO {PO}{rest}</title></head><dl>{slots()}</dl></html>"
    assert read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business").number != PO


# ---- the supplier and the total ------------------------------------------------------------------


@pytest.mark.parametrize(
    "supplier, matches",
    [
        ("Amazon", True),
        ("Amazon.com Services LLC", True),
        ("AMAZON CAPITAL SERVICES, INC.", True),
        ("Amazon Business (V01039522)", True),
        ("Amazon - V01039522", True),
        ("Amazon.com LLC dba Amazon Business", True),
        ("Amazon Business: main address", True),
        ("Amazon Business (Vendor ID: 1039522) more info...", True),
        ("Amazon Business (Preferred)", True),
        ("Amazon Business Prime (Punch-out)", True),
        ("Amazon [e-catalog]", True),
        ("Amazon (Office Depot)", False),
        ("Amazon (AWS)", False),
        ("Amazon Services (AWS)", False),
        ("Amazon Business - DO NOT USE", False),
        ("Amazon Business (DO NOT USE)", False),
        ("Amazon Business (inactive)", False),
        ("Amazon (formerly Quill)", False),
        ("Amazon (non-catalog)", False),
        ("Amazon Capital Services (Synchrony)", False),
        ("Amazon Business More info: see Office Depot", False),
        ("Amazon Marketplace seller", False),
        ("Amazon Business reseller Acme", False),
        ("Amazonia Coffee", False),
        ("Staples (not Amazon)", False),
        ("Rainforest Traders, formerly Amazon", False),
        ("Amazon Web Services, Inc.", False),
        ("Amazon River Tours", False),
        ("Sold on Amazon by Lamps4U", False),
        ("Amazon</dd><dd>Staples", False),
    ],
)
def test_the_supplier_is_amazon_by_its_own_names_alone(supplier, matches):
    assert read(values=slots(supplier=supplier)).supplier_matches is matches


def read_apart(more):
    html = f"<body>{HEADING}<dl><dt>Status</dt><dd>Completed</dd></dl>{more}</body>"
    return read_po(PageSnapshot(ADDRESS, html), REALSOURCE, "amazon_business")


@pytest.mark.parametrize(
    "more",
    [
        "<h3>Previous Supplier</h3><dl><dt>Supplier</dt><dd>Amazon</dd></dl>",
        "<section><h3>Related PO</h3><dl><dt>Vendor</dt><dd>Amazon</dd></dl></section>",
        "<section><h3>Suggested</h3><dl><dt>Supplier</dt><dd>Amazon</dd></dl></section>",
        "<form><label>Supplier</label><select><option selected>Amazon</option></select></form>",
        "<header><b>Supplier</b> Amazon</header>",
        "<h2>Comments</h2><p><b>Supplier:</b> Amazon</p>",
    ],
)
def test_a_supplier_that_stands_elsewhere_is_not_the_pos(more):
    assert not read_apart(more).supplier_matches


@pytest.mark.parametrize(
    "more",
    [
        "<h2>Supplier</h2><dl><dt>Supplier Name</dt><dd>Amazon</dd></dl>",
        "<h2>Supplier / Line Item Details</h2><p><b>Supplier</b> Amazon</p>",
        "<section><h3>Details</h3><dl><dt>Supplier</dt><dd>Amazon</dd></dl></section>",
        "<aside><div><label>Supplier</label><span>Amazon</span></div></aside>",
        "<table><tr><th>Supplier</th><th>PO Date</th></tr><tr><td>Amazon</td><td>x</table>",
    ],
)
def test_a_supplier_in_a_part_of_the_po_is_its(more):
    assert read_apart(more).supplier_matches


@pytest.mark.parametrize("total", ["<s>40.00 USD</s>", "<s>40.00</s> 31.00", "٣١.٠٠ USD"])
def test_a_total_struck_out_or_in_other_digits_is_not_read(total):
    facts = read(values=slots(Total=total))
    assert facts.total is None
    assert any(one.startswith("the total (") for one in facts.unread)
    assert read(values=slots(Total="$\u200b31.00")).total == Decimal("31.00")


# ---- the counts ----------------------------------------------------------------------------------

NUMBERED = "<table><tr><th>{} No.</th><th>Status</th></tr><tr><td>7</td><td>Paid</td></tr></table>"


@pytest.mark.parametrize(
    "tabs, invoices",
    [
        ("<a role=tab>Invoices (0)</a>", 0),
        ("<a role=tab>Invoices (0+)</a>", None),
        ("<a role=tab>Invoices (0)</a><a role=tab>Open Invoices (2)</a>", None),
        ("<a role=tab>Invoices (0)</a><h3>Draft invoices 1</h3>", None),
        ("<a role=tab>Invoices (0)</a><h3>Draft invoices (0)</h3>", 0),
        ("<a role=tab>Invoices (0)</a>" + NUMBERED.format("Invoice"), 1),
        ("<a role=tab>Invoices (0)</a>" + NUMBERED.format("Receipt"), 0),
        ("<a role=tab hidden>Invoices (0)</a>", None),
        ("<a role=tab>Invoices (0)</a><p role=alert>An invoice exists for this PO.</p>", None),
        ("<a role=tab>Invoices (0)</a><p role=alert>No invoices</p>", 0),
    ],
)
def test_none_is_counted_only_where_nothing_tells_of_some(tabs, invoices):
    assert read(tabs).invoices == invoices


LINES = (
    "<h2>1 item</h2><table><tr><th>Quantity</th><th>Unit Price</th><th>Item</th></tr>"
    "<tr><td>1</td><td>31.00</td><td>Pens</td></tr></table>"
)


def test_lines_that_are_not_shown_yet_leave_their_number_open():
    assert read(LINES).line_count == 1
    assert read(f"{LINES}<button>Show 5 more</button>").line_count is None
    assert read(f"{LINES}<a href=#>View all lines</a>").line_count is None
    assert read(f"{LINES}<button hidden>Show 5 more</button>").line_count == 1
    more = "<details><summary>More</summary>{}</details>"
    assert read(LINES + more.format("<table><tr><td>2</td></tr></table>")).line_count is None
    assert read(LINES + more.format("<p>Help</p>")).line_count == 1


@pytest.mark.parametrize("unseen", ["vf-hidden=transparent", "style='opacity: 0'"])
def test_lines_on_their_way_into_sight_leave_their_number_open(unseen):
    row = "<tr {}><td>2</td><td>9.00</td><td>Ink</td></tr>"
    assert read(LINES.replace("</table>", f"{row.format('')}</table>")).line_count is None
    assert read(LINES.replace("</table>", f"{row.format(unseen)}</table>")).line_count is None
    headed = LINES.removeprefix("<h2>1 item</h2>")
    assert read(headed.replace("</table>", f"{row.format(unseen)}</table>")).line_count is None
    assert read(f"{LINES}<div {unseen}>{headed}</div>").line_count is None
    assert read(f"{LINES}<table {unseen}><tr><td>Help</td></tr></table>").line_count == 1
    assert read(LINES.replace("</table>", f"{row.format('vf-hidden')}</table>")).line_count == 1


# ---- the menu ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entries, label",
    [
        ("<a role=menuitem>Cancel PO</a>", "Cancel PO"),
        ("<li role=menuitem><a role=menuitem>Cancel PO</a></li>", "Cancel PO"),
        (f"<a role=menuitem>Cancel PO {PO}</a>", f"Cancel PO {PO}"),
        ("<a role=menuitem>Cancel PO</a><a role=menuitem>Cancel PO</a>", None),
        ("<a role=menuitem>Cancel PO P0100002</a>", None),
        (f"<a role=menuitem>Cancel PO {PO}-1</a>", None),
        ("<a role=menuitem aria-disabled=true>Cancel PO</a>", None),
        ("<a role=menuitem style='opacity:0'>Cancel PO</a>", None),
        ("<a role=menuitem><s>Cancel PO</s></a>", None),
    ],
)
def test_the_one_action_that_cancels_this_po(entries, label):
    page = PageSnapshot(ADDRESS, f"<html><body><ul role=menu>{entries}</ul></body></html>")
    assert read(actions=read_actions(page, REALSOURCE)).cancel_label == label
