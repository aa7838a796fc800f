"""What a setting's text means, told in the user's words where it means nothing.

Values that may hold a secret are never repeated.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from robot.errors import BadSettings

#: The longest time (s) that can be meant: thirty days.
LONGEST: Final = 30 * 24 * 3600.0
_SQLITE: Final = "sqlite"
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
#: The largest limit that can be meant.
_MOST: Final = 10**12
_LIMIT: Final = "VENDORFIRST_LIMIT_"


def seconds(values: Mapping[str, str], name: str, default: float) -> float:
    """Return a time in seconds, from 0 to thirty days.

    Raises BadSettings.
    """
    try:
        found = float(values.get(name, default))
    except ValueError:
        found = -1.0
    if not 0 <= found <= LONGEST:
        msg = f"{name} must be a number of seconds from 0 to {LONGEST:.0f}; it is {values[name]!r}."
        raise BadSettings(msg, next_step=f"Mend {name} in .env or in the environment.")
    return found


def switch(values: Mapping[str, str], name: str) -> bool | None:
    """Return whether a setting is on, None where it is not set.

    Raises BadSettings.
    """
    text = values.get(name, "").lower()
    if text not in {"", "on", "off"}:
        msg = f"{name} must be on or off; it is {values[name]!r}."
        raise BadSettings(msg, next_step=f"Mend {name} in .env or in the environment.")
    return text == "on" if text else None


def limits(values: Mapping[str, str], names: Iterable[str]) -> dict[str, int | Decimal | None]:
    """Return the limits of these names that are set, by the ends of their names.

    None is no limit. Raises BadSettings.
    """
    found: dict[str, int | Decimal | None] = {}
    for name in names:
        if name not in values:
            continue
        text = values[name].lower()
        kind = Decimal if "DOLLARS" in name else int
        try:
            limit = None if text == "none" else kind(text)
        except (ValueError, InvalidOperation):
            limit = kind(-1)
        if limit is not None and not (limit >= 0 and limit <= _MOST):
            msg = f"{name} must be a number from 0, or none; it is {values[name]!r}."
            raise BadSettings(msg, next_step=f"Mend {name} in .env or in the environment.")
        found[name.removeprefix(_LIMIT).lower()] = limit
    return found


def whole_path(name: str, text: str) -> Path:
    """Return the path that a setting means.

    It may have ``~`` and variables such as ``$HOME`` in it. Raises BadSettings for a variable that
    is not set.
    """
    path = os.path.expandvars(Path(text).expanduser())
    if "$" in path:
        raise BadSettings(
            f"{name} is {text}, and no such variable is set here.",
            next_step=f"Write the whole path in {name}.",
        )
    return Path(path)


def existing_path(values: Mapping[str, str], name: str, what: str) -> Path | None:
    """Return the file or folder that a setting names, None where it is not set.

    Raises BadSettings for one that is not there.
    """
    if name not in values:
        return None
    path = whole_path(name, values[name])
    if not (path.is_dir() if what == "folder" else path.is_file()):
        msg = f"{name} names {path}, which is no {what}."
        raise BadSettings(
            msg, next_step=f"Mend {name} in .env or in the environment, or take it out."
        )
    return path


def web_address(values: Mapping[str, str], name: str) -> str | None:
    """Return the web address that a setting names, None where it is not set.

    Raises BadSettings.
    """
    address = values.get(name)
    if address is None:
        return None
    try:
        split = urlsplit(address)
        good = split.scheme in {"http", "https"} and bool(split.hostname)
    except ValueError:
        good = False
    if not good:
        msg = f"{name} is no web address."
        raise BadSettings(msg, next_step=f"Make {name} one like https://host/path, or take it out.")
    return address


def host_name(values: Mapping[str, str], name: str, default: str) -> str:
    """Return the host that a setting names, without a scheme, a port or a path.

    Raises BadSettings.
    """
    host = values.get(name, default).lower()
    if not _HOST.fullmatch(host):
        msg = f"{name} is no host name."
        raise BadSettings(msg, next_step=f"Write it in {name} like {default}, or take it out.")
    return host


def addresses(text: str) -> tuple[str, ...]:
    """Return WebSocket addresses.

    A bad one is not repeated, for its path may be what keeps others out.
    """
    found = parts(text)
    for address in found:
        try:
            split = urlsplit(address)
            good = split.scheme in {"ws", "wss"} and split.hostname and split.port != 0
        except ValueError:
            good = False
        if not good:
            msg = "VENDORFIRST_BROWSER_WS must be WebSocket addresses, separated by commas."
            raise BadSettings(msg, next_step="For example: ws://browsers.example.edu:3000/")
    return found


def parts(text: str) -> tuple[str, ...]:
    """Split a list at its commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def database(text: str) -> str:
    """Return the URL of a database.

    The path of an SQLite file is written out. Raises BadSettings for one that forgets everything,
    or whose password could be taken for a part of the server's name.
    """
    scheme, _, rest = text.partition("://")
    path, _, query = rest.partition("?")
    if scheme.partition("+")[0] != _SQLITE:
        _check_user(rest)
        return text
    if path in {"", "/"} or ":memory:" in path or "mode=memory" in query:
        msg = "VENDORFIRST_DATABASE_URL names a database in memory, which forgets every order."
        raise BadSettings(
            msg,
            next_step="Name a file, as sqlite:////folder/ledger.sqlite, or take the setting out.",
        )
    if query and not all(name and value for name, _, value in _options(query)):
        raise BadSettings(
            "VENDORFIRST_DATABASE_URL has a question mark in its path, which would end it.",
            next_step="Write ? as %3F and % as %25 in it, or set VENDORFIRST_HOME instead.",
        )
    file = whole_path("VENDORFIRST_DATABASE_URL", path.removeprefix("/"))
    return f"{scheme}:///{file}" + (f"?{query}" if query else "")


