"""Marks for tests of which only some cases are slow.

``@pytest.mark.slow`` leaves a whole test to ``make slow``. Of a test with many cases,
``slow_except("a", "b")`` leaves all but those to it, and ``slow_cases("a", "b")`` only those; each
case is named by its id. A name that fits no case is an error, unless pytest was asked for single
cases and knows no others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest


def mark_slow_cases(items: Iterable[pytest.Item], *, all_are_there: bool) -> None:
    """Put the mark ``slow`` on every case that a test names as slow.

    Where ``all_are_there``, a name that fits no case is an error.
    """
    tests: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    for name, cases in tests.items():
        for mark in ("slow_except", "slow_cases"):
            if (found := cases[0].get_closest_marker(mark)) is not None:
                _mark(cases, set(found.args), but_for=mark == "slow_except")
                unknown = set(found.args) - {_case(item) for item in cases}
                if all_are_there and unknown:
                    msg = f"{name} has no case {', '.join(sorted(unknown))}"
                    raise pytest.UsageError(msg)


def _mark(cases: list[pytest.Item], named: set[str], *, but_for: bool) -> None:
    for item in cases:
        if (_case(item) in named) != but_for:
            item.add_marker("slow")


def _case(item: pytest.Item) -> str:
    """Return the id of a case, which stands in brackets behind the test's name."""
    return item.nodeid.partition("[")[2].removesuffix("]")
