"""CAS's own pages say what keeps somebody out, each with its own problem."""

from __future__ import annotations

import pytest

from robot.browser.visit import quote_of_stop
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.registry import Sites

CAS = Sites().site("vcu_cas")

FORM = "<form id=fm1>{}<input id=username><input id=password type=password></form>"
PANEL = FORM.format("<h2>Enter your eID</h2><div id=loginErrorsPanel>{}</div>")
CARD = "<main><div class=card><h2{}>{}</h2><p>{}</p></div></main>"
ASK = "Please contact the system administrator to regain access."
THROTTLED = "You've entered the wrong password for the user too many times. You've been throttled."

CAS_PAGES = {
    "locked": (
        CARD.format(" id=view-accountlocked-heading", "This account has been locked.", ASK),
        "account_locked",
    ),
    "locked, in a campus's words": (
        CARD.format(" id=view-accountlocked-heading", "We paused your eID.", ASK),
        "account_locked",
    ),
    "locked, above the form": (PANEL.format("This account has been locked."), "account_locked"),
    "throttled": (CARD.format("", "Access Denied", THROTTLED), "sign_in_throttled"),
    "throttled, above the form": (PANEL.format(THROTTLED), "sign_in_throttled"),
    "disabled": (
        CARD.format(" id=view-accountdisabled-heading", "This account has been disabled.", ASK),
        "account_disabled",
    ),
    "disabled, above the form": (
        PANEL.format("This account has expired and is forbidden to login at this time."),
        "account_disabled",
    ),
    "expired": (
        "<div id=pwdmain><h3>Your password has expired.</h3><p id=pwddesc>Please change.</p></div>",
        "password_expired",
    ),
    "expired, above the form": (PANEL.format("Your password has expired."), "password_expired"),
    "must be changed, above the form": (
        PANEL.format("Your account password has expired and must be changed."),
        "password_expired",
    ),
    "must change": (
        (
            "<div id=pwdmain><h3>Hello, canaryv.</h3><form id=passwordManagementForm>"
            "<input id=currentPassword type=password><input id=username><input id=password"
            " type=password><input id=confirmedPassword type=password></form></div>"
        ),
        "password_expired",
    ),
    "expiring": (
        (
            "<div class=loginMessageView><h3>Authentication Succeeded with Warnings</h3><ul>"
            "<li>Your password expires in 6 day(s).</li></ul>"
            "<button name=continue>Continue</button></div>"
        ),
        "password_expiring",
    ),
    "another warning": (
        "<div class=loginMessageView><h3>Authentication Succeeded with Warnings</h3></div>",
        "sign_in_interrupted",
    ),
    "interrupt": (
        (
            "<h1>Authentication Interrupt</h1><p id=interruptMessage>The deck is closed.</p>"
            "<form id=fm1><button id=proceed>Proceed</button></form>"
        ),
        "sign_in_interrupted",
    ),
    "interrupt without a message": (
        "<h1>Authentication Interrupt</h1><form id=fm1><button id=proceed>Proceed</button></form>",
        "sign_in_interrupted",
    ),
    "consent": (
        (
            "<h2>Attribute Consent</h2><div id=consent-tabs></div><form id=fm1>"
            "<table id=attributesTable></table><button id=confirm>CONFIRM</button></form>"
        ),
        "consent_needed",
    ),
    "an older consent": ("<h2>Attribute Consent</h2><table></table>", "consent_needed"),
    "terms": (
        "<form id=fm1><h3>Acceptable Usage Policy</h3><button id=aupSubmit>ACCEPT</button></form>",
        "consent_needed",
    ),
    "bad hours": (
        (
            "<div class='banner banner-danger'><h2>Your account is forbidden to login at this time."
            "</h2><p>Please try again later.</p></div>"
        ),
        "sign_in_refused",
    ),
    "an older page": (
        "<div id=msg class=errors><h2>You cannot login from this workstation.</h2></div>",
        "sign_in_refused",
    ),
    "an older locked page": (
        "<div id=msg class=errors><h2>This account has been locked.</h2></div>",
        "account_locked",
    ),
    "form": (FORM.format("<h2>Enter your eID</h2>"), None),
    "form with help": (
        FORM.format("<h3>Locked out?</h3><p>Too many attempts lock the account.</p>"),
        None,
    ),
    "form with an unknown alert": (PANEL.format("The moon is full."), None),
}


def cas_page(body):
    return PageSnapshot("https://login.vcu.edu/cas/login", f"<body>{body}</body>")


@pytest.mark.parametrize("what", CAS_PAGES)
def test_a_page_of_cas_says_what_keeps_out(what):
    body, stop = CAS_PAGES[what]
    screen = cas_page(body).screen(CAS)
    assert screen is not None
    assert CAS.screens[screen].stop == stop
    assert (screen == "login") == (stop is None)


def test_what_a_campus_writes_itself_is_not_quoted():
    interrupt, _ = CAS_PAGES["interrupt"]
    shown = cas_page(interrupt)
    assert shown.public_text(CAS, shown.all("h1, p")) == "Authentication Interrupt"


QUOTED = {
    "locked, above the form": "This account has been locked.",
    "throttled": THROTTLED,
    "interrupt": "Authentication Interrupt",
    "bad hours": "Your account is forbidden to login at this time. Please try again later.",
}


@pytest.mark.parametrize("what", QUOTED)
def test_only_what_keeps_out_is_quoted(what):
    """Other words of the page, as its form's heading, tell nothing of it."""
    shown = cas_page(CAS_PAGES[what][0])
    assert quote_of_stop(Location(shown, CAS, shown.screen(CAS))) == (
        f" Its page says: “{QUOTED[what]}”"
    )
