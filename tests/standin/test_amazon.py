"""The stand-in Amazon from outside.

Its traps, what each cancel behaviour answers, and what the oracle notes.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import time
from contextlib import contextmanager
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pyotp
import pytest
from lxml import html
from playwright.sync_api import sync_playwright

from robot.standin.catalogue import lines_of, total_of
from robot.standin.faults import SiteFault
from robot.standin.oracle import (
    CODE_TYPED,
    DOCUMENT,
    FORBIDDEN,
    ORDER_SHOWN,
    PASSWORD_TYPED,
    VENDOR_SUBMIT,
)
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin

AMAZON = "https://www.amazon.com"
CANCEL = "/progress-tracker/package/preship/cancel"


class Loopback(httpx2.HTTPTransport):
    """Production host names, answered by the stand-in."""

    def __init__(self, standin):
        super().__init__(verify=ssl.create_default_context(cadata=standin.ca))
        self.port = standin.port

    def handle_request(self, request):
        # A second request, so that cookies are kept for the host that was meant.
        here = httpx2.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self.port),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return super().handle_request(here)


class Visitor:
    """A browser without scripts: follows redirects, keeps cookies, fills in forms."""

    def __init__(self, standin):
        self.standin = standin
        self.http = httpx2.Client(
            transport=Loopback(standin), headers={"Sec-Fetch-Dest": "document"}
        )
        self.url, self.status, self.text = AMAZON, 0, ""

    def go(self, path):
        return self._ask("GET", urljoin(self.url, path))

    def _ask(self, method, url, **rest):
        answer = self.http.request(method, url, **rest)
        for _ in range(8):
            if "location" not in answer.headers:
                break
            url = urljoin(url, answer.headers["location"])
            answer = self.http.get(url)
        self.url, self.status, self.text = url, answer.status_code, answer.text
        return self

    @property
    def page(self):
        return html.fromstring(self.text)

    def one(self, css):
        (found,) = self.page.cssselect(css)
        return found

    def has(self, css):
        return bool(self.page.cssselect(css))

    def said(self, css="main"):
        return " ".join(" ".join(e.text_content() for e in self.page.cssselect(css)).split())

    def fill(self, css, **values):
        form = self.one(css)
        data = {e.get("name"): e.get("value", "") for e in form.cssselect("input[type=hidden]")}
        action = urljoin(self.url, form.get("action") or self.url)
        return self._ask(form.get("method", "get").upper(), action, data={**data, **values})

    def sign_in(self):
        amazon = self.standin.world.amazon
        if self.has("form[name=signIn] #ap_email[type=email], #ap_email_login"):
            self.fill("form[name=signIn]", email=amazon.email)
        if self.has("#ap_password"):
            self.fill("form[name=signIn]", password=amazon.password)
        if self.has("#auth-mfa-form"):
            self.fill("#auth-mfa-form", otpCode=self.code())
        return self

    def code(self):
        return pyotp.TOTP(self.standin.world.amazon.totp_secret).now()

    def details(self, slug):
        return self.go(f"/your-orders/order-details?orderID={BY_SLUG[slug].number}")

    def form(self, slug):
        ref = "ppx_hzod_shipconns_dt_b_fed_cancel_items_0"
        return self.go(f"{CANCEL}-items?orderID={BY_SLUG[slug].number}&ref_={ref}")

    def form_state(self):
        return json.loads(self.one("script[type='a-state']").text)

    def press(self, **changed):
        """What the cancel form's script posts; the JSON answer."""
        state = self.form_state()
        csrf = re.search(r"csrfToken = '([^']+)'", self.text)[1]
        body = {
            "csrfToken": csrf,
            "orderID": state["orderID"],
            "itemIds": state["itemIds"],
            "reason": "OTHER_REASON",
        }
        return self.http.post(AMAZON + CANCEL, json={**body, **changed})

    def cancel(self, slug):
        self.form(slug)
        return self.go(self.press().json()["location"])


