"""Marks for tests that may be run a second time.

A machine that is shared with others may stop a browser, or a whole command, for longer than a site
or a person would wait for it: such a test may fail once though nothing is wrong. So it is run once
more, and pytest names it at the end. No other test is, as there a failure has a cause of our own.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

#: The folders whose tests start real browsers and whole commands.
_ROOMS = {"browser", "system"}
#: Fixtures of a whole session that keep what a test did at the sites.
_KEPT = {"shared_standin", "shared_robot"}


def mark_second_tries(items: Iterable[pytest.Function]) -> None:
    """Mark the tests that are run once more when they fail.

    A test is left out where others of its file share its sites or its browser: its second try would
    meet what the first one left there.
    """
    for item in items:
        if item.path.parent.name in _ROOMS and not _shares_with_others(item):
            item.add_marker(pytest.mark.flaky(reruns=1))


def _shares_with_others(item: pytest.Function) -> bool:
    if not _KEPT.isdisjoint(item.fixturenames):
        return True
    known = item._fixtureinfo.name2fixturedefs
    return any(fixture.scope == "module" for found in known.values() for fixture in found)
