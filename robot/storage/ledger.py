"""The ledger keeps what happened for ever, as events in one hash chain.

Events are only added; receipts are sealed by them. An intent is committed here before anything
irreversible is pressed; the permit to press comes from nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import Field, TypeAdapter

from robot.cancellation.events import Event, PoIntended, ReceiptKept, VendorIntended
from robot.cancellation.orders import Outcome
from robot.cancellation.permits import PERMIT_SECONDS, Permit
from robot.cancellation.receipt import Receipt, from_json, to_json
from robot.cancellation.request import leased_number
from robot.cancellation.state import may_press
from robot.clock import boot_seconds, utc_now
from robot.errors import LedgerChanged, NeedsPerson
from robot.problems import Problem
from robot.storage.database import Database
from robot.storage.leases import Lease, Leases
from robot.storage.schema import chain as _chain
from robot.storage.schema import events as _events
from robot.storage.schema import receipts as _receipts

GENESIS: Final = "0" * 64
#: How many cases one query asks for.
_CHUNK: Final = 500
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


class Ledger:
    """One ledger, which several processes may have open at once.

    An instance belongs to one thread at a time.
    """

    def __init__(self, database: Database | str, *, clock: Callable[[], float] = time.time) -> None:
        """Use the ledger in a database, or open the one at a URL.

        Raises BadSettings where that can't be done.
        """
        self._clock = clock
        self.database = database if isinstance(database, Database) else Database(database)
        self.leases = Leases(self.database, clock=clock)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    # --- events -----------------------------------------------------------------------------------

    def events(self, case: str) -> tuple[Event, ...]:
        """Return the events of a case, oldest first."""
        return self._read(
            sa.select(_events.c.body).where(_events.c.case == case).order_by(_events.c.seq)
        )

    def append(
        self, case: str, event: Event, *, resource: str = "", leases: tuple[Lease, ...] = ()
    ) -> None:
        """Add one event.

        Raises LeaseUnavailable when one of ``leases`` is no longer held.
        """
        with self.database.writing() as tx:
            for lease in leases:
                self.leases.check(tx, lease)
            self._insert(tx, case, resource, event)

    def commit_intent(
        self,
        case: str,
        event: VendorIntended | PoIntended,
        *leases: Lease,
        settle: timedelta = timedelta(),
    ) -> Permit:
        """Commit an intent on the first lease's resource, and so permit one press.

        It is committed under all the leases. Raises LeaseUnavailable when one is lost or does not
        outlast the permit, and NeedsPerson when an earlier intent on the same resource, by
        whichever case, speaks against another press (``may_press``).
        """
        lease = leases[0]
        with self.database.writing() as tx:
            for each in leases:
                self.leases.check(tx, each, PERMIT_SECONDS)
            committed = (
                boot_seconds()
            )  # before the commit: a process that sleeps in it must not press either
            earlier = self._select(
                tx,
                sa.select(_events.c.body)
                .where(_events.c.resource == lease.resource)
                .order_by(_events.c.seq),
            )
            if not may_press(earlier, leased_number(lease.resource), settle):
                name = leased_number(lease.resource)
                msg = (
                    f"{name} was submitted before, and that may still take effect: it is not"
                    " pressed again."
                )
                problem = (
                    Problem.PO_NOT_CONFIRMED
                    if isinstance(event, PoIntended)
                    else Problem.NOT_CONFIRMED
                )
                raise NeedsPerson(
                    msg, problem=problem, next_step="Look at it by hand, then run it again."
                )
            at = max(
                event.at, datetime.fromtimestamp(self._clock(), UTC)
            )  # the settle time counts from the commit
            self._insert(tx, case, lease.resource, replace(event, at=at))
        return Permit(lease.resource, lease.token, committed)

    def permit(self, *leases: Lease) -> Permit:
        """Permit one more press within an act whose intent is committed already.

        Raises LeaseUnavailable when a lease is lost.
        """
        with self.database.writing() as tx:
            for each in leases:
                self.leases.check(tx, each, PERMIT_SECONDS)
            return Permit(leases[0].resource, leases[0].token, boot_seconds())

    # --- receipts ---------------------------------------------------------------------------------

    def keep_receipt(self, case: str, receipt: Receipt) -> None:
        """Store and seal a receipt, in the place of an earlier one of the same request."""
        row = receipt_row(case, receipt)
        at = datetime.fromtimestamp(self._clock(), UTC)
        with self.database.writing() as tx:
            tx.execute(_receipts.delete().where(_receipts.c.id == row["id"]))
            tx.execute(_receipts.insert().values(**row))
            self._insert(
                tx, case, "", ReceiptKept(at=at, request=row["id"], sha256=receipt_seal(**row))
            )

    def receipts(self, case: str) -> list[Receipt]:
        """Return the receipts of a case."""
        with self.database.reading() as tx:
            rows = tx.execute(sa.select(_receipts.c.body).where(_receipts.c.case == case)).scalars()
            return [from_json(json.loads(body)) for body in rows]

    def done_receipts(self, cases: Sequence[str]) -> dict[str, Receipt]:
        """Return the last receipt of each of these cases that ended as done."""
        found: dict[str, Receipt] = {}
        done = _receipts.c.outcome == Outcome.DONE
        with self.database.reading() as tx:
            for start in range(0, len(cases), _CHUNK):
                mine = _receipts.c.case.in_(cases[start : start + _CHUNK])
                for row in tx.execute(sa.select(_receipts).where(mine & done).order_by("id")):
                    found[row.case] = from_json(json.loads(row.body))
        return found

    def all_receipts(self) -> Iterator[Receipt]:
        """Return every receipt, oldest first (they are named by their time)."""
        with self.database.reading() as tx:
            for body in tx.execute(sa.select(_receipts.c.body).order_by(_receipts.c.id)).scalars():
                yield from_json(json.loads(body))

    # --- the chain --------------------------------------------------------------------------------

    def audit(self) -> None:
        """Raise LedgerChanged where an event or a receipt is not as it was written.

        Also where one is missing, or was put in.
        """
        if (broken := self.first_broken_event()) is not None:
            raise LedgerChanged(f"event {broken} does not fit its seal")
        kept: dict[str, str] = {}
        with self.database.reading() as tx:
            seals = _events.c.body.startswith('{"kind":"receipt_kept"')
            for event in self._select(
                tx, sa.select(_events.c.body).where(seals).order_by(_events.c.seq)
            ):
                if isinstance(event, ReceiptKept):
                    kept[event.request] = event.sha256
            for row in tx.execute(sa.select(_receipts).order_by(_receipts.c.id)):
                if kept.pop(row.id, None) != receipt_seal(row.id, row.case, row.outcome, row.body):
                    raise LedgerChanged(f"receipt {row.id} does not fit its seal")
        if kept:
            raise LedgerChanged(f"receipt {min(kept)} is missing")

    def first_broken_event(self) -> int | None:
        """Return the number of the first event whose seal does not hold.

        None when the whole chain does. Where events were cut off the end, that is the number after
        the last one. Raises LedgerChanged where there is nothing that tells where it ends.
        """
        previous, length, seq = GENESIS, 0, 0
        with self.database.reading() as tx:
            for row in tx.execute(sa.select(_events).order_by(_events.c.seq)):
                seq = int(row.seq)
                if row.previous != previous or row.hash != _seal(
                    previous, row.case, row.resource, row.body
                ):
                    return seq
                previous, length = row.hash, length + 1
            end = _end(tx)
        return None if end == (length, previous) else seq + 1

    def tip(self) -> tuple[int, str]:
        """Return how many events there are, and the last one's seal.

        Written down elsewhere, it proves them all.
        """
        with self.database.reading() as tx:
            return _end(tx)

    def all_events(self) -> Iterator[tuple[int, str, str, Event, str]]:
        """Yield every event as ``(seq, case, resource, event, hash)``, oldest first.

        They are read piece by piece.
        """
        last = 0
        while True:
            with self.database.reading() as tx:
                query = (
                    sa.select(_events)
                    .where(_events.c.seq > last)
                    .order_by(_events.c.seq)
                    .limit(1000)
                )
                rows = tx.execute(query).all()
            if not rows:
                return
            for row in rows:
                yield int(row.seq), row.case, row.resource, _EVENT.validate_json(row.body), row.hash
            last = int(rows[-1].seq)

    # --- inside -----------------------------------------------------------------------------------

    def _insert(self, tx: sa.Connection, case: str, resource: str, event: Event) -> None:
        length, last = _end(tx)
        body = _EVENT.dump_json(event, by_alias=True).decode()
        seal = _seal(last, case, resource, body)
        tx.execute(
            _events.insert().values(
                case=case, resource=resource, body=body, previous=last, hash=seal
            )
        )
        tx.execute(_chain.update().values(length=length + 1, hash=seal))

    def _read(self, query: sa.Select[Any]) -> tuple[Event, ...]:
        with self.database.reading() as tx:
            return self._select(tx, query)

    @staticmethod
    def _select(tx: sa.Connection, query: sa.Select[Any]) -> tuple[Event, ...]:
        return tuple(_EVENT.validate_json(body) for body in tx.execute(query).scalars())


def new_request() -> str:
    """Return a new request's id, made of the time (UTC) and chance."""
    return f"{utc_now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def receipt_row(case: str, receipt: Receipt) -> dict[str, str]:
    """Return a receipt as the table keeps it."""
    return {
        "id": receipt.id,
        "case": case,
        "outcome": receipt.outcome.value,
        "body": json.dumps(to_json(receipt)),
    }


def receipt_seal(id: str, case: str, outcome: str, body: str) -> str:  # noqa: A002 - the column
    """Return the SHA-256 over the whole row of a receipt.

    A ``ReceiptKept`` puts it into the chain.
    """
    return hashlib.sha256(json.dumps([id, case, outcome, body]).encode()).hexdigest()


def _end(tx: sa.Connection) -> tuple[int, str]:
    """Return the chain's length and last seal.

    Raises LedgerChanged where somebody took them away.
    """
    rows = tx.execute(sa.select(_chain)).all()
    if len(rows) != 1:
        raise LedgerChanged("what tells its length and its last seal is gone")
    return int(rows[0].length), str(rows[0].hash)


def _seal(previous: str, case: str, resource: str, body: str) -> str:
    return hashlib.sha256(json.dumps([previous, case, resource, body]).encode()).hexdigest()
