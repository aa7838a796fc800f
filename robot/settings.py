"""Settings, which a file and the environment become as one typed value.

The environment wins over the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from robot import env_file
from robot.env_file import EnvFile
from robot.errors import BadSettings
from robot.secrets_kept import FILE_SUFFIX, Place, Secrets, look_up, places
from robot.setting_values import (
    addresses,
    check_place,
    database,
    database_beside,
    database_name,
    existing_path,
    host_map,
    host_name,
    limits,
    parts,
    seconds,
    sqlite_url,
    switch,
    web_address,
    whole_path,
)

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
#: What Amazon Business's Reporting API is asked with: all of them, or none.
REPORTS_KEYS = (
    "AMAZON_BUSINESS_API_CLIENT_ID",
    "AMAZON_BUSINESS_API_CLIENT_SECRET",
    "AMAZON_BUSINESS_API_REFRESH_TOKEN",
)
REPORTS_HOST: Final = "AMAZON_BUSINESS_API_HOST"
#: The hosts that Amazon's texts name for it, the default first.
REPORTS_HOSTS: Final = ("na.business-api.amazon.com", "na.api.business.amazon.com")
#: How much may be cancelled before a second person is asked.
LIMITS = (
    "VENDORFIRST_LIMIT_ORDERS_HOUR",
    "VENDORFIRST_LIMIT_ORDERS_DAY",
    "VENDORFIRST_LIMIT_DOLLARS_HOUR",
    "VENDORFIRST_LIMIT_DOLLARS_DAY",
    "VENDORFIRST_LIMIT_DOLLARS_ORDER",
    "VENDORFIRST_LIMIT_LIST_ORDERS",
)
OWN = (
    "VENDORFIRST_HOME",
    "VENDORFIRST_DATABASE_URL",
    "VENDORFIRST_EVIDENCE",
    "VENDORFIRST_SELECTORS",
    "VENDORFIRST_CHROMIUM",
    "VENDORFIRST_BROWSER_WS",
    "VENDORFIRST_USER_AGENT",
    "VENDORFIRST_SETTLE_SECONDS",
    "VENDORFIRST_CONFIRM_SECONDS",
    "VENDORFIRST_PATIENCE_SECONDS",
    *LIMITS,
    "VENDORFIRST_NOTIFY",
    "VENDORFIRST_SESSION_KEY",
    "VENDORFIRST_APPROVAL_TOKEN",
    "VENDORFIRST_SIGNING_KEY",
    "VENDORFIRST_TIMESTAMP_URL",
    "VENDORFIRST_CONSOLE_READ_ONLY",
    "VENDORFIRST_CONSOLE_URL",
    "VENDORFIRST_RESOLVE",
    "VENDORFIRST_RESOLVE_SPKI",
)
NAMES = (*CREDENTIALS, *CHOICES, *REPORTS_KEYS, REPORTS_HOST, *OWN)
#: What no other program may see, and what may be kept elsewhere than in the settings themselves.
SECRETS = (
    *CREDENTIALS,
    *REPORTS_KEYS,
    "VENDORFIRST_DATABASE_URL",
    "VENDORFIRST_BROWSER_WS",
    "VENDORFIRST_NOTIFY",
    "VENDORFIRST_SESSION_KEY",
    "VENDORFIRST_APPROVAL_TOKEN",
)
#: Secrets that are wanted by whatever runs.
_AT_ONCE: Final = ("VENDORFIRST_DATABASE_URL", "VENDORFIRST_BROWSER_WS", "VENDORFIRST_NOTIFY")
_KEYS: Final = ("VENDORFIRST_SESSION_KEY", "VENDORFIRST_APPROVAL_TOKEN")
_FILES: Final = tuple(name + FILE_SUFFIX for name in SECRETS)
#: Settings that are paths of this machine.
_PATHS: Final = (
    "VENDORFIRST_HOME",
    "VENDORFIRST_EVIDENCE",
    "VENDORFIRST_SELECTORS",
    "VENDORFIRST_CHROMIUM",
    "VENDORFIRST_SIGNING_KEY",
    *_FILES,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings.

    Times are seconds. ``sites`` holds credentials and choices by name, ``keys`` the keys of this
    program's own files; never print them, and each is asked for when it is looked up. ``source`` is
    the file that they were read from, None where there was none. ``limits`` holds
    those of ``VENDORFIRST_LIMIT_*`` that are set, by the end of their names; None is no limit.
    ``user_agent`` says whether the browser names this program to the sites, None: where it is
    headed. ``console_url`` is the address that people open the web page at, for links to it.
    ``reports_keys`` are those of the vendor's Reporting API, at ``reports_host``; empty where it is
    not used.
    """

    home: Path
    database_url: str = field(repr=False)
    selectors: Path | None = None
    chromium: Path | None = None
    browser_ws: tuple[str, ...] = field(default=(), repr=False)
    user_agent: bool | None = None
    settle_seconds: float = 20.0
    confirm_seconds: float = 900.0
    patience_seconds: float = 86_400.0
    notify: str = field(default="", repr=False)
    resolve: Mapping[str, str] = field(default_factory=dict)
    resolve_spki: tuple[str, ...] = ()
    sites: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: str | None = None
    source: Path | None = None
    signing_key: Path | None = None
    timestamp_url: str | None = None
    console_read_only: bool = False
    console_url: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: Mapping[str, Any] = field(default_factory=dict)
    reports_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    reports_host: str = REPORTS_HOSTS[0]

    @property
    def where(self) -> str:
        """Return the file and the ledger that are used, as a line for people."""
        file = self.source or "none found, only the environment"
        return f"Settings: {file}. Ledger: {database_name(self.database_url)}"

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

    @property
    def known_sites(self) -> dict[str, str]:
        """Return of ``sites`` what is known without asking where it is kept."""
        return self.sites.known() if isinstance(self.sites, Secrets) else dict(self.sites)

    @property
    def session_key(self) -> str | None:
        """Return the key that session files are encrypted with, None where none is set."""
        return self.keys.get("VENDORFIRST_SESSION_KEY")

    @property
    def approval_token(self) -> str | None:
        """Return the token of an approval that was given beforehand, if one is set."""
        return self.keys.get("VENDORFIRST_APPROVAL_TOKEN")


