"""In-memory twins of the ledger and of the thread that holds its leases.

Time is what a clock of the tests tells.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from robot.cancellation.approvals import Approval
from robot.cancellation.events import (
    Event,
    PoIntended,
    ReceiptKept,
    VendorIntended,
)
from robot.cancellation.guard import list_case, list_objection, may_press, objection
from robot.cancellation.history import CaseHistory
from robot.cancellation.limits import Bound
from robot.cancellation.presses import PERMIT_SECONDS, Permit
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import leased_number
from robot.clock import utc
from robot.errors import LeaseUnavailable, NeedsPerson
from robot.storage.leases import LEASE_SECONDS, Lease
from robot.storage.receipt_rows import receipt_row, receipt_seal
from tests.support.clock import Clock


@dataclass(slots=True)
class MemoryLeases:
    """What ``robot.storage.leases.Leases`` is, without a database."""

    clock: Callable[[], float]
    is_gone: Callable[[str], bool]
    point: Callable[[str], None]
    rows: dict[str, Lease] = field(default_factory=dict)

    def acquire(self, resource: str, holder: str, seconds: float = LEASE_SECONDS) -> Lease:
        self.point(f"lease {resource}")
        row = self.rows.get(resource)
        now = self.clock()
        if row and row.expires > now and row.holder != holder and not self.is_gone(row.holder):
            raise LeaseUnavailable("held")
        self.rows[resource] = Lease(resource, row.token + 1 if row else 1, holder, now + seconds)
        self.point(f"leased {resource}")
        return self.rows[resource]

    def renew(self, *leases: Lease, seconds: float = LEASE_SECONDS) -> tuple[Lease, ...]:
        lost = tuple(lease for lease in leases if not self.is_held(lease))
        for lease in leases:
            if lease not in lost:
                self.expire(self.rows[lease.resource], self.clock() + seconds)
        return lost

    def release(self, *leases: Lease) -> None:
        for lease in leases:
            row = self.rows.get(lease.resource)
            if row and row.token == lease.token:
                self.expire(row, 0.0)

    def expire(self, row: Lease, at: float) -> None:
        """Set when a lease runs out."""
        self.rows[row.resource] = Lease(row.resource, row.token, row.holder, at)

    def is_held(self, lease: Lease, seconds: float = 0.0) -> bool:
        """Return whether a lease is good for ``seconds`` more."""
        row = self.rows.get(lease.resource)
        return row is not None and row.token == lease.token and row.expires > self.clock() + seconds

    def check(self, lease: Lease, seconds: float = 0.0) -> None:
        if not self.is_held(lease, seconds):
            raise LeaseUnavailable("lost")


@dataclass(frozen=True, slots=True)
class Guards:
    """What keeps the ledger from granting a press, the ledger's own unless a test plants others."""

    may_press: Callable[..., bool] = may_press
    objection: Callable[..., str | None] = objection
    list_objection: Callable[..., str | None] = list_objection


@dataclass(slots=True)
class MemoryLedger:
    """What ``robot.storage.ledger.Ledger`` is, without a database.

    ``point`` is told before and after every commit.
    """

    clock: Callable[[], float]
    gone: Callable[[str], bool] = lambda _holder: False
    point: Callable[[str], None] = lambda _name: None
    guards: Guards = field(default_factory=Guards)
    cases: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    resources: dict[str, list[Event]] = field(default_factory=dict)
    leases: MemoryLeases = field(init=False)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    uses: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.leases = MemoryLeases(self.clock, self.gone, self._tell)

    def events(self, case: str) -> tuple[Event, ...]:
        return self.cases.get(case, ())

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
        kinds = " ".join(event.kind for event in events)
        self.point(f"append {kinds}")
        for lease in leases:
            self.leases.check(lease)
        self.leases.release(*back)
        for event in before:
            self._insert(case, event, "")
        for event in events:
            self._insert(case, event, resource)
        self.point(f"appended {kinds}")

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
        self.point(f"intend {event.kind}")
        for lease in leases:
            self.leases.check(lease, PERMIT_SECONDS)
        resource = leases[0].resource
        if not self.guards.may_press(
            self.resources.get(resource, ()), leased_number(resource), settle
        ):
            po = isinstance(event, PoIntended)
            raise NeedsPerson(
                "pressed before", problem="po_not_confirmed" if po else "not_confirmed"
            )
        committed = self.clock()
        at = max(event.at, utc(self.clock()))
        intent = replace(event, at=at, approval=approval.id, digest=approval.digest)
        self._use(case, intent, approval)
        for one in before:
            self._insert(case, one, "")
        self._insert(case, intent, resource)
        self.point(f"intended {event.kind}")
        return Permit(resource, leases[0].token, committed)

    def _use(self, case: str, intent: VendorIntended | PoIntended, approval: Approval) -> None:
        events = self.events(case)
        user = (case, CaseHistory(events).request.request_id)
        guards = self.guards
        against = guards.objection(events, intent, approval, intent.at) or guards.list_objection(
            events, self.events(list_case(approval.id)), approval
        )
        if against or self.uses.setdefault(approval.id, user) != user:
            raise NeedsPerson("not approved", problem="not_approved")

    def keep_receipt(self, case: str, receipt: Receipt) -> None:
        self.kept.pop(receipt.id, None)
        self.kept[receipt.id] = {"case": case, "body": receipt}
        at, seal = (
            utc(self.clock()),
            receipt_seal(**receipt_row(case, receipt)),
        )
        self._insert(case, ReceiptKept(at=at, request=receipt.id, sha256=seal), "")

    def receipts(self, case: str) -> list[Receipt]:
        return [row["body"] for row in self.kept.values() if row["case"] == case]

    def _tell(self, name: str) -> None:
        self.point(name)

    def _insert(self, case: str, event: Event, resource: str) -> None:
        self.cases[case] = (*self.cases.get(case, ()), event)
        self.resources.setdefault(resource, []).append(event)


@dataclass(slots=True)
class MemoryLeaseKeeper:
    """What ``lease_keeper.LeaseKeeper`` is, without its thread.

    The leases stay good while this holder's time passes.
    """

    ledger: MemoryLedger
    clock: Clock
    holder: str
    leases: dict[str, Lease] = field(default_factory=dict)

    def acquire(self, resource: str) -> Lease:
        if resource not in self.leases:
            self.leases[resource] = self.ledger.leases.acquire(resource, self.holder)
        return self.leases[resource]

    def sleep(self, seconds: float) -> None:
        """Let time pass for a process that is awake.

        What it holds is renewed meanwhile.
        """
        leases = self.ledger.leases
        good = [lease for lease in self.leases.values() if leases.is_held(lease)]
        self.clock.advance(seconds)
        for lease in good:
            row = leases.rows[lease.resource]
            leases.expire(row, max(row.expires, self.clock() + LEASE_SECONDS - 15))

    def release(self) -> None:
        for lease in self.leases.values():
            self.ledger.leases.release(lease)
