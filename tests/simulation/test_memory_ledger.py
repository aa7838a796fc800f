"""The ledger in memory, which the simulation works with, answers as the one with a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from robot.cancellation.approvals import Approval
from robot.cancellation.events import (
    Approved,
    OrderSeen,
    OrdersOfPoSeen,
    PoIntended,
    PoSeen,
    VendorIntended,
)
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.errors import VendorfirstError
from robot.storage.holders import new_holder
from robot.storage.ledger import Ledger
from tests.simulation.memory_ledger import MemoryLedger
from tests.support.clock import Clock
from tests.support.facts import ASKED, CANCELLED, LIVE, OPEN, T0

#: A holder of this machine whose process is gone: its start time is not the one that now has its
#: id.
DEAD = "/".join((*new_holder().rsplit("/", 3)[:2], "1", "abcd"))


FAR = T0 + timedelta(days=36500)
RESOURCES = ("amazon:111-1", "amazon:111-2", "realsource:PO-1")
HOLDERS = ("a", "b", DEAD)
SEEN = (
    ASKED,
    OrderSeen(at=T0, facts=LIVE),
    OrderSeen(at=T0, facts=CANCELLED),
    OrdersOfPoSeen(at=T0, po="PO-1", orders=(LIVE, replace(LIVE, number="111-2"))),
    PoSeen(at=T0, facts=OPEN),
)


class TwinMachine(RuleBasedStateMachine):
    """The ledger and its twin are told the same, and must answer alike."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.real = Ledger("sqlite://", clock=self.clock)
        self.twin = MemoryLedger(self.clock, lambda holder: holder == DEAD)
        self.leases = []

    @initialize()
    def begin(self):
        for case, number in (("0", "111-1"), ("1", "111-2")):
            request = replace(ASKED, number=number, request_id=f"r{case}")
            given = Approved(
                at=T0, approval=f"a{case}", by="a clerk", how="option", until=FAR, numbers=(number,)
            )
            self.both(lambda it: it.append(case, request, given))  # noqa: B023 - used at once

    def both(self, use):
        answers = []
        for it in (self.real, self.twin):
            try:
                answers.append(use(it))
            except VendorfirstError as error:
                answers.append((type(error), error.problem))
        return answers

    @rule(seconds=st.sampled_from((0.5, 4.0, 15.0, 30.0, 61.0)))
    def time_passes(self, seconds):
        self.clock.advance(seconds)

    @rule(
        resource=st.sampled_from(RESOURCES),
        holder=st.sampled_from(HOLDERS),
        seconds=st.sampled_from((3.0, 60.0)),
    )
    def lease(self, resource, holder, seconds):
        real, twin = self.both(lambda it: it.leases.acquire(resource, holder, seconds))
        if isinstance(real, tuple):
            assert real == twin
        else:
            assert (real.token, real.holder) == (twin.token, twin.holder)
            self.leases.append((real, twin))

    @rule(data=st.data(), what=st.sampled_from(("renew", "release")))
    def renew_or_release(self, data, what):
        if self.leases:
            pair = data.draw(st.sampled_from(self.leases))
            real, twin = self.both(lambda it: getattr(it.leases, what)(pair[it is self.twin]))
            assert real == twin

    @rule(
        data=st.data(),
        case=st.sampled_from("01"),
        event=st.sampled_from(SEEN),
        resource=st.sampled_from(RESOURCES),
    )
    def append(self, data, case, event, resource):
        some = st.lists(st.sampled_from(self.leases), max_size=2) if self.leases else st.just([])
        pairs, back = data.draw(some), data.draw(some)
        event = replace(event, at=self.clock.now())
        real, twin = self.both(
            lambda it: it.append(
                case,
                event,
                resource=resource,
                leases=tuple(pair[it is self.twin] for pair in pairs),
                before=(event,),
                back=tuple(pair[it is self.twin] for pair in back),
            )
        )
        assert real == twin

    @rule(
        data=st.data(),
        case=st.sampled_from("01"),
        settle=st.sampled_from((0, 20)),
        given=st.sampled_from(("a0", "a1", "a2")),
        number=st.sampled_from(("111-1", "111-2")),
    )
    def commit_intent(self, data, case, settle, given, number):
        if not self.leases:
            return
        pairs = data.draw(st.lists(st.sampled_from(self.leases), min_size=1, max_size=2))
        kind = PoIntended if pairs[0][0].resource.startswith("realsource") else VendorIntended
        event = kind(at=self.clock.now(), token=1)
        approval = Approval(given, "amazon", number, "d", None, 1, None)

        def use(it):
            leases = [pair[it is self.twin] for pair in pairs]
            settled = timedelta(seconds=settle)
            permit = it.commit_intent(case, event, approval, *leases, settle=settled)
            return permit.resource, permit.token

        real, twin = self.both(use)
        assert real == twin

    @rule(number=st.sampled_from("xy"), case=st.sampled_from("01"))
    def keep_receipt(self, number, case):
        self.both(
            lambda it: it.keep_receipt(
                case,
                Receipt(id=number, outcome=Outcome.DONE, finished_at=str(self.clock.seconds)),
            )
        )

    def teardown(self):
        for case in "01":
            assert self.real.events(case) == self.twin.events(case)
            key = str
            assert sorted(self.real.receipts(case), key=key) == sorted(
                self.twin.receipts(case), key=key
            )
        assert self.real.first_broken_event() is None
        self.real.close()


TestTwin = pytest.mark.slow(TwinMachine.TestCase)
TestTwin.settings = settings(
    max_examples=250,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
