"""Fold the events of a cancellation into the state that it is in.

Pure; the rule reads nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from robot.cancellation.events import (
    Approved,
    Event,
    Failed,
    Finished,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Requested,
    Resolved,
    Resumed,
    Stopped,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.history import CLOSING, CaseHistory
from robot.cancellation.lines import lacks_some, lines_after_look
from robot.cancellation.orders import (
    Line,
    Listing,
    OrderFacts,
    OrderState,
    PoFacts,
    PoStatus,
    Verdict,
)
from robot.cancellation.permissions import Permission
from robot.cancellation.presses import PressState
from robot.cancellation.shown import Shown
from robot.problems import Problem


@dataclass(slots=True)
class CaseState:
    """What the events of a case's last request add up to.

    Only ``replay`` and ``replay_on`` change one, while they fold them.

    - ``po_number`` is the PO to cancel: asked for, or else shown.
    - ``order`` and ``po_facts`` are the last fresh loads since the request was made or taken up
      again; ``known`` (read at ``known_at``) and ``known_po`` are the last ones however old.
      ``order_just_seen``: nothing happened since the order's own page was loaded.
    - ``lines``, ``total`` and ``shown_po`` are what the order showed first, because a cancelled
      order's page shows none of them; each line has the state of the last look. ``po_text`` is what
      stood for a PO that was never readable.
    - ``vendor`` and ``po`` are the presses of the two cancel buttons. They are never forgotten
      while the request is open.
    - ``po_orders`` are the orders of the PO, ``po_orders_fresh`` where nothing was read since.
      ``listing`` tells whose orders the vendor's list had shown when it named them; ``listed`` are
      the looks at that list, or at the vendor's report.
    - ``approvals`` are those of this request, ``agreed`` what was shown when the last one was given
      for just that, or what was pressed on last. ``checked_po`` is the PO as a check before the
      request showed it to whoever approved.
    - ``requested_by`` and ``reason`` are those of who asked last; ``taken_up`` are those who took
      the request up with another name or reason.
    - ``failures`` are those since the last milestone; ``failing`` says that the last try was one.
    - ``closed`` says that nothing takes the request up again, ``declined`` that a person said no.
    """

    request: Requested
    po_number: str | None
    resumed_at: datetime
    confirm: timedelta
    requested_by: str = ""
    reason: str = ""
    taken_up: tuple[Resumed, ...] = ()
    permissions: tuple[Permission, ...] = ()
    unattended: bool = False
    approvals: tuple[Approved, ...] = ()
    agreed: Shown | None = None
    checked_po: PoFacts | None = None
    site_files: str = ""
    lines: tuple[Line, ...] = ()
    total: Decimal | None = None
    shown_po: str | None = None
    po_text: str = ""
    known: OrderFacts | None = None
    known_at: datetime | None = None
    known_po: PoFacts | None = None
    order: OrderFacts | None = None
    order_at: datetime | None = None
    order_reads: int = 0
    order_just_seen: bool = False
    vendor: PressState = field(default_factory=PressState)
    po_orders: OrdersOfPoSeen | None = None
    po_orders_fresh: bool = False
    listing: Listing = Listing.UNPROVEN
    listed: tuple[OrdersOfPoSeen, ...] = ()
    po_facts: PoFacts | None = None
    po_at: datetime | None = None
    po_reads: int = 0
    po: PressState = field(default_factory=PressState)
    failures: tuple[Failed, ...] = ()
    failing: bool = False
    stopped: Stopped | None = None
    finished: Finished | None = None
    closed: bool = False
    declined: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether the request can be taken up again, as nothing closed it.

        A no closes a request of which nothing was pressed.
        """
        pressed = self.vendor.presses > 0 or self.po.presses > 0
        return not self.closed and (pressed or not self.declined)

    @property
    def cancelled(self) -> bool:
        """Tell whether the last fresh load showed the order cancelled."""
        return self.order is not None and self.order.state is OrderState.CANCELLED

    @property
    def known_cancelled(self) -> bool:
        """Tell whether the last load, however old, showed the order cancelled."""
        return self.known is not None and self.known.state is OrderState.CANCELLED

    @property
    def po_cancelled(self) -> bool:
        """Tell whether the last fresh load showed the right PO cancelled."""
        return self._is_own_and_cancelled(self.po_facts)

    @property
    def known_po_cancelled(self) -> bool:
        """Tell whether the last load, however old, showed the right PO cancelled."""
        return self._is_own_and_cancelled(self.known_po)

    def _is_own_and_cancelled(self, po: PoFacts | None) -> bool:
        return po is not None and po.status is PoStatus.CANCELLED and po.number == self.po_number

    @property
    def shown(self) -> Shown | None:
        """Return what the last fresh loads show, or None where the order was not loaded.

        The PO's facts are those of the last look at it, or of the check that the approval rests on.
        """
        return None if self.order is None else self.shows(self.order)

    def shows(self, order: OrderFacts) -> Shown:
        """Return what a person is shown of an order of this case."""
        vendor = self.request.vendor
        po_facts = self.known_po or self.checked_po
        return Shown(vendor, order, self.po_number, self.site_files, po_facts)

    @property
    def progress(self) -> str:
        """Return how far it came, for the receipt's words.

        It is a key of ``wording.STANDS``.
        """
        if self.known_po_cancelled and self.known_cancelled:
            return "both"
        if self.po.presses:
            return "po_pressed"
        if self.known_po_cancelled:
            return ""
        if self.known_cancelled:
            return "cancelled"
        return "pressed" if self.vendor.presses else ""

    @property
    def vendor_deadline(self) -> datetime:
        """Until when the vendor's confirmation is waited for."""
        return self.vendor.deadline(self.resumed_at, self.confirm)

    @property
    def po_deadline(self) -> datetime:
        """Until when the PO's change of status is waited for."""
        return self.po.deadline(self.resumed_at, self.confirm)

    @property
    def looked_at(self) -> datetime:
        """Return when the oldest of the last loads was made.

        A press would rest on it.
        """
        return min(
            (t for t in (self.order_at, self.po_at) if t is not None), default=self.resumed_at
        )

    @property
    def tried_at(self) -> datetime:
        """Return when the last try of anything ended, failures included."""
        times = (self.order_at, self.po_at, self.failures[-1].at if self.failing else None)
        return max((t for t in times if t is not None), default=self.resumed_at)


