"""The way out: a relay on loopback that the browser's connections go through, so that a press goes out on a new one.

Chromium sends a request again of itself, a POST too, when a connection that it had used or kept ready breaks without
an answer; on a connection that was opened for the request it does not. Only who holds the connections can close them,
so the browser reaches every site through CONNECT tunnels of this relay. TLS stays between the browser and the site.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from robot.problems import BadSettings

_T = TypeVar("_T")

_DIAL_SECONDS = 20.0
_CLOSE_SECONDS = 5.0
_LONGEST_HEAD = 16_384
_OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _End(asyncio.Protocol):
    """One end of a tunnel: what arrives here leaves at ``other``. Until there is one, a head is read for ``heard``."""

    def __init__(self, ends: set[_End], heard: Callable[[bytes], None]) -> None:
        self.other: _End | None = None
        self.head = b""
        self._ends = ends
        self._heard = heard
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy: loops make no other for TCP
        self.transport = transport
        self.socket: socket.socket = transport.get_extra_info("socket")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ends.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.send(data)
            return
        self.head += data
        if b"\r\n\r\n" in self.head or len(self.head) > _LONGEST_HEAD:
            self.transport.pause_reading()
            self._heard(self.head)

    def send(self, data: bytes) -> None:
        """Write, unless this end is closing."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def join(self, far: _End, rest: bytes) -> None:
        """Become a tunnel; ``rest`` came after this end's head."""
        self.other, far.other = far, self
        self.send(_OPENED + far.head)
        far.send(rest)
        for end in (self, far):
            if end.transport.is_closing():
                self.cut()
                far.cut()
            end.transport.resume_reading()

    def eof_received(self) -> bool:
        self._ended = True
        if self.other is None:
            return False
        if self.other._ended:  # noqa: SLF001 - its own kind
            self.other.transport.close()
            return False
        with contextlib.suppress(OSError):
            self.other.transport.write_eof()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self._ends.discard(self)
        if self.other is None:
            self._heard(b"")
        elif error is None:
            self.other.transport.close()
        else:
            self.other.cut()

    def cut(self) -> None:
        """Reset: nobody shall take what was sent so far for the whole."""
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()


class Relay:
    """A CONNECT proxy on 127.0.0.1, in a thread of its own, for programs of this user only.

    With ``resolve`` (host to "address:port") those hosts are dialled there and no other is; without it any host, on
    port 443, through the proxy that HTTPS_PROXY names if it does. All else gets a 502, ``http://`` addresses too.
    A password can't keep others out: to answer the question for one, Playwright has to hold up every single request.
    """

    def __init__(self, resolve: Mapping[str, str]) -> None:
        self.server = ""
        self._resolve = {host.lower(): address for host, address in resolve.items()}
        self._proxy = None if resolve else _environment_proxy()
        self._ends: set[_End] = set()
        self._dials: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    def start(self) -> Relay:
        """Listen; ``server`` then is the address for the browser."""
        self._thread.start()
        self._do(self._listen(), _CLOSE_SECONDS)
        return self

    def stop(self) -> None:
        """Close everything and end the thread. May be called twice."""
        if self._thread.is_alive():
            self._do(self._leave(), None)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    def fresh(self) -> int:
        """Close every tunnel, those being dialled too; the number. When this returns, the browser has been told."""
        return self._do(self._close_all(), _CLOSE_SECONDS) if self._thread.is_alive() else 0

    def _do(self, work: Coroutine[Any, Any, _T], seconds: float | None) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    # --- everything below runs in the relay's thread -------------------------------------------------------------------

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(self._browser_end, "127.0.0.1", 0)
        self.server = f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    async def _leave(self) -> None:
        self._listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._close_all()
        await self._loop.shutdown_default_executor()

    async def _close_all(self) -> int:
        dials, ends = list(self._dials), list(self._ends)
        for dial in dials:
            dial.cancel()
        for end in ends:
            end.cut()
        await asyncio.gather(*dials, return_exceptions=True)
        while not self._ends.isdisjoint(ends):
            await asyncio.sleep(0)
        return len(dials) + sum(end.other is not None for end in ends) // 2

    def _browser_end(self) -> _End:
        def heard(head: bytes) -> None:
            if head:
                dial = self._loop.create_task(self._tunnel(near, head))
                self._dials.add(dial)
                dial.add_done_callback(self._dials.discard)

        near = _End(self._ends, heard)
        return near

    async def _tunnel(self, near: _End, head: bytes) -> None:
        asked, _, rest = head.partition(b"\r\n\r\n")
        try:
            method, target = asked.decode("latin-1").split(" ")[:2]
            if method != "CONNECT" or not _is_ours(near.socket):
                raise ConnectionRefusedError
            async with asyncio.timeout(_DIAL_SECONDS):
                far = await self._dial(target)
        except (OSError, ValueError):
            near.send(_REFUSED)
            near.transport.close()
        else:
            near.join(far, rest)

    async def _dial(self, target: str) -> _End:
        host, _, port = target.lower().rpartition(":")
        if self._resolve:
            host, _, port = self._resolve.get(host, "").rpartition(":")
        elif port != "443":
            raise ConnectionRefusedError
        if not host:
            raise ConnectionRefusedError
        if self._proxy is None or proxy_bypass(host):
            return await self._connect(host.strip("[]"), int(port), lambda _head: None)
        return await self._through(self._proxy, f"{host}:{port}")

    async def _connect(self, host: str, port: int, heard: Callable[[bytes], None]) -> _End:
        _, end = await self._loop.create_connection(
            lambda: _End(self._ends, heard), host, port, happy_eyeballs_delay=0.25
        )
        return end

    async def _through(self, proxy: SplitResult, target: str) -> _End:
        answer: asyncio.Queue[bytes] = asyncio.Queue()
        far = await self._connect(proxy.hostname or "", proxy.port or 80, answer.put_nowait)
        ask = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
        if proxy.username is not None:
            who = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
            ask += f"Proxy-Authorization: Basic {base64.b64encode(who).decode()}\r\n"
        far.send(f"{ask}\r\n".encode("latin-1"))
        head, _, far.head = (await answer.get()).partition(b"\r\n\r\n")
        if head.split(b" ")[1:2] != [b"200"]:
            far.cut()
            raise ConnectionRefusedError
        return far


def _environment_proxy() -> SplitResult | None:
    named = getproxies_environment().get("https")
    if not named:
        return None
    proxy = urlsplit(named if "://" in named else f"http://{named}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise BadSettings(
            "HTTPS_PROXY names a proxy of a kind that can't be used. Nothing was touched.",
            next_step="Make it http://host:port or http://user:password@host:port, or take it out.",
        )
    return proxy


def _is_ours(browser: socket.socket) -> bool:
    """Whether the program at the other end runs as this user; where the system does not tell (not Linux), True."""
    theirs, here = (f"{end[1]:04X}" for end in (browser.getpeername(), browser.getsockname()))
    for table in ("tcp", "tcp6"):
        try:
            rows = [line.split() for line in Path("/proc/net", table).read_text("ascii").splitlines()[1:]]
        except OSError:
            continue
        ends = [(row[7], row[1][-4:], row[2][-4:]) for row in rows]
        if any(uid != str(os.geteuid()) for uid, local, remote in ends if (local, remote) == (theirs, here)):
            return False
    return True
