"""What a check of an order showed, and whether it may be approved by that."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from robot.cancellation.approvals import APPROVAL_TIME
from robot.cancellation.events import Finished
from robot.cancellation.history import CaseHistory
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt_steps import Step, steps_of
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState, replay
from robot.queue.items import QueueItem, State
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger

#: How long a check counts.
GOOD_FOR: Final = APPROVAL_TIME
#: How many orders of a PO are shown.
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Look:
    """One check of an order, or of a PO, as far as it came.

    ``state`` is None before a worker took it up. ``title`` is the vendor's.
    """

    item: QueueItem
    title: str
    state: CaseState | None
    steps: tuple[Step, ...]

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more comes of it."""
        return self.item.state is State.DONE

    @property
    def finished(self) -> Finished | None:
        """Return how it ended, None where it did not."""
        return None if self.state is None else self.state.finished

    @property
    def shown(self) -> Shown | None:
        """Return what it showed."""
        return None if self.state is None else self.state.shown

    @property
    def at(self) -> datetime | None:
        """Return when the order was looked at."""
        return None if self.state is None else self.state.order_at

    @property
    def can_be_cancelled(self) -> bool:
        """Tell whether both systems would take the cancellation."""
        finished = self.finished
        ends_well = finished is not None and finished.outcome is Outcome.DRY_RUN
        return self.is_over and ends_well and self.shown is not None

    @property
    def facts(self) -> str:
        """Return the hash of what it showed, which an approval names."""
        return facts_hash(self.shown)

    def is_old(self, now: datetime) -> bool:
        """Tell whether it is too old to approve anything by it."""
        return self.at is None or now - self.at > GOOD_FOR


def facts_hash(shown: Shown | None) -> str:
    """Return the hash of what was shown of an order and its PO, "" where nothing was."""
    if shown is None:
        return ""
    return hashlib.sha256(f"{shown.digest}:{shown.po_digest}".encode()).hexdigest()


def newest_looks(database: Database, sites: Sites, number: str) -> list[Look]:
    """Return the newest check of an order, or of a PO and of each of its orders."""
    newest: dict[str, QueueItem] = {}
    for item in QueueTable(database).looks(number):
        newest.setdefault(item.name, item)
    ledger = Ledger(database)
    items = sorted(newest.values(), key=lambda item: (item.number is not None, item.id))
    return [read_look(ledger, sites, item) for item in items[:_MOST]]


def read_look(ledger: Ledger, sites: Sites, item: QueueItem) -> Look:
    """Return a check as far as the ledger tells of it."""
    title = sites.site(item.vendor).title
    events = ledger.events(item.case)
    if not events:
        return Look(item, title, None, ())
    current = CaseHistory(events).current
    return Look(item, title, replay(events), tuple(steps_of(current, title)))


def differences(
    database: Database, sites: Sites, number: str, facts: str, now: Shown
) -> tuple[str, ...]:
    """Return what is shown otherwise ``now`` than in an earlier check.

    ``facts`` is the hash of what that showed. There are none where no such check is found.
    """
    ledger = Ledger(database)
    for item in QueueTable(database).looks(number):
        before = read_look(ledger, sites, item).shown
        if before is not None and facts in (before.digest, facts_hash(before)):
            return before.differences(now)
    return ()
