"""An order is cancelled only where nothing on its page is left open beside what is cancelled."""

from __future__ import annotations

import pytest

from flows.amazon.search import read_list_total, shows_all_users
from robot.cancellation.orders import OrderState
from robot.sites.page import PageSnapshot
from tests.unit.flows.test_amazon_doubts import (
    ADDRESS,
    AMAZON,
    BANNER,
    LINK,
    NUMBER,
    banner,
    box,
    read,
    read_order,
)


def grid(status, title, link=""):
    """One of several shipments that share a part of the page."""
    return (
        f"<div data-component=shipmentsLeftGrid><div data-component=shipmentStatus>{status}</div>"
        "<div data-component=purchasedItems><div data-component=itemTitle><a href='/dp/X'>"
        f"{title}</a></div></div></div><div data-component=shipmentsRightGrid>"
        f"<div data-component=shipmentConnections>{link}</div></div>"
    )


def shared(*grids):
    return f"<div data-component=shipments>{''.join(grids)}</div>"


@pytest.mark.parametrize(
    "status",
    [
        "Running late",
        "Now expected by Wednesday",
        "Departed facility",
        "Livré le 15 juillet",
        "Cancellation requested",
        "Unable to cancel",
        "",
    ],
)
def test_each_shipment_of_a_part_is_read_by_itself(status):
    facts = read(shared(grid("Cancelled", "Pens"), grid(status, "Lamp")))
    assert facts.state is OrderState.UNKNOWN
    assert facts.unread


def test_shipments_that_share_a_part_and_all_say_the_same():
    facts = read(shared(grid("Cancelled", "Pens"), grid("Cancelled", "Lamp")))
    assert facts.state is OrderState.CANCELLED
    facts = read(shared(grid("Delivered May 14", "Pens"), grid("Delivered May 15", "Lamp")))
    assert facts.state is OrderState.SHIPPED
    facts = read(shared(grid("Arriving Friday", "Pens", LINK), grid("Packed", "Lamp", LINK)))
    assert facts.cancellable


#: What stands in a part of the page that is none of its shipments.
ELSEWHERE = [
    "<div><i></i> Delivered May 14<br><a href='/dp/Y'>Lamp</a></div>",
    "<div class=delivery-box><h4>Arriving Wednesday</h4><a href='/dp/Y'>Lamp</a></div>",
    "<div data-component=digitalItems><h4>Delivered</h4></div>",
    "<p>Estimated delivery Oct 12</p>",
    "<p>Shipment 1 of 2</p>",
    "<button>View all 3 shipments</button>",
    "<button>Cancel items</button>",
    f"<a href='/gp/your-account/ship-track?orderId={NUMBER}'>Track package</a>",
    "<a href='/gp/orc/returns?x=1'>Return items</a>",
    "<p>This order was split into 2 orders: 112-0000002-0000002</p>",
    "<div role=alert>Some of your items are delayed.</div>",
    "<div class=a-alert>We're having trouble loading some parts of this page.</div>",
    "<div data-component=alerts>Your cancellation could not be completed.</div>",
]


@pytest.mark.parametrize("more", ELSEWHERE)
def test_what_goes_on_elsewhere_leaves_the_order_open(more):
    assert read(box("Cancelled") + more).state is OrderState.UNKNOWN
    assert read(banner(BANNER) + more, None).state is OrderState.UNKNOWN
    assert read(banner(BANNER) + box("Cancelled") + more).state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "more",
    [
        "<div data-component=orderDate>Order placed May 11, 2026</div>",
        "<a href='/help/cancel'>Cancellation policy details</a>",
        "<p>Your refund of $20.00 is expected by May 14.</p>",
        "<p>You have not been charged for this order.</p>",
        "<p><s>$15.00</s></p>",
        "<p>Total: <del>$15.00</del> $12.00</p>",
        "<a href='/'>Continue shopping</a>",
        f"<p>Order # {NUMBER}</p>",
    ],
)
def test_what_says_nothing_of_a_shipment_leaves_it_cancelled(more):
    assert read(box("Cancelled") + more).state is OrderState.CANCELLED


