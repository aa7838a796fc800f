"""That a PO has no invoices, receipts or change requests is told in its own part of a page."""

from __future__ import annotations

import pytest

from flows.realsource.counts import own_tab, read_tab
from flows.realsource.details import read_po
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

REALSOURCE = Sites().site("realsource")
PO = "P0100001"
ADDRESS = "https://solutions.sciquest.com/apps/Router/POStatus?PoId=77300000"
HEADING = f"<h1>Purchase Order • {PO}</h1>"
GENERAL = (
    f"<h2>General Information</h2><dl><dt>PO Number</dt><dd>{PO}</dd><dt>Status</dt>"
    "<dd>Completed</dd><dt>Supplier</dt><dd>Amazon</dd><dt>Requisition</dt><dd>3123456</dd>"
    "{}</dl>"
)
TABS = "<ul class=Tabs><li><a href=#>Invoices</a></li><li><a href=#>Receipts</a></li></ul>"


def page_of(more="", before="", slots="", tabs="", document=1.0):
    html = f"<body>{before}{HEADING}{tabs}{GENERAL.format(slots)}{more}</body>"
    return PageSnapshot(ADDRESS, html, document)


def invoices(more="", **parts):
    return read_po(page_of(more, **parts), REALSOURCE, "amazon_business").invoices


@pytest.mark.parametrize(
    "said",
    [
        "<section><h3>Invoices (0)</h3></section>",
        "<section><h2>Invoices</h2><p>0 invoices</p></section>",
        "<section><header><h3>Invoices (0)</h3></header></section>",
        "<aside><p>0 invoices</p></aside>",
        "<aside><h2>Summary</h2><dl><dt>Invoices</dt><dd>0</dd></dl></aside>",
        f"<section><h2>Purchase Order {PO}</h2><p>No invoices</p></section>",
        "<h2>Workflow</h2><ol><li>Sent</li></ol><h2>Invoices</h2><p>No invoices</p>",
        "<h3>Workflow</h3><ol><li>Sent</li></ol><h2>Document summary</h2><p>0 invoices</p>",
        "<ul role=tablist aria-label='Purchase order sections'><li role=tab>Invoices 0</li></ul>",
        "<nav><a href=#>Invoices (0)</a></nav>",
        "<div><div><a href=#>Shipments</a></div><div><a href=#>Invoices (0)</a></div></div>",
        "<ul><li><a href=# aria-label='Invoices (0), tab 2 of 3'>Invoices (0)</a></li></ul>",
        "<table><tr><th>Status</th><th>Invoices</th></tr><tr><td>Sent</td><td>0</td></tr></table>",
    ],
)
def test_none_is_told_by_the_pos_own_parts(said):
    assert invoices(said) == 0


def test_none_is_told_beside_the_pos_own_values_and_on_its_tabs():
    assert invoices(slots="<dt>Invoices</dt><dd>0</dd>") == 0
    assert invoices(tabs=TABS.replace(">Invoices<", ">Invoices (0)<")) == 0
    assert invoices(before="<div role=tablist><a role=tab>Invoices (0)</a></div>") == 0


WAITING = "<a href=#>Invoices (0)</a> <a href=#>Receipts (0)</a>"


@pytest.mark.parametrize(
    "said",
    [
        f"<nav aria-label='My action items'>{WAITING}</nav>",
        f"<header>{WAITING}</header>",
        f"<header><nav>{WAITING}</nav></header>",
        f"<footer>{WAITING}</footer>",
        f"<ul aria-label='Action items'><li>{WAITING}</li></ul>",
        "<ul role=menu><li role=menuitem>Invoices (0)</li></ul>",
        "<section><h3>Requisition 4711001</h3><p>0 invoices</p></section>",
        "<h3>Requisition 4711001</h3><div><h4>Summary</h4><p>0 invoices</p></div>",
        "<div><b>Requisition 4711001</b><p>0 invoices</p></div>",
        "<section><h3>Related PO P0100002</h3><dl><dt>Invoices</dt><dd>0</dd></dl></section>",
        "<section><h3>Purchase Order P0100002</h3><p>Invoices: 0</p></section>",
        "<p>PO P0100002: <a href=#>Invoices (0)</a></p>",
        "<table><tr><th>Related PO</th><td>x</td></tr><tr><th>Invoices</th><td>0</td></tr></table>",
        "<div><div>Requisition 4711001</div><div><p>0 invoices</p></div></div>",
        "<div role=region aria-label='Requisition 4711001'><p>0 invoices</p></div>",
        "<div role=toolbar aria-label=Shortcuts><button>Invoices (0)</button></div>",
        "<details open><summary>Requisition 4711001</summary><p>0 invoices</p></details>",
        "<ul><li>P0100002 <a href=#>Invoices (0)</a></li></ul>",
        "<div class=tile><h4>Pending</h4><p>0 invoices</p></div>",
        "<section><h3>Line 1</h3><p>Invoices: None</p><span>0 invoices</span></section>",
        "<table><tr><th>Qty</th><th>Price</th></tr><tr><td>2</td><td>0 invoices</td></tr></table>",
        "<section><h3>Attachments</h3><dl><dt>Invoice</dt><dd>None</dd></dl></section>",
        "<dl><dt>Invoice</dt><dd>No</dd></dl>",
        "<form><label><input type=radio> No invoice</label></form>",
        "<input type=radio id=a><label for=a>No invoice</label>",
        "<table><tr><th>Invoices</th><th>Paid</th></tr><tr><td>0</td><td>2</td></tr></table>",
        "<ul aria-busy=true><li><a href=#>Invoices (0)</a></li></ul>",
    ],
)
@pytest.mark.parametrize("tabs", ["", TABS])
def test_none_of_something_else_is_not_the_pos(said, tabs):
    assert invoices(said, tabs=tabs) is None


def test_what_stands_before_the_pos_heading_is_not_told_of_it():
    assert invoices(before=f"<div class=Top>{WAITING}</div>") is None
    assert invoices(before=f"<nav>{WAITING}</nav>", tabs=TABS) is None
    beside = f"<body><div>{HEADING}{GENERAL}</div><nav>{WAITING}</nav></body>"
    facts = read_po(PageSnapshot(ADDRESS, beside), REALSOURCE, "amazon_business")
    assert facts.invoices is None


def test_a_tab_without_a_number_is_asked_itself():
    assert invoices("<aside><p>0 invoices</p></aside>", tabs=TABS) is None
    assert invoices("<aside><p>2 invoices</p></aside>", tabs=TABS) == 2


def test_the_tab_that_is_opened_is_the_pos_own():
    page = page_of(before=f"<nav>{WAITING}</nav>", tabs=TABS)
    assert own_tab(page, REALSOURCE, "invoices") == 1
    assert own_tab(page_of(before=f"<nav>{WAITING}</nav>"), REALSOURCE, "invoices") is None


def test_a_zero_that_stood_there_before_is_not_what_the_tab_says():
    zero = "<aside><p>0 invoices</p></aside>"
    before = page_of(zero, tabs=TABS)
    assert read_tab(before, REALSOURCE, "invoices", before) is None
    counted = page_of(zero, tabs=TABS, document=2.0)
    assert read_tab(counted, REALSOURCE, "invoices", before) == 0
    came = page_of("<section><h2>Invoices (0)</h2></section>", tabs=TABS)
    assert read_tab(came, REALSOURCE, "invoices", page_of(tabs=TABS)) == 0
