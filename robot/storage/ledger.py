"""The ledger keeps what happened for ever, as a chain of events for each case.

Events are only added; receipts are sealed by them, and they by the seals. An intent is committed
here before anything irreversible is pressed; the permit to press comes from nowhere else.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from robot.cancellation.approvals import Approval
from robot.cancellation.events import (
    Event,
    PoIntended,
    ReceiptKept,
    Requested,
    VendorIntended,
)
from robot.cancellation.limits import Bound
from robot.cancellation.orders import Outcome
from robot.cancellation.presses import PERMIT_SECONDS, Permit
from robot.cancellation.receipts.receipt import Receipt, from_json
from robot.clock import boot_seconds, utc_now
from robot.errors import LedgerChanged
from robot.storage.database import Database
from robot.storage.event_rows import body_of, event_of, events_of
from robot.storage.intents import check_earlier, use_approval
from robot.storage.leases import Lease, Leases
from robot.storage.receipt_rows import receipt_fault, receipt_row, receipt_seal
from robot.storage.schema import events as _events
from robot.storage.schema import receipts as _receipts
from robot.storage.sealing import (
    Head,
    Proof,
    add_events,
    count_unsealed,
    find_fault,
    hash_at,
    head_of,
    is_sealed,
    lock_end,
    missing_guards,
    prove,
    sealed_at,
    write_seal,
)

#: How many cases, and how many events, one query asks for.
_CHUNK: Final = 500
_PAGE: Final = 1000
#: How often (s) events are sealed that are of no case that ends.
SEAL_EVERY: Final = 60.0


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
            return events_of(tx, case)

    def request_lines(self, case: str, request: str, count: int | None = None) -> tuple[str, ...]:
        """Return the events of one request as the ledger keeps them, oldest first.

        They are the first ``count`` where given, else all until the case's next request.
        """
        with self.database.reading() as tx:
            query = sa.select(_events.c.body).where(_events.c.case == case).order_by(_events.c.seq)
            bodies = tuple(tx.execute(query).scalars())
        begins = [n for n, body in enumerate(bodies) if body.startswith('{"kind":"requested"')]
        for begin, end in zip(begins, (*begins[1:], len(bodies)), strict=True):
            event = event_of(bodies[begin])
            if isinstance(event, Requested) and event.request_id == request:
                return bodies[begin:end][:count]
        return ()

    def append(
        self,
        case: str,
        *events: Event,
        resource: str = "",
        leases: tuple[Lease, ...] = (),
        before: tuple[Event, ...] = (),
        back: tuple[Lease, ...] = (),
        seal: bool = False,
    ) -> None:
        """Add events, all or none, which happened to ``resource``.

        With them are written those that came ``before``, which are about none; leases are given
        ``back``; and what no seal covers yet is sealed with ``seal``. Raises LeaseUnavailable, and
        writes nothing, when one of ``leases`` is no longer held.
        """
        with self.database.writing(alone=False) as tx:
            self.leases.check(tx, *leases, back=back)
            self.insert(tx, case, "", *before)
            self.insert(tx, case, resource, *events)
            if seal:
                write_seal(tx, self._now())

    def commit_intent(
        self,
        case: str,
        event: VendorIntended | PoIntended,
        approval: Approval,
        *leases: Lease,
        settle: timedelta = timedelta(),
        bounds: tuple[Bound, ...] = (),
        before: tuple[Event, ...] = (),
    ) -> Permit:
        """Commit an intent on the first lease's resource, and so permit one press.

        It is committed under all the leases, with the case's events that came ``before`` it, and
        uses ``approval`` up. Raises LeaseUnavailable when
        a lease is lost or does not outlast the permit, and NeedsPerson when an earlier intent on
        the same resource, by whichever case, speaks against another press (``may_press``), when the
        approval does not hold, or when the press would go over one of ``bounds``, counted over
        everything in the database.
        """
        lease = leases[0]
        with self.database.writing() as tx:
            self.leases.check(tx, *leases, seconds=PERMIT_SECONDS)
            lock_end(tx, case)
            committed = (
                boot_seconds()
            )  # before the commit: a process that sleeps in it must not press either
            check_earlier(tx, lease.resource, event, settle)
            at = max(event.at, self._now())  # the settle time counts from the commit
            intent = replace(event, at=at, approval=approval.id, digest=approval.digest)
            use_approval(tx, case, intent, approval, bounds, self._clock())
            self.insert(tx, case, "", *before)
            self.insert(tx, case, lease.resource, intent)
        return Permit(lease.resource, lease.token, committed)

    def permit(self, *leases: Lease) -> Permit:
        """Permit one more press within an act whose intent is committed already.

        Raises LeaseUnavailable when a lease is lost.
        """
        with self.database.writing(alone=False) as tx:
            self.leases.check(tx, *leases, seconds=PERMIT_SECONDS)
            return Permit(leases[0].resource, leases[0].token, boot_seconds())

    # --- receipts ---------------------------------------------------------------------------------

    def keep_receipt(
        self, case: str, receipt: Receipt, files: Mapping[str, str] | None = None
    ) -> None:
        """Store and seal a receipt, in the place of an earlier one of the same request.

        ``files`` are the hashes of the files that are written of it, by their names. A seal of the
        ledger covers it at once.
        """
        row = receipt_row(case, receipt)
        at = self._now()
        kept = ReceiptKept(at=at, request=row["id"], sha256=receipt_seal(**row), files=files or {})
        with self.database.writing(alone=False) as tx:
            self.insert(tx, case, "", kept)
            tx.execute(_receipts.delete().where(_receipts.c.id == row["id"]))
            tx.execute(_receipts.insert().values(**row))
            write_seal(tx, at)

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
            return () if case is None else events_of(tx, case)

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

    # --- the chains -------------------------------------------------------------------------------

    def seal(self, case: str | None = None) -> Head:
        """Seal what no seal covers yet, a case in any event, and return the ledger's head.

        Written down elsewhere, the head proves every event until then.
        """
        if case is not None:
            with self.database.reading() as tx:
                if is_sealed(tx, case):
                    return head_of(tx)
        with self.database.writing(alone=False) as tx:
            if case is not None:
                lock_end(tx, case)
            write_seal(tx, self._now())
            return head_of(tx)

    def seal_when_due(self) -> None:
        """Seal what no seal covers, unless there was a seal within a minute.

        One that is dated later than now was written by a clock that is wrong, and counts as none.
        """
        with self.database.reading() as tx:
            age = self._clock() - sealed_at(tx)
            due = count_unsealed(tx) > 0 and not 0 <= age < SEAL_EVERY
        if due:
            self.seal()

    def head(self) -> Head:
        """Return the newest seal, or where there is none what the ledger began with."""
        with self.database.reading() as tx:
            return head_of(tx)

    def unsealed(self) -> int:
        """Return how many events no seal covers yet."""
        with self.database.reading() as tx:
            return count_unsealed(tx)

    def is_empty(self) -> bool:
        """Return whether there never was an event."""
        with self.database.reading() as tx:
            return head_of(tx).events + count_unsealed(tx) == 0

    def audit(self) -> None:
        """Raise LedgerChanged where an event or a receipt is not as it was written.

        Also where one is missing, or was put in.
        """
        with self.database.reading() as tx:
            fault = find_fault(tx)
            missing = missing_guards(tx)
            wrong = fault.text if fault is not None else receipt_fault(tx)
        if wrong is None and missing:
            wrong = f"what keeps events from being changed is gone ({missing})"
        if wrong is not None:
            raise LedgerChanged(wrong)

    def first_broken_event(self) -> int | None:
        """Return the number of the first event that does not fit the chains and seals.

        None when all hold. Where events were cut off, that is the number of the first that is
        missing; 0 where no event, but a seal or an end is wrong. Raises LedgerChanged where there
        is nothing that tells what the ledger began with.
        """
        with self.database.reading() as tx:
            fault = find_fault(tx)
        return None if fault is None else fault.seq

    def check_head(self, number: int, seal: str) -> None:
        """Raise LedgerChanged unless the ledger still has the head that it once had.

        ``number`` is how many events it had then.
        """
        with self.database.reading() as tx:
            found = hash_at(tx, number)
            newest = head_of(tx)
        if number > newest.events:
            raise LedgerChanged(f"it has no event {number}, and once ended with it")
        if found != seal:
            raise LedgerChanged(f"event {number} has another seal than the one that was noted")

    def prove(self, case: str, bodies: Sequence[str], until: int) -> Proof | None:
        """Return what ties events of a case, as ``request_lines`` gives them, to a seal.

        None where seal number ``until`` does not cover them.
        """
        with self.database.reading() as tx:
            return prove(tx, case, bodies, until)

    def all_events(self) -> Iterator[tuple[int, str, str, str, str]]:
        """Yield every event as ``(seq, case, resource, body, hash)``, oldest first.

        ``body`` is the JSON text that the hash was made of. They are read piece by piece, as they
        were at one moment.
        """
        last = 0
        query = sa.select(_events).order_by(_events.c.seq).limit(_PAGE)
        with self.database.reading() as tx:
            while rows := tx.execute(query.where(_events.c.seq > last)).all():
                for row in rows:
                    yield int(row.seq), row.case, row.resource, row.body, row.hash
                last = int(rows[-1].seq)

    def every_event(self) -> Iterator[tuple[str, Event]]:
        """Yield every event with its case, oldest first."""
        for _, case, _, body, _ in self.all_events():
            yield case, event_of(body)

    # --- inside -----------------------------------------------------------------------------------

    def insert(self, tx: sa.Connection, case: str, resource: str, *events: Event) -> None:
        """Add events in a transaction that writes more than the ledger."""
        if events:
            add_events(tx, case, resource, [body_of(event) for event in events])

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def new_request() -> str:
    """Return a new request's id, made of the time (UTC) and chance."""
    return f"{utc_now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
