"""Sign-in screens that few sites show, and the stand-in does not."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from flows.amazon import cancel
from flows.amazon import sign_in as amazon
from flows.amazon.sign_in import _passkey, open_signed_in
from robot.errors import NeedsPerson
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

AMAZON, DUO, CAS = (Sites().site(name) for name in ("amazon_business", "duo", "vcu_cas"))
DUO_HOST = "https://api-5d3c1a2b.duosecurity.com/frame/v4"


@pytest.mark.parametrize(
    "site, url, body, screen",
    [
        (
            AMAZON,
            "https://www.amazon.com/ap/cvf/approval?arb=1",
            "<p>Approve the notification</p>",
            "cvf_other",
        ),
        (
            AMAZON,
            "https://www.amazon.com/ax/claim/webauthn/nudge",
            "<button>Set up</button>",
            "passkey_nag_address",
        ),
        (DUO, f"{DUO_HOST}/auth/prompt", "<h1 id=header-text>Calling your phone...</h1>", "push"),
        (DUO, f"{DUO_HOST}/auth/prompt", "<h1 id=header-text>Verify it's you</h1>", "push"),
        (
            DUO,
            f"{DUO_HOST}/auth/all_methods",
            "<li data-testid=test-id-phone><a>Phone call</a></li>",
            "methods",
        ),
    ],
)
def test_a_rare_sign_in_screen_is_known(site, url, body, screen):
    assert PageSnapshot(url, f"<body>{body}</body>").screen(site) == screen


@pytest.mark.parametrize(
    "said", ["Login failed.", "The credentials you provided cannot be determined to be authentic."]
)
def test_a_refused_password_is_known_in_the_products_own_words(said):
    assert CAS.says("wrong_password", said)


class Going:
    """A visit that only notes where it was sent."""

    site = AMAZON

    def goto(self, url):
        self.went = url


@pytest.mark.parametrize(
    "query, wanted",
    [
        (
            "?openid.return_to=https%3A%2F%2Fwww.amazon.com%2Fyour-orders%2Forders",
            AMAZON.url("orders"),
        ),
        ("?openid.return_to=https%3A%2F%2Fevil.example%2F", AMAZON.url("login")),
        ("", AMAZON.url("login")),
    ],
)
def test_a_passkey_page_that_can_not_be_declined_is_left(query, wanted):
    """The robot goes on to where the sign-in was to lead, if that is on a listed host."""
    page = PageSnapshot(
        f"https://www.amazon.com/ax/claim/webauthn/nudge{query}", "<button>Set up</button>"
    )
    going = Going()
    _passkey(going, Location(page, AMAZON, "passkey_nag_address"))
    assert going.went == wanted


ORDERS = [AMAZON.url("order_details", number=f"111-000000{n}-0000001") for n in (1, 2)]


HELLO = "<div id=nav-link-accountList><span id=nav-link-accountList-nav-line-1>{}</span></div>"


class Led:
    """A visit that is shown one page after the other, and notes where it is sent."""

    site = AMAZON

    def __init__(self, *pages, typed=("username", "password")):
        self.pages = list(pages)
        self.went = []
        self.told = []
        self.typed = set(typed)
        self.access = self
        self.controls = self

    def goto(self, url, referer=None):
        self.went.append(url)
        return self.pages.pop(0)

    def following(self):
        return nullcontext()

    def signed_in(self):
        self.told.append("signed in")

    def screenshot(self, what):
        self.told.append(what)

    def unknown_page(self, here, doing):
        return NeedsPerson(f"While {doing}, the robot met screen “{here.screen}”.")


def page(url, screen, body="<p>x</p>"):
    return Location(PageSnapshot(url, f"<body>{body}</body>"), AMAZON, screen)


def nobody(url):
    """The plain home page, which greets nobody."""
    return page(url, "home", HELLO.format("Hello, sign in"))


@pytest.mark.parametrize(
    "landed, went", [(ORDERS[0], 1), (ORDERS[0] + "&ref=x", 1), (ORDERS[1], 2)]
)
def test_a_sign_in_that_leads_elsewhere_goes_to_the_order(landed, went, monkeypatch):
    """Two lanes of one session sign in at once: one may land where the other wanted to go."""
    led = Led(page(ORDERS[0], "password"), page(ORDERS[0], "order_details"))
    after = page(landed, "order_details")
    monkeypatch.setattr(amazon, "sign_in", lambda *_: after)
    here = open_signed_in(led, ORDERS[0], "order_details")
    assert led.went == [ORDERS[0]] * went
    assert here.page.url.startswith(ORDERS[0])
    assert led.told == ["signed in"]


def test_a_home_page_that_greets_nobody_is_signed_in_from(monkeypatch):
    """An ended session: the plain home page came in the place of the order."""
    login = page(AMAZON.url("login"), "password")
    led = Led(nobody(ORDERS[0]), login, page(ORDERS[0], "order_details"))
    after = page(AMAZON.url("orders"), "business_list")
    monkeypatch.setattr(amazon, "sign_in", lambda _visit, here: after if here is login else here)
    here = open_signed_in(led, ORDERS[0], "order_details")
    assert (here.screen, led.told) == ("order_details", ["signed in"])
    assert led.went == [ORDERS[0], AMAZON.url("login"), ORDERS[0]]


def test_where_nothing_was_typed_no_account_is_called_blocked():
    led = Led(nobody(ORDERS[0]), nobody(AMAZON.url("login")), nobody(ORDERS[0]), typed=())
    with pytest.raises(NeedsPerson, match="Nobody is signed in") as stop:
        open_signed_in(led, ORDERS[0], "order_details")
    assert stop.value.problem == "unknown_page"
    assert "No password was typed." in stop.value.text
    assert "vendorfirst login" in stop.value.next_step


@pytest.mark.parametrize(
    "after, told",
    [
        (nobody("https://www.amazon.com/"), "greets nobody"),
        (page("https://www.amazon.com/ap/signin", "password"), "asks for it again"),
    ],
)
def test_a_blocked_account_is_told_by_what_came(after, told, monkeypatch):
    led = Led(page(ORDERS[0], "password"))
    monkeypatch.setattr(amazon, "sign_in", lambda *_: after)
    with pytest.raises(NeedsPerson) as stop:
        open_signed_in(led, ORDERS[0], "order_details")
    said = f"Amazon took the sign-in, but {told}: the account may be blocked."
    assert stop.value.text == said
    assert stop.value.problem == "account_blocked"
    assert led.told == ["signed out after signing in"]


@pytest.mark.parametrize(
    "screen, verdict",
    [("password", "signed_out"), ("one_time_code", "signed_out"), ("phone_nag", "lost")],
)
def test_only_a_sign_in_s_own_screens_ask_to_sign_in(screen, verdict):
    """A nag after the press says nothing of a session that ended."""
    led = Led()
    led.wait_for_screen = lambda *_, **_more: page(ORDERS[0], screen)
    led.wait_for_change = lambda _: None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cancel, "_OUTCOME_SECONDS", 0.1)
        assert cancel._outcome(led).verdict == verdict
