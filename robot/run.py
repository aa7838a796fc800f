"""The loop: decide -> perform -> append the event, until there is nothing left to do.

After a crash there is nothing to restore: the events are read, and the rule decides again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from robot.actions import (
    SECOND_HALF,
    Action,
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.decide import Policy, decide
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
from robot.hold import Holding
from robot.ledger import Lease, Ledger, utc_now
from robot.orders import Answer, Confirmation, OrderFacts, OrderState, Permit, PoFacts
from robot.problems import BadSettings, LeaseRefused, NeedsPerson, SystemFailure, VendorfirstError
from robot.standing import standing
from robot.wording import po_comment, wording

#: How old a look may be when a press rests on it: after a crash or a sleep everything is looked at anew.
_TRUSTED = timedelta(seconds=60)

_NAMES = {
    LookAtOrder: "Look at the order at {vendor}",
    SubmitVendorCancel: "Cancel at {vendor}",
    LookAtOrdersOfPo: "Look at every order of the PO at {vendor}",
    LookAtPo: "Look at the PO in RealSource",
    SubmitPoCancel: "Cancel the PO in RealSource",
}


class Desk(Protocol):
    """What the loop can do to the world. The browser's desk does it on sites, a simulated one in memory."""

    def look_at_order(self, number: str) -> OrderFacts:
        """A fresh load of the order's page."""

    def submit_vendor(self, facts: OrderFacts, permit: Callable[[], Permit], reason: str) -> Answer:
        """Press the vendor's cancel."""

    def orders_of_po(self, po: str, known: tuple[str, ...]) -> tuple[OrderFacts, ...]:
        """Every order of a PO, each on a fresh load; found first, unless ``known``."""

    def look_at_po(self, po: str) -> PoFacts:
        """A fresh load of the PO's page."""

    def cancel_po(
        self, facts: PoFacts, confirmations: tuple[Confirmation, ...], permit: Callable[[], Permit], comment: str
    ) -> Answer:
        """Press RealSource's cancel."""

    def renew(self) -> None:
        """Go on with a clean browser."""