@pytest.fixture(scope="module")
def server():
    with Standin() as running:
        yield running


@pytest.fixture
def standin(server):
    httpx2.post(server.control + "reset", verify=ssl.create_default_context(cadata=server.ca))
    server.world.amazon.list_seconds = 0.0
    return server


@pytest.fixture
def visitor(standin):
    found = Visitor(standin)
    yield found
    found.http.close()


@pytest.fixture
def buyer(visitor):
    visitor.standin.world.amazon.mfa = "none"
    visitor.details("foreign").sign_in()
    assert "We can't find that order" in visitor.said()
    return visitor


def submits(standin, slug):
    return standin.world.oracle.of(VENDOR_SUBMIT, BY_SLUG[slug].number)


# The sign-in


def test_sign_in_with_a_code_leads_to_the_order_asked_for(visitor, standin):
    visitor.details("done")
    assert visitor.url.startswith(AMAZON + "/ap/signin?")
    visitor.sign_in()
    assert visitor.one("[data-component=orderId] span").text == BY_SLUG["done"].number
    assert {"session-id", "ubid-main", "x-main", "at-main", "sess-at-main"} <= set(
        visitor.http.cookies.keys()
    )
    oracle = standin.world.oracle
    assert [oracle.count(kind) for kind in (PASSWORD_TYPED, CODE_TYPED, ORDER_SHOWN)] == [1, 1, 1]
    assert oracle.of(CODE_TYPED)[0].subject == "www.amazon.com"
    assert oracle.broken_promises() == []


def test_used_code_is_refused_and_a_broken_promise(visitor, standin):
    code = visitor.code()
    visitor.code = lambda: code
    visitor.details("done").sign_in()
    standin.world.amazon.sign_out()
    visitor.details("done").sign_in()
    assert "One Time Password (OTP) you entered is not valid" in visitor.said(
        "#auth-error-message-box"
    )
    assert any("code_typed twice" in b for b in standin.world.oracle.broken_promises())


def test_a_form_without_its_token_is_refused(visitor):
    visitor.details("done")
    visitor.fill("form[name=signIn]", email="x@example.edu", appActionToken="invented")
    assert visitor.status == 403


def test_the_password_page_is_full_of_decoys(visitor, standin):
    visitor.details("done").fill("form[name=signIn]", email=standin.world.amazon.email)
    assert visitor.one("#ap_email").get("type") == "hidden"
    assert visitor.one("#continue").text == "Sign in with a passkey"
    assert visitor.has("#ap-credential-autofill-hint")
    assert "aok-hidden" in visitor.one("#auth-passkey-error-box").get("class")


@pytest.mark.parametrize(
    "dials, marker",
    [
        ({"email_shape": "claim"}, "form#ap_login_form span#continue input[type=submit]:not([id])"),
        ({"remembered": True}, "#ap-claim[type=hidden][name=email]"),
        ({"challenge": "captcha"}, "#captchacharacters"),
        (
            {"challenge": "continue_shopping"},
            "form[action='/errors/validateCaptcha'] input[type=hidden]",
        ),
        ({"challenge": "waf"}, "#challenge-container"),
        ({"challenge": "akamai"}, "meta[http-equiv=refresh]"),
    ],
)
def test_the_first_screen_has_many_shapes(visitor, standin, dials, marker):
    for name, value in dials.items():
        setattr(standin.world.amazon, name, value)
    assert visitor.details("done").has(marker)


