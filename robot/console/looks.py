"""What a check of an order showed, and whether it may be approved by that."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from robot.cancellation.approvals import APPROVAL_TIME
from robot.cancellation.decide import can_press_vendor
from robot.cancellation.events import Finished
from robot.cancellation.history import CaseHistory
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt_steps import Step, steps_of
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState, replay
from robot.problems import Problem
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
        """Tell whether the order can be cancelled, be its PO left to a person or not."""
        if not self.is_over or self.finished is None or self.shown is None:
            return False
        return self.finished.outcome is Outcome.DRY_RUN or self.leaves_po

    @property
    def leaves_po(self) -> bool:
        """Tell whether the order can be cancelled and its PO is left to a person.

        How the check ended says why.
        """
        if self.finished is None or self.finished.outcome is not Outcome.NEEDS_PERSON:
            return False
        return self.state is not None and can_press_vendor(self.state)

    @property
    def waits_for_others(self) -> bool:
        """Tell whether only other orders, which are not cancelled, keep the PO."""
        return self.finished is not None and self.finished.problem == Problem.SPLIT_PO

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


@dataclass(frozen=True, slots=True)
class Question:
    """The cancellation of an order, or of all orders of a PO, that is to be approved.

    ``number`` is the order's or the PO's, ``looks`` are the newest of the orders.
    """

    number: str
    looks: tuple[Look, ...]

    @property
    def is_of_po(self) -> bool:
        """Tell whether it is of a PO with several orders."""
        return len(self.looks) > 1

    @property
    def facts(self) -> str:
        """Return the hash of what the checks showed, which the answer names."""
        if not self.is_of_po:
            return self.looks[0].facts
        return hashlib.sha256(":".join(look.facts for look in self.looks).encode()).hexdigest()

    def is_old(self, now: datetime) -> bool:
        """Tell whether one of the checks is too old to approve anything by it."""
        return any(look.is_old(now) for look in self.looks)

    @property
    def total(self) -> Decimal | None:
        """Return what all of it costs, None where an order does not tell."""
        totals = [look.shown.order.total for look in self.looks if look.shown is not None]
        known = [total for total in totals if total is not None]
        return sum(known, Decimal(0)) if len(known) == len(self.looks) else None


def question_of(number: str, looks: Sequence[Look]) -> Question | None:
    """Return what the newest ``looks`` at a number allow to be approved.

    None where nothing can. All orders of a PO can, where each can be cancelled and nothing but the
    others keeps the PO.
    """
    orders = tuple(look for look in looks if look.item.number is not None)
    if not orders or not all(look.can_be_cancelled for look in orders):
        return None
    if len(orders) == 1:
        return Question(str(orders[0].item.number), orders)
    if any(look.leaves_po and not look.waits_for_others for look in orders):
        return None
    return Question(number, orders)


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
