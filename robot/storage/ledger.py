"""The ledger keeps what happened for ever, as events in one hash chain.

Events are only added; receipts are sealed by them. An intent is committed here before anything
irreversible is pressed; the permit to press comes from nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import sqlalchemy as sa
from pydantic import Field, TypeAdapter

from robot.cancellation.approvals import Approval
from robot.cancellation.events import (
    Event,
    PoIntended,
    ReceiptKept,
    Requested,
    VendorIntended,
)
from robot.cancellation.guard import list_case, list_objection, may_press, objection
from robot.cancellation.history import CaseHistory
from robot.cancellation.limits import Bound
from robot.cancellation.orders import Outcome
from robot.cancellation.presses import PERMIT_SECONDS, Permit
from robot.cancellation.receipts.receipt import Receipt, from_json, to_json
from robot.cancellation.request import leased_number
from robot.clock import boot_seconds, utc_now
from robot.errors import LedgerChanged, NeedsPerson
from robot.problems import Problem
from robot.storage import uses
from robot.storage.chain import end_of, event_seal, first_fault, missing_guards
from robot.storage.database import Database
from robot.storage.leases import Lease, Leases
from robot.storage.schema import chain as _chain
from robot.storage.schema import events as _events
from robot.storage.schema import receipts as _receipts

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
        with self.database.reading() as tx:
            return self._events_of(tx, case)

    def request_lines(self, case: str, request: str, count: int | None = None) -> tuple[str, ...]:
        """Return the events of one request as the ledger keeps them, oldest first.

        They are the first ``count`` where given, else all until the case's next request.
        """
        with self.database.reading() as tx:
            query = sa.select(_events.c.body).where(_events.c.case == case).order_by(_events.c.seq)
            bodies = tuple(tx.execute(query).scalars())
        begins = [n for n, body in enumerate(bodies) if body.startswith('{"kind":"requested"')]
        for begin, end in zip(begins, (*begins[1:], len(bodies)), strict=True):
            event = _EVENT.validate_json(bodies[begin])
            if isinstance(event, Requested) and event.request_id == request:
                return bodies[begin:end][:count]
        return ()

    def append(
        self, case: str, *events: Event, resource: str = "", leases: tuple[Lease, ...] = ()
    ) -> None:
        """Add events, all or none.

        Raises LeaseUnavailable when one of ``leases`` is no longer held.
        """
        with self.database.writing() as tx:
            for lease in leases:
                self.leases.check(tx, lease)
            for event in events:
                self.insert(tx, case, resource, event)

    def commit_intent(
        self,
        case: str,
        event: VendorIntended | PoIntended,
        approval: Approval,
        *leases: Lease,
        settle: timedelta = timedelta(),
        bounds: tuple[Bound, ...] = (),
    ) -> Permit:
        """Commit an intent on the first lease's resource, and so permit one press.

        It is committed under all the leases, and uses ``approval`` up. Raises LeaseUnavailable when
        a lease is lost or does not outlast the permit, and NeedsPerson when an earlier intent on
        the same resource, by whichever case, speaks against another press (``may_press``), when the
        approval does not hold, or when the press would go over one of ``bounds``, counted over
        everything in the database.
        """
        lease = leases[0]
        with self.database.writing() as tx:
            for each in leases:
                self.leases.check(tx, each, PERMIT_SECONDS)
            committed = (
                boot_seconds()
            )  # before the commit: a process that sleeps in it must not press either
            self._check_earlier(tx, lease.resource, event, settle)
            at = max(
                event.at, datetime.fromtimestamp(self._clock(), UTC)
            )  # the settle time counts from the commit
            intent = replace(event, at=at, approval=approval.id, digest=approval.digest)
            self._use_approval(tx, case, intent, approval, bounds)
            self.insert(tx, case, lease.resource, intent)
        return Permit(lease.resource, lease.token, committed)

    def _check_earlier(
        self,
        tx: sa.Connection,
        resource: str,
        event: VendorIntended | PoIntended,
        settle: timedelta,
    ) -> None:
        earlier = self._select(
            tx,
            sa.select(_events.c.body).where(_events.c.resource == resource).order_by(_events.c.seq),
        )
        name = leased_number(resource)
        if may_press(earlier, name, settle):
            return
        msg = (
            f"{name} was submitted before, and that may still take effect: it is not pressed again."
        )
        is_po = isinstance(event, PoIntended)
        problem = Problem.PO_NOT_CONFIRMED if is_po else Problem.NOT_CONFIRMED
        raise NeedsPerson(msg, problem=problem, next_step="Look at it by hand, then run it again.")

    def _use_approval(
        self,
        tx: sa.Connection,
        case: str,
        intent: VendorIntended | PoIntended,
        approval: Approval,
        bounds: tuple[Bound, ...],
    ) -> None:
        events = self._events_of(tx, case)
        request = CaseHistory(events).request.request_id
        against = objection(events, intent, approval, intent.at) or list_objection(
            events, self._events_of(tx, list_case(approval.id)), approval
        )
        used_by = uses.user_of(tx, approval.id)
        if used_by not in (None, (case, request)):
            against = "the approval was used before"
        if against is not None:
            msg = f"{approval.number} was not pressed: {against}."
            raise NeedsPerson(msg, problem=Problem.NOT_APPROVED)
        if used_by is None:
            if approval.second is None:
                uses.check_limits(tx, approval, bounds, self._clock())
            uses.use(tx, approval, case, request, self._clock())

    def permit(self, *leases: Lease) -> Permit:
        """Permit one more press within an act whose intent is committed already.

        Raises LeaseUnavailable when a lease is lost.
        """
        with self.database.writing() as tx:
            for each in leases:
                self.leases.check(tx, each, PERMIT_SECONDS)
            return Permit(leases[0].resource, leases[0].token, boot_seconds())

    # --- receipts ---------------------------------------------------------------------------------

    def keep_receipt(
        self, case: str, receipt: Receipt, files: Mapping[str, str] | None = None
    ) -> None:
        """Store and seal a receipt, in the place of an earlier one of the same request.

        ``files`` are the hashes of the files that are written of it, by their names.
        """
        row = receipt_row(case, receipt)
        at = datetime.fromtimestamp(self._clock(), UTC)
        with self.database.writing() as tx:
            tx.execute(_receipts.delete().where(_receipts.c.id == row["id"]))
            tx.execute(_receipts.insert().values(**row))
            self.insert(
                tx,
                case,
                "",
                ReceiptKept(
                    at=at, request=row["id"], sha256=receipt_seal(**row), files=files or {}
                ),
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

    def last_check(self, number: str, since: datetime) -> tuple[Event, ...]:
        """Return the events of the last check of an order ``since`` a time, if any."""
        query = (
            sa.select(_receipts.c.case)
            .where(_receipts.c.id >= f"{since:%Y%m%d-%H%M%S}")
            .where(_receipts.c.case.startswith("check:"))
            .where(_receipts.c.body.contains(f'"number": "{number}"', autoescape=True))
            .order_by(_receipts.c.id.desc())
            .limit(1)
        )
        with self.database.reading() as tx:
            case = tx.execute(query).scalar_one_or_none()
            return () if case is None else self._events_of(tx, case)

    def receipts_by_case(self) -> list[tuple[str, Receipt]]:
        """Return every receipt with its case, oldest first."""
        with self.database.reading() as tx:
            query = sa.select(_receipts.c.case, _receipts.c.body).order_by(_receipts.c.id)
            rows = tx.execute(query).all()
        return [(row.case, from_json(json.loads(row.body))) for row in rows]

    def all_receipts(self, since: datetime | None = None) -> Iterator[Receipt]:
        """Return every receipt, or those of requests ``since`` a time (UTC), oldest first."""
        query = sa.select(_receipts.c.body).order_by(_receipts.c.id)
        if since is not None:  # they are named by their time
            query = query.where(_receipts.c.id >= f"{since:%Y%m%d-%H%M%S}")
        with self.database.reading() as tx:
            for body in tx.execute(query).scalars():
                yield from_json(json.loads(body))

    # --- the chain --------------------------------------------------------------------------------

    def audit(self) -> None:
        """Raise LedgerChanged where an event or a receipt is not as it was written.

        Also where one is missing, or was put in.
        """
        with self.database.reading() as tx:
            fault = first_fault(tx)
            missing = missing_guards(tx)
        if fault is not None:
            raise LedgerChanged(fault[1])
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
        if missing:
            raise LedgerChanged(f"what keeps events from being changed is gone ({missing})")

    def first_broken_event(self) -> int | None:
        """Return the number of the first event whose seal does not hold.

        None when the whole chain does. Where events were cut off the end, that is the number after
        the last one. Raises LedgerChanged where there is nothing that tells where it ends.
        """
        with self.database.reading() as tx:
            fault = first_fault(tx)
        return None if fault is None else fault[0]

    def check_head(self, number: int, seal: str) -> None:
        """Raise LedgerChanged unless the ledger still has the head that it once had.

        ``number`` is how many events it had then.
        """
        found = self.seal_of(number)
        if found is None:
            raise LedgerChanged(f"it has no event {number}, and once ended with it")
        if found != seal:
            raise LedgerChanged(f"event {number} has another seal than the one that was noted")

    def seal_of(self, number: int) -> str | None:
        """Return the seal of the last of the ledger's first ``number`` events.

        None where it never had so many.
        """
        with self.database.reading() as tx:
            query = sa.select(_events.c.hash).order_by(_events.c.seq).offset(number - 1).limit(1)
            found = tx.execute(query).scalar_one_or_none() if number > 0 else None
        return None if found is None else str(found)

    def tip(self) -> tuple[int, str]:
        """Return how many events there are, and the last one's seal.

        Written down elsewhere, it proves them all.
        """
        with self.database.reading() as tx:
            return end_of(tx)

    def all_events(self) -> Iterator[tuple[int, str, str, str, str]]:
        """Yield every event as ``(seq, case, resource, body, hash)``, oldest first.

        ``body`` is the JSON text that the seal was made of. They are read piece by piece.
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
                yield int(row.seq), row.case, row.resource, row.body, row.hash
            last = int(rows[-1].seq)

    def every_event(self) -> Iterator[tuple[str, Event]]:
        """Yield every event with its case, oldest first."""
        for _, case, _, body, _ in self.all_events():
            yield case, _EVENT.validate_json(body)

    # --- inside -----------------------------------------------------------------------------------

    def insert(self, tx: sa.Connection, case: str, resource: str, event: Event) -> None:
        """Add one event in a transaction that writes more than the ledger."""
        length, last = end_of(tx)
        body = _EVENT.dump_json(event, by_alias=True).decode()
        seal = event_seal(last, case, resource, body)
        tx.execute(
            _events.insert().values(
                case=case, resource=resource, body=body, previous=last, hash=seal
            )
        )
        tx.execute(_chain.update().values(length=length + 1, hash=seal))

    def _events_of(self, tx: sa.Connection, case: str) -> tuple[Event, ...]:
        query = sa.select(_events.c.body).where(_events.c.case == case).order_by(_events.c.seq)
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
