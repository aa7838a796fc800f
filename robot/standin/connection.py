"""The connection under a request, and how it is dropped.

Chromium resends a request of itself, a POST too, when a connection that it had used before breaks
without an answer. So a drop on such a connection would go unnoticed by the page, and a request
would reach the site twice for one press. A fault that is to be felt waits for the resend on a new
connection; and a POST whose answer was thrown away is not put to the site a second time when its
resend comes.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from robot.standin.faults import SiteFault


#: A resend comes within milliseconds; a person or a robot that tries again takes longer.
_RESEND_SECONDS = 1.0

Struck = dict[str, "SiteFault"]
#: What tells a resend: method, address, cookies, body.
Key = tuple[str, bytes, bytes, bytes]


@dataclass(slots=True)
class Connections:
    """What is known of the connections of one server."""

    _used: weakref.WeakSet[asyncio.Transport] = field(default_factory=weakref.WeakSet)
    _waiting: dict[Key, tuple[float, Struck]] = field(default_factory=dict)
    _answered: dict[Key, float] = field(default_factory=dict)

    def is_resend(self, key: Key) -> bool:
        """Tell whether the browser sends a POST again whose answer was thrown away."""
        return key[0] == "POST" and time.monotonic() < self._answered.get(key, 0.0)

    def waiting(self, key: Key) -> Struck | None:
        """Return the faults that waited for this request on a new connection."""
        until, struck = self._waiting.pop(key, (0.0, {}))
        return struck if time.monotonic() < until else None

    def defer(self, key: Key, scope: Scope, send: Send, struck: Struck) -> bool:
        """Tell whether a drop is to wait for the resend.

        Notes that this connection has been used.
        """
        transport = _transport(send)
        reused = transport in self._used
        self._used.add(transport)
        drops = "reset" in struck or "lost_reply" in struck
        if drops and reused and any(name == b"sec-fetch-mode" for name, _ in scope["headers"]):
            self._waiting[key] = time.monotonic() + _RESEND_SECONDS, struck
            return True
        return False

    def answer_lost(self, key: Key) -> None:
        """Note that the site was asked, and that its answer is being thrown away."""
        self._answered[key] = time.monotonic() + _RESEND_SECONDS


async def drop(receive: Receive, send: Send) -> None:
    """Drop the TCP connection with a reset, with nothing answered."""
    transport = _transport(send)
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


def _transport(send: Send) -> asyncio.Transport:
    # uvicorn hands its request cycle's bound ``send`` to the app; there is no public way to the
    # socket.
    found: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return found


async def read_ahead(scope: Scope, receive: Receive) -> tuple[Key, Receive]:
    """Return what tells this request's resend, and a ``receive`` for the app.

    That gives the app the body that was read here.
    """
    headers = dict(scope["headers"])
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    kept: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return kept.pop() if kept else await receive()

    path = headers.get(b"host", b"") + scope["raw_path"] + b"?" + scope["query_string"]
    return (scope["method"], path, headers.get(b"cookie", b""), body), again
