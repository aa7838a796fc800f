"""New ledgers for tests, each made in one go, that share the statements they compiled.

To take every step of every migration for each would be a third of what the unit tests need.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

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
        driver = tx.connection.driver_connection
        for statement in statements:
            driver.execute(statement)
    return True


class _Compiled(dict[tuple[Any, ...], Any]):
    """Compiled statements; SQLAlchemy's keys begin with the dialect, an object of each engine."""

    def __getitem__(self, key: tuple[Any, ...]) -> Any:
        return super().__getitem__(key[1:])

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)


_COMPILED = _Compiled()


def share_compiled(connection: sa.Connection) -> None:
    """Let a connection to SQLite use what others to it compiled: else each ledger compiles anew."""
    if connection.dialect.name == "sqlite":
        connection.execution_options(compiled_cache=_COMPILED)
