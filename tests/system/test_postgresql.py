"""A PostgreSQL server may be restarted, fall silent or keep others waiting."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.console.board.changes import version
from robot.errors import DatabaseDown
from robot.queue.engine import engine_url
from robot.queue.items import NewItem
from robot.queue.table import QueueTable
from robot.sites.one_time_codes import OneTimeCodes
from robot.storage.database import Database, Patience
from robot.storage.ledger import Ledger
from robot.storage.schema import queue
from robot.storage.sealing import lock_end
from tests.support import postgresql
from tests.support.facts import ASKED
from tests.support.queued_orders import bare_row
from tests.support.turns import claim

SEED = "MNQW4YLSPEWVMQ2VFVXXI4BNONSWG4TFOQWTCOJS"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_postgresql_url_may_be_spelled_as_people_spell_it(scheme, kept_postgresql):
    url = kept_postgresql._engine.url.render_as_string().partition("://")[2]
    with closing(Database(f"{scheme}://{url}")) as database:
        assert not database.sqlite


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET body = ''",
        "DELETE FROM events",
        "TRUNCATE events",
        "UPDATE seals SET body = ''",
        "DELETE FROM sealed_ends",
    ],
)
def test_events_are_never_changed_on_postgresql_either(
    statement,
    postgresql_server,
    kept_postgresql,
):
    Ledger(kept_postgresql).append("case", ASKED)
    with (
        pytest.raises(DatabaseDown, match="the ledger is append-only"),
        kept_postgresql.writing() as tx,
    ):
        tx.exec_driver_sql(statement)
    assert ASKED in Ledger(kept_postgresql).events("case")


@pytest.mark.parametrize(
    "statement", ["UPDATE chain SET length = 0", "INSERT INTO chain VALUES (2, 0, '')"]
)
def test_old_chain_is_never_changed_on_postgresql_either(statement, postgresql_url):
    """Whoever would is an older program, and is told what to do."""
    with closing(Database(postgresql_url)) as database:
        with (
            pytest.raises(DatabaseDown, match="stop this one, and start it again"),
            database.writing() as tx,
        ):
            tx.exec_driver_sql(statement)
        Ledger(database).audit()


# ---- down and up again --------------------------------------------------------------------------


def test_a_server_that_is_restarted_is_found_again(postgresql_server, postgresql_url):
    with closing(Database(postgresql_url)) as database:
        ledger, table = Ledger(database), QueueTable(database)
        codes = OneTimeCodes(SEED, "site:me", lambda: database)
        ledger.append("case", ASKED)
        table.add([NewItem(CancelRequest("amazon_business", "111-1", None))])
        uses = (
            lambda: ledger.append("case", ASKED),
            lambda: ledger.events("case"),
            lambda: ledger.leases.acquire("amazon_business:111-1", "me"),
            lambda: claim(table, "me", 1),
            table.listed,
        )
        postgresql_server.stop()
        try:
            for use in (*uses, codes.mint):
                with pytest.raises(
                    DatabaseDown, match=r"The ledger can't be read or written \(.+\)"
                ) as down:
                    use()
                assert "the database is down" in down.value.next_step
        finally:
            postgresql.start(postgresql_server)
        for use in uses:
            use()
        assert ledger.events("case") == (ASKED, ASKED)
        assert ledger.first_broken_event() is None
        assert [item.worker for item in table.listed()] == ["me"]


def test_a_restart_while_a_transaction_is_open_takes_it_back(postgresql_server, postgresql_url):
    with closing(Database(postgresql_url)) as database:
        with (  # noqa: PT012 - the error comes from within
            pytest.raises(DatabaseDown),
            database.writing() as tx,
        ):
            tx.execute(queue.insert().values(**bare_row()))
            postgresql_server.stop()
            postgresql.start(postgresql_server)
            tx.execute(sa.select(queue))
        assert QueueTable(database).listed() == []


def test_writer_stopped_in_the_middle_keeps_nobody_out_long(postgresql_url):
    """A writer that stopped in the middle keeps nobody out for long.

    The server ends the transaction of a machine that sleeps.

    Nothing of it is kept.
    """
    patience = Patience(lock=10.0, idle=0.3)
    with (
        closing(Database(postgresql_url, patience=patience)) as asleep,
        closing(Database(postgresql_url, patience=patience)) as other,
    ):
        with (  # noqa: PT012 - the error comes as it goes on
            pytest.raises(DatabaseDown),
            asleep.writing() as tx,
        ):
            tx.execute(queue.insert().values(**bare_row()))
            lock_end(tx, "case")
            Ledger(other).append("case", ASKED)
            with other.writing():
                tx.execute(sa.select(queue))
        assert QueueTable(other).listed() == []
        Ledger(asleep).append("case", ASKED)
        assert len(Ledger(other).events("case")) == 2


def test_writer_keeps_nobody_out_of_another_case(postgresql_url):
    """What a machine that stopped in the middle had begun is left to the next seal."""
    with closing(Database(postgresql_url)) as asleep, closing(Database(postgresql_url)) as other:
        ledger = Ledger(other)
        Ledger(asleep).append("case", ASKED)
        with asleep.writing() as tx:
            Ledger(asleep).insert(tx, "case", "", ASKED)
            ledger.append("another", ASKED)
            lease = ledger.leases.acquire("amazon_business:111-1", "me")
            assert ledger.leases.renew(lease) == ()
            ledger.leases.release(lease)
            assert ledger.seal("another").events == 1
        assert ledger.seal().events == 3
        ledger.audit()


def test_page_is_told_of_an_event_that_comes_after_a_later_one(postgresql_url):
    """A number is taken before the commit: the event of the smaller one may be there last."""
    with closing(Database(postgresql_url)) as slow, closing(Database(postgresql_url)) as other:
        with slow.writing(alone=False) as tx:
            Ledger(slow).insert(tx, "slow", "", ASKED)
            Ledger(other).append("fast", ASKED)
            before = version(other, 0.0)
        assert [case for _, case, *_ in Ledger(other).all_events()] == ["slow", "fast"]
        assert version(other, 0.0) != before


def parameters(tx: sa.Connection) -> dict[str, str]:
    return tx.connection.driver_connection.info.get_parameters()


def test_server_gone_silently_is_noticed_and_url_may_say_when(postgresql_url):
    """A server that is gone without a word is noticed, and the URL may say when."""
    for url, wait in ((postgresql_url, "10"), (f"{postgresql_url}?connect_timeout=3", "3")):
        with closing(Database(url)) as database, database.reading() as tx:
            told = [parameters(tx)]
        with sa.create_engine(engine_url(url), poolclass=sa.NullPool).connect() as tx:
            told.append(parameters(tx))
        for each in told:
            assert each["connect_timeout"] == wait
            assert (each["keepalives_idle"], each["tcp_user_timeout"]) == ("10", "25000")


def test_a_writer_that_waits_too_long_for_others_says_so(postgresql_url):
    patience = Patience(lock=0.3)
    with (
        closing(Database(postgresql_url)) as holds,
        closing(Database(postgresql_url, patience=patience)) as waits,
    ):
        with holds.writing(), pytest.raises(DatabaseDown, match="lock timeout"), waits.writing():
            pass
        with waits.writing():
            pass


# ---- its clock ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [60.0, 0.0, -60.0])
def test_the_servers_clock_is_asked(postgresql_url, seconds):
    with closing(Database(postgresql_url, clock=lambda: time.time() + seconds)) as database:
        assert database.clock_skew() == pytest.approx(seconds, abs=2.0)


def test_process_that_slept_while_asking_is_no_wrong_clock(postgresql_url):
    """A process that slept while it asked is not taken for a wrong clock."""
    slept = iter((0.0, 60.0))
    with closing(Database(postgresql_url, clock=lambda: time.time() + next(slept))) as database:
        assert database.clock_skew() == 0.0
