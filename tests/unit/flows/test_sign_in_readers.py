"""Sign-in screens that few sites show, and the stand-in does not."""

from __future__ import annotations

import pytest

from flows.amazon.sign_in import _passkey, open_signed_in
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


class Led:
    """A visit whose sign-in leads to one address, and that notes where it is sent."""

    site = AMAZON

    def __init__(self, landed):
        self.landed = landed
        self.went = []
        self.access = self

    def goto(self, url, referer=None):
        self.went.append(url)
        screen = "password" if len(self.went) == 1 else "order_details"
        return Location(PageSnapshot(url, "<p>x</p>"), AMAZON, screen)

    def signed_in(self):
        pass


@pytest.mark.parametrize(
    "landed, went", [(ORDERS[0], 1), (ORDERS[0] + "&ref=x", 1), (ORDERS[1], 2)]
)
def test_a_sign_in_that_leads_elsewhere_goes_to_the_order(landed, went, monkeypatch):
    """Two lanes of one session sign in at once: one may land where the other wanted to go."""
    led = Led(landed)
    after = Location(PageSnapshot(landed, "<p>x</p>"), AMAZON, "order_details")
    monkeypatch.setattr("flows.amazon.sign_in.sign_in", lambda *_: after)
    here = open_signed_in(led, ORDERS[0], "order_details")
    assert led.went == [ORDERS[0]] * went
    assert here.page.url.startswith(ORDERS[0])
