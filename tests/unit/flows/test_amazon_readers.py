"""What the readers make of pages that the stand-in does not show: other words, other parts, things
untold.
"""

from __future__ import annotations

import json

import pytest

from flows.amazon.cancel import _check_form
from flows.amazon.details import read_order
from flows.amazon.form import read_form
from flows.amazon.readers import read_submit_result
from flows.amazon.search import add_card, read_card, read_list
from robot.cancellation.orders import Line, ListedOrder, OrderFacts, OrderState, Verdict
from robot.errors import NeedsPerson
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER, PO = "111-0000001-0000001", "P0100001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
BANNER = (
    "<div data-component=cancelledOrderBanner><h4 class=a-alert-heading>This order has been"
    " cancelled.</h4></div>"
)
SORRY = "<section id=carousel><p>Sorry, something went wrong.</p></section>"
CANCEL = f"/progress-tracker/package/preship/cancel-items?orderID={NUMBER}"
LIVE = f"""<div data-component=orderId>{NUMBER}</div><div data-component=shipments>
  <div data-component=shipmentStatus>Arriving soon</div>
  <div data-component=shipmentConnections><a href="{CANCEL}">Cancel items</a></div></div>"""


def order(inside="", outside="", po=""):
    slot = f"<div data-component=poNumber>{po}</div>"
    page = PageSnapshot(
        ADDRESS, f"<html><body><div id=orderDetails>{inside}{slot}</div>{outside}</body></html>"
    )
    return read_order(page, AMAZON, NUMBER)


# ---- an order -----------------------------------------------------------------------------------


@pytest.mark.parametrize("inside, state", [(BANNER, OrderState.CANCELLED), (LIVE, OrderState.LIVE)])
def test_failed_part_of_page_says_nothing_of_the_order(inside, state):
    """A part of the page that failed says nothing of the order."""
    assert order(inside, SORRY).state is state


@pytest.mark.parametrize(
    "said, state",
    [
        ("<h4>We can't find that order</h4>", OrderState.NOT_FOUND),
        ("<p role=alert>We couldn’t find this order.</p>", OrderState.NOT_FOUND),
        ("<h1>Your order does not exist</h1>", OrderState.NOT_FOUND),
        ("<h4>We're unable to load your order details</h4>", OrderState.UNKNOWN),
        ("<h4>We can't display that order</h4>", OrderState.UNKNOWN),
        ("<h4>Sorry, something went wrong</h4>", OrderState.UNKNOWN),
        ("<p>We can't find that order</p>", OrderState.UNKNOWN),
        (SORRY, OrderState.UNKNOWN),
    ],
)
def test_an_order_is_not_found_where_the_site_says_so(said, state):
    """A page that could not be loaded, or a part of it that failed, does not say so."""
    assert order(outside=said).state is state


@pytest.mark.parametrize(
    "said",
    [
        f"PO number: {PO}",
        f"PO number {PO}",
        f"PO #: {PO}",
        f"PO: {PO}",
        f"PO# {PO}",
        f"PO {PO}",
        f"PO No. # {PO}",
        f"P.O. number: {PO}",
        f"Purchase order number\n{PO}",
        f"Purchase order: {PO}",
        f"Purchase order number: {PO}",
    ],
)
def test_the_po_is_read_in_every_likely_wording(said):
    assert order(LIVE, po=said).po == PO


@pytest.mark.parametrize(
    "said", ["", "PO number:", "PO number: None", "PO number: N/A", "PO number: none yet", "PO"]
)
def test_a_slot_without_a_number_names_no_po(said):
    assert order(LIVE, po=said).po is None


@pytest.mark.parametrize("said", [PO, "4500012345", f" {PO} "])
def test_a_slot_that_holds_the_number_alone_names_it(said):
    assert order(LIVE, po=said).po == said.strip()


@pytest.mark.parametrize(
    "inside",
    [
        "<div data-component=cancelled><p>This order has been cancelled.</p></div>",
        "<div data-component=cancelled><h4>Your order was canceled.</h4></div>",
        f"<h4 class=a-alert-heading>Payment revision needed</h4>{BANNER}",
    ],
)
def test_the_older_ways_to_say_that_an_order_is_cancelled(inside):
    assert order(inside).state is OrderState.CANCELLED


@pytest.mark.parametrize(
    "inside, state",
    [
        (f"{BANNER}<div data-component=orderId>111-9999999-9999999</div>", OrderState.UNKNOWN),
        (
            LIVE + "<div data-component=cancelled><p>Part of your order was cancelled.</p></div>",
            OrderState.LIVE,
        ),
        (LIVE + BANNER, OrderState.UNKNOWN),
    ],
)
def test_what_is_no_proof_that_the_order_is_cancelled(inside, state):
    assert order(inside).state is state