@pytest.mark.parametrize(
    "dials, marker",
    [
        ({"mfa": "device_choice"}, "#auth-select-device-form .auth-SMS"),
        ({"mfa": "too_many"}, "#auth-error-message-box"),
        ({"mfa": "cvf_code"}, "form#verification-code-form #input-box-otp"),
        ({"mfa": "cvf_approval"}, "#pollingForm input[value=TransactionPending]"),
        ({"challenge": "cvf_captcha"}, "form.cvf-widget-form-captcha"),
        ({"challenge": "aamation"}, "iframe#cvf-aamation-challenge-iframe"),
        ({"challenge": "acic"}, "#aa-challenge-page-captcha-container"),
        ({"password_result": "wrong"}, "#auth-error-message-box"),
        ({"unknown_email": "intent"}, "form#intent-confirmation-form"),
        ({"unknown_email": "error_box"}, "#auth-error-message-box"),
        ({"sso": True}, "#ab-sso-container"),
        ({"otp_result": "too_many"}, "#auth-error-message-box"),
        ({"mfa": "none", "phone_nag": True}, "a#ap-account-fixup-phone-skip-link"),
        ({"mfa": "none", "passkey_nag": True}, "input[aria-labelledby*=nudge-not-now]"),
        ({"mfa": "none", "switcher": "two_same_name"}, "a[data-name=switch_account_request]"),
        ({"mfa": "none", "blocked_account": True}, "div#nav-link-accountList"),
    ],
)
def test_later_screens_have_many_shapes(visitor, standin, dials, marker):
    for name, value in dials.items():
        setattr(standin.world.amazon, name, value)
    assert visitor.details("done").sign_in().has(marker)
    assert not visitor.has("#orderDetails")


def test_one_of_two_like_accounts_has_the_orders(visitor, standin):
    standin.world.amazon.switcher, standin.world.amazon.mfa = "two_same_name", "none"
    visitor.details("done").sign_in()
    assert [e.text for e in visitor.page.cssselect("[data-test-id=accountType]")] == [
        "Personal account",
        "Business account",
    ]
    personal = visitor.page.cssselect("form.cvf-widget-form-account-switcher")[0]
    data = {e.get("name"): e.get("value") for e in personal.cssselect("input")}
    visitor._ask("POST", urljoin(visitor.url, personal.get("action")), data=data)
    assert "We can't find that order" in visitor.said()
    assert not visitor.has(".abnav-accountfor")


@pytest.mark.parametrize(
    "path",
    [
        "/ap/register",
        "/ap/cvf/approval/resend",
        "/ap/cvf/approval/whatsapp",
        "/ap/forgotpassword",
        "/errors/validateCaptcha?field-keywords=ABCDEF",
        "/gp/subscribe-and-save/cancel",
    ],
)
def test_what_nobody_may_press_is_noted(visitor, standin, path):
    visitor.go(path)
    assert standin.world.oracle.count(FORBIDDEN) == 1


def test_a_session_can_run_out_after_some_documents_and_in_part(buyer, standin):
    standin.world.amazon.expire_after = 3
    assert [buyer.details("done").has("#orderDetails") for _ in range(3)] == [True, True, False]
    buyer.sign_in()
    standin.world.amazon.partial_expiry = True
    assert buyer.go("/ab/your-orders").has("#abYoSearchBar")
    assert buyer.details("done").has("#ap_password")
    assert buyer.sign_in().has("#orderDetails")


# The order page


def test_a_live_order_shows_its_facts_and_its_traps(buyer, standin):
    buyer.details("three_lines")
    scenario = BY_SLUG["three_lines"]
    assert buyer.said("[data-component=poNumber]") == f"PO number: {scenario.po}"
    assert f"Grand Total: ${total_of(scenario)}" in buyer.said("[data-component=chargeSummary]")
    assert len(buyer.page.cssselect("[data-component=itemTitle]")) == len(lines_of(scenario)) == 3
    assert buyer.said(".od-item-view-qty") == "5"
    assert buyer.one("#orderDetails > [data-component=cancelled]").text is None
    session = standin.world.amazon.sessions[buyer.http.cookies["session-id"]]
    assert re.fullmatch(r"\d{3}-\d{7}-\d{7}", session.id)
    assert session.id in buyer.text
    assert buyer.has("select#searchDropdownBox")
    assert buyer.has(".rhf-carousel a[href^='/dp/']")
    assert "cancel" in buyer.said("header").lower()
    assert "77 Plumage Way" in buyer.said("[data-component=shippingAddress]")


