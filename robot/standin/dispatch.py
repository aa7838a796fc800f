"""Which stand-in answers a request.

By host name, through the faults, with everything seen noted in the oracle.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse

from robot.standin.clutter import cluttered
from robot.standin.connection import Connections, Struck, drop, read_ahead
from robot.standin.hosts import AMAZON, AMAZON_BUSINESS, CAS, DROP_HEADER, DUO, LOCAL
from robot.standin.oracle import DOCUMENT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from robot.standin.world import World

_SLOW_PIECES: Final = 10


class Dispatch:
    """The outermost ASGI app, over one app a host.

    ``pace`` is added to every answer of a site, in seconds.
    """

    def __init__(
        self, world: World, apps: dict[str, ASGIApp], control: ASGIApp, pace: float = 0.0
    ) -> None:
        self.world = world
        self.control = control
        self.pace = pace
        self._connections = Connections()
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0].lower()
        if host in LOCAL:
            await self.control(scope, receive, _no_store(send))
        elif host not in self._apps:
            await PlainTextResponse("No such stand-in.", 421)(scope, receive, send)
        else:
            await self._site(host, headers, scope, receive, send)

    async def _site(
        self, host: str, headers: dict[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> None:
        key, app_receive = await read_ahead(scope, receive)
        if self._connections.is_resend(key):
            await drop(receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        request = f"{scope['method']} {host}{scope['path']}" + (f"?{query}" if query else "")
        struck = self._connections.waiting(key) or {
            fault.kind: fault for fault in self.world.faults.strike(request)
        }
        if self._connections.defer(key, scope, send, struck):
            await drop(receive, send)
            return
        if headers.get(b"sec-fetch-dest") == b"document":
            self.world.oracle.saw(DOCUMENT, host + scope["path"])
        await asyncio.sleep(self.pace + (struck["latency"].value if "latency" in struck else 0.0))
        if "sign_out" in struck:
            self._sign_out(host)
        if "reset" in struck:
            await drop(receive, send)
        elif "status" in struck:
            status = int(struck["status"].value)
            await PlainTextResponse(f"{status}", status)(scope, receive, _no_store(send))
        else:
            answer = await self._ask(host, scope, app_receive)
            if "lost_reply" in struck or _is_dropped(answer):
                self._connections.answer_lost(key)
                await drop(receive, send)
            else:
                if "clutter" in struck:
                    answer = cluttered(answer, int(struck["clutter"].value))
                await _send(answer, _no_store(send), struck)

    def _sign_out(self, host: str) -> None:
        if host in (AMAZON, AMAZON_BUSINESS):
            self.world.amazon.sign_out()
        elif host in (CAS, DUO):
            self.world.vcu.sign_out_everywhere()
        else:
            self.world.vcu.sign_out()

    async def _ask(self, host: str, scope: Scope, receive: Receive) -> list[Message]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._apps[host](scope, receive, keep)
        return messages


def _is_dropped(answer: list[Message]) -> bool:
    return any(name.lower() == DROP_HEADER.encode() for name, _ in answer[0]["headers"])


async def _send(answer: list[Message], send: Send, struck: Struck) -> None:
    body = b"".join(message.get("body", b"") for message in answer[1:])
    await send(answer[0])
    if "slow_body" in struck:
        size = max(1, -(-len(body) // _SLOW_PIECES))
        for at in range(0, len(body), size):
            await asyncio.sleep(struck["slow_body"].value / _SLOW_PIECES)
            await send(
                {"type": "http.response.body", "body": body[at : at + size], "more_body": True}
            )
        body = b""
    await send({"type": "http.response.body", "body": body})


def _no_store(send: Send) -> Send:
    """Return ``send`` with no caching where nothing else is said.

    It adds ``Cache-Control: no-store``.
    """

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return answer