@pytest.mark.parametrize(
    "beside",
    [
        "<span>1 of 2 items shipped</span>",
        "<span>Shipped: 1, Cancelled: 1</span>",
        "<span>Qty cancelled: 1 of 2</span>",
        "<span>Partially shipped</span>",
        "<span>2 shipped, 1 not yet shipped</span>",
        "<span>Backordered</span>",
        "<div><i></i> Delivered July 15</div>",
        "<p>Part of this shipment has left.</p>",
        "<span data-component=quantity>1 of 3</span>",
    ],
)
def test_words_beside_a_cancelled_line_that_leave_it_open(beside):
    assert read(box("Cancelled", beside=beside)).state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "sentence",
    [
        "1 item could not be cancelled.",
        "Cancellation of 1 item failed.",
        "We couldn't cancel Lamp.",
        "2 items shipped.",
        "Seller approval required.",
        "We tried to stop the delivery.",
        "Your package may still arrive.",
        "A new order was created for the items.",
    ],
)
def test_sentence_that_takes_cancelled_back(sentence):
    assert read(box(f"<h4>Cancelled</h4><p>{sentence}</p>")).state is OrderState.UNKNOWN
    assert read(banner(BANNER, f"<p>{sentence}</p>"), None).state is OrderState.UNKNOWN


def test_status_of_one_item_is_not_of_two():
    two = "<div data-component=itemTitle><a href='/dp/Y'>Lamp</a></div>"
    status = "This item has been cancelled"
    assert read(box(status)).state is OrderState.CANCELLED
    assert read(box(status, beside=two)).state is OrderState.UNKNOWN


def test_address_of_two_orders_is_of_neither():
    html = f"<html><body><div id=orderDetails>{banner(BANNER)}</div></body></html>"
    own = read_order(PageSnapshot(ADDRESS, html), AMAZON, NUMBER)
    both = read_order(PageSnapshot(f"{ADDRESS}&orderID=112-0000002-0000002", html), AMAZON, NUMBER)
    assert (own.state, both.state) == (OrderState.CANCELLED, OrderState.UNKNOWN)


@pytest.mark.parametrize(
    "status",
    [
        "Left the warehouse",
        "Handed over to UPS",
        "With courier",
        "Departed",
        "Attempted delivery",
        "Fulfilled",
        "Invoiced",
        "Available for pickup",
    ],
)
def test_words_of_what_has_left_are_not_live_by_a_link(status):
    assert not read(box(status, LINK)).cancellable


@pytest.mark.parametrize("status", ["Cancel requested", "Pending cancellation"])
def test_words_of_a_request_to_cancel_are_not_cancellable(status):
    assert not read(box(status, LINK)).cancellable


@pytest.mark.parametrize("more", ["and others", "(multiple)", "…more", "rev B"])
def test_slot_that_tells_of_more_pos_than_one_tells_none(more):
    slot = "<div data-component=poNumber>PO Number P0012345 {}</div>"
    live = box("Arriving Friday", LINK)
    assert read(slot.format("") + live).po == "P0012345"
    facts = read(slot.format(more) + live)
    assert (facts.po, bool(facts.po_text)) == (None, True)


def listed(inside):
    return PageSnapshot(
        "https://www.amazon.com/ab/your-orders", f"<html><body>{inside}</body></html>"
    )


@pytest.mark.parametrize(
    "chosen, is_all",
    [
        ("Orders from all users", True),
        ("Orders by everyone", True),
        ("All orders", True),
        ("Orders from all time", False),
        ("Orders from all sellers", False),
        ("Orders by everyone except approvers", False),
    ],
)
def test_whose_orders_a_list_shows_is_told_whole(chosen, is_all):
    page = listed(f"<ul><li class=a-active>{chosen}</li></ul>")
    assert shows_all_users(page, AMAZON) is is_all


@pytest.mark.parametrize("alert", ["Some orders are not shown.", "We're still loading orders."])
def test_list_that_says_it_is_not_whole_tells_no_count(alert):
    count = "<div id=orderHistoryMessages data-totalOrders=1></div>"
    assert read_list_total(listed(count), AMAZON) == 1
    assert read_list_total(listed(f"{count}<div role=alert>{alert}</div>"), AMAZON) is None
    assert read_list_total(listed(count + count.replace("=1>", "=3>")), AMAZON) is None
