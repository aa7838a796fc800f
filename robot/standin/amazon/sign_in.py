"""The sign-in's first screens, and how one screen leads to the next.

E-mail, password, account switcher, nags.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from robot.standin.amazon.state import Journey, Session
from robot.standin.amazon.web import ROOT, Web, safe_return, sign_in_url
from robot.standin.oracle import PASSWORD_TYPED

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

HOME: Final = ROOT + "/?ref_=nav_signin"
TRUST_COOKIE: Final = "sst-device-main"

#: What the password's page says of one that it does not take, but for a wrong one.
_ALERTS: Final = {
    "locked": "Your account has been locked after too many attempts. Try again later.",
    "unheard": "Sign-in is closed for the fiscal year's end.",
    "in_spanish": "La contraseña no es correcta",
}
#: Where each screen after the password is found.
_SCREENS: Final = {
    "totp": "/ap/mfa",
    "device_choice": "/ap/mfa/new-otp",
    "too_many": "/ap/mfa/new-otp",
    "cvf_code": "/ap/cvf/request",
    "cvf_approval": "/ap/cvf/approval",
    "cvf_captcha": "/ap/cvf/request",
    "aamation": "/ap/cvf/request",
    "acic": "/ax/aaut/verify/ap/challenge",
    "switcher": "/ap/switchaccount",
    "assert": "/ap/signin",
    "phone": "/ap/accountfixup",
    "passkey": "/ax/claim/webauthn/nudge",
}


def routes(web: Web) -> list[Route]:
    """Return the addresses of this room."""
    room = SignIn(web)
    return [
        Route("/ap/signin", room.show, methods=["GET"]),
        Route("/ap/signin", room.submit, methods=["POST"]),
        Route("/gp/sign-in.html", room.old_address),
        Route("/gp/flex/sign-out.html", room.sign_out),
        Route("/ax/claim", room.claim, methods=["POST"]),
        Route("/ap/switchaccount", room.switcher, methods=["GET"]),
        Route("/ap/switchaccount", room.switch, methods=["POST"]),
        Route("/ax/signin/switchaccount", room.switch, methods=["POST"]),
        Route("/ap/accountfixup", room.nag, methods=["GET"]),
        Route("/ap/accountfixup", room.add_phone, methods=["POST"]),
        Route("/ap/accountfixup/skip", room.skip, methods=["GET"]),
        Route("/ax/claim/webauthn/nudge", room.nag, methods=["GET"]),
        Route("/ax/claim/webauthn/nudge", room.skip, methods=["POST"]),
        Route("/ax/claim/webauthn/register", room.make_passkey, methods=["POST"]),
        Route("/ax/claim/webauthn/signin", room.use_passkey, methods=["POST"]),
        Route("/ap/register", room.register, methods=["GET", "POST"]),
        Route("/ap/forgotpassword", room.forgot),
    ]


class Steps:
    """What leads from one screen of a sign-in to the next.

    Shared by the parts of the sign-in.
    """

    def __init__(self, web: Web) -> None:
        self.web = web

    def onward(self, request: Request) -> Response:
        """Go to the next screen of the journey.

        Where none is left: signed in, and to the page that was wanted.
        """
        session = self.web.session(request)
        journey = session.journey
        if journey is None:
            return self.web.redirect(request, sign_in_url(HOME))
        if journey.steps:
            step = journey.steps[0]
            prompt = "switch_account=auth_prompt&" if step == "assert" else ""
            return self.web.redirect(
                request, f"{ROOT}{_SCREENS[step]}?{prompt}arb={journey.reference}"
            )
        session.journey = None
        if self.web.state.blocked_account:
            return self.web.redirect(request, HOME)
        session.auth = secrets.token_hex(16)
        session.account = journey.account
        session.sign_ins += 1
        session.documents = 0
        return self.web.redirect(request, journey.return_to)

    def step(self, request: Request, *names: str) -> Journey | None:
        """Return the journey, if it stands at one of these steps."""
        journey = self.web.session(request).journey
        return (
            journey if journey is not None and journey.steps and journey.steps[0] in names else None
        )

    async def form(self, request: Request) -> FormData | None:
        """Return the posted form, if its token was issued to this session."""
        form = await request.form()
        return form if form.get("appActionToken") in self.web.session(request).tokens else None

    def refused(self, request: Request) -> Response:
        """Return the answer to a form without a good token."""
        return self.web.page(
            request, "plain.html", 403, title="Forbidden", text="The request was not accepted."
        )

    def page(self, request: Request, name: str, **values: object) -> Response:
        """Return a screen of the sign-in, with a serial of its own."""
        serial = self.web.state.new_serial(self.web.session(request))
        known: dict[str, Any] = {"serial": serial, "error": "", "journey": None, **values}
        return self.web.page(request, name, **known)


class SignIn(Steps):
    """The endpoints of this room."""

    async def show(self, request: Request) -> Response:
        """Return the first screen, or the password asked again after a switch of accounts."""
        if (wall := self.web.wall(request)) is not None:
            return wall
        if request.query_params.get("switch_account") == "auth_prompt":
            journey = self.step(request, "assert")
            return (
                self._password(request, journey.email or "", asked_again=True)
                if journey
                else self.onward(request)
            )
        back = request.query_params.get("openid.return_to")
        if not back:
            text = "We're sorry. The Web address you entered is not a functioning page on our site."
            return self.web.page(
                request, "plain.html", 404, title="Looking for Something?", text=text
            )
        session = self.web.session(request)
        session.journey = Journey(safe_return(back))
        if self.web.state.remembered or self.web.signed_in(request):
            session.journey.email = self.web.state.email
            return self._password(request, self.web.state.email, remembered=True)
        return self._email(request)

    async def submit(self, request: Request) -> Response:
        """Take what the classic screens post, the e-mail or the password."""
        form = await self.form(request)
        if form is None:
            return self.refused(request)
        if form.get("ap-credential-autofill-hint"):
            self.web.forbid("the password typed into a decoy")
        if form.get("appAction") == "SIGNIN_PWD_COLLECT":
            return self._take_email(request, str(form.get("email", "")))
        return self._take_password(
            request, str(form.get("password", "")), str(form["appActionToken"])
        )

    async def claim(self, request: Request) -> Response:
        """Return what the newer first screen posts."""
        form = await self.form(request)
        return (
            self.refused(request)
            if form is None
            else self._take_email(request, str(form.get("email", "")))
        )

    async def switcher(self, request: Request) -> Response:
        """Return the choice of account."""
        if self.step(request, "switcher") is None:
            return self.onward(request)
        return self.page(request, "switcher.html")

    async def switch(self, request: Request) -> Response:
        """Answer the choice of one account."""
        form = await self.form(request)
        journey = self.step(request, "switcher")
        if form is None or journey is None:
            return self.refused(request)
        journey.account = "business" if form.get("switchToken") == "business" else "personal"
        journey.steps.pop(0)
        if self.web.state.switcher == "ask_password" and journey.account == "business":
            journey.steps.insert(0, "assert")
        return self.onward(request)

    async def nag(self, request: Request) -> Response:
        """Answer a page that would like a telephone number or a passkey."""
        journey = self.step(request, "phone", "passkey")
        if journey is None:
            return self.onward(request)
        return self.page(request, "nag.html", kind=journey.steps[0], reference=journey.reference)

    async def skip(self, request: Request) -> Response:
        """Answer a nag that was declined."""
        journey = self.step(request, "phone", "passkey")
        if request.method == "POST" and await self.form(request) is None:
            return self.refused(request)
        if journey is not None:
            journey.steps.pop(0)
        return self.onward(request)

    async def add_phone(self, request: Request) -> Response:
        """Answer a telephone number that was given."""
        self.web.forbid("a telephone number added")
        return await self.skip(request)

    async def make_passkey(self, request: Request) -> Response:
        """Answer the setting up of a passkey."""
        self.web.forbid("a passkey set up")
        return await self.skip(request)

    async def use_passkey(self, request: Request) -> Response:
        """Answer a sign-in with a passkey that was begun."""
        self.web.forbid("a sign-in with a passkey begun")
        return self.web.json(request, {"error": "no passkey"}, 400)

    async def register(self, request: Request) -> Response:
        """Answer the creation of an account."""
        self.web.forbid("an account created")
        return self.web.page(
            request, "plain.html", title="Create account", text="Create your account."
        )

    async def forgot(self, request: Request) -> Response:
        """Answer the wish to reset the password."""
        self.web.forbid("a password reset begun")
        return self.web.page(
            request, "plain.html", title="Password assistance", text="Password assistance"
        )

    async def old_address(self, request: Request) -> Response:
        """Redirect an old address to a good one."""
        return self.web.redirect(request, sign_in_url(HOME))

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        self.web.session(request).sign_out()
        return self.web.redirect(request, sign_in_url(HOME))

    def _email(self, request: Request, error: str = "", email: str = "") -> Response:
        name = "email_claim.html" if self.web.state.email_shape == "claim" else "email_classic.html"
        return self.page(request, name, error=error, email=email)

    def _password(
        self,
        request: Request,
        email: str,
        error: str = "",
        *,
        remembered: bool = False,
        asked_again: bool = False,
    ) -> Response:
        return self.page(
            request,
            "password.html",
            email=email,
            error=error,
            remembered=remembered,
            asked_again=asked_again,
        )

    def _take_email(self, request: Request, email: str) -> Response:
        state = self.web.state
        journey = self.web.session(request).journey
        if journey is None:
            return self.onward(request)
        if state.sso:
            return self.page(request, "sso.html", email=email)
        known = email.strip().lower() == state.email and state.unknown_email == "no"
        if known:
            journey.email = state.email
            return self._password(request, state.email)
        if state.unknown_email == "intent" or (
            state.unknown_email == "no" and state.email_shape == "claim"
        ):
            return self.page(request, "intent.html", email=email)
        return self._email(request, "We cannot find an account with that email address", email)

    def _take_password(self, request: Request, password: str, serial: str) -> Response:
        web = self.web
        state = self.web.state
        session = self.web.session(request)
        journey = session.journey
        if journey is None or journey.email is None:
            return self.onward(request)
        web.oracle.saw(PASSWORD_TYPED, request.url.hostname or "", serial)
        asked_again = bool(journey.steps) and journey.steps[0] == "assert"
        if state.password_result in _ALERTS:
            text = _ALERTS[state.password_result]
            return self._password(request, journey.email, text, asked_again=asked_again)
        if state.password_result == "wrong" or password != state.password:
            return self._password(
                request, journey.email, "Your password is incorrect", asked_again=asked_again
            )
        if asked_again:
            journey.steps.pop(0)
        else:
            journey.account = session.account or "business"
            journey.steps = self._steps(request, session)
        return self.onward(request)

    def _steps(self, request: Request, session: Session) -> list[str]:
        """Return the screens between the password and the page that was wanted."""
        state = self.web.state
        steps: list[str] = []
        if state.challenge in ("cvf_captcha", "aamation", "acic"):
            steps.append(state.challenge)
        known = self.web.signed_in(request) or request.cookies.get(TRUST_COOKIE) in state.trusted
        if state.mfa != "none" and not known:
            steps += [state.mfa] + (["totp"] if state.mfa == "device_choice" else [])
        if state.switcher != "none" and session.account is None:
            steps.append("switcher")
        return steps + ["phone"] * state.phone_nag + ["passkey"] * state.passkey_nag
