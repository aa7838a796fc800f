"""Sign in at Amazon, doing on each screen what it asks for.

The one-time code is minted last. Known from: public captures and scripts, 2024-2026 (A/B).
Challenges, approvals and unknown screens are a person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from flows.amazon.readers import read_accounts
from flows.sign_in_alerts import Alerts, Cause
from flows.sign_in_loop import ScreenKey, Step, pass_sign_in, screen_key, sign_in_yourself
from robot.browser.visit import Visit
from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.sites.location import Location

_SITE = "amazon_business"
_LOGIN = sign_in_yourself(_SITE)
#: The screens that ask who somebody is. The others of a sign-in may come in anybody's way.
_ASKING: Final = frozenset(
    {
        "email_claim",
        "email_classic",
        "password",
        "password_again",
        "one_time_code",
        "device_choice",
        "account_switcher",
    }
)
ALERTS: Final = {
    _SITE: Alerts(
        "Amazon",
        "sign_in_alert",
        (
            Cause(
                Problem.WRONG_PASSWORD,
                "wrong_password",
                "Mend AMAZON_BUSINESS_PASSWORD. The robot typed it once and will not try again by"
                " itself.",
                after="password",
            ),
            Cause(
                Problem.UNKNOWN_USER, "wrong_user", "Mend AMAZON_BUSINESS_EMAIL.", after="username"
            ),
            Cause(
                Problem.WRONG_CODE,
                "wrong_code",
                "Check AMAZON_BUSINESS_TOTP_SECRET and this machine's clock (vendorfirst doctor).",
                after="code",
            ),
            Cause(
                Problem.TOO_MANY_CODES,
                "too_many_codes",
                "Wait 24 hours, or " + _LOGIN[0].lower() + _LOGIN[1:],
            ),
            Cause(
                Problem.ACCOUNT_LOCKED,
                "locked",
                "Unlock the account with Amazon. The robot will not try again by itself.",
            ),
        ),
        # A banner about passkeys sits in every sign-in page, stale or hidden.
        harmless="passkey",
    )
}


def sign_in(visit: Visit, here: Location) -> Location:
    """Sign in from ``here`` on, and return the first page that is no sign-in screen.

    Raises NeedsPerson, SystemFailure.
    """
    return pass_sign_in(visit, here, STEPS, ALERTS)


def open_signed_in(visit: Visit, url: str, *expected: str, referer: str | None = None) -> Location:
    """Load an address, sign in where nobody is, and return where that led.

    Raises NeedsPerson, SystemFailure.
    """
    here = visit.goto(url, referer=referer)
    if here.screen in expected and not signed_out(visit, here):
        return here
    start = _to_sign_in(visit, here)
    with visit.following():
        after = sign_in(visit, start)
    if after is here:
        return here
    if after is not start and after.screen is None:
        raise visit.unknown_page(after, "signing in to Amazon")
    if not signed_out(visit, after):
        if after is not start:
            visit.access.signed_in()
        # Who signs in beside this one, with the same session, may be led here in its place.
        if after.screen not in expected or not _led_to(after.page.url, url):
            after = visit.goto(url, referer=referer)
    if signed_out(visit, after):
        raise _nobody(visit, after)
    return after


def _to_sign_in(visit: Visit, here: Location) -> Location:
    """Return a sign-in's first screen where a page greets nobody and asks for nothing."""
    for go in (_by_address, _by_link):
        if screen_key(here) in STEPS or not signed_out(visit, here):
            break
        here = go(visit, here)
    return here


def _by_address(visit: Visit, _: Location) -> Location:
    return visit.goto(visit.site.url("login"))


def _by_link(visit: Visit, here: Location) -> Location:
    if not here.page.find(visit.site.element("sign_in_link")):
        return here
    visit.controls.click(visit.site, "sign_in_link")
    return visit.wait_for_screen(leaving=here)


def _nobody(visit: Visit, here: Location) -> NeedsPerson:
    """Return the stop for a page on which nobody is signed in after all."""
    if "password" not in visit.controls.typed:
        visit.screenshot("nobody is signed in")
        return NeedsPerson(
            "Nobody is signed in at Amazon, and no page came on which to sign in. No password was"
            " typed.",
            next_step=_LOGIN,
        )
    visit.screenshot("signed out after signing in")
    what = "asks for it again" if asks_to_sign_in(here) else "greets nobody"
    return NeedsPerson(
        f"Amazon took the sign-in, but {what}: the account may be blocked.",
        problem=Problem.ACCOUNT_BLOCKED,
        next_step="Sign in by hand and see what Amazon says.",
    )


