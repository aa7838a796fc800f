"""Every way in at Amazon, and every way that ends at a person; what counts is what the servers
saw.
"""

from __future__ import annotations

import stat

import pytest

from robot.browser import visit as visiting
from robot.cancellation.orders import EXIT_STATUS, Outcome
from robot.cancellation.request import CancelRequest
from robot.standin.oracle import CODE_TYPED, DOCUMENT, PASSWORD_TYPED, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.stage import set_dials

pytestmark = pytest.mark.usefixtures("hurried")

NOT_AMAZON = (
    "realsource.vcu.edu",
    "solutions.sciquest.com",
    "login.vcu.edu",
    "api-5d3c1a2b.duosecurity.com",
)

# what the dials are: passwords typed, codes typed. Each of these ways leads in.
WAYS_IN = {
    "e-mail on the classic page": ({"email_shape": "classic"}, 1, 0),
    "e-mail on the newer page": ({"email_shape": "claim"}, 1, 0),
    "a remembered user": ({"remembered": True}, 1, 0),
    "a code from the app": ({"mfa": "totp"}, 1, 1),
    "the choice of a device": ({"mfa": "device_choice"}, 1, 1),
    "newer page, device, code": ({"email_shape": "claim", "mfa": "device_choice"}, 1, 1),
    "a page that asks for a telephone": ({"phone_nag": True}, 1, 0),
    "a page that wants a passkey": ({"passkey_nag": True}, 1, 0),
    "both of them": ({"phone_nag": True, "passkey_nag": True, "mfa": "totp"}, 1, 1),
    "one business among the accounts": ({"switcher": "one_business"}, 1, 0),
    "two accounts of one person": ({"switcher": "two_same_name"}, 1, 0),
    "the password once more": ({"switcher": "ask_password"}, 2, 0),
    "everything at once": (
        {
            "email_shape": "claim",
            "mfa": "device_choice",
            "switcher": "ask_password",
            "phone_nag": True,
            "passkey_nag": True,
        },
        2,
        1,
    ),
    "AWS checks the browser": ({"challenge": "waf"}, 1, 0),
    "Akamai checks the browser": ({"challenge": "akamai"}, 1, 0),
    "the way back to the shop": ({"challenge": "continue_shopping"}, 1, 0),
    "the tablet's home page": ({"tablet_home": True}, 1, 0),
    "names beside the switcher's links": ({"switcher": "names_beside"}, 1, 0),
    "home in the order's place": ({"signed_out_home": "order"}, 1, 0),
    "home in every page's place": ({"signed_out_home": "everywhere"}, 1, 0),
    "the tablet's home there": ({"signed_out_home": "everywhere", "tablet_home": True}, 1, 0),
}

# what the dials are: problem, passwords typed, codes typed. Each of these is a person's.
STOPS = {
    "wrong password": ({"password_result": "wrong"}, "wrong_password", 1, 0),
    "wrong password, newer page": (
        {"password_result": "wrong", "email_shape": "claim"},
        "wrong_password",
        1,
        0,
    ),
    "wrong password of a remembered user": (
        {"password_result": "wrong", "remembered": True},
        "wrong_password",
        1,
        0,
    ),
    "locked": ({"password_result": "locked"}, "account_locked", 1, 0),
    "an e-mail that would make an account": ({"unknown_email": "intent"}, "unknown_user", 0, 0),
    "the same on the newer page": (
        {"unknown_email": "intent", "email_shape": "claim"},
        "unknown_user",
        0,
        0,
    ),
    "an e-mail that nobody has": ({"unknown_email": "error_box"}, "unknown_user", 0, 0),
    "the same there": (
        {"unknown_email": "error_box", "email_shape": "claim"},
        "unknown_user",
        0,
        0,
    ),
    "wrong code": ({"mfa": "totp", "otp_result": "wrong"}, "wrong_code", 1, 1),
    "too many codes": ({"mfa": "totp", "otp_result": "too_many"}, "too_many_codes", 1, 1),
    "too many codes before the first": ({"mfa": "too_many"}, "too_many_codes", 1, 0),
    "a code that a person gets": ({"mfa": "cvf_code"}, "approval_needed", 1, 0),
    "an approval in the app": ({"mfa": "cvf_approval"}, "approval_needed", 1, 0),
    "characters to read": ({"challenge": "captcha"}, "captcha", 0, 0),
    "a picture puzzle": ({"challenge": "cvf_captcha"}, "captcha", 1, 0),
    "a puzzle in a frame": ({"challenge": "aamation"}, "captcha", 1, 0),
    "a grid of pictures": ({"challenge": "acic"}, "captcha", 1, 0),
    "two business accounts of one name": ({"switcher": "ambiguous"}, "account_ambiguous", 1, 0),
    "two of one name, beside their links": (
        {"switcher": "ambiguous_beside"},
        "account_ambiguous",
        1,
        0,
    ),
    "an alert never heard": ({"password_result": "unheard"}, "sign_in_refused", 1, 0),
    "an alert in Spanish": ({"password_result": "in_spanish"}, "language", 1, 0),
    "a blocked account": ({"blocked_account": True}, "account_blocked", 1, 0),
    "a blocked account on the tablet's page": (
        {"blocked_account": True, "tablet_home": True},
        "account_blocked",
        1,
        0,
    ),
    "the organization's own sign-in": ({"sso": True}, "unknown_page", 0, 0),
    "the organization's, newer page": ({"sso": True, "email_shape": "claim"}, "unknown_page", 0, 0),
}


