"""The vendor and RealSource as the loop sees them, and as a browser does it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol, TypeVar

import structlog

from flows import EPROCUREMENT_FLOW, VENDOR_FLOWS, VendorFlow
from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.browser.tab import Tab
from robot.browser.visit import Visit
from robot.cancellation.orders import (
    Confirmation,
    ListedOrder,
    Listing,
    OrderFacts,
    OrderState,
    PoFacts,
    PoOrders,
    SubmitResult,
)
from robot.cancellation.presses import Permit
from robot.errors import (
    BadSettings,
    BrowserDied,
    NeedsPerson,
    SiteDown,
    SystemFailure,
    VendorfirstError,
)
from robot.evidence.evidence import Evidence
from robot.order_reports.client import OrderReports
from robot.problems import Problem
from robot.runner.account_access import AccountAccess, SignInHooks, check_not_refused
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.sites.vendors import EPROCUREMENT

log = structlog.get_logger()
_T = TypeVar("_T")

#: How long (s) a visit may take before the browser counts as hung; a person with a telephone has
#: two minutes of it.
VISIT_SECONDS = 300.0
#: How long (s) a page may take to answer a question of nothing, after a site did not answer in
#: time.
_ANSWER_SECONDS = 10.0
#: How long (s) the browser may take to tell a site's cookies, or to take pictures that waited.
_KEEPING_SECONDS = 20.0
#: The tab that the vendor's press is made in; all else is done in the first.
_PRESS_TAB = 1


class Systems(Protocol):
    """What the loop can do at the vendor and at RealSource.

    ``BrowserSystems`` does it on live pages, a simulation in memory.
    """

    def look_at_order(self, number: str) -> OrderFacts:
        """Load the order's page afresh and read it."""

    def submit_vendor(
        self, facts: OrderFacts, permit: Callable[[], Permit], reason: str
    ) -> SubmitResult:
        """Press the vendor's cancel."""

    def orders_of_po(self, po: str, known: tuple[str, ...], seen: OrderFacts | None) -> PoOrders:
        """Look at every order of a PO, each on a fresh load.

        They are found, unless ``known``. Where the vendor's list shows the order that was ``seen``
        right before, its page is not loaded again.
        """

    def look_at_po(self, po: str) -> PoFacts:
        """Load the PO's page afresh and read it."""

    def cancel_po(
        self,
        facts: PoFacts,
        confirmations: tuple[Confirmation, ...],
        permit: Callable[[], Permit],
        comment: str,
    ) -> SubmitResult:
        """Press RealSource's cancel."""

    def keep_pictures(self) -> None:
        """Take the pictures that waited, as their page may be left by whoever comes next."""

    def renew(self) -> None:
        """Go on with a clean browser."""


class SystemsFactory(Protocol):
    """Makes the systems of one case.

    ``BrowserSystems`` does; a test passes its own.
    """

    def __call__(
        self,
        lane: Lane,
        sites: Sites,
        credentials: Credentials,
        evidence: Evidence,
        vendor: Site,
        hooks: SignInHooks,
        *,
        hurry: bool,
        reports: OrderReports | None,
    ) -> Systems:
        """Return the vendor and RealSource, as the lane shows them."""


