"""Send requests to the hosts of the settings, and nowhere else.

Where ``VENDORFIRST_RESOLVE`` is set, hosts are found at its addresses and must show one of the keys
of ``VENDORFIRST_RESOLVE_SPKI``; every other host is unreachable, as it is for the browser.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

#: How long (s) a host may take, and how long (bytes) its answer may be.
_SECONDS: Final = 15.0
_MOST: Final = 4_000_000


def send(
    request: urllib.request.Request, resolve: Mapping[str, str], keys: tuple[str, ...]
) -> bytes:
    """Return the body of the answer to a request.

    ``resolve`` are addresses by host, and ``keys`` what they must show; both are empty for daily
    work. Raises OSError, of which HTTPError is one; a redirection is one too, so that no token goes
    elsewhere.
    """
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if resolve:
        handlers += [urllib.request.ProxyHandler({}), _Resolved(resolve, keys)]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_SECONDS) as answer:
            body: bytes = answer.read(_MOST)
    except urllib.error.HTTPError as error:
        error.close()
        raise
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from None
    return body


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Return no other request, which makes an HTTPError of it."""


class _Resolved(urllib.request.HTTPSHandler):
    """Finds hosts where ``VENDORFIRST_RESOLVE`` says."""

    def __init__(self, resolve: Mapping[str, str], keys: tuple[str, ...]) -> None:
        super().__init__()
        self._resolve = resolve
        self._keys = keys

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection to the address of the request's host."""
        address = self._resolve.get(req.host)
        if address is None:
            raise urllib.error.URLError(f"{req.host} is not in VENDORFIRST_RESOLVE")
        connection = functools.partial(_PinnedConnection, address=address, keys=self._keys)
        return self.do_open(connection, req)


class _PinnedConnection(http.client.HTTPSConnection):
    """A connection to one address, which must show one of some keys."""

    def __init__(self, host: str, *, address: str, keys: tuple[str, ...], **more: Any) -> None:
        super().__init__(host, **more)
        self._address = address
        self._keys = keys

    def connect(self) -> None:
        """Connect, or raise OSError where another key is shown."""
        where, _, port = self._address.rpartition(":")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the key is compared instead
        plain = socket.create_connection((where, int(port)), self.timeout)
        self.sock = context.wrap_socket(plain, server_hostname=self.host)
        shown = self.sock.getpeercert(binary_form=True) or b""
        if _spki(shown) not in self._keys:
            self.close()
            raise ssl.SSLError(f"{self.host} shows a key that is not in VENDORFIRST_RESOLVE_SPKI")


def _spki(certificate: bytes) -> str:
    """Return the base64 SHA-256 of a certificate's public key."""
    # Most have no such interface and wait for neither.
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
    )

    key = x509.load_der_x509_certificate(certificate).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode("ascii")
