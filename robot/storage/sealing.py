"""Write and read seals, and where each case's chain ends.

A writer locks the end of its own case and nothing else, so that cases don't wait for each other. A
seal is written by one at a time, and passes by what somebody writes to just then; so whoever writes
a seal waits for no case, and a lock on a case may be held while a seal is waited for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

import sqlalchemy as sa

from robot.clock import utc_text
from robot.errors import LedgerChanged
from robot.storage import merkle
from robot.storage.audit import EndRow, EventRow, Fault, SealedRow, SealRow, first_fault
from robot.storage.chain import (
    CaseEnd,
    Ground,
    Seal,
    case_start,
    event_link,
    event_seal,
    leaves_of,
    read_seal,
    root_of,
    sha256,
)
from robot.storage.database import insert_if_new
from robot.storage.schema import case_ends as _ends
from robot.storage.schema import chain as _chain
from robot.storage.schema import events as _events
from robot.storage.schema import sealed_ends as _sealed
from robot.storage.schema import seals as _seals

#: Held by whoever writes a seal, until it is committed.
_SEAL_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(8218)")
_NEXT_NUMBERS: Final = sa.text(
    "SELECT nextval(pg_get_serial_sequence('events', 'seq')) FROM generate_series(1, :count)"
)
#: How many rows one query asks for.
_CHUNK: Final = 500
_GUARDS: Final = {
    "sqlite": {
        "events_no_update", "events_no_delete", "events_no_replace",
        "chain_no_update", "chain_no_delete", "chain_no_insert",
        "seals_no_update", "seals_no_delete", "seals_no_replace",
        "sealed_ends_no_update", "sealed_ends_no_delete", "sealed_ends_no_replace",
    },
    "postgresql": {
        "events_append_only", "chain_append_only", "seals_append_only", "sealed_ends_append_only"
    },
}  # fmt: skip


class Head(NamedTuple):
    """The newest seal, or the ground where there is none.

    ``events`` is how many events the ledger had by then, ``seal`` the seal's number or 0.
    """

    events: int
    hash: str
    seal: int

    @property
    def text(self) -> str:
        """Return the head as it is noted, a number and a hash."""
        return f"{self.events}:{self.hash}"


class Proof(NamedTuple):
    """What ties some events of a case to a seal.

    ``links`` are the texts that chain the events to the case's end, the first of them the events'
    own, and ``end`` is the text of that end. ``steps`` lead from it to the root in the first of
    ``seals``, each of which names the one before it.
    """

    links: tuple[str, ...]
    end: str
    steps: tuple[merkle.Step, ...]
    seals: tuple[str, ...]


# --- a case's chain -------------------------------------------------------------------------------


def add_events(tx: sa.Connection, case: str, resource: str, bodies: Sequence[str]) -> None:
    """Add events to a case's chain, whose end stays locked until the commit."""
    end = lock_end(tx, case)
    rows = []
    last = end.hash
    for seq, body in zip(_next_numbers(tx, len(bodies)), bodies, strict=True):
        seal = event_seal(last, seq, case, resource, body)
        rows.append(EventRow(seq, case, resource, body, last, seal)._asdict())
        last = seal
    tx.execute(_events.insert(), rows)
    length = end.length + len(rows)
    tx.execute(_ends.update().where(_ends.c.case == case).values(length=length, hash=last))


def _next_numbers(tx: sa.Connection, count: int) -> Iterable[int]:
    """Return the numbers of the next events."""
    if tx.dialect.name == "postgresql":
        return tx.execute(_NEXT_NUMBERS, {"count": count}).scalars().all()
    newest = tx.execute(sa.select(sa.func.max(_events.c.seq))).scalar() or 0
    return range(newest + 1, newest + 1 + count)


def lock_end(tx: sa.Connection, case: str) -> CaseEnd:
    """Return where a case's chain ends, which nobody else moves until the commit."""
    mine = sa.select(_ends).where(_ends.c.case == case).with_for_update()
    row = tx.execute(mine).one_or_none()
    if row is None:
        start = case_start(ground_of(tx).hash, case)
        insert_if_new(tx, _ends, case=case, length=0, hash=start, sealed=0)
        row = tx.execute(mine).one()
    return CaseEnd(row.case, row.length, row.hash)


def ground_of(tx: sa.Connection) -> Ground:
    """Return the chain that the ledger began with.

    Raises LedgerChanged where somebody took away what tells it.
    """
    rows = tx.execute(sa.select(_chain)).all()
    if len(rows) != 1:
        raise LedgerChanged("what tells its length and its last seal is gone")
    return Ground(int(rows[0].length), str(rows[0].hash))


# --- seals ----------------------------------------------------------------------------------------


def head_of(tx: sa.Connection) -> Head:
    """Return the newest seal."""
    query = sa.select(_seals).order_by(_seals.c.number.desc()).limit(1)
    row = tx.execute(query).one_or_none()
    if row is None:
        return Head(*ground_of(tx), 0)
    return Head(int(row.events), str(row.hash), int(row.number))


def count_unsealed(tx: sa.Connection) -> int:
    """Return how many events no seal covers."""
    open_ = sa.select(sa.func.sum(_ends.c.length - _ends.c.sealed))
    return int(tx.execute(open_.where(_ends.c.sealed < _ends.c.length)).scalar() or 0)


