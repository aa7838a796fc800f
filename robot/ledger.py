"""The ledger: what happened, for ever. Append-only events in one hash chain, leases with fencing tokens, receipts.

SQLite (WAL) by default, PostgreSQL by URL: plain SQLAlchemy Core, short transactions. An intent is committed here
before anything irreversible is pressed; the permit to press comes from nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import Field, TypeAdapter

from robot.events import Event, PoIntended, VendorIntended
from robot.holders import gone
from robot.orders import Permit
from robot.press import PERMIT_SECONDS
from robot.problems import BadSettings, LeaseRefused, NeedsPerson, SystemFailure
from robot.standing import may_press

GENESIS: Final = "0" * 64
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])

_meta = sa.MetaData()
_events = sa.Table(
    "events",
    _meta,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case", sa.Text, nullable=False, index=True),
    sa.Column("resource", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
)
_leases = sa.Table(
    "leases",
    _meta,
    sa.Column("resource", sa.Text, primary_key=True),
    sa.Column("token", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)
_receipts = sa.Table(
    "receipts",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case", sa.Text, nullable=False, index=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
# The third is for INSERT OR REPLACE, which deletes a row without firing a trigger of DELETE.
_APPEND_ONLY: Final = tuple(
    f"CREATE TRIGGER IF NOT EXISTS events_no_{name} BEFORE {when} "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    for name, when in (
        ("update", "UPDATE ON events"),
        ("delete", "DELETE ON events"),
        ("replace", "INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq OR hash = NEW.hash)"),
    )
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on ``resource`` until ``expires`` (UNIX seconds). Each new holder gets a higher ``token``."""

    resource: str
    token: int
    holder: str
    expires: float