def _led_to(landed: str, wanted: str) -> bool:
    """Tell whether an address has all that the wanted one asks for in its query."""
    has = parse_qs(urlsplit(landed).query)
    asks = parse_qs(urlsplit(wanted).query)
    return all(has.get(key) == value for key, value in asks.items())


def asks_to_sign_in(here: Location) -> bool:
    """Tell whether the page asks who somebody is."""
    return here.screen in _ASKING


def signed_out(visit: Visit, here: Location) -> bool:
    """Tell whether the page greets nobody, or asks to sign in."""
    greeting = here.page.text_of(visit.site.element("greeting"))
    return asks_to_sign_in(here) or visit.site.says("signed_out", greeting)


def _email_claim(visit: Visit, _: Location) -> None:
    visit.controls.type_secret(visit.site, "email_claim", "username")
    visit.controls.click(visit.site, "continue_claim")


def _email_classic(visit: Visit, _: Location) -> None:
    visit.controls.type_secret(visit.site, "email_classic", "username")
    visit.controls.click(visit.site, "continue_classic")


def _password(visit: Visit, here: Location) -> None:
    if here.screen == "password" and here.page.find(visit.site.element("email_beside")):
        visit.controls.type_secret(visit.site, "email_beside", "username")
    if here.page.find(visit.site.element("keep_signed_in")):
        visit.controls.set_checked(visit.site, "keep_signed_in")
    visit.controls.type_secret(visit.site, "password", "password")
    visit.controls.click(visit.site, "sign_in")


def _code(visit: Visit, here: Location) -> None:
    if here.page.find(visit.site.element("remember_device")):
        visit.controls.set_checked(visit.site, "remember_device")
    visit.controls.type_secret(visit.site, "code", "code")
    visit.controls.click(visit.site, "send_code")


def _passkey(visit: Visit, here: Location) -> None:
    """Decline, or go on to where the sign-in was to lead where no way to is known."""
    if here.page.find(visit.site.element("decline_passkey")):
        visit.controls.click(visit.site, "decline_passkey")
        return
    wanted = (
        here.page.query("openid.return_to")
        or here.page.query("returnTo")
        or visit.site.url("login")
    )
    visit.goto(wanted if visit.site.may_type_secrets(wanted) else visit.site.url("login"))


def _device(visit: Visit, here: Location) -> None:
    if not here.page.find(visit.site.element("device_app")):
        visit.screenshot("code to a telephone")
        msg = (
            "Amazon offers the one-time code by text or call only, not from the authenticator app."
        )
        raise NeedsPerson(msg, problem=Problem.APPROVAL_NEEDED, next_step=_LOGIN)
    visit.controls.set_checked(visit.site, "device_app")
    visit.controls.click(visit.site, "device_send")


def _account(visit: Visit, here: Location) -> None:
    accounts = read_accounts(here.page, visit.site)
    wanted = visit.access.credentials.choice(visit.site)
    fitting = [nth for nth, account in enumerate(accounts) if account.fits(wanted)]
    if len(fitting) != 1:
        visit.screenshot("account switcher")
        # A person's name is nobody's business.
        said = "; ".join(f"{a.business or 'a person'} ({a.kind or 'no kind'})" for a in accounts)
        msg = (
            f"Amazon asks which account, and {len(fitting) or 'none'} of these"
            f" {'fit' if fitting else 'fits'} AMAZON_BUSINESS_ACCOUNT: {said}."
        )
        raise NeedsPerson(
            msg,
            problem=Problem.ACCOUNT_AMBIGUOUS,
            next_step=(
                "Set AMAZON_BUSINESS_ACCOUNT to the one business name that is meant; if two share"
                " it, sign in once yourself: vendorfirst login amazon_business"
            ),
        )
    visit.controls.click(visit.site, "account_tiles", nth=fitting[0])


def _click(key: str) -> Step:
    def click(visit: Visit, _: Location) -> None:
        visit.controls.click(visit.site, key)

    return click


#: The screens of the sign-in, and what is done on each.
STEPS: Final[Mapping[ScreenKey, Step]] = {
    (_SITE, "email_claim"): _email_claim,
    (_SITE, "email_classic"): _email_classic,
    (_SITE, "password"): _password,
    (_SITE, "password_again"): _password,
    (_SITE, "one_time_code"): _code,
    (_SITE, "device_choice"): _device,
    (_SITE, "account_switcher"): _account,
    (_SITE, "phone_nag"): _click("decline_phone"),
    (_SITE, "passkey_nag"): _passkey,
    (_SITE, "passkey_nag_address"): _passkey,
    (_SITE, "continue_shopping"): _click("continue_shopping"),
}