@pytest.mark.parametrize(
    "said", ["Expected to be delivered Friday", "Not shipped", "Not yet shipped"]
)
def test_what_is_to_come_has_not_shipped(said):
    assert order(LIVE.replace("Arriving soon", said)).state is OrderState.LIVE


def test_an_items_quantity_is_its_own():
    """Two items in one part of the page: the second has no badge, for one is not told."""
    items = "".join(
        f"<div><span data-component=itemTitle>{title}</span>{badge}</div>"
        for title, badge in (("Pens", "<span class=od-item-view-qty>3</span>"), ("Paper", ""))
    )
    box = f"<div data-component=shipments><div data-component=purchasedItems>{items}</div></div>"
    facts = order(LIVE + box)
    assert [(line.title, line.quantity) for line in facts.lines] == [("Pens", 3), ("Paper", 1)]


# ---- the list -----------------------------------------------------------------------------------


def test_each_card_of_the_list_is_read_by_itself():
    """Ids repeat; one number is in a span, one in a div, one still encrypted; a session's number
    is none of them.
    """
    fields = [
        f"<span dir=auto>{NUMBER}</span>",
        "<div>Order # 111-0000002-0000002</div>",
        "<span>d8Gk…</span>",
        "<i>133-8387742-1581130-1</i>",
    ]
    cards = "".join(
        f"<div id=orderCard><div id=orderIdField>{field}</div></div>" for field in fields
    )
    page = PageSnapshot(
        "https://www.amazon.com/ab/your-orders", f"<div id=yourOrderHistorySection>{cards}</div>"
    )
    assert read_list(page, AMAZON) == (NUMBER, "111-0000002-0000002", None)


def card(number, *statuses, more=""):
    boxes = "".join(
        f"<div class=a-size-medium><span class=a-text-bold>{status}</span></div>"
        for status in statuses
    )
    return (
        f"<div id=orderCard><div id=orderIdField><span>{number}</span></div>"
        f"<div id=orderCardDeliveryBox>{boxes}{more}</div></div>"
    )


@pytest.mark.parametrize(
    "statuses, state",
    [
        (["Cancelled"], OrderState.CANCELLED),
        (["Arriving Wednesday"], OrderState.LIVE),
        (["Shipped", "Delivered May 14"], OrderState.SHIPPED),
        (["Shipped", "Arriving Wednesday"], OrderState.PARTLY_SHIPPED),
        (["Cancelled", "Arriving Wednesday"], OrderState.PARTLY_CANCELLED),
        (["Something new", "Arriving Wednesday"], OrderState.LIVE),
        (["Cancelled", "Something new"], OrderState.UNKNOWN),
        (["Something new"], OrderState.UNKNOWN),
        ([], OrderState.UNKNOWN),
    ],
)
def test_a_card_tells_its_own_orders_state(statuses, state):
    """That of another order's card, and what is hidden, is not its own."""
    hidden = "<div class='a-size-medium aok-hidden'><b class=a-text-bold>Cancelled</b></div>"
    cards = card("111-0000002-0000002", "Cancelled") + card(NUMBER, *statuses, more=hidden)
    page = PageSnapshot(
        "https://www.amazon.com/ab/your-orders", f"<div id=yourOrderHistorySection>{cards}</div>"
    )
    found = read_card(page, AMAZON, NUMBER)
    assert (found.number, found.state) == (NUMBER, state)


def test_cards_of_an_order_on_two_pages_count_together():
    """The later page does not hide what the earlier one said."""
    cards = {}
    add_card(cards, ListedOrder(NUMBER, OrderState.SHIPPED, "Shipped"))
    add_card(cards, ListedOrder(NUMBER, OrderState.CANCELLED, "Cancelled"))
    assert cards == {NUMBER: ListedOrder(NUMBER, OrderState.PARTLY_CANCELLED, "Shipped\nCancelled")}


# ---- the cancel form ----------------------------------------------------------------------------


def form(*rows):
    items = "".join(
        f'<div data-itemid="i{n}"><input type=checkbox name=i{n}><span'
        f" class=item-title>{title}</span>{quantity}</div>"
        for n, (title, quantity) in enumerate(rows)
    )
    state = json.dumps({"orderID": NUMBER})
    html = f"""<html><body><form id=cancel-items-form>{items}</form>
      <script type="a-state"
        data-a-state='{{"key":"preship-cancel-items-page-state"}}'>{state}</script>
      </body></html>"""
    return read_form(PageSnapshot(f"https://www.amazon.com{CANCEL}", html), AMAZON)


