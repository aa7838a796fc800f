"""The outermost part of the console, which checks where a request comes from.

Other pages of the same browser can send requests to this machine, also under a name of their own
that they lead here (DNS rebinding). So Host must be ours, and Origin and Sec-Fetch-Site must say
that one of our pages asks, or nobody's.
"""

from __future__ import annotations

import secrets
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


class Guard:
    """Lets through what one of our own pages asks.

    It puts our headers on every answer.

    ``hosts`` are the values of Host that are ours.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        """Stand before ``app``."""
        self._app = app
        self._hosts = hosts

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
        refusal = self._refusal(scope["method"], headers)
        if refusal is not None and refusal.status_code == 413:
            await _drain(receive)
        app = self._app if refusal is None else refusal
        await app(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "").lower()
        if host not in self._hosts:
            return PlainTextResponse("There is no such host here.", 421)
        origin = headers.get("origin")
        if origin != f"http://{host}" and (origin is not None or method not in _SAFE):
            return PlainTextResponse("Another page asked for that.", 403)
        if not _is_own(method, headers):
            return PlainTextResponse("Another page asked for that.", 403)
        if method not in _SAFE:
            return _too_large(headers.get("content-length"))
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


def _too_large(length: str | None) -> PlainTextResponse | None:
    if length is None or not length.isdecimal():
        return PlainTextResponse("It was not said how large that is.", 411)
    if int(length) > LARGEST:
        most = f"{spreadsheet.LARGEST // 2**20} MB"
        return PlainTextResponse(f"That is larger than {most}. Nothing was taken from it.", 413)
    return None
