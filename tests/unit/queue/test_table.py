"""The queue's rows, on SQLite and PostgreSQL.

Taken once, given out in order, fenced, taken over, listed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import DatabaseDown, LeaseUnavailable
from robot.queue.items import LIVE, ORDER, READY, ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.leases import Leases
from robot.storage.ledger import Ledger
from robot.storage.schema import notices
from tests.support.clock import Clock
from tests.support.facts import T0, VENDOR
from tests.support.turns import claim, take_over

STATES = list(State)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def table(database, clock):
    return QueueTable(database, clock=clock)


def order(number, po=None, reason="", by="", **times):
    return NewItem(CancelRequest(VENDOR, number, po, reason, by), **times)


def then(state, clock, **more):
    return ItemUpdate(state, more.pop("due_at", clock.now()), more.pop("site", VENDOR), **more)


def end(table, clock, number, state, **more):
    """Put an order in, and bring it into a state by one turn."""
    table.add([order(number, **more)])
    (item,) = claim(table, "w", 1)
    assert item.number == number
    assert table.finish_turn(item, then(state, clock))


def told(database):
    with database.reading() as tx:
        return [
            (row.key, row.body) for row in tx.execute(sa.select(notices).order_by(notices.c.key))
        ]


# ---- in -----------------------------------------------------------------------------------------


def test_what_is_asked_for_comes_back_as_it_was(table, clock):
    asked = order(
        "111-1", po="P1", reason="“zu spät” \\ ½", by="a.buyer",
        not_before=clock.now() + timedelta(hours=1), deadline=clock.now() + timedelta(days=1),
    )  # fmt: skip
    (taken,) = table.add([asked])
    item = table.get(taken.item)
    assert item.request == CancelRequest(VENDOR, "111-1", "P1", "“zu spät” \\ ½", "a.buyer")
    assert (item.added_at, item.due_at, item.deadline) == (
        clock.now(),
        asked.not_before,
        asked.deadline,
    )
    assert (item.state, item.turn, item.worker, item.urgency, item.site) == (
        State.WAITING,
        0,
        None,
        0,
        VENDOR,
    )
    assert (item.name, item.case) == ("111-1", f"{VENDOR}:111-1")


def test_an_order_without_a_deadline_has_none(table, clock):
    (taken,) = table.add([order("111-1")])
    item = table.get(taken.item)
    assert (item.deadline, item.due_at) == (None, clock.now())
    assert not item.overdue(clock.now() + timedelta(days=9999))


@pytest.mark.parametrize("state", [state for state in STATES if state in LIVE])
def test_an_order_that_is_in_the_queue_is_not_taken_again(table, clock, state):
    if state is State.WORKING:
        table.add([order("111-1")])
        claim(table, "w", 1)
    else:
        end(table, clock, "111-1", state)
    (again,) = table.add([order("111-1")])
    assert again.item is None
    words = {
        State.NEEDS_PERSON: "waits for a person",
        State.FAILED: "failed and waits for somebody to look",
    }
    assert words.get(state, "is in the queue already") in again.why


@pytest.mark.parametrize(
    "more, said",
    [
        ({}, ""),
        ({"po": "P1", "deadline": T0, "not_before": T0}, ""),
        ({"po": "P2"}, "; your PO is not taken over (vendorfirst queue show 111-1)"),
        (
            {"deadline": T0 + timedelta(hours=1), "not_before": T0 - timedelta(hours=1)},
            "; your deadline and begin are not taken over (vendorfirst queue show 111-1)",
        ),
    ],
)
def test_what_a_second_wish_says_otherwise_is_told_not_to_count(table, more, said):
    table.add([order("111-1", po="P1", deadline=T0, not_before=T0)])
    (again,) = table.add([order("111-1", **more)])
    assert again.why == f"is in the queue already{said}"


def test_where_to_look_is_said_once(table, clock):
    end(table, clock, "111-1", State.FAILED)
    (again,) = table.add([order("111-1", po="P2")])
    assert (
        again.why
        == "failed and waits for somebody to look; your PO is not taken over (vendorfirst queue"
        " show 111-1)"
    )


def test_a_begin_that_passed_is_not_told_not_to_count(table, clock):
    end(table, clock, "111-1", State.PENDING)
    (again,) = table.add([order("111-1", not_before=T0)])
    assert again.why == "is in the queue already"


def test_an_order_that_is_done_is_not_asked_for_again(table, clock):
    end(table, clock, "111-1", State.DONE)
    (again,) = table.add([order("111-1")])
    assert "settled as done" in again.why


def test_unconfirmed_press_is_watched_whatever_came_before(table, clock):
    """What is pressed and not confirmed is watched whatever was done earlier."""
    end(table, clock, "111-1", State.DONE)
    (pressed,) = table.add([order("111-1")], state=State.PENDING)
    assert pressed.why is None
    assert [item.state for item in table.find("111-1")] == [State.PENDING, State.DONE]


@pytest.mark.parametrize("state", [state for state in STATES if state not in {*LIVE, State.DONE}])
def test_an_order_that_came_to_its_end_may_be_asked_for_again(table, clock, state):
    end(table, clock, "111-1", state)
    (again,) = table.add([order("111-1")])
    assert again.why is None
    assert [item.state for item in table.find("111-1")] == [State.WAITING, state]


def test_an_order_that_the_ledger_says_is_done_is_not_taken(table, database):
    ledger = Ledger(database)
    ledger.keep_receipt(f"{VENDOR}:111-1", Receipt(id="r1", outcome=Outcome.DONE))
    for n, outcome in enumerate(other for other in Outcome if other is not Outcome.DONE):
        ledger.keep_receipt(f"{VENDOR}:111-2", Receipt(id=f"s{n}", outcome=outcome))
    answers = table.add([order("111-1"), order("111-2")])
    assert [one.why for one in answers] == ["is cancelled already (receipt r1)", None]


def test_the_same_twice_in_one_list_is_taken_once(table):
    answers = table.add([order("111-1"), order("111-2"), order("111-1", reason="again")])
    assert [one.why for one in answers] == [None, None, "is in the list twice"]
    assert len({one.item for one in answers[:2]}) == 2


def test_orders_of_other_vendors_and_pos_are_others(table):
    asked = [
        order("1"),
        NewItem(CancelRequest("other", "1", None)),
        NewItem(CancelRequest(VENDOR, None, "1")),
        NewItem(CancelRequest(VENDOR, None, "2")),
    ]
    assert [one.why for one in table.add(asked)] == [None] * 4
    assert [one.why for one in table.add(asked)] == ["is in the queue already"] * 4


def test_rest_of_command_line_is_pending_and_after_unpressed(table, clock):
    """What the command line left is pending and after what is not pressed."""
    table.add([order("111-1")], state=State.PENDING)
    table.add([order("111-2")])
    assert [item.number for item in claim(table, "w", 2)] == ["111-2", "111-1"]


# ---- turns --------------------------------------------------------------------------------------


def test_turns_go_by_press_then_deadline_then_due_then_place(table, clock):
    """Turns are given out by press, then deadline, then due, then place."""

    def at(minutes):
        return clock.now() + timedelta(minutes=minutes)

    table.add([order("pressed", deadline=at(1))], state=State.PENDING)
    table.add([order("free")])
    table.add([order("free too")])
    table.add([order("earlier due", not_before=at(-5))])
    table.add([order("by ten", deadline=at(10))])
    table.add([order("by five", deadline=at(5))])
    table.add([order("late", deadline=at(-1))])
    clock.advance(1)
    expected = ["late", "by five", "by ten", "earlier due", "free", "free too", "pressed"]
    assert [item.number for item in claim(table, "w", 3)] == expected[:3]
    assert [item.number for item in claim(table, "w", 9)] == expected[3:]
    assert claim(table, "w", 9) == []


def test_a_claimed_item_is_its_workers(table, clock):
    table.add([order("111-1")])
    clock.advance(5)
    (item,) = claim(table, "w", 1)
    assert (item.state, item.worker, item.turn, item.takeovers) == (State.WORKING, "w", 1, 0)
    assert item.changed_at == clock.now()
    assert table.of_worker("w") == [item] == [table.get(item.id)]
    assert table.of_worker("v") == []


def test_engine_is_given_what_waits_once_urgent_first(table, clock):
    """What waits for its time is given too, and the engine delays it."""
    later = clock.now() + timedelta(hours=1)
    table.add([order("later", not_before=later), order("soon", deadline=later), order("free")])
    assert [item.number for item in table.give(2)] == ["soon", "free"]
    assert [item.number for item in table.give(2)] == ["later"]
    assert table.give(2) == []
    assert sorted(table.given()) == [(1, 1), (2, 1), (3, 1)]
    assert table.counts() == {State.WAITING: 3}


def test_engine_is_given_nothing_for_a_held_site(table):
    table.add([order("111-1"), NewItem(CancelRequest("other", "2", None))])
    assert [item.vendor for item in table.give(5, [VENDOR])] == ["other"]
    assert [item.vendor for item in table.give(5)] == [VENDOR]


def test_turn_is_begun_once(table):
    table.add([order("111-1")])
    (given,) = table.give(1)
    item = table.begin(given.id, 1, "w")
    assert (item.state, item.worker, item.turn) == (State.WORKING, "w", 1)
    assert table.begin(given.id, 1, "v") is None
    assert not table.take_back(given.id, 1)
    assert table.given() == []


def test_turn_is_begun_with_its_orders_lease_and_ends_with_it(table, database):
    table.add([order("111-1")])
    (given,) = table.give(1)
    leases = Leases(database)
    with LeaseKeeper(leases, "me") as keeper:
        item = table.begin(given.id, 1, "w", keeper)
        with pytest.raises(LeaseUnavailable):
            leases.acquire(item.request.lease_name, "other")
        done = ItemUpdate(State.DONE, utc_now(), VENDOR)
        assert table.finish_turn(item, done, back=keeper.hand_over())
        assert leases.acquire(item.request.lease_name, "other").token == 2


def test_turn_is_begun_without_a_lease_that_somebody_has(table, database):
    table.add([order("111-1")])
    (given,) = table.give(1)
    theirs = Leases(database).acquire(f"{VENDOR}:111-1", "a person")
    with LeaseKeeper(Leases(database), "me") as keeper:
        assert table.begin(given.id, 1, "w", keeper).state is State.WORKING
        assert keeper.hand_over() == ()
    assert Leases(database).renew(theirs) == ()


def test_turn_that_is_not_begun_takes_no_lease(table, database):
    table.add([order("111-1")])
    (given,) = table.give(1)
    with LeaseKeeper(Leases(database), "me") as keeper:
        assert table.begin(given.id, 2, "w", keeper) is None
    assert Leases(database).acquire(f"{VENDOR}:111-1", "other").token == 1


def test_lease_is_held_only_once_it_is_committed(table, database, monkeypatch):
    """Its number is the next that somebody else gets."""
    table.add([order("111-1")])
    (given,) = table.give(1)

    @contextmanager
    def breaks_off(_self, **_more):
        with database._engine.begin() as tx:
            yield tx
            raise DatabaseDown("It went away.")

    with LeaseKeeper(Leases(database), "me") as keeper:
        with monkeypatch.context() as patch:
            patch.setattr(Database, "writing", breaks_off)
            with pytest.raises(DatabaseDown):
                table.begin(given.id, 1, "w", keeper)
        assert keeper.hand_over() == ()


@pytest.mark.parametrize("given_up", [False, True])
def test_leases_of_a_search_go_back_with_its_end(table, database, given_up):
    table.add([NewItem(CancelRequest(VENDOR, None, "PO-1"))])
    (given,) = table.give(1)
    with LeaseKeeper(Leases(database), "me") as keeper:
        item = table.begin(given.id, 1, "w", keeper)
        mine = replace(item, worker="another") if given_up else item
        done = ItemUpdate(State.DONE, utc_now(), VENDOR)
        told = table.replace_by_orders(mine, [order("111-1")], done, keeper.hand_over())
    assert bool(told) is not given_up
    assert Leases(database).acquire(item.request.lease_name, "other").token == 2


@pytest.mark.parametrize("turn", [0, 2])
def test_turn_that_is_not_the_next_is_not_begun(table, turn):
    table.add([order("111-1")])
    (given,) = table.give(1)
    assert table.begin(given.id, turn, "w") is None
    assert not table.take_back(given.id, turn)


def test_turn_that_is_taken_back_is_given_anew(table):
    table.add([order("111-1")])
    (given,) = table.give(1)
    assert table.take_back(given.id, 1)
    assert table.begin(given.id, 1, "w") is None
    assert [item.turn for item in table.give(1)] == [1]
    assert table.begin(given.id, 2, "w").turn == 2


def test_what_waits_at_a_site_is_taken_back_when_it_is_held(table):
    table.add([order("111-1"), NewItem(CancelRequest("other", "2", None))])
    table.give(5)
    assert table.take_back_at([VENDOR]) == [(1, 1)]
    assert table.take_back_at([VENDOR]) == []
    assert table.given() == [(2, 1)]


def test_what_a_person_asks_for_now_is_not_kept_waiting(table, clock):
    """The engine delays the turn that it was given, so it is given another."""
    table.add([order("111-1", not_before=clock.now() + timedelta(hours=1))])
    (given,) = table.give(1)
    assert table.change(given, then(State.WAITING, clock, urgency=0))
    (again,) = table.give(1)
    assert (again.turn, again.due_at) == (1, clock.now())
    assert table.begin(given.id, 1, "w") is None
    assert table.begin(given.id, 2, "w") is not None


def test_mere_look_is_taken_though_the_engine_was_given_it(table, clock):
    table.add([order("111-1")])
    look = CancelRequest(VENDOR, "111-2", None, dry_run=True)
    table.look(NewItem(look, idle=True))
    table.give(5)
    assert table.next_look([VENDOR]) is None
    found = table.next_look()
    assert found.number == "111-2"
    assert table.begin(found.id, found.turn + 1, "w") is not None
    assert table.next_look() is None


def test_nothing_begins_before_its_time(table, clock):
    table.add([order("111-1", not_before=clock.now() + timedelta(seconds=10))])
    assert claim(table, "w", 1) == []
    assert not table.urgent()
    assert table.next_due() == clock.now() + timedelta(seconds=10)
    clock.advance(10)
    assert table.urgent()
    assert len(claim(table, "w", 1)) == 1
    assert table.next_due() is None


def test_what_is_at_a_held_site_waits_and_the_rest_goes_on(table, clock):
    table.add([order("111-1"), NewItem(CancelRequest("other", "2", None))])
    assert table.urgent([VENDOR])
    assert [item.vendor for item in claim(table, "w", 2, [VENDOR])] == ["other"]
    assert not table.urgent([VENDOR])
    assert table.next_due([VENDOR]) is None
    assert table.next_due(["other"]) == clock.now()
    assert len(claim(table, "w", 2, ["other", "realsource"])) == 1


def test_what_waits_for_the_second_site_is_held_with_that_one(table, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w", 1)
    table.finish_turn(item, then(State.WAITING, clock, site="realsource"))
    assert claim(table, "w", 1, ["realsource"]) == []
    assert len(claim(table, "w", 1, [VENDOR])) == 1


@pytest.mark.parametrize("state", [state for state in STATES if state is not State.WORKING])
def test_an_item_goes_on_as_its_turn_says(table, database, clock, state):
    table.add([order("111-1")])
    (item,) = claim(table, "w", 1)
    later = clock.now() + timedelta(minutes=1)
    more = {
        "due_at": later,
        "site": "realsource",
        "problem": "site_down",
        "note": "n",
        "request_id": "r",
        "failures": 2,
    }
    assert table.finish_turn(item, then(state, clock, **more), ("key", "body"))
    now = table.get(item.id)
    assert (now.state, now.worker, now.turn, now.urgency, now.failures) == (state, None, 1, 1, 2)
    assert (now.problem, now.note, now.request_id, now.site, now.due_at) == (
        "site_down",
        "n",
        "r",
        "realsource",
        later,
    )
    assert told(database) == [("key", "body")]
    clock.advance(60)
    assert bool(claim(table, "w", 1)) == (state in READY)


def test_a_request_is_kept_where_the_next_turn_names_none(table, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w", 1)
    table.finish_turn(item, then(State.WAITING, clock, request_id="r1"))
    (item,) = claim(table, "w", 1)
    table.finish_turn(item, then(State.WAITING, clock))
    assert table.get(item.id).request_id == "r1"


def test_an_end_is_written_once(table, database, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w", 1)
    assert table.finish_turn(item, then(State.DONE, clock))
    assert not table.finish_turn(item, then(State.FAILED, clock), ("key", ""))
    assert table.get(item.id).state is State.DONE
    assert told(database) == []


def test_an_earlier_turn_writes_nothing_even_by_the_same_worker(table, clock):
    table.add([order("111-1")])
    (first,) = claim(table, "w", 1)
    table.finish_turn(first, then(State.WAITING, clock))
    (second,) = claim(table, "w", 1)
    assert not table.finish_turn(first, then(State.DONE, clock))
    assert table.finish_turn(second, then(State.REFUSED, clock))


# ---- take-over ----------------------------------------------------------------------------------


def test_lost_turn_goes_on_with_the_next_of_another_worker(table, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "dead", 1)
    assert table.lose_turn(item, then(State.WAITING, clock, urgency=0), 3)
    lost = table.get(item.id)
    assert (lost.state, lost.worker, lost.takeovers) == (State.WAITING, None, 1)
    assert not table.lose_turn(item, then(State.WAITING, clock), 3)
    (mine,) = claim(table, "alive", 1)
    assert (mine.turn, mine.worker, mine.takeovers) == (2, "alive", 1)
    assert not table.finish_turn(item, then(State.FAILED, clock))
    assert table.finish_turn(mine, then(State.DONE, clock))
    assert table.get(item.id).takeovers == 0


def test_worker_that_goes_on_itself_is_fenced_from_its_first_try(table, clock):
    table.add([order("111-1")])
    (first,) = claim(table, "slept", 1)
    again = take_over(table, first, "slept", 3)
    assert not table.finish_turn(first, then(State.DONE, clock))
    assert table.finish_turn(again, then(State.WAITING, clock))


def test_an_order_that_kills_its_workers_becomes_a_persons(table, database, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w0", 1)
    for n in (1, 2):
        item = take_over(table, item, f"w{n}", 2)
        assert item.takeovers == n
    assert take_over(table, item, "w3", 2) is None
    end = table.get(item.id)
    assert (end.state, end.problem, end.worker) == (State.NEEDS_PERSON, "worker_died", None)
    assert [key for key, _ in told(database)] == [f"worker_died:{item.id}:3"]
    assert claim(table, "w4", 1) == []
    assert table.add([order("111-1")])[0].item is None
    assert not table.finish_turn(item, then(State.DONE, clock))


def test_deaths_count_until_a_turn_comes_to_its_end(table, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w0", 1)
    table.finish_turn(take_over(table, item, "w1", 1), then(State.WAITING, clock))
    (item,) = claim(table, "w2", 1)
    assert item.takeovers == 0
    assert take_over(table, item, "w3", 1).takeovers == 1


def test_deaths_count_anew_once_a_person_asks_for_another_try(table, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w0", 1)
    take_over(table, item, "w1", 0)
    assert table.change(table.get(item.id), then(State.WAITING, clock))
    assert table.get(item.id).takeovers == 0


# ---- POs ----------------------------------------------------------------------------------------


def test_the_orders_of_a_po_take_places_of_their_own(table, clock):
    table.add([order("111-1")])
    table.add([NewItem(CancelRequest(VENDOR, None, "P1"))])
    po = next(item for item in claim(table, "w", 2) if item.number is None)
    assert (po.name, po.case) == ("PO P1", f"find:P1:{po.id}")
    answers = table.replace_by_orders(
        po, [order("111-1", po="P1"), order("111-2", po="P1")], then(State.DONE, clock)
    )
    assert [one.why for one in answers] == [
        "is in the queue already; your PO is not taken over (vendorfirst queue show 111-1)", None,
    ]  # fmt: skip
    assert table.get(po.id).state is State.DONE
    assert [item.number for item in table.find("P1")] == ["111-2", None]


def test_orders_of_taken_over_po_are_the_others_to_spread(table, clock):
    """The orders of a PO whose turn was taken over are the others to spread."""
    table.add([NewItem(CancelRequest(VENDOR, None, "P1"))])
    (slow,) = claim(table, "slow", 1)
    mine = take_over(table, slow, "quick", 3)
    assert table.replace_by_orders(slow, [order("111-1", po="P1")], then(State.DONE, clock)) == []
    assert table.find("111-1") == []
    assert (
        len(table.replace_by_orders(mine, [order("111-1", po="P1")], then(State.DONE, clock))) == 1
    )


# ---- by hand ------------------------------------------------------------------------------------


def test_a_person_may_change_what_nobody_works_on(table, clock):
    end(table, clock, "111-2", State.DONE)
    end(table, clock, "111-1", State.NEEDS_PERSON)
    (item,) = table.find("111-1")
    assert table.change(item, then(State.GIVEN_UP, clock))
    (item,) = table.find("111-1")
    assert table.change(item, then(State.WAITING, clock))
    assert not table.change(item, then(State.GIVEN_UP, clock))  # it is not as it was shown
    (working,) = claim(table, "w", 1)
    assert not table.change(working, then(State.GIVEN_UP, clock))
    assert table.get(item.id).state is State.WORKING


def test_an_item_at_its_end_is_not_revived_beside_a_newer_one(table, clock):
    end(table, clock, "111-1", State.REFUSED)
    (old,) = table.find("111-1")
    table.add([order("111-1")])
    assert not table.change(old, then(State.WAITING, clock))
    assert table.change(old, then(State.GIVEN_UP, clock))
    assert [item.state for item in table.find("111-1")] == [State.WAITING, State.GIVEN_UP]


def test_a_revived_item_is_in_the_queue_once(table, clock):
    end(table, clock, "111-1", State.REFUSED)
    (old,) = table.find("111-1")
    assert table.change(old, then(State.WAITING, clock))
    assert table.add([order("111-1")])[0].why == "is in the queue already"


# ---- looking ------------------------------------------------------------------------------------


@pytest.fixture
def mixed(table, clock):
    """Put in one item in each state.

    And two that are overdue, one of them at its end.
    """
    for state in (state for state in ORDER if state is not State.WORKING):
        end(table, clock, f"{state}", state)
    soon = clock.now() + timedelta(seconds=5)
    end(table, clock, "overdue", State.PENDING, deadline=soon)
    end(table, clock, "done in time", State.DONE, deadline=soon)
    table.add([order("more overdue", deadline=clock.now())])
    due = next(
        item for item in table.listed() if item.state is State.WAITING and item.number == "waiting"
    )
    assert table.change(due, then(State.WAITING, clock, due_at=clock.now() + timedelta(days=1)))
    table.add([order("working", not_before=clock.now() - timedelta(seconds=1))])
    assert claim(table, "w", 1, ["nowhere"])[0].number == "more overdue"
    clock.advance(10)
    return table


def test_list_begins_with_overdue_then_what_a_person_must_do(mixed):
    """The list begins with what is overdue then what a person must do."""
    names = [item.number for item in mixed.listed()]
    assert names[:4] == ["more overdue", "overdue", "needs_person", "failed"]
    rest = ["pending", "waiting", "working", "refused", "done", "done in time", "given_up"]
    assert names[4:] == rest
    assert [item.number for item in mixed.overdue()] == ["more overdue", "overdue"]


def test_the_list_may_be_cut_short_or_narrowed(mixed):
    everything = mixed.listed()
    for limit in range(len(everything) + 2):
        assert mixed.listed(limit=limit) == everything[:limit]
    assert [item.number for item in mixed.listed([State.DONE])] == ["done", "done in time"]
    assert [item.number for item in mixed.listed([State.PENDING])] == ["overdue", "pending"]
    assert mixed.listed([]) == []


def test_items_are_counted_by_state(mixed):
    counts = mixed.counts()
    assert counts.pop(State.WORKING) == 1
    assert counts.pop(State.PENDING) == counts.pop(State.WAITING) == counts.pop(State.DONE) == 2
    assert set(counts.values()) == {1}


def test_an_item_that_does_not_exist_is_a_key_error(table):
    with pytest.raises(KeyError):
        table.get(12345)


def test_the_list_shows_one_moment(table, database, clock):
    table.add([order("111-1")])
    (item,) = claim(table, "w", 1)
    other = QueueTable(database, clock=clock)

    def meanwhile(_tx, _cursor, statement, parameters, *_more):
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if (
            State.PENDING in values
            and State.FAILED not in values
            and statement.startswith("SELECT")
        ):
            other.finish_turn(item, then(State.PENDING, clock))

    sa.event.listen(database._engine, "before_cursor_execute", meanwhile)
    assert [one.state for one in table.listed()] == [State.WORKING]


# ---- many at once -------------------------------------------------------------------------------


def test_threads_that_add_the_same_take_it_once(database):
    table = QueueTable(database)
    with ThreadPoolExecutor(8) as pool:
        answers = [
            one
            for told in pool.map(table.add, [[order("111-1"), order("111-2")]] * 25)
            for one in told
        ]
    assert len([one for one in answers if one.item is not None]) == 2
    assert table.counts() == {State.WAITING: 2}
