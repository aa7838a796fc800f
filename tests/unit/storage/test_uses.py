"""An approval is used once, and limits are counted in the transaction that uses it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from robot.cancellation.approvals import Approval
from robot.cancellation.events import Approved, OrderSeen, VendorIntended
from robot.cancellation.limits import Bound, Limits
from robot.errors import NeedsPerson
from robot.storage.ledger import Ledger
from robot.storage.uses import used
from tests.support.clock import Clock
from tests.support.facts import ASKED, LIVE, T0

FAR = T0 + timedelta(days=36500)
HOUR = 3600.0


@pytest.fixture
def clock():
    return Clock(T0.timestamp())


@pytest.fixture
def ledger(tmp_path, clock):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", clock=clock)
    yield ledger
    ledger.close()


def press(
    ledger,
    number,
    *,
    given="",
    amount=10,
    bounds=(),
    second=None,
    how="list",
    limits=(),
    **asked,
):
    """Commit the intent of a press of an order that comes with a list, for what is ``asked``."""
    case = f"amazon:{number}"
    approval = given or f"l1/{number}"
    request = replace(ASKED, **{"number": number, "request_id": "r1"} | asked)
    event = Approved(
        at=T0, approval=approval, by="first", how=how, until=FAR, numbers=(number,), limits=limits
    )
    extra = () if second is None else (
        replace(event, approval=second, by="second", second=True),
    )  # fmt: skip
    ledger.append(case, request, event, *extra)
    lease = ledger.leases.acquire(case, "a")
    total = None if amount is None else Decimal(amount)
    return ledger.commit_intent(
        case,
        VendorIntended(at=T0, token=lease.token),
        Approval(approval, "amazon", number, "d", total, 1, second, limits),
        lease,
        bounds=bounds,
    )


def listed(ledger, *numbers, limits=()):
    ledger.append(
        "approval:l1",
        Approved(
            at=T0, approval="l1", by="first", how="list", until=FAR, numbers=numbers, limits=limits
        ),
    )


def test_a_limit_counts_orders_over_all_cases_and_frees_in_time(ledger, clock):
    listed(ledger, "1", "2", "3")
    bounds = (Bound(Limits(orders_hour=1)),)
    press(ledger, "1", bounds=bounds)
    with pytest.raises(NeedsPerson, match="2 orders in an hour, and the limit is 1") as refused:
        press(ledger, "2", bounds=bounds)
    assert refused.value.problem == "over_limit"
    assert "vendor_intended" not in [event.kind for event in ledger.events("amazon:2")]
    clock.advance(HOUR + 1)
    press(ledger, "3", bounds=bounds)


def test_machines_at_once_press_no_more_than_a_limit_allows(empty_url):
    """Five connections ask for the press of twenty orders, all at the same time."""
    numbers = [str(number) for number in range(20)]
    bounds = (Bound(Limits(orders_hour=3)),)
    with closing(Ledger(empty_url)) as ledger:
        listed(ledger, *numbers)

    def press_some(of):
        with closing(Ledger(empty_url)) as ledger:
            return [answer(ledger, number, bounds) for number in of]

    with ThreadPoolExecutor(5) as machines:
        told = machines.map(press_some, (numbers[nth::5] for nth in range(5)))
        answers = Counter(one for some in told for one in some)
    assert answers == {"pressed": 3, "over_limit": 17}


def answer(ledger, number, bounds):
    """Return what came of the press of an order, in a word."""
    try:
        press(ledger, number, bounds=bounds)
    except NeedsPerson as refused:
        return refused.problem
    return "pressed"


def test_a_limit_of_one_vendor_counts_that_vendors_only(ledger):
    listed(ledger, "1", "2")
    press(ledger, "1")
    press(ledger, "2", bounds=(Bound(Limits(orders_hour=1), "other"),))
    with ledger.database.reading() as tx:
        assert used(tx, "other", ledger._clock()).orders_day == 0
        assert used(tx, None, ledger._clock()).dollars_day == Decimal(20)


def test_a_second_person_may_go_over_a_limit(ledger):
    listed(ledger, "1", "2")
    bounds = (Bound(Limits(dollars_day=Decimal(15))),)
    press(ledger, "1", bounds=bounds)
    with pytest.raises(NeedsPerson, match=r"\$20 in a day"):
        press(ledger, "2", bounds=bounds)
    press(ledger, "2", bounds=bounds, second="s1", request_id="r2")


def test_limits_of_an_approval_hold_beside_those_of_today(ledger):
    """Who approves under a limit has not approved what a wider one of later would let through."""
    then = (Bound(Limits(orders_hour=1)),)
    now = (Bound(Limits(orders_hour=9)),)
    listed(ledger, "1", "2", limits=then)
    press(ledger, "1", bounds=now, limits=then)
    with pytest.raises(NeedsPerson, match="2 orders in an hour, and the limit is 1"):
        press(ledger, "2", bounds=now, limits=then)


def test_orders_of_a_listed_po_count_for_the_lists_limit(ledger):
    """A list that names one PO is of as many orders as that PO has."""
    listed(ledger, "P1")
    bounds = (Bound(Limits(list_orders=2)),)
    press(ledger, "1", bounds=bounds, po="P1")
    press(ledger, "2", bounds=bounds, po="P1")
    with pytest.raises(NeedsPerson, match="3 orders of one list, and the limit is 2"):
        press(ledger, "3", bounds=bounds, po="P1")


def test_an_approval_is_good_for_one_request_once(ledger, clock):
    listed(ledger, "1")
    press(ledger, "1")
    clock.advance(60)
    ledger.append(
        "amazon:1", OrderSeen(at=clock.now(), facts=replace(LIVE, number="1")), resource="amazon:1"
    )
    with pytest.raises(
        NeedsPerson, match="1 was not pressed: the approval was used before"
    ) as refused:
        press(ledger, "1", request_id="r2")
    assert refused.value.problem == "not_approved"


def test_a_second_press_of_the_same_request_is_counted_once(ledger, clock):
    listed(ledger, "1")
    bounds = (Bound(Limits(orders_hour=1)),)
    press(ledger, "1", bounds=bounds)
    clock.advance(60)
    ledger.append(
        "amazon:1", OrderSeen(at=clock.now(), facts=replace(LIVE, number="1")), resource="amazon:1"
    )
    press(ledger, "1", bounds=bounds)


def test_an_approval_of_another_list_presses_nothing(ledger):
    listed(ledger, "2")
    with pytest.raises(NeedsPerson, match="the approval is of another list"):
        press(ledger, "1")
    assert [event.kind for event in ledger.events("amazon:1")] == ["requested", "approved"]
