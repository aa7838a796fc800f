"""What an order's page says against itself, or in words that go on otherwise, proves nothing."""

from decimal import Decimal

import pytest

from flows.amazon.details import read_order
from robot.cancellation.orders import OrderState
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER = "111-0000001-0000001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
CANCEL = f"/progress-tracker/package/preship/cancel-items?orderID={NUMBER}"
LINK = f"<a href='{CANCEL}'>Cancel items</a>"
BANNER = "This order has been cancelled."


def box(status, link="", beside="", title="Pens"):
    return (
        f"<div data-component=shipments><div data-component=shipmentStatus>{status}</div>"
        f"<div data-component=purchasedItems><div data-component=itemTitle><a href='/dp/X'>{title}"
        f"</a></div>{beside}</div><div data-component=shipmentConnections>{link}</div></div>"
    )


def read(inside, number=NUMBER):
    slot = f"<div data-component=orderId>{number}</div>" if number else ""
    html = f"<html lang=en><body><div id=orderDetails>{slot}{inside}</div></body></html>"
    return read_order(PageSnapshot(ADDRESS, html), AMAZON, NUMBER)


def banner(text, more=""):
    return (
        "<div data-component=cancelledOrderBanner><div class=a-alert-content>"
        f"<h4 class=a-alert-heading>{text}</h4>{more}</div></div>"
    )


# ---- words that go on ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status",
    [
        "Cancelled on hold",
        "Cancelled by seller - reinstated",
        "Cancelled at your request: pending",
        "Cancelled by Amazon in error; order restored",
        "Cancelled on May 5, revoked",
        "<s>Cancelled</s>",
        "<del>Arriving Friday</del> Cancelled",
        "<h4><del>Arriving Friday</del> <ins>Cancelled</ins></h4>",
        "Delivered to seller",
        "Delivered May 14 (undeliverable)",
        "Delivered May 14 - May 18",
        "Delivered today 4pm - 8pm",
        "Shipped with delay",
        "Arriving Friday, already shipped",
        "Arriving Friday (cancelled)",
        "Arriving never",
        "Order received",
    ],
)
def test_a_status_that_goes_on_in_other_words_is_unknown(status):
    assert read(box(status)).state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "status, state",
    [
        ("Cancelled by you on May 4", OrderState.CANCELLED),
        ("Cancelled May 4, 2026", OrderState.CANCELLED),
        ("Your order was cancelled at your request.", OrderState.CANCELLED),
        ("Order cancelled", OrderState.CANCELLED),
        ("Cancelled - May 4", OrderState.CANCELLED),
        ("Delivered Dec 3", OrderState.SHIPPED),
        ("Package delivered: Dec 3", OrderState.SHIPPED),
        ("Your package is on its way", OrderState.SHIPPED),
        ("Delivered today, left at the front door", OrderState.SHIPPED),
        ("Shipped May 14 via UPS", OrderState.SHIPPED),
        ("In transit, arriving Friday", OrderState.SHIPPED),
        ("Arriving June 4 - June 26", OrderState.LIVE),
        ("Arriving 4–6 June", OrderState.LIVE),
        ("Arriving tomorrow by 10 PM", OrderState.LIVE),
        ("Arriving Sat., Jan 3, 2027", OrderState.LIVE),
    ],
)
def test_a_status_with_a_day_a_place_or_a_party_is_known(status, state):
    assert read(box(status)).state is state


@pytest.mark.parametrize(
    "beside",
    [
        "The items will be resent at a later date.",
        "We are still processing your request.",
        "A replacement will be shipped.",
        "1 item remains in this shipment",
        "2 of 3",
    ],
)
def test_a_cancellation_that_may_not_last_is_unknown(beside):
    assert read(box(f"<h4>Cancelled</h4><p>{beside}</p>")).state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "beside", ["Your refund is being processed.", "Your refund is still pending."]
)
def test_a_refund_that_is_under_way_changes_nothing(beside):
    assert read(box(f"<h4>Cancelled</h4><p>{beside}</p>")).state is OrderState.CANCELLED


# ---- signs in other places -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "status, link, beside",
    [
        ("Arriving Friday", LINK, "<p>Cancelled</p>"),
        ("Arriving Friday", LINK, "<div><span>Returned</span></div>"),
        ("Cancelled", "", "<p>Arriving Friday</p>"),
        ("Cancelled", "", "<p>Delivered May 14</p>"),
        ("Delivered May 14", "", "<p>Cancelled</p>"),
        ("", LINK, "<p>Cancelled</p>"),
        ("Arriving Friday", LINK, "<p>Refund issued</p>"),
        ("Arriving Friday", LINK, "<p>No longer available</p>"),
        ("Cancelled, pending the seller's approval", LINK, ""),
        ("Partially shipped", LINK, ""),
        ("Out for delivery by 8pm", LINK, ""),
        ("Left with the carrier", LINK, ""),
        ("<h4>Arriving Friday</h4><p>1 of 2 items was cancelled.</p>", LINK, ""),
        ("<h4>Arriving Friday</h4><p>The carrier has your package.</p>", "", ""),
        ("Undeliverable, returning to sender", LINK, ""),
    ],
)
def test_a_line_that_says_otherwise_than_its_shipment(status, link, beside):
    facts = read(box(status, link, beside))
    assert (facts.state, facts.cancellable) == (OrderState.UNKNOWN, False)


