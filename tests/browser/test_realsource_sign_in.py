"""Every way in at RealSource (CAS, then Duo), and every way that ends at a person, as the servers
saw it.
"""

from __future__ import annotations

import json
import stat

import pyotp
import pytest

from robot.browser import visit as visiting
from robot.cancellation.orders import (
    EXIT_STATUS,
    Listing,
    OrderFacts,
    OrderState,
    Outcome,
    PoOrders,
)
from robot.cancellation.request import CancelRequest
from robot.runner.systems import BrowserSystems
from robot.standin.oracle import CODE_TYPED, DOCUMENT, PASSWORD_TYPED, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from tests.support.site_files import own_site_file
from tests.support.stage import set_dials

pytestmark = pytest.mark.usefixtures("hurried")

CAS, DUO = "login.vcu.edu", "api-5d3c1a2b.duosecurity.com"
NO_SEED = {"REALSOURCE_OTP_SECRET": ""}

# what the dials are: codes typed. Each of these ways leads in, with the seed set and nobody there.
WAYS_IN = {
    "no second factor": ({"duo": "none"}, 0),
    "a passcode": ({"duo": "passcode"}, 1),
    "a push, with other options": ({"duo": "push"}, 1),
    "a push with a number, with other options": ({"duo": "verified_push"}, 1),
    "a call, with other options": ({"duo": "phone"}, 1),
    "no question of trust": ({"duo": "passcode", "trust_question": False}, 1),
    "a browser of one's own": ({"duo": "passcode", "shared_server": False}, 1),
}

# what the dials are: settings, problem, CAS passwords typed, codes typed. Each of these is a
# person's.
STOPS = {
    "wrong password": ({"password_result": "wrong"}, {}, "wrong_password", 1, 0),
    "locked": ({"password_result": "locked"}, {}, "account_locked", 1, 0),
    "a push that only a person approves": ({"duo": "push_only"}, {}, "approval_needed", 1, 0),
    "a push, and no seed": ({"duo": "push"}, NO_SEED, "approval_needed", 1, 0),
    "a number, and no seed": ({"duo": "verified_push"}, NO_SEED, "approval_needed", 1, 0),
    "a call, and no seed": ({"duo": "phone"}, NO_SEED, "approval_needed", 1, 0),
    "a passcode, and no seed": ({"duo": "passcode"}, NO_SEED, "approval_needed", 1, 0),
    "another account's seed": (
        {"duo": "passcode"},
        {"REALSOURCE_OTP_SECRET": pyotp.random_base32()},
        "wrong_code",
        1,
        1,
    ),
    "Duo has locked the account": (
        {"duo": "passcode", "wrong_codes": 5},
        {},
        "account_locked",
        1,
        0,
    ),
    "a page about training": ({"interstitial": "training"}, {}, "unknown_page", 1, 0),
    "locked, a page of its own": ({"password_result": "locked_page"}, {}, "account_locked", 1, 0),
    "throttled": ({"password_result": "throttled"}, {}, "sign_in_throttled", 1, 0),
    "disabled": ({"password_result": "disabled"}, {}, "account_disabled", 1, 0),
    "an expired password": ({"password_result": "expired"}, {}, "password_expired", 1, 0),
    "a password to change": ({"password_result": "must_change"}, {}, "password_expired", 1, 0),
    "not at this time": ({"password_result": "bad_hours"}, {}, "sign_in_refused", 1, 0),
    "an alert never heard": ({"password_result": "unheard"}, {}, "sign_in_refused", 1, 0),
    "an alert in Spanish": ({"password_result": "in_spanish"}, {}, "language", 1, 0),
    "an expiring password": ({"interstitial": "expiring"}, {}, "password_expiring", 1, 0),
    "an interrupt": ({"interstitial": "interrupt"}, {}, "sign_in_interrupted", 1, 0),
    "consent to data": ({"interstitial": "consent"}, {}, "consent_needed", 1, 0),
    "terms of use": ({"interstitial": "terms"}, {}, "consent_needed", 1, 0),
}

#: What the receipts of some stops quote.
QUOTED = {
    "locked, a page of its own": "“This account has been locked.”",
    "throttled": "You've been throttled.",
    "not at this time": "forbidden to login at this time",
    "an alert never heard": "“Sign-in is closed for the fiscal year's end.”",
    "an alert in Spanish": "“Las credenciales no son válidas.”",
    "an expiring password": "Your password expires in 6 day(s).",
    "an interrupt": "“Authentication Interrupt”",
    "consent to data": "“Attribute Consent”",
}


def typed(stage):
    return stage.world.oracle.count(PASSWORD_TYPED, CAS), stage.world.oracle.count(CODE_TYPED, DUO)


