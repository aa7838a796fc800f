"""CAS, which leads by a password and Duo to a ticket for a service."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from starlette.routing import Route, Router

from robot.standin.hosts import CAS, REALSOURCE, REALSOURCE_SOLUTIONS
from robot.standin.oracle import FORBIDDEN, PASSWORD_TYPED, Oracle
from robot.standin.vcu.documents import OWNER
from robot.standin.vcu.state import CasFlow, VcuState
from robot.standin.vcu.web import CAS_URL, DUO_URL, cookie, page, redirect

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


_SERVICES: Final = (REALSOURCE_SOLUTIONS, REALSOURCE)
_TGC: Final = "TGC"

#: What CAS says above its form of a password that it does not take.
_ALERTS: Final = {
    "wrong": "Invalid credentials.",
    "locked": "This account has been locked.",
    "unheard": "Sign-in is closed for the fiscal year's end.",
    "in_spanish": "Las credenciales no son válidas.",
}
_ASK: Final = "Please contact the system administrator to regain access."


class _OwnPage(NamedTuple):
    """What CAS says on a page of its own instead.

    Its heading, text, status, and heading's id.
    """

    heading: str
    text: str = _ASK
    status: int = 401
    mark: str = ""


_OWN_PAGES: Final = {
    "locked_page": _OwnPage("This account has been locked.", mark="view-accountlocked-heading"),
    "disabled": _OwnPage("This account has been disabled.", mark="view-accountdisabled-heading"),
    "throttled": _OwnPage(
        "Access Denied",
        "You've entered the wrong password for the user too many times. You've been throttled.",
        423,
    ),
    "bad_hours": _OwnPage(
        "Your account is forbidden to login at this time.", "Please try again later."
    ),
    "expired": _OwnPage("Your password has expired."),
    "must_change": _OwnPage("You must change your password."),
}


class Cas:
    """The pages of login.vcu.edu."""

    def __init__(self, state: VcuState, oracle: Oracle) -> None:
        self._state = state
        self._oracle = oracle

    def routes(self) -> Router:
        """Return the site's addresses."""
        return Router(
            [
                Route("/", self._root),
                Route("/cas/login", self._login, methods=["GET"]),
                Route("/cas/login", self._submit, methods=["POST"]),
                Route("/cas/notice", self._notice, methods=["GET"]),
                Route("/cas/notice", self._notice_passed, methods=["POST"]),
                Route("/cas/password", self._new_password, methods=["GET", "POST"]),
                Route("/cas/logout", self._logout),
            ]
        )

    async def _root(self, _request: Request) -> Response:
        return redirect("/cas/login")

    async def _login(self, request: Request) -> Response:
        query = request.query_params
        if query.get("client_name") == "CasDuoSecurityClient":
            return self._back_from_duo(query.get("state", ""), query.get("duo_code", ""))
        service = query.get("service", "")
        if service and urlsplit(service).hostname not in _SERVICES:
            return page(
                "cas_message",
                403,
                title="Application Not Authorized to Use CAS",
                text="",
                success=False,
            )
        sign_on = request.cookies.get(_TGC, "")
        if sign_on in self._state.sign_ons:
            return self._onward(sign_on, service)
        return self._form(service)

    def _form(
        self, service: str, error: str = "", status: int = 200, username: str = ""
    ) -> Response:
        execution = f"{secrets.token_hex(8)}_{secrets.token_urlsafe(96)}"
        serial = self._state.serial()
        self._state.forms[execution] = (serial, service)
        action = "/cas/login" + (f"?service={quote(service, safe='')}" if service else "")
        return page(
            "cas_login",
            status,
            execution=execution,
            error=error,
            username=username,
            action=action,
            serial=serial,
            language="es" if self._state.password_result == "in_spanish" else "en",
        )

    async def _submit(self, request: Request) -> Response:
        form = await request.form()
        execution = str(form.get("execution", ""))
        password = str(form.get("password", ""))
        username = str(form.get("username", "")).strip()
        serial, service = self._state.forms.pop(execution, ("", ""))
        if password:
            spent = self._state.spent_forms.get(execution, "unknown form")
            self._oracle.saw(PASSWORD_TYPED, CAS, serial or spent)
        if not serial or form.get("_eventId") != "submit":
            asked = request.query_params.get("service", "")
            return self._form(asked, "This form was already used. Sign in again.", 401)
        self._state.spent_forms[execution] = serial
        result = self._state.password_result
        if result in _OWN_PAGES:
            return self._own_page(result)
        if result in _ALERTS and result != "wrong":
            return self._form(service, _ALERTS[result], 401, username)
        right = secrets.compare_digest(password.encode(), self._state.password.encode())
        if result == "wrong" or username != self._state.username or not right:
            return self._form(service, _ALERTS["wrong"], 401, username)
        if self._state.duo == "none":
            return self._signed_on(service)
        state = secrets.token_urlsafe(24)
        self._state.flows[state] = CasFlow(service, username)
        return redirect(
            f"{DUO_URL}/oauth/v1/authorize?"
            + urlencode({"state": state, "redirect_uri": f"{CAS_URL}/cas/login"})
        )

    def _back_from_duo(self, state: str, code: str) -> Response:
        flow = self._state.flows.pop(state, None)
        if flow is None or code not in self._state.duo_codes:
            return self._form("", "The sign-in took too long. Sign in again.", 401)
        self._state.duo_codes.discard(code)
        return self._signed_on(flow.service)

    def _signed_on(self, service: str) -> Response:
        sign_on = f"TGT-{secrets.token_urlsafe(32)}"
        self._state.sign_ons[sign_on] = False
        response = self._onward(sign_on, service)
        cookie(response, _TGC, sign_on, "/cas")
        return response

    def _onward(self, sign_on: str, service: str) -> Response:
        if self._state.interstitial != "none" and not self._state.sign_ons[sign_on]:
            return redirect("/cas/notice?" + urlencode({"service": service}))
        if not service:
            text = "You, canaryv, have successfully logged into the Central Authentication Service."
            return page("cas_message", title="Log In Successful", text=text, success=True)
        ticket = f"ST-{self._state.serial()}-{secrets.token_urlsafe(20)}-login"
        self._state.tickets[ticket] = service
        return redirect(f"{service}{'&' if urlsplit(service).query else '?'}ticket={ticket}")

    async def _notice(self, request: Request) -> Response:
        return page(
            "cas_notice",
            kind=self._state.interstitial,
            service=request.query_params.get("service", ""),
            username=self._state.username,
            person=OWNER,
        )

    async def _notice_passed(self, request: Request) -> Response:
        sign_on = request.cookies.get(_TGC, "")
        form = await request.form()
        service = str(form.get("service", ""))
        if self._state.interstitial in ("consent", "terms"):
            self._oracle.saw(FORBIDDEN, CAS, f"{self._state.interstitial} agreed to")
        if sign_on not in self._state.sign_ons or (
            service and urlsplit(service).hostname not in _SERVICES
        ):
            return redirect("/cas/login")
        self._state.sign_ons[sign_on] = True
        return self._onward(sign_on, service)

    async def _new_password(self, request: Request) -> Response:
        if request.method == "POST":
            self._oracle.saw(FORBIDDEN, CAS, "a password changed")
        return self._own_page("must_change")

    @staticmethod
    def _own_page(kind: str) -> Response:
        own = _OWN_PAGES[kind]
        return page(
            "cas_own", own.status, kind=kind, heading=own.heading, text=own.text, mark=own.mark
        )

    async def _logout(self, request: Request) -> Response:
        self._state.sign_ons.pop(request.cookies.get(_TGC, ""), None)
        response = page(
            "cas_message", title="Logout successful", text="You have logged out.", success=True
        )
        response.delete_cookie(_TGC, path="/cas")
        return response
