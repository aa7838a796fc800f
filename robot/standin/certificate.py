"""A TLS certificate that is thrown away with the server that it was made for."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate.

    ``spki`` is the base64 SHA-256 of its SubjectPublicKeyInfo, by which a browser is told to trust
    it; ``authority`` the certificate (PEM) of the authority that issued it.
    """

    context: ssl.SSLContext
    spki: str
    authority: str


def make_certificate(*hosts: str) -> Certificate:
    """Make a certificate for ``hosts``, with an authority of its own."""
    authority = trustme.CA()
    leaf = authority.issue_cert(*hosts)
    key = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return Certificate(
        context,
        spki=base64.b64encode(hashlib.sha256(info).digest()).decode("ascii"),
        authority=authority.cert_pem.bytes().decode("ascii"),
    )
