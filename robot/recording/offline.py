"""No way out: while a replay runs, this process connects to this machine only; what tries more is counted and refused.

The browser is kept in by its resolver rules and by the relay, which dials only what is mapped.
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

#: Addresses that something tried to reach, since the process began.
tried: list[str] = []


class Outbound(OSError):
    """Something tried to leave this machine during a replay."""


@contextmanager
def only_loopback() -> Iterator[list[str]]:
    """Refuse connections to other machines, in every thread; gives the list of those tried meanwhile."""
    global _depth  # noqa: PLW0603 - sockets are the process's, so is this
    with _lock:
        _depth += 1
        if _depth == 1:
            _put(_checked_connect, _checked_connect_ex)
    before = len(tried)
    mine: list[str] = []
    try:
        yield mine
    finally:
        mine += tried[before:]
        with _lock:
            _depth -= 1
            if not _depth:
                _put(_connect, _connect_ex)
    if mine:
        msg = f"A replay tried to reach {', '.join(sorted(set(mine)))}."
        raise Outbound(msg)


def _put(connect: object, connect_ex: object) -> None:
    setattr(socket.socket, "connect", connect)  # noqa: B010 - mypy would not have it assigned
    setattr(socket.socket, "connect_ex", connect_ex)  # noqa: B010 - the same


def _checked_connect(self: socket.socket, address: Any) -> None:
    _check(self, address)
    _connect(self, address)


def _checked_connect_ex(self: socket.socket, address: Any) -> int:
    _check(self, address)
    return _connect_ex(self, address)


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = str(address[0])
    try:
        local = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        tried.append(host)
        raise Outbound(f"A replay tried to reach {host}.")
