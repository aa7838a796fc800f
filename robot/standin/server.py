"""The TLS server of the stand-ins, in a thread of its own.

One port on loopback, and every production host name.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from robot.standin.amazon.app import amazon_app
from robot.standin.amazon.reporting import reporting_app
from robot.standin.certificate import Certificate, make_certificate
from robot.standin.control import control_app
from robot.standin.dispatch import Dispatch
from robot.standin.hosts import (
    AMAZON,
    AMAZON_BUSINESS,
    CAS,
    DUO,
    HOSTS,
    LOCAL,
    LOGIN_WITH_AMAZON,
    REALSOURCE,
    REALSOURCE_SOLUTIONS,
    REPORTING,
)
from robot.standin.vcu.app import cas_app, duo_app, realsource_app
from robot.standin.world import World

_START_SECONDS = 10.0


def site_apps(world: World) -> dict[str, ASGIApp]:
    """Return the app that answers at each host name."""
    amazon = amazon_app(world.amazon, world.oracle)
    realsource = realsource_app(world.vcu, world.oracle)
    reporting = reporting_app(world.amazon, world.oracle)
    return {
        AMAZON: amazon,
        AMAZON_BUSINESS: amazon,
        CAS: cas_app(world.vcu, world.oracle),
        DUO: duo_app(world.vcu, world.oracle),
        REALSOURCE: realsource,
        REALSOURCE_SOLUTIONS: realsource,
        REPORTING: reporting,
        LOGIN_WITH_AMAZON: reporting,
    }


def _seed(secret: str, period: int) -> str:
    """Return a one-time-code seed as the settings take it.

    Bare where its codes last the usual 30 seconds.
    """
    return secret if period == 30 else f"otpauth://totp/stand-in?secret={secret}&period={period}"


class _Server(uvicorn.Server):
    """uvicorn that hangs up at once.

    Browsers keep connections open, and no test may wait for their goodbyes.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.sleep(0.01)
        await super().shutdown(sockets)


def _listening(port: int) -> socket.socket:
    """Return a socket that listens on a port.

    Raises OSError where it is taken.
    """
    # asyncio turns Nagle's delay off only where the listener names TCP: without it every answer
    # takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


class Standin:
    """The stand-in sites, as a context manager.

    ``port`` 0 takes a free one. ``pace`` is added to every answer, in seconds. ``ca`` is the
    throw-away authority's certificate (PEM), good for ``ssl.create_default_context(cadata=...)``;
    ``spki`` the base64 SHA-256 of the leaf's SubjectPublicKeyInfo; ``resolve`` the host mapping in
    the form of ``VENDORFIRST_RESOLVE``.
    """

    def __init__(self, world: World | None = None, port: int = 0, pace: float = 0.0) -> None:
        self.world = world or World()
        self.port = port
        self.pace = pace
        self.ca = ""
        self.spki = ""
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def resolve(self) -> str:
        """Return every host with its address, as the settings take them.

        ``host=127.0.0.1:port``, separated by commas.
        """
        return ",".join(f"{host}=127.0.0.1:{self.port}" for host in HOSTS)

    @property
    def control(self) -> str:
        """Return the control address, with a slash at its end."""
        return f"https://127.0.0.1:{self.port}/"

    def start(self) -> Self:
        """Serve, and return when the port answers.

        Raises OSError where the port is taken.
        """
        listener = _listening(self.port)
        self.port = listener.getsockname()[1]
        certificate = make_certificate(*HOSTS, *LOCAL)
        self.ca = certificate.authority
        self.spki = certificate.spki
        self._server = _Server(self._config(certificate))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="standin", daemon=True
        )
        self._thread.start()
        self._wait(listener)
        return self

    def _config(self, certificate: Certificate) -> uvicorn.Config:
        """Return how the sites are served."""
        return uvicorn.Config(
            Dispatch(self.world, site_apps(self.world), control_app(self.world), self.pace),
            lifespan="off",
            http="h11",
            ws="none",
            loop="asyncio",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            ssl_context_factory=lambda _config, _default: certificate.context,
        )

    def stop(self) -> None:
        """Stop serving and join the thread.

        May be called twice.
        """
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def env(self) -> dict[str, str]:
        """Return the settings with which the robot finds these sites and signs in to them."""
        amazon = self.world.amazon
        vcu = self.world.vcu
        return {
            "VENDORFIRST_RESOLVE": self.resolve,
            "VENDORFIRST_RESOLVE_SPKI": self.spki,
            "VENDORFIRST_SETTLE_SECONDS": "0.2",
            "AMAZON_BUSINESS_EMAIL": amazon.email,
            "AMAZON_BUSINESS_PASSWORD": amazon.password,
            "AMAZON_BUSINESS_TOTP_SECRET": _seed(amazon.totp_secret, amazon.totp_period),
            "AMAZON_BUSINESS_ACCOUNT": amazon.account,
            "REALSOURCE_USERNAME": vcu.username,
            "REALSOURCE_PASSWORD": vcu.password,
            "REALSOURCE_OTP_SECRET": _seed(vcu.otp_secret, vcu.totp_period),
            "REALSOURCE_INSTANCE": vcu.instance,
        }

    def reports_env(self) -> dict[str, str]:
        """Return the settings with which the robot asks the reporting interface too."""
        amazon = self.world.amazon
        return {
            "AMAZON_BUSINESS_API_CLIENT_ID": amazon.api_client_id,
            "AMAZON_BUSINESS_API_CLIENT_SECRET": amazon.api_client_secret,
            "AMAZON_BUSINESS_API_REFRESH_TOKEN": amazon.api_refresh_token,
        }

    def _wait(self, listener: socket.socket) -> None:
        server = self._server
        thread = self._thread
        pause = threading.Event()
        for _ in range(int(_START_SECONDS / 0.005)):
            if server is None or thread is None or server.started:
                return
            if not thread.is_alive():
                break
            pause.wait(0.005)
        listener.close()
        raise OSError(f"the stand-in did not start on port {self.port}")
