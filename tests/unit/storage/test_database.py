"""The database in use and in trouble.

Made, migrated, refused; looked at while it is written; down and up again.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import OrderPart, Receipt
from robot.cancellation.request import CancelRequest
from robot.clock import utc_now
from robot.errors import BadSettings, LedgerChanged
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.table import QueueTable
from robot.storage.chain import GENESIS
from robot.storage.database import Database, Patience, server_url
from robot.storage.ledger import Ledger
from robot.storage.schema import HEAD, chain, events, metadata, queue, receipts
from tests.support.facts import ASKED
from tests.support.old_schemas import drop_seals, free
from tests.support.queued_orders import bare_row
from tests.support.turns import claim

LEDGERS = sorted((Path(__file__).parents[2] / "data" / "ledgers").glob("*.sql"))
SEED = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def load(path, script):
    """Make a database as an earlier version left it."""
    with closing(sqlite3.connect(path)) as old:
        old.executescript(script.read_text(encoding="utf-8"))


def dump(path):
    with closing(sqlite3.connect(path)) as found:
        return "\n".join(found.iterdump())


# ---- an empty one -------------------------------------------------------------------------------


def test_an_empty_database_becomes_what_the_tables_say(empty_url):
    with closing(Database(empty_url)) as database, database.reading() as tx:
        assert (
            compare_metadata(MigrationContext.configure(tx, opts={"compare_type": True}), metadata)
            == []
        )
        assert tx.execute(sa.select(chain)).one() == (1, 0, GENESIS)


def test_the_newest_revision_is_the_one_that_the_tables_name():
    scripts = ScriptDirectory(
        str(Path(sys.modules["robot.storage.database"].__file__).parent / "migrations")
    )
    assert scripts.get_current_head() == HEAD


def test_a_ledger_in_an_empty_database_is_written_and_verified(empty_url):
    with closing(Ledger(empty_url)) as ledger:
        ledger.append("case", ASKED)
        assert ledger.events("case") == (ASKED,)
        assert ledger.first_broken_event() is None
        assert ledger.seal().events == 1


def test_database_with_foreign_tables_is_migrated_beside_them(empty_url):
    """A database with tables of somebody else is migrated beside them."""
    engine = sa.create_engine(server_url(empty_url))
    with engine.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE somebody_elses (id INTEGER PRIMARY KEY)")
    engine.dispose()
    with closing(Ledger(empty_url)) as ledger:
        ledger.append("case", ASKED)
        assert ledger.first_broken_event() is None


# ---- an old one ---------------------------------------------------------------------------------


def test_there_is_a_ledger_of_an_earlier_version():
    assert "0.1.0" in {path.stem for path in LEDGERS}


@pytest.mark.parametrize("script", LEDGERS, ids=lambda script: script.stem)
def test_a_ledger_of_each_earlier_version_goes_on(script, path):
    load(path, script)
    with closing(sqlite3.connect(path)) as old:
        before = [
            old.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in ("events", "receipts")
        ]
    assert all(before)
    with closing(Ledger(f"sqlite:///{path}")) as ledger:
        with ledger.database.reading() as tx:
            assert (
                compare_metadata(
                    MigrationContext.configure(tx, opts={"compare_type": True}), metadata
                )
                == []
            )
            after = [
                tx.execute(sa.select(table).order_by(table.c[0])).all()
                for table in (events, receipts)
            ]
        sealed = len(after[0]) - len(before[0])
        assert sealed == (len(before[1]) if script.stem == "0.1.0" else 0)  # each by an event
        assert [after[0][: len(before[0])], after[1]] == before
        noted = (len(before[0]) + sealed, after[0][-1].hash)
        assert ledger.head() == (*noted, 0)
        ledger.audit()
        cases = {row[1] for row in before[0]}
        assert sum(len(ledger.events(case)) for case in cases) == len(before[0]) + sealed
        assert len(list(ledger.all_receipts())) == len(before[1])
        ledger.append("case", ASKED)
        ledger.audit()
        assert ledger.seal().events == len(before[0]) + sealed + 1
        ledger.audit()
        for number, row in enumerate(after[0], 1):  # each was the head once, and may be noted
            ledger.check_head(number, row.hash)
        with pytest.raises(LedgerChanged, match="another seal"):
            ledger.check_head(noted[0] - 1, noted[1])
    for statement in (
        "UPDATE events SET body = ''",
        "DELETE FROM events",
        "REPLACE INTO events SELECT * FROM events",
    ):
        with (
            closing(sqlite3.connect(path)) as raw,
            pytest.raises(sqlite3.IntegrityError, match="append-only"),
        ):
            raw.execute(statement)


@pytest.mark.parametrize("script", LEDGERS, ids=lambda script: script.stem)
def test_cancelled_by_earlier_version_is_not_taken_into_queue(script, path):
    """What an earlier version cancelled is not taken into the queue."""
    load(path, script)
    with closing(Database(f"sqlite:///{path}")) as database:
        done = [one for one in Ledger(database).all_receipts() if one.outcome == "done"]
        assert done
        asked = [NewItem(CancelRequest(one.order.vendor, one.order.number, None)) for one in done]
        assert [one.why for one in QueueTable(database).add(asked)] == [
            f"is cancelled already (receipt {one.id})" for one in done
        ]


@pytest.mark.parametrize("script", LEDGERS, ids=lambda script: script.stem)
def test_kept_by_earlier_version_cannot_change_unnoticed(script, path):
    """What an earlier version kept cannot be changed unnoticed from now on."""
    load(path, script)
    with closing(Ledger(f"sqlite:///{path}")) as ledger:
        with ledger.database.writing() as tx:
            tx.execute(
                receipts.update().values(body=sa.func.replace(receipts.c.body, "refused", "done"))
            )
        with pytest.raises(LedgerChanged, match="does not fit its seal"):
            ledger.audit()


def test_receipts_are_sealed_when_schema_is_that_before(empty_url):
    """Receipts are sealed by events when the schema is that before."""
    with closing(Ledger(empty_url)) as ledger:
        for number in "12":
            ledger.append(number, ASKED)
            ledger.keep_receipt(number, Receipt(id=number, outcome=Outcome.DONE, summary="“½”"))
        with ledger.database.writing() as tx:  # as it was before, but for what the chain tells
            tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
            tx.exec_driver_sql("DROP TABLE findings")
            tx.exec_driver_sql("DROP TABLE watchlist")
            tx.exec_driver_sql("DROP TABLE uses")
            tx.exec_driver_sql("ALTER TABLE queue DROP COLUMN approval")
            tx.exec_driver_sql("ALTER TABLE queue DROP COLUMN dry_run")
            _drop_seen(tx)
            for name in ("sessions", "invites", "actions", "sets", "claims"):
                tx.exec_driver_sql(f"DROP TABLE console_{name}")
            seals = (
                tx.execute(sa.select(events.c.body).where(events.c.body.contains("receipt_kept")))
                .scalars()
                .all()
            )
            drop_seals(tx)
    with closing(Ledger(empty_url)) as ledger:
        assert ledger.first_broken_event() is None
        kept = [event for number in "12" for event in ledger.events(number)]
        assert [(one.kind, one.request) for one in kept] == [
            ("receipt_kept", "1"),
            ("receipt_kept", "2"),
        ]
        assert [one.sha256 for one in kept] == [json.loads(body)["sha256"] for body in seals]


def test_what_an_order_showed_is_taken_from_its_receipt(empty_url):
    """A row that is there when the columns come has the PO and the total of its receipt."""
    order = OrderPart(number="1", po="P1", total="12.34")
    with closing(Ledger(empty_url)) as ledger:
        ledger.keep_receipt("1", Receipt(id="r1", outcome=Outcome.REFUSED, order=order))
        table = QueueTable(ledger.database)
        table.add([NewItem(CancelRequest("amazon_business", n, None)) for n in "12"])
        (item, _) = claim(table, "w", 2)
        table.finish_turn(item, ItemUpdate(State.REFUSED, utc_now(), item.site, request_id="r1"))
        with ledger.database.writing() as tx:
            tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0006'")
            _drop_seen(tx)
            drop_seals(tx)
    with closing(Ledger(empty_url)) as ledger:
        one, two = (QueueTable(ledger.database).find(n)[0] for n in "12")
    assert (one.seen_po, one.total) == ("P1", Decimal("12.34"))
    assert (two.seen_po, two.total) == (None, None)


def _drop_seen(tx):
    for name in ("seen_po", "added"):
        tx.exec_driver_sql(f"DROP INDEX ix_queue_{name}")
    for name in ("seen_po", "cents"):
        tx.exec_driver_sql(f"ALTER TABLE queue DROP COLUMN {name}")


def test_a_migration_that_is_cut_short_changes_nothing(path):
    """One of the last revisions finds its table there, when the others have done their work."""
    load(path, LEDGERS[0])
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE seals (id INTEGER)")
        other.commit()
    before = dump(path)
    with pytest.raises(
        BadSettings,
        match=r"The ledger can't be opened \(.*seals already exists\)\. Nothing was touched\.",
    ):
        Database(f"sqlite:///{path}")
    assert dump(path) == before


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty_url):
    with closing(Ledger(empty_url)) as ledger:
        ledger.append("case", ASKED)
    engine = sa.create_engine(server_url(empty_url))
    with engine.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        tx.exec_driver_sql("DROP TABLE codes")
    with pytest.raises(
        BadSettings,
        match=r"The ledger was written by a newer version \(schema 9999\)\. Nothing was touched\.",
    ) as error:
        Database(empty_url)
    assert error.value.next_step == "Update vendorfirst on this machine."
    with engine.begin() as tx:
        assert tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"
        assert not sa.inspect(tx).has_table("codes")
    engine.dispose()


def test_opening_again_migrates_nothing_and_imports_quickly(database_url):
    """Opening it again migrates nothing and is quick to import."""
    code = """if True:
        import sys
        from robot.storage.database import Database
        Database(sys.argv[1]).close()
        print(sorted({name.split(".")[0] for name in sys.modules} & {"alembic", "mako", "dbos"}))"""
    answer = subprocess.run(
        [sys.executable, "-c", code, database_url], capture_output=True, check=True, text=True
    )
    assert json.loads(answer.stdout.replace("'", '"')) == []


# ---- reading and writing ------------------------------------------------------------------------


def test_looking_never_waits_for_somebody_who_writes(database_url, database):
    with closing(Database(database_url)) as other, other.writing() as tx:
        tx.execute(queue.insert().values(**bare_row()))
        assert QueueTable(database).listed() == []
        assert Ledger(database).first_broken_event() is None
    assert len(QueueTable(database).listed()) == 1


def test_who_reads_sees_one_moment_throughout(database):
    with database.reading() as tx:
        count = sa.select(sa.func.count()).select_from(events)
        before = tx.execute(count).scalar()
        Ledger(database).append("case", ASKED)
        assert tx.execute(count).scalar() == before
    assert Ledger(database).seal().events == before + 1


def test_event_during_check_of_chain_is_no_false_alarm(database):
    """An event that comes while the chain is checked is no false alarm."""
    ledger, other = Ledger(database), Ledger(database)
    other.append("case", ASKED)

    def meanwhile(_tx, _cursor, statement, *_more):
        if "FROM chain" in statement and not sa.event.contains(database._engine, "commit", done):
            sa.event.listen(database._engine, "commit", done)
            other.append("case", ASKED)

    def done(_tx):
        """Mark only that it was done."""

    sa.event.listen(database._engine, "before_cursor_execute", meanwhile)
    assert ledger.first_broken_event() is None
    assert sa.event.contains(database._engine, "commit", done)


def test_a_transaction_that_fails_leaves_nothing(database):
    def fail():
        with database.writing() as tx:
            tx.execute(queue.insert().values(**bare_row()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert QueueTable(database).listed() == []


def test_events_cut_off_the_end_are_missed(empty_url):
    with closing(Ledger(empty_url)) as ledger:
        for _ in range(4):
            ledger.append("case", ASKED)
        with ledger.database.writing() as tx:
            free(tx)
            tx.exec_driver_sql("DELETE FROM events WHERE seq > 2")
        assert ledger.first_broken_event() == 3
        assert len(ledger.events("case")) == 2


# ---- URLs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:c4n%2Fry@127.0.0.1:1/ledger",
        "postgres://me:c4n%2Fry@127.0.0.1:1/ledger",
        "postgresql://me:c4n%2Fry@127.0.0.1:1/ledger?nonsense=c4n/ry",
        "postgresql://me:c4n%2Fry@127.0.0.1:port/ledger",
        "postgresql://me:c4n%2Fry@[::1/ledger",
        "postgres:/me:c4n%2Fry@127.0.0.1/ledger",
        "mysql://me:c4n%2Fry@127.0.0.1/ledger",
        "oracle://me:c4n%2Fry@127.0.0.1/ledger",
        "postgresql://me:c4nary@c4nary.invalid/ledger",
        "postgresql:///ledger?host=/nowhere/c4nary",
    ],
)
def test_a_password_in_a_url_is_never_shown(url):
    with pytest.raises(
        BadSettings, match=r"The ledger can't be opened \(.+\)\. Nothing was touched\."
    ) as error:
        Database(url)
    assert "VENDORFIRST_DATABASE_URL" in error.value.next_step
    assert "c4n" not in error.value.text + error.value.next_step


def test_a_password_with_signs_in_it_reaches_the_driver_as_it_is():
    assert sa.make_url(server_url("postgresql://me:p%40ss%2Fw%25@host/db")).password == "p@ss/w%"


def test_new_file_that_another_process_makes_is_waited_for(path):
    """A new file that another process makes at this moment is waited for."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.1, lambda: other.execute("COMMIT")).start()
    with closing(Database(f"sqlite:///{path}")) as database, database.reading():
        pass
    other.execute("PRAGMA journal_mode=DELETE")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BadSettings, match="locked"):
        Database(f"sqlite:///{path}", patience=Patience(sqlite=0.05))
    other.close()


def test_threads_may_each_make_a_database_at_the_same_moment(tmp_path):
    """Threads of one process may make a database each at the same moment."""

    def make(n):
        Database(f"sqlite:///{tmp_path / f'{n}.sqlite'}").close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(16))) == [None] * 16


def test_ledger_is_for_nobody_else_to_read(tmp_path):
    Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}").close()
    assert (tmp_path / "ledger.sqlite").stat().st_mode & 0o077 == 0
