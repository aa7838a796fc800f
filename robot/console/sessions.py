"""Who is signed in to the console, kept by the server.

The browser holds a random secret in a cookie, the table its hash. Signing out removes the row.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from robot.console.invites import Invite, hashed
from robot.console.roles import Role
from robot.storage.database import Database
from robot.storage.schema import console_sessions as _sessions

#: After how long (s) without a click a session ends, and after how long in any case.
IDLE: Final = 2 * 3600.0
ABSOLUTE: Final = 12 * 3600.0
#: A click within so many seconds of the last one is not written down.
_SEEN_AGAIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in person.

    ``csrf`` is what this session's forms must bring.
    """

    id: str
    name: str
    role: Role
    csrf: str


class Sessions:
    """The table of sessions."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def begin(self, invite: Invite) -> str:
        """Begin a session, and return the secret that its cookie holds."""
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        row = {
            "id": hashed(secret),
            "invite": invite.id,
            "name": invite.name,
            "role": invite.role.value,
            "began_at": now,
            "seen_at": now,
        }
        with self._database.writing() as tx:
            tx.execute(_sessions.delete().where(~self._good()))
            tx.execute(_sessions.insert().values(**row))
        return secret

    def find(self, secret: str, *, clicked: bool) -> Session | None:
        """Return the session of a cookie, or None where there is none or it is over.

        ``clicked``: a person did something, so that it is not idle.
        """
        mine = _sessions.c.id == hashed(secret)
        with self._database.reading() as tx:
            row = tx.execute(sa.select(_sessions).where(mine & self._good())).one_or_none()
        if row is None:
            return None
        now = self._clock()
        if clicked and now - row.seen_at > _SEEN_AGAIN:
            with self._database.writing() as tx:
                tx.execute(_sessions.update().where(mine).values(seen_at=now))
        csrf = hmac.digest(secret.encode(), b"forms", "sha256").hex()
        return Session(row.id, row.name, Role(row.role), csrf)

    def end(self, session: Session) -> None:
        """End a session."""
        with self._database.writing() as tx:
            tx.execute(_sessions.delete().where(_sessions.c.id == session.id))

    def _good(self) -> sa.ColumnElement[bool]:
        now = self._clock()
        return (_sessions.c.seen_at > now - IDLE) & (_sessions.c.began_at > now - ABSOLUTE)
