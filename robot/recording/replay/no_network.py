"""No way out of this machine while a replay runs.

What tries is counted and refused. The browser is kept in by its resolver rules and by the proxy,
which dials only what is mapped.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_depth = 0
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_sendto = socket.socket.sendto
_getaddrinfo = socket.getaddrinfo

#: Addresses that something tried to reach, since the process began.
tried: list[str] = []


class Outbound(OSError):
    """Something tried to leave this machine during a replay."""


@contextmanager
def only_loopback() -> Iterator[list[str]]:
    """Refuse connections to other machines, in every thread.

    Gives the list of those that were tried meanwhile.
    """
    global _depth  # noqa: PLW0603 - sockets are the process's, so is this
    with _lock:
        _depth += 1
        if _depth == 1:
            _put(_checked_connect, _checked_connect_ex, _checked_sendto, _checked_getaddrinfo)
    before = len(tried)
    mine: list[str] = []
    try:
        yield mine
    finally:
        mine += tried[before:]
        with _lock:
            _depth -= 1
            if not _depth:
                _put(_connect, _connect_ex, _sendto, _getaddrinfo)
    if mine:
        msg = f"A replay tried to reach {', '.join(sorted(set(mine)))}."
        raise Outbound(msg)


def _put(connect: object, connect_ex: object, sendto: object, getaddrinfo: object) -> None:
    setattr(socket.socket, "connect", connect)  # noqa: B010 - mypy would not have it assigned
    setattr(socket.socket, "connect_ex", connect_ex)  # noqa: B010 - the same
    setattr(socket.socket, "sendto", sendto)  # noqa: B010 - the same
    setattr(socket, "getaddrinfo", getaddrinfo)  # noqa: B010 - the same


def _checked_connect(self: socket.socket, address: Any) -> None:
    _check(self.family, address)
    _connect(self, address)


def _checked_connect_ex(self: socket.socket, address: Any) -> int:
    _check(self.family, address)
    return _connect_ex(self, address)


def _checked_sendto(self: socket.socket, data: Any, *told: Any) -> int:
    _check(self.family, told[-1])
    return _sendto(self, data, *told)


def _checked_getaddrinfo(host: Any, *told: Any, **more: Any) -> Any:
    """Refuse a look-up of a name, which leaves this machine, too."""
    if host:
        _check(socket.AF_INET, (host.decode() if isinstance(host, bytes) else host,))
    return _getaddrinfo(host, *told, **more)


def _check(family: int, address: Any) -> None:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    try:
        told = ipaddress.ip_address(host.partition("%")[0])
        local = told.is_loopback or told.is_unspecified
    except ValueError:
        local = host == "localhost"
    if not local:
        tried.append(host)
        raise Outbound(f"A replay tried to reach {host}.")
