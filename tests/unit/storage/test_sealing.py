"""When seals are written and by whom, and what they cover, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.errors import LedgerChanged
from robot.storage import merkle
from robot.storage.chain import GENESIS, read_seal
from robot.storage.database import Database
from robot.storage.ledger import SEAL_EVERY, Ledger
from robot.storage.schema import case_ends
from tests.support.clock import Clock
from tests.support.facts import ASKED

WRITERS = 4


@pytest.fixture
def clock():
    return Clock(1_000_000.0)


@pytest.fixture
def ledger(empty_url, clock):
    ledger = Ledger(empty_url, clock=clock)
    yield ledger
    ledger.close()


def test_new_ledger_is_empty_until_its_first_event(ledger):
    assert ledger.is_empty()
    assert ledger.seal() == ledger.head() == (0, GENESIS, 0)
    ledger.append("a", ASKED)
    assert not ledger.is_empty()
    assert ledger.seal().events == 1
    assert not ledger.is_empty()


def test_nothing_is_appended_by_no_event(ledger):
    ledger.append("a")
    assert ledger.is_empty()


def test_seal_covers_all_cases_that_went_on(ledger):
    ledger.append("a", ASKED, ASKED)
    ledger.append("b", ASKED)
    first = ledger.seal()
    assert (first.events, first.seal) == (3, 1)
    assert ledger.seal() == first  # nothing happened since
    ledger.append("b", ASKED)
    second = ledger.seal("b")
    assert (second.events, second.seal) == (4, 2)
    ledger.audit()
    for events, seal, _ in (first, second):
        ledger.check_head(events, seal)


def test_seals_of_many_cases_need_few_statements(ledger):
    for n in range(3):
        ledger.append(f"few:{n}", ASKED)
    with ledger.database.writing() as tx:
        for n in range(1_100):
            ledger.insert(tx, f"case:{n}", "", ASKED)
    assert ledger.seal().events == 1_103
    assert ledger.first_broken_event() is None


def test_case_that_is_sealed_is_sealed_without_a_write(ledger, monkeypatch):
    ledger.append("a", ASKED, seal=True)
    ledger.append("b", ASKED)
    monkeypatch.setattr(Database, "writing", None)
    assert ledger.seal("a") == (1, ledger.head().hash, 1)


def test_receipt_is_sealed_when_it_is_kept(ledger):
    ledger.append("a", ASKED)
    ledger.append("b", ASKED)
    ledger.keep_receipt("a", Receipt(id="r1", outcome=Outcome.DONE))
    assert ledger.head()[::2] == (3, 1)
    ledger.audit()


def test_seal_is_due_after_a_minute_and_where_there_is_something(ledger, clock):
    ledger.append("a", ASKED)
    ledger.seal_when_due()
    assert ledger.head().seal == 1  # there was none before
    clock.advance(SEAL_EVERY)
    ledger.seal_when_due()
    assert ledger.head().seal == 1  # nothing happened
    ledger.append("a", ASKED)
    ledger.seal_when_due()
    assert ledger.head().seal == 2
    ledger.append("a", ASKED)
    clock.advance(SEAL_EVERY - 1)
    ledger.seal_when_due()
    assert ledger.head().seal == 2  # whoever came first has done it
    clock.advance(1)
    ledger.seal_when_due()
    assert ledger.head().seal == 3


def test_seal_of_a_wrong_clock_does_not_put_off_the_next(ledger, clock):
    ledger.append("a", ASKED)
    clock.advance(3600)
    ledger.seal()
    clock.advance(-3600)
    ledger.append("a", ASKED)
    ledger.seal_when_due()
    assert ledger.head().seal == 2


def broken_off(ledger):
    with ledger.database.writing(alone=False) as tx:
        ledger.insert(tx, "b", "", ASKED)
        raise ZeroDivisionError


def test_event_whose_writer_dies_is_left_to_the_next_seal(ledger):
    """Whoever writes an event may die before the seal: it is in the next one."""
    ledger.append("a", ASKED)
    with pytest.raises(ZeroDivisionError):
        broken_off(ledger)
    ledger.audit()
    ledger.append("b", ASKED)
    assert ledger.seal().events == 2
    ledger.audit()


def test_events_of_a_case_are_proved_up_to_a_seal(ledger):
    ledger.append("a", ASKED)
    ledger.seal()
    for case in "bcad":
        ledger.append(case, ASKED)
    ledger.append("a", *[ASKED] * 2)
    ledger.seal()
    ledger.append("e", ASKED)
    ledger.seal()
    lines = ledger.request_lines("a", "r1")
    proof = ledger.prove("a", lines, 3)
    last = merkle.climb(merkle._sha256(proof.end), proof.steps)
    assert [read_seal(body).number for body in proof.seals] == [1, 2, 3][-len(proof.seals) :]
    assert read_seal(proof.seals[0]).root == last
    assert ledger.prove("a", lines, 0) is None
    assert ledger.prove("a", ("never",), 3) is None


@pytest.mark.parametrize(
    "table, said",
    [
        ("seals", "append-only"),
        ("sealed_ends", "append-only"),
        ("chain", "a newer version is at work here"),
    ],
)
def test_seals_are_never_changed(ledger, table, said):
    ledger.append("a", ASKED)
    ledger.seal()
    for statement in (f"UPDATE {table} SET hash = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(Exception, match=said), ledger.database.writing() as tx:
            tx.exec_driver_sql(statement)
    ledger.audit()


def test_end_that_is_told_wrongly_is_found(ledger):
    ledger.append("a", ASKED)
    with ledger.database.writing() as tx:
        tx.execute(case_ends.update().values(length=2))
    with pytest.raises(LedgerChanged, match="event 2 is missing"):
        ledger.audit()


def test_many_writers_and_sealers_at_once_leave_chains_that_hold(empty_url):
    """Each writes to a case of its own and to one of all, and seals now and then."""
    Database(empty_url).close()
    begin = threading.Barrier(WRITERS)

    def write(n):
        with closing(Ledger(empty_url)) as ledger:
            begin.wait()
            for each in range(12):
                ledger.append(f"own:{n}", ASKED, ASKED)
                ledger.append("common", ASKED)
                if each % 4 == n:
                    ledger.seal(f"own:{n}")
                ledger.keep_receipt(f"own:{n}", Receipt(id=f"{n}-{each}", outcome=Outcome.DONE))

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with closing(Ledger(empty_url)) as ledger:
        ledger.audit()
        assert ledger.seal().events == WRITERS * 12 * 4
        ledger.audit()
        assert len(ledger.events("common")) == WRITERS * 12
