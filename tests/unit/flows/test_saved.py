"""What a saved page is, and that facts are printed of the screen alone that it is."""

import json

import pytest

from flows.saved import read_saved
from robot.errors import BadInput
from robot.sites.registry import Sites

SITES = Sites()
NUMBER = "111-0000001-0000001"
FORM = "/progress-tracker/package/preship/cancel-items"
HEADER = (
    "<header><a id=nav-link-accountList href=/account>"
    "<span id=nav-link-accountList-nav-line-1>Hello, Q</span></a></header>"
)
SEARCH = "<input id=Phoenix_Notifications_QuickSearchTerms>"

#: Screen -> a page that is it.
PAGES = {
    "amazon_business order_details": (
        f"{HEADER}<div id=orderDetails><p data-component=orderId>{NUMBER}</p>"
        "<div data-component=shipments><p data-component=shipmentStatus>Arriving Friday</p>"
        f"<a href='{FORM}?orderID={NUMBER}'>Cancel items</a></div></div>"
    ),
    "amazon_business order_not_found": f"{HEADER}<h4>We can't find that order</h4>",
    "amazon_business cancel_form": (
        f"{HEADER}<form id=cancel-items-form><div data-itemid=j1>"
        "<input type=checkbox name=j1></div></form>"
    ),
    "amazon_business cancel_form_old": (
        f"{HEADER}<form><input type=checkbox name=itemId value=j1>"
        "<input type=submit aria-labelledby=cancelButton-announce></form>"
    ),
    "amazon_business cancel_summary": (
        f"{HEADER}<div id=preship-cancel-summary-page-container></div>"
    ),
    "amazon_business business_list": (
        f"{HEADER}<div id=yourOrderHistorySection><p id=orderHistoryMessages data-totalOrders=0>"
        "</div>"
    ),
    "amazon_business order_list": f"{HEADER}<div class=order-card>Order {NUMBER}</div>",
    "amazon_business home": (
        f"<title>Amazon.com. Spend less. Smile more.</title>{HEADER}<h1>Deals</h1>"
    ),
    "amazon_business signed_out": HEADER.replace("Hello, Q", "Hello, sign in") + "<h1>Deals</h1>",
    "amazon_business other_page": f"{HEADER}<h1>A pen</h1>",
    "amazon_business password": f"{HEADER}<form><input type=password id=ap_password></form>",
    "amazon_business robot_check": "<input id=captchacharacters>",
    "amazon_business dog_page": "<a href='/dogsofamazon/x'>Dogs of Amazon</a>",
    "realsource po": (
        f"{SEARCH}<h1>Purchase Order • P0012345</h1><dl><dt>Status</dt><dd>Completed</dd></dl>"
    ),
    "realsource results": f"{SEARCH}<table class=SearchResults></table>",
    "realsource home": f"<title>Shopping Dashboard - RealSource</title>{SEARCH}",
    "realsource signed_in_page": f"<title>Invoice 7</title>{SEARCH}<h1>Invoice 7</h1>",
    "realsource start": "<h1>RealSource</h1><a href='/apps/Router/SAMLAuth/VCU'>Log in</a>",
    "realsource down": "<h1>503 Service Temporarily Unavailable</h1>",
    "vcu_cas login": "<form id=fm1><input id=username><input type=password id=password></form>",
    "vcu_cas locked": "<h2 id=view-accountlocked-heading>This account has been locked.</h2>",
    "vcu_cas interrupt": "<h1>Authentication Interrupt</h1><p id=interruptMessage>News</p>",
    "duo passcode": "<h1 id=header-text>Enter your passcode</h1><input class=passcode-input>",
}
UNKNOWN = {
    "nothing": "",
    "another site": "<title>News</title><h1>Order Details</h1><p>Order 111-0000001-0000001</p>",
    "a receipt": "<h1>Purchase receipt</h1><p>Grand Total: $31.00</p><form><input></form>",
}


@pytest.fixture
def read(tmp_path):
    def run(named: str, source: str, **more: str):
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><html><body>{source}</body></html>", encoding="utf-8")
        site, screen = named.split()
        return read_saved(SITES, site, screen, str(file), **more)

    return run


@pytest.mark.parametrize("page", PAGES)
def test_facts_are_read_of_the_screen_that_the_page_is(page, read):
    """Named as any other screen of any site, the page is told by its own name, without a fact."""
    assert json.loads(read(page, PAGES[page]).facts) is not None or page.endswith("cancel_summary")
    for named in PAGES:
        if named != page:
            reading = read(named, PAGES[page])
            assert reading.facts is None
            assert reading.says.endswith(f"is not {named}; it is {page}.")


