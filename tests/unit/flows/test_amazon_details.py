"""What is proven of an order by its page, sign by sign."""

from decimal import Decimal

import pytest

from flows.amazon.details import read_order
from robot.cancellation.orders import Line, OrderState
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER = "111-0000001-0000001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
CANCEL = f"/progress-tracker/package/preship/cancel-items?orderID={NUMBER}"
LINK = f"<a href='{CANCEL}'>Cancel items</a>"

LIVE, CLOSED = "Arriving Friday", "Preparing for shipment"
GONE, CANCELLED = "Delivered May 14", "Cancelled"


def new_box(status="", link="", title="Pens", badge=""):
    return (
        f"<div data-component=shipments><div data-component=shipmentStatus>{status}</div>"
        f"<div data-component=purchasedItems><p>{badge}</p>"
        f"<div><div data-component=itemTitle><a href='/dp/X'>{title}</a></div>"
        "<div data-component=quantity></div></div></div>"
        f"<div data-component=shipmentConnections>{link}</div></div>"
    )


def old_box(status="", link="", title="Pens", badge=""):
    return (
        f"<div class=shipment><div class=shipment-top-row>{status}</div>"
        f"<div><p>{badge}</p>"
        f"<div class=yohtmlc-item><a href='/gp/product/X'>{title}</a></div></div>"
        f"<div class=actions>{link}</div></div>"
    )


def order(*boxes, number=NUMBER, slots="", lang="en-us"):
    inside = f"<div data-component=orderId>{number}</div>{slots}{''.join(boxes)}"
    html = f"<html lang={lang}><body><div id=orderDetails>{inside}</div></body></html>"
    return read_order(PageSnapshot(ADDRESS, html), AMAZON, NUMBER)


# ---- the state and the signs that prove it -------------------------------------------------------


@pytest.mark.parametrize("box", [new_box, old_box])
@pytest.mark.parametrize(
    "status, link, state",
    [
        (LIVE, LINK, OrderState.LIVE),
        ("", LINK, OrderState.LIVE),
        ("Words that nobody knows", LINK, OrderState.LIVE),
        (LIVE, "", OrderState.LIVE),
        (CLOSED, "", OrderState.LIVE),
        (GONE, "", OrderState.SHIPPED),
        (CANCELLED, "", OrderState.CANCELLED),
        ("Canceled", "", OrderState.CANCELLED),
        ("", "", OrderState.UNKNOWN),
        ("Words that nobody knows", "", OrderState.UNKNOWN),
        (GONE, LINK, OrderState.UNKNOWN),
        (CANCELLED, LINK, OrderState.UNKNOWN),
        ("<h4>Cancelled</h4><p>Delivered May 14</p>", "", OrderState.UNKNOWN),
    ],
)
def test_a_state_is_read_from_its_sign(box, status, link, state):
    """Take a sign away, and the state that it proved is unknown, never another one."""
    facts = order(box(status, link))
    assert facts.state is state
    assert facts.cancellable == (state is OrderState.LIVE and bool(link))
    assert bool(facts.unread) == (state is OrderState.UNKNOWN)
    assert facts.closed == (status == CLOSED)


@pytest.mark.parametrize(
    "status",
    [
        "Not yet shipped",
        "Your item hasn't shipped yet.",
        "Your item hasn’t shipped yet",
        "<h4>Not yet shipped</h4><p>Once it has shipped, you can track it.</p>",
        "<h4>Arriving Friday</h4><p>It will be delivered to the mail room.</p>",
    ],
)
def test_words_of_what_is_to_come_are_not_taken_for_done(status):
    assert order(new_box(status, LINK)).state is OrderState.LIVE
    assert order(new_box(status)).state is OrderState.LIVE


@pytest.mark.parametrize(
    "status",
    [
        "Delayed, not yet delivered",
        "Delivered by Friday",
        "Delivered once it has cleared customs",
        "Will be shipped",
        "Refunded",
        "Cancelled items will be refunded",
        "Arriving today",
        "Now arriving Friday",
        "Delivered tomorrow",
        "Delivered Friday if ordered today",
        "Delivered 1 of 2 items",
        "Delivered? Tell us",
        "Shipped by Amazon",
        "Shipped on or before May 5",
        "Ready for pickup from May 5",
        "Cancellation requested",
        "Partially cancelled",
        "Cancelled by May 5 if not paid",
        "Your order was not cancelled",
        "Your order was cancelled and reordered",
    ],
)
def test_words_that_prove_nothing_leave_the_state_unknown(status):
    facts = order(new_box(status))
    assert facts.state is OrderState.UNKNOWN
    assert status in facts.unread[0]