@pytest.mark.parametrize(
    "link",
    [
        f"<a href='{CANCEL}'>View cancelled items</a>",
        f"<a href='{CANCEL}'></a>",
        f"<a href='{CANCEL}' aria-disabled=true>Cancel items</a>",
        f"<span class=a-button-disabled><a href='{CANCEL}'>Cancel items</a></span>",
        f"<s>{LINK}</s>",
        LINK.replace("='/", "='https://www.example.com/"),
        LINK.replace("orderID", "orderID=111-0000002-0000002&orderID"),
    ],
)
def test_a_link_that_cancels_nothing_now_is_no_sign(link):
    facts = read(box("In review", link))
    assert (facts.state, facts.cancel_url) == (OrderState.UNKNOWN, None)


@pytest.mark.parametrize(
    "status, link, alert",
    [
        ("Arriving Friday", LINK, "This shipment was cancelled."),
        ("Arriving Friday", LINK, "Your package was delivered."),
        ("Cancelled", "", "Attempting to cancel requested items"),
        ("Cancelled", "", "Unable to cancel requested items."),
        ("Cancelled", "", "Some items could not be cancelled and will ship."),
    ],
)
def test_an_alert_that_says_otherwise_than_the_shipments(status, link, alert):
    facts = read(f"<div data-component=alerts>{alert}</div>" + box(status, link))
    assert (facts.state, facts.refused) == (OrderState.UNKNOWN, False)


@pytest.mark.parametrize(
    "alert",
    [
        "We're working on cancelling your items.",
        "Your request to cancel this order was received.",
        "Cancellation in progress",
    ],
)
def test_a_cancellation_under_way_is_pending(alert):
    facts = read(f"<div data-component=alerts>{alert}</div>" + box("Arriving Friday", LINK))
    assert (facts.pending, facts.cancellable) == (True, False)


def test_a_line_that_is_struck_out_is_not_asked_about():
    facts = read(box("Arriving Friday", LINK, title="<s>Pens</s>"))
    assert (facts.cancellable, facts.unread) == (False, ("a line that is struck out",))


def test_a_refund_beside_what_has_left_changes_nothing():
    assert read(box("Delivered May 14", "", "<p>Refund issued</p>")).state is OrderState.SHIPPED


def test_a_part_that_is_cancelled_is_told_by_a_heading():
    heading = "<h4 class=a-alert-heading>Part of this order has been cancelled.</h4>"
    assert read(heading + box("Arriving Friday", LINK)).state is OrderState.PARTLY_CANCELLED


@pytest.mark.parametrize(
    "status",
    [
        "It can be cancelled until it has shipped.",
        "Once delivered, it can be returned.",
        "We'll tell you when it is on its way.",
        "Sold and shipped by Amazon.com",
        "Delayed, not yet delivered",
    ],
)
def test_a_link_beside_words_of_what_is_to_come_is_live(status):
    assert read(box(status, LINK)).cancellable


# ---- the banner ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "This order has been cancelled? Not yet.",
        "We'll email you once this order has been cancelled.",
        "You will not be charged if your order was cancelled.",
        "We cannot confirm that this order has been cancelled.",
        "This order has been cancelled in part.",
        "This order was cancelled and has been reinstated.",
        "This order has been cancelled: 1 of 2 items",
        "<s>This order has been cancelled.</s>",
    ],
)
def test_a_banner_counts_by_a_whole_sentence(text):
    assert read(banner(text), number="").state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        BANNER,
        "Your order was canceled",
        "This\u00a0order has been can\u00adcelled.",
        "This <b>order</b> has been can<wbr>celled.",
    ],
)
def test_a_banner_counts_however_it_is_set(text):
    facts = read(banner(text, "<p>You have not been charged.</p>"), number="")
    assert facts.state is OrderState.CANCELLED


def test_of_a_banner_only_its_heading_is_quoted():
    inside = f"<p data-component=breadcrumb>Your Orders</p>{banner(BANNER)}<a>Continue shopping</a>"
    facts = read(f"<div data-component=cancelled>{inside}</div>", number="")
    assert (facts.state, facts.text) == (OrderState.CANCELLED, BANNER)


def test_a_banner_beside_what_closes_a_dialog_stays_one():
    facts = read(banner(BANNER) + "<button>Cancel</button><a href=/x>Buy it again</a>", number="")
    assert facts.state is OrderState.CANCELLED


@pytest.mark.parametrize("words", ["Cancel order", "Request Cancellation", "✕ Cancel items"])
def test_a_link_to_cancel_may_be_called_otherwise(words):
    facts = read(box("Arriving Friday", LINK.replace("Cancel items", words)))
    assert facts.cancellable


