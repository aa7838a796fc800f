"""Serve the console on this machine alone, until it is told to stop."""

from __future__ import annotations

import contextlib
import socket
from typing import Final

import uvicorn

from robot.console.app import make_app
from robot.console.context import HOSTS, Console
from robot.errors import NOTHING_CHANGED, BadInput

#: How long (s) a stop waits for open pages to let go.
_GRACE: Final = 2


def listen(port: int) -> socket.socket:
    """Return a socket that listens on loopback.

    ``port`` 0 takes a free one. Raises BadInput where the port can't be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOSTS[0], port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise BadInput(
            f"Port {port} can't be used ({error.strerror}).",
            touched=NOTHING_CHANGED,
            next_step="Name another one with --port, or end the console that runs there.",
        ) from None
    return listener


def link(port: int, secret: str) -> str:
    """Return the address that signs somebody in once."""
    return f"http://{HOSTS[0]}:{port}/enter?key={secret}"


def serve(console: Console, listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    with contextlib.suppress(KeyboardInterrupt):
        make_server(console).run(sockets=[listener])


def make_server(console: Console) -> uvicorn.Server:
    """Return the server of a console, which is yet to run on a listening socket."""
    config = uvicorn.Config(
        make_app(console),
        lifespan="off",
        http="h11",
        ws="none",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)
