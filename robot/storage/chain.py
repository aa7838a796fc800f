"""The chain of seals over the ledger's events, and what breaks it."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import sqlalchemy as sa

from robot.errors import LedgerChanged
from robot.storage.schema import chain as _chain
from robot.storage.schema import events as _events

#: What stands before the first event.
GENESIS: Final = "0" * 64


def end_of(tx: sa.Connection) -> tuple[int, str]:
    """Return the chain's length and last seal.

    Raises LedgerChanged where somebody took them away.
    """
    rows = tx.execute(sa.select(_chain)).all()
    if len(rows) != 1:
        raise LedgerChanged("what tells its length and its last seal is gone")
    return int(rows[0].length), str(rows[0].hash)


def first_fault(tx: sa.Connection) -> tuple[int, str] | None:
    """Return the number of the first event that does not fit, and what is wrong.

    None where the whole chain holds.
    """
    previous = GENESIS
    length = 0
    last = 0
    for row in tx.execute(sa.select(_events).order_by(_events.c.seq)):
        seq = int(row.seq)
        fits_itself = row.hash == event_seal(row.previous, row.case, row.resource, row.body)
        if not fits_itself:
            return seq, f"event {seq} does not fit its seal"
        if row.previous != previous:
            return seq, _gap(last, seq)
        previous = row.hash
        length += 1
        last = seq
    if end_of(tx) == (length, previous):
        return None
    return last + 1, f"event {last + 1} is missing, and whatever came after it"


def _gap(last: int, seq: int) -> str:
    """Say what is wrong where event ``seq`` does not follow the one before it."""
    if seq == last + 2:
        return f"event {last + 1} is missing"
    if seq > last + 2:
        return f"events {last + 1} to {seq - 1} are missing"
    return f"event {seq} does not follow event {last}"


def missing_guards(tx: sa.Connection) -> str:
    """Name the missing triggers of those that keep events from being changed.

    "" where all are there.
    """
    if tx.dialect.name == "sqlite":
        wanted = {"events_no_update", "events_no_delete", "events_no_replace"}
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        wanted = {"events_append_only"}
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND NOT tgisinternal"
    found = set(tx.exec_driver_sql(query).scalars())
    return ", ".join(sorted(wanted - found))


def event_seal(previous: str, case: str, resource: str, body: str) -> str:
    """Return the seal of an event, which is chained to the one before it."""
    return hashlib.sha256(json.dumps([previous, case, resource, body]).encode()).hexdigest()