def typed(stage):
    return stage.world.oracle.count(PASSWORD_TYPED), stage.world.oracle.count(CODE_TYPED)


def assert_only_amazon_was_asked(stage):
    """Nothing was pressed anywhere, and RealSource was not even looked at."""
    oracle = stage.world.oracle
    assert oracle.count(VENDOR_SUBMIT) == oracle.count(PO_SUBMIT) == 0
    assert [e.subject for e in oracle.of(DOCUMENT) if e.subject.startswith(NOT_AMAZON)] == []
    assert oracle.broken_promises() == []


@pytest.mark.slow_cases(
    "e-mail on the newer page",
    "the choice of a device",
    "newer page, device, code",
    "a page that asks for a telephone",
    "a page that wants a passkey",
    "both of them",
    "the password once more",
    "home in every page's place",
    "the tablet's home there",
)
@pytest.mark.parametrize("way", WAYS_IN)
def test_way_in_leads_to_the_order(way, stage):
    dials, passwords, codes = WAYS_IN[way]
    set_dials(stage.world.amazon, **dials)
    receipt = stage.look()
    assert receipt.problem == "shipped", receipt.summary
    assert "Signed in to Amazon Business" in [step.name for step in receipt.steps]
    assert typed(stage) == (passwords, codes)
    assert {s.account for s in stage.world.amazon.sessions.values() if s.auth} == {"business"}
    assert_only_amazon_was_asked(stage)


@pytest.mark.slow_cases(
    "wrong password, newer page",
    "wrong password of a remembered user",
    "the same on the newer page",
    "a blocked account on the tablet's page",
    "the organization's, newer page",
    "two of one name, beside their links",
    "an alert in Spanish",
)
@pytest.mark.parametrize("stop", STOPS)
def test_stop_ends_with_its_problem(stop, stage):
    dials, problem, passwords, codes = STOPS[stop]
    set_dials(stage.world.amazon, **dials)
    receipt = stage.look("done", dry_run=False)
    assert receipt.problem == problem, receipt.summary
    assert EXIT_STATUS[Outcome(receipt.outcome)] == 5
    assert receipt.next_step
    assert receipt.evidence, "a person wants to see the page"
    assert (receipt.vendor.state, receipt.realsource.state) == ("unknown", "untouched")
    assert typed(stage) == (passwords, codes)
    assert_only_amazon_was_asked(stage)


def test_every_dial_of_the_sign_in_is_turned():
    from typing import get_args, get_type_hints

    from robot.standin.amazon.state import AmazonState

    hints = get_type_hints(AmazonState)
    turned = [dials for dials, *_ in (*WAYS_IN.values(), *STOPS.values())]
    for name in (
        "email_shape",
        "mfa",
        "challenge",
        "password_result",
        "unknown_email",
        "otp_result",
        "switcher",
    ):
        seen = {dials[name] for dials in turned if name in dials} | {
            getattr(AmazonState(), name),
            "none",
        }
        assert seen >= set(get_args(hints[name])), name


