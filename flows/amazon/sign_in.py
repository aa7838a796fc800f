"""Sign in at Amazon, doing on each screen what it asks for.

The one-time code is minted last. Known from: public captures and scripts, 2024-2026 (A/B).
Challenges, approvals and unknown screens are a person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from flows.amazon.readers import Account, read_accounts, read_sign_in_problem
from flows.sign_in_loop import ScreenKey, Step, pass_sign_in, sign_in_yourself
from robot.browser.visit import Visit
from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.sites.location import Location

_SITE = "amazon_business"
_LOGIN = sign_in_yourself(_SITE)
_NEXT_STEP = {
    Problem.WRONG_PASSWORD: (
        "Mend AMAZON_BUSINESS_PASSWORD. The robot typed it once and will not try again by itself."
    ),
    Problem.UNKNOWN_USER: "Mend AMAZON_BUSINESS_EMAIL.",
    Problem.WRONG_CODE: (
        "Check AMAZON_BUSINESS_TOTP_SECRET and this machine's clock (vendorfirst doctor)."
    ),
    Problem.TOO_MANY_CODES: "Wait 24 hours, or " + _LOGIN[0].lower() + _LOGIN[1:],
    Problem.ACCOUNT_LOCKED: (
        "Unlock the account with Amazon. The robot will not try again by itself."
    ),
}


def sign_in(visit: Visit, here: Location) -> Location:
    """Sign in from ``here`` on, and return the first page that is no sign-in screen.

    Raises NeedsPerson, SystemFailure.
    """
    return pass_sign_in(visit, here, STEPS, _check_refused)


def _check_refused(visit: Visit, here: Location) -> None:
    problem = read_sign_in_problem(here.page, visit.site)
    if problem is None:
        return
    slug, said = problem
    visit.screenshot("sign-in refused")
    msg = f"Amazon refused the sign-in: “{said}”"
    raise NeedsPerson(msg, problem=slug, next_step=_NEXT_STEP[slug])


def open_signed_in(visit: Visit, url: str, *expected: str, referer: str | None = None) -> Location:
    """Load an address, sign in where asked, and return where that led.

    Raises NeedsPerson, SystemFailure.
    """
    here = visit.goto(url, referer=referer)
    if here.screen not in expected:
        signing_in = here
        here = sign_in(visit, here)
        if here is not signing_in and here.screen is None:
            raise visit.unknown_page(here, "signing in to Amazon")
        if here is not signing_in and not signed_out(visit, here):
            visit.access.signed_in()
            # Who signs in beside this one, with the same session, may be led here in its place.
            if here.screen not in expected or not _led_to(here.page.url, url):
                here = visit.goto(url, referer=referer)
    if signed_out(visit, here):
        visit.screenshot("signed out after signing in")
        msg = "Amazon took the sign-in, but greets nobody: the account may be blocked."
        raise NeedsPerson(
            msg,
            problem=Problem.ACCOUNT_BLOCKED,
            next_step="Sign in by hand and see what Amazon says.",
        )
    return here


def _led_to(landed: str, wanted: str) -> bool:
    """Tell whether an address has all that the wanted one asks for in its query."""
    has = parse_qs(urlsplit(landed).query)
    asks = parse_qs(urlsplit(wanted).query)
    return all(has.get(key) == value for key, value in asks.items())


def signed_out(visit: Visit, here: Location) -> bool:
    """Tell whether the page greets nobody, or asks anew.

    The account may be blocked although the sign-in went through.
    """
    asked_anew = here.screen in {"email_claim", "email_classic", "password"}
    return asked_anew or visit.site.says(
        "signed_out", here.page.text_of(visit.site.element("greeting"))
    )


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
    fitting = [i for i, account in enumerate(accounts) if _fits(account, wanted)]
    if len(fitting) != 1:
        visit.screenshot("account switcher")
        # A person's name is nobody's business.
        said = "; ".join(f"{a.business or 'a person'} ({a.kind})" for a in accounts)
        msg = (
            f"Amazon asks which account, and {len(fitting)} of these fit AMAZON_BUSINESS_ACCOUNT:"
            f" {said}."
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


def _fits(account: Account, wanted: str | None) -> bool:
    business = "business" in account.kind.lower()
    return business and (
        wanted is None or wanted.casefold() == (account.business or account.person).casefold()
    )


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
