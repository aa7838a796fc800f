"""Work on one command's requests, each vendor's half first, then RealSource's.

Each of them gets a receipt.
"""

from __future__ import annotations

import contextlib
import math
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from robot.cancellation.actions import Finish
from robot.cancellation.approvals import APPROVAL_TIME
from robot.cancellation.decide import decide
from robot.cancellation.events import (
    Approved,
    Failed,
    OrdersOfPoSeen,
    Resolved,
    Resumed,
)
from robot.cancellation.history import CaseHistory
from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import replay, replay_open
from robot.errors import LeaseUnavailable, VendorfirstError
from robot.runner.approvals import approval_of_command, approval_of_order
from robot.runner.cases import Cases
from robot.runner.interruptions import interrupted, lease_lost, pressed, site_paused
from robot.runner.runner import CaseRunner
from robot.runner.site_access import SiteAccess
from robot.runner.steps import Approve, RunOptions, WaitUntil
from robot.sites.site_file import Site
from robot.sites.vendors import action_site
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.pauses import Pause, SitePauses

log = structlog.get_logger()

#: How long (s) one order of several is waited for beyond its next look, before the others go on.
_LITTLE: Final = 1.0


@dataclass(slots=True)
class Batch:
    """The requests of one command, how far each came, and the receipts of the ended.

    Without somebody to ``approve`` them, and without an approval that was ``given`` beforehand, the
    command itself is their approval.
    """

    cases: Cases
    keeper: LeaseKeeper
    approve: Approve | None
    given: Approved | None = None
    access: SiteAccess = field(init=False)
    #: Each order's case, with what was asked for it, in the order in which it was asked.
    requests: dict[str, CancelRequest] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    _looks_only: bool = False
    _begun: dict[str, str] = field(default_factory=dict)
    _standing: Approved | None = None
    #: When the next look at an order is due that has to wait for it.
    _due: dict[str, datetime] = field(default_factory=dict)
    #: The orders whose PO is worked on.
    _second_half: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Let nobody in at a site while the work is paused, unless it is only looked at."""
        self.access = SiteAccess(self.cases.ledger, self.cases.holder, self._is_open)

    def run(self, requests: tuple[CancelRequest, ...]) -> list[Receipt]:
        """Bring every request to its end, and return one receipt an order."""
        self._looks_only = all(request.dry_run for request in requests)
        if not self._looks_only:
            for vendor in dict.fromkeys(request.vendor for request in requests):
                self.cases.permissions(vendor)
        if self.approve is None and self.given is None and not self._looks_only:
            limits = self.cases.limits(*(request.vendor for request in requests))
            self._standing = approval_of_command(requests, self.cases.now(), self._patience, limits)
        asked: dict[str, None] = {}
        for request in requests:
            for case, one in self._find_cases(request):
                self.requests.setdefault(case, one)
            # A PO without orders has its receipt already.
            asked.update(dict.fromkeys((*self.requests, *self.receipts)))
        if self._looks_only:
            self._foresee_all()
        # Before the first press: what follows it must not be dropped.
        for case, request in self.requests.items():
            state = replay_open(self.cases.ledger.events(case))
            if state is not None:
                self.cases.check_po(state, request)
        if len(self.requests) > 1:
            self._work_on_all()
        else:
            for case in self.requests:
                self._go_on(case, RunOptions(first_half=True))
                self._go_on(case, RunOptions())
        return [self.receipts[case] for case in asked]

    def abandon(self) -> None:
        """Write the receipts of what is under way as the command ends in the middle of it.

        What was pressed is pending then, and is told to the observer.
        """
        untold = []
        for case, request in self.requests.items():
            try:
                begun = case in self._begun and case not in self.receipts
                if begun and pressed(replay(self.cases.ledger.events(case))):
                    site = self.cases.sites.vendor(request.vendor)
                    self.cases.observer.receipt(self._interrupt(case, site, interrupted()))
            except VendorfirstError as error:
                log.warning("It can't be told how an order stands.", case=case, error=error.text)
                untold.append(str(request.number))
        if untold:
            self.cases.observer.message(
                f"Begun, and it can't be told how far they came: {', '.join(untold)}."
            )

    # --- cases ------------------------------------------------------------------------------------

    def _find_cases(self, request: CancelRequest) -> Iterator[tuple[str, CancelRequest]]:
        """Yield the case of an order, or one for each order of a PO.

        A look has found the orders of the PO.
        """
        if request.number is not None:
            if request.dry_run:
                yield f"check:{secrets.token_hex(6)}", request
            else:
                yield case_id(request.vendor, request.number), request
            return
        case = f"find:{request.po}:{secrets.token_hex(4)}"
        receipt = self._advance(case, request, RunOptions())
        found = self._orders_found(case)
        if found is not None:
            for order in found.orders:
                yield from self._find_cases(replace(request, number=order.number))
        elif receipt is not None:
            self._keep(case, receipt)

    def _foresee_all(self) -> None:
        """Have each look know of the others, as all that is asked for would be cancelled."""
        for case, request in self.requests.items():
            others = [one for one in self.requests.values() if one.vendor == request.vendor]
            numbers = dict.fromkeys(one.number for one in others if one.number is not None)
            beside = tuple(number for number in numbers if number != request.number)
            self.requests[case] = replace(request, beside=beside)

    def _orders_found(self, case: str) -> OrdersOfPoSeen | None:
        events = self.cases.ledger.events(case)
        if not events:
            return None
        state = replay(events)
        if state.finished is None or state.finished.outcome is not Outcome.DRY_RUN:
            return None
        return state.po_orders

    def _work_on_all(self) -> None:
        """Press each order first, then go on with whichever can go on.

        None is waited for before each is pressed, since the vendor starts within minutes; and none
        that is confirmed waits for one that is not, but for an order of the same PO.
        """
        for case in self.requests:
            self._go_on(case, RunOptions(first_half=True, patience=0.0))
        while still := [case for case in self.requests if case not in self.receipts]:
            waiting = [case for case in still if case in self._due]
            ready = [case for case in still if case not in self._due]
            second = [case for case in ready if not self._waits_for_sibling(case, waiting)]
            for case in second:
                self._second_half.add(case)
                self._go_on(case, RunOptions(patience=0.0))
            if not second:
                self._wait_for_first(waiting or ready)

    def _wait_for_first(self, waiting: list[str]) -> None:
        """Sit out the wait of the order whose next look is the first one."""
        case = min(waiting, key=lambda one: self._due.get(one, self.cases.now()))
        left = (self._due.get(case, self.cases.now()) - self.cases.now()).total_seconds()
        patience = math.inf if len(waiting) == 1 else max(left, 0.0) + _LITTLE
        first_half = case not in self._second_half
        self._go_on(case, RunOptions(first_half=first_half, patience=patience))

    def _waits_for_sibling(self, case: str, waiting: list[str]) -> bool:
        """Tell whether another order of the PO is not confirmed yet."""
        po = self._po(case)
        first_half = [one for one in waiting if one not in self._second_half]
        return po is not None and any(self._po(one) == po for one in first_half)

    def _po(self, case: str) -> str | None:
        return replay(self.cases.ledger.events(case)).po_number

    def _go_on(self, case: str, options: RunOptions) -> None:
        """Go on with a case, and keep its receipt where it has come to its end."""
        if case in self.receipts:
            return
        self._due.pop(case, None)
        request = self.requests[case]
        if len(self.requests) > 1:
            self.cases.observer.about(request.number or f"PO {request.po}")
        receipt = self._advance(case, request, options)
        if receipt is not None:
            self._keep(case, receipt)

    def _keep(self, case: str, receipt: Receipt) -> None:
        self.receipts[case] = receipt
        self.cases.observer.receipt(receipt)

    def _advance(self, case: str, request: CancelRequest, options: RunOptions) -> Receipt | None:
        """Go on with a case to its end, and return its receipt.

        None where it came only so far as ``options`` allow: to its middle, or to a long wait.
        """
        site = self.cases.sites.vendor(request.vendor)
        if case not in self._begun:
            try:
                if not request.dry_run:
                    self.keeper.acquire(request.lease_name)
            except LeaseUnavailable as refusal:
                return self._refuse(request, site, refusal)
            approved = self._approval(request)
            self._begun[case] = self.cases.open_request(case, request, site, approved=approved)
        try:
            end = self._run_or_rerun(case, request, site, options)
        except LeaseUnavailable as refusal:
            lost = lease_lost(replay(self.cases.ledger.events(case)), refusal)
            return self._interrupt(case, site, lost)
        if end is None:
            return None
        return self.cases.write_receipt(case, self._begun[case], site)

    def _run_or_rerun(
        self, case: str, request: CancelRequest, site: Site, options: RunOptions
    ) -> Finish | None:
        """Run a case, and once more from its events where a lease was lost.

        Somebody is at its PO then, or this process slept.
        """
        try:
            return self._run(case, request, site, options)
        except LeaseUnavailable as refusal:
            log.info("lost", case=case, text=refusal.text)
            self._reacquire(case, request, site)
            return self._run(case, request, site, options)

    def _run(
        self, case: str, request: CancelRequest, site: Site, options: RunOptions
    ) -> Finish | None:
        options = replace(options, approve=self.approve)
        while True:
            runner = self._runner(case, self._begun[case], site)
            end = runner.run(case, options, self._may_go_on(request))
            if not isinstance(end, WaitUntil):
                return end
            state = replay(self.cases.ledger.events(case))
            paused = self._pause(action_site(decide(state, self.cases.policy), request.vendor))
            if paused is not None:  # else somebody resumed it by now
                title = self.cases.sites.eprocurement.title
                title = site.title if paused.site == site.name else title
                stopped = site_paused(state, paused, title)
                lease = self.keeper.acquire(state.request.lease_name)
                runner.finish(case, stopped, lease)
                return stopped
            if options.patience < math.inf:
                self._due[case] = end.at
                return None

    def _runner(self, case: str, request_id: str, site: Site) -> CaseRunner:
        return self.cases.runner(case, request_id, site, self.keeper, self.access)

    @property
    def _patience(self) -> timedelta:
        return timedelta(seconds=self.cases.settings.confirm_seconds)

    def _approval(self, request: CancelRequest) -> Approved | None:
        if request.dry_run or request.number is None:
            return None
        now = self.cases.now()
        if self.given is not None:
            return approval_of_order(self.given, request, now, self.given.until)
        if self._standing is None:
            return None
        # The orders of the POs that it names are known by now.
        orders = max(self._standing.orders, len(self.requests))
        given = replace(self._standing, orders=orders)
        return approval_of_order(given, request, now, now + APPROVAL_TIME + self._patience)

    # --- pauses -----------------------------------------------------------------------------------

    def _pause(self, site: str) -> Pause | None:
        return SitePauses(self.cases.ledger.database).by_person(site)

    def _is_open(self, site: str) -> bool:
        return self._looks_only or self._pause(site) is None

    def _may_go_on(self, request: CancelRequest) -> Callable[[str], bool]:
        return lambda site: request.dry_run or self._pause(site) is None

    # --- what can go no further -------------------------------------------------------------------

    def _reacquire(self, case: str, request: CancelRequest, site: Site) -> None:
        """Take the leases of a begun case anew, and have everything looked at again.

        Raises LeaseUnavailable where they can't be had, or a person settled it meanwhile.
        """
        ledger = self.cases.ledger
        self.keeper.forget_lost()
        resource = CaseHistory(ledger.events(case)).request.lease_name
        lease = self._runner(case, self._begun[case], site).acquire(resource)
        events = ledger.events(case)
        state = replay(events)
        self._begun[case] = state.request.request_id
        if any(isinstance(event, Resolved) for event in CaseHistory(events).current):
            raise LeaseUnavailable("A person settled the order meanwhile.")
        if state.is_open and state.finished is None:
            anew = Resumed(
                at=self.cases.now(),
                requested_by=request.requested_by,
                confirm_seconds=self.cases.settings.confirm_seconds,
                anew=True,
            )
            ledger.append(case, anew, leases=(lease,))

    def _interrupt(self, case: str, site: Site, end: Finish) -> Receipt:
        """End a case that this command began, and return its receipt.

        The case came to no end. While another process is at it, nothing is put among its events:
        the receipt alone tells how it stands.
        """
        request = CaseHistory(self.cases.ledger.events(case)).request
        for kept in self.cases.ledger.receipts(case):
            if kept.id == request.request_id and kept.resolved is not None:
                return kept  # by a person, whose word stands
        with contextlib.suppress(LeaseUnavailable):
            self.keeper.forget_lost()
            lease = self.keeper.acquire(request.lease_name)
            self._runner(case, request.request_id, site).finish(case, end, lease)
        return self.cases.write_receipt(case, request.request_id, site, end)

    def _refuse(self, request: CancelRequest, site: Site, refusal: LeaseUnavailable) -> Receipt:
        """Write the receipt of an order that another process is at work on.

        The order's own case is not touched.
        """
        case = f"busy:{secrets.token_hex(6)}"
        request_id = self.cases.open_request(case, request, site)
        text = f"{refusal.text} Nothing was touched here."
        failure = Failed(
            at=self.cases.now(),
            problem=refusal.problem,
            text=text,
            retry=False,
            step="Take the order",
        )
        self.cases.ledger.append(case, failure)
        end = Finish(Outcome.FAILED, refusal.problem, text, refusal.next_step)
        self._runner(case, request_id, site).finish(case, end)
        return self.cases.write_receipt(case, request_id, site)
