"""What was in the queue before approvals were kept has one of that time, and goes on."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.chain import GENESIS
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.schema import chain
from tests.support.facts import ONE, TWO, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.old_schemas import drop_seals
from tests.support.turns import claim, take_begun

DONE = "111-3"
CASE = "approval:before"
#: What later versions of the schema added.
ADDED_SINCE = (
    "DROP INDEX ix_queue_seen_po",
    "DROP INDEX ix_queue_added",
    *(f"ALTER TABLE queue DROP COLUMN {name}" for name in ("dry_run", "seen_po", "cents")),
    *(
        f"DROP TABLE console_{name}"
        for name in ("sessions", "invites", "actions", "sets", "claims")
    ),
)


def put_in(url, *numbers, state=State.WAITING):
    with closing(Database(url)) as database:
        table = QueueTable(database)
        table.add([NewItem(CancelRequest(VENDOR, number, None)) for number in numbers])
        for item in table.listed():
            if item.number in numbers and state is not State.WAITING:
                assert table.change(item, ItemUpdate(state, utc_now(), item.site))


def take_approvals_away(url):
    """Make the schema what it was before approvals were kept, with an empty ledger."""
    with closing(Database(url)) as database, database.writing() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
        for statement in ADDED_SINCE:
            tx.exec_driver_sql(statement)
        tx.exec_driver_sql("DROP TABLE uses")
        tx.exec_driver_sql("ALTER TABLE queue DROP COLUMN approval")
        drop_seals(tx)


def approvals(url):
    with closing(Database(url)) as database:
        return {item.number: item.approval for item in QueueTable(database).listed()}


def test_what_waits_in_the_queue_is_approved_once(empty_url):
    put_in(empty_url, ONE)
    put_in(empty_url, TWO, state=State.NEEDS_PERSON)
    put_in(empty_url, DONE, state=State.DONE)
    take_approvals_away(empty_url)
    for _ in range(2):
        assert approvals(empty_url) == {ONE: "before", TWO: "before", DONE: None}
    with closing(Ledger(empty_url)) as ledger:
        (given,) = ledger.events(CASE)
        assert ledger.first_broken_event() is None
        assert ledger.head().events == 1
    assert (given.approval, given.how, given.by) == ("before", "before", "")
    assert (given.numbers, given.orders) == ((ONE, TWO), 2)
    assert timedelta(days=29) < given.until - utc_now() <= timedelta(days=30)
    assert given.digest is None


def test_an_empty_queue_gets_no_approval(empty_url):
    put_in(empty_url, DONE, state=State.DONE)
    take_approvals_away(empty_url)
    with closing(Ledger(empty_url)) as ledger:
        assert ledger.events(CASE) == ()
        assert ledger.head() == (0, GENESIS, 0)


def test_a_ledger_without_its_end_is_left_as_it_is(empty_url):
    """The migration puts nothing behind an end that somebody took away."""
    put_in(empty_url, ONE)
    take_approvals_away(empty_url)
    engine = sa.create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as tx:
        tx.execute(chain.delete())  # an older program has no trigger against it
    engine.dispose()
    assert approvals(empty_url) == {ONE: None}
    with closing(Ledger(empty_url)) as ledger:
        assert ledger.events(CASE) == ()


@pytest.mark.parametrize("number, presses", [(ONE, 1), (TWO, 0)])
def test_only_what_was_in_the_queue_is_pressed_by_it(tmp_path, sqlite_url, number, presses):
    """A row that names the approval of that time without being of it presses nothing."""
    put_in(sqlite_url, ONE)
    take_approvals_away(sqlite_url)
    with closing(Database(sqlite_url)) as database:
        robot = Robot(cases_for(tmp_path, database, FakeSystems()))
        lanes = LanePool("w1", [robot], Ledger(database), threading.Event())
        with database.writing() as tx:
            tx.execute(sa.text("UPDATE queue SET number = :number"), {"number": number})
        (item,) = claim(lanes.table, "w1", 1)
        take_begun(lanes, item)
        kinds = [event.kind for event in Ledger(database).events(f"{VENDOR}:{number}")]
        assert kinds.count("vendor_intended") == presses
        (item,) = lanes.table.listed()
    assert (item.state, item.problem) == (
        (State.PENDING, None) if presses else (State.NEEDS_PERSON, "not_approved")
    )