@pytest.mark.parametrize(
    "cut",
    [
        "A quite long title of pens",
        "A quite long title…",
        "A quite long title of pens...",
        "A quite long ti ...",
    ],
)
def test_a_title_that_the_form_cuts_is_the_orders(cut):
    wanted = OrderFacts(
        NUMBER, OrderState.LIVE, lines=(Line("Paper", 1), Line("A quite long title of pens", 1))
    )
    _check_form(Visit(), form((cut, ""), ("Paper", "")), wanted)


@pytest.mark.parametrize("cut", ["A quite other…", "A…", "Paper…"])
def test_a_title_cut_too_short_or_of_another_item_stops(cut):
    """Too little of it tells nothing, and what is not its beginning is another item."""
    wanted = OrderFacts(
        NUMBER, OrderState.LIVE, lines=(Line("Paper", 1), Line("A quite long title of pens", 1))
    )
    with pytest.raises(NeedsPerson, match="Nothing was pressed"):
        _check_form(Visit(), form((cut, ""), ("Paper", "")), wanted)


class Visit:
    def screenshot(self, _what):
        pass


ORDER = OrderFacts(NUMBER, OrderState.LIVE, lines=(Line("Pens", 5), Line("Paper", 1)))
BADGE = "<span class=item-quantity>%s</span>"


@pytest.mark.parametrize("pens", [BADGE % "5", BADGE % "Qty: 5", BADGE % "", ""])
def test_a_form_with_the_orders_quantities_or_none_is_the_orders(pens):
    _check_form(Visit(), form(("Pens", pens), ("Paper", BADGE % "1")), ORDER)


@pytest.mark.parametrize(
    "rows",
    [
        (("Pens", BADGE % "1"), ("Paper", "")),
        (("Pens", BADGE % "5"), ("Paper", BADGE % "2")),
        (("Pens", BADGE % "5 of 5"), ("Paper", "")),
        (("Pens", BADGE % "5" + "<input name=quantity value=2>"), ("Paper", "")),
        (("Pens", BADGE % "5"), ("", "")),
    ],
)
def test_a_form_that_offers_other_quantities_is_not(rows):
    with pytest.raises(NeedsPerson, match="Nothing was pressed") as stop:
        _check_form(Visit(), form(*rows), ORDER)
    assert stop.value.problem == "wrong_lines"


# ---- what follows the press ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "banner, statuses, verdict",
    [
        ("Cancellation successful", ["Cancelled", "Cancelled"], Verdict.CONFIRMED),
        ("Cancellation successful", ["Cancelled", "Unable to cancel"], Verdict.PARTIAL),
        ("Cancellation successful", [], Verdict.UNCLEAR),
        ("Some items could not be cancelled", ["Cancelled", "Unable to cancel"], Verdict.PARTIAL),
        ("Some items could not be cancelled", ["", "Unable to cancel"], Verdict.UNCLEAR),
        ("Unable to cancel requested items.", ["Unable to cancel"], Verdict.REFUSED),
        ("Our team will take it from here", ["Noted"], Verdict.UNCLEAR),
    ],
)
def test_an_answer_is_of_the_whole_order(banner, statuses, verdict):
    """A part that could not be cancelled is no refusal of the whole."""
    parts = "".join(f"<h2 class=preshipCancel-shipment-status>{one}</h2>" for one in statuses)
    html = (
        "<div id=preship-cancel-summary-page-container><div class=preshipCancel-banner>"
        f"<div data-csa-c-content-id=SUCCESS><h5>{banner}</h5></div></div>{parts}</div>"
    )
    page = PageSnapshot("https://www.amazon.com/progress-tracker/cancel-summary", html)
    answer = read_submit_result(page, AMAZON, "cancel_summary")
    assert answer is not None
    assert answer.verdict is verdict


# ---- text that a script left half cut -----------------------------------------------------------


def test_half_a_character_does_not_hide_what_follows():
    """As a script leaves it that cuts a title in the middle of an emoji; a parser would stop
    there.
    """
    label = (  # a control character, that a parser does not take either
        "<i aria-labelledby=x></i><b id=x>a&#1;b</b>"
    )
    page = PageSnapshot("https://www.amazon.com/", f"<p>Pens \ud83d blue</p><p>Shipped</p>{label}")
    assert "Pens \ufffd blue Shipped" in page.text()