def test_a_cancelled_order_is_one_banner_without_a_number(buyer):
    buyer.details("already_cancelled")
    assert (
        buyer.said("[data-component=cancelledOrderBanner] h4.a-alert-heading")
        == "This order has been cancelled."
    )
    assert BY_SLUG["already_cancelled"].number not in buyer.text
    assert not buyer.has("a[href*='preship/cancel-items']")


@pytest.mark.parametrize(
    "slug, links",
    [("done", 1), ("two_shipments", 2), ("partly_shipped", 1), ("shipped", 0), ("delivered", 0)],
)
def test_each_shipment_to_cancel_has_one_cancel_link(buyer, slug, links):
    buyer.details(slug)
    assert (
        len(
            buyer.page.cssselect(
                "[data-component=shipmentConnections] a[href*='preship/cancel-items']"
            )
        )
        == links
    )


def test_decoys_stand_inside_and_outside_of_the_order(buyer):
    number = BY_SLUG["decoys"].number
    buyer.details("decoys")
    links = [e.get("href") for e in buyer.page.cssselect("a[href*='preship/cancel-items']")]
    assert len(links) == 4
    assert sum(number in link for link in links) == 2


@pytest.mark.parametrize("slug, shown", [("no_po_shown", ""), ("wrong_po", "PO number: P0199999")])
def test_the_po_may_be_missing_or_another(buyer, slug, shown):
    assert buyer.details(slug).said("[data-component=poNumber]") == shown


def test_pages_that_come_instead_of_an_order(buyer, standin):
    assert buyer.details("dog_page").status == 500
    assert [buyer.details("dog_page_once").status for _ in range(2)] == [500, 200]
    assert buyer.details("captcha_details").has("#captchacharacters")
    assert buyer.details("waf").status == 202
    assert (
        "We can't find that order"
        in buyer.go("/gp/css/order-details?orderID=999-9999999-9999999").said()
    )
    assert buyer.details("signed_out_details").has("#ap_password")
    assert buyer.sign_in().has("#orderDetails")
    wall = buyer.details("continue_shopping").one("form")
    query = {e.get("name"): e.get("value") for e in wall.cssselect("input")}
    assert buyer.go(f"/errors/validateCaptcha?{httpx2.QueryParams(query)}").has("#orderDetails")
    assert standin.world.oracle.broken_promises() == []


# The list


def cards(buyer, search="", page=1):
    token = buyer.go("/your-orders/orders").one("#ab-your-orders-anticsrf-token").get("content")
    data, headers = {"search": search, "page": str(page)}, {"anti-csrftoken-a2z": token}
    found = buyer.http.post(AMAZON + "/ab/your-orders/orderHistory", data=data, headers=headers)
    return html.fromstring(f"<div>{found.text}</div>")


def test_business_list_is_a_skeleton_filled_by_post(buyer):
    first = cards(buyer)
    assert buyer.url == AMAZON + "/ab/your-orders/orders"
    assert buyer.has(".orderCardHeaderSkeleton")
    assert len(first.cssselect("[id=orderCard]")) == 5
    assert first.cssselect("li.a-last:not(.a-disabled) a")[0].get("href") == "#pagination/2/"
    pages = int(first.cssselect("#orderHistoryMessages")[0].get("data-totalorders")) // 5 + 1
    assert not cards(buyer, page=pages).cssselect("li.a-last:not(.a-disabled)")
    assert buyer.http.post(AMAZON + "/ab/your-orders/orderHistory", data={}).status_code == 403


