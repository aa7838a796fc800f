"""What was done or tried on the console, by whom, on what, when, and from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from robot.clock import utc
from robot.console.roles import Role
from robot.storage.database import Database
from robot.storage.schema import console_actions as _actions


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the log.

    ``refused`` says why it was not done, None where it was.
    """

    id: int
    at: datetime
    name: str
    role: str
    action: str
    subject: str
    address: str
    refused: str | None


class ActionLog:
    """The table of what was done, to which lines are only added."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        """Use the table in an open database.

        ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._clock = clock

    def write(
        self,
        action: str,
        subject: str,
        *,
        name: str,
        role: Role | None,
        address: str,
        refused: str | None = None,
    ) -> None:
        """Add a line."""
        row = {
            "at": self._clock(),
            "name": name,
            "role": "" if role is None else role.value,
            "action": action,
            "subject": subject,
            "address": address,
            "refused": refused,
        }
        with self._database.writing() as tx:
            tx.execute(_actions.insert().values(**row))

    def newest(self, limit: int, before: int | None = None) -> list[Action]:
        """Return the newest lines first, those older than the line ``before``."""
        query = sa.select(_actions).order_by(_actions.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(_actions.c.id < before)
        with self._database.reading() as tx:
            rows = tx.execute(query).all()
        return [
            Action(
                row.id, utc(row.at), row.name, row.role, row.action, row.subject, row.address,
                row.refused,
            )
            for row in rows
        ]  # fmt: skip
