"""Putting it together: what was asked for becomes cases, the loop runs them, receipts come out."""

from __future__ import annotations

import contextlib
import math
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from robot.browser.lane import Lane, OnPage
from robot.cancellation.actions import Finish
from robot.cancellation.decide import decide
from robot.cancellation.events import CaseHistory, Failed, Resolved, Resumed
from robot.cancellation.orders import Outcome
from robot.cancellation.receipt import Receipt
from robot.cancellation.request import CancelRequest, order_resource
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.errors import LeaseUnavailable, VendorfirstError
from robot.redaction import Redactor
from robot.runner.cases import Cases
from robot.runner.interruptions import interrupted, lease_lost, pressed, site_paused
from robot.runner.preflight import check_clock, check_screen, preflight
from robot.runner.runner import WaitUntil
from robot.runner.systems import keep_sessions
from robot.settings import Settings
from robot.sites import site_file as sites
from robot.sites.credentials import Credentials
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT, site_of, vendor_of
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger
from robot.storage.pauses import Pause, SitePauses

log = structlog.get_logger()

#: How long (s) one of several orders is waited for, as long as others may not be pressed yet.
_PATIENCE: Final = 0.0


@dataclass(slots=True)
class Robot(Cases):
    """One command's robot. Build it with ``open_robot``.

    ``handed`` is given each receipt as it comes.
    """

    handed: Callable[[Receipt], None] = lambda _receipt: None
    _begun: dict[str, str] = field(default_factory=dict)
    _approved: set[str] = field(default_factory=set)

    def run(self, wishes: Iterable[CancelRequest]) -> list[Receipt]:
        """Every wish to its end: all vendors' halves first, then RealSource's. One receipt an
        order.

        What is raised in the middle (DatabaseDown, an interruption) does not hide what was pressed
        by then: each such order is left as pending, and its receipt ``handed`` out.
        """
        cases: dict[str, CancelRequest] = {}
        receipts: dict[str, Receipt] = {}
        self._begun.clear()
        self._approved.clear()
        with LeaseKeeper(self.ledger, self.holder) as keeper:
            try:
                return self._run(tuple(wishes), keeper, cases, receipts)
            except BaseException:
                self._abandon(
                    {case: wish for case, wish in cases.items() if case not in receipts}, keeper
                )
                raise

    def _run(
        self,
        wishes: tuple[CancelRequest, ...],
        keeper: LeaseKeeper,
        cases: dict[str, CancelRequest],
        receipts: dict[str, Receipt],
    ) -> list[Receipt]:
        if not all(wish.dry_run for wish in wishes):
            self.access.is_open = lambda site: self._hold(site) is None
        asked: dict[str, None] = {}
        for wish in wishes:
            for case, one in self._cases(wish, keeper, receipts):
                cases.setdefault(case, one)
            asked.update(
                dict.fromkeys((*cases, *receipts))
            )  # a PO without orders has its receipt already
        for (
            case,
            wish,
        ) in cases.items():  # before the first press: what follows it must not be dropped
            self._check_po(self.ledger.events(case), wish)
        # None of them is waited for before each is pressed: the vendor starts within minutes.
        passes = ((True, _PATIENCE), (True, math.inf), (False, math.inf))
        for first_half, patience in passes if len(cases) > 1 else passes[1:]:
            for case, wish in cases.items():
                if case in receipts:
                    continue
                if made := self._advance(
                    case, wish, keeper, first_half=first_half, patience=patience
                ):
                    receipts[case] = made
                    self.handed(made)
        return [receipts[case] for case in asked]

    def _cases(
        self, wish: CancelRequest, keeper: LeaseKeeper, receipts: dict[str, Receipt]
    ) -> Iterator[tuple[str, CancelRequest]]:
        """The case of an order; for a PO, a look for its orders first, and then a case for each."""
        if wish.number is not None:
            yield (
                (
                    f"check:{secrets.token_hex(6)}"
                    if wish.dry_run
                    else f"{wish.vendor}:{wish.number}"
                ),
                wish,
            )
            return
        case = f"find:{wish.po}:{secrets.token_hex(4)}"
        receipt = self._advance(case, wish, keeper, first_half=False)
        events = self.ledger.events(case)
        now = replay(events) if events else None
        if (
            now is not None
            and now.po_orders
            and now.finished
            and now.finished.outcome is Outcome.DRY_RUN
        ):
            for order in now.po_orders.orders:
                yield from self._cases(replace(wish, number=order.number), keeper, receipts)
        elif receipt is not None:
            receipts[case] = receipt
            self.handed(receipt)

    def _advance(
        self,
        case: str,
        wish: CancelRequest,
        keeper: LeaseKeeper,
        *,
        first_half: bool,
        patience: float = math.inf,
    ) -> Receipt | None:
        """Go on with a case to its end, and give its receipt.

        None where it came only so far: with ``first_half`` to its middle, or to a wait of over
        ``patience`` seconds.
        """
        site = vendor_of(wish.vendor, self.settings)
        if case not in self._begun:
            try:
                if not wish.dry_run:
                    keeper.acquire(f"{wish.vendor}:{wish.number or wish.po}")
            except LeaseUnavailable as refusal:
                return self._refused(wish, site, refusal)
            self._begun[case] = self.open_request(case, wish, site)
        try:
            try:
                end = self._perform(case, wish, site, keeper, first_half, patience)
            except LeaseUnavailable as refusal:  # somebody is at its PO, or this process slept: once more, from the events
                log.info("lost", case=case, text=refusal.text)
                self._reacquire(case, wish, site, keeper)
                end = self._perform(case, wish, site, keeper, first_half, patience)
        except LeaseUnavailable as refusal:
            return self._interrupt(
                case, site, keeper, lease_lost(self.ledger.events(case), refusal)
            )
        return None if end is None else self.write_receipt(case, self._begun[case], site)

    def _perform(
        self,
        case: str,
        wish: CancelRequest,
        site: Site,
        keeper: LeaseKeeper,
        first_half: bool,
        patience: float,
    ) -> Finish | None:
        while True:
            runner = self.runner(case, self._begun[case], site, keeper)
            runner.patience, runner.approved = patience, self._approved
            if not wish.dry_run:
                runner.may_go_on = lambda action: self._hold(site_of(action, wish.vendor)) is None
            end = runner.run(case, first_half=first_half)
            if not isinstance(end, WaitUntil):
                return end
            events = self.ledger.events(case)
            hold = self._hold(site_of(decide(events, self.policy), wish.vendor))
            if hold is not None:  # else somebody resumed it by now
                title = sites.load(EPROCUREMENT, self.settings.selectors).title
                stopped = site_paused(events, hold, site.title if hold.site == site.name else title)
                runner.finish(
                    case, stopped, keeper.acquire(order_resource(CaseHistory(events).request))
                )
                return stopped
            if patience < math.inf:
                return None

    def _hold(self, site: str) -> Pause | None:
        return SitePauses(self.ledger.database).by_person(site)

    # --- what can go no further -------------------------------------------------------------------

    def _reacquire(self, case: str, wish: CancelRequest, site: Site, keeper: LeaseKeeper) -> None:
        """Take the leases of a case that this command began again, and look at everything anew,
        unless it ended.

        Raises LeaseUnavailable where they can't be had, or a person settled it meanwhile.
        """
        keeper.forget_lost()
        resource = order_resource(CaseHistory(self.ledger.events(case)).request)
        lease = self.runner(case, self._begun[case], site, keeper).acquire(resource)
        events = self.ledger.events(case)
        self._begun[case] = CaseHistory(events).request.request_id
        if any(isinstance(event, Resolved) for event in CaseHistory(events).current):
            raise LeaseUnavailable("A person settled the order meanwhile.")
        if CaseHistory(events).is_open and replay(events).finished is None:
            confirm = self.confirm_seconds
            anew = Resumed(
                at=utc_now(), requested_by=wish.requested_by, confirm_seconds=confirm, anew=True
            )
            self.ledger.append(case, anew, leases=(lease,))

    def _interrupt(self, case: str, site: Site, keeper: LeaseKeeper, end: Finish) -> Receipt:
        """End a case that this command began, and which came to no end; its receipt.

        While another process is at it, nothing is put among its events: the receipt alone tells how
        it stands.
        """
        request = CaseHistory(self.ledger.events(case)).request
        for kept in self.ledger.receipts(case):
            if kept.id == request.request_id and kept.resolved is not None:
                return kept  # by a person, whose word stands
        with contextlib.suppress(LeaseUnavailable):
            keeper.forget_lost()
            lease = keeper.acquire(order_resource(request))
            self.runner(case, request.request_id, site, keeper).finish(case, end, lease)
        return self.write_receipt(case, request.request_id, site, end)

    def _abandon(self, cases: dict[str, CancelRequest], keeper: LeaseKeeper) -> None:
        """The command ends in the middle of these: what was pressed of them is pending."""
        left = []
        for case, wish in cases.items():
            try:
                if case in self._begun and pressed(self.ledger.events(case)):
                    site = vendor_of(wish.vendor, self.settings)
                    self.handed(self._interrupt(case, site, keeper, interrupted()))
            except VendorfirstError as error:
                log.warning("It can't be told how an order stands.", case=case, error=error.text)
                left.append(str(wish.number))
        if left:
            self.say(f"Begun, and it can't be told how far they came: {', '.join(left)}.")

    def _refused(self, wish: CancelRequest, site: Site, refusal: LeaseUnavailable) -> Receipt:
        """The receipt of a wish that another process is at work on; its own case is not touched."""
        case = f"busy:{secrets.token_hex(6)}"
        request = self.open_request(case, wish, site)
        text = f"{refusal.text} Nothing was touched here."
        failure = Failed(
            at=utc_now(), problem=refusal.problem, text=text, retry=False, step="Take the order"
        )
        self.ledger.append(case, failure)
        with LeaseKeeper(self.ledger, self.holder) as keeper:
            runner = self.runner(case, request, site, keeper)
            runner.finish(case, Finish(Outcome.FAILED, refusal.problem, text, refusal.next_step))
        return self.write_receipt(case, request, site)


@contextmanager
def open_robot(
    settings: Settings,
    redactor: Redactor,
    *,
    headed: bool = False,
    vendor: str = "amazon_business",
    number: int = 1,
    on_page: OnPage = lambda *_: None,
) -> Iterator[Robot]:
    """A robot, ready to run, after everything that can be checked beforehand was; raises BadInput,
    BadSettings.
    """
    credentials = Credentials(settings, redactor)
    if headed:
        check_screen()
    preflight(settings, credentials, vendor)
    ledger = Ledger(settings.database_url)
    try:
        check_clock(ledger.database)
        with Lane(settings, number=number, headed=headed, on_page=on_page) as lane:
            robot = Robot(
                settings,
                ledger,
                lane,
                redactor,
                credentials,
                confirm_seconds=settings.confirm_seconds,
            )
            try:
                yield robot
            finally:
                keep_sessions(lane, vendor, EPROCUREMENT)
    finally:
        ledger.close()