def test_search_by_po_finds_cancelled_orders_too(buyer):
    found = cards(buyer, BY_SLUG["split_one_cancelled"].po)
    numbers = [e.text for e in found.cssselect("#orderIdField span[dir=auto]")]
    assert numbers == [
        BY_SLUG["split_one_cancelled"].number,
        BY_SLUG["split_other_cancelled"].number,
    ]
    assert (
        "Your order was cancelled. You have not been charged for this order."
        in found.text_content()
    )
    assert len(cards(buyer, BY_SLUG["done"].number).cssselect("[id=orderCard]")) == 1


# The cancelling


def test_a_confirmed_cancel_is_noted_shown_and_read_back(buyer, standin):
    buyer.cancel("three_lines")
    query = parse_qs(urlsplit(buyer.url).query)
    assert query["displayableCancelHeading"] == ["Cancellation%20successful"]
    assert buyer.said("[data-csa-c-content-id=SUCCESS] h5") == "Cancellation successful"
    assert buyer.said("h2.preshipCancel-shipment-status") == "Cancelled"
    assert BY_SLUG["three_lines"].number not in buyer.said("body")
    (entry,) = submits(standin, "three_lines")
    assert json.loads(entry.detail)["items"] == [
        g.item_id for g in lines_of(BY_SLUG["three_lines"])
    ]
    assert buyer.details("three_lines").has("[data-component=cancelledOrderBanner]")
    assert standin.world.oracle.of(ORDER_SHOWN)[-1].detail == "cancelled"
    assert buyer.form("three_lines").url.startswith(AMAZON + "/ab/your-orders")


def test_the_form_hides_its_alert_and_starts_with_a_dead_button(buyer):
    buyer.form("three_lines")
    assert buyer.one(".preshipCancel-error-alert").get("aria-hidden") == "true"
    assert buyer.one("#preship-cancel-submit-button-announce").get("disabled") is not None
    assert len(buyer.page.cssselect("[data-itemid] input[type=checkbox]")) == 3
    assert len(buyer.page.cssselect("#cancel-reasons-dropdown option")) == 12


def test_cancel_without_token_or_session_does_nothing(buyer, standin):
    buyer.form("done")
    assert buyer.press(csrfToken="invented").status_code == 403
    standin.world.amazon.sign_out()
    assert buyer.press().status_code == 401
    assert submits(standin, "done") == []
    assert standin.world.amazon.orders[BY_SLUG["done"].number].state == "live"


@pytest.mark.parametrize(
    "slug, said, states",
    [
        (
            "pending_confirmed",
            "Attempting to cancel requested items",
            ["live", "live", "cancelled"],
        ),
        ("pending_refused", "We'll email you when there's an update", ["live", "live", "shipped"]),
        ("pending_forever", "Attempting to cancel requested items", ["live"] * 4),
        ("refused", "You can return the eligible items after they arrive for a refund.", ["live"]),
        ("silent_reject", "Cancellation successful", ["live"]),
        ("partial", "Unable to cancel", ["partly_cancelled"]),
        ("bundle", "All discounted bundle items must be canceled together", ["live"]),
        ("canceled", "Canceled", ["cancelled"]),
        ("seller_request", "Your cancellation request has been submitted", ["live"]),
        ("unknown_outcome", "Your order preferences were noted", ["live"]),
        ("slow_revert", "Cancellation successful", ["cancelled", "cancelled", "live"]),
        ("missing_line", "Cancellation successful", ["partly_cancelled"]),
    ],
)
def test_each_behaviour_has_its_outcome_and_its_read_back(buyer, standin, slug, said, states):
    assert said in buyer.cancel(slug).said()
    for _ in states:
        buyer.details(slug)
    shown = standin.world.oracle.of(ORDER_SHOWN, BY_SLUG[slug].number)
    assert [e.detail for e in shown] == states
    assert len(submits(standin, slug)) == 1