# --- people ---------------------------------------------------------------------------------------


def test_an_approval_that_a_person_gives_leads_in(stage):
    stage.world.amazon.mfa = "cvf_approval"
    said = []

    def person(text):
        said.append(text)
        stage.world.amazon.approved = True

    receipt = stage.look(person=person)
    assert receipt.problem == "shipped", receipt.summary
    assert len(said) == 1
    assert "Approve the sign-in" in said[0]
    assert_only_amazon_was_asked(stage)


@pytest.mark.slow
def test_an_approval_that_nobody_gives_in_time_stops(stage, monkeypatch):
    monkeypatch.setattr(visiting, "_PERSON_SECONDS", 0.5)
    stage.world.amazon.mfa = "cvf_approval"
    receipt = stage.look(person=lambda _text: None)
    assert receipt.problem == "approval_needed"
    assert "Nobody did in time" in receipt.summary
    assert receipt.evidence
    assert_only_amazon_was_asked(stage)


def test_a_puzzle_is_not_put_to_a_person_at_the_terminal(stage):
    """It can be answered in the browser only, which nobody sees: said at once, not waited for."""
    stage.world.amazon.challenge = "captcha"
    said = []
    assert stage.look(person=said.append).problem == "captcha"
    assert said == []


# --- several orders -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dials, problem, passwords, codes",
    [
        ({"password_result": "wrong"}, "wrong_password", 1, 0),
        ({"password_result": "locked"}, "account_locked", 1, 0),
        ({"mfa": "totp", "otp_result": "wrong"}, "wrong_code", 1, 1),
    ],
)
def test_a_refused_sign_in_is_not_tried_again_for_the_next_order(
    dials, problem, passwords, codes, stage
):
    """Ten orders with a wrong password must not be ten tries: that locks the account."""
    set_dials(stage.world.amazon, **dials)
    wishes = [
        CancelRequest("amazon_business", BY_SLUG[slug].number, None)
        for slug in ("done", "shipped", "three_lines")
    ]
    receipts = stage.robot().run(wishes)
    assert [r.problem for r in receipts] == [problem] * 3
    assert typed(stage) == (passwords, codes)
    assert_only_amazon_was_asked(stage)


# --- sessions -------------------------------------------------------------------------------------


def test_a_second_robot_with_the_same_home_types_no_password(stage):
    assert stage.look().problem == "shipped"
    again = stage.look()
    assert again.problem == "shipped"
    assert typed(stage) == (1, 0)
    assert "Signed in to Amazon Business" not in [step.name for step in again.steps]


def test_another_home_knows_nobody(stage, tmp_path):
    stage.look()
    stage.home = tmp_path / "other"
    stage.look()
    assert typed(stage) == (2, 0)


def test_a_session_file_is_its_owners_alone(stage):
    stage.look()
    kept = stage.home / "sessions" / "amazon_business.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert stage.world.amazon.password not in kept.read_text(encoding="utf-8")


def test_a_session_file_that_is_broken_means_signing_in_anew(stage):
    stage.look()
    (stage.home / "sessions" / "amazon_business.json").write_text("{", encoding="utf-8")
    assert stage.look().problem == "shipped"
    assert typed(stage) == (2, 0)


@pytest.mark.slow_except("1")
@pytest.mark.parametrize("documents", [1, 3])
def test_a_session_that_ends_on_the_way_is_begun_again(documents, stage):
    """Whichever page finds it gone; the order is cancelled once, RealSource after it."""
    stage.world.amazon.expire_after = documents
    story = BY_SLUG["done"]
    receipt = stage.look("done", dry_run=False)
    assert receipt.outcome == "done", receipt.summary
    assert typed(stage)[0] == 3  # Amazon, Amazon again, and RealSource
    oracle = stage.world.oracle
    assert (oracle.count(VENDOR_SUBMIT, story.number), oracle.count(PO_SUBMIT, story.po)) == (1, 1)
    assert oracle.broken_promises() == []


def test_a_session_that_ends_in_part_asks_for_the_password_again(stage):
    stage.look()
    stage.world.amazon.partial_expiry = True
    receipt = stage.look()
    assert receipt.problem == "shipped", receipt.summary
    assert typed(stage) == (2, 0)
    assert stage.world.oracle.broken_promises() == []
