"""Where a cancellation stands: its events folded into one value.

Pure; the rule reads nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from robot.cancellation.events import (
    Event,
    Failed,
    Finished,
    History,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    Requested,
    Resumed,
    Stopped,
    VendorAnswered,
    VendorIntended,
    orders_in,
)
from robot.cancellation.orders import (
    Answer,
    Line,
    Listing,
    OrderFacts,
    OrderState,
    PoFacts,
    PoStatus,
    Verdict,
)

MAX_PRESSES = 2
#: Answers to a press that leave no doubt that it arrived, though it may not show yet.
_ARRIVED = frozenset({Verdict.CONFIRMED, Verdict.PENDING, Verdict.PARTIAL, Verdict.UNCLEAR})


@dataclass(slots=True)
class Standing:
    """What the events of the last request add up to; only ``standing`` changes one, while it folds
    them.

    ``order`` and ``po_facts`` are the last fresh loads since the request was made or taken up
    again, ``known`` and ``known_po`` the last ones however old; ``lines``, ``total`` and
    ``shown_po`` what the order showed first, because a cancelled order's page shows none of them.
    ``listing`` tells whose orders of the PO the vendor's list had shown when it named those of
    ``siblings``. ``po`` is the one to cancel: asked for, or else shown. Presses are never forgotten
    while the request is open. ``failures`` are those since the last milestone, ``failing`` says
    that the last try was one.
    """

    request: Requested
    po: str | None
    resumed_at: datetime
    confirm: timedelta
    unattended: bool = False
    lines: tuple[Line, ...] = ()
    total: Decimal | None = None
    shown_po: str | None = None
    known: OrderFacts | None = None
    known_po: PoFacts | None = None
    order: OrderFacts | None = None
    order_at: datetime | None = None
    order_reads: int = 0
    vendor_presses: int = 0
    vendor_pressed_at: datetime | None = None
    vendor_answer: Answer | None = None
    siblings: OrdersOfPoSeen | None = None
    siblings_fresh: bool = False
    listing: Listing = Listing.UNPROVEN
    po_facts: PoFacts | None = None
    po_at: datetime | None = None
    po_reads: int = 0
    po_presses: int = 0
    po_pressed_at: datetime | None = None
    po_answer: Answer | None = None
    failures: tuple[Failed, ...] = ()
    failing: bool = False
    stopped: Stopped | None = None
    finished: Finished | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the last fresh load showed the order cancelled."""
        return self.order is not None and self.order.state is OrderState.CANCELLED

    @property
    def known_cancelled(self) -> bool:
        """Whether the last load that there was, however old, showed the order cancelled."""
        return self.known is not None and self.known.state is OrderState.CANCELLED

    @property
    def stands(self) -> str:
        """How far it came, for the receipt's words: a key of ``wording.STANDS``."""
        if (
            self.known_po is not None
            and self.known_po.status is PoStatus.CANCELLED
            and self.known_po.number == self.po
        ):
            return "both" if self.known_cancelled else "po_pressed" if self.po_presses else ""
        if self.po_presses:
            return "po_pressed"
        return "cancelled" if self.known_cancelled else "pressed" if self.vendor_presses else ""

    @property
    def vendor_verdict(self) -> Verdict:
        """What the vendor answered to the last press."""
        return self.vendor_answer.verdict if self.vendor_answer else Verdict.LOST

    @property
    def po_verdict(self) -> Verdict:
        """What RealSource answered to the last press."""
        return self.po_answer.verdict if self.po_answer else Verdict.LOST

    @property
    def vendor_deadline(self) -> datetime:
        """Until when the vendor's confirmation is waited for."""
        return max(self.resumed_at, self.vendor_pressed_at or self.resumed_at) + self.confirm

    @property
    def po_deadline(self) -> datetime:
        """Until when the PO's change of status is waited for."""
        return max(self.resumed_at, self.po_pressed_at or self.resumed_at) + self.confirm

    @property
    def looked_at(self) -> datetime:
        """When the oldest of the last loads was made: what a press would rest on."""
        return min(
            (t for t in (self.order_at, self.po_at) if t is not None), default=self.resumed_at
        )

    @property
    def tried_at(self) -> datetime:
        """When the last try of anything ended, failures included."""
        times = (self.order_at, self.po_at, self.failures[-1].at if self.failing else None)
        return max((t for t in times if t is not None), default=self.resumed_at)


def standing(events: Iterable[Event]) -> Standing:
    """Fold the events of a case into where its last request stands; raises ValueError where there
    is no request.
    """
    history = History(tuple(events))
    first = history.request
    confirm = timedelta(seconds=first.confirm_seconds)
    now = Standing(first, first.po, first.at, confirm, unattended=first.unattended)
    for event in history.since:
        _fold(now, event)
    return now


