import json
import re
import ssl
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyotp
import pytest

from robot.standin.catalogue import total_of
from robot.standin.control import dials
from robot.standin.oracle import (
    CODE_TYPED,
    FORBIDDEN,
    PASSWORD_TYPED,
    PO_REFUSED,
    PO_SHOWN,
    PO_SUBMIT,
)
from robot.standin.scenarios import BY_SLUG, SCENARIOS
from robot.standin.server import Standin
from robot.standin.vcu.documents import PERSONAL
from robot.standin.vcu.state import DuoMode, VcuState

ROUTER = "https://solutions.sciquest.com/apps/Router"
DUO = "https://api-5d3c1a2b.duosecurity.com"
HOME = f"{ROUTER}/Home"


class Loopback(httpx2.BaseTransport):
    """Every host name is answered by the stand-in."""

    def __init__(self, standin):
        self._port = standin.port
        self._wire = httpx2.HTTPTransport(verify=ssl.create_default_context(cadata=standin.ca))

    def handle_request(self, request):
        url = request.url.copy_with(host="127.0.0.1", port=self._port)
        told = {**request.extensions, "sni_hostname": request.url.host}
        sent = httpx2.Request(
            request.method, url, headers=request.headers, content=request.read(), extensions=told
        )
        return self._wire.handle_request(sent)

    def close(self):
        self._wire.close()


@pytest.fixture(scope="module")
def standin():
    with Standin() as serving:
        yield serving


@pytest.fixture
def world(standin):
    standin.world.reset(vcu=VcuState(duo="none"))
    return standin.world


@pytest.fixture
def web(standin, world):
    with httpx2.Client(transport=Loopback(standin), follow_redirects=True) as client:
        yield client


@pytest.fixture
def signed_in(web, world):
    assert log_in(web, world).url == HOME
    return web


def log_in(web, world, asked=HOME, password=None):
    return send_password(web, world, web.get(asked), password)


def send_password(web, world, page, password=None):
    state = world.vcu
    execution = hidden(page, "execution")
    values = {
        "username": state.username,
        "password": password or state.password,
        "_eventId": "submit",
    }
    return web.post(page.url, data={**values, "execution": execution})


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]+)"', page.text)[1]


def send_code(web, prompt, code):
    sid = parse_qs(urlsplit(str(prompt.url)).query)["sid"][0]
    return web.post(f"{DUO}/frame/v4/auth/passcode", data={"sid": sid, "passcode": code}).json()


def search(web, terms, kind="PurchaseOrders"):
    return web.get(f"{ROUTER}/QuickSearch", params={"Type": kind, "Terms": terms})


def po_of(web, slug):
    return search(web, BY_SLUG[slug].po)


def act(web, page, action="CancelPO", note="", **other):
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)[1]
    po_id = parse_qs(urlsplit(str(page.url)).query)["PoId"][0]
    values = {"PoId": po_id, "ActionId": action, "Note": note, "CSRFToken": token}
    return web.post(f"{ROUTER}/DocumentAction", data={**values, **other})


def field(page, name):
    found = re.search(rf"<dt>{name}</dt><dd[^>]*>(.*?)</dd>", page.text)
    return found[1] if found else None


def labels(page):
    data = re.search(r'id="DocumentData">(.*?)</script>', page.text)[1]
    return [label for _, label in json.loads(data)["actions"]]


def rows(page):
    return re.findall(r"PoId=\d+\">([^<]+)</a>", page.text)


def test_start_page_leads_to_the_sign_in_and_home(web, world):
    start = web.get("https://realsource.vcu.edu/")
    entry = re.search(r'href="([^"]+)">Log in with VCU', start.text)[1]
    login = web.get(entry)
    assert login.url.host == "login.vcu.edu"
    for mark in (
        'id="fm1"',
        'id="username"',
        'id="password"',
        'id="submitBtn"',
        'name="geolocation"',
    ):
        assert mark in login.text
    home = send_password(web, world, login)
    assert home.url == HOME
    for mark in ('id="PHX_NAV_ProcurementOrders_Img"', 'aria-label="Home"', 'aria-label="Orders"'):
        assert mark in home.text