@dataclass(slots=True)
class BrowserSystems:
    """One vendor and RealSource, on live pages in one lane.

    In a ``hurry``, which ends with the press, the order's page stays open in one tab, to be
    pictured after the press, which is made in another. ``reports`` is the vendor's reporting
    interface, None where there is none.
    """

    lane: Lane
    sites: Sites
    credentials: Credentials
    evidence: Evidence
    vendor: Site
    hooks: SignInHooks = field(default_factory=SignInHooks)
    hurry: bool = False
    reports: OrderReports | None = None
    visit_seconds: float = VISIT_SECONDS
    _postponed: Visit | None = None
    _po_addresses: dict[str, str] = field(default_factory=dict)

    def look_at_order(self, number: str) -> OrderFacts:
        """Load the order's page afresh and read it."""
        facts = self.visit(self.vendor, lambda visit: self._flow.look(visit, number))
        if self.hurry:  # the tab of the press opens while what was read is written down
            self.lane.begin(lambda browser: browser.tab(self.vendor.name, _PRESS_TAB))
        return facts

    def submit_vendor(
        self, facts: OrderFacts, permit: Callable[[], Permit], reason: str
    ) -> SubmitResult:
        """Press the vendor's cancel."""
        try:
            return self.visit(
                self.vendor,
                lambda visit: self._flow.submit(visit, facts, permit, reason),
                tab=_PRESS_TAB,
            )
        finally:
            self.hurry = False

    def orders_of_po(self, po: str, known: tuple[str, ...], seen: OrderFacts | None) -> PoOrders:
        """Look at every order of a PO, each on a fresh load.

        They are found, unless ``known``: in the vendor's list, and by its reporting interface where
        there is one, which may know of more. Where the list shows the order that was ``seen`` right
        before, its page is not loaded again. Raises NeedsPerson where a page is of another order,
        of another PO, or says nothing that the robot knows.
        """
        numbers = known
        listing = Listing.UNPROVEN
        cards: tuple[ListedOrder, ...] = ()
        reported: tuple[ListedOrder, ...] = ()
        if not known:
            listed, listing = self.visit(
                self.vendor, lambda visit: self._flow.orders_of_po(visit, po)
            )
            redact = self.evidence.redactor.redact
            cards = tuple(replace(card, text=redact(card.text)) for card in listed)
            reported = self._reported(po, cards)
            numbers = tuple(dict.fromkeys(one.number for one in (*cards, *reported)))
        is_listed = seen is not None and seen.number in {card.number for card in cards}
        own = {seen.number: seen} if seen is not None and is_listed else {}
        found = tuple(own.get(number) or self.look_at_order(number) for number in numbers)
        for number, facts in zip(numbers, found, strict=True):
            if (
                facts.number != number
                or facts.po not in (None, po)
                or facts.po_text
                or facts.state is OrderState.UNKNOWN
            ):
                said = facts.po or facts.po_text or "nothing"
                msg = (
                    f"Order {number} is listed for PO {po}, but its page is of order {facts.number}"
                    f" and says PO {said} and state {facts.state.replace('_', ' ')}."
                )
                raise NeedsPerson(
                    msg, problem=Problem.PO_MISMATCH, next_step="Look at the PO's orders by hand."
                )
        return PoOrders(found, listing, cards, reported)

    def look_at_po(self, po: str) -> PoFacts:
        """Load the PO's page afresh and read it."""
        return self.visit(
            self.sites.eprocurement,
            lambda visit: EPROCUREMENT_FLOW.look(
                visit, po, vendor=self.vendor.name, addresses=self._po_addresses
            ),
        )

    def cancel_po(
        self,
        facts: PoFacts,
        confirmations: tuple[Confirmation, ...],
        permit: Callable[[], Permit],
        comment: str,
    ) -> SubmitResult:
        """Press RealSource's cancel."""
        return self.visit(
            self.sites.eprocurement,
            lambda visit: EPROCUREMENT_FLOW.cancel(
                visit,
                facts,
                confirmations,
                permit,
                comment=comment,
                vendor=self.vendor.name,
                addresses=self._po_addresses,
            ),
        )

    def keep_pictures(self) -> None:
        """Take the pictures that waited, as their page may be left by whoever comes next."""
        if self._postponed is None:
            return
        try:
            self.lane.run(lambda _browser: self._take_postponed(), seconds=_KEEPING_SECONDS)
        except VendorfirstError as problem:
            log.warning("The pictures that waited were not taken.", error=problem.text)

    def renew(self) -> None:
        """Go on with a clean browser."""
        self._postponed = None  # its page goes with the browser
        self.lane.renew()

    def keep_sessions(self) -> None:
        """Write every site's session, whose cookies may have changed on the way."""
        keep_sessions(self.lane, self.vendor.name, EPROCUREMENT)

    def visit(self, site: Site, work: Callable[[Visit], _T], *, tab: int = 0) -> _T:
        """Do ``work`` on a site's page in the lane, and return what it found.

        Raises what a flow raises; whatever else happened in it is a SystemFailure.
        """
        try:
            with ExitStack() as held:  # this thread's: that of the lane may never come back
                found = self.lane.run(
                    lambda browser: self._in_lane(browser, site, work, tab, held),
                    seconds=self.visit_seconds,
                )
        except VendorfirstError as problem:
            problem.text = self.evidence.redactor.redact(problem.text)
            if isinstance(problem, SiteDown):
                # A browser that hangs looks like a site that does not answer; the first must be
                # replaced.
                self.lane.run(
                    lambda browser: browser.check_alive(site.name), seconds=_ANSWER_SECONDS
                )
            raise
        except Exception as error:
            log.exception("A flow met something that it was not written for.", site=site.name)
            msg = (
                f"The robot itself failed at {site.title} ({type(error).__name__}); the log has the"
                " details."
            )
            raise SystemFailure(msg, problem=Problem.INTERNAL_ERROR, retry=False) from None
        # What is quoted from a page goes into the ledger: a page that asks to sign in again may
        # name the account.
        if isinstance(found, OrderFacts | PoFacts | SubmitResult):
            return replace(found, text=self.evidence.redactor.redact(found.text))
        return found

    # --- inside -----------------------------------------------------------------------------------

    def _reported(self, po: str, cards: tuple[ListedOrder, ...]) -> tuple[ListedOrder, ...]:
        """Return what the vendor's reporting interface says of a PO's orders.

        It is a second source, and the work goes on without it. Where it was asked and did not
        answer, that is told of each order of the list, so that no receipt reads as if it had
        nothing against it.
        """
        if self.reports is None:
            return ()
        try:
            return self.reports.orders_of_po(po)
        except (SiteDown, BadSettings) as problem:
            log.warning("The reporting interface was of no use.", po=po, error=problem.text)
            return tuple(ListedOrder(card.number, text="It did not answer.") for card in cards)

    @property
    def _flow(self) -> VendorFlow:
        return VENDOR_FLOWS[self.vendor.name]

    def _in_lane(
        self,
        browser: LaneBrowser,
        site: Site,
        work: Callable[[Visit], _T],
        tab: int,
        held: ExitStack,
    ) -> _T:
        if tab == 0:
            self._take_postponed()
        check_not_refused(self.credentials, site)
        access = self._access(site, browser.tab(site.name, tab), held)
        access.learn_cookies()
        visit = Visit(access.tab, site, access, self.evidence, hurry=self.hurry)
        try:
            return work(visit)
        except (NeedsPerson, BadSettings) as problem:
            access.stopped(problem)
            raise
        finally:
            if tab:
                self._take_postponed()
                visit.proof.take_postponed()
            elif visit.proof.postponed:
                self._postponed = visit

    def _access(self, site: Site, tab: Tab, held: ExitStack) -> AccountAccess:
        through = (site.account.through or "").split(",")
        return AccountAccess(
            site,
            tab,
            self.credentials,
            companions=tuple(self.sites.site(name) for name in through if name),
            redactor=self.evidence.redactor,
            hooks=self.hooks,
            held=held,
        )

    def _take_postponed(self) -> None:
        """Take the pictures of the order's page, which stood in its own tab all the while."""
        visit = self._postponed
        self._postponed = None
        if visit is not None:
            visit.proof.take_postponed()


def keep_sessions(lane: Lane, *names: str) -> None:
    """Write the sessions of these sites anew, as far as the browser still tells them.

    One that was never signed in to has none to keep.
    """
    for name in names:
        with contextlib.suppress(BrowserDied):
            lane.run(partial(LaneBrowser.renew_session, site=name), seconds=_KEEPING_SECONDS)
