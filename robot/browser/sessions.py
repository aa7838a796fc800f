"""Session files keep a site's cookies and storage for the next run.

Nobody else can read them, and where a key is set, nobody without it. One without a cookie is none.
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import structlog

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

log = structlog.get_logger()

_SALT: Final = "salt"
_SEALED: Final = "sealed"
_SAME_SITE: Final = ("Strict", "Lax", "None")
#: What the browser takes (Chromium's canonical cookies): no control sign, no semicolon.
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f;=]*")
_VALUE: Final = re.compile(r"[^\x00-\x1f\x7f;]*")
_DOMAIN: Final = re.compile(r"\.?[\w-]+(\.[\w-]+)*")
#: Of a cookie's name and value together.
_MOST_BYTES: Final = 4096
#: The first second of the year 10000, as a Unix time.
_LATEST: Final = 253_402_300_800


def read_session(
    path: Path, key: str | None = None, *, quiet: bool = False
) -> dict[str, Any] | None:
    """Return what was kept, in Playwright's shape.

    None where there is nothing, nothing that can be read (with this ``key``), or no cookie in it.
    ``quiet``: who only asks whether there is one warns of nothing.
    """
    try:
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if _SEALED in state:
            state = _opened(state, key)
        _check(state)
        return state if any(_lasts(cookie) for cookie in state["cookies"]) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        if not quiet:
            log.warning("The kept session can't be read; signing in anew.", site=path.stem)
        return None


def write_session(path: Path, state: Any, writer: int, key: str | None = None) -> None:
    """Keep a session for the next run, encrypted where there is a ``key``.

    The file has mode 0600 and is written atomically; the last of several wins. ``writer`` tells
    this process's lanes apart. One without a cookie is not kept.
    """
    if not state.get("cookies"):
        return
    kept = state if key is None else _sealed(state, key)
    part = path.with_suffix(f".{os.getpid()}-{writer}.part")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(kept, file)
    part.replace(path)


def _check(state: dict[str, Any]) -> None:
    """Raise ValueError, TypeError or KeyError where the browser would refuse."""
    for cookie in state["cookies"]:
        _check_cookie(cookie)
    for origin in state.get("origins", []):
        if not urlsplit(origin["origin"]).hostname or not isinstance(origin["localStorage"], list):
            raise TypeError
        if not isinstance(origin.get("indexedDB", []), list):
            raise TypeError
        for item in origin["localStorage"]:
            if not isinstance(item["name"], str) or not isinstance(item["value"], str):
                raise TypeError


def _check_cookie(cookie: dict[str, Any]) -> None:
    name, value, path = cookie["name"], cookie["value"], cookie["path"]
    is_secure = cookie.get("secure") is True
    is_written_well = (
        bool(_NAME.fullmatch(name) and _VALUE.fullmatch(value) and _VALUE.fullmatch(path))
        and 0 < len(name) + len(value) <= _MOST_BYTES
        and path.startswith("/")
        and bool(_DOMAIN.fullmatch(cookie["domain"]))
        and "url" not in cookie
    )
    is_allowed = cookie.get("sameSite", "Lax") in _SAME_SITE and (
        is_secure or not (name.startswith(("__Secure-", "__Host-")) or "partitionKey" in cookie)
    )
    is_of_its_host = path == "/" and not cookie["domain"].startswith(".")
    expires = float(cookie.get("expires", -1))
    if not (
        is_written_well
        and is_allowed
        and (is_of_its_host or not name.startswith("__Host-"))
        and (expires == -1 or 0 <= expires < _LATEST)
    ):
        raise ValueError
    flags = (cookie.get("httpOnly", False), cookie.get("secure", False))
    if not all(isinstance(flag, bool) for flag in flags) or isinstance(cookie.get("expires"), str):
        raise TypeError
    if not isinstance(cookie.get("partitionKey", ""), str):
        raise TypeError


def _lasts(cookie: dict[str, Any]) -> bool:
    """Tell whether a cookie is none that has run out.

    -1 is one of the browser's session.
    """
    expires = float(cookie.get("expires", -1))
    return expires < 0 or expires > time.time()


def _sealed(state: Any, key: str) -> dict[str, str]:
    salt = os.urandom(16)
    sealed = _cipher(key, salt).encrypt(json.dumps(state).encode())
    return {_SALT: base64.b64encode(salt).decode(), _SEALED: sealed.decode()}


def _opened(kept: dict[str, str], key: str | None) -> dict[str, Any]:
    """Raise ValueError for another key, or where there is none."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 - as in _cipher

    if key is None:
        raise ValueError
    try:
        opened = _cipher(key, base64.b64decode(kept[_SALT])).decrypt(kept[_SEALED])
    except InvalidToken as error:
        raise ValueError from error
    state: dict[str, Any] = json.loads(opened)
    return state


def _cipher(key: str, salt: bytes) -> Fernet:
    # Only whoever has a key waits for these.
    from cryptography.fernet import Fernet  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415

    derived = Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