def test_page_asked_for_signed_out_comes_after_sign_in(web, world):
    asked = f"{ROUTER}/QuickSearch?Type=PurchaseOrders&Terms={BY_SLUG['done'].po}"
    assert "Status - PO P0100001" in log_in(web, world, asked).text


def test_another_organization_is_unknown(web, world):
    world.vcu.instance = "OtherU"
    assert web.get(f"{ROUTER}/SAMLAuth/VCU").status_code == 404


def test_a_ticket_is_good_for_one_service_only_once(signed_in, world):
    world.vcu.tickets["ST-1"] = f"{ROUTER}/SAMLAuth/VCU"
    first = signed_in.get(f"{ROUTER}/SAMLAuth/VCU?ticket=ST-1", follow_redirects=False)
    again = signed_in.get(f"{ROUTER}/SAMLAuth/VCU?ticket=ST-1", follow_redirects=False)
    assert first.headers["location"] == "/apps/Router/Home"
    assert again.headers["location"].startswith("https://login.vcu.edu/cas/login?service=")


def test_cookies_are_secure_and_nothing_is_cached(web, world):
    world.vcu.duo = "passcode"
    prompt = log_in(web, world)
    answer = send_code(web, prompt, pyotp.TOTP(world.vcu.otp_secret).now())
    trust = web.get(DUO + answer["next"])
    home = web.post(f"{DUO}/frame/v4/auth/trust", data={"sid": hidden(trust, "sid"), "trust": "1"})
    baked = [cookie for step in home.history for cookie in step.headers.get_list("set-cookie")]
    assert {cookie.split("=")[0] for cookie in baked} == {"TGC", "JSESSIONID", "trc"}
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in baked)
    assert all(step.headers["cache-control"] == "no-store" for step in [*home.history, home])


def test_wrong_password_is_told_on_a_new_page_each_time(web, world):
    told = log_in(web, world, password="no")
    assert 'id="loginErrorsPanel"' in told.text
    assert "Invalid credentials." in told.text
    assert send_password(web, world, told).url == HOME
    assert len({e.detail for e in world.oracle.of(PASSWORD_TYPED, "login.vcu.edu")}) == 2
    assert world.oracle.broken_promises() == []


def test_login_form_sent_twice_is_refused_and_breaks_a_promise(web, world):
    page = web.get(HOME)
    send_password(web, world, page, "no")
    again = send_password(web, world, page)
    assert "already used" in again.text
    assert world.oracle.broken_promises() == ["password_typed twice on login.vcu.edu (1)"]


@pytest.mark.parametrize(
    "result, text", [("wrong", "Invalid credentials."), ("locked", "has been locked")]
)
def test_password_result_is_a_switch(web, world, result, text):
    world.vcu.password_result = result
    assert text in log_in(web, world).text


def test_single_sign_on_needs_one_password_until_forgotten(signed_in, world):
    world.vcu.sign_out()
    assert signed_in.get(HOME).url == HOME
    world.vcu.sign_out_everywhere()
    assert signed_in.get(HOME).url.host == "login.vcu.edu"


def test_idle_out_signs_out_once(signed_in, world):
    world.vcu.idle_out = True
    hops = [hop.url.host for hop in signed_in.get(HOME).history]
    assert "login.vcu.edu" in hops
    assert world.vcu.idle_out is False


def test_training_notice_stands_between_until_a_person_passes_it(web, world):
    world.vcu.interstitial = "training"
    notice = log_in(web, world)
    assert "Annual security awareness training is due" in notice.text
    passed = web.post(notice.url.copy_with(query=None), data={"service": hidden(notice, "service")})
    assert passed.url == HOME