def _fold(now: Standing, event: Event) -> None:
    match event:
        case OrderSeen():
            now.siblings_fresh = False
            _order_read(now, event.facts, event.at)
        case OrdersOfPoSeen():
            _siblings_read(now, event)
        case PoSeen():
            now.po_facts = now.known_po = event.facts
            now.po_at, now.po_reads = event.at, now.po_reads + 1
            now.siblings_fresh = now.failing = False
        case VendorIntended():
            now.vendor_presses, now.vendor_pressed_at = now.vendor_presses + 1, event.at
            now.vendor_answer, now.order_reads = None, 0
            _milestone(now)
        case VendorAnswered():
            now.vendor_answer = event.answer
            _milestone(now)
        case PoIntended():
            now.po_presses, now.po_pressed_at = now.po_presses + 1, event.at
            now.po_answer, now.po_reads = None, 0
            _milestone(now)
        case PoAnswered():
            now.po_answer = event.answer
            _milestone(now)
        case Failed():
            now.failures, now.failing = (*now.failures, event), True
        case Stopped():
            now.stopped = event
        case Finished():
            now.finished = event
        case Resumed():
            _resume(now, event)
        case _:
            pass


def _milestone(now: Standing) -> None:
    now.failures, now.failing = (), False


def _resume(now: Standing, event: Resumed) -> None:
    # A new look at everything: what was seen before the pause may be hours old.
    now.po = event.po or now.po
    now.resumed_at, now.confirm = event.at, timedelta(seconds=event.confirm_seconds)
    now.unattended = event.unattended
    now.order = now.order_at = now.siblings = now.po_facts = now.po_at = now.stopped = (
        now.finished
    ) = None
    now.order_reads = now.po_reads = 0
    now.siblings_fresh = now.failing = False
    now.listing = Listing.UNPROVEN
    if not event.anew:
        _milestone(now)


def _order_read(now: Standing, facts: OrderFacts, at: datetime) -> None:
    was_cancelled = (
        now.known_cancelled
    )  # also before it was looked at anew: the failures since then count on
    if facts.number == now.request.number:
        if facts.state is OrderState.LIVE and len(facts.lines) < len(now.lines) and facts.lines:
            facts = replace(facts, state=OrderState.PARTLY_CANCELLED)
        now.lines = now.lines or facts.lines
        now.total = facts.total if now.total is None else now.total
        now.shown_po = facts.po or now.shown_po
        now.po = now.po or facts.po
        now.known = facts
    now.order, now.order_at, now.order_reads, now.failing = facts, at, now.order_reads + 1, False
    if now.cancelled and not was_cancelled:
        _milestone(now)


def _siblings_read(now: Standing, event: OrdersOfPoSeen) -> None:
    known = {order.number for order in now.siblings.orders} if now.siblings else set()
    if event.listing or {order.number for order in event.orders} != known:
        now.listing = (
            event.listing
        )  # known orders that are read again stay proven by the list that named them
    now.siblings, now.siblings_fresh, now.failing = event, True, False
    own = [facts for facts in event.orders if facts.number == now.request.number]
    if own:
        _order_read(now, own[0], event.at)


def shown_before(events: Iterable[Event], facts: OrderFacts) -> OrderFacts:
    """A cancelled order with the PO, the lines and the total that its page showed before: then it
    shows none.
    """
    if facts.state is not OrderState.CANCELLED:
        return facts
    for event in events:
        for seen in orders_in(event):
            if seen.number == facts.number:
                total = facts.total if seen.total is None else seen.total
                facts = replace(
                    facts, po=seen.po or facts.po, lines=facts.lines or seen.lines, total=total
                )
    return facts


# --- the ledger's own guard -----------------------------------------------------------------------


def may_press(events: Iterable[Event], resource: str, settle: timedelta = timedelta()) -> bool:
    """Whether an intent on ``resource`` (an order's or a PO's number) may be committed, over all
    cases that touch it.

    True when there was no intent yet, or when a load ``settle`` after the last one showed the thing
    still live. A PO that belongs to several orders is pressed twice at most, by all of them
    together, and not again after an answer that tells that the press arrived. The ledger asks this
    inside the transaction that commits the intent: a second line of defence, for a rule that is
    wrong, and the only one that sees what other cases did.
    """
    pressed_at, po_presses, arrived = None, 0, False
    for event in events:
        if isinstance(event, VendorIntended | PoIntended):
            pressed_at, arrived = event.at, False
            po_presses += isinstance(event, PoIntended)
        elif isinstance(event, PoAnswered):
            arrived = event.answer.verdict in _ARRIVED
        elif (
            pressed_at is not None
            and event.at >= pressed_at + settle
            and _shows_live(event, resource)
        ):
            pressed_at = None
    return pressed_at is None and po_presses < MAX_PRESSES and not arrived


def _shows_live(event: Event, resource: str) -> bool:
    match event:
        case OrderSeen(facts=order):
            return order.number == resource and order.cancellable
        case OrdersOfPoSeen(orders=orders):
            return any(order.number == resource and order.cancellable for order in orders)
        case PoSeen(facts=po):
            return po.number == resource and po.status is PoStatus.OPEN
        case _:
            return False