class Ledger:
    """One ledger. Safe to open from several processes at once; an instance belongs to one thread at a time."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        """Open (or make) the ledger at an SQLAlchemy ``url``; raises BadSettings where that can't be done."""
        self._clock = clock
        self._engine = _engine(url)
        try:
            _meta.create_all(self._engine)
            if self._engine.dialect.name == "sqlite":
                with self._engine.begin() as tx:
                    for statement in _APPEND_ONLY:
                        tx.exec_driver_sql(statement)
        except sa.exc.SQLAlchemyError as error:
            msg = f"The ledger can't be opened ({_reason(error)}). Nothing was touched."
            raise BadSettings(
                msg, next_step="Check VENDORFIRST_DATABASE_URL, VENDORFIRST_HOME and disk space."
            ) from error

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    # --- events -----------------------------------------------------------------------------------------------------

    def events(self, case: str) -> tuple[Event, ...]:
        """The events of a case, oldest first."""
        return self._read(sa.select(_events.c.body).where(_events.c.case == case).order_by(_events.c.seq))

    def append(self, case: str, event: Event, *, resource: str = "", leases: tuple[Lease, ...] = ()) -> None:
        """Add one event; raises LeaseRefused when one of ``leases`` is no longer held."""
        with self._transaction() as tx:
            for lease in leases:
                self._check(tx, lease)
            self._insert(tx, case, resource, event)

    def intend(
        self, case: str, event: VendorIntended | PoIntended, *leases: Lease, settle: timedelta = timedelta()
    ) -> Permit:
        """Commit an intent on the first lease's resource, under all of them, and so permit one press.

        Raises LeaseRefused when a lease is lost or does not outlast the permit, and NeedsPerson when an earlier intent
        on the same resource, by whichever case, has no load ``settle`` after it that shows the thing still live.
        """
        lease = leases[0]
        with self._transaction() as tx:
            for each in leases:
                self._check(tx, each, PERMIT_SECONDS)
            committed = time.monotonic()  # before the commit: a process that sleeps in it must not press either
            earlier = self._select(
                tx, sa.select(_events.c.body).where(_events.c.resource == lease.resource).order_by(_events.c.seq)
            )
            if not may_press(earlier, lease.resource.partition(":")[2], settle):
                name = lease.resource.partition(":")[2]
                msg = f"{name} was submitted before, and not seen live since, after a while: it is not pressed again."
                problem = "po_not_confirmed" if isinstance(event, PoIntended) else "not_confirmed"
                raise NeedsPerson(msg, problem=problem, next_step="Look at it by hand, then run it again.")
            at = max(event.at, datetime.fromtimestamp(self._clock(), UTC))  # the settle time counts from the commit
            self._insert(tx, case, lease.resource, replace(event, at=at))
        return Permit(lease.resource, lease.token, committed)

    def permit(self, *leases: Lease) -> Permit:
        """One more press within an act whose intent is committed already; raises LeaseRefused when a lease is lost."""
        with self._transaction() as tx:
            for each in leases:
                self._check(tx, each, PERMIT_SECONDS)
            return Permit(leases[0].resource, leases[0].token, time.monotonic())

    # --- leases -----------------------------------------------------------------------------------------------------

    def lease(self, resource: str, holder: str, seconds: float = 60.0) -> Lease:
        """Take the lease of a resource; raises LeaseRefused while somebody else, who may be alive, holds it."""
        with self._transaction() as tx:
            row = tx.execute(sa.select(_leases).where(_leases.c.resource == resource)).one_or_none()
            now = self._clock()
            if row is not None and row.expires > now and row.holder != holder and not gone(row.holder):
                msg = f"{resource.partition(':')[2]} is being worked on by {row.holder}. Nothing was touched here."
                raise LeaseRefused(msg, next_step="Wait for it to end, then look at its receipt.")
            token = 1 if row is None else row.token + 1
            values = {"token": token, "holder": holder, "expires": now + seconds}
            if row is None:
                tx.execute(_leases.insert().values(resource=resource, **values))
            else:
                tx.execute(_leases.update().where(_leases.c.resource == resource).values(**values))
        return Lease(resource, token, holder, now + seconds)

    def renew(self, lease: Lease, seconds: float = 60.0) -> None:
        """Hold a lease for longer; raises LeaseRefused when it went to somebody else or ran out."""
        with self._transaction() as tx:
            self._check(tx, lease)
            expires = self._clock() + seconds
            tx.execute(_leases.update().where(_leases.c.resource == lease.resource).values(expires=expires))

    def release(self, lease: Lease) -> None:
        """Give a lease back; nothing happens when it is no longer this holder's. The token stays spent."""
        mine = (_leases.c.resource == lease.resource) & (_leases.c.token == lease.token)
        with self._transaction() as tx:
            tx.execute(_leases.update().where(mine).values(expires=0.0))

    # --- receipts ---------------------------------------------------------------------------------------------------

    def keep_receipt(self, case: str, receipt: dict[str, Any]) -> None:
        """Store a receipt (the JSON of the contract) in the place of an earlier one of the same request."""
        row = {"id": receipt["id"], "case": case, "outcome": receipt["outcome"], "body": json.dumps(receipt)}
        with self._transaction() as tx:
            tx.execute(_receipts.delete().where(_receipts.c.id == row["id"]))
            tx.execute(_receipts.insert().values(**row))

    def receipts(self, case: str) -> list[dict[str, Any]]:
        """The receipts of a case."""
        with self._transaction() as tx:
            rows = tx.execute(sa.select(_receipts.c.body).where(_receipts.c.case == case)).scalars()
            return [json.loads(body) for body in rows]

    # --- the chain --------------------------------------------------------------------------------------------------

    def verify(self) -> int | None:
        """The number of the first event whose seal does not hold, or None when the whole chain does."""
        previous = GENESIS
        with self._transaction() as tx:
            for row in tx.execute(sa.select(_events).order_by(_events.c.seq)):
                if row.previous != previous or row.hash != _seal(previous, row.case, row.resource, row.body):
                    return int(row.seq)
                previous = row.hash
        return None

    # --- inside -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as tx:
                if tx.dialect.name == "postgresql":
                    tx.exec_driver_sql("SELECT pg_advisory_xact_lock(8217)")
                yield tx
        except sa.exc.SQLAlchemyError as error:
            msg = f"The ledger can't be read or written ({_reason(error)})."
            raise SystemFailure(msg, problem="ledger", next_step="Make room on the disk, then run it again.") from error

    def _check(self, tx: sa.Connection, lease: Lease, seconds: float = 0.0) -> None:
        row = tx.execute(sa.select(_leases).where(_leases.c.resource == lease.resource)).one_or_none()
        if row is None or row.token != lease.token or row.expires <= self._clock() + seconds:
            msg = f"The lease of {lease.resource.partition(':')[2]} ran out or went to another process."
            raise LeaseRefused(msg, next_step="Look at the other process's receipt, or run it again.")

    def _insert(self, tx: sa.Connection, case: str, resource: str, event: Event) -> None:
        last = tx.execute(sa.select(_events.c.hash).order_by(_events.c.seq.desc()).limit(1)).scalar()
        previous = last or GENESIS
        body = _EVENT.dump_json(event).decode()
        seal = _seal(previous, case, resource, body)
        tx.execute(_events.insert().values(case=case, resource=resource, body=body, previous=previous, hash=seal))

    def _read(self, query: sa.Select[Any]) -> tuple[Event, ...]:
        with self._transaction() as tx:
            return self._select(tx, query)

    @staticmethod
    def _select(tx: sa.Connection, query: sa.Select[Any]) -> tuple[Event, ...]:
        return tuple(_EVENT.validate_json(body) for body in tx.execute(query).scalars())


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def _seal(previous: str, case: str, resource: str, body: str) -> str:
    return hashlib.sha256(json.dumps([previous, case, resource, body]).encode()).hexdigest()


def _reason(error: sa.exc.SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or type(error).__name__)


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = sa.create_engine(parsed)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError, OSError) as error:
        msg = f"The ledger can't be opened ({error}). Nothing was touched."
        raise BadSettings(msg, next_step="Check VENDORFIRST_DATABASE_URL and VENDORFIRST_HOME.") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connect)
        sa.event.listen(engine, "begin", lambda tx: tx.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