def is_sealed(tx: sa.Connection, case: str) -> bool:
    """Return whether seals cover every event of a case."""
    mine = sa.select(_ends.c.sealed == _ends.c.length).where(_ends.c.case == case)
    return bool(tx.execute(mine).scalar())


def sealed_at(tx: sa.Connection) -> float:
    """Return when the newest seal was written (UNIX seconds), 0.0 where there is none."""
    query = sa.select(_seals.c.body).order_by(_seals.c.number.desc()).limit(1)
    seal = read_seal(tx.execute(query).scalar() or "")
    return 0.0 if seal is None else datetime.fromisoformat(seal.at).timestamp()


def write_seal(tx: sa.Connection, at: datetime) -> None:
    """Seal every case that went on since the newest seal, if any did.

    Cases that somebody else is writing to at this moment are left to the next seal.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(_SEAL_LOCK)
    open_ = sa.select(_ends).where(_ends.c.sealed < _ends.c.length)
    rows = tx.execute(open_.with_for_update(skip_locked=True)).all()
    if not rows:
        return
    head = head_of(tx)
    ends = [CaseEnd(row.case, row.length, row.hash) for row in rows]
    seal = Seal(
        number=head.seal + 1,
        previous=head.hash,
        root=root_of(ends),
        cases=len(ends),
        events=head.events + sum(row.length - row.sealed for row in rows),
        at=utc_text(at, timespec="milliseconds"),
    )
    tx.execute(_sealed.insert(), [{"seal": seal.number, **end._asdict()} for end in ends])
    row = SealRow(seal.number, seal.events, seal.body, seal.hash)
    tx.execute(_seals.insert().values(**row._asdict()))
    for some in _chunks(ends):
        mine = _ends.c.case.in_([end.case for end in some])
        tx.execute(_ends.update().where(mine).values(sealed=_ends.c.length))


def hash_at(tx: sa.Connection, number: int) -> str | None:
    """Return the hash of the ledger's head when it had so many events.

    None where it never had such a head.
    """
    if number > ground_of(tx).length:
        query = sa.select(_seals.c.hash).where(_seals.c.events == number)
    else:
        query = sa.select(_events.c.hash).order_by(_events.c.seq).offset(number - 1).limit(1)
    found = tx.execute(query).scalar_one_or_none() if number > 0 else None
    return None if found is None else str(found)


# --- checking and proving -------------------------------------------------------------------------


def find_fault(tx: sa.Connection) -> Fault | None:
    """Return the first fault of all chains, None where they hold."""
    by_seq = sa.select(_events).order_by(_events.c.seq)
    by_number = sa.select(_seals).order_by(_seals.c.number)
    return first_fault(
        ground_of(tx),
        (EventRow(*row) for row in tx.execute(by_seq)),
        [EndRow(*row) for row in tx.execute(sa.select(_ends))],
        (SealRow(*row) for row in tx.execute(by_number)),
        [SealedRow(*row) for row in tx.execute(sa.select(_sealed))],
    )


def missing_guards(tx: sa.Connection) -> str:
    """Name the missing triggers of those that keep what is written from being changed.

    "" where all are there.
    """
    if tx.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal"
    found = set(tx.exec_driver_sql(query).scalars())
    return ", ".join(sorted(_GUARDS[tx.dialect.name] - found))


def prove(tx: sa.Connection, case: str, bodies: Sequence[str], until: int) -> Proof | None:
    """Return what ties events of a case to seal number ``until``.

    They are some that follow each other. None where that seal does not cover them, or where some
    are of the ledger's ground.
    """
    chain = list(_links(tx, case))
    texts = [body for body, _ in chain]
    count = len(bodies)
    starts = range(len(texts) - count + 1)
    first = next((n for n in starts if texts[n : n + count] == list(bodies)), None)
    if first is None:
        return None
    covers = (_sealed.c.case == case) & (_sealed.c.length >= first + count)
    query = sa.select(_sealed).where(covers & (_sealed.c.seal <= until))
    row = tx.execute(query.order_by(_sealed.c.seal).limit(1)).one_or_none()
    if row is None:
        return None
    end = SealedRow(*row).end
    beside = tx.execute(sa.select(_sealed).where(_sealed.c.seal == row.seal)).all()
    ends = sorted(SealedRow(*one).end for one in beside)
    between = _seals.c.number.between(row.seal, until)
    told = tx.execute(sa.select(_seals.c.body).where(between).order_by(_seals.c.number))
    return Proof(
        tuple(link for _, link in chain[first : end.length]),
        merkle.leaf_text(*end),
        merkle.way(leaves_of(ends), ends.index(end)),
        tuple(told.scalars()),
    )


def _links(tx: sa.Connection, case: str) -> Iterator[tuple[str, str]]:
    """Yield each event of a case's own chain with its link."""
    query = sa.select(_events).where(_events.c.case == case).order_by(_events.c.seq)
    for row in tx.execute(query):
        link = event_link(row.previous, row.seq, row.case, row.resource, row.body)
        if sha256(link) == row.hash:
            yield row.body, link


def _chunks(ends: Sequence[CaseEnd]) -> Iterable[Sequence[CaseEnd]]:
    bounds = [*range(0, len(ends), _CHUNK), len(ends)]
    return [ends[start:end] for start, end in pairwise(bounds)]