def test_passcode_is_taken_once_and_the_trust_question_follows(web, world):
    world.vcu.duo = "passcode"
    prompt = log_in(web, world)
    code = pyotp.TOTP(world.vcu.otp_secret).now()
    answer = send_code(web, prompt, code)
    trust = web.get(DUO + answer["next"])
    for mark in ("trust-this-browser-label", "trust-browser-button", "dont-trust-browser-button"):
        assert f'id="{mark}"' in trust.text
    home = web.post(f"{DUO}/frame/v4/auth/trust", data={"sid": hidden(trust, "sid"), "trust": "0"})
    assert home.url == HOME
    assert world.oracle.count(CODE_TYPED) == 1
    assert code not in world.oracle.of(CODE_TYPED)[0].detail
    world.vcu.sign_out_everywhere()
    assert send_code(web, log_in(web, world), code) == {
        "ok": False,
        "locked": False,
        "error": "Invalid passcode",
    }
    assert "code_typed twice" in world.oracle.broken_promises()[0]


def test_counter_codes_are_taken_once_within_look_ahead(web, world):
    world.vcu.duo, world.vcu.otp_kind = "passcode", "hotp"
    hotp = pyotp.HOTP(world.vcu.otp_secret)
    prompt = log_in(web, world)
    assert not send_code(web, prompt, hotp.at(11))["ok"]
    assert send_code(web, prompt, hotp.at(10))["ok"]
    assert world.vcu.hotp_counter == 11
    assert not send_code(web, prompt, hotp.at(9))["ok"]


def test_too_many_wrong_passcodes_lock_the_account(web, world):
    world.vcu.duo = "passcode"
    prompt = log_in(web, world)
    told = [send_code(web, prompt, f"00000{n}x")["locked"] for n in range(5)]
    assert told == [False] * 4 + [True]
    assert "locked out" in web.get(prompt.url).text
    assert not send_code(web, prompt, pyotp.TOTP(world.vcu.otp_secret).now())["ok"]


def test_push_waits_for_a_person_and_offers_the_passcode(web, world):
    world.vcu.duo = "push"
    prompt = log_in(web, world)
    assert 'id="header-text">Check for a Duo Push' in prompt.text
    methods = web.get(DUO + re.search(r'href="(/frame/v4/auth/all_methods[^"]+)"', prompt.text)[1])
    link = re.search(r"test-id-mobile-otp\"><a href=\"([^\"]+)\"", methods.text)[1].replace(
        "&amp;", "&"
    )
    passcode = web.get(DUO + link)
    assert "passcode-input" in passcode.text
    assert "verify-button" in passcode.text


def test_a_person_approves_a_push(web, world):
    world.vcu.duo, world.vcu.trust_question = "push_only", False
    prompt = log_in(web, world)
    assert "Other options" not in prompt.text
    status = f"{DUO}/frame/v4/status?{prompt.url.query.decode()}"
    assert web.get(status).json() == {"status": "waiting"}
    world.vcu.approve_push_after = 0.0
    assert web.get(DUO + web.get(status).json()["next"]).url == HOME


@pytest.mark.parametrize(
    "mode, mark", [("verified_push", "verification-code"), ("phone", "phone number ending in")]
)
def test_other_prompts_show_what_a_person_needs(web, world, mode, mark):
    world.vcu.duo = mode
    assert mark in log_in(web, world).text


@pytest.mark.parametrize("shared, forbidden", [(True, 1), (False, 0)])
def test_trusted_browser_is_remembered_forbidden_if_shared(web, world, shared, forbidden):
    world.vcu.duo, world.vcu.shared_server = "passcode", shared
    answer = send_code(web, log_in(web, world), pyotp.TOTP(world.vcu.otp_secret).now())
    sid = answer["next"].split("sid=")[1]
    web.post(f"{DUO}/frame/v4/auth/trust", data={"sid": sid, "trust": "1"})
    world.vcu.sign_out_everywhere()
    assert log_in(web, world).url == HOME
    assert world.oracle.count(FORBIDDEN) == forbidden


