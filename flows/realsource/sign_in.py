"""Sign in to RealSource by VCU's CAS, then Duo.

What is done on each screen. Known from: two public scripts and Apereo's source for CAS, several
universities' scripts for Duo (B). A push is a person's to approve; a passcode comes from the seed,
where one is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flows.sign_in_alerts import Alerts, Cause
from flows.sign_in_loop import ScreenKey, Step, pass_sign_in, sign_in_yourself
from robot.browser.visit import Visit
from robot.problems import Problem
from robot.sites.location import Location
from robot.sites.site_file import Site

_LOGIN = sign_in_yourself("realsource")
ALERTS: Final = {
    "vcu_cas": Alerts(
        "VCU Central Login",
        "alert",
        (
            Cause(
                Problem.WRONG_PASSWORD,
                "wrong_password",
                "Mend REALSOURCE_USERNAME or REALSOURCE_PASSWORD. It was typed once.",
                after="password",
            ),
        ),
    ),
    "duo": Alerts(
        "Duo",
        "error",
        (
            Cause(
                Problem.WRONG_CODE,
                "wrong_code",
                "Check REALSOURCE_OTP_SECRET and this machine's clock (vendorfirst doctor).",
                after="code",
            ),
        ),
    ),
}


def sign_in(visit: Visit, here: Location) -> Location:
    """Sign in from ``here`` on, and return the first page that is no sign-in screen.

    Raises NeedsPerson, SystemFailure.
    """
    return pass_sign_in(visit, here, _STEPS, ALERTS)


def _start(visit: Visit, here: Location) -> None:
    visit.controls.click(_of(here), "log_in")


def _password(visit: Visit, here: Location) -> None:
    site = _of(here)
    visit.controls.type_secret(site, "username", "username")
    visit.controls.type_secret(site, "password", "password")
    visit.controls.click(site, "log_in")


def _push(visit: Visit, here: Location) -> Location | None:
    site = _of(here)
    if visit.access.credentials.has(site, "code") and here.page.find(site.element("other_options")):
        visit.controls.click(site, "other_options")
        return None
    number = here.page.text_of(site.element("number"))
    say = "Approve the Duo push on your telephone, if it was you who started this."
    if number:
        say = f"{say} Number: {number}"
    return visit.ask(here, Problem.APPROVAL_NEEDED, say, phone=True)


def _methods(visit: Visit, here: Location) -> Location | None:
    site = _of(here)
    if visit.access.credentials.has(site, "code") and here.page.find(
        site.element("choose_passcode")
    ):
        visit.controls.click(site, "choose_passcode")
        return None
    return visit.ask(here, Problem.APPROVAL_NEEDED, "Duo offers no passcode: " + _LOGIN)


def _passcode(visit: Visit, here: Location) -> Location | None:
    site = _of(here)
    if not visit.access.credentials.has(site, "code"):
        return visit.ask(
            here,
            Problem.APPROVAL_NEEDED,
            "Duo asks for a passcode, and REALSOURCE_OTP_SECRET is not set. " + _LOGIN,
        )
    visit.controls.type_secret(site, "passcode", "code")
    visit.controls.click(site, "verify")
    return visit.wait_for_screen(leaving=here, seconds=10)


def _trust(visit: Visit, here: Location) -> None:
    site = _of(here)
    visit.controls.click(site, "trust_yes" if site.choices.get("trust") == "yes" else "trust_no")


def _of(here: Location) -> Site:
    assert here.site is not None  # noqa: S101 - the steps are looked up by site
    return here.site


_STEPS: Final[Mapping[ScreenKey, Step]] = {
    ("realsource", "start"): _start,
    ("vcu_cas", "login"): _password,
    ("duo", "push"): _push,
    ("duo", "verified_push"): _push,
    ("duo", "methods"): _methods,
    ("duo", "passcode"): _passcode,
    ("duo", "trust"): _trust,
}
