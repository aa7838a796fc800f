"""An in-memory twin of the ledger, and one of the thread that holds its leases; a clock that moves
when it is told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from robot.cancellation.events import Event, PoIntended, ReceiptKept, VendorIntended
from robot.cancellation.permits import PERMIT_SECONDS, Permit
from robot.cancellation.receipt import Receipt
from robot.cancellation.request import leased_number
from robot.cancellation.state import may_press
from robot.errors import LeaseUnavailable, NeedsPerson
from robot.storage.lease_keeper import LEASE_SECONDS
from robot.storage.ledger import Lease, receipt_row, receipt_seal

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """The virtual time, in seconds since ``EPOCH``."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.seconds)


@dataclass(slots=True)
class MemoryLedger:
    """What ``robot.storage.ledger.Ledger`` is, without a database; ``point`` is told before and
    after every commit.
    """

    clock: Callable[[], float]
    gone: Callable[[str], bool] = lambda _holder: False
    point: Callable[[str], None] = lambda _name: None
    cases: dict[str, tuple[Event, ...]] = field(default_factory=dict)
    resources: dict[str, list[Event]] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def events(self, case: str) -> tuple[Event, ...]:
        return self.cases.get(case, ())

    def append(
        self, case: str, event: Event, *, resource: str = "", leases: tuple[Lease, ...] = ()
    ) -> None:
        self.point(f"append {event.kind}")
        for lease in leases:
            self._check(lease)
        self._insert(case, event, resource)
        self.point(f"appended {event.kind}")

    def commit_intent(
        self,
        case: str,
        event: VendorIntended | PoIntended,
        *leases: Lease,
        settle: timedelta = timedelta(),
    ) -> Permit:
        self.point(f"intend {event.kind}")
        for lease in leases:
            self._check(lease, PERMIT_SECONDS)
        resource = leases[0].resource
        if not may_press(self.resources.get(resource, ()), leased_number(resource), settle):
            po = isinstance(event, PoIntended)
            raise NeedsPerson(
                "pressed before", problem="po_not_confirmed" if po else "not_confirmed"
            )
        committed = self.clock()
        at = max(event.at, EPOCH + timedelta(seconds=self.clock()))
        self._insert(case, replace(event, at=at), resource)
        self.point(f"intended {event.kind}")
        return Permit(resource, leases[0].token, committed)

    def lease(self, resource: str, holder: str, seconds: float = LEASE_SECONDS) -> Lease:
        self.point(f"lease {resource}")
        held = self.leases.get(resource)
        now = self.clock()
        if held and held.expires > now and held.holder != holder and not self.gone(held.holder):
            raise LeaseUnavailable("held")
        self.leases[resource] = Lease(
            resource, held.token + 1 if held else 1, holder, now + seconds
        )
        self.point(f"leased {resource}")
        return self.leases[resource]

    def renew(self, lease: Lease, seconds: float = LEASE_SECONDS) -> None:
        self._check(lease)
        self.leases[lease.resource] = replace(
            self.leases[lease.resource], expires=self.clock() + seconds
        )

    def release(self, lease: Lease) -> None:
        held = self.leases.get(lease.resource)
        if held and held.token == lease.token:
            self.leases[lease.resource] = replace(held, expires=0.0)

    def keep_receipt(self, case: str, receipt: Receipt) -> None:
        self.kept.pop(receipt.id, None)
        self.kept[receipt.id] = {"case": case, "body": receipt}
        at, seal = (
            EPOCH + timedelta(seconds=self.clock()),
            receipt_seal(**receipt_row(case, receipt)),
        )
        self._insert(case, ReceiptKept(at=at, request=receipt.id, sha256=seal), "")

    def receipts(self, case: str) -> list[Receipt]:
        return [row["body"] for row in self.kept.values() if row["case"] == case]

    def held(self, lease: Lease, seconds: float = 0.0) -> bool:
        """Whether a lease is good for ``seconds`` more."""
        row = self.leases.get(lease.resource)
        return row is not None and row.token == lease.token and row.expires > self.clock() + seconds

    def _check(self, lease: Lease, seconds: float = 0.0) -> None:
        if not self.held(lease, seconds):
            raise LeaseUnavailable("lost")

    def _insert(self, case: str, event: Event, resource: str) -> None:
        self.cases[case] = (*self.cases.get(case, ()), event)
        self.resources.setdefault(resource, []).append(event)


@dataclass(slots=True)
class MemoryLeaseKeeper:
    """What ``lease_keeper.LeaseKeeper`` is, without its thread: the leases stay good while this
    holder's time passes.
    """

    ledger: MemoryLedger
    clock: Clock
    holder: str
    leases: dict[str, Lease] = field(default_factory=dict)

    def acquire(self, resource: str) -> Lease:
        if resource not in self.leases:
            self.leases[resource] = self.ledger.lease(resource, self.holder, LEASE_SECONDS)
        return self.leases[resource]

    def sleep(self, seconds: float) -> None:
        """Let time pass for a process that is awake: what it holds is renewed meanwhile."""
        good = [lease for lease in self.leases.values() if self.ledger.held(lease)]
        self.clock.seconds += seconds
        for lease in good:
            row = self.ledger.leases[lease.resource]
            self.ledger.leases[lease.resource] = replace(
                row, expires=max(row.expires, self.clock() + LEASE_SECONDS - 15)
            )

    def release(self) -> None:
        for lease in self.leases.values():
            self.ledger.release(lease)
