"""Only tests that a stalled browser may fail, and that begin anew each, are run a second time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.second_try import mark_second_tries


class Case:
    """A test with these fixtures, each with its scope, as pytest hands it to the marks."""

    def __init__(self, folder: str, **scopes: str) -> None:
        self.path = Path("tests", folder, "test_x.py")
        self.fixturenames = list(scopes)
        fixtures = {name: [SimpleNamespace(scope=scope)] for name, scope in scopes.items()}
        self._fixtureinfo = SimpleNamespace(name2fixturedefs=fixtures)
        self.added: list[pytest.MarkDecorator] = []

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.added.append(mark)


@pytest.mark.parametrize("folder", ["browser", "system"])
def test_test_of_a_browser_or_command_has_a_second_try(folder):
    case = Case(folder, stage="function", _stage="session")
    mark_second_tries([case])
    assert [mark.mark for mark in case.added] == [pytest.mark.flaky(reruns=1).mark]


@pytest.mark.parametrize(
    "case",
    [
        Case("unit"),
        Case("simulation", stage="function"),
        Case("browser", scene="module"),
        Case("system", sites="module", tmp_path="function"),
        Case("browser", shared_robot="session"),
        Case("browser", shared_standin="session"),
    ],
)
def test_no_other_test_has_a_second_try(case):
    mark_second_tries([case])
    assert case.added == []
