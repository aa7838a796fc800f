"""Who locks several leases never waits for somebody who waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from robot.storage.leases import Leases
from robot.storage.ledger import Ledger
from tests.support.facts import ASKED

TIMES = 25


def test_leases_are_renewed_while_events_are_written_under_them(database):
    """The orders in which they are named are opposite, and one more is given back each time."""
    leases = Leases(database)
    one, two = (leases.acquire(f"amazon:{n}", "me", 3600) for n in "12")
    away = [leases.acquire(f"account:{n}", "me", 3600) for n in range(TIMES)]
    begin = threading.Barrier(2)

    def renew():
        begin.wait()
        return [leases.renew(one, *away, two, seconds=3600)[len(away) :] for _ in range(TIMES)]

    def write():
        begin.wait()
        for back in away:
            Ledger(database).append("at once", ASKED, leases=(two, one), back=(back,))

    with ThreadPoolExecutor(2) as pool:
        renewed, written = pool.submit(renew), pool.submit(write)
        written.result()
        assert renewed.result() == [()] * TIMES


def test_new_lease_is_taken_by_one_of_those_who_ask_at_once(database):
    leases = Leases(database)
    begin = threading.Barrier(4)

    def take(holder):
        begin.wait()
        try:
            return leases.acquire("amazon:new", holder, 3600).token
        except Exception as refused:  # noqa: BLE001 - whatever it is, the test is told
            return type(refused).__name__

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(take, ["a", "b", "c", "d"]))
    assert sorted(map(str, told)) == ["1", *["LeaseUnavailable"] * 3]


def test_no_lease_is_given_back_or_renewed_by_nobody(database):
    leases = Leases(database)
    assert leases.renew() == ()
    leases.release()
