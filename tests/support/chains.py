"""A ledger's chains as rows, without a database, and how somebody changes them by hand."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace

from robot.storage.audit import EndRow, EventRow, SealedRow, SealRow, first_fault
from robot.storage.chain import (
    GENESIS,
    CaseEnd,
    Ground,
    Seal,
    case_start,
    event_seal,
    ground_seal,
    root_of,
)

#: In which table, and in which columns, each kind of row is kept.
TABLES = {
    EventRow: ("events", 'seq, "case", resource, body, previous, hash'),
    EndRow: ("case_ends", '"case", length, hash, sealed'),
    SealRow: ("seals", "number, events, body, hash"),
    SealedRow: ("sealed_ends", 'seal, "case", length, hash'),
}
EMPTY = Ground(0, GENESIS)


@dataclass(slots=True)
class Chains:
    """What the ledger's tables hold, by the rules and nothing else."""

    ground: Ground = EMPTY
    events: list[EventRow] = field(default_factory=list)
    ends: dict[str, EndRow] = field(default_factory=dict)
    seals: list[SealRow] = field(default_factory=list)
    sealed: list[SealedRow] = field(default_factory=list)

    def fault(self):
        ends = list(self.ends.values())
        return first_fault(self.ground, self.events, ends, self.seals, self.sealed)

    @classmethod
    def read(cls, path):
        """Return the rows of an SQLite ledger."""
        with closing(sqlite3.connect(path)) as raw:
            rows = {
                kind: [kind(*row) for row in raw.execute(f"SELECT {names} FROM {table} ORDER BY 1")]
                for kind, (table, names) in TABLES.items()
            }
            (ground,) = raw.execute("SELECT length, hash FROM chain")
        ends = {row.case: row for row in rows[EndRow]}
        return cls(Ground(*ground), rows[EventRow], ends, rows[SealRow], rows[SealedRow])

    def write(self, path):
        """Put these rows in the place of all in an SQLite ledger, as its owner can."""
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            raw.execute("BEGIN")
            triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            kept = triggers.fetchall()
            for name, _ in kept:
                raw.execute(f"DROP TRIGGER {name}")
            for rows in (self.events, self.ends.values(), self.seals, self.sealed):
                self._fill(raw, list(rows))
            for _, sql in kept:
                raw.execute(sql)
            raw.execute("COMMIT")

    @staticmethod
    def _fill(raw, rows):
        if not rows:
            return
        table, names = TABLES[type(rows[0])]
        raw.execute(f"DELETE FROM {table}")
        values = [tuple(row) for row in rows]
        marks = ", ".join("?" * len(values[0]))
        raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)

    def add_to_ground(self, case, body):
        length, last = self.ground
        seal = ground_seal(last, case, "", body)
        self.events.append(EventRow(len(self.events) + 1, case, "", body, last, seal))
        self.ground = Ground(length + 1, seal)

    def add(self, case, body, resource=""):
        start = EndRow(case, 0, case_start(self.ground.hash, case), 0)
        before = self.ends.get(case, start)
        seq = self.events[-1].seq + 1 if self.events else 1
        seal = event_seal(before.hash, seq, case, resource, body)
        self.events.append(EventRow(seq, case, resource, body, before.hash, seal))
        self.ends[case] = before._replace(length=before.length + 1, hash=seal)

    def seal(self):
        rows = [row for row in self.ends.values() if row.sealed < row.length]
        if not rows:
            return
        number = len(self.seals) + 1
        ends = [CaseEnd(row.case, row.length, row.hash) for row in rows]
        grown = sum(row.length - row.sealed for row in rows)
        previous = self.seals[-1].hash if self.seals else self.ground.hash
        events = (self.count or self.ground.length) + grown
        seal = Seal(number, previous, root_of(ends), len(ends), events, "2026-01-01T00:00:00Z")
        self.seals.append(SealRow(number, events, seal.body, seal.hash))
        self.sealed += [SealedRow(number, *end) for end in ends]
        for row in rows:
            self.ends[row.case] = row._replace(sealed=row.length)

    @property
    def count(self):
        """Return how many events the last seal tells of."""
        return self.ground.length + sum(row.sealed for row in self.ends.values())

    def copy(self):
        return replace(
            self,
            events=list(self.events),
            ends=dict(self.ends),
            seals=list(self.seals),
            sealed=list(self.sealed),
        )


def grown(chance: random.Random, *, ground: int = 0, steps: int = 30) -> Chains:
    """Return chains that grew by chance, each of whose events is sealed."""
    chains = Chains()
    for n in range(ground):
        chains.add_to_ground(f"case:{n % 3}", f"old {n}")
    for n in range(steps):
        chains.add(f"case:{chance.randrange(5)}", f"new {n}")
        if chance.random() < 0.3:
            chains.seal()
    chains.seal()
    return chains