def check(stage, slug="done", **more):
    """The receipt of a dry run whose half at Amazon is taken as read, so that RealSource's sign-in
    is all there is.
    """
    story = BY_SLUG[slug]
    live = OrderFacts(
        story.number, OrderState.LIVE, po=story.po, cancel_url="https://www.amazon.com/"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrowserSystems, "look_at_order", lambda _systems, _number: live)
        orders = PoOrders((live,), Listing.ALL_USERS)
        patch.setattr(BrowserSystems, "orders_of_po", lambda *_args: orders)
        return stage.look(slug, **more)


def assert_nothing_was_pressed(stage):
    oracle = stage.world.oracle
    assert oracle.count(VENDOR_SUBMIT) == oracle.count(PO_SUBMIT) == 0
    assert oracle.broken_promises() == []


@pytest.mark.slow_cases(
    "a push, with other options",
    "a push with a number, with other options",
    "a call, with other options",
)
@pytest.mark.parametrize("way", WAYS_IN)
def test_way_in_leads_to_the_po(way, stage):
    dials, codes = WAYS_IN[way]
    set_dials(stage.world.vcu, **dials)
    receipt = check(stage)
    assert (receipt.outcome, receipt.problem) == ("dry_run", None), receipt.summary
    assert "Signed in to RealSource" in [step.name for step in receipt.steps]
    assert typed(stage) == (1, codes)
    assert stage.world.vcu.trusted_browsers == set()
    assert_nothing_was_pressed(stage)


@pytest.mark.slow_cases(
    "locked, a page of its own",
    "disabled",
    "a password to change",
    "an expired password",
    "an expiring password",
    "not at this time",
    "an interrupt",
    "terms of use",
)
@pytest.mark.parametrize("stop", STOPS)
def test_stop_ends_with_its_problem(stop, stage):
    dials, more, problem, passwords, codes = STOPS[stop]
    set_dials(stage.world.vcu, **dials)
    receipt = check(stage, **more)
    assert receipt.problem == problem, receipt.summary
    assert EXIT_STATUS[Outcome(receipt.outcome)] == 5
    assert receipt.next_step
    assert receipt.evidence[-1].url.startswith(
        f"https://{DUO if passwords and dials.get('duo') else CAS}/"
    )
    assert receipt.realsource.state == "untouched"
    assert typed(stage) == (passwords, codes)
    assert QUOTED.get(stop, "") in receipt.summary
    assert not any(said in receipt.summary for said in ("Quillon", stage.world.vcu.username))
    assert_nothing_was_pressed(stage)


def test_a_warning_that_the_site_file_goes_past_leads_in(stage, tmp_path):
    """A campus names the control of a page that only informs."""
    stop = 'stop = "password_expiring"'
    own = own_site_file(tmp_path, "vcu_cas", stop, f'{stop}\ngo_on = "continue_sign_in"')
    stage.world.vcu.interstitial = "expiring"
    receipt = check(stage, VENDORFIRST_SELECTORS=str(own))
    assert (receipt.outcome, receipt.problem) == ("dry_run", None), receipt.summary
    assert typed(stage) == (1, 0)
    assert_nothing_was_pressed(stage)


@pytest.mark.slow
def test_vendors_half_is_done_when_only_realsource_refuses(stage):
    """Where only RealSource refuses, the vendor's half is done and told."""
    stage.world.vcu.duo = "push_only"
    story = BY_SLUG["done"]
    receipt = stage.look("done", dry_run=False)
    assert receipt.outcome == "needs_person"
    assert (receipt.vendor.state, receipt.realsource.state) == (
        "cancelled",
        "untouched",
    )
    oracle = stage.world.oracle
    assert (oracle.count(VENDOR_SUBMIT, story.number), oracle.count(PO_SUBMIT)) == (1, 0)
    assert oracle.broken_promises() == []

    stage.world.vcu.duo = "none"
    again = stage.look("done", dry_run=False)
    assert again.outcome == "done", again.summary
    assert (oracle.count(VENDOR_SUBMIT, story.number), oracle.count(PO_SUBMIT, story.po)) == (1, 1)
    assert oracle.broken_promises() == []


def test_a_refused_sign_in_is_not_tried_again_for_the_next_order(stage):
    stage.world.vcu.password_result = "wrong"
    robot = stage.robot()
    wishes = [
        CancelRequest("amazon_business", BY_SLUG[slug].number, None)
        for slug in ("done", "three_lines")
    ]
    assert [r.problem for r in robot.run(wishes)] == ["wrong_password"] * 2
    assert typed(stage) == (1, 0)
    assert stage.world.oracle.count(PO_SUBMIT) == 0
    assert stage.world.oracle.broken_promises() == []


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_codes_of_a_counter_go_on_from_robot_to_robot(stage):
    """HOTP: the counter is kept in the home, so the second sign-in types the next code."""
    vcu = stage.world.vcu
    set_dials(vcu, duo="passcode", otp_kind="hotp")
    seed = f"otpauth://hotp/VCU:canaryv?secret={vcu.otp_secret}&issuer=VCU&counter=0"
    assert check(stage, REALSOURCE_OTP_SECRET=seed).outcome == "dry_run"
    vcu.sign_out_everywhere()
    assert check(stage, REALSOURCE_OTP_SECRET=seed).outcome == "dry_run"
    assert typed(stage) == (2, 2)
    assert vcu.hotp_counter == 2
    assert stage.world.oracle.broken_promises() == []