def load(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the file of settings that counts in ``folder``, and the environment.

    The environment wins. ``folder`` is the current one by default. Raises BadSettings.
    """
    environment = os.environ if environment is None else environment
    file = env_file.find(environment, folder or Path.cwd())
    values = {} if file is None else _of_file(file)
    for name in (*NAMES, *_FILES):
        if name in environment:
            values.pop(_other_way(name), None)
            values[name] = environment[name]
    found = from_values(values, environment)
    return replace(found, source=None if file is None else file.path)


def from_values(
    values: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings that these values mean, and read no file of settings.

    Blank values count as not set. ``environment`` tells where systemd keeps secrets, and is what a
    command that gives one sees, without the others. Raises BadSettings.
    """
    environment = {} if environment is None else environment
    values = {name: _trimmed(name, value) for name, value in values.items() if value.strip()}
    kept = places(SECRETS, values, environment)
    outside = without_secrets(environment)
    for name in _AT_ONCE:
        if name in kept:
            values[name] = look_up(name, kept[name], outside)
    sites = {name: place for name, place in kept.items() if name in CREDENTIALS}
    choices = {name: values[name] for name in CHOICES if name in values}
    remote = addresses(values.get("VENDORFIRST_BROWSER_WS", ""))
    home = _home(values)
    return Settings(
        home=home,
        database_url=_database(values, home),
        selectors=existing_path(values, "VENDORFIRST_SELECTORS", "folder"),
        chromium=_chromium(values, remote=bool(remote)),
        browser_ws=remote,
        user_agent=switch(values, "VENDORFIRST_USER_AGENT"),
        settle_seconds=seconds(values, "VENDORFIRST_SETTLE_SECONDS", 20.0),
        confirm_seconds=seconds(values, "VENDORFIRST_CONFIRM_SECONDS", 900.0),
        patience_seconds=seconds(values, "VENDORFIRST_PATIENCE_SECONDS", 86_400.0),
        notify=values.get("VENDORFIRST_NOTIFY", ""),
        resolve=host_map(values.get("VENDORFIRST_RESOLVE", "")),
        resolve_spki=parts(values.get("VENDORFIRST_RESOLVE_SPKI", "")),
        sites=Secrets({**sites, **places(choices, choices, {})}, outside),
        evidence=_evidence(values),
        signing_key=_signing_key(values),
        timestamp_url=web_address(values, "VENDORFIRST_TIMESTAMP_URL"),
        console_read_only=switch(values, "VENDORFIRST_CONSOLE_READ_ONLY") or False,
        console_url=web_address(values, "VENDORFIRST_CONSOLE_URL"),
        keys=Secrets({name: kept[name] for name in _KEYS if name in kept}, outside),
        limits=limits(values, LIMITS),
        reports_keys=Secrets(_reports_keys(kept), outside),
        reports_host=host_name(values, REPORTS_HOST, REPORTS_HOSTS[0]),
    )


def _reports_keys(kept: Mapping[str, Place]) -> dict[str, Place]:
    """Return where the credentials of the Reporting API are.

    Raises BadSettings where some are missing.
    """
    found = {name: kept[name] for name in REPORTS_KEYS if name in kept}
    missing = [name for name in REPORTS_KEYS if name not in found]
    if found and missing:
        msg = f"Amazon Business's Reporting API needs {' and '.join(missing)} too."
        raise BadSettings(msg, next_step="Set all three, or none to do without it.")
    return found


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for another program, which gets no secret of ours."""
    return {name: value for name, value in environment.items() if name not in SECRETS}


def _other_way(name: str) -> str:
    """Return the setting that says the same in the other way, as NAME for NAME_FILE."""
    return name.removesuffix(FILE_SUFFIX) if name in _FILES else name + FILE_SUFFIX


def _trimmed(name: str, value: str) -> str:
    """Take the blanks around a value away.

    A password keeps them, as it may begin or end with one.
    """
    return value if name.endswith("_PASSWORD") else value.strip()


def _home(values: Mapping[str, str]) -> Path:
    if "VENDORFIRST_HOME" in values:
        return whole_path("VENDORFIRST_HOME", values["VENDORFIRST_HOME"])
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no home is set

    return user_data_path("vendorfirst", appauthor=False)


def _database(values: Mapping[str, str], home: Path) -> str:
    if "VENDORFIRST_DATABASE_URL" in values:
        return database(values["VENDORFIRST_DATABASE_URL"])
    return sqlite_url(home / "ledger.sqlite")


def _chromium(values: Mapping[str, str], *, remote: bool) -> Path | None:
    """Return the browser's path.

    A path on a remote machine can't be looked at from here.
    """
    if remote and "VENDORFIRST_CHROMIUM" in values:
        return Path(values["VENDORFIRST_CHROMIUM"])
    return existing_path(values, "VENDORFIRST_CHROMIUM", "file")


def _signing_key(values: Mapping[str, str]) -> Path | None:
    """Return the path of the key, which is read where it is to sign."""
    name = "VENDORFIRST_SIGNING_KEY"
    return whole_path(name, values[name]) if name in values else None


def _evidence(values: Mapping[str, str]) -> str | None:
    place = values.get("VENDORFIRST_EVIDENCE")
    if place is None:
        return None
    check_place(place)
    return place if "://" in place else str(whole_path("VENDORFIRST_EVIDENCE", place))


def _of_file(file: EnvFile) -> dict[str, str]:
    """Return a file's values of ours, with paths meant from its own folder.

    Raises BadSettings for a name that does not exist.
    """
    unknown = sorted(
        name
        for name in file.values
        if name not in (*NAMES, *_FILES)
        and name.upper().startswith(("VENDORFIRST_", "AMAZON_", "REALSOURCE_"))
    )
    if unknown:
        msg = f"{file.path} has settings that do not exist: {', '.join(unknown)}."
        raise BadSettings(msg, next_step="Look the names up in .env.example.")
    values = {name: value for name, value in file.values.items() if name in (*NAMES, *_FILES)}
    for name in _PATHS:
        if values.get(name, "").strip() and "://" not in values[name]:
            values[name] = str(file.path.parent / whole_path(name, values[name].strip()))
    if "VENDORFIRST_DATABASE_URL" in values:
        values["VENDORFIRST_DATABASE_URL"] = database_beside(
            values["VENDORFIRST_DATABASE_URL"].strip(), file.path.parent
        )
    return values
