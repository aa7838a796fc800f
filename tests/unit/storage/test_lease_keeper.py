"""What a process holds is renewed together, by one thread that lives while anything is held."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from robot.storage import lease_keeper
from robot.storage.lease_keeper import LeaseKeeper, LeaseRenewer
from robot.storage.leases import Leases
from robot.storage.schema import leases as table


class CountedLeases(Leases):
    """Keeps which leases each renewal was of."""

    def __init__(self, database, most: int) -> None:
        super().__init__(database)
        self.most, self.full, self.renewed = most, threading.Event(), []

    def renew(self, *leases, **more):
        lost = super().renew(*leases, **more)
        self.renewed.append(sorted(lease.resource for lease in leases))
        if len(leases) == self.most:
            self.full.set()
        return lost


def renewers():
    return [thread for thread in threading.enumerate() if thread.name == "leases"]


def test_all_leases_of_a_worker_are_renewed_at_once(database, monkeypatch):
    """Those of its lanes, whoever holds them there, in one transaction."""
    monkeypatch.setattr(lease_keeper, "_RENEW_EVERY", 0.02)
    leases = CountedLeases(database, 4)
    renewer = LeaseRenewer(leases)
    with (
        LeaseKeeper(leases, "lane 1", renewer) as one,
        LeaseKeeper(leases, "lane 2", renewer) as two,
    ):
        for resource in ("amazon:1", "realsource:1"):
            one.acquire(resource)
        with LeaseKeeper(leases, "the worker", renewer) as third:
            third.acquire("account:a")
            two.acquire("amazon:2")
            assert leases.full.wait(60)
            assert len(renewers()) == 1
    assert ["account:a", "amazon:1", "amazon:2", "realsource:1"] in leases.renewed
    assert renewers() == []


def test_lease_is_renewed_until_it_is_given_back(database, monkeypatch):
    monkeypatch.setattr(lease_keeper, "_RENEW_EVERY", 0.02)
    leases = CountedLeases(database, 1)
    renewer = LeaseRenewer(leases)
    for _ in range(2):  # the thread that ended with the first begins anew
        leases.full.clear()
        with LeaseKeeper(leases, "me", renewer) as keeper:
            before = keeper.acquire("amazon:1").expires
            assert leases.full.wait(60)
            with database.reading() as tx:
                (expires,) = tx.execute(sa.select(table.c.expires)).scalars()
            assert expires > before
        assert renewers() == []


def test_renewal_that_fails_unforeseen_is_not_the_last(database, monkeypatch):
    """One thread keeps the leases of all lanes, for as long as the worker lives."""
    monkeypatch.setattr(lease_keeper, "_RENEW_EVERY", 0.02)
    leases = CountedLeases(database, 1)
    renew, fails = leases.renew, iter([MemoryError()])

    def once_in_vain(*these, **more):
        for error in fails:
            raise error
        return renew(*these, **more)

    monkeypatch.setattr(leases, "renew", once_in_vain)
    with LeaseKeeper(leases, "me") as keeper:
        keeper.acquire("amazon:1")
        assert leases.full.wait(20)
