"""Links to the console, each of which is good once and for a while."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from robot.console.roles import Role
from robot.storage.database import Database
from robot.storage.schema import console_invites as _invites

#: How long (s) a link is good.
GOOD_FOR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Invite:
    """What a link gives, to whom.

    ``id`` is the hash of its secret.
    """

    id: str
    name: str
    role: Role


class Invites:
    """The table of links, which holds no link's secret."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def make(self, name: str, role: Role, made_by: str) -> str:
        """Make a link for somebody, and return its secret."""
        secret = secrets.token_urlsafe(32)
        row = {
            "id": hashed(secret),
            "name": name,
            "role": role.value,
            "made_by": made_by,
            "made_at": self._clock(),
        }
        with self._database.writing() as tx:
            tx.execute(_invites.insert().values(**row))
        return secret

    def use(self, secret: str) -> Invite | None:
        """Use a link up, and return what it gives.

        None where there is no such link, or it was used or is too old.
        """
        now = self._clock()
        good = (
            (_invites.c.id == hashed(secret))
            & _invites.c.used_at.is_(None)
            & (_invites.c.made_at > now - GOOD_FOR)
        )
        with self._database.writing() as tx:
            row = tx.execute(sa.select(_invites).where(good)).one_or_none()
            if row is None:
                return None
            tx.execute(_invites.update().where(good).values(used_at=now))
        return Invite(row.id, row.name, Role(row.role))


def hashed(secret: str) -> str:
    """Return the hash under which a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()
