"""Nothing is ever typed on a host that is not listed for it, however much its page looks like the
right one.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router

from robot.browser.visit import Visit
from robot.cancellation.orders import OrderFacts, OrderState, PoOrders
from robot.runner.systems import BrowserSystems
from robot.sites.registry import _shipped
from robot.standin.hosts import AMAZON_BUSINESS, REALSOURCE
from robot.standin.oracle import CODE_TYPED, FORBIDDEN, PASSWORD_TYPED, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG

LISTED = r"^credential_hosts = .*$"
ORDER_PAGE = r'^order_details = "https://www\.amazon\.com/'
TRAP = """<!doctype html><title>Sign in</title><div id="nav-link-accountList">Hello</div>
<div id="loginForm"><form name="signIn" id="fm1" method="post" action="/caught">
<input type="email" id="ap_email" name="email"><input type="email" id="ap_email_login" name="email">
<input id="username" name="username"><input type="password" id="ap_password" name="password">
<input type="password" id="password" name="password">
<input class="passcode-input" id="auth-mfa-otpcode" name="otpCode">
<input type="submit" id="continue" value="Continue">
<button id="submitBtn">Log in</button></form></div>
<script>addEventListener('input', () => navigator.sendBeacon('/caught'), true)</script>"""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch):
    """A page that never changes is waited for one second, not twenty."""
    patient = Visit.wait_for_screen

    def settle(self, *wanted, seconds=10.0, leaving=None):
        return patient(self, *wanted, seconds=min(seconds, 1.0), leaving=leaving)

    monkeypatch.setattr(Visit, "wait_for_screen", settle)


@pytest.fixture
def amazon_aside(monkeypatch):
    """Amazon's half is taken as read."""
    story = BY_SLUG["done"]
    live = OrderFacts(
        story.number, OrderState.LIVE, po=story.po, cancel_url="https://www.amazon.com/"
    )
    monkeypatch.setattr(BrowserSystems, "look_at_order", lambda _systems, _number: live)
    monkeypatch.setattr(BrowserSystems, "orders_of_po", lambda *_args: PoOrders((live,)))


def own_file(folder: Path, name: str, *changes: tuple[str, str]) -> dict[str, str]:
    """A campus's own site file: the shipped one with changes. The setting that names its folder."""
    source = (_shipped() / f"{name}.toml").read_text(encoding="utf-8")
    for pattern, new in changes:
        source, count = re.subn(pattern, new, source, flags=re.MULTILINE)
        assert count == 1, pattern
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(source, encoding="utf-8")
    return {"VENDORFIRST_SELECTORS": str(folder)}


def trapped(stage, monkeypatch, host, path="/{rest:path}"):
    """Put a page that takes every credential on ``host``; the list that fills when something was
    typed or sent.
    """
    caught = []

    async def show(_request):
        return HTMLResponse(TRAP)

    async def take(request):
        caught.append(request.method)
        return Response(status_code=204)

    trap = Router([Route("/caught", take, methods=["GET", "POST"]), Route(path, show)])
    monkeypatch.setitem(stage.standin._server.config.app._apps, host, trap)
    return caught


def assert_nothing_was_typed(stage):
    oracle = stage.world.oracle
    kinds = (PASSWORD_TYPED, CODE_TYPED, VENDOR_SUBMIT, PO_SUBMIT, FORBIDDEN)
    assert [oracle.count(kind) for kind in kinds] == [0] * 5
    assert oracle.broken_promises() == []


@pytest.mark.parametrize(
    "shape, remembered", [("classic", False), ("claim", False), ("classic", True)]
)
def test_no_credential_goes_to_a_host_that_is_not_listed_for_it(shape, remembered, stage, tmp_path):
    stage.world.amazon.email_shape, stage.world.amazon.remembered = shape, remembered
    more = own_file(
        tmp_path / "own", "amazon_business", (LISTED, 'credential_hosts = ["amazon.com"]')
    )
    receipt = stage.look("done", dry_run=False, **more)
    assert (receipt.outcome, receipt.problem) == ("needs_person", "wrong_host")
    assert "www.amazon.com" in receipt.summary
    assert_nothing_was_typed(stage)


def test_cas_must_be_listed_for_its_password(stage, tmp_path, amazon_aside):
    more = own_file(tmp_path / "own", "vcu_cas", (LISTED, "credential_hosts = []"))
    receipt = stage.look("done", **more)
    assert receipt.problem == "wrong_host"
    assert_nothing_was_typed(stage)


def test_duo_must_be_listed_for_its_code(stage, tmp_path, amazon_aside):
    stage.world.vcu.duo = "passcode"
    more = own_file(tmp_path / "own", "duo", (LISTED, "credential_hosts = []"))
    receipt = stage.look("done", **more)
    assert receipt.problem == "wrong_host"
    assert stage.world.oracle.count(CODE_TYPED) == 0


def test_a_host_of_amazons_that_asks_for_the_password_gets_none(stage, tmp_path, monkeypatch):
    """business.amazon.com is Amazon's and known, but the password belongs on www.amazon.com."""
    caught = trapped(stage, monkeypatch, AMAZON_BUSINESS)
    more = own_file(
        tmp_path / "own",
        "amazon_business",
        (ORDER_PAGE, f'order_details = "https://{AMAZON_BUSINESS}/'),
    )
    receipt = stage.look("done", dry_run=False, **more)
    assert (receipt.outcome, receipt.problem) == ("needs_person", "wrong_host")
    assert caught == []
    assert_nothing_was_typed(stage)


def test_a_stranger_that_looks_like_amazon_gets_nothing(stage, tmp_path, monkeypatch):
    caught = trapped(stage, monkeypatch, REALSOURCE)
    more = own_file(
        tmp_path / "own",
        "amazon_business",
        (ORDER_PAGE, f'order_details = "https://{REALSOURCE}/'),
    )
    receipt = stage.look("done", dry_run=False, **more)
    assert (receipt.outcome, receipt.problem) == ("needs_person", "unknown_page")
    assert REALSOURCE in receipt.summary
    assert caught == []
    assert_nothing_was_typed(stage)


def test_a_stranger_that_looks_like_cas_gets_nothing(stage, monkeypatch, amazon_aside):
    """The start page that sends people on stands on another host than CAS."""
    caught = trapped(stage, monkeypatch, REALSOURCE)
    receipt = stage.look("done", REALSOURCE_INSTANCE="")
    assert (receipt.outcome, receipt.problem) == ("needs_person", "unknown_page")
    assert caught == []
    assert_nothing_was_typed(stage)


def test_the_trap_would_tell(stage, monkeypatch):
    """Something typed into the trap is noticed, or the tests above would prove nothing."""
    caught = trapped(stage, monkeypatch, REALSOURCE)
    robot = stage.robot()

    def fill(browser):
        live = browser.tab("amazon_business").live
        live.goto(f"https://{REALSOURCE}/")
        with live.expect_response("**/caught"):
            live.fill("#ap_password", "x")

    robot.cases.lane.run(fill)
    assert caught
