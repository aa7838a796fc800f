"""RealSource's front door.

The start page, the single sign-on, the home page, and who is signed in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from robot.standin.vcu.documents import OWNER
from robot.standin.vcu.web import CAS_URL, SOLUTIONS_URL, cookie, page, redirect

if TYPE_CHECKING:
    from robot.standin.vcu.state import VcuState

COOKIE: Final = "JSESSIONID"
HOME: Final = "/apps/Router/Home"
_PATH: Final = "/apps"

Page = Callable[[Request], Awaitable[Response]]


def csrf_of(state: VcuState, request: Request) -> str | None:
    """Return the CSRF token of the request's session.

    None when nobody is signed in.
    """
    session = request.cookies.get(COOKIE, "")
    if state.idle_out and session in state.sessions:
        state.idle_out = False
        state.sign_out()
    return state.sessions.get(session)


def to_sign_in(state: VcuState, request: Request) -> Response:
    """Send the browser to the single sign-on.

    Only a page that was asked for with GET is returned to.
    """
    entry = f"/apps/Router/SAMLAuth/{state.instance}"
    if request.method != "GET":
        return redirect(entry)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return redirect(f"{entry}?{urlencode({'RelayState': asked})}")


def only_signed_in(state: VcuState, endpoint: Page) -> Page:
    """Guard a page, whose address leads to the single sign-on without a session."""

    async def guarded(request: Request) -> Response:
        token = csrf_of(state, request)
        if token is None:
            return to_sign_in(state, request)
        request.state.csrf = token
        return await endpoint(request)

    return guarded


def frame(request: Request, search_type: str = "All", terms: str = "") -> dict[str, Any]:
    """Return what the frame around every signed-in page needs."""
    return {"csrf": request.state.csrf, "owner": OWNER, "search_type": search_type, "terms": terms}


class SessionPages:
    """The start page, ``SAMLAuth``, ``Home`` and ``Logout``."""

    def __init__(self, state: VcuState) -> None:
        self._state = state

    def start(self) -> Router:
        """Return the addresses of the start page's host."""
        return Router([Route("/", self._start), Route("/faqs", self._start)])

    def routes(self) -> list[Route]:
        """Return the addresses of the site itself."""
        return [
            Route("/", self._to_home),
            Route("/apps/Router/SAMLAuth/{instance}", self._sign_on),
            Route(HOME, only_signed_in(self._state, self._home)),
            Route("/apps/Router/Logout", self._logout),
        ]

    async def _start(self, _request: Request) -> Response:
        return page("start", entry=f"{SOLUTIONS_URL}/apps/Router/SAMLAuth/{self._state.instance}")

    async def _to_home(self, _request: Request) -> Response:
        return redirect(HOME)

    async def _sign_on(self, request: Request) -> Response:
        if request.path_params["instance"] != self._state.instance:
            return page(
                "realsource_message", 404, title="Unknown organization", text="Check the address."
            )
        asked = request.query_params.get("RelayState", "")
        if not asked.startswith("/apps/Router/"):
            asked = ""
        service = f"{SOLUTIONS_URL}{request.url.path}" + (
            f"?{urlencode({'RelayState': asked})}" if asked else ""
        )
        if self._state.tickets.pop(request.query_params.get("ticket", ""), None) != service:
            return redirect(f"{CAS_URL}/cas/login?service={quote(service, safe='')}")
        response = redirect(asked or HOME)
        cookie(response, COOKIE, self._state.new_session(), _PATH)
        return response

    async def _home(self, request: Request) -> Response:
        recent = list(self._state.purchase_orders.values())[:4]
        return page("realsource_home", **frame(request), recent=recent)

    async def _logout(self, request: Request) -> Response:
        self._state.sessions.pop(request.cookies.get(COOKIE, ""), None)
        response = page(
            "realsource_message", title="You have been logged out", text="Close the browser."
        )
        response.delete_cookie(COOKIE, path=_PATH)
        return response
