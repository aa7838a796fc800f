"""What the readers make of pages that the stand-in does not show: other words, other parts, things untold."""

from __future__ import annotations

import json

import pytest

from flows.amazon_business import _same_order
from flows.amazon_pages import read_form, read_order
from flows.realsource_pages import read_po
from robot import site as sites
from robot.orders import Line, OrderFacts, OrderState, PoStatus
from robot.page import Page
from robot.problems import NeedsPerson

AMAZON, REALSOURCE = sites.load("amazon_business"), sites.load("realsource")
NUMBER, PO = "111-0000001-0000001", "P0100001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
BANNER = "<div data-component=cancelledOrderBanner><h4 class=a-alert-heading>This order has been cancelled.</h4></div>"
SORRY = "<section id=carousel><p>Sorry, something went wrong.</p></section>"
CANCEL = f"/progress-tracker/package/preship/cancel-items?orderID={NUMBER}"
LIVE = f"""<div data-component=orderId>{NUMBER}</div><div data-component=shipments>
  <div data-component=shipmentStatus>Arriving soon</div>
  <div data-component=shipmentConnections><a href="{CANCEL}">Cancel items</a></div></div>"""


def order(inside="", outside="", po=""):
    slot = f"<div data-component=poNumber>{po}</div>"
    page = Page(ADDRESS, f"<html><body><div id=orderDetails>{inside}{slot}</div>{outside}</body></html>")
    return read_order(page, AMAZON, NUMBER)


# ---- an order -----------------------------------------------------------------------------------


@pytest.mark.parametrize("inside, state", [(BANNER, OrderState.CANCELLED), (LIVE, OrderState.LIVE)])
def test_a_part_of_the_page_that_failed_says_nothing_of_the_order(inside, state):
    assert order(inside, SORRY).state is state


def test_a_page_that_has_nothing_of_an_order_and_says_so_finds_none():
    assert order(outside=SORRY).state is OrderState.NOT_FOUND


@pytest.mark.parametrize(
    "said",
    [
        f"PO number: {PO}", f"PO number {PO}", f"PO #: {PO}", f"PO: {PO}", f"PO# {PO}", f"PO {PO}", f"PO No. # {PO}",
        f"P.O. number: {PO}", f"Purchase order number\n{PO}", f"Purchase order: {PO}", f"Purchase order number: {PO}",
    ],
)  # fmt: skip
def test_the_po_is_read_in_every_likely_wording(said):
    assert order(LIVE, po=said).po == PO


@pytest.mark.parametrize("said", ["", "PO number:", "PO number: None", "PO number: N/A", "PO number: none yet", "PO"])
def test_a_slot_without_a_number_names_no_po(said):
    assert order(LIVE, po=said).po is None


# ---- the cancel form ----------------------------------------------------------------------------


def form(*rows):
    items = "".join(
        f'<div data-itemid="i{n}"><input type=checkbox name=i{n}><span class=item-title>{title}</span>{quantity}</div>'
        for n, (title, quantity) in enumerate(rows)
    )
    state = json.dumps({"orderID": NUMBER})
    html = f"""<html><body><form id=cancel-items-form>{items}</form>
      <script type="a-state" data-a-state='{{"key":"preship-cancel-items-page-state"}}'>{state}</script>
      </body></html>"""
    return read_form(Page(f"https://www.amazon.com{CANCEL}", html), AMAZON)


class Visit:
    def shot(self, _what):
        pass


ORDER = OrderFacts(NUMBER, OrderState.LIVE, lines=(Line("Pens", 5), Line("Paper", 1)))
BADGE = "<span class=item-quantity>%s</span>"


@pytest.mark.parametrize("pens", [BADGE % "5", BADGE % "Qty: 5", BADGE % "", "", BADGE % "5 of 5"])
def test_a_form_with_the_orders_quantities_or_none_is_the_orders(pens):
    _same_order(Visit(), form(("Pens", pens), ("Paper", BADGE % "1")), ORDER)


@pytest.mark.parametrize(
    "rows", [(("Pens", BADGE % "1"), ("Paper", "")), (("Pens", BADGE % "5"), ("Paper", BADGE % "2"))]
)
def test_a_form_that_offers_other_quantities_is_not(rows):
    with pytest.raises(NeedsPerson, match="Nothing was pressed") as stop:
        _same_order(Visit(), form(*rows), ORDER)
    assert stop.value.problem == "wrong_lines"


# ---- a PO ---------------------------------------------------------------------------------------

TABS = "<a>Invoices (0)</a> <a>Receipts (0)</a> <a>Change Requests (0)</a>"


def po(tabs):
    html = f"""<html><head><title>Status - PO {PO}</title></head><body><div id=PhoenixContent>
      <h1>Purchase Order {PO}</h1><dl><dt>Status</dt><dd>Completed</dd><dt>Supplier</dt><dd>Amazon Business</dd>
      <dt>Total</dt><dd>10.00 USD</dd></dl>
      <nav>{tabs}</nav></div></body></html>"""
    return read_po(
        Page("https://solutions.sciquest.com/apps/Router/POSummary?PoId=1", html), REALSOURCE, "amazon_business"
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
    "said", ["Invoices (0 open, 3 closed)", "Invoices 0 of 2", "Invoices: 0/2", "Invoices (10 open)"]
)
def test_a_number_that_is_not_the_whole_count_is_none_at_all(said):
    assert po(TABS.replace("Invoices (0)", said)).invoices is None


@pytest.mark.parametrize("gone", ["Invoices (0)", "Receipts (0)", "Change Requests (0)"])
def test_what_is_not_told_is_not_none(gone):
    facts = po(TABS.replace(gone, gone.split(" (")[0]))
    assert [facts.invoices, facts.receipts, facts.change_requests].count(None) == 1
