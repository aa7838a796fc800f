"""What the tests of the storage share: ledgers that are migrated as they are outside of tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def new_ledgers():
    """A new ledger takes every step of every migration."""
