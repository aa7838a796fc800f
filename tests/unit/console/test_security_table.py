"""The table of what keeps others out names only tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

from robot.console.pages.files import STATIC

TESTS = Path(__file__).parents[2]


def test_each_named_test_is_there():
    table = (STATIC.parent / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", table)
    assert len(named) > 30
    for file, test in named:
        (path,) = [*TESTS.glob(f"unit/console/{file}"), *TESTS.glob(f"browser/{file}")]
        assert f"def {test}" in path.read_text(encoding="utf-8"), (file, test)
