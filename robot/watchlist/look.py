"""Look at the sites where the files do not tell enough, and judge anew.

Looks press nothing: each is a dry run of an order or of a PO's search, with its events in the
ledger under a name of its own. So whoever runs it again looks only at what was not looked at since
the export was made. They are made one at a time, at a bounded rate.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from robot.cancellation.orders import OrderFacts, OrderState, Outcome, PoFacts, PoStatus
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import CaseState, replay
from robot.cancellation.words.problems import spec_of
from robot.problems import Scope
from robot.runner.cases import Cases
from robot.runner.site_access import SiteAccess
from robot.runner.steps import RunOptions
from robot.sites.registry import Sites
from robot.storage.lease_keeper import LeaseKeeper
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


def looked_at(report: Report, looks: Mapping[str, Looks], sites: Sites) -> Report:
    """Return the report with what the sites tell of what the files leave open.

    ``looks`` are those at each vendor, by its name.
    """
    findings = (
        with_action(looks[one.vendor].judged_anew(one), sites) if is_to_be_looked_at(one) else one
        for one in report.findings
    )
    return replace(report, findings=tuple(worst_first(findings)))


def judged_from(state: CaseState, finding: Finding, names: Names) -> Finding:
    """Return a finding as a look tells it, or as it was where that does not."""
    if state.finished is None:
        return finding
    at = f"{state.finished.at:%Y-%m-%d %H:%M} UTC"
    orders = _orders_seen(state)
    if not orders:
        return replace(finding, reason=f"{finding.reason} Looked at {at}: no order was shown.")
    po = _purchase_order(finding, state.known_po)
    seen = judge(po, [_vendor_order(order, po.number) for order in orders], names)
    return replace(seen, po=finding.po, reason=f"Looked at {at}: {seen.reason}")


@dataclass(slots=True)
class Looks:
    """The looks of one vendor's findings.

    ``since`` (UTC) is when its export was written: an older look tells nothing new.
    ``stopped`` says why no more can be made for now.
    """

    cases: Cases
    names: Names
    since: datetime
    per_minute: float
    requested_by: str = ""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    stopped: str = ""
    _next_at: float = field(default=-math.inf)

    def judged_anew(self, finding: Finding) -> Finding:
        """Return the finding as the sites tell it now, or as it was where they do not."""
        state = self._state_of(finding)
        return finding if state is None else judged_from(state, finding, self.names)

    def _state_of(self, finding: Finding) -> CaseState | None:
        """Return what was seen of a finding since its export, by a look now or before."""
        request = self._request(finding)
        if request is None:
            return None
        case = f"look:{request.vendor}:{request.po or request.number}"
        events = self.cases.ledger.events(case)
        state = replay(events) if events else None
        if state is not None and self._is_recent(state):
            return state
        if self.stopped:
            return None
        self._wait()
        state = self._look(case, request)
        self.stopped = why_stopped(state)
        return state

    def _request(self, finding: Finding) -> CancelRequest | None:
        """Return the look at a finding's first order or at its PO.

        None where neither is one.
        """
        sites = self.cases.sites
        first = finding.orders[0].number if finding.orders else ""
        number = first if sites.vendor(self.names.vendor).matches("order", first) else None
        po = finding.po if sites.eprocurement.matches("po", finding.po or "") else None
        if number is None and po is None:
            return None
        vendor = self.names.vendor
        return CancelRequest(vendor, number, po, "Watch-list", self.requested_by, dry_run=True)

    def _is_recent(self, state: CaseState) -> bool:
        end = state.finished
        return end is not None and end.at > self.since and not why_stopped(state)

    def _wait(self) -> None:
        """Wait until the rate allows another look."""
        pause = self._next_at - self.clock()
        if pause > 0:
            self.sleep(pause)
        self._next_at = self.clock() + _MINUTE / self.per_minute

    def _look(self, case: str, request: CancelRequest) -> CaseState:
        cases = self.cases
        site = cases.sites.vendor(request.vendor)
        access = SiteAccess(cases.ledger, cases.holder)
        with LeaseKeeper(cases.ledger.leases, cases.holder) as keeper:
            request_id = cases.open_request(case, request, site)
            runner = cases.runner(case, request_id, site, keeper, access)
            if runner.run(case, RunOptions()) is not None:
                cases.write_receipt(case, request_id, site)
        return replay(cases.ledger.events(case))


def why_stopped(state: CaseState) -> str:
    """Return why every other look would meet the same.

    Empty where none would.
    """
    end = state.finished
    if end is None:
        return "The site is paused."
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


def _vendor_order(facts: OrderFacts, po: str) -> VendorOrder:
    unread = facts.state in {OrderState.UNKNOWN, OrderState.NOT_FOUND}
    return VendorOrder(
        number=facts.number,
        pos=(po,),
        state=OrderState.UNKNOWN if unread else facts.state,
        totals=() if facts.total is None else (facts.total,),
        faults=("its state could not be read",) if unread else (),
    )
