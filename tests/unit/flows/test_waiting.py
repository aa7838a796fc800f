"""Waiting on a page without a page."""

from __future__ import annotations

import pytest

from flows.waiting import wait_until


class Waits:
    """A visit that only notes how long it was to pause."""

    def __init__(self):
        self.pauses = []

    def pause(self, seconds):
        self.pauses.append(seconds)

    def wait_for_change(self, seconds, settle):
        self.pauses.append(("change", settle))


def test_what_is_there_at_once_is_not_waited_for():
    visit = Waits()
    assert wait_until(visit, lambda: "there", 5.0) == "there"
    assert visit.pauses == []


def test_a_page_is_read_until_it_says_enough():
    visit = Waits()
    readings = iter([0, 1, 2, 3])
    assert wait_until(visit, lambda: next(readings), 5.0, enough=lambda n: n == 2, pause=0.5) == 2
    assert visit.pauses == [0.5, 0.5]


def test_a_page_that_tells_of_its_changes_is_read_by_them():
    visit = Waits()
    readings = iter([0, 1])
    assert wait_until(visit, lambda: next(readings), 5.0, pause=0.5, on_change=True) == 1
    assert visit.pauses == [("change", 0.5)]


def test_the_last_reading_is_kept_when_time_is_over():
    assert wait_until(Waits(), lambda: "half", 0.0, enough=lambda _: False) == "half"


def test_what_a_reading_raises_is_raised():
    def broken():
        raise OSError

    with pytest.raises(OSError):
        wait_until(Waits(), broken, 5.0)