def test_exact_number_opens_the_purchase_order(signed_in, world):
    page = po_of(signed_in, "done")
    assert re.search(r"<title>Status - PO P0100001", page.text)
    assert "Purchase Order • P0100001" in page.text
    assert field(page, "Supplier") == "Amazon.com (V01039522)"
    assert field(page, "Total") == f"{total_of(BY_SLUG['done'])} USD"
    assert all(person in page.text for person in PERSONAL)
    assert [e.detail for e in world.oracle.of(PO_SHOWN, "P0100001")] == ["live"]


def test_every_scenario_has_its_purchase_order_in_realsource(signed_in, world):
    for scenario in SCENARIOS:
        assert (scenario.po in world.vcu.purchase_orders) == (scenario.realsource != "not_found")
    split = po_of(signed_in, "split_po_a")
    both = total_of(BY_SLUG["split_po_a"]) + total_of(BY_SLUG["split_po_b"])
    assert field(split, "Total") == f"{both} USD"
    assert split.text.count("LineSixPack") == 2


def test_search_lists_or_finds_nothing_or_opens_the_wrong_one(signed_in):
    assert rows(po_of(signed_in, "po_several")) == ["P0100058", "P0100058-R1"]
    assert rows(po_of(signed_in, "po_via_results")) == ["P0100071"]
    assert "No results" in po_of(signed_in, "po_not_found").text
    assert "No results" in search(signed_in, "P0999999").text
    assert "No results" in search(signed_in, BY_SLUG["done"].po, "Invoices").text
    assert "Purchase Order • P0100069" in po_of(signed_in, "po_wrong_document").text
    assert po_of(signed_in, "po_down").status_code == 503


def test_long_lists_have_pages(signed_in):
    first = search(signed_in, "P01")
    second = signed_in.get(first.url.copy_merge_params({"Page": "2"}))
    assert 'aria-label="Next page"' in first.text
    assert len(rows(first)) == len(rows(second)) == 10
    assert not set(rows(first)) & set(rows(second))


@pytest.mark.parametrize(
    "slug, tab, text",
    [
        ("po_invoiced", "Invoices", "In Process"),
        ("po_received", "Receipts", "Quantity"),
        ("po_change_request", "ChangeRequests", "Pending"),
    ],
)
def test_tabs_count_what_blocks_a_cancel(signed_in, slug, tab, text):
    page = po_of(signed_in, slug)
    assert re.search(rf"PO{tab}\?PoId=\d+\">[^<]+ \(1\)</a>", page.text)
    opened = signed_in.get(str(page.url).replace("Status", tab))
    assert text in opened.text
    assert "FieldOpt" not in opened.text


def test_empty_invoices_tab_says_so(signed_in):
    page = po_of(signed_in, "done")
    opened = signed_in.get(str(page.url).replace("Status", "Invoices"))
    assert "<title>Invoices - PO P0100001" in opened.text
    assert '<td class="Error"><span class="FieldOpt">' in opened.text


@pytest.mark.parametrize(
    "slug, status, cancels",
    [
        ("done", "Completed", ["Cancel PO"]),
        ("po_already_cancelled", "Cancelled", []),
        ("po_closed", "Closed", []),
        ("po_soft_closed", "Soft Closed", []),
        ("po_in_approval", "Pending approval", []),
        ("po_only_close", "Completed", []),
        ("po_long_label", "Sent to Supplier", ["Cancel Purchase Order"]),
        ("po_two_cancels", "Completed", ["Cancel PO", "Cancel PO Revision"]),
    ],
)
def test_menu_offers_what_the_status_allows(signed_in, slug, status, cancels):
    page = po_of(signed_in, slug)
    assert field(page, "Status") == status
    assert [label for label in labels(page) if label.startswith("Cancel")] == cancels


def test_cancel_says_success_and_a_fresh_load_shows_it(signed_in, world):
    page = po_of(signed_in, "done")
    said = act(signed_in, page, note="cancelled at Amazon")
    assert said.json() == {"ok": True, "title": "Success", "text": "Purchase order cancelled"}
    assert field(signed_in.get(page.url), "Status") == "Cancelled"
    assert json.loads(world.oracle.of(PO_SUBMIT, "P0100001")[0].detail) == {
        "action": "CancelPO",
        "comment": "cancelled at Amazon",
    }
    assert [e.detail for e in world.oracle.of(PO_SHOWN, "P0100001")] == ["live", "cancelled"]
    assert "cancelled at Amazon" in signed_in.get(str(page.url).replace("Status", "Comments")).text


