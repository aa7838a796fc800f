"""What every page of the console works with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from robot.console.action_log import ActionLog
from robot.console.invites import Invites
from robot.console.security.rate_limit import RateLimit
from robot.console.sessions import Sessions
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger

#: The names under which the console may be reached, and no others.
HOSTS = ("127.0.0.1", "localhost")


#: How many links that are not good may be tried in how many seconds.
_LINK_TRIES = (10, 60.0)


def _link_tries() -> RateLimit:
    return RateLimit(*_LINK_TRIES)


@dataclass(frozen=True, slots=True)
class Console:
    """One console, with the settings and the database that it shows.

    ``practice``: the sites are stand-ins that this process started. ``clock`` gives UNIX seconds.
    """

    settings: Settings
    database: Database
    sites: Sites
    port: int
    practice: bool = False
    read_only: bool = False
    link_tries: RateLimit = field(default_factory=_link_tries)
    clock: Callable[[], float] = time.time

    @property
    def address(self) -> str:
        """Return the address that people open."""
        return f"http://{HOSTS[0]}:{self.port}"

    @property
    def ledger(self) -> Ledger:
        """Return the ledger, for the thread that asks."""
        return Ledger(self.database, clock=self.clock)

    @property
    def sessions(self) -> Sessions:
        """Return who is signed in."""
        return Sessions(self.database, self.clock)

    @property
    def invites(self) -> Invites:
        """Return the links that are good once."""
        return Invites(self.database, self.clock)

    @property
    def actions(self) -> ActionLog:
        """Return what was done here, by whom."""
        return ActionLog(self.database, self.clock)
