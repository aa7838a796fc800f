"""User names, passwords and one-time codes, which sign in to a site.

Values go to the browser and to nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from robot.errors import BadSettings, DatabaseDown, VendorfirstError
from robot.redaction import Redactor
from robot.settings import CREDENTIALS, Settings
from robot.sites.seeds import seed_of_setting, seed_spellings
from robot.sites.site_file import Site

if TYPE_CHECKING:
    from robot.sites.one_time_codes import OneTimeCodes
    from robot.storage.database import Database


class Credentials:
    """The credentials of every site, from the settings.

    The redactor knows each value before anything can print it.
    """

    def __init__(self, settings: Settings, redactor: Redactor) -> None:
        """Teach the redactor all that the settings hold.

        What is kept elsewhere it learns when that is asked for.
        """
        self._settings = settings
        self._redactor = redactor
        self._codes: dict[str, OneTimeCodes] = {}
        #: Sites whose sign-in ended at a person after something was typed: trying on would lock the
        #: account.
        self.refused: dict[str, VendorfirstError] = {}
        redactor.learn(*_secret_values(settings.known_sites))

    def has(self, site: Site, kind: str) -> bool:
        """Tell whether the ``username``, ``password`` or ``code`` of a site is set."""
        return self._setting(site, kind) in self._settings.sites

    def choice(self, site: Site) -> str | None:
        """Return the account or instance that the settings choose among several."""
        return self._settings.site_value(site.account.choice)

    def account(self, site: Site) -> str:
        """Return a name for the account at a site that does not tell the user's.

        It is the same on every machine.
        """
        user = self._secret(site.account.username) or ""
        return f"{site.name}:{hashlib.sha256(user.encode()).hexdigest()[:12]}"

    def value(self, site: Site, kind: str, *, session: str | None = None) -> str:
        """Return a credential that is typed at once.

        ``session`` names the site whose session a person could keep instead, by default its own.
        Raises BadSettings where its setting is missing.
        """
        name = self._setting(site, kind)
        found = self._secret(name)
        if found is None or name is None:
            msg = f"{site.title} asks for the {kind}, and {name or 'no setting'} is not set."
            raise BadSettings(
                msg,
                touched="",
                next_step=(
                    f"Set {name} in .env, or sign in once yourself: vendorfirst login"
                    f" {session or site.name}"
                ),
            )
        if kind != "code":
            return found
        code = self._otp(site, found).mint()
        self._redactor.learn(code, ephemeral=True)
        return code

    def check_codes(self, site: Site) -> None:
        """Raise BadSettings where the site's seed is set and can't be one."""
        seed = self._secret(site.account.otp)
        if seed:
            seed_of_setting(seed, self._name_of_seed(site))

    def _secret(self, name: str | None) -> str | None:
        """Return a secret, from wherever it is kept, once the redactor knows it."""
        found = self._settings.site_value(name)
        if name is not None and found is not None:
            self._redactor.learn(*_secret_values({name: found}))
        return found

    def _otp(self, site: Site, seed: str) -> OneTimeCodes:
        # It imports the database's package, which nobody waits for before the browser starts.
        from robot.sites.one_time_codes import OneTimeCodes  # noqa: PLC0415

        if site.name not in self._codes:
            earlier = self._settings.home / "codes" / f"{site.name}.json"
            self._codes[site.name] = OneTimeCodes(
                seed,
                self.account(site),
                self._database,
                setting=self._name_of_seed(site),
                earlier=earlier,
            )
        return self._codes[site.name]

    @staticmethod
    def _name_of_seed(site: Site) -> str:
        return site.account.otp or "The seed"

    def _database(self) -> Database:
        from robot.storage.database import Database  # noqa: PLC0415 - as in _otp

        try:
            return Database(self._settings.database_url)
        except BadSettings as error:
            # The ledger was opened there before: the database is away for now.
            if isinstance(error.__cause__, DatabaseDown):
                raise error.__cause__ from None
            raise

    @staticmethod
    def _setting(site: Site, kind: str) -> str | None:
        account = site.account
        return {"username": account.username, "password": account.password, "code": account.otp}[
            kind
        ]


def _secret_values(values: Mapping[str, str]) -> list[str]:
    """Return all that must never be shown of the sites' settings, in every spelling."""
    found = {name: value for name, value in values.items() if name in CREDENTIALS}
    seeds = [value for name, value in found.items() if name.endswith("_SECRET")]
    return [*found.values(), *(spelling for seed in seeds for spelling in seed_spellings(seed))]
