"""Signing in by a link that is good once, sessions, roles, forms and the action log."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest

from robot.console import way_back
from robot.console.invites import GOOD_FOR
from robot.console.roles import Role
from robot.console.sessions import ABSOLUTE, IDLE
from robot.storage.schema import console_invites, console_sessions
from tests.support.clock import Clock
from tests.support.console import Browser


def test_nobody_sees_anything_without_a_session(console):
    stranger = Browser.of(console)
    for path in ("/", "/cancel", "/log"):
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert f"vendorfirst console --port {console.port} invite" in answer.text


def test_stranger_at_a_practice_is_sent_to_no_other_ledger(console):
    """A command would make a link for the console of the settings, not for this one."""
    answer = Browser.of(replace(console, practice=True)).get("/")
    assert answer.status_code == 401
    assert "vendorfirst console" not in answer.text
    assert "begin it" in answer.text


def test_link_signs_in_once(console):
    browser = Browser.of(console)
    secret = console.invites.make("Ann", Role.APPROVER, "Bob")
    assert "Sign in" in browser.get(f"/enter?key={secret}").text
    assert browser.enter(secret).status_code == 303
    assert "Ann, approver" in browser.get("/log").text
    assert Browser.of(console).enter(secret).status_code == 403


def test_signing_in_leads_to_the_page_that_was_asked_for(console):
    """And is all that a link to a page can do."""
    stranger = Browser.of(console)
    asked = stranger.get("/inbox/7?settled=1", sec_fetch_dest="document")
    assert asked.status_code == 401
    kept = asked.headers["set-cookie"].partition(";")[0]
    secret = console.invites.make("Ann", Role.VIEWER, "Bob")
    assert stranger.enter(secret, cookie=kept).headers["location"] == "/inbox/7?settled=1"


def test_what_a_page_loads_is_not_led_to(console):
    asked = Browser.of(console).get("/runs/1/events", sec_fetch_dest="empty")
    assert "set-cookie" not in asked.headers


@pytest.mark.parametrize(
    "kept", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "evil"]
)
def test_signing_in_leads_nowhere_else(console, kept):
    secret = console.invites.make("Ann", Role.VIEWER, "Bob")
    cookie = f"{way_back.COOKIE}={quote(kept, safe='')}"
    assert Browser.of(console).enter(secret, cookie=cookie).headers["location"] == "/"


def test_cookie_is_for_this_host_alone(console):
    browser = Browser.of(console)
    cookie = browser.enter(console.invites.make("Ann", Role.VIEWER, "Bob")).headers["set-cookie"]
    assert cookie.startswith("__Host-vendorfirst=")
    for part in ("HttpOnly", "Path=/", "SameSite=lax", "Secure"):
        assert part in cookie
    assert "Domain" not in cookie


def test_link_is_good_for_an_hour(console):
    clock = Clock()
    console = replace(console, clock=clock)
    secret = console.invites.make("Ann", Role.VIEWER, "Bob")
    clock.advance(GOOD_FOR)
    assert Browser.of(console).enter(secret).status_code == 403


def test_guessing_links_is_slowed(console):
    """After ten that are not good, a good one is not looked at for a while either."""
    browser = Browser.of(console)
    assert [browser.enter(f"guess {n}").status_code for n in range(10)] == [403] * 10
    good = console.invites.make("Ann", Role.VIEWER, "Bob")
    assert browser.enter(good).status_code == 429
    assert console.invites.use(good) is not None


def test_database_holds_no_secret(console):
    secret = console.invites.make("Ann", Role.VIEWER, "Bob")
    browser = Browser.of(console)
    browser.enter(secret)
    with console.database.reading() as tx:
        rows = [*tx.execute(console_invites.select()), *tx.execute(console_sessions.select())]
    assert len(rows) == 2
    assert secret not in str(rows)
    assert browser.cookie not in str(rows)


@pytest.mark.parametrize("seconds", [IDLE, ABSOLUTE])
def test_session_ends_by_itself(console, seconds):
    """It is over after two hours without a click, and after twelve in any case."""
    clock = Clock()
    browser = Browser.of(replace(console, clock=clock), Role.VIEWER)
    step = IDLE if seconds == IDLE else IDLE / 2
    for _ in range(int(seconds / step) - 1):
        clock.advance(step)
        assert browser.get("/log").status_code == 200
    clock.advance(step)
    assert browser.get("/log").status_code == 401


def test_page_that_asks_by_itself_keeps_no_session_alive(console):
    clock = Clock()
    browser = Browser.of(replace(console, clock=clock), Role.VIEWER)
    clock.advance(IDLE / 2)
    assert browser.get("/log", x_poll="1").status_code == 200
    clock.advance(IDLE / 2)
    assert browser.get("/log").status_code == 401


def test_signing_out_ends_the_session_on_the_server(ann):
    answer = ann.post("/leave")
    assert "You are signed out." in answer.text
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert ann.get("/log").status_code == 401


def test_form_without_the_token_does_nothing(ann):
    """Nor does one with the token of another session."""
    answer = ann.post("/leave", token="0" * 64)
    assert answer.status_code == 403
    assert ann.get("/log").status_code == 200


def test_log_tells_who_did_what_and_what_was_refused(console, ann):
    ann.post("/leave", token="wrong")
    Browser.of(console).enter("a guess")
    lines = console.actions.newest(10)
    told = [(line.name, line.role, line.action, line.refused is not None) for line in lines]
    assert told == [
        ("", "", "sign in", True),
        ("Ann", "approver", "sign out", True),
        ("Ann", "approver", "sign in", False),
    ]
    assert {line.address for line in lines} == {"testclient"}
    shown = ann.get("/log").text
    assert shown.count("<strong>Refused.</strong>") == 2


def test_names_are_shown_as_text(console):
    browser = Browser.of(console, Role.VIEWER, name="<script>alert(1)</script>")
    shown = browser.get("/log").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_read_only_console_lets_people_out(console):
    browser = Browser.of(replace(console, read_only=True), Role.ADMIN)
    assert "Read-only." in browser.get("/log").text
    assert browser.post("/leave").status_code == 200


def test_answer_that_did_not_change_is_not_sent_again(ann):
    first = ann.get("/log")
    again = ann.get("/log", if_none_match=first.headers["etag"])
    assert (again.status_code, again.text) == (304, "")