def test_the_outcome_can_be_slow(buyer, standin):
    standin.world.amazon.slow_seconds = 0.3
    began = time.monotonic()
    assert "Cancellation successful" in buyer.cancel("slow_spinner").said()
    assert time.monotonic() - began >= 0.3


def test_the_error_comes_always_or_once(buyer, standin):
    assert buyer.form("technical").press().json() == {"error": "technical"}
    buyer.form("technical_once")
    assert [buyer.press().status_code for _ in range(2)] == [500, 200]
    assert len(submits(standin, "technical_once")) == 2
    assert any(
        "twice without a live read-back" in b for b in standin.world.oracle.broken_promises()
    )


def test_addresses_that_lead_away(buyer):
    away = AMAZON + "/ab/your-orders"
    assert buyer.form("redirect_away").url.startswith(away)
    assert buyer.form("shipped").url.startswith(away)
    assert buyer.form("link_only").has("#cancel-items-form")
    assert buyer.go(f"{CANCEL}-items?orderID={BY_SLUG['link_only'].number}").url.startswith(away)


def test_the_form_may_be_for_another_order(buyer, standin):
    assert buyer.form("other_form").form_state()["orderID"] == BY_SLUG["done"].number
    buyer.press()
    assert len(submits(standin, "done")) == 1
    assert submits(standin, "other_form") == []


def test_the_older_form_is_a_classic_one(buyer, standin):
    items = [g.item_id for g in lines_of(BY_SLUG["old_layout"])]
    assert buyer.form("old_layout").has("input[aria-labelledby=cancelButton-announce]")
    buyer.fill("form#cancel", itemId=items)
    assert "Cancellation successful" in buyer.said()
    assert json.loads(submits(standin, "old_layout")[0].detail)["items"] == items


def test_signed_out_at_the_submit_cancels_nothing_once(buyer, standin):
    answer = buyer.form("signed_out_submit").press()
    assert answer.status_code == 401
    assert buyer.go(answer.json()["location"]).has("form[name=signIn]")
    assert standin.world.amazon.orders[BY_SLUG["signed_out_submit"].number].state == "live"
    buyer.sign_in()
    assert "Cancellation successful" in buyer.cancel("signed_out_submit").said()


def test_lost_reply_drops_the_connection_after_the_cancel(buyer):
    buyer.form("lost_reply")
    with pytest.raises(httpx2.TransportError):
        buyer.press()
    assert buyer.details("lost_reply").has("[data-component=cancelledOrderBanner]")


# The faults and the control address


def test_each_fault_does_what_its_name_says(buyer, standin):
    faults, path = standin.world.faults, "order-details"
    faults.add(SiteFault("status", path, 503))
    assert [buyer.details("done").status for _ in range(2)] == [503, 200]
    for kind in ("reset", "lost_reply"):
        faults.add(SiteFault(kind, path))
        with pytest.raises(httpx2.TransportError):
            buyer.details("done")
    assert standin.world.oracle.count(ORDER_SHOWN) == 2
    for kind in ("latency", "slow_body"):
        faults.add(SiteFault(kind, path, 0.2))
        began = time.monotonic()
        assert buyer.details("done").has("#orderDetails")
        assert time.monotonic() - began >= 0.2
    faults.add(SiteFault("clutter", path, 40))
    details = [buyer.details("done").page.cssselect("[data-index]") for _ in range(2)]
    assert [len(found) for found in details] == [40, 0]
    faults.add(SiteFault("sign_out", path))
    assert buyer.details("done").has("form[name=signIn]")


