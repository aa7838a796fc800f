"""Held sites: paused by a person, stopped at a page for a person, or by the breaker after a run of
errors.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from robot.clock import utc
from robot.storage.pauses import ALL, ERRORS, FIRST_HOLD, LONGEST_HOLD, ROBOT, Pause, SitePauses
from robot.storage.schema import holds as table
from robot.storage.schema import notices

SITE, OTHER = "amazon_business", "realsource"


class Clock:
    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def holds(database, clock):
    return SitePauses(database, clock=clock)


def told(database):
    with database.reading() as tx:
        return [row.key for row in tx.execute(sa.select(notices).order_by(notices.c.at))]


def open_breaker(holds, site=SITE):
    return [holds.record_result(site, "site_down") for _ in range(ERRORS)]


# ---- by hand ------------------------------------------------------------------------------------


def test_nothing_is_held_at_first(holds):
    assert holds.active() == {}
    assert holds.resume(ALL) == []


@pytest.mark.parametrize("site", [SITE, ALL])
def test_a_paused_site_is_held_until_it_is_resumed(holds, clock, database, site):
    holds.pause(site, "a.buyer", "inventory")
    paused = Pause(site, utc(clock.now), None, "a.buyer", "inventory")
    clock.now += 10 * 365 * 86400.0
    assert holds.active() == {site: paused}
    assert holds.resume(site) == [paused]
    assert holds.active() == {}
    assert told(database) == []  # who paused it knows


def test_resuming_one_site_leaves_the_others(holds):
    holds.pause(SITE, "a", "x")
    holds.pause(OTHER, "b", "y")
    holds.pause(ALL, "c", "z")
    assert [hold.by for hold in holds.resume(SITE)] == ["a"]
    assert set(holds.active()) == {OTHER, ALL}
    assert [hold.site for hold in holds.resume(ALL)] == [ALL, OTHER]
    assert holds.active() == {}


def test_the_last_one_who_pauses_is_named(holds):
    holds.pause_by_robot(SITE, "captcha")
    holds.pause(SITE, "a.buyer", "I look at it")
    assert (holds.active()[SITE].by, holds.active()[SITE].because) == ("a.buyer", "I look at it")


def test_a_page_for_a_person_holds_the_site_and_is_told_once(holds, clock, database):
    holds.pause_by_robot(SITE, "captcha")
    clock.now += 5
    holds.pause_by_robot(SITE, "wrong_password")
    assert holds.active() == {SITE: Pause(SITE, utc(clock.now - 5), None, ROBOT, "captcha")}
    assert told(database) == [f"site_held:{SITE}:{clock.now - 5:.0f}"]


def test_a_page_for_a_person_holds_a_site_that_the_breaker_had_for_a_while(holds, clock, database):
    open_breaker(holds)
    clock.now += 1
    holds.pause_by_robot(SITE, "wrong_password")
    clock.now += LONGEST_HOLD
    assert holds.active()[SITE].because == "wrong_password"
    assert len(told(database)) == 2


def test_what_was_under_way_does_not_free_a_paused_site(holds, clock):
    holds.pause(SITE, "a", "x")
    assert not holds.record_result(SITE, None)
    assert open_breaker(holds) == [False] * ERRORS
    assert holds.active()[SITE].because == "x"


# ---- the breaker --------------------------------------------------------------------------------


def test_a_run_of_errors_opens_the_breaker(holds, clock, database):
    assert open_breaker(holds) == [False] * (ERRORS - 1) + [True]
    until = utc(clock.now + FIRST_HOLD)
    assert holds.active() == {SITE: Pause(SITE, utc(clock.now), until, ROBOT, "site_down")}
    assert told(database) == [f"site_held:{SITE}:{clock.now:.0f}"]


def test_errors_before_it_opens_hold_nothing(holds):
    for _ in range(ERRORS - 1):
        assert not holds.record_result(SITE, "site_down")
    assert holds.active() == {}


def test_a_success_ends_the_run(holds):
    for _ in range(3):
        for _ in range(ERRORS - 1):
            assert not holds.record_result(SITE, "site_down")
        assert not holds.record_result(SITE, None)
    assert holds.active() == {}


def test_each_site_has_a_breaker_of_its_own(holds):
    open_breaker(holds)
    for _ in range(ERRORS - 1):
        assert not holds.record_result(OTHER, "site_down")
    assert set(holds.active()) == {SITE}


def test_what_was_under_way_when_it_opened_changes_nothing(holds, clock):
    open_breaker(holds)
    before = holds.active()
    clock.now += 1
    assert not holds.record_result(SITE, "page_error")
    assert not holds.record_result(SITE, None)
    assert holds.active() == before


def test_after_a_hold_one_error_opens_it_again_for_twice_as_long_up_to_a_cap(
    holds, clock, database
):
    open_breaker(holds)
    lengths = []
    for _ in range(8):
        lengths.append((holds.active()[SITE].until - holds.active()[SITE].since).total_seconds())
        clock.now += lengths[-1]
        assert holds.active() == {}
        assert holds.record_result(SITE, "site_down")
    assert lengths == [60, 120, 240, 480, 960, LONGEST_HOLD, LONGEST_HOLD, LONGEST_HOLD]
    assert len(told(database)) == 9


def test_a_site_that_is_down_for_a_year_breaks_nothing(holds, clock, database):
    open_breaker(holds)
    clock.now += 365 * 86400.0
    with database.writing() as tx:
        tx.execute(sa.update(table).values(times=20_000))
    assert holds.record_result(SITE, "site_down")
    assert (holds.active()[SITE].until - holds.active()[SITE].since).total_seconds() == LONGEST_HOLD


def test_after_a_hold_one_success_closes_it_for_good(holds, clock):
    open_breaker(holds)
    clock.now += FIRST_HOLD
    assert not holds.record_result(SITE, None)
    assert open_breaker(holds) == [False] * (ERRORS - 1) + [True]
    assert (holds.active()[SITE].until - holds.active()[SITE].since).total_seconds() == FIRST_HOLD


def test_a_person_who_resumes_it_gives_it_a_fresh_start(holds, clock):
    open_breaker(holds)
    clock.now += FIRST_HOLD
    holds.record_result(SITE, "site_down")
    assert [hold.site for hold in holds.resume(SITE)] == [SITE]
    assert open_breaker(holds) == [False] * (ERRORS - 1) + [True]
    assert (holds.active()[SITE].until - holds.active()[SITE].since).total_seconds() == FIRST_HOLD


def test_a_site_that_always_went_well_is_not_written_about(holds, database):
    sa_writes = []
    sa.event.listen(
        database._engine, "before_cursor_execute", lambda _t, _c, text, *_: sa_writes.append(text)
    )
    assert not holds.record_result(SITE, None)
    assert all(text.startswith(("SELECT", "PRAGMA", "BEGIN", "SHOW")) for text in sa_writes)