_values_of = attrgetter(*CaseState.__dataclass_fields__)


def replay(events: Iterable[Event]) -> CaseState:
    """Return the state that the last request of a case is in.

    Raises ValueError where there is no request.
    """
    history = CaseHistory(tuple(events))
    state = _begin(history.request)
    for event in history.current:
        _fold(state, event)
    return state


def replay_on(state: CaseState, events: Iterable[Event]) -> CaseState:
    """Return the state after more events of the same case.

    It is what a replay of all of them would be.
    """
    after = CaseState(*_values_of(state))
    for event in events:
        if isinstance(event, Requested):
            after = _begin(event)
        _fold(after, event)
    return after


def replay_open(events: tuple[Event, ...]) -> CaseState | None:
    """Return the state of a case whose last request is open.

    None where there is none.
    """
    state = replay(events) if events else None
    return state if state is not None and state.is_open else None


def _begin(request: Requested) -> CaseState:
    return CaseState(
        request,
        po_number=request.po,
        resumed_at=request.at,
        confirm=timedelta(seconds=request.confirm_seconds),
        requested_by=request.requested_by,
        reason=request.reason,
        permissions=request.permissions,
        unattended=request.unattended,
    )


def _fold(state: CaseState, event: Event) -> None:
    match event:
        case OrderSeen():
            state.po_orders_fresh = False
            state.site_files = event.site_files
            _order_read(state, event.facts, event.at)
        case OrdersOfPoSeen():
            _po_orders_read(state, event)
        case PoSeen():
            _po_read(state, event)
        case VendorIntended():
            state.vendor = state.vendor.pressed(event)
            state.agreed = state.shown or state.agreed
            state.order_reads = 0
            _milestone(state)
        case VendorAnswered():
            state.vendor = state.vendor.answered(event.answer)
            _milestone(state)
        case PoIntended():
            state.po = state.po.pressed(event)
            state.agreed = state.shown or state.agreed
            state.po_reads = 0
            _milestone(state)
        case PoAnswered():
            state.po = state.po.answered(event.answer)
            _milestone(state)
        case Failed():
            state.failures = (*state.failures, event)
            state.failing = True
        case Stopped():
            state.stopped = event
        case Finished():
            state.finished = event
            state.closed = state.closed or event.outcome in CLOSING
            state.declined = state.declined or event.problem == Problem.DECLINED
        case Resolved():
            state.closed = True
        case Resumed():
            _resume(state, event)
        case Approved():
            _approve(state, event)
        case _:
            return
    state.order_just_seen = isinstance(event, OrderSeen)