def test_the_control_address_shows_turns_and_forgets(standin, visitor):
    with httpx2.Client(
        verify=ssl.create_default_context(cadata=standin.ca), base_url=standin.control
    ) as control:
        assert BY_SLUG["done"].number in control.get("/").text
        assert (
            control.post("/set", json={"amazon.mfa": "none", "amazon.expire_after": 3}).status_code
            == 200
        )
        assert (standin.world.amazon.mfa, standin.world.amazon.expire_after) == ("none", 3)
        wrong = control.post("/set", data={"amazon.mfa": "fax"})
        assert (wrong.status_code, "device_choice" in wrong.json()["dials"]["amazon.mfa"]) == (
            400,
            True,
        )
        assert control.post("/set", json={"amazon.password": "x"}).status_code == 400
        assert (
            control.post("/fault", json={"kind": "status", "match": "/", "value": 500}).status_code
            == 200
        )
        assert visitor.go("/").status == 500
        assert [e["kind"] for e in control.get("/oracle").json()["entries"]] == [DOCUMENT]
        control.post("/reset")
        assert control.get("/oracle").json() == {"entries": [], "broken": []}
        assert standin.world.amazon.mfa == "totp"


def test_the_server_stops_while_a_connection_is_open():
    with Standin() as own, socket.create_connection(("127.0.0.1", own.port)) as still_open:
        own.stop()  # would last for ever
        assert still_open.recv(1) == b""


# In a browser, for what scripts do


@contextmanager
def chromium(standin):
    found = shutil.which("chromium-headless-shell")
    if found is None:
        pytest.skip("no chromium-headless-shell here")
    rules = ",".join("MAP {} {}".format(*pair.split("=")) for pair in standin.resolve.split(","))
    arguments = [
        "--no-sandbox",
        f"--host-resolver-rules={rules},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={standin.spki}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        page = browser.new_page()
        standin.world.amazon.mfa, standin.world.amazon.remembered = "none", True
        page.goto(AMAZON + "/ab/your-orders")
        page.fill("#ap_password", standin.world.amazon.password)
        page.click("#signInSubmit")
        page.wait_for_url("**/ab/your-orders")
        yield page
        browser.close()


def open_form(page, slug):
    page.goto(f"{AMAZON}{CANCEL}-items?orderID={BY_SLUG[slug].number}&ref_=x")
    button = page.locator("#preship-cancel-submit-button-announce")
    assert button.is_disabled()
    while button.is_disabled():  # the page's script takes hold a moment later
        page.locator("#select-toggle-link").click()
    return button


def test_in_a_browser_the_scripts_hydrate_cancel_and_check(standin):
    with chromium(standin) as page:
        page.wait_for_selector("#orderCard")
        page.wait_for_selector(".orderCardHeaderSkeleton", state="detached")
        assert page.locator("[id=orderCard]").count() == 5
        page.fill("#abYoSearchBar", BY_SLUG["split_po_a"].po)
        page.press("#abYoSearchBar", "Enter")
        page.wait_for_selector(f"text={BY_SLUG['split_po_b'].number}")

        open_form(page, "three_lines").click()
        page.wait_for_url("**/cancel-summary?*")

        button = open_form(page, "technical")
        assert not page.locator(".preshipCancel-error-alert").is_visible()
        button.click()
        page.wait_for_selector(".preshipCancel-error-alert", state="visible")

        button = open_form(page, "double_click")
        button.click()
        button.click()
        page.wait_for_url("**/cancel-summary?*")
        assert len(submits(standin, "double_click")) == 2

        page.goto(f"{AMAZON}/your-orders/order-details?orderID={BY_SLUG['waf'].number}")
        page.wait_for_selector("#orderDetails")


def test_lost_post_sent_again_counts_as_one_press(standin):
    with chromium(standin) as page:
        open_form(page, "lost_reply").click()
        page.wait_for_selector(".preshipCancel-error-alert", state="visible")
        standin.world.faults.add(SiteFault("lost_reply", f"POST www.amazon.com{CANCEL}"))
        open_form(page, "done").click()
        page.wait_for_selector(".preshipCancel-error-alert", state="visible")
    assert len(submits(standin, "lost_reply")) == len(submits(standin, "done")) == 1
    assert standin.world.amazon.orders[BY_SLUG["done"].number].state == "cancelled"