@pytest.mark.parametrize(
    "status, state",
    [
        ("Arriving in 2 days", OrderState.LIVE),
        ("Delivered, signed by J. SMITH", OrderState.SHIPPED),
        ("Delivered May 14, signed for by Kim", OrderState.SHIPPED),
        ("Delivered, signed by Kim who returned it", OrderState.UNKNOWN),
    ],
)
def test_how_long_it_takes_and_who_signed_are_told_beside(status, state):
    assert order(new_box(status)).state is state


@pytest.mark.parametrize("heading", ["Cancelled", "Delivered May 14"])
@pytest.mark.parametrize(
    "beside",
    [
        "1 of 2 items was cancelled.",
        "Some items could not be cancelled.",
        "Only part of this shipment was cancelled.",
        "The remaining items are on their way.",
        "Your package was not delivered.",
        "It hasn't been cancelled yet.",
    ],
)
def test_what_is_said_of_a_part_is_not_of_the_whole(heading, beside):
    assert order(new_box(f"<h4>{heading}</h4><p>{beside}</p>")).state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "beside",
    [
        "You have not been charged for this order.",
        "If you were charged, you will be refunded.",
        "Your order was cancelled.",
    ],
)
def test_what_follows_a_cancellation_changes_nothing(beside):
    facts = order(new_box(f"<h4>Cancelled</h4><p>{beside}</p>"))
    assert facts.state is OrderState.CANCELLED


@pytest.mark.parametrize(
    "statuses, state",
    [
        ((LIVE, GONE), OrderState.PARTLY_SHIPPED),
        ((LIVE, CANCELLED), OrderState.PARTLY_CANCELLED),
        ((GONE, CANCELLED), OrderState.PARTLY_CANCELLED),
        ((CANCELLED, CANCELLED), OrderState.CANCELLED),
        ((CANCELLED, ""), OrderState.UNKNOWN),
        ((GONE, ""), OrderState.UNKNOWN),
    ],
)
@pytest.mark.parametrize("second", [new_box, old_box])
def test_every_shipment_counts(statuses, state, second):
    first = new_box(statuses[0], title="Pens")
    assert order(first, second(statuses[1], title="Paper")).state is state


def test_a_sign_outside_the_known_shipments_leaves_all_open():
    for stray in ("<div data-component=shipmentStatus>Shipped</div>", LINK):
        facts = order(new_box(CANCELLED), stray)
        assert facts.state is OrderState.UNKNOWN
        assert "outside" in facts.unread[0]


def test_a_page_without_shipments_proves_nothing():
    facts = order()
    assert (facts.state, facts.unread) == (OrderState.UNKNOWN, ("its shipments",))


def test_two_numbers_on_one_page_prove_nothing():
    other = "<div data-component=orderId>111-0000002-0000002</div>"
    facts = order(new_box(CANCELLED), slots=other)
    assert (facts.state, facts.unread) == (OrderState.UNKNOWN, ("its own number",))


@pytest.mark.parametrize("lang, status", [("en", "Entregado"), ("es-us", "?"), ("", "Zugestellt")])
def test_a_page_in_another_language_is_named(lang, status):
    facts = order(new_box(status), lang=lang or "en")
    assert facts.state is OrderState.UNKNOWN
    assert facts.language == {"Entregado": "es", "?": "es", "Zugestellt": "de"}[status]


# ---- the lines, the PO and the total -------------------------------------------------------------


