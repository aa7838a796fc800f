"""A CONNECT proxy for one browser context, so that no press is sent twice.

Chromium sends a request again of itself, a POST too, when a connection that it had used or kept
ready breaks without an answer. Only who holds the connections can prevent that, so the browser
reaches every site through CONNECT tunnels of this proxy; TLS stays between browser and site. Before
a press all tunnels are closed: what goes out on a connection made for it is not sent again. But a
page's own requests, or a connection made on a guess, may get ahead of the press. So from then on a
site that hangs up without an answer is shut off, before the browser learns of it, until the robot
goes on to another page: what the browser then would send again can't get out.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine, Mapping
from concurrent.futures import CancelledError
from typing import Any, TypeVar
from urllib.parse import urlsplit

from robot.browser.proxy.dialer import Dialer, ProxyRefused, is_same_user, peer_filter
from robot.browser.proxy.tunnel import BrowserEnd, PressGuard, SiteEnd

_T = TypeVar("_T")

_SECONDS = 5.0
_OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """A CONNECT proxy in a thread of its own, for this user's programs only.

    It listens on 127.0.0.1. ``resolve`` is as in Dialer. For a browser at a ``remote`` Playwright
    server (a WebSocket address), it listens where that machine finds this one, and serves that
    machine only: a browser connects to a context's proxy itself, not through Playwright. What it
    may not dial gets a 502, and so does every ``http://`` address. A password is not what keeps
    others out: to answer the question for one, Playwright would hold up every request of the page.
    """

    def __init__(self, resolve: Mapping[str, str], remote: str | None = None) -> None:
        self.server = ""
        #: How often a connection was refused, by host.
        self.refused: Counter[str] = Counter()
        #: What the proxy of HTTPS_PROXY said where it made no connection the last time, else "".
        self.refusal = ""
        self._address, self._may_call = (
            ("127.0.0.1", is_same_user) if remote is None else peer_filter(remote)
        )
        self._stopping = threading.Lock()
        self._dialer = Dialer(resolve)
        self._guard = PressGuard()
        #: Host -> the address that was dialled for it last, where that is the host's own.
        self._servers: dict[str, str] = {}
        self._dials: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def start(self) -> Proxy:
        """Begin to listen.

        ``server`` then is the address for the browser.
        """
        self._thread.start()
        self._do(self._listen(), _SECONDS)
        return self

    def stop(self) -> None:
        """Close everything and end the thread.

        May be called twice, and from any thread.
        """
        with self._stopping:
            if self._thread.is_alive():
                self._do(self._leave(), None)
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
            self._loop.close()

    def reset_connections(self) -> int:
        """Close every tunnel, those being dialled too, and return how many there were.

        From now on a site that hangs up is shut off. When this returns, the browser's side has been
        reset: its next request goes out on a new connection. Raises TimeoutError where that can't
        be, as when the proxy was stopped.
        """
        return self._do(self._freshen(), _SECONDS)

    def resume(self) -> None:
        """Let out again what was shut off since ``reset_connections``."""
        self._guard.pressing = False
        self._guard.shut.clear()

    def server_of(self, host: str) -> str | None:
        """Return the address that was dialled for a host last.

        None where there is none, or another proxy did the dialling.
        """
        return self._servers.get(host.lower())

    def _do(self, work: Coroutine[Any, Any, _T], seconds: float | None) -> _T:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)
        except CancelledError:
            raise TimeoutError from None
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            work.close()
            raise TimeoutError from None

    # --- everything below runs in the proxy's thread ----------------------------------------------

    async def _listen(self) -> None:
        self._listener = await self._loop.create_server(self._browser_end, self._address, 0)
        host = f"[{self._address}]" if ":" in self._address else self._address
        self.server = f"http://{host}:{self._listener.sockets[0].getsockname()[1]}"

    async def _leave(self) -> None:
        self._listener.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._close_all()
        await self._loop.shutdown_default_executor()

    async def _freshen(self) -> int:
        closed = await self._close_all()
        self._guard.shut.clear()
        self._guard.pressing = True
        return closed

    async def _close_all(self) -> int:
        dials = list(self._dials)
        ends = list(self._guard.ends)
        for dial in dials:
            dial.cancel()
        for end in ends:
            if isinstance(end, BrowserEnd):
                end.reset()
            else:
                end.transport.abort()
        await asyncio.gather(*dials, return_exceptions=True)
        await asyncio.gather(*(end.gone.wait() for end in ends))
        return len(dials) + sum(end.other is not None for end in ends) // 2

    def _browser_end(self) -> BrowserEnd:
        def asked(near: BrowserEnd, head: bytes) -> None:
            dial = self._loop.create_task(self._tunnel(near, head))
            self._dials.add(dial)
            dial.add_done_callback(self._dials.discard)

        return BrowserEnd(self._guard, asked)

    async def _tunnel(self, near: BrowserEnd, head: bytes) -> None:
        try:
            method, near.site = head.split(b"\r\n", 1)[0].decode("latin-1").lower().split(" ")[:2]
            if (
                method != "connect"
                or near.site in self._guard.shut
                or not self._may_call(near.socket)
            ):
                raise ConnectionRefusedError
            transport = await self._dialer(near.site)
            self._note_server(near.site, transport)
            self.refusal = ""
        except (OSError, ValueError) as error:
            if isinstance(error, ProxyRefused):
                self.refusal = str(error)
            self.refused[_host(near.site)] += 1
            near.send(_REFUSED)
            near.transport.close()
            return
        far = SiteEnd(self._guard, near.site)
        near.other, far.other = far, near
        transport.set_protocol(far)
        far.connection_made(transport)
        near.send(_OPENED)
        far.send(head.partition(b"\r\n\r\n")[2])
        near.transport.resume_reading()
        transport.resume_reading()
        if transport.is_closing() or near.transport.is_closing() or near.site in self._guard.shut:
            near.reset()
            far.reset()

    def _note_server(self, target: str, transport: asyncio.Transport) -> None:
        host = target.rpartition(":")[0]
        if self._dialer.is_direct(host):
            address, port = transport.get_extra_info("peername")[:2]
            self._servers[host] = f"{address}:{port}"


def _host(target: str) -> str:
    """Return the host of what was asked for."""
    parts = urlsplit(target if "://" in target else f"//{target}")
    return parts.netloc.rpartition("@")[2].partition(":")[0]
