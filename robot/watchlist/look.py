"""Look at the sites where the files do not tell enough, and judge anew.

Looks press nothing. They are the queue's: taken by the lanes of workers like any other turn, and
behind all that somebody waits for. So whoever runs it again looks only at what was not looked at
since the export was made.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from robot.cancellation.orders import OrderFacts, OrderState, Outcome, PoFacts, PoStatus
from robot.cancellation.po_checks import disagreement
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import CaseState, replay
from robot.cancellation.words.problems import spec_of
from robot.problems import Scope
from robot.queue.items import LIVE, NewItem, QueueItem, queue_key
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, SitePauses
from robot.watchlist.advice import with_action
from robot.watchlist.findings import Finding, FindingKind, worst_first
from robot.watchlist.judge import Names, judge
from robot.watchlist.report import Report
from robot.watchlist.values import PurchaseOrder, VendorOrder

_KNOWN: Final = frozenset(
    {PoStatus.OPEN, PoStatus.CANCELLED, PoStatus.CLOSED, PoStatus.IN_APPROVAL}
)
_MINUTE: Final = 60.0


def is_to_be_looked_at(finding: Finding) -> bool:
    """Return whether only the sites can tell more of a finding."""
    return finding.kind in {FindingKind.UNCLEAR, FindingKind.NOT_FOUND}


def minutes_for(looks: int, per_minute: float) -> int:
    """Return how many minutes so many looks take at least."""
    return math.ceil(looks / per_minute)


@dataclass(frozen=True, slots=True)
class WantedLook:
    """A look that tells something new where it is made after ``since`` (UTC)."""

    request: CancelRequest
    since: datetime


def wanted_look(
    finding: Finding, sites: Sites, since: datetime, requested_by: str
) -> WantedLook | None:
    """Return the look at a finding's first order, or at its PO.

    At the PO where RealSource's word is missing. None where neither has a number that can be one.
    """
    first = finding.orders[0].number if finding.orders else ""
    number = first if sites.vendor(finding.vendor).matches("order", first) else None
    po = finding.po if sites.eprocurement.matches("po", finding.po or "") else None
    if po is not None and finding.po_status is PoStatus.NOT_FOUND:
        number = None
    if number is None and po is None:
        return None
    request = CancelRequest(finding.vendor, number, po, "Watch-list", requested_by, dry_run=True)
    return WantedLook(request, since)


def wanted_looks(
    report: Report, sites: Sites, requested_by: str, *, not_before: datetime | None = None
) -> dict[Finding, WantedLook]:
    """Return the look at each finding that only the sites can tell more of.

    One that was made since its export was, and not before ``not_before``, is not made again.
    """
    since = {export.name: export.modified for export in report.exports}
    if not_before is not None:
        since = {name: max(made, not_before) for name, made in since.items()}
    found = {
        one: wanted_look(one, sites, since[one.vendor], requested_by)
        for one in report.findings
        if is_to_be_looked_at(one)
    }
    return {finding: wanted for finding, wanted in found.items() if wanted is not None}


def looked_at(
    report: Report, wanted: Mapping[Finding, WantedLook], looks: Looks, sites: Sites
) -> Report:
    """Return the report with what the looks have told of what the files leave open."""

    def judged(finding: Finding) -> Finding:
        state = looks.told(wanted[finding]) if finding in wanted else None
        if state is None:
            return finding
        names = Names(finding.vendor, sites.site(finding.vendor).title, sites.eprocurement.title)
        return with_action(judged_from(state, finding, names), sites)

    return replace(report, findings=tuple(worst_first(map(judged, report.findings))))


def judged_from(state: CaseState, finding: Finding, names: Names) -> Finding:
    """Return a finding as a look tells it, or as it was where that does not."""
    if state.finished is None:
        return finding
    at = f"{state.finished.at:%Y-%m-%d %H:%M} UTC"
    orders = _orders_seen(state)
    if not orders:
        return replace(finding, reason=f"{finding.reason} Looked at {at}: no order was shown.")
    po = _purchase_order(finding, state.known_po)
    seen = judge(po, [_vendor_order(order, finding) for order in orders], names)
    told = disagreement(state.po_orders) if state.po_orders else ""
    if told:
        seen = replace(seen, kind=FindingKind.UNCLEAR, reason=f"{told}.")
    reason = f"Looked at {at}: {seen.reason}"
    return replace(seen, po=finding.po, reason=reason, seen_at=state.finished.at)


class Looks:
    """The looks of one database's queue, and what they have told."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        """Use the queue and the ledger of an open database.

        ``clock`` gives UNIX seconds.
        """
        self._table = QueueTable(database, clock=clock)
        self._ledger = Ledger(database)

    def newest(self, wanted: WantedLook) -> QueueItem | None:
        """Return the newest look that is under way, or ended since it tells something new."""
        request = wanted.request
        of_it = (
            item
            for item in self._table.looks(request.number or request.po or "")
            if queue_key(item.request) == queue_key(request)
        )
        newest = next(of_it, None)
        if newest is None or newest.state in LIVE or newest.changed_at > wanted.since:
            return newest
        return None

    def told(self, wanted: WantedLook) -> CaseState | None:
        """Return what was seen by a look that ended, None where that told nothing."""
        item = self.newest(wanted)
        return None if item is None or item.state in LIVE else self.seen(item)

    def seen(self, item: QueueItem) -> CaseState | None:
        """Return what a look that ended has seen.

        None where its site kept it from looking.
        """
        state = self._state(item)
        return None if why_stopped(state) else state

    def trouble(self, item: QueueItem) -> str:
        """Return why every look would end as this one, "" where none would."""
        return why_stopped(self._state(item))

    def ask(self, wanted: WantedLook) -> None:
        """Put a look into the queue, unless it is there."""
        self._table.look(NewItem(wanted.request, idle=True))

    def _state(self, item: QueueItem) -> CaseState | None:
        events = self._ledger.events(item.case)
        return replay(events) if events else None


class PacedLooks:
    """Looks that are asked for one after the other, at a bounded rate.

    ``stopped`` says why no more are asked for now.
    """

    def __init__(
        self,
        database: Database,
        wanted: Iterable[WantedLook],
        per_minute: float,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take those of ``wanted`` that were not made yet."""
        self._looks = Looks(database, clock=clock)
        self._pauses = SitePauses(database, clock=clock)
        self._left = deque(one for one in wanted if self._looks.told(one) is None)
        self._pause = _MINUTE / per_minute
        self._clock = clock
        self._next_at = -math.inf
        self._under_way: WantedLook | None = None
        self.stopped = ""

    def __len__(self) -> int:
        """Return how many are not made."""
        return len(self._left) + (self._under_way is not None)

    def go_on(self) -> bool:
        """Ask for the next look where its time has come.

        Returns whether more are to come.
        """
        if self._under_way is not None and not self._is_over(self._under_way):
            return not self.stopped
        if self.stopped or not self._left:
            return False
        if self._clock() >= self._next_at:
            self._next_at = self._clock() + self._pause
            self._under_way = self._left.popleft()
            self._looks.ask(self._under_way)
        return True

    def _is_over(self, wanted: WantedLook) -> bool:
        """Tell whether a look has ended, and note where every other would meet the same."""
        item = self._looks.newest(wanted)
        if item is not None and item.state in LIVE:
            held = self._pauses.active()
            if ALL in held or item.site in held:
                self.stopped = "The site is paused."
            return False
        self.stopped = "" if item is None else self._looks.trouble(item)
        if not self.stopped:
            self._under_way = None
        return not self.stopped


