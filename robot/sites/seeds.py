"""The seeds of one-time codes, in the ways in which sites and apps write them."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pyotp

from robot.errors import BadSettings

_ADDRESS: Final = "otpauth://"
#: Between groups: blanks, dashes of any kind, and what nobody sees.
_BETWEEN: Final = re.compile("[\\s\u00ad\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff-]")
#: What an app shows to hand all its accounts on.
_OF_AN_APP: Final = "otpauth-migration:"
_PARAMETERS: Final = ("algorithm", "digits", "period", "counter", "encoder")
#: The least bits of a seed that pyotp makes codes of, as NIST SP 800-63B asks.
_LEAST_BITS: Final = 112


def read_seed(text: str) -> pyotp.TOTP | pyotp.HOTP:
    """Return what makes the codes of a seed.

    It is base32, in groups or not, or an ``otpauth://`` address. Raises ValueError, whose text says
    why it can't be one and repeats nothing of it.
    """
    if text.strip().lower().startswith(_OF_AN_APP):
        raise ValueError("it is an app's export of its accounts: ask the site for a seed")
    is_address = text.strip().lower().startswith(_ADDRESS)
    secret = _secret(text)
    _check(secret)
    try:
        otp = _of_address(text.strip(), secret) if is_address else pyotp.TOTP(secret)
    except (ValueError, TypeError):  # pyotp's words may repeat a part of it
        otp = None
    if isinstance(otp, pyotp.TOTP | pyotp.HOTP):
        return otp
    raise ValueError("its otpauth:// address is none that codes can be made of")


def seed_of_setting(text: str, setting: str) -> pyotp.TOTP | pyotp.HOTP:
    """Return what makes the codes of the seed that a setting holds.

    Raises BadSettings where it can't be one.
    """
    try:
        return read_seed(text)
    except ValueError as error:
        raise BadSettings(
            f"{setting} can't be used as a seed of one-time codes: {error}.",
            next_step=f"Copy the seed into {setting} again: base32, or otpauth://…",
        ) from None


def seed_spellings(text: str) -> list[str]:
    """Return the secret of a seed as it may be written, in both cases."""
    secret = _secret(text)
    return [secret, secret.upper(), secret.lower()]


def _secret(text: str) -> str:
    """Return the secret without what only groups it."""
    if text.strip().lower().startswith(_ADDRESS):
        told = dict(_parameters(text.strip()))
        return _BETWEEN.sub("", told.get("secret", "")).rstrip("=")
    return _BETWEEN.sub("", text).rstrip("=")


def _parameters(address: str) -> list[tuple[str, str]]:
    try:
        query = urlsplit(address).query
    except ValueError:
        return []
    return [(name.lower(), value) for name, value in parse_qsl(query)]


def _check(secret: str) -> None:
    if not secret:
        raise ValueError("it holds no secret")
    try:
        decoded = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    except ValueError:
        raise ValueError("it is not base32, which has the letters A to Z and 2 to 7") from None
    if len(decoded) * 8 < _LEAST_BITS:
        raise ValueError(
            f"it has {len(decoded) * 8} bits, and codes are made of {_LEAST_BITS} or more"
            " (23 letters): ask the site for a longer one"
        )


def _of_address(address: str, secret: str) -> pyotp.OTP:
    """Make the codes of an address, whose label and issuer make no difference to them."""
    told = [(name, value) for name, value in _parameters(address) if name in _PARAMETERS]
    query = [(name, _algorithm(value) if name == "algorithm" else value) for name, value in told]
    kind = urlsplit(address).netloc.lower()
    return pyotp.parse_uri(f"{_ADDRESS}{kind}/x?{urlencode([('secret', secret), *query])}")


def _algorithm(value: str) -> str:
    """Return a hash by the name that pyotp knows, as SHA1 for sha-1 or HmacSHA1."""
    return value.upper().replace("-", "").removeprefix("HMAC")
