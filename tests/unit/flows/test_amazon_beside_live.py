"""What stands beside an order that is not shipped, and what of it is furniture."""

from __future__ import annotations

import pytest

from flows.amazon.details import read_order
from robot.cancellation.orders import OrderState
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER = "111-0000001-0000001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
LINK = f"<a href='/progress-tracker/package/preship/cancel-items?orderID={NUMBER}'>Cancel items</a>"


def shipment(status, link="", beside=""):
    return (
        f"<div data-component=shipments><div data-component=shipmentStatus>{status}</div>"
        "<div data-component=purchasedItems><div data-component=itemTitle>Pens</div>"
        f"{beside}</div><div data-component=shipmentConnections>{link}</div></div>"
    )


def read(body):
    number = f"<div data-component=orderId>{NUMBER}</div>"
    html = f"<html lang=en><body><div id=orderDetails>{number}{body}</div></body></html>"
    return read_order(PageSnapshot(ADDRESS, html), AMAZON, NUMBER)


@pytest.mark.parametrize(
    "beside",
    [
        "<span>1 of 2 shipped</span>",
        "<span>Shipped: 1 of 3</span>",
        "<span>2 shipped, 1 not yet shipped</span>",
        "<span>Partially shipped</span>",
        "<p>Part of this shipment has left.</p>",
        "<p>1 unit delivered July 15</p>",
        "<p>1 item shipped by UPS</p>",
        "<p>1 shipped from Richmond</p>",
        "<p>Delivered 7/15</p>",
    ],
)
def test_a_line_of_which_a_part_has_left_is_not_live(beside):
    facts = read(shipment("Arriving Wednesday", LINK, beside))
    assert (facts.state, facts.cancellable) == (OrderState.UNKNOWN, False)


@pytest.mark.parametrize(
    "status",
    [
        "Package left sorting center",
        "Left the regional facility",
        "Sent",
        "Released",
        "Download available",
        "<img alt='Delivered July 15'>",
    ],
)
def test_a_status_by_which_it_has_left_outweighs_its_link(status):
    facts = read(shipment(status, LINK))
    assert (facts.state, facts.cancellable) == (OrderState.UNKNOWN, False)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "<div class='a-box delivery-box'><h4>Delivered July 15</h4><a href='/dp/Y'>Lamp</a></div>",
        "<div data-component=digitalItems><h4>Delivered</h4></div>",
        "<div><h4>Cancelled</h4><span>Lamp</span></div>",
    ],
)
def test_what_has_ended_outside_its_shipments_leaves_it_unknown(elsewhere):
    facts = read(shipment("Arriving Wednesday", LINK) + elsewhere)
    assert facts.state is OrderState.UNKNOWN
    assert any(one.endswith("beside its shipments") for one in facts.unread)


FURNITURE = [
    "<p>Sold by: Amazon.com</p><p>Shipped from: Amazon</p><p>Delivered by Amazon</p>",
    "<h2>Buy it again</h2><p>Get it delivered tomorrow</p><a href=#>Cancelled orders</a>",
    "<p>Eligible for Return, Refund or Replacement within 30 days of receipt</p>",
    "<p>$12.00 <s>$15.00</s></p><p>List price: <s>$20.00</s></p>",
    "<p>4.5 out of 5 stars</p><p>Delivered in perfect condition, great pens!</p>",
    "<p>Gift note: Delivered with love</p><p>Only 3 left in stock</p>",
    "<p>Delivery instructions: at the dock, please wait for the guard</p>",
    "<p>Payment: Visa ending 1234, charged when shipped</p><p>Approval status: Approved</p>",
    "<p>Items ordered: 1</p><p>2 used from $5</p><p>Part of your plan: Business Prime</p>",
]


@pytest.mark.parametrize("furniture", FURNITURE)
def test_furniture_changes_no_state(furniture):
    live = shipment("Arriving Wednesday", LINK, furniture)
    assert read(live + furniture).cancellable
    assert read(shipment("Cancelled", "", furniture) + furniture).state is OrderState.CANCELLED
    assert read(shipment("Delivered July 15", "", furniture)).state is OrderState.SHIPPED


@pytest.mark.parametrize(
    "beside", ["Shipped 2-day", "1 item shipped separately", "Part of the item was made in the USA"]
)
def test_way_of_shipping_leaves_a_line_live(beside):
    assert read(shipment("Arriving Wednesday", LINK, f"<span>{beside}</span>")).cancellable


@pytest.mark.parametrize("told", ["2 items ordered", "Items ordered: 2", "2 items in this order"])
def test_cancelled_order_with_more_items_than_shown_is_unknown(told):
    assert read(shipment("Cancelled") + f"<p>{told}</p>").state is OrderState.UNKNOWN
    assert read(shipment("Cancelled") * 2 + f"<p>{told}</p>").state is OrderState.CANCELLED


def test_total_may_say_of_how_many_items_it_is():
    summary = "<div data-component=chargeSummary>Order Total (2 items): $120.00</div>"
    assert str(read(summary + shipment("Arriving Wednesday", LINK)).total) == "120.00"


@pytest.mark.parametrize(
    "beside, quantity",
    [
        ("<span>Quantity ordered: 2</span>", 2),
        ("<span>Units: 2</span>", 2),
        ("<span>x2</span>", 2),
        ("<span>Qty</span><span>2</span>", 2),
        ("<span>2 x $5.00</span>", None),
        ("<span>Qty: 2 of 3</span>", None),
        ("<span>Qty: two</span>", None),
        ("<span>8 x 11</span>", 1),
        ("<span>X5</span>", 1),
        ("<p>Quantity discounts available</p><span>Unit price: $5.00</span>", 1),
        ("<p>Units sold: 1,000+</p><p>Qty discount 5%</p>", 1),
    ],
)
def test_a_quantity_in_other_words_is_not_taken_for_one(beside, quantity):
    (line,) = read(shipment("Arriving Wednesday", LINK, beside)).lines
    assert line.quantity == quantity
