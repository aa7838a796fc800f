"""Rows that are changed by hand in the ledger's tables are found, each of them."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import pytest

from robot.cancellation.events import Stopped
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.errors import LedgerChanged
from robot.storage.ledger import Ledger
from tests.support.chains import TABLES, Chains

T0 = datetime(2026, 1, 1, tzinfo=UTC)
CASES = 6
CHANGES = 60
MANY_CHANGES = 2_000


@pytest.fixture
def copies(sqlite_url, tmp_path):
    """A ledger file, a copy of it from before its last events, and one as it is now."""
    file = tmp_path / "ledger.sqlite"
    with closing(Ledger(sqlite_url)) as ledger:
        fill(ledger, 0)
        ledger.audit()
        checkpoint(file)
        shutil.copy(file, tmp_path / "old.sqlite")
        fill(ledger, 1)
        ledger.append("amazon:0", stopped("not sealed yet"))
        ledger.audit()
    checkpoint(file)
    shutil.copy(file, tmp_path / "now.sqlite")
    return file, tmp_path / "old.sqlite", tmp_path / "now.sqlite"


def fill(ledger, round_):
    for n in range(4 * CASES):
        ledger.append(f"amazon:{n % CASES}", stopped(f"{round_} {n}"), resource=f"amazon:{n % 4}")
        if n % 5 == 0:
            ledger.seal()
    for n in range(CASES):
        ledger.keep_receipt(f"amazon:{n}", Receipt(id=f"r{round_}-{n}", outcome=Outcome.DONE))


def stopped(text):
    return Stopped(at=T0, problem="captcha", text=text)


def checkpoint(file):
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# --- ways to change it ----------------------------------------------------------------------------


def change_a_column(raw, _old, chance):
    table = chance.choice(["events", "case_ends", "seals", "sealed_ends", "receipts", "chain"])
    names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
    (rowid,) = pick(raw, table, chance)
    name = chance.choice(names)
    (value,) = raw.execute(f'SELECT "{name}" FROM {table} WHERE rowid = ?', rowid).fetchone()
    if isinstance(value, int):
        other = value + chance.choice([-1, 1, 1000])
    else:
        at = chance.randrange(len(value) or 1)
        other = value[:at] + chr(ord((value or "a")[at]) ^ 1) + value[at + 1 :]
    raw.execute(f'UPDATE OR REPLACE {table} SET "{name}" = ? WHERE rowid = ?', (other, *rowid))


def delete_a_row(raw, _old, chance):
    table = chance.choice(["events", "case_ends", "seals", "sealed_ends", "receipts", "chain"])
    (rowid,) = pick(raw, table, chance)
    raw.execute(f"DELETE FROM {table} WHERE rowid = ?", rowid)


def put_in_an_event(raw, _old, chance):
    """Also one whose own hash was worked out."""
    found = Chains.read(path_of(raw))
    row = chance.choice(found.events)
    found.add(row.case, row.body)
    new = found.events[-1]
    if chance.random() < 0.5:
        new = new._replace(previous=row.previous[::-1], hash=row.hash[::-1])
    raw.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", new)


def reorder_events(raw, _old, chance):
    seqs = [row[0] for row in raw.execute("SELECT seq FROM events ORDER BY seq")]
    one, two = sorted(chance.sample(seqs, 2))
    for seq, to in ((one, -1), (two, one), (-1, two)):
        raw.execute("UPDATE events SET seq = ? WHERE seq = ?", (to, seq))


def cut_the_end(raw, _old, chance):
    """Take the last events away, of all or of one case, and perhaps what tells of them."""
    case = f"amazon:{chance.randrange(CASES)}"
    mine = chance.choice(["1", f"\"case\" = '{case}'"])
    seqs = [row[0] for row in raw.execute(f"SELECT seq FROM events WHERE {mine} ORDER BY seq")]
    since = chance.choice(seqs[1:-1])  # at least two: no seal covers the very last one yet
    raw.execute(f"DELETE FROM events WHERE {mine} AND seq >= {since}")
    if chance.random() < 0.5:
        tell_ends_anew(raw)


def take_a_case_away(raw, _old, chance):
    """Also what tells where it ends, what seals cover of it, and its receipts."""
    case = (f"amazon:{chance.randrange(CASES)}",)
    for table in ("events", "case_ends", "sealed_ends", "receipts"):
        if table == "events" or chance.random() < 0.7:
            raw.execute(f'DELETE FROM {table} WHERE "case" = ?', case)


def exchange_two_cases(raw, _old, chance):
    one, two = chance.sample([f"amazon:{n}" for n in range(CASES)], 2)
    for table in ("events", "case_ends", "sealed_ends", "receipts"):
        if table == "events" or chance.random() < 0.7:
            for case, to in ((one, "-"), (two, one), ("-", two)):
                raw.execute(f'UPDATE {table} SET "case" = ? WHERE "case" = ?', (to, case))


def replay_an_old_copy(raw, old, chance):
    """Put back what a case was before its last events, with or without what tells of it."""
    case = (f"amazon:{chance.randrange(CASES)}",)
    raw.execute("ATTACH ? AS old", (str(old),))
    for table in ("events", "case_ends", "receipts", "sealed_ends"):
        if table == "events" or chance.random() < 0.7:
            raw.execute(f'DELETE FROM {table} WHERE "case" = ?', case)
            raw.execute(f'INSERT INTO {table} SELECT * FROM old.{table} WHERE "case" = ?', case)


def replay_old_seals(raw, old, chance):
    raw.execute("ATTACH ? AS old", (str(old),))
    for table in ("seals", "sealed_ends"):
        if table == "seals" or chance.random() < 0.7:
            raw.execute(f"DELETE FROM {table}")
            raw.execute(f"INSERT INTO {table} SELECT * FROM old.{table}")


WAYS = (
    change_a_column, change_a_column, delete_a_row, put_in_an_event, reorder_events, cut_the_end,
    take_a_case_away, exchange_two_cases, replay_an_old_copy, replay_old_seals,
)  # fmt: skip


def pick(raw, table, chance):
    return [chance.choice(raw.execute(f"SELECT rowid FROM {table}").fetchall())]


def path_of(raw):
    return raw.execute("PRAGMA database_list").fetchone()[2]


def tell_ends_anew(raw):
    """Make what tells where each case ends fit the events that are left."""
    for case, length in raw.execute('SELECT "case", count(*) FROM events GROUP BY 1').fetchall():
        last = 'SELECT hash FROM events WHERE "case" = ? ORDER BY seq DESC LIMIT 1'
        (seal,) = raw.execute(last, (case,)).fetchone()
        end = 'UPDATE case_ends SET length = ?, hash = ?, sealed = ? WHERE "case" = ?'
        raw.execute(end, (length, seal, length, case))


def tamper(file, old, chance):
    """Change the ledger in some way, and return the way's name."""
    way = chance.choice(WAYS)
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            raw.execute(f"DROP TRIGGER {name}")
        way(raw, old, chance)
        for _, sql in kept:
            raw.execute(sql)
    return way.__name__