def database_beside(url: str, folder: Path) -> str:
    """Return a database's URL, as it is meant from a folder.

    That matters to the relative path of an SQLite file.
    """
    scheme, _, rest = url.partition("://")
    path = rest.removeprefix("/")
    if scheme.partition("+")[0] != _SQLITE or path[:1] in {"", "/", "~", "$", ":"}:
        return url
    return f"{scheme}:///{folder / path}" if not path.startswith("file:") else url


def sqlite_url(file: Path) -> str:
    """Return the URL of an SQLite file, whatever its path holds."""
    path = str(file).replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    return f"sqlite:///{path}"


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database, None for any other."""
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] != _SQLITE:
        return None
    return Path(unquote(rest.partition("?")[0].removeprefix("/")))


def database_name(url: str) -> str:
    """Return where a database is, for people.

    Its file, or its server without user or password. Of what is no address nothing is repeated,
    as it may hold a password.
    """
    scheme, parted, rest = url.partition("://")
    if not parted:
        return "none, as VENDORFIRST_DATABASE_URL is no address of a database"
    if scheme.partition("+")[0] == _SQLITE:
        path = rest.partition("?")[0].removeprefix("/")
        return str(Path(unquote(path)).absolute())
    return f"{scheme.partition('+')[0]}://{rest.rpartition('@')[2].partition('?')[0]}"


def _options(query: str) -> list[tuple[str, str, str]]:
    return [one.partition("=") for one in query.split("&")]


def _check_user(rest: str) -> None:
    user, at, _ = rest.rpartition("@")
    if at and set(user) & set("@/?# "):
        raise BadSettings(
            "VENDORFIRST_DATABASE_URL has a user or a password with a character that ends it.",
            next_step="Write @ as %40, / as %2F, ? as %3F, # as %23 and % as %25 in it.",
        )


def check_place(place: str, name: str = "VENDORFIRST_EVIDENCE") -> None:
    """Raise BadSettings for an address that holds, or could hold, a key to the store.

    The text does not repeat it; ``name`` is the setting or option that it was given in.
    """
    if "://" not in place:
        return
    try:
        split = urlsplit(place)
        secret = split.password is not None or bool(split.query or split.fragment)
    except ValueError:
        secret = True
    if secret or "::" in place:
        msg = f"{name} must name one store and nothing more: no password, no key, no chain."
        step = (
            "Give its credentials as its own package wants them, such as AWS_ACCESS_KEY_ID or a"
            " role of the machine."
        )
        raise BadSettings(msg, next_step=step)


def host_map(text: str) -> dict[str, str]:
    """Read host mappings, or raise BadSettings.

    They are ``host=address:port,…``.
    """
    pairs: dict[str, str] = {}
    for part in parts(text):
        host, _, address = part.partition("=")
        if not host or not address.rpartition(":")[0] or not address.rpartition(":")[2].isdigit():
            msg = f"VENDORFIRST_RESOLVE has {part!r}; it must be host=address:port."
            raise BadSettings(msg, next_step="For example: www.amazon.com=127.0.0.1:9443")
        pairs[host] = address
    return pairs
