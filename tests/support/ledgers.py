"""New ledgers for tests, each made in one go.

To take every step of every migration for each would be a third of what the unit tests need.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from robot.storage.database import Database

Migrate = Callable[[Database], None]


def made_at_once(migrated: Path, migrate: Migrate) -> Migrate:
    """Return a ``migrate`` that fills a new SQLite ledger with what ``migrated`` holds.

    A ledger that has tables already, or that is not SQLite's, is left to the real one.
    """
    with closing(sqlite3.connect(migrated)) as ledger:
        statements = [
            line for line in ledger.iterdump() if not line.startswith(("BEGIN", "COMMIT"))
        ]

    def make(database: Database) -> None:
        if database.sqlite and _filled(database, statements):
            return
        migrate(database)

    return make


def _filled(database: Database, statements: list[str]) -> bool:
    with database.writing() as tx:
        if sa.inspect(tx).get_table_names():
            return False
        for statement in statements:
            tx.exec_driver_sql(statement)
    return True
