"""What of a page can't be read beside what is cancelled, and lists that have some orders only."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from flows.amazon.details import read_order
from flows.amazon.search import shows_all_dates, shows_all_users
from robot.cancellation.orders import OrderState
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON = Sites().site("amazon_business")
NUMBER = "111-0000001-0000001"
ADDRESS = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
BANNER = (
    "<div data-component=cancelledOrderBanner><h4 class=a-alert-heading>This order has been"
    " cancelled.</h4></div>"
)
SHIPMENT = (
    "<div data-component=shipments><div data-component=shipmentStatus><h4>Cancelled</h4></div>"
    "<div data-component=purchasedItems><div data-component=itemTitle>Pens</div></div></div>"
)


def state_of(body, language="en-us"):
    number = f"<div data-component=orderId>{NUMBER}</div>"
    html = f"<html lang={language}><body><div id=orderDetails>{number}{body}</div></body></html>"
    return read_order(PageSnapshot(ADDRESS, html), AMAZON, NUMBER).state


@pytest.mark.parametrize("cancelled", [BANNER, SHIPMENT])
@pytest.mark.parametrize(
    "beside",
    [
        "<div class=a-spinner-wrapper><span class='a-spinner a-spinner-medium'></span></div>",
        "<div class=loading>Loading...</div>",
        "<p>Please wait</p>",
        "<div role=progressbar></div>",
        "<div aria-busy=true></div>",
        "<div class=orderCardSkeleton></div>",
        "<img src=x.gif alt=Loading>",
        "<img src=x.gif alt='Loading shipments'>",
        "<div class=csd-encrypted-sensitive>aGVsbG8</div>",
        "<iframe src='/your-orders/shipments'></iframe>",
        "<iframe title=Shipments></iframe>",
        "<object data=x></object>",
        "<h4>Llega el miércoles</h4>",
        "<h4>Zugestellt am 15. Juli</h4>",
        "<p>Livré le 15 juillet</p>",
        "<h4>配達済み</h4>",
        "<p>Cargando…</p>",
        "<p lang=fi>Matkalla</p>",
    ],
)
def test_what_cannot_be_read_beside_it_leaves_it_unproven(cancelled, beside):
    assert state_of(cancelled) is OrderState.CANCELLED
    assert state_of(cancelled + beside) is OrderState.UNKNOWN


@pytest.mark.parametrize("cancelled", [BANNER, SHIPMENT])
@pytest.mark.parametrize(
    "beside",
    [
        "<iframe src='https://aax-us-east.amazon-adsystem.com/x' title=Advertisement></iframe>",
        "<iframe width=0 height=0></iframe>",
        "<div class='a-spinner aok-hidden'></div>",
        "<div class=a-popover-preload>Loading...</div>",
        "<p>Sold by: 株式会社 Stifte</p>",
        "<div data-component=shippingAddress>Jo Müller, 12 rue de la Commande, 東京</div>",
        "<div data-component=cancelled></div>",
        "<img alt=Pens>",
        "<p lang=en-US>Buy it again</p>",
        "<img alt='Avery Top Loading Sheet Protectors' src=1.jpg>",
        "<div class=a-carousel-container><div class=a-spinner></div><p lang=es>Lápices</p></div>",
        "<div data-component=personalization><iframe src=/offers></iframe></div>",
        "<iframe title='Website feedback' src=/hz/x></iframe>",
        "<p>by Livraison Press</p><p>Visit the Ordine Store</p>",
        "<p>Gift message: El pedido llega</p>",
    ],
)
def test_furniture_beside_it_does_not_doubt_it(cancelled, beside):
    assert state_of(cancelled + beside) is OrderState.CANCELLED


def test_spinner_beside_shipments_in_a_carousel_is_the_orders():
    spinner = "<div class=a-spinner></div>"
    assert state_of(f"<div class=carousel>{SHIPMENT}{spinner}</div>") is OrderState.UNKNOWN


def test_number_of_items_in_a_line_is_the_items_own():
    attribute = "<span>Number of Items: 4</span>"
    assert state_of(SHIPMENT + f"<p>{attribute}</p>") is OrderState.UNKNOWN
    titled = "<div data-component=itemTitle>Pens</div>"
    inside = SHIPMENT.replace(titled, titled + attribute)
    assert state_of(inside) is OrderState.CANCELLED
    box = "<div data-component=purchasedItems>"
    told = SHIPMENT.replace(box, f"<p>4 items ordered</p>{box}")
    assert state_of(told) is OrderState.UNKNOWN


def test_a_page_that_is_declared_in_another_language_is_not_read():
    assert state_of(BANNER, language="de-de") is OrderState.UNKNOWN
    assert state_of(BANNER, language="en-GB") is OrderState.CANCELLED


# ---- lists that have some orders only ------------------------------------------------------------

ALL = (
    "<ul><li class=a-active>All orders</li></ul><select id=time-filter>"
    "<option selected>All time</option><option>past 3 months</option><option>2023</option></select>"
)


def shows_all(beside, site=AMAZON, after="", around=""):
    field = f"<div id=orderIdField>{NUMBER}</div><p>2023</p><h3>Delivered</h3>"
    cards = f"<div id=yourOrderHistorySection><div id=orderCard>{field}</div></div>"
    html = f"<body>{around}<div class=a-container>{ALL}{beside}{cards}</div>{after}</body>"
    page = PageSnapshot("https://www.amazon.com/ab/your-orders", html)
    return shows_all_users(page, site), shows_all_dates(page, site)


@pytest.mark.parametrize(
    "beside",
    [
        "<h1>2023</h1>",
        "<h2>Orders placed in 2023</h2>",
        "<span>1 order placed in past 3 months</span>",
        "<span class=a-dropdown-prompt>past 3 months</span>",
        "<p>Date range: last 90 days</p>",
        "<p>Showing orders placed by you</p>",
        "<div class=chip>Status: Shipped ✕</div>",
        "<a role=tab aria-selected=true>Not Yet Shipped</a>",
        "<button aria-haspopup=true>Past 3 months</button>",
        "<select name=orderFilter><option selected>Cancelled Orders</option></select>",
    ],
)
def test_a_list_that_says_it_has_some_only_proves_nothing(beside):
    """Its filter may stand on all of time, and on all users."""
    assert shows_all(beside) == (False, False)


@pytest.mark.parametrize(
    "beside",
    [
        "",
        "<h1>Your Orders</h1><p>1 order</p>",
        "<a role=tab>Not Yet Shipped</a><a role=tab>Buy Again</a><a href=#>Past 3 months</a>",
        "<span>1 order placed in</span> <span class=a-dropdown-prompt>All time</span>",
        "<h2>Buy it again</h2><p>Delivered by Amazon</p><p>Orders older than 2 years</p>",
        "<button aria-haspopup=true>Filter orders</button><p>© 1996-2026, Amazon.com, Inc.</p>",
    ],
)
def test_a_list_with_other_words_is_as_its_filter_says(beside):
    assert shows_all(beside) == (True, True)


@pytest.mark.parametrize(
    "other",
    [
        "<div><h2>Buy Again</h2></div>",
        "<h3>Returns</h3>",
        "<select><option selected>2026</option></select>",
        "<p>Delivered</p>",
    ],
)
def test_words_after_the_last_order_are_of_no_list(other):
    assert shows_all("", after=other) == (True, True)
    assert shows_all("", around=f"<div>{other}</div>") == (False, False)


def test_words_of_a_list_count_after_its_last_order_too():
    for told in ("Showing orders placed in past 3 months", "Date range: last 90 days"):
        assert shows_all("", after=f"<p>{told}</p>") == (False, False)


@pytest.mark.parametrize(
    "bar",
    [
        "<footer><h3>Digital Orders</h3></footer>",
        "<nav><a class=a-active href=#>Returns</a></nav>",
    ],
)
def test_words_in_a_bar_of_the_page_are_of_no_list(bar):
    assert shows_all("", around=bar) == (True, True)


def test_site_file_older_than_those_words_still_reads():
    newer = {"list_words", "unread_parts"}
    elements = {key: one for key, one in AMAZON.elements.items() if key not in newer}
    phrases = {key: one for key, one in AMAZON.phrases.items() if key != "narrowed"}
    older = replace(AMAZON, elements=elements, phrases=phrases)
    assert shows_all("", older) == (True, True)
    page = PageSnapshot(ADDRESS, f"<div id=orderDetails>{BANNER}</div>")
    assert read_order(page, older, NUMBER).state is OrderState.CANCELLED
