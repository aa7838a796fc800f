"""A queue of ten thousand orders is as quick as a short one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.storage.schema import NEVER, queue
from tests.support import postgresql
from tests.support.clock import Clock
from tests.support.facts import VENDOR


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def table(database, clock):
    return QueueTable(database, clock=clock)


def order(number):
    return NewItem(CancelRequest(VENDOR, number, None))


def test_a_long_list_is_taken_whole_and_its_duplicates_are_found(table):
    asked = [order(f"111-{n}") for n in range(1200)]
    table.add(asked[1100:])
    answers = table.add(asked)
    assert [one.why for one in answers] == [None] * 1100 + ["is in the queue already"] * 100
    assert table.counts() == {State.WAITING: 1200}


@pytest.fixture(scope="module")
def sqlite_of_ten_thousand(tmp_path_factory):
    yield from filled(f"sqlite:///{tmp_path_factory.mktemp('long') / 'ledger.sqlite'}")


@pytest.fixture(scope="module")
def postgresql_of_ten_thousand(postgresql_server):
    yield from filled(postgresql.new_database(postgresql_server, "long"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_of_ten_thousand(request):
    """A database of each kind for all uses: a few more rows or others in hand change no plan."""
    return request.getfixturevalue(f"{request.param}_of_ten_thousand")


def filled(url):
    at = Clock()()
    row = {
        "vendor": VENDOR, "reason": "", "requested_by": "", "added_at": at, "state": "waiting",
        "site": VENDOR, "ready": 1, "urgency": 0, "due_at": at, "turn": 0, "takeovers": 0,
        "failures": 0, "changed_at": at,
    }  # fmt: skip
    rows = [
        {
            **row,
            "number": f"111-{n}",
            "po": f"P{n}",
            "live": f"{VENDOR}:111-{n}",
            "deadline": NEVER,
            "worker": None,
        }
        for n in range(10_000)
    ]
    for n in range(20):
        rows[n] |= {"state": "working", "ready": 0, "worker": f"w{n % 5}"}
        rows[-n - 1] |= {"deadline": at - n}
    database = Database(url)
    with database.writing() as tx:
        tx.execute(queue.insert(), rows)
        tx.exec_driver_sql("ANALYZE")
    yield database
    database.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda it: it.give(4),
        lambda it: it.give(4, ["realsource"]),
        lambda it: it.begin(5000, 1, "w"),
        lambda it: it.take_back(5000, 1),
        lambda it: it.listed(limit=50),
        lambda it: it.overdue(),
        lambda it: it.find("111-5000"),
        lambda it: it.get(5000),
        lambda it: it.of_worker("w1"),
        lambda it: it.urgent(),
        lambda it: it.add([order("111-77777")]),
    ],
    ids=[
        "give",
        "give with a held site",
        "begin",
        "take_back",
        "listed",
        "overdue",
        "find",
        "get",
        "of_worker",
        "urgent",
        "add",
    ],
)
def test_ten_thousand_items_are_never_read_through(use, database_of_ten_thousand, clock):
    """No plan reads the whole table, or sorts more than what is found."""
    database = database_of_ten_thousand
    plans = []

    def explain(tx, cursor, statement, parameters, *_more):
        if statement.startswith(("SELECT queue", "UPDATE queue")):
            word = "EXPLAIN QUERY PLAN" if database.sqlite else "EXPLAIN"
            cursor.execute(f"{word} {statement}", parameters)
            plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    sa.event.listen(database._engine, "before_cursor_execute", explain)
    use(QueueTable(database, clock=clock))
    sa.event.remove(database._engine, "before_cursor_execute", explain)
    assert plans
    for plan in plans:
        lines = [line for line in plan.splitlines() if "queue" in line]
        assert lines, plan
        assert not [
            line for line in lines if "Seq Scan on queue" in line or line.startswith("SCAN queue")
        ], plan
        if "ix_queue_next" in plan or "ix_queue_state" in plan:
            assert not [word for word in ("TEMP B-TREE FOR ORDER", "Sort") if word in plan], plan