def test_cancel_without_its_token_changes_nothing(signed_in, world):
    page = po_of(signed_in, "done")
    assert act(signed_in, page, CSRFToken="no").status_code == 403
    assert field(signed_in.get(page.url), "Status") == "Completed"
    assert world.oracle.count(PO_SUBMIT) == 0
    assert world.oracle.count(PO_REFUSED, "P0100001") == 1


def test_po_that_needs_a_comment_takes_none_without(signed_in):
    page = po_of(signed_in, "po_comment_compulsory")
    assert act(signed_in, page).json() == {"ok": False, "error": "You must enter a reason"}
    assert act(signed_in, page, note="why").json()["ok"]


@pytest.mark.parametrize(
    "slug, shown",
    [
        ("po_unchanged", ["Completed"] * 4),
        ("po_late_status", ["Completed"] * 2 + ["Cancelled"] * 2),
    ],
)
def test_success_that_is_not_true_yet(signed_in, slug, shown):
    page = po_of(signed_in, slug)
    assert act(signed_in, page).json()["text"] == "Purchase order cancelled"
    assert [field(signed_in.get(page.url), "Status") for _ in range(4)] == shown


def test_session_lost_at_the_submit_once(signed_in, world):
    page = po_of(signed_in, "po_session_lost")
    away = act(signed_in, page)
    assert away.url == HOME
    assert world.oracle.count(PO_SUBMIT) == 0
    assert field(signed_in.get(page.url), "Status") == "Completed"
    assert act(signed_in, signed_in.get(page.url)).json()["ok"]


def test_lost_reply_has_changed_the_purchase_order(signed_in, world):
    page = po_of(signed_in, "po_lost_reply")
    for _ in range(2):  # the browser's network code may send the very same request again
        with pytest.raises(httpx2.TransportError):
            act(signed_in, page, RequestId="one press")
    assert field(signed_in.get(page.url), "Status") == "Cancelled"
    assert world.oracle.count(PO_SUBMIT, "P0100069") == 1


@pytest.mark.parametrize(
    "slug, action",
    [
        ("done", "ClosePO"),
        ("done", "Template"),
        ("po_two_cancels", "CancelPORevision"),
        ("po_invoiced", "CancelPO"),
    ],
)
def test_what_must_never_be_pressed_is_seen(signed_in, world, slug, action):
    act(signed_in, po_of(signed_in, slug), action)
    assert world.oracle.count(FORBIDDEN, BY_SLUG[slug].po) == 1


def test_other_supplier_and_other_total(signed_in):
    assert (
        field(po_of(signed_in, "po_other_supplier"), "Supplier") == "Fisher Scientific (V01000001)"
    )
    other = field(po_of(signed_in, "po_other_total"), "Total")
    assert other != f"{total_of(BY_SLUG['po_other_total'])} USD"


def test_pages_hold_the_traps_of_the_real_site(signed_in):
    text = po_of(signed_in, "done").text
    template = text.index('id="DialogTemplates" aria-hidden="true" style="display:none"')
    assert text.index(">Cancel PO</a>") > template
    assert re.search(r"\b\d{3}-\d{7}-\d{7}\b", text)


def test_switches_are_attributes_with_their_values():
    found = {name: values for name, values in dials().items() if name.startswith("vcu.")}
    assert found["vcu.duo"] == list(get_args(DuoMode))
    assert found["vcu.approve_push_after"] == ["number", "null"]
    assert len(found) == 12
    for name, allowed in found.items():
        value = json.dumps(getattr(VcuState(), name.removeprefix("vcu."))).strip('"')
        assert value in allowed or "number" in allowed
