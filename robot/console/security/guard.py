"""The outermost part of the console, which checks where a request comes from.

Other pages of the same browser can send requests to this machine, also under a name of their own
that they lead here (DNS rebinding). So Host must be ours, and Origin and Sec-Fetch-Site must say
that one of our pages asks, or nobody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from robot.console.security.headers import FIXED, content_policy
from robot.queue import spreadsheet

#: How large (bytes) what is sent may be, with an uploaded list in it.
LARGEST: Final = spreadsheet.LARGEST + 2**16
#: How much (bytes) of what is too large is read and thrown away, so that the browser, which sends
#: all of it first, hears the answer.
_DRAINED: Final = 64 * 2**20
_SAFE: Final = frozenset({"GET", "HEAD"})
_OWN: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered, and what to do now."""

    status: int
    text: str
    next_step: str


_NOT_HERE: Final = "The console is not under this name. Open it at the address that it printed."
_ANOTHER_PAGE: Final = Refusal(
    403,
    "Another page of your browser asked for that. Nothing was done.",
    "If it was you, open the console itself and do it there.",
)
_UNKNOWN_SIZE: Final = Refusal(
    411,
    "It was not said how large that is. Nothing was taken from it.",
    "Send it from a page of the console.",
)
_TOO_LARGE: Final = Refusal(
    413,
    f"That is larger than {spreadsheet.LARGEST // 2**20} MB. Nothing was taken from it.",
    "Go back and check that it is the right file, or cut the list into parts.",
)


class Guard:
    """Lets through what one of our own pages asks.

    It puts our headers on every answer.

    ``hosts`` are the values of Host that are ours; ``refuse`` gives the page of a refusal, whose
    scripts carry a nonce.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str], refuse: Callable[[Refusal, str], ASGIApp]
    ) -> None:
        """Stand before ``app``."""
        self._app = app
        self._hosts = hosts
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in FIXED.items():
                    headers[name] = value
                headers["content-security-policy"] = content_policy(nonce)
            await send(message)

        headers = Headers(scope=scope)
        app = await self._answerer(scope["method"], headers, receive, nonce)
        await app(scope, receive, send_with_headers)

    async def _answerer(
        self, method: str, headers: Headers, receive: Receive, nonce: str
    ) -> ASGIApp:
        """Return what answers a request, which is the application or a refusal."""
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            # Who owns the name could read it, so that it is no page of ours.
            return PlainTextResponse(_NOT_HERE, 421)
        refusal = _refusal(method, host, headers)
        if refusal is None:
            return self._app
        if refusal is _TOO_LARGE:
            await _drain(receive)
        return self._refuse(refusal, nonce)


def _refusal(method: str, host: str, headers: Headers) -> Refusal | None:
    origin = headers.get("origin")
    if origin != f"http://{host}" and (origin is not None or method not in _SAFE):
        return _ANOTHER_PAGE
    if not _is_own(method, headers):
        return _ANOTHER_PAGE
    if method not in _SAFE:
        return _wrong_size(headers.get("content-length"))
    return None


async def _drain(receive: Receive) -> None:
    left = _DRAINED
    more = True
    while more and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        more = message.get("more_body", False)


def _is_own(method: str, headers: Headers) -> bool:
    """Tell whether one of our pages asks, or somebody followed a link.

    It is what the browser says.
    """
    if headers.get("sec-fetch-site", "none") in _OWN:
        return True
    follows_link = headers.get("sec-fetch-mode") == "navigate"
    return method in _SAFE and follows_link and headers.get("sec-fetch-dest") == "document"


def _wrong_size(length: str | None) -> Refusal | None:
    if length is None or not length.isdecimal():
        return _UNKNOWN_SIZE
    return _TOO_LARGE if int(length) > LARGEST else None