@pytest.mark.parametrize("page", UNKNOWN)
@pytest.mark.parametrize("site", SITES.names())
def test_a_page_of_no_known_screen_has_no_facts(page, site, read):
    for screen in list(SITES.site(site).screens)[-3:]:
        reading = read(f"{site} {screen}", UNKNOWN[page])
        assert (reading.facts, reading.says.endswith("no screen that is known.")) == (None, True)


def test_an_address_proves_what_the_page_does_not(read):
    details = f"https://www.amazon.com/your-orders/order-details?orderID={NUMBER}"
    banner = (
        "<div id=orderDetails><h4 class=a-alert-heading>This order has been cancelled.</h4></div>"
    )
    facts = json.loads(read("amazon_business order_details", banner, url=details).facts)
    assert (facts["number"], facts["state"]) == (NUMBER, "cancelled")
    elsewhere = details.replace("www.amazon.com", "www.example.com")
    assert read("amazon_business order_details", banner, url=elsewhere).facts is None
    summary = "https://www.amazon.com/progress-tracker/package/preship/cancel-summary?orderID=1"
    assert read("amazon_business cancel_summary_address", HEADER, url=summary).facts is not None


def test_a_screen_without_a_reader_says_what_is_known_of_it(read):
    facts = json.loads(read("amazon_business robot_check", "<p id=captchacharacters>").facts)
    assert (facts["screen"], facts["stop"]) == ("robot_check", "captcha")


@pytest.mark.parametrize(
    "said, problem",
    [("Invalid credentials.", "wrong_password"), ("The moon is full.", None)],
)
def test_a_sign_in_s_alert_is_read(said, problem, read):
    form = PAGES["vcu_cas login"]
    facts = json.loads(read("vcu_cas login", f"<p id=loginErrorsPanel>{said}</p>{form}").facts)
    assert facts == {"alert": said, "problem": problem}


@pytest.mark.parametrize(
    "cards, total, orders, is_whole, unread",
    [
        ([NUMBER], 1, [NUMBER], True, []),
        ([], 0, [], True, []),
        ([], 2, None, False, ["2 of the 2 orders"]),
        ([NUMBER], 3, [NUMBER], False, ["2 of the 3 orders"]),
        ([NUMBER], None, [NUMBER], False, ["how many orders the list has"]),
        ([""], None, None, False, ["the number of 1 cards", "how many orders the list has"]),
    ],
)
def test_a_list_tells_what_of_it_can_not_be_read(cards, total, orders, is_whole, unread, read):
    told = "" if total is None else f" data-totalOrders={total}"
    boxes = "".join(f"<div id=orderCard><p id=orderIdField>{one}</p></div>" for one in cards)
    page = f"<div id=yourOrderHistorySection><p id=orderHistoryMessages{told}></p>{boxes}</div>"
    facts = json.loads(read("amazon_business business_list", page).facts)
    told = {key: facts[key] for key in ("orders", "total", "is_whole", "unread")}
    assert told == {"orders": orders, "total": total, "is_whole": is_whole, "unread": unread}


@pytest.mark.parametrize(
    "dates, is_proven",
    [
        ("", False),
        ("<option>past 3 months</option><option>All time</option>", False),
        ("<option>past 3 months</option><option selected>All time</option>", True),
        ("<option selected>2026</option><option>All time</option>", False),
        ("<option selected>All orders of 2026</option>", False),
    ],
)
def test_only_its_own_filter_proves_that_a_list_is_of_all_dates(dates, is_proven, read):
    page = (
        f"<select name=timeFilter>{dates}</select>"
        "<div id=yourOrderHistorySection><p id=orderHistoryMessages></p></div>"
    )
    facts = json.loads(read("amazon_business business_list", page).facts)
    assert (facts["all_dates"], facts["all_users"]) == (is_proven, False)


def test_what_can_not_be_meant_is_refused(read, tmp_path):
    with pytest.raises(BadInput, match="no screen order"):
        read("amazon_business order", "")
    with pytest.raises(BadInput, match="no site"):
        read("amazon order_details", "")
    with pytest.raises(BadInput, match="can't be read"):
        read_saved(SITES, "duo", "push", str(tmp_path / "none.html"))