def content(file):
    with closing(sqlite3.connect(file)) as raw:
        tables = (*(table for table, _ in TABLES.values()), "receipts", "chain")
        return [raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]


def is_found(file):
    with closing(Ledger(f"sqlite:///{file}")) as ledger:
        try:
            ledger.audit()
        except LedgerChanged:
            return True
    return False


def assert_each_is_found(copies, count):
    file, old, now = copies
    before = content(now)
    found = Counter()
    for seed in range(10 * count):
        for other in file.parent.glob("ledger.sqlite-*"):
            other.unlink()
        shutil.copy(now, file)
        way = tamper(file, old, random.Random(seed))
        if content(file) == before:
            continue  # it did nothing, as where a case has nothing new since the old copy
        assert is_found(file), (way, seed)
        found[way] += 1
        if found.total() == count:
            break
    assert set(found) == {way.__name__ for way in WAYS}


def test_changes_by_hand_are_found(copies):
    assert_each_is_found(copies, CHANGES)


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_many_changes_by_hand_are_found(copies):
    assert_each_is_found(copies, MANY_CHANGES)


def test_old_copy_of_everything_is_found_by_a_noted_head(copies):
    """Nothing in it is wrong; but whoever noted a later head does not find it again."""
    file, old, now = copies
    with closing(Ledger(f"sqlite:///{now}")) as ledger:
        noted = ledger.head()
    shutil.copy(old, file)
    with closing(Ledger(f"sqlite:///{file}")) as ledger:
        ledger.audit()
        with pytest.raises(LedgerChanged, match="has no event"):
            ledger.check_head(noted.events, noted.hash)
