"""What the tests of the storage share: ledgers that are migrated as they are outside of tests."""

from __future__ import annotations

import pytest

from robot.storage.database import Database


@pytest.fixture(autouse=True)
def _step_by_step(monkeypatch, migrate):
    """A new ledger takes every step of every migration."""
    monkeypatch.setattr(Database, "_migrate", migrate)
