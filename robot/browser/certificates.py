"""Which certificate the host of a live page showed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate as a host showed it.

    ``subject`` is "" where it can't be read; ``sha256`` is the fingerprint.
    """

    subject: str
    sha256: str


class CertificateWatch:
    """Hears which certificates the hosts of one live page show.

    The browser keeps them for whoever listens while a page loads. That makes a message of
    everything the page loads, so nothing is watched on the way to a press.
    """

    def __init__(self, live: Page) -> None:
        """Listen from now on.

        Raises Playwright's errors.
        """
        self._session: CDPSession = live.context.new_cdp_session(live)
        self._session.send("Network.enable")

    def certificate(self, url: str) -> ShownCertificate | None:
        """Return the certificate of an address's host, None where none was heard of."""
        parts = urlsplit(url)
        asked = {"origin": f"{parts.scheme}://{parts.netloc}"}
        try:
            chain = self._session.send("Network.getCertificate", asked)["tableNames"]
        except PlaywrightError:
            return None
        return _shown(base64.b64decode(chain[0])) if chain else None


def _shown(der: bytes) -> ShownCertificate:
    from cryptography import x509  # noqa: PLC0415 - nothing before the press needs it

    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        subject = x509.load_der_x509_certificate(der).subject.rfc4514_string()
    except ValueError:
        subject = ""
    return ShownCertificate(subject, fingerprint)
