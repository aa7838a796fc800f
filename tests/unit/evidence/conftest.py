"""What the tests of kept evidence share."""

from __future__ import annotations

import shutil

import pytest

from robot.storage.database import Database


@pytest.fixture
def database(migrated_ledger, tmp_path):
    """A ledger of its own for each test."""
    shutil.copy(migrated_ledger, tmp_path / "ledger.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield database
    database.close()
