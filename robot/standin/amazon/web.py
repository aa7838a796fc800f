"""What every part of Amazon's stand-in shares.

Sessions and cookies, the walls before a page, and how a page is made.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from robot.standin.amazon.state import AmazonState, Session
from robot.standin.hosts import AMAZON
from robot.standin.oracle import FORBIDDEN, Oracle

if TYPE_CHECKING:
    from starlette.requests import Request

ROOT: Final = f"https://{AMAZON}"
PAGES: Final = Path(__file__).parent / "pages"
#: Walls that stand before every page until the browser has passed them.
_WALLS: Final = ("captcha", "waf", "continue_shopping", "akamai")
_OPENID: Final = {
    "openid.pape.max_auth_age": "0",
    "openid.identity": "http://specs.openid.net/auth/2.0/identifier_select",
    "openid.assoc_handle": "usflex",
    "openid.mode": "checkid_setup",
    "openid.claimed_id": "http://specs.openid.net/auth/2.0/identifier_select",
    "openid.ns": "http://specs.openid.net/auth/2.0",
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@dataclass(slots=True)
class Web:
    """Amazon, as the rooms see it."""

    state: AmazonState
    oracle: Oracle
    environment: Environment = field(default_factory=_environment)

    def session(self, request: Request) -> Session:
        """Return the browser's session, begun if it has none."""
        if not hasattr(request.state, "session"):
            known = self.state.sessions.get(request.cookies.get("session-id", ""))
            request.state.session = known or self.state.new_session()
        found: Session = request.state.session
        return found

    def signed_in(self, request: Request) -> bool:
        """Tell whether the request carries the cookies of a session that is signed in."""
        session = self.session(request)
        return session.account is not None and request.cookies.get("at-main") == session.auth

    def page(self, request: Request, name: str, status: int = 200, **values: object) -> Response:
        """Return the rendered page, with the session's cookies."""
        session = self.session(request)
        known: Mapping[str, object] = {
            "session": session,
            "state": self.state,
            "signed_in": self.signed_in(request),
            "url": str(request.url),
            "token": secrets.token_urlsafe(8),
        }
        html = self.environment.get_template(name).render({**known, **values})
        return self.with_cookies(request, HTMLResponse(html, status))

    def redirect(self, request: Request, to: str, status: int = 302) -> Response:
        """Return a redirect, with the session's cookies."""
        return self.with_cookies(request, RedirectResponse(to, status))

    def json(self, request: Request, content: object, status: int = 200) -> Response:
        """Return a JSON answer, with the session's cookies."""
        return self.with_cookies(request, JSONResponse(content, status))

    def with_cookies(self, request: Request, response: Response) -> Response:
        """Return the response with the cookies of this session and its user."""
        session = self.session(request)
        wanted = {"session-id": session.id, "ubid-main": session.ubid}
        if session.account is not None:
            wanted |= {
                "x-main": f"x-{session.auth}",
                "at-main": session.auth,
                "sess-at-main": f"s-{session.auth}",
            }
        for name, value in wanted.items():
            if request.cookies.get(name) != value:
                hidden = name in ("at-main", "sess-at-main")
                response.set_cookie(
                    name, value, max_age=31536000, secure=True, httponly=hidden, samesite="lax"
                )
        return response

    def wall(self, request: Request) -> Response | None:
        """Return the challenge page that this session has not passed yet."""
        challenge = self.state.challenge
        if challenge not in _WALLS or challenge in self.session(request).passed:
            return None
        return self.challenge(request, challenge, challenge)

    def challenge(self, request: Request, kind: str, mark: str) -> Response:
        """Answer one challenge page.

        Passing it puts ``mark`` among the things that this session has passed.
        """
        session = self.session(request)
        if kind == "waf" and request.cookies.get("aws-waf-token") == mark.replace(":", "-"):
            session.passed.add(mark)
        if kind == "akamai" and request.query_params.get("bm-verify") == session.csrf:
            session.passed.add(mark)
        if mark in session.passed:
            return self.redirect(request, _without(str(request.url), "bm-verify"))
        status = 202 if kind == "waf" else 200
        return self.page(
            request,
            "challenge.html",
            status,
            kind=kind,
            mark=mark,
            back=_path(str(request.url)),
            waf_token=mark.replace(":", "-"),
            verify=_with(str(request.url), "bm-verify", session.csrf),
        )

    def to_sign_in(self, request: Request, back: str | None = None) -> Response:
        """Send the browser to the sign-in.

        It leads back to the page that was asked for (or to ``back``).
        """
        return self.redirect(request, sign_in_url(back or ROOT + _path(str(request.url))))

    def gate(self, request: Request) -> Response | None:
        """Return what a page for signed-in users answers instead of itself.

        None where nothing is in the way. Counts the documents of the session, for ``expire_after``.
        """
        if (wall := self.wall(request)) is not None:
            return wall
        session = self.session(request)
        session.documents += 1
        limit = self.state.expire_after
        if limit is not None and session.account is not None and session.documents > limit:
            session.sign_out()
            self.state.expire_after = None
        if self.signed_in(request):
            return None
        if self.state.signed_out_home == "everywhere" or (
            self.state.signed_out_home == "order" and "/order-details" in request.url.path
        ):
            return self.page(request, "home.html", tablet=self.state.tablet_home)
        return self.to_sign_in(request)

    def forbid(self, what: str) -> None:
        """Note a thing that nobody may press."""
        self.oracle.saw(FORBIDDEN, AMAZON, what)


def sign_in_url(back: str) -> str:
    """Return the sign-in's address with its openid parameters.

    ``back`` is absolute.
    """
    return f"{ROOT}/ap/signin?" + urlencode({**_OPENID, "openid.return_to": back})


def safe_return(url: str) -> str:
    """Return ``url`` where it leads to Amazon itself, else the home page."""
    parts = urlsplit(url)
    own = (
        parts.scheme in ("", "https")
        and parts.netloc in ("", AMAZON)
        and parts.path.startswith("/")
    )
    return ROOT + _path(url) if own else ROOT + "/?ref_=nav_signin"


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _with(url: str, name: str, value: str) -> str:
    joint = "&" if urlsplit(url).query else "?"
    return f"{_path(url)}{joint}{name}={quote(value)}"


def _without(url: str, name: str) -> str:
    parts = urlsplit(url)
    query = {k: v for k, v in parse_qs(parts.query).items() if k != name}
    return parts.path + (f"?{urlencode(query, doseq=True)}" if query else "")