@dataclass(slots=True)
class Runner:
    """Runs cases against a desk. ``tell`` hears what begins and how it went; ``approve`` is asked before the click."""

    ledger: Ledger
    desk: Desk
    holding: Holding
    policy: Policy
    title: str = "the vendor"
    tell: Callable[[str, str], None] = lambda _step, _state: None
    approve: Callable[[OrderFacts], bool] | None = None
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    _approved: set[str] = field(default_factory=set)

    def run(self, case: str, *, first_half: bool = False) -> Finish | None:
        """Go on with a case until it is finished, or with ``first_half`` until only RealSource is left (then None).

        Raises LeaseRefused while another process works on it.
        """
        request = History(self.ledger.events(case)).request
        lease = self.holding.take(_order_resource(request))
        looked_anew = False
        while True:
            events = self.ledger.events(case)
            action = decide(events, self.policy)
            if isinstance(action, Finish):
                self.finish(case, action, lease)
                return action
            if isinstance(action, SubmitVendorCancel | SubmitPoCancel):
                now, looked_anew = standing(events), not looked_anew
                if looked_anew and now.looked_at < self.now() - _TRUSTED:
                    confirm = now.confirm.total_seconds()
                    self._append(case, request, Resumed(at=self.now(), confirm_seconds=confirm))
                    continue
                looked_anew = False
            if first_half and isinstance(action, SECOND_HALF) and request.number and not request.dry_run:
                return None
            self._step(case, request, action)

    def _step(self, case: str, request: Requested, action: Action) -> None:
        self._wait(getattr(action, "not_before", None))
        name = _NAMES[type(action)].format(vendor=self.title)
        self.tell(name, "begin")
        began = time.monotonic()
        try:
            event, resource = self._perform(case, request, action, began)
        except LeaseRefused:
            self.tell(name, "failed")
            raise
        except (NeedsPerson, BadSettings) as problem:
            event, resource = self._stopped(problem, name, began), ""
        except SystemFailure as problem:
            event, resource = self._failed(problem, name, began), ""
        self._append(case, request, event, resource)
        self.tell(name, "failed" if isinstance(event, Stopped | Failed) else "ok")
        if isinstance(event, Failed) and event.problem == "browser_died":
            try:
                self.desk.renew()
            except SystemFailure as problem:
                self._append(case, request, self._failed(problem, "Start a clean browser", began))

    def _append(self, case: str, request: Requested, event: Event, resource: str = "") -> None:
        """Write an event under the leases that it needs: a process that lost one has nothing to add."""
        needed = dict.fromkeys((_order_resource(request), resource or _order_resource(request)))
        leases = tuple(self.holding.take(one) for one in needed)
        self.ledger.append(case, event, resource=resource, leases=leases)

    def _perform(self, case: str, request: Requested, action: Action, began: float) -> tuple[Event, str]:
        at = self.now()  # a look is as old as its beginning: the process may sleep between the page and the ledger
        match action:
            case LookAtOrder():
                facts = self.desk.look_at_order(str(request.number))
                return OrderSeen(at=at, facts=facts, seconds=_since(began)), _order_resource(request)
            case SubmitVendorCancel(facts=facts):
                return self._submit_vendor(case, request, facts, began)
            case LookAtOrdersOfPo(po=po, known=known):
                orders = self.desk.orders_of_po(po, known)
                return OrdersOfPoSeen(at=at, po=po, orders=orders, seconds=_since(began)), _order_resource(request)
            case LookAtPo(po=po):
                resource = _order_resource(request) if request.dry_run else _po_resource(po)
                self._take(resource)
                at = self.now()
                seen = self.desk.look_at_po(po)
                return PoSeen(at=at, facts=seen, seconds=_since(began)), resource
            case SubmitPoCancel():
                return self._submit_po(case, request, action, began)
            case Finish():  # pragma: no cover - the loop ends before it comes here
                raise AssertionError

    def _submit_vendor(self, case: str, request: Requested, facts: OrderFacts, began: float) -> tuple[Event, str]:
        if self.approve is not None and case not in self._approved:
            if not self.approve(facts):
                return Stopped(at=self.now(), problem="declined", text="", step="Asked before the click"), ""
            self._approved.add(case)
        lease = self.holding.take(_order_resource(request))

        def permit() -> Permit:
            return self.ledger.intend(
                case, VendorIntended(at=self.now(), token=lease.token), lease, settle=self.policy.settle
            )

        answer = self.desk.submit_vendor(facts, permit, request.reason)
        return VendorAnswered(at=self.now(), answer=answer, seconds=_since(began)), _order_resource(request)

    def _submit_po(self, case: str, request: Requested, action: SubmitPoCancel, began: float) -> tuple[Event, str]:
        resource = _po_resource(action.facts.number)
        leases = self._take(resource), self.holding.take(_order_resource(request))
        comment = self._comment(request, action.confirmations)
        granted: list[Permit] = []

        def permit() -> Permit:
            # The menu entry and the dialog's button are one act: the second asks only whether the leases still hold.
            intent = PoIntended(at=self.now(), token=leases[0].token, comment=comment)
            settle = self.policy.settle
            new = self.ledger.permit(*leases) if granted else self.ledger.intend(case, intent, *leases, settle=settle)
            granted.append(new)
            return new

        answer = self.desk.cancel_po(action.facts, action.confirmations, permit, comment)
        return PoAnswered(at=self.now(), answer=answer, seconds=_since(began)), resource

    def _take(self, resource: str) -> Lease:
        """A PO's lease; another order of the same PO may hold it for a while."""
        for _ in range(30):
            try:
                return self.holding.take(resource)
            except LeaseRefused:
                self.sleep(2.0)
        return self.holding.take(resource)

    def _wait(self, until: datetime | None) -> None:
        while until is not None and (left := (until - self.now()).total_seconds()) > 0:
            self.tell(f"Waiting {timedelta(seconds=round(left))} before the next look", "wait")
            self.sleep(min(left, 60.0))

    # --- ends -------------------------------------------------------------------------------------------------------

    def _stopped(self, problem: VendorfirstError, step: str, began: float) -> Stopped:
        what, text, seconds = problem.problem, problem.text, _since(began)
        return Stopped(at=self.now(), problem=what, text=text, next_step=problem.next_step, step=step, seconds=seconds)

    def _failed(self, problem: SystemFailure, step: str, began: float) -> Failed:
        what, text, seconds = problem.problem, problem.text, _since(began)
        return Failed(at=self.now(), problem=what, text=text, retry=problem.retry, step=step, seconds=seconds)

    def finish(self, case: str, end: Finish, *leases: Lease) -> None:
        """Append the end with its words; nothing happens where it is there already."""
        events = self.ledger.events(case)
        now = standing(events)
        if now.finished is not None:
            return
        summary, next_step = wording(end.outcome.value, end.problem, now.stands)
        words = {
            "number": now.request.number or now.po or "",
            "po": now.po or "(not known)",
            "text": end.text,
            "vendor": self.title,
            "comment": self._comment(now.request, _proofs(events)),
        }
        self.ledger.append(
            case,
            Finished(
                at=self.now(),
                outcome=end.outcome,
                problem=end.problem,
                summary=_fill(summary, words),
                next_step=end.next_step or (_fill(next_step, words) if next_step else None),
            ),
            leases=leases,
        )

    def _comment(self, request: Requested, proofs: tuple[Confirmation, ...]) -> str:
        own = [p for p in proofs if p.number == request.number] or list(proofs)
        if not own:
            return f"Order {request.number} at {self.title}: not (wholly) cancelled. Receipt {request.request}."
        orders = ", ".join(p.number for p in proofs) or str(request.number)
        at = f"{own[0].at:%Y-%m-%d %H:%M} UTC"
        return po_comment(orders, self.title, own[0].text, at, request.reason, request.requested_by, request.request)


def _proofs(events: tuple[Event, ...]) -> tuple[Confirmation, ...]:
    """The last confirmation of the request's own order, where there is one."""
    request = History(events).request
    for event in reversed(History(events).since):
        seen = (
            event.orders
            if isinstance(event, OrdersOfPoSeen)
            else (event.facts,)
            if isinstance(event, OrderSeen)
            else ()
        )
        for facts in seen:
            if facts.number == request.number:
                return (Confirmation.from_read_back(facts, event.at),) if facts.state is OrderState.CANCELLED else ()
    return ()


def _order_resource(request: Requested) -> str:
    """What a case holds while it works; a dry run holds nothing that could keep a cancellation waiting."""
    return f"check:{request.request}" if request.dry_run else f"{request.vendor}:{request.number or request.po}"


def _po_resource(po: str) -> str:
    return f"realsource:{po}"


def _fill(template: str, words: dict[str, str]) -> str:
    return template.format(**words).replace("()", "").replace("  ", " ").strip()


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
