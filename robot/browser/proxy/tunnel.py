"""A tunnel's two ends, and the guard between them while a press is under way.

The guard shuts off a site that hangs up.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

#: How long (s) what looks like a site's goodbye in TLS is held back: if more follows, it was none.
_GOODBYE_SECONDS = 0.05
_LONGEST_HEAD = 16_384
#: So many bytes (in TLS) from a site since it was last sent any are an answer; less is a goodbye.
_ANSWER = 64
#: In TLS, how the browser's last part of the handshake begins, and data.
_HANDSHAKE_ENDS = b"\x14\x03\x03\x00\x01\x01"
_APPLICATION_DATA = b"\x17"
_MOST_TICKETS = 2


@dataclass(slots=True)
class PressGuard:
    """Knows the open ends, and what is let out.

    While ``pressing``, nothing more goes to a site ("host:port") that hung up.
    """

    pressing: bool = False
    shut: set[str] = field(default_factory=set)
    ends: set[TunnelEnd] = field(default_factory=set)

    def peer_closed(self, site: str) -> None:
        """Note that the site hung up, which the browser does not know yet."""
        if self.pressing:
            self.shut.add(site)


class TunnelEnd(asyncio.Protocol):
    """One end of a tunnel to ``site``, where what arrives leaves at ``other``."""

    def __init__(self, guard: PressGuard, site: str = "") -> None:
        self.guard = guard
        self.site = site
        self.other: TunnelEnd | None = None
        self.gone = asyncio.Event()
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio calls this, as it does the others that say nothing."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP has no other
        self.transport = transport
        self.socket: socket.socket = transport.get_extra_info("socket")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.guard.ends.add(self)

    def data_received(self, data: bytes) -> None:  # noqa: D102
        if self.other is not None:
            self.other.send(data)

    def send(self, data: bytes) -> None:
        """Write, unless this end is closing."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def reset(self) -> None:
        """Reset the connection, so that nobody takes what was sent so far for the whole."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def eof_received(self) -> bool:  # noqa: D102
        self._ended = True
        if self.other is None:
            return False
        if self.other._ended:  # noqa: SLF001 - its own kind
            self.other.transport.close()
            return False
        with contextlib.suppress(OSError):
            self.other.transport.write_eof()
        return True

    def connection_lost(self, error: Exception | None) -> None:  # noqa: D102
        self.guard.ends.discard(self)
        self.gone.set()
        if self.other is not None:
            if error is None:
                self.other.transport.close()
            else:
                self.other.reset()

    def pause_writing(self) -> None:  # noqa: D102
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:  # noqa: D102
        if self.other is not None:
            self.other.transport.resume_reading()


class BrowserEnd(TunnelEnd):
    """The browser's end.

    ``asked`` gets the head of its request.
    """

    def __init__(self, guard: PressGuard, asked: Callable[[BrowserEnd, bytes], None]) -> None:
        super().__init__(guard)
        self._asked = asked
        self._head = b""

    def data_received(self, data: bytes) -> None:  # noqa: D102
        if self.other is None:
            self._head += data
            if b"\r\n\r\n" in self._head or len(self._head) > _LONGEST_HEAD:
                self.transport.pause_reading()
                self._asked(self, self._head)
        elif self.site in self.guard.shut:
            self.reset()
        else:
            self.other.send(data)


class SiteEnd(TunnelEnd):
    """The site's end.

    The guard learns before the browser does that the site hung up without having answered.
    """

    _held = b""
    _answered = 0
    _tickets = 0
    _ticket_size = 0

    def send(self, data: bytes) -> None:  # noqa: D102
        if data.startswith(_HANDSHAKE_ENDS):
            self._tickets = _MOST_TICKETS
        self._answered = 0
        super().send(data)

    def data_received(self, data: bytes) -> None:  # noqa: D102
        self._let_go()
        if self.guard.pressing and self._answered + len(data) < _ANSWER and _is_goodbye(data):
            self._held = data
            asyncio.get_running_loop().call_later(_GOODBYE_SECONDS, self._still_held)
        else:
            if not self._is_handshake(data):
                self._answered += len(data)
            super().data_received(data)

    def _is_handshake(self, data: bytes) -> bool:
        """Return whether this still belongs to the handshake.

        It is its end, or session tickets, which a server sends unasked. Tickets come first, one or
        two, and of one size; but for that they look like an answer.
        """
        if not self._tickets:
            return False
        sizes = _record_sizes(data)
        if data[:1] == _APPLICATION_DATA:
            same = {*sizes, self._ticket_size or sizes[0]} == {sizes[0]}
            self._tickets = (
                self._tickets - len(sizes) if same and len(sizes) <= self._tickets else 0
            )
            self._ticket_size = sizes[0]
            return same and len(sizes) <= _MOST_TICKETS
        return True

    def eof_received(self) -> bool:  # noqa: D102
        self._hung_up()
        self._let_go()
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: D102
        if error is not None:
            self._hung_up()
        self._let_go()
        super().connection_lost(error)

    def _still_held(self) -> None:
        if self._held:
            self._hung_up()
            self._let_go()

    def _hung_up(self) -> None:
        # Many a site closes after each answer: only an unanswered request would be sent again by
        # the browser.
        if self._answered < _ANSWER:
            self.guard.peer_closed(self.site)

    def _let_go(self) -> None:
        held, self._held = self._held, b""
        if held:
            super().data_received(held)


def _record_sizes(data: bytes) -> list[int]:
    """Return the sizes of the TLS records in ``data``, which begins with one."""
    sizes = []
    at = 0
    while at + 5 <= len(data):
        sizes.append(int.from_bytes(data[at + 3 : at + 5]))
        at += 5 + sizes[-1]
    return sizes or [0]


def _is_goodbye(data: bytes) -> bool:
    """Return whether this may end with a TLS alert.

    At one, Chromium takes the connection for broken before it is. In TLS 1.3 an alert looks like
    two bytes of anything else.
    """
    return data[-24:-19] == b"\x17\x03\x03\x00\x13" or b"\x15\x03\x03\x00" in data[-40:]