@pytest.mark.parametrize(
    "badge, quantity",
    [
        ("", 1),
        ("<b class=od-item-view-qty>2</b>", 2),
        ("<b class=item-view-qty>1,000</b>", 1000),
        ("<b class=item-view-qty>Qty: 12</b>", 12),
        ("<b class=item-view-qty>1.000</b>", None),
        ("<b class=item-view-qty>2 of 3</b>", None),
        ("<b class=item-view-qty>0</b>", None),
        ("<i>Quantity: 5</i>", 5),
        ("<i>Qty: 1,50</i>", None),
        ("<select name=quantity><option>1<option selected>4</select>", 4),
        ("<i>Qty: <select><option>1<option selected>4</select></i>", 4),
        ("<b class=item-view-qty><s>3</s> 2</b>", None),
    ],
)
@pytest.mark.parametrize("box", [new_box, old_box])
def test_a_quantity_is_read_whole_or_not_at_all(box, badge, quantity):
    facts = order(box(LIVE, LINK, badge=badge))
    assert facts.lines == (Line("Pens", quantity, "live"),)
    assert facts.cancellable == (quantity is not None)
    assert bool(facts.unread) == (quantity is None)


def test_a_link_that_does_something_is_no_line():
    again = "<a href='/dp/X?ref=bia'>Buy it again</a><a href='/dp/X'>View your item</a>"
    facts = order(old_box(LIVE, LINK + again))
    assert facts.lines == (Line("Pens", 1, "live"),)


def test_a_quantity_before_the_title_is_read():
    facts = order(old_box(LIVE, LINK, title="3 of: Pens"))
    assert facts.lines == (Line("Pens", 3, "live"),)


@pytest.mark.parametrize(
    "slot, po",
    [
        ("PO number: P0012345", "P0012345"),
        ("PO number: P00123\u200b45", "P0012345"),
        ("PO # P0012345_1", "P0012345_1"),
        ("Purchase order no. 2026/00123", "2026/00123"),
        ("P0012345", "P0012345"),
        ("PO number: P0012345 (approved)", "P0012345"),
        ("PO number: P0012345, P0012346", None),
        ("PO number: P0012345 P0012346", None),
        ("PO number: P0012345 and P0012346", None),
        ("PO number: P0012345*7", None),
        ("PO number: 111-0000001-0000001", None),
        ("PO number: see the note", None),
    ],
)
def test_a_pos_number_is_read_whole_or_not_at_all(slot, po):
    facts = order(new_box(LIVE, LINK), slots=f"<div data-component=poNumber>{slot}</div>")
    assert facts.po == po
    assert bool(facts.unread) == (po is None)
    assert facts.po_text == ("" if po else slot)


@pytest.mark.parametrize("slot", ["", "PO number:", "PO", "PO number: none", "PO number: N/A"])
def test_a_slot_without_a_number_tells_nothing(slot):
    facts = order(new_box(LIVE, LINK), slots=f"<div data-component=poNumber>{slot}</div>")
    assert (facts.po, facts.po_text, facts.unread) == (None, "", ())


def test_two_places_that_tell_different_pos_tell_none():
    slots = "".join(f"<div data-component=poNumber>PO number: P001234{n}</div>" for n in (5, 6))
    assert order(new_box(LIVE, LINK), slots=slots).po is None


@pytest.mark.parametrize(
    "slots, total",
    [
        ("<p data-component=chargeSummary>Grand Total: $31.00</p>", "31.00"),
        ("<p data-component=chargeSummary>Grand Total: $1,313</p>", "1313.00"),
        ("<p data-component=orderSubtotals>Order Total: US$ 41.07</p>", "41.07"),
        ("<p data-component=chargeSummary>Total for this Order: 8.60 USD</p>", "8.60"),
        ("<p data-component=chargeSummary>Grand Total: CDN$ 1,313.34</p>", None),
        ("<p data-component=chargeSummary>Grand Total: 1.313,34 €</p>", None),
        ("<p data-component=chargeSummary>Grand Total: $31.00 - $35.00</p>", None),
        ("<p data-component=chargeSummary>Grand Total: A$31.00</p>", None),
        ("<p data-component=chargeSummary>Grand Total: -$31.00</p>", None),
        ("<p data-component=chargeSummary>Grand Total: Free</p>", None),
        ("<p data-component=chargeSummary>Grand Total before tax: $30.00</p>", None),
        (
            (
                "<p data-component=chargeSummary>Grand Total: $31.00</p>"
                "<p data-component=orderSubtotals>Grand Total: $32.00</p>"
            ),
            None,
        ),
    ],
)
def test_a_total_is_read_in_dollars_or_not_at_all(slots, total):
    facts = order(new_box(LIVE, LINK), slots=slots)
    assert facts.total == (Decimal(total) if total else None)
    assert bool(facts.unread) == (total is None)