@pytest.mark.parametrize(
    "more",
    [
        "<div data-component=newCard><h4>Arriving Friday</h4></div>",
        "<a href='/gp/css/other'>Cancel items</a>",
        "<a href='/progress-tracker/package?x=1'>Track package</a>",
        "<div data-component=alerts>Attempting to cancel requested items</div>",
        "<div data-component=alerts>Unable to cancel requested items.</div>",
        "<h4>We can't find that order.</h4>",
        f"<div data-component=orderId>{NUMBER}9</div>",
    ],
)
def test_a_banner_with_a_sign_against_it_is_unknown(more):
    assert read(banner(BANNER) + more, number="").state is OrderState.UNKNOWN


def test_a_banner_on_a_page_of_another_order_names_that_order():
    facts = read(banner(BANNER), number="111-0000002-0000002")
    assert (facts.number, facts.state) == ("111-0000002-0000002", OrderState.UNKNOWN)


# ---- no such order -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "We can't find that order right now. Try again later.",
        "We can't find that order. Please try again.",
        "We can't find that order in this account",
        "We can't find the order's invoice",
        "What to do when we can't find your order",
        "If your order was not found, sign in with another account.",
    ],
)
def test_what_may_be_otherwise_later_is_not_taken_for_no_order(words):
    assert read(f"<h4>{words}</h4>", number="").state is OrderState.UNKNOWN


@pytest.mark.parametrize(
    "words", ["We can’t find that order. Check the number.", "Sorry, we couldn't find your order"]
)
def test_the_sites_own_words_that_there_is_no_such_order(words):
    assert read(f"<h4>{words}</h4>", number="").state is OrderState.NOT_FOUND
    assert read(f"<h4>{words}</h4>{LINK}", number="").state is OrderState.UNKNOWN


# ---- its slots -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slot",
    [
        f"{NUMBER}9",
        f"9{NUMBER}",
        f"{NUMBER}-2",
        f"{NUMBER} (replaces 111-0000002-0000002)",
        "١١١-٠٠٠٠٠٠١-٠٠٠٠٠٠١",
        f"\u202e{NUMBER}\u202c",
    ],
)
def test_another_number_that_looks_alike_is_not_the_orders(slot):
    facts = read(box("Arriving Friday", LINK), number=slot)
    assert (facts.state, facts.unread) == (OrderState.UNKNOWN, ("its own number",))


@pytest.mark.parametrize(
    "slot",
    [
        "P0100001 (was P99)",
        "P01000...",
        "P0100-<br>001",
        "P0100001-P0100003",
        "<s>P0100001</s> P0100002",
        "804-828-1077",
        "P0100001 Placed by: 5551234",
    ],
)
def test_a_slot_with_more_than_one_po_tells_none(slot):
    facts = read(f"<p data-component=poNumber>PO number: {slot}</p>" + box("Arriving Friday", LINK))
    assert facts.po is None
    assert "PO" in facts.unread[0]


@pytest.mark.parametrize("slot", ["P0100001 <a>Edit</a>", "<b>P010</b><b>0001</b>", "P0100001."])
def test_a_po_is_read_however_it_is_set(slot):
    slot = f"<p data-component=poNumber>PO number: {slot}</p>"
    assert read(slot + box("Arriving Friday", LINK)).po == "P0100001"


@pytest.mark.parametrize(
    "written",
    [
        "$1 313.34",
        "$1'313.34",
        "$31.00-",
        "$31.00 + tax",
        "$31.00 (estimated)",
        "$3l.00",
        "$３１.00",
        "$31.00 $40.00",
        "<s>$40.00</s> $31.00",
        "$31<sup>50</sup>",
        "$31.00 each",
        "$31.00 x 2",
        "$3.1K",
        "$31.00 SGD",
        "$31.00 Canadian",
        "$31.00 of $40.00",
        "$31.00 charged, $9.00 due",
        "$31.00</span><div>Order Total: $40.00</div><span>",
    ],
)
def test_a_total_with_more_to_it_is_not_read(written):
    total = f"<div data-component=chargeSummary>Grand Total: <span>{written}</span></div>"
    facts = read(total + box("Arriving Friday", LINK))
    assert facts.total is None
    assert "total" in facts.unread[0]


@pytest.mark.parametrize(
    "summary",
    [
        "<p>Item(s) Subtotal: $30.00</p><p>Grand Total:</p><p>$31.00</p><p>Refund: $2.00</p>",
        "Subtotal: $30.00 Grand Total: $31.00 Refund Total: $2.00",
        "Pre-order total: $9.00<br>Grand Total: $<b>31</b>.<b>00</b>",
        "<p>Grand Total: $31.00</p><p>Order Total: US$ 31.00</p><p>See how it was paid</p>",
    ],
)
def test_a_total_is_read_in_its_line(summary):
    slot = f"<div data-component=chargeSummary>{summary}</div>"
    assert read(slot + box("Arriving Friday", LINK)).total == Decimal("31.00")
