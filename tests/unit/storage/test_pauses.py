"""Sites are held by a person or by the robot.

Paused by a person, stopped at a page for a person, or by the breaker after a run of errors.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from robot.clock import utc
from robot.storage.pauses import ALL, ERRORS, FIRST_HOLD, LONGEST_HOLD, ROBOT, Pause, SitePauses
from robot.storage.schema import holds as table
from robot.storage.schema import notices
from tests.support.clock import Clock

SITE, OTHER = "amazon_business", "realsource"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pauses(database, clock):
    return SitePauses(database, clock=clock)


def told(database):
    with database.reading() as tx:
        return [row.key for row in tx.execute(sa.select(notices).order_by(notices.c.at))]


def open_breaker(pauses, site=SITE):
    return [pauses.record_result(site, "site_down") for _ in range(ERRORS)]


# ---- by hand ------------------------------------------------------------------------------------


def test_nothing_is_held_at_first(pauses):
    assert pauses.active() == {}
    assert pauses.resume(ALL) == []


@pytest.mark.parametrize("site", [SITE, ALL])
def test_a_paused_site_is_held_until_it_is_resumed(pauses, clock, database, site):
    pauses.pause(site, "a.buyer", "inventory")
    paused = Pause(site, clock.now(), None, "a.buyer", "inventory")
    clock.advance(10 * 365 * 86400.0)
    assert pauses.active() == {site: paused}
    assert pauses.resume(site) == [paused]
    assert pauses.active() == {}
    assert told(database) == []  # who paused it knows


def test_resuming_one_site_leaves_the_others(pauses):
    pauses.pause(SITE, "a", "x")
    pauses.pause(OTHER, "b", "y")
    pauses.pause(ALL, "c", "z")
    assert [hold.by for hold in pauses.resume(SITE)] == ["a"]
    assert set(pauses.active()) == {OTHER, ALL}
    assert [hold.site for hold in pauses.resume(ALL)] == [ALL, OTHER]
    assert pauses.active() == {}


def test_the_last_one_who_pauses_is_named(pauses):
    pauses.pause_by_robot(SITE, "captcha")
    pauses.pause(SITE, "a.buyer", "I look at it")
    assert (pauses.active()[SITE].by, pauses.active()[SITE].because) == ("a.buyer", "I look at it")


def test_a_page_for_a_person_holds_the_site_and_is_told_once(pauses, clock, database):
    pauses.pause_by_robot(SITE, "captcha")
    clock.advance(5)
    pauses.pause_by_robot(SITE, "wrong_password")
    assert pauses.active() == {SITE: Pause(SITE, utc(clock() - 5), None, ROBOT, "captcha")}
    assert told(database) == [f"site_held:{SITE}:{clock() - 5:.0f}"]


def test_page_for_a_person_holds_site_that_breaker_had(pauses, clock, database):
    """A page for a person holds a site that the breaker had for a while."""
    open_breaker(pauses)
    clock.advance(1)
    pauses.pause_by_robot(SITE, "wrong_password")
    clock.advance(LONGEST_HOLD)
    assert pauses.active()[SITE].because == "wrong_password"
    assert len(told(database)) == 2


def test_what_was_under_way_does_not_free_a_paused_site(pauses, clock):
    pauses.pause(SITE, "a", "x")
    assert not pauses.record_result(SITE, None)
    assert open_breaker(pauses) == [False] * ERRORS
    assert pauses.active()[SITE].because == "x"


# ---- the breaker --------------------------------------------------------------------------------


def test_a_run_of_errors_opens_the_breaker(pauses, clock, database):
    assert open_breaker(pauses) == [False] * (ERRORS - 1) + [True]
    until = utc(clock() + FIRST_HOLD)
    assert pauses.active() == {SITE: Pause(SITE, clock.now(), until, ROBOT, "site_down")}
    assert told(database) == [f"site_held:{SITE}:{clock():.0f}"]


def test_errors_before_it_opens_hold_nothing(pauses):
    for _ in range(ERRORS - 1):
        assert not pauses.record_result(SITE, "site_down")
    assert pauses.active() == {}


def test_a_success_ends_the_run(pauses):
    for _ in range(3):
        for _ in range(ERRORS - 1):
            assert not pauses.record_result(SITE, "site_down")
        assert not pauses.record_result(SITE, None)
    assert pauses.active() == {}


def test_each_site_has_a_breaker_of_its_own(pauses):
    open_breaker(pauses)
    for _ in range(ERRORS - 1):
        assert not pauses.record_result(OTHER, "site_down")
    assert set(pauses.active()) == {SITE}


def test_what_was_under_way_when_it_opened_changes_nothing(pauses, clock):
    open_breaker(pauses)
    before = pauses.active()
    clock.advance(1)
    assert not pauses.record_result(SITE, "page_error")
    assert not pauses.record_result(SITE, None)
    assert pauses.active() == before


def test_error_after_hold_opens_again_for_twice_as_long(pauses, clock, database):
    """After a hold, one error opens it again for twice as long, up to a cap."""
    open_breaker(pauses)
    lengths = []
    for _ in range(8):
        lengths.append((pauses.active()[SITE].until - pauses.active()[SITE].since).total_seconds())
        clock.advance(lengths[-1])
        assert pauses.active() == {}
        assert pauses.record_result(SITE, "site_down")
    assert lengths == [60, 120, 240, 480, 960, LONGEST_HOLD, LONGEST_HOLD, LONGEST_HOLD]
    assert len(told(database)) == 9


def test_a_site_that_is_down_for_a_year_breaks_nothing(pauses, clock, database):
    open_breaker(pauses)
    clock.advance(365 * 86400.0)
    with database.writing() as tx:
        tx.execute(sa.update(table).values(times=20_000))
    assert pauses.record_result(SITE, "site_down")
    assert (
        pauses.active()[SITE].until - pauses.active()[SITE].since
    ).total_seconds() == LONGEST_HOLD


def test_after_a_hold_one_success_closes_it_for_good(pauses, clock):
    open_breaker(pauses)
    clock.advance(FIRST_HOLD)
    assert not pauses.record_result(SITE, None)
    assert open_breaker(pauses) == [False] * (ERRORS - 1) + [True]
    assert (pauses.active()[SITE].until - pauses.active()[SITE].since).total_seconds() == FIRST_HOLD


def test_a_person_who_resumes_it_gives_it_a_fresh_start(pauses, clock):
    open_breaker(pauses)
    clock.advance(FIRST_HOLD)
    pauses.record_result(SITE, "site_down")
    assert [hold.site for hold in pauses.resume(SITE)] == [SITE]
    assert open_breaker(pauses) == [False] * (ERRORS - 1) + [True]
    assert (pauses.active()[SITE].until - pauses.active()[SITE].since).total_seconds() == FIRST_HOLD


def test_a_site_that_always_went_well_is_not_written_about(pauses, database):
    sa_writes = []
    sa.event.listen(
        database._engine, "before_cursor_execute", lambda _t, _c, text, *_: sa_writes.append(text)
    )
    assert not pauses.record_result(SITE, None)
    assert all(text.startswith(("SELECT", "PRAGMA", "BEGIN", "SHOW")) for text in sa_writes)