def why_stopped(state: CaseState | None) -> str:
    """Return why every other look would meet the same.

    Empty where none would.
    """
    end = None if state is None else state.finished
    if end is None:
        return "The look came to no end."
    of_site = spec_of(end.problem).scope is Scope.SITE
    return end.summary if of_site or end.outcome is Outcome.FAILED else ""


def _orders_seen(state: CaseState) -> list[OrderFacts]:
    orders = {order.number: order for order in (state.po_orders.orders if state.po_orders else ())}
    if state.known is not None and state.known.state is not OrderState.NOT_FOUND:
        orders[state.known.number] = state.known
    return list(orders.values())


def _purchase_order(finding: Finding, facts: PoFacts | None) -> PurchaseOrder:
    """Return the PO as RealSource shows it, or else as its export told it."""
    status = facts.status if facts is not None and facts.status in _KNOWN else finding.po_status
    read = status in _KNOWN
    return PurchaseOrder(
        number=finding.po or "",
        status=status if read else PoStatus.UNKNOWN,
        status_text=facts.status_text if facts is not None else "",
        of_vendor=True,
        total=facts.total if facts is not None else None,
        invoiced=finding.po_invoiced or (facts is not None and bool(facts.invoices)),
        faults=() if read else ("its status could not be read",),
    )


def _vendor_order(facts: OrderFacts, finding: Finding) -> VendorOrder:
    """Return an order as its page shows it.

    One that the page does not tie to the PO, and that the export did not, may be another's.
    """
    fault = ""
    if facts.state in {OrderState.UNKNOWN, OrderState.NOT_FOUND}:
        fault = "its state could not be read"
    elif facts.po is None and facts.number not in {one.number for one in finding.orders}:
        fault = "its page names no PO"
    return VendorOrder(
        number=facts.number,
        pos=(finding.po or "",),
        state=OrderState.UNKNOWN if fault else facts.state,
        totals=() if facts.total is None else (facts.total,),
        faults=(fault,) if fault else (),
    )
