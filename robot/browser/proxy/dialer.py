"""Who may call out through the proxy, and where to.

That is to the mapped addresses and nothing else, or to the live sites.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from robot.errors import BadSettings, BrowserDied

_SECONDS = 20.0
# Of Linux's linux/netlink.h and linux/sock_diag.h.
_SOCK_DIAG = 4
_BY_FAMILY = 20


#: Whom Chromium asks of itself: for accounts, for its own updates, for lists. No site needs them.
BROWSERS_OWN = frozenset(
    {
        "accounts.google.com",
        "clients2.google.com",
        "clients4.google.com",
        "content-autofill.googleapis.com",
        "edgedl.me.gvt1.com",
        "optimizationguide-pa.googleapis.com",
        "redirector.gvt1.com",
        "safebrowsing.googleapis.com",
        "update.googleapis.com",
    }
)


class ProxyRefused(ConnectionRefusedError):
    """The proxy that HTTPS_PROXY names made no connection.

    Its text says which proxy that is and what it said, and holds no password.
    """


class Dialer:
    """Makes the connections of the proxy.

    With ``resolve`` (host to "address:port") those hosts are dialled there and no other is. Without
    it any host is but the browser's own, on port 443 only; through the proxy that HTTPS_PROXY
    names, but for NO_PROXY's hosts.
    """

    def __init__(self, resolve: Mapping[str, str]) -> None:
        self._resolve = {host.lower(): address for host, address in resolve.items()}
        self._proxy = None if resolve else _environment_proxy()

    def is_direct(self, host: str) -> bool:
        """Tell whether a host is dialled itself, and not through another proxy."""
        return self._proxy is None or bool(proxy_bypass(host))

    async def __call__(self, target: str) -> asyncio.Transport:
        """Connect to ``target`` without reading anything yet.

        ``target`` is "host:port". Raises OSError (ProxyRefused where another proxy said no),
        ValueError.
        """
        host, _, port = target.lower().rpartition(":")
        if self._resolve:
            host, _, port = self._resolve.get(host, "").rpartition(":")
        elif port != "443" or host in BROWSERS_OWN:
            host = ""
        if not host:
            raise ConnectionRefusedError
        async with asyncio.timeout(_SECONDS):
            if self._proxy is None or self.is_direct(host):
                return (await _connect(host.strip("[]"), int(port))).transport
            return await _through(self._proxy, f"{host}:{port}")


class _Answer(asyncio.Protocol):
    """Reads a proxy's answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP has no other
        self.transport = transport
        self.head = b""
        self.read = asyncio.Event()
        transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        self.head += data
        if b"\r\n\r\n" in self.head:
            self.transport.pause_reading()
            self.read.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.read.set()


async def _connect(host: str, port: int) -> _Answer:
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(_Answer, host, port, happy_eyeballs_delay=0.25))[1]


async def _through(proxy: SplitResult, target: str) -> asyncio.Transport:
    port = proxy.port or 80
    name = f"{proxy.hostname}:{port}"
    try:
        answer = await _connect(proxy.hostname or "", port)
    except OSError:
        raise ProxyRefused(f"{name} can't be reached") from None
    ask = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if proxy.username is not None:
        who = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        ask += f"Proxy-Authorization: Basic {base64.b64encode(who.encode()).decode()}\r\n"
    answer.transport.write(f"{ask}\r\n".encode())
    answer.transport.resume_reading()
    opened = False
    try:
        await answer.read.wait()
        opened = answer.head.split(b" ")[1:2] == [b"200"] and answer.head.endswith(b"\r\n\r\n")
    finally:
        if not opened:
            answer.transport.abort()
    if not opened:
        status = answer.head.split(b" ")[1:2]
        said = f"answered {status[0][:3].decode('latin-1')}" if status else "did not answer"
        raise ProxyRefused(f"{name} {said}")
    return answer.transport


def _environment_proxy() -> SplitResult | None:
    named = getproxies_environment().get("https")
    if not named:
        return None
    proxy = urlsplit(named if "://" in named else f"http://{named}")
    if proxy.scheme != "http" or not proxy.hostname:
        msg = "HTTPS_PROXY names a proxy of a kind that can't be used."
        raise BadSettings(
            msg,
            next_step="Make it http://host:port or http://user:password@host:port, or take it out.",
        )
    return proxy


def peer_filter(remote: str) -> tuple[str, Callable[[socket.socket], bool]]:
    """Return this machine's address on the way to a server, and who may call it there.

    ``remote`` is the server's WebSocket address, and only its machine may call. Raises BrowserDied
    where no way leads there.
    """
    parts = urlsplit(remote)
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)
        theirs = {address[0] for *_, address in found}
        for family, kind, protocol, _, address in found:
            with contextlib.suppress(OSError), socket.socket(family, kind, protocol) as way:
                way.connect(address)  # of datagrams: nothing is sent
                return str(way.getsockname()[0]), lambda caller: caller.getpeername()[0] in theirs
    msg = f"The machine of the remote browser, {parts.hostname}, can't be found."
    raise BrowserDied(
        msg, next_step="Look whether VENDORFIRST_BROWSER_WS is right and that machine is up."
    )


def is_same_user(caller: socket.socket) -> bool:
    """Return whether the program at the other end runs as this user.

    True where the system does not tell (not Linux).
    """
    if not sys.platform.startswith("linux"):
        return True
    (theirs, their_port), (here, port) = caller.getpeername(), caller.getsockname()
    # Netlink finds the one connection at once; the table in /proc takes milliseconds to read, for
    # each connection.
    wanted = struct.pack(
        "!HH4s12x4s12x", their_port, port, socket.inet_aton(theirs), socket.inet_aton(here)
    )
    no_cookie = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    body = (
        struct.pack("=BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF)
        + wanted
        + no_cookie
    )
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG) as netlink:
            netlink.settimeout(1.0)
            netlink.send(struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, 1, 0, 0) + body)
            answer = netlink.recv(4096)
    except OSError:
        return True
    kind: int = struct.unpack_from("=H", answer, 4)[0]
    return kind != _BY_FAMILY or struct.unpack_from("=I", answer, 80)[0] == os.geteuid()
