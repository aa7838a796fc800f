"""Where a cancellation stands: its events folded into one value. Pure; the rule reads nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from robot.events import (
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
)
from robot.orders import Answer, Line, OrderFacts, OrderState, PoFacts, Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """What the events of the last request add up to.

    ``order`` and ``po_facts`` are the last fresh loads since the request was made or taken up again; ``lines`` and
    ``total`` what the order showed first, because a cancelled order's page shows neither. Presses are never forgotten
    while the request is open. ``failures`` are those since the last milestone, ``failing`` says that the last try was one.
    """

    request: Requested
    po: str | None
    resumed_at: datetime
    confirm: timedelta
    lines: tuple[Line, ...] = ()
    total: Decimal | None = None
    order: OrderFacts | None = None
    order_at: datetime | None = None
    order_reads: int = 0
    vendor_presses: int = 0
    vendor_pressed_at: datetime | None = None
    vendor_answer: Answer | None = None
    siblings: OrdersOfPoSeen | None = None
    siblings_fresh: bool = False
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
    def tried_at(self) -> datetime:
        """When the last try of anything ended, failures included."""
        times = (self.order_at, self.po_at, self.failures[-1].at if self.failing else None)
        return max((t for t in times if t is not None), default=self.resumed_at)


def standing(events: Iterable[Event]) -> Standing:
    """Fold the events of a case into where its last request stands; raises ValueError where there is no request."""
    history = History(tuple(events))
    first = history.request
    now = Standing(first, first.po, first.at, timedelta(seconds=first.confirm_seconds))
    for event in history.since:
        now = _after(now, event)
    return now


def _after(now: Standing, event: Event) -> Standing:  # noqa: PLR0911 - one return an event reads best
    match event:
        case Resumed():
            return _resumed(now, event)
        case OrderSeen(facts=facts):
            return _order_read(replace(now, siblings_fresh=False), facts, event.at)
        case OrdersOfPoSeen():
            return _siblings_read(now, event)
        case VendorIntended():
            return _milestone(
                replace(
                    now,
                    vendor_presses=now.vendor_presses + 1,
                    vendor_pressed_at=event.at,
                    vendor_answer=None,
                    order_reads=0,
                )
            )
        case VendorAnswered():
            return _milestone(replace(now, vendor_answer=event.answer))
        case PoSeen():
            return replace(
                now,
                po_facts=event.facts,
                po_at=event.at,
                po_reads=now.po_reads + 1,
                siblings_fresh=False,
                failing=False,
            )
        case PoIntended():
            return _milestone(
                replace(now, po_presses=now.po_presses + 1, po_pressed_at=event.at, po_answer=None, po_reads=0)
            )
        case PoAnswered():
            return _milestone(replace(now, po_answer=event.answer))
        case Failed():
            return replace(now, failures=(*now.failures, event), failing=True)
        case Stopped():
            return replace(now, stopped=event)
        case Finished():
            return replace(now, finished=event)
        case _:
            return now


def _milestone(now: Standing) -> Standing:
    return replace(now, failures=(), failing=False)


def _resumed(now: Standing, event: Resumed) -> Standing:
    # A new look at everything: what was seen before the pause may be hours old.
    return replace(
        now,
        po=now.po or event.po,
        resumed_at=event.at,
        confirm=timedelta(seconds=event.confirm_seconds),
        order=None,
        order_at=None,
        order_reads=0,
        siblings=None,
        siblings_fresh=False,
        po_facts=None,
        po_at=None,
        po_reads=0,
        failures=(),
        failing=False,
        stopped=None,
        finished=None,
    )


def _order_read(now: Standing, facts: OrderFacts, at: datetime) -> Standing:
    if facts.state is OrderState.LIVE and len(facts.lines) < len(now.lines) and facts.lines:
        facts = replace(facts, state=OrderState.PARTLY_CANCELLED)
    now = replace(
        now,
        order=facts,
        order_at=at,
        order_reads=now.order_reads + 1,
        lines=now.lines or facts.lines,
        total=now.total if now.total is not None else facts.total,
        po=now.po or facts.po,
        failing=False,
    )
    return _milestone(now) if now.cancelled and now.order_reads == 1 else now


def _siblings_read(now: Standing, event: OrdersOfPoSeen) -> Standing:
    now = replace(now, siblings=event, siblings_fresh=True, failing=False)
    own = [facts for facts in event.orders if facts.number == now.request.number]
    return _order_read(now, own[0], event.at) if own else now
