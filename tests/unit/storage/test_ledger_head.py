"""A head that was noted elsewhere finds a ledger that was written anew with a chain that holds."""

from __future__ import annotations

import random
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest

from robot.cancellation.events import Stopped
from robot.errors import LedgerChanged
from robot.storage.chain import read_seal
from robot.storage.ledger import Ledger
from tests.support.chains import Chains

T0 = datetime(2026, 1, 1, tzinfo=UTC)
REWRITES = 30
MANY_REWRITES = 1_000


@pytest.fixture
def file(migrated_ledger, tmp_path):
    path = tmp_path / "ledger.sqlite"
    shutil.copy(migrated_ledger, path)
    return path


@pytest.fixture
def ledger(file):
    ledger = Ledger(f"sqlite:///{file}")
    for number in range(12):
        ledger.append(f"amazon:{number % 3}", Stopped(at=T0, problem="captcha", text=str(number)))
        ledger.seal()
    yield ledger
    ledger.close()


def rewrite(file, chance):
    """Change, remove or put in an event as its owner could, and make all chains and seals fit.

    Returns the number of the first event that is another one since.
    """
    found = Chains.read(file)
    rows = [(row.case, row.body) for row in found.events]
    at = chance.randrange(len(rows))
    how = chance.choice(["change", "remove", "put in"])
    if how == "change":
        case, body = rows[at]
        rows[at] = (case, body.replace('"text":"', f'"text":"{chance.random()}'))
    elif how == "remove":
        del rows[at]
    else:
        rows.insert(at, ("amazon:9", rows[at][1]))
    anew = Chains()
    for case, body in rows:
        anew.add(case, body)
        anew.seal()
    anew.write(file)
    return at + 1


def seal_of(row):
    return read_seal(row.body)


def assert_rewrites_are_found(ledger, file, count):
    pristine = file.with_suffix(".pristine")
    ledger.close()
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    shutil.copy(file, pristine)
    chance = random.Random(7)
    heads = [(seal.events, seal.hash) for seal in map(seal_of, Chains.read(file).seals)]
    assert [events for events, _ in heads] == list(range(1, 13))
    for _ in range(count):
        ledger.close()
        for other in file.parent.glob("ledger.sqlite-*"):
            other.unlink()
        shutil.copy(pristine, file)
        first = rewrite(file, chance)
        ledger.audit()  # the chains themselves tell nothing
        number, seal = chance.choice([head for head in heads if head[0] >= first])
        with pytest.raises(LedgerChanged):
            ledger.check_head(number, seal)


def test_rewritten_ledger_is_found_by_a_noted_head(ledger, file):
    assert_rewrites_are_found(ledger, file, REWRITES)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_many_rewritten_ledgers_are_found(ledger, file):
    assert_rewrites_are_found(ledger, file, MANY_REWRITES)


def test_head_of_the_past_is_still_found(ledger):
    noted = ledger.head()[:2]
    ledger.append("amazon:1", Stopped(at=T0, problem="captcha", text="later"))
    ledger.check_head(*noted)
    with pytest.raises(LedgerChanged, match="it has no event 99, and once ended with it"):
        ledger.check_head(99, noted[1])


@pytest.mark.parametrize(
    "where, said",
    [
        ("seq = 5", "event 5 is missing"),
        ("seq = 1", "event 1 is missing"),
        ("seq IN (5, 6)", "events 5 to 6 are missing"),
        ("seq > 10", "event 11 is missing, and whatever came after it"),
    ],
)
def test_deleted_event_is_named(ledger, file, where, said):
    with sqlite3.connect(file) as raw:
        raw.execute("DROP TRIGGER events_no_delete")
        raw.execute(f"DELETE FROM events WHERE {where}")
    raw.close()
    with pytest.raises(LedgerChanged, match=said):
        ledger.audit()


def test_dropped_trigger_is_noticed(ledger, file):
    ledger.audit()
    with sqlite3.connect(file) as raw:
        raw.execute("DROP TRIGGER events_no_update")
    raw.close()
    with pytest.raises(LedgerChanged, match="what keeps events from being changed is gone"):
        ledger.audit()