def test_a_seed_as_an_otpauth_address_works(stage):
    vcu = stage.world.vcu
    vcu.duo = "passcode"
    seed = f"otpauth://totp/VCU:canaryv?secret={vcu.otp_secret}&issuer=VCU"
    assert check(stage, REALSOURCE_OTP_SECRET=seed).outcome == "dry_run"


# --- people ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "factor, seed, words",
    [
        ("push", "", "Approve the Duo push"),
        ("push_only", None, "Approve the Duo push"),
        ("verified_push", "", "Number: "),
        ("phone", "", "telephone"),
    ],
)
def test_what_a_person_approves_leads_in(factor, seed, words, stage):
    set_dials(stage.world.vcu, duo=factor, approve_push_after=0.3)
    said = []
    more = {} if seed is None else {"REALSOURCE_OTP_SECRET": seed}
    receipt = check(stage, person=said.append, **more)
    assert receipt.outcome == "dry_run", receipt.summary
    assert len(said) == 1
    assert words in said[0]
    assert typed(stage) == (1, 0)
    assert stage.world.vcu.trusted_browsers == set()
    assert_nothing_was_pressed(stage)


def test_a_verified_push_shows_the_number_that_the_page_shows(stage):
    set_dials(stage.world.vcu, duo="verified_push", approve_push_after=0.3)
    said, numbers = [], []

    def person(text):
        said.append(text)
        numbers.extend(frame.number for frame in stage.world.vcu.frames.values())

    check(stage, person=person, **NO_SEED)
    assert said[0].endswith(f"Number: {numbers[0]}")


def test_a_push_that_nobody_approves_in_time_stops(stage, monkeypatch):
    monkeypatch.setattr(visiting, "_PERSON_SECONDS", 0.5)
    stage.world.vcu.duo = "push_only"
    receipt = check(stage, person=lambda _text: None)
    assert receipt.problem == "approval_needed"
    assert_nothing_was_pressed(stage)


def test_where_the_seed_will_do_nobody_is_troubled(stage):
    set_dials(stage.world.vcu, duo="push", approve_push_after=None)
    said = []
    assert check(stage, person=said.append).outcome == "dry_run"
    assert said == []


# --- sessions -------------------------------------------------------------------------------------


def test_a_second_robot_with_the_same_home_types_no_password(stage):
    stage.world.vcu.duo = "passcode"
    assert check(stage).outcome == "dry_run"
    assert check(stage).outcome == "dry_run"
    assert typed(stage) == (1, 1)
    kept = stage.home / "sessions" / "realsource.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_session_that_idled_out_comes_back_without_a_password(stage):
    """CAS still knows the person."""
    check(stage)
    stage.world.vcu.idle_out = True
    receipt = check(stage)
    assert receipt.outcome == "dry_run", receipt.summary
    assert typed(stage) == (1, 0)
    assert stage.world.oracle.broken_promises() == []


@pytest.mark.slow
def test_session_that_idles_out_during_work_is_begun_again(stage):
    """A session that idles out while the robot works is begun again."""
    stage.world.vcu.idle_out = True
    receipt = stage.look("done", dry_run=False)
    assert receipt.outcome == "done", receipt.summary
    assert stage.world.oracle.count(PO_SUBMIT) == 1
    assert stage.world.oracle.broken_promises() == []


@pytest.mark.slow
def test_an_unknown_instance_is_a_persons(stage):
    receipt = check(stage, REALSOURCE_INSTANCE="Elsewhere")
    assert receipt.outcome != "dry_run"
    assert typed(stage) == (0, 0)
    assert [e.subject for e in stage.world.oracle.of(DOCUMENT) if e.subject.startswith(CAS)] == []
    assert_nothing_was_pressed(stage)


def test_no_instance_goes_by_the_start_page(stage):
    assert check(stage, REALSOURCE_INSTANCE="").outcome == "dry_run"
    assert typed(stage) == (1, 0)


def test_every_dial_of_the_sign_in_is_turned():
    from robot.standin.control import dials as standin_dials
    from robot.standin.vcu.state import VcuState

    known = standin_dials()
    turned = [dials for dials, *_ in (*WAYS_IN.values(), *STOPS.values())] + [{"otp_kind": "hotp"}]
    for name in (
        "duo",
        "password_result",
        "interstitial",
        "otp_kind",
        "trust_question",
        "shared_server",
    ):
        seen = {dials[name] for dials in turned if name in dials} | {getattr(VcuState(), name)}
        assert {json.dumps(value).strip('"') for value in seen} >= set(known[f"vcu.{name}"]), name
