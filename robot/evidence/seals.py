"""Sign and stamp receipts, so that they can be checked without their ledger.

A receipt names the ledger's head and the hash of its own events, so what seals a receipt seals
them too. The signature is Ed25519, by a key that lies outside of the database's reach; the time
stamp is that of an authority of RFC 3161.
"""

from __future__ import annotations

import importlib
import stat
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from robot.errors import BadSettings

#: The name of the file with the public key of who signed.
SIGNER: Final = "signer.pem"
#: The files that seal a receipt, where the settings have it sealed.
RECEIPT_SEALS: Final = ("receipt.sig", "receipt.tsr", SIGNER)
#: How long (s) the authority may take, and how long (bytes) its answer may be.
_SECONDS: Final = 10.0
_MOST: Final = 1_000_000
_MAKE_A_KEY: Final = (
    "Make one with: openssl genpkey -algorithm ed25519 -out KEY.pem; chmod 600 KEY.pem"
)


@dataclass(frozen=True, slots=True)
class Seals:
    """How receipts are sealed.

    ``key`` is a file with an Ed25519 key, ``authority`` the address of one; both may be None.
    """

    key: Path | None = None
    authority: str | None = None

    def check(self) -> None:
        """Raise BadSettings where this machine could not seal a receipt."""
        if self.key is not None:
            _key(self.key)
        if self.authority is not None:
            _client()

    def seal(self, stem: str, data: bytes) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """Return the files that seal ``data``, by their names, and what could not be done.

        They are ``stem`` with ``.sig`` for a signature and ``.tsr`` for a time stamp, and SIGNER.
        """
        files: dict[str, bytes] = {}
        undone: list[str] = []
        if self.key is not None:
            try:
                files |= _signed(_key(self.key), stem, data)
            except BadSettings as problem:
                undone.append(f"{stem} was not signed. {problem.text}")
        if self.authority is not None:
            try:
                files[f"{stem}.tsr"] = stamp(self.authority, data)
            except (OSError, ValueError, BadSettings) as problem:
                undone.append(
                    f"{stem} has no time stamp ({type(problem).__name__});"
                    " VENDORFIRST_TIMESTAMP_URL did not give one."
                )
        return files, tuple(undone)


def stamp(authority: str, data: bytes) -> bytes:
    """Return an authority's time stamp of ``data``, as the bytes of its answer.

    Raises OSError where it can't be reached, ValueError where it grants none of this data.
    """
    client = _client()
    builder = client.TimestampRequestBuilder()
    asked = builder.data(data).hash_algorithm(client.HashAlgorithm.SHA256).build()
    request = urllib.request.Request(  # noqa: S310 - the setting allows http and https only
        authority,
        data=asked.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
        told: bytes = answer.read(_MOST)
    response = client.decode_timestamp_response(told)
    if response.tst_info.message_imprint.message != asked.message_imprint.message:
        msg = "the time stamp is of something else"
        raise ValueError(msg)
    return told


def _signed(key: Ed25519PrivateKey, stem: str, data: bytes) -> dict[str, bytes]:
    signer = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {f"{stem}.sig": key.sign(data), SIGNER: signer}


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        mode = path.stat().st_mode
        pem = path.read_bytes()
    except OSError as error:
        msg = f"VENDORFIRST_SIGNING_KEY: {path} can't be read ({error.strerror})."
        raise BadSettings(msg, next_step=_MAKE_A_KEY) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        msg = f"VENDORFIRST_SIGNING_KEY: others can read {path}."
        raise BadSettings(msg, next_step=f"Run: chmod 600 {path}")
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"VENDORFIRST_SIGNING_KEY: {path} holds no Ed25519 key without a passphrase."
        raise BadSettings(msg, next_step=_MAKE_A_KEY)
    return key


def _client() -> Any:
    """Return the package for time stamps, which is an extra."""
    try:
        return importlib.import_module("rfc3161_client")
    except ImportError:
        msg = "VENDORFIRST_TIMESTAMP_URL is set, and the package for time stamps is missing."
        raise BadSettings(msg, next_step="pip install 'vendorfirst[timestamps]'") from None
