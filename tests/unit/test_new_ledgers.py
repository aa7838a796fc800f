"""A ledger that tests have made at once is the one that the migrations make."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from robot.storage.database import Database

OLD = Path(__file__).parents[1] / "data" / "ledgers" / "0.1.0.sql"


def content(path) -> list[str]:
    with closing(sqlite3.connect(path)) as ledger:
        return list(ledger.iterdump())


def test_new_ledger_is_what_the_migrations_make(tmp_path, migrated_ledger):
    Database(f"sqlite:///{tmp_path / 'new.sqlite'}").close()
    assert content(tmp_path / "new.sqlite") == content(migrated_ledger)


def test_older_ledger_is_migrated_step_by_step(tmp_path, migrated_ledger):
    """One of version 0.1.0 has its tables already."""
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as ledger:
        ledger.executescript(OLD.read_text(encoding="utf-8"))
    Database(f"sqlite:///{tmp_path / 'old.sqlite'}").close()
    tables = "SELECT name FROM sqlite_master ORDER BY name"
    with (
        closing(sqlite3.connect(tmp_path / "old.sqlite")) as old,
        closing(sqlite3.connect(migrated_ledger)) as new,
    ):
        assert old.execute(tables).fetchall() == new.execute(tables).fetchall()
