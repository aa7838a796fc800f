"""Settings, which ``.env`` and the environment become as one typed value.

The environment wins over ``.env``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from robot.errors import BadSettings

#: Settings that hold credentials; their values are redacted wherever text leaves the program.
CREDENTIALS = (
    "AMAZON_BUSINESS_EMAIL",
    "AMAZON_BUSINESS_PASSWORD",
    "AMAZON_BUSINESS_TOTP_SECRET",
    "REALSOURCE_USERNAME",
    "REALSOURCE_PASSWORD",
    "REALSOURCE_OTP_SECRET",
)
#: What else the sites need to know; not secret.
CHOICES = ("AMAZON_BUSINESS_ACCOUNT", "REALSOURCE_INSTANCE")
OWN = (
    "VENDORFIRST_HOME",
    "VENDORFIRST_DATABASE_URL",
    "VENDORFIRST_EVIDENCE",
    "VENDORFIRST_SELECTORS",
    "VENDORFIRST_CHROMIUM",
    "VENDORFIRST_BROWSER_WS",
    "VENDORFIRST_SETTLE_SECONDS",
    "VENDORFIRST_CONFIRM_SECONDS",
    "VENDORFIRST_PATIENCE_SECONDS",
    "VENDORFIRST_NOTIFY",
    "VENDORFIRST_RESOLVE",
    "VENDORFIRST_RESOLVE_SPKI",
)
NAMES = (*CREDENTIALS, *CHOICES, *OWN)
#: The longest time (s) that can be meant: thirty days.
LONGEST = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Times are seconds.

    ``sites`` holds credentials and choices by name; never print it.
    """

    home: Path
    database_url: str
    selectors: Path | None = None
    chromium: Path | None = None
    browser_ws: tuple[str, ...] = ()
    settle_seconds: float = 20.0
    confirm_seconds: float = 900.0
    patience_seconds: float = 86_400.0
    notify: str = field(default="", repr=False)
    resolve: Mapping[str, str] = field(default_factory=dict)
    resolve_spki: tuple[str, ...] = ()
    sites: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: str | None = None

    @property
    def uses_stand_ins(self) -> bool:
        """Tell whether sites are found elsewhere than at their real addresses.

        As stand-in sites and replays are.
        """
        return bool(self.resolve)

    @property
    def evidence_place(self) -> str:
        """Return the folder or fsspec URL where evidence and receipts are kept."""
        return self.evidence or str(self.home / "evidence")

    def site_value(self, name: str | None) -> str | None:
        """Return a site's credential or choice by its setting's name.

        None where it isn't set, or ``name`` is None.
        """
        return self.sites.get(name or "") or None


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read ``.env`` in ``folder`` and the environment.

    ``folder`` is the current one by default. Raises BadSettings.
    """
    values = _env_file((folder or Path.cwd()) / ".env")
    environment = os.environ if environment is None else environment
    values.update({name: environment[name] for name in NAMES if name in environment})
    values = {name: value.strip() for name, value in values.items() if value.strip()}
    remote = _addresses(values.get("VENDORFIRST_BROWSER_WS", ""))
    home = _home(values)
    return Settings(
        home=home,
        database_url=_database(values) or f"sqlite:///{home / 'ledger.sqlite'}",
        selectors=_path(values, "VENDORFIRST_SELECTORS", "folder"),
        chromium=_chromium(values, remote=bool(remote)),
        browser_ws=remote,
        settle_seconds=_seconds(values, "VENDORFIRST_SETTLE_SECONDS", 20.0),
        confirm_seconds=_seconds(values, "VENDORFIRST_CONFIRM_SECONDS", 900.0),
        patience_seconds=_seconds(values, "VENDORFIRST_PATIENCE_SECONDS", 86_400.0),
        notify=values.get("VENDORFIRST_NOTIFY", ""),
        resolve=_resolve(values.get("VENDORFIRST_RESOLVE", "")),
        resolve_spki=_parts(values.get("VENDORFIRST_RESOLVE_SPKI", "")),
        sites={name: values[name] for name in (*CREDENTIALS, *CHOICES) if name in values},
        evidence=_evidence(values),
    )


def _home(values: Mapping[str, str]) -> Path:
    if "VENDORFIRST_HOME" in values:
        return Path(values["VENDORFIRST_HOME"]).expanduser()
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no home is set

    return user_data_path("vendorfirst", appauthor=False)


def _chromium(values: Mapping[str, str], *, remote: bool) -> Path | None:
    """Return the browser's path.

    A path on a remote machine can't be looked at from here.
    """
    if remote and "VENDORFIRST_CHROMIUM" in values:
        return Path(values["VENDORFIRST_CHROMIUM"])
    return _path(values, "VENDORFIRST_CHROMIUM", "file")


def _parts(text: str) -> tuple[str, ...]:
    """Split a list at its commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _env_file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        msg = f"{path} can be read by other users of this machine, and it holds passwords."
        raise BadSettings(msg, next_step=f"chmod 600 {path}")
    from dotenv import dotenv_values  # noqa: PLC0415 - only where there is a file

    try:
        found = dotenv_values(path, encoding="utf-8-sig", interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} can't be read ({error.__class__.__name__})."
        raise BadSettings(
            msg, next_step="Make it a text file in UTF-8 that you may read; see .env.example."
        ) from None
    known = {name: value for name, value in found.items() if value is not None and name in NAMES}
    unknown = sorted(
        n
        for n in found
        if n not in NAMES and n.startswith(("VENDORFIRST_", "AMAZON_", "REALSOURCE_"))
    )
    if unknown:
        msg = f"{path} has settings that do not exist: {', '.join(unknown)}."
        raise BadSettings(msg, next_step="Look the names up in .env.example.")
    return known


