"""The way out: a relay on loopback that the browser's connections go through, so that a press goes out on a new one.

Chromium sends a request again of itself, a POST too, when a connection that it had used or kept ready before breaks
without an answer; on a connection opened for that request it does not. Only who holds the connections can close
them, so the browser reaches every site through CONNECT tunnels of this relay. TLS stays between browser and site.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment

#: The longest (s) that a dial, or closing what is open, may take.
_DIAL_SECONDS, _CLOSE_SECONDS = 20.0, 5.0
_LONGEST_HEAD = 16_384
_OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _End(asyncio.Protocol):
    """One end of a tunnel: what arrives here leaves at ``other``. Before there is one, ``heard`` gets the head."""

    def __init__(self, ends: set[_End], heard: Callable[[bytes], None]) -> None:
        self.other: _End | None = None
        self.ended = False
        self._ends = ends
        self._heard = heard
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.socket: socket.socket = transport.get_extra_info("socket")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ends.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            if not self.other.transport.is_closing():
                self.other.transport.write(data)
            return
        self._head += data
        if b"\r\n\r\n" in self._head or len(self._head) > _LONGEST_HEAD:
            self.transport.pause_reading()
            self._heard(self._head)

    def eof_received(self) -> bool:
        self.ended = True
        if self.other is None or self.other.ended:
            self.hang_up()
        elif not self.other.transport.is_closing():
            self.other.transport.write_eof()
        return True

    def hang_up(self) -> None:
        """Close both ends, each after what is still to be sent."""
        for end in (self, self.other):
            if end is not None:
                end.transport.close()

    def cut(self) -> None:
        """Reset this end: what it was being sent is not to be taken for whole."""
        if not self.transport.is_closing():
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._ends.discard(self)
        if self.other is None:
            self._heard(b"")
        elif error is None:
            self.other.transport.close()
        else:
            self.other.cut()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()


class Relay:
    """A CONNECT proxy in a thread of its own, on 127.0.0.1, for the browsers of this process's user only.

    With ``resolve`` (host to "address:port") just those hosts are dialled, there; without, any host, on port 443 and
    through the proxy that HTTPS_PROXY names, if any. All else is answered with 502, ``http://`` addresses too. A password
    would not do to keep others out: Playwright answers the browser's question for one by pausing every request.
    """

    def __init__(self, resolve: Mapping[str, str]) -> None:
        self.server = ""
        self._resolve = {host.lower(): address for host, address in resolve.items()}
        self._ends: set[_End] = set()
        self._dials: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._listener: asyncio.Server | None = None

    def start(self) -> Relay:
        """Listen; ``server`` is the address for the browser."""
        self._thread.start()
        self._do(self._listen())
        return self

    def stop(self) -> None:
        """Close everything and end the thread. May be called twice."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            self._do(self._leave())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def fresh(self) -> int:
        """Close every tunnel, also those being dialled; the browser has been told when this returns. How many they were."""
        return self._do(self._close_all())

    # --- everything below runs in the relay's thread -------------------------------------------------------------------

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CLOSE_SECONDS)

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(self._browser_end, "127.0.0.1", 0)
        self.server = "http://127.0.0.1:{1}".format(*self._listener.sockets[0].getsockname())

    async def _leave(self) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._close_all()
        await asyncio.wait_for(self._loop.shutdown_default_executor(), _CLOSE_SECONDS)

    async def _close_all(self) -> int:
        dials, ends = list(self._dials), list(self._ends)
        for dial in dials:
            dial.cancel()
        for end in ends:
            end.cut()
        while not self._ends.isdisjoint(ends):
            await asyncio.sleep(0)
        await asyncio.gather(*dials, return_exceptions=True)
        return sum(end.other is not None for end in ends) // 2 + len(dials)

    def _browser_end(self) -> _End:
        def heard(head: bytes) -> None:
            if not head:
                return
            dial = self._loop.create_task(self._tunnel(near, head))
            self._dials.add(dial)
            dial.add_done_callback(self._dials.discard)

        near = _End(self._ends, heard)
        return near

    async def _tunnel(self, near: _End, head: bytes) -> None:
        asked = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        try:
            if len(asked) != 3 or asked[0] != "CONNECT" or not _is_own(near.socket):
                raise ConnectionRefusedError
            far = await asyncio.wait_for(self._dial(asked[1].lower()), _DIAL_SECONDS)
        except (OSError, TimeoutError, ValueError):
            near.transport.write(_REFUSED)
            near.transport.close()
            return
        near.other, far.other = far, near
        near.transport.write(_OPENED)
        if rest := head.partition(b"\r\n\r\n")[2]:
            far.transport.write(rest)
        near.transport.resume_reading()
        far.transport.resume_reading()

    async def _dial(self, target: str) -> _End:
        ...
