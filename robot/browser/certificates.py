"""Which certificate the host of a live page showed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A certificate as a host showed it.

    ``subject`` is "" where it can't be read; ``sha256`` is the fingerprint. It is valid between
    ``since`` and ``until`` (UNIX seconds), 0 where that can't be read.
    """

    subject: str
    sha256: str
    since: float = 0.0
    until: float = 0.0

    def fits(self, details: Mapping[str, Any] | None) -> bool:
        """Tell whether a response's connection was made with this certificate.

        A response names its validity to the second, which no two certificates of a host share.
        """
        told = details or {}
        return (told.get("validFrom"), told.get("validTo")) == (self.since, self.until)


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


def certificate_of_page(live: Page) -> ShownCertificate | None:
    """Return the certificate of a page that nobody watched while it loaded.

    None where the browser does not tell: a headless shell keeps none. Raises Playwright's errors.
    """
    told: list[dict[str, Any]] = []

    def hear(event: dict[str, Any]) -> None:
        told.append(event)

    session = live.context.new_cdp_session(live)
    session.on("Security.visibleSecurityStateChanged", hear)
    session.send("Security.enable")  # it tells the state before it answers
    session.detach()
    for event in told:
        state = event["visibleSecurityState"].get("certificateSecurityState") or {}
        if state.get("certificate"):
            return _shown(base64.b64decode(state["certificate"][0]))
    return None


def _shown(der: bytes) -> ShownCertificate:
    from cryptography import x509  # noqa: PLC0415 - nothing before the press needs it

    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        read = x509.load_der_x509_certificate(der)
    except ValueError:
        return ShownCertificate("", fingerprint)
    return ShownCertificate(
        read.subject.rfc4514_string(),
        fingerprint,
        read.not_valid_before_utc.timestamp(),
        read.not_valid_after_utc.timestamp(),
    )