def _seconds(values: Mapping[str, str], name: str, default: float) -> float:
    try:
        seconds = float(values.get(name, default))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        msg = f"{name} must be a number of seconds from 0 to {LONGEST:.0f}; it is {values[name]!r}."
        raise BadSettings(msg, next_step=f"Mend {name} in .env or in the environment.")
    return seconds


def _path(values: Mapping[str, str], name: str, what: str) -> Path | None:
    if name not in values:
        return None
    path = Path(values[name]).expanduser()
    if not (path.is_dir() if what == "folder" else path.is_file()):
        msg = f"{name} names {path}, which is no {what}."
        raise BadSettings(
            msg, next_step=f"Mend {name} in .env or in the environment, or take it out."
        )
    return path


def _addresses(text: str) -> tuple[str, ...]:
    """Return WebSocket addresses.

    A bad one is not repeated, for its path may be what keeps others out.
    """
    addresses = _parts(text)
    for address in addresses:
        try:
            parts = urlsplit(address)
            good = parts.scheme in {"ws", "wss"} and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good:
            msg = "VENDORFIRST_BROWSER_WS must be WebSocket addresses, separated by commas."
            raise BadSettings(msg, next_step="For example: ws://browsers.example.edu:3000/")
    return addresses


def _database(values: Mapping[str, str]) -> str | None:
    url = values.get("VENDORFIRST_DATABASE_URL")
    scheme, _, rest = (url or "").partition("://")
    path, _, query = rest.partition("?")
    if scheme.partition("+")[0] == "sqlite" and (
        path in {"", "/"} or ":memory:" in path or "mode=memory" in query
    ):
        msg = "VENDORFIRST_DATABASE_URL names a database in memory, which forgets every order."
        raise BadSettings(
            msg,
            next_step="Name a file, as sqlite:////folder/ledger.sqlite, or take the setting out.",
        )
    return url


def _evidence(values: Mapping[str, str]) -> str | None:
    place = values.get("VENDORFIRST_EVIDENCE")
    if place is not None:
        check_place(place)
    return place


def _resolve(text: str) -> dict[str, str]:
    """Read host mappings, or raise BadSettings.

    They are ``host=address:port,…``.
    """
    pairs: dict[str, str] = {}
    for part in _parts(text):
        host, _, address = part.partition("=")
        if not host or not address.rpartition(":")[0] or not address.rpartition(":")[2].isdigit():
            msg = f"VENDORFIRST_RESOLVE has {part!r}; it must be host=address:port."
            raise BadSettings(msg, next_step="For example: www.amazon.com=127.0.0.1:9443")
        pairs[host] = address
    return pairs


def check_place(place: str) -> None:
    """Raise BadSettings for an address that holds, or could hold, a key to the store.

    The text does not repeat it.
    """
    if "://" not in place:
        return
    try:
        parts = urlsplit(place)
        secret = parts.password is not None or bool(parts.query or parts.fragment)
    except ValueError:
        secret = True
    if secret or "::" in place:
        msg = (
            "VENDORFIRST_EVIDENCE must name one store and nothing more: no password, no key, no"
            " chain."
        )
        step = (
            "Give its credentials as its own package wants them, such as AWS_ACCESS_KEY_ID or a"
            " role of the machine."
        )
        raise BadSettings(msg, next_step=step)
