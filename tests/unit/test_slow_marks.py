"""Cases are marked as slow by their names, and a name that fits none is found."""

from __future__ import annotations

import pytest

from tests.support.slow import mark_slow_cases


class Case:
    """One case of a test, as pytest hands it to the marks."""

    def __init__(self, name: str, mark: pytest.MarkDecorator) -> None:
        self.nodeid = f"tests/test_x.py::test_it[{name}]"
        self._mark = mark.mark
        self.added: list[str] = []

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self._mark if self._mark.name == name else None

    def add_marker(self, name: str) -> None:
        self.added.append(name)


@pytest.mark.parametrize(
    "mark, slow",
    [
        (pytest.mark.slow_except("a"), ["b", "c"]),
        (pytest.mark.slow_cases("a", "b"), ["a", "b"]),
        (pytest.mark.slow_cases("c"), ["c"]),
    ],
)
def test_cases_are_marked_by_their_names(mark, slow):
    cases = {name: Case(name, mark) for name in "abc"}
    mark_slow_cases(cases.values(), all_are_there=True)
    assert [name for name, case in cases.items() if case.added == ["slow"]] == slow


def test_name_that_fits_no_case_is_an_error():
    cases = [Case(name, pytest.mark.slow_except("a", "z")) for name in "abc"]
    with pytest.raises(pytest.UsageError, match=r"test_it has no case z$"):
        mark_slow_cases(cases, all_are_there=True)


def test_cases_asked_for_by_id_need_no_other_case():
    """Asked for two of three by their ids, pytest collects no more than those."""
    cases = [Case(name, pytest.mark.slow_except("a")) for name in "bc"]
    mark_slow_cases(cases, all_are_there=False)
    assert [case.added for case in cases] == [["slow"], ["slow"]]