def _approve(state: CaseState, event: Approved) -> None:
    state.approvals = (*state.approvals, event)
    state.checked_po = event.po_facts or state.checked_po
    # What is taken up again was shown before that.
    shown = None if state.known is None else state.shows(state.known)
    if shown is not None and event.digest == shown.digest:
        state.agreed = shown


def _milestone(state: CaseState) -> None:
    state.failures = ()
    state.failing = False


def _resume(state: CaseState, event: Resumed) -> None:
    # A new look at everything: what was seen before the pause may be hours old.
    state.po_number = event.po or state.po_number
    state.resumed_at = event.at
    state.confirm = timedelta(seconds=event.confirm_seconds)
    state.unattended = event.unattended
    if not event.anew:
        _take_up(state, event)
    state.order = None
    state.order_at = None
    state.order_reads = 0
    state.po_orders = None
    state.po_orders_fresh = False
    state.listing = Listing.UNPROVEN
    state.listed = ()
    state.po_facts = None
    state.po_at = None
    state.po_reads = 0
    state.stopped = None
    state.finished = None
    state.failing = False
    if not event.anew:
        _milestone(state)


def _take_up(state: CaseState, event: Resumed) -> None:
    by = event.requested_by or state.requested_by
    reason = event.reason or state.reason
    if (by, reason) != (state.requested_by, state.reason):
        state.taken_up = (*state.taken_up, event)
    state.requested_by = by
    state.reason = reason
    state.permissions = event.permissions or state.permissions


def _order_read(state: CaseState, facts: OrderFacts, at: datetime) -> None:
    # Also before it was looked at anew: the failures since then count on.
    was_cancelled = state.known_cancelled
    if facts.number == state.request.number:
        may_lack = facts.state in {OrderState.LIVE, OrderState.CANCELLED}
        if may_lack and lacks_some(state.lines, facts):
            facts = replace(facts, state=OrderState.PARTLY_CANCELLED)
        told_partly = state.vendor.verdict is Verdict.PARTIAL
        state.lines = lines_after_look(state.lines, facts, told_partly=told_partly)
        state.total = facts.total if state.total is None else state.total
        state.shown_po = facts.po or state.shown_po
        state.po_text = "" if state.shown_po else facts.po_text or state.po_text
        state.po_number = state.po_number or facts.po
        state.known = facts
        state.known_at = at
    state.order = facts
    state.order_at = at
    state.order_reads += 1
    state.failing = False
    if state.cancelled and not was_cancelled:
        _milestone(state)


def _po_orders_read(state: CaseState, event: OrdersOfPoSeen) -> None:
    known = {order.number for order in state.po_orders.orders} if state.po_orders else set()
    # Known orders that are read again stay proven by the list that named them.
    if event.listing or {order.number for order in event.orders} != known:
        state.listing = event.listing
    if event.cards or event.reported:
        state.listed = (*state.listed, event)
    state.po_orders = event
    state.po_orders_fresh = True
    state.failing = False
    # The look right before may serve here too; it proves no more than that.
    read_at = state.known_at if state.order_just_seen and state.known_cancelled else event.at
    own = [facts for facts in event.orders if facts.number == state.request.number]
    if own:
        _order_read(state, own[0], event.at)
        state.known_at = read_at


def _po_read(state: CaseState, event: PoSeen) -> None:
    state.po_facts = event.facts
    state.known_po = event.facts
    state.po_at = event.at
    state.po_reads += 1
    state.po_orders_fresh = False
    state.failing = False
