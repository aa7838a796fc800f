"""Who is at an item of the inbox, so that two people do not work on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from robot.clock import utc
from robot.storage.database import Database
from robot.storage.schema import console_claims as _claims

#: For how long (s) a claim holds.
HOLDS: Final = 15 * 60.0


@dataclass(frozen=True, slots=True)
class Claim:
    """One person's word that they are at an item, good ``until`` a time (UTC)."""

    item: int
    name: str
    until: datetime


class Claims:
    """The table of claims, each of which runs out by itself."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def active(self) -> dict[int, Claim]:
        """Return every claim that holds now, by its item."""
        holds = _claims.c.until > self._clock()
        with self._database.reading() as tx:
            rows = tx.execute(sa.select(_claims).where(holds)).all()
        return {row.item: Claim(row.item, row.name, utc(row.until)) for row in rows}

    def take(self, item: int, name: str) -> Claim:
        """Claim an item, or make one's own claim last longer.

        Returns the claim of somebody else where they have it.
        """
        until = self._clock() + HOLDS
        mine = _claims.c.item == item
        with self._database.writing() as tx:
            row = tx.execute(sa.select(_claims).where(mine)).one_or_none()
            if row is not None and row.until > self._clock() and row.name != name:
                return Claim(item, row.name, utc(row.until))
            tx.execute(_claims.delete().where(mine))
            tx.execute(_claims.insert().values(item=item, name=name, until=until))
        return Claim(item, name, utc(until))

    def release(self, item: int, name: str) -> None:
        """Give one's own claim back."""
        mine = (_claims.c.item == item) & (_claims.c.name == name)
        with self._database.writing() as tx:
            tx.execute(_claims.delete().where(mine))
