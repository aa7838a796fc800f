"""The loop: decide -> perform -> append the event, until there is nothing left to do.

After a crash there is nothing to restore: the events are read, and the rule decides again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from robot.cancellation.actions import (
    LABELS,
    SECOND_HALF,
    Action,
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.cancellation.decide import Policy, decide
from robot.cancellation.events import (
    CaseHistory,
    Event,
    Failed,
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
from robot.cancellation.orders import OrderFacts
from robot.cancellation.permits import Permit
from robot.cancellation.request import order_resource, po_resource
from robot.cancellation.state import replay, shown_before
from robot.cancellation.summary import comment_on_po, finished_event
from robot.clock import utc_now
from robot.errors import (
    BadSettings,
    LeaseUnavailable,
    NeedsPerson,
    SystemFailure,
    VendorfirstError,
    WorkPaused,
)
from robot.problems import Problem
from robot.runner.systems import Systems
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Lease, Ledger

#: How old a look may be when a press rests on it: after a crash or a sleep everything is looked at
#: anew.
_TRUSTED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing is to be done before ``at``; the events say what then, to whoever goes on."""

    at: datetime


@dataclass(slots=True)
class CaseRunner:
    """Runs cases at the two systems.

    ``tell`` hears what begins and how it went; ``approve`` is asked before the vendor's click, but
    not of the ``approved`` cases; ``may_go_on`` before each step and each press, and where it says
    no the case is handed back. So does a wait of more than ``patience`` seconds. ``fared`` hears
    how each look or press fared at a site: the problem's slug, or None. Each goes through the
    ``gate``, which may let it wait: only then does its time begin.
    """

    ledger: Ledger
    systems: Systems
    keeper: LeaseKeeper
    policy: Policy
    title: str = "the vendor"
    tell: Callable[[str, str], None] = lambda _step, _state: None
    approve: Callable[[OrderFacts], bool] | None = None
    may_go_on: Callable[[Action], bool] = lambda _action: True
    patience: float = math.inf
    fared: Callable[[Action, str | None], None] = lambda _action, _problem: None
    gate: Callable[[Action], AbstractContextManager[None]] = lambda _action: nullcontext()
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    approved: set[str] = field(default_factory=set)

    def run(self, case: str, *, first_half: bool = False) -> Finish | WaitUntil | None:
        """Go on with a case until it is finished, or with ``first_half`` until only RealSource is
        left (then None).

        ``WaitUntil`` where it was handed back, to be taken up from its events at any time by anybody.
        Raises LeaseUnavailable while another process works on it.
        """
        request = CaseHistory(self.ledger.events(case)).request
        lease = self.keeper.acquire(order_resource(request))
        looked_anew = False
        while True:
            events = self.ledger.events(case)
            action = decide(events, self.policy)
            if isinstance(action, Finish):
                self.finish(case, action, lease)
                return action
            if isinstance(action, SubmitVendorCancel | SubmitPoCancel):
                now, looked_anew = replay(events), not looked_anew
                if looked_anew and now.looked_at < self.now() - _TRUSTED:
                    wait, alone = now.confirm.total_seconds(), now.unattended
                    self._append(
                        case,
                        request,
                        Resumed(at=self.now(), confirm_seconds=wait, unattended=alone, anew=True),
                    )
                    continue
                looked_anew = False
            if (
                first_half
                and isinstance(action, SECOND_HALF)
                and request.number
                and not request.dry_run
            ):
                return None
            if (later := self._hand_back(action)) is not None:
                return later
            if not self._wait(action):
                return WaitUntil(self.now())
            try:
                self._step(case, request, action)
            except WorkPaused:
                return WaitUntil(self.now())

    def _hand_back(self, action: Action) -> WaitUntil | None:
        at = getattr(action, "not_before", None) or self.now()
        waits = (at - self.now()).total_seconds() > self.patience
        return WaitUntil(at) if waits or not self.may_go_on(action) else None

    def _step(self, case: str, request: Requested, action: Action) -> None:
        name = LABELS[type(action)].format(vendor=self.title)
        self.tell(name, "begin")
        began = time.monotonic()
        try:
            event, resource = self._perform(case, request, action, began)
        except (LeaseUnavailable, WorkPaused):
            self.tell(name, "failed")
            raise
        except (NeedsPerson, BadSettings) as problem:
            event, resource = self._stopped(problem, name, began), ""
        except SystemFailure as problem:
            event, resource = self._failed(problem, name, began), ""
        self._append(case, request, event, resource)
        self.fared(action, event.problem if isinstance(event, Stopped | Failed) else None)
        self.tell(name, "failed" if isinstance(event, Stopped | Failed) else "ok")
        if isinstance(event, Failed) and event.problem == Problem.BROWSER_DIED:
            try:
                self.systems.renew()
            except SystemFailure as problem:
                self._append(case, request, self._failed(problem, "Start a clean browser", began))

    def _append(self, case: str, request: Requested, event: Event, resource: str = "") -> None:
        """Write an event under the leases that it needs: a process that lost one has nothing to
        add.
        """
        needed = dict.fromkeys((order_resource(request), resource or order_resource(request)))
        leases = tuple(self.keeper.acquire(one) for one in needed)
        self.ledger.append(case, event, resource=resource, leases=leases)

    def _perform(
        self, case: str, request: Requested, action: Action, began: float
    ) -> tuple[Event, str]:
        match action:
            case LookAtOrder():
                with self.gate(action):
                    at = self.now()  # a look is as old as its beginning: between page and ledger the process may sleep
                    facts = self.systems.look_at_order(str(request.number))
                return OrderSeen(at=at, facts=facts, seconds=_since(began)), order_resource(request)
            case SubmitVendorCancel():
                return self._submit_vendor(case, request, action, began)
            case LookAtOrdersOfPo(po=po, known=known):
                with self.gate(action):
                    at = self.now()
                    found = self.systems.orders_of_po(po, known)
                orders = tuple(
                    shown_before(self.ledger.events(f"{request.vendor}:{o.number}"), o)
                    for o in found.orders
                )
                seen_all = OrdersOfPoSeen(
                    at=at, po=po, orders=orders, listing=found.listing, seconds=_since(began)
                )
                return seen_all, order_resource(request)
            case LookAtPo(po=po):
                resource = order_resource(request) if request.dry_run else po_resource(po)
                self.acquire(resource)
                with self.gate(action):
                    at = self.now()
                    seen = self.systems.look_at_po(po)
                return PoSeen(at=at, facts=seen, seconds=_since(began)), resource
            case SubmitPoCancel():
                return self._submit_po(case, request, action, began)
            case Finish():  # pragma: no cover - the loop ends before it comes here
                raise AssertionError

    def _submit_vendor(
        self, case: str, request: Requested, action: SubmitVendorCancel, began: float
    ) -> tuple[Event, str]:
        if self.approve is not None and case not in self.approved:
            if not self.approve(action.facts):
                return (
                    Stopped(
                        at=self.now(),
                        problem=Problem.DECLINED,
                        text="",
                        step="Asked before the click",
                    ),
                    "",
                )
            self.approved.add(case)
        lease, looked_at = (
            self.keeper.acquire(order_resource(request)),
            replay(self.ledger.events(case)).looked_at,
        )

        def permit() -> Permit:
            self._may_press(action, looked_at, began_at)
            return self.ledger.commit_intent(
                case,
                VendorIntended(at=self.now(), token=lease.token),
                lease,
                settle=self.policy.settle,
            )

        with self.gate(action):
            began_at = self.now()
            self._may_press(action, looked_at, began_at)
            answer = self.systems.submit_vendor(action.facts, permit, request.reason)
        return VendorAnswered(at=self.now(), answer=answer, seconds=_since(began)), order_resource(
            request
        )

    def _submit_po(
        self, case: str, request: Requested, action: SubmitPoCancel, began: float
    ) -> tuple[Event, str]:
        resource = po_resource(action.facts.number)
        leases = self.acquire(resource), self.keeper.acquire(order_resource(request))
        comment = comment_on_po(request, action.confirmations, self.title)
        granted: list[Permit] = []
        looked_at = replay(self.ledger.events(case)).looked_at

        def permit() -> Permit:
            self._may_press(action, looked_at, began_at)
            # The menu entry and the dialog's button are one act: the second asks only whether the
            # leases still hold.
            intent = PoIntended(at=self.now(), token=leases[0].token, comment=comment)
            settle = self.policy.settle
            new = (
                self.ledger.permit(*leases)
                if granted
                else self.ledger.commit_intent(case, intent, *leases, settle=settle)
            )
            granted.append(new)
            return new

        with self.gate(action):
            began_at = self.now()
            self._may_press(action, looked_at, began_at)
            answer = self.systems.cancel_po(action.facts, action.confirmations, permit, comment)
        return PoAnswered(at=self.now(), answer=answer, seconds=_since(began)), resource

    def _may_press(self, action: Action, looked_at: datetime, began: datetime) -> None:
        """Refuse a press while work is to stop, or that had to wait: what it rests on is too old
        then.
        """
        if not self.may_go_on(action):
            msg = "The work was stopped or its site is held; the press was not made."
            raise WorkPaused(msg, next_step="It goes on by itself when the work does.")
        if self.now() - began > _TRUSTED or self.now() - looked_at > 2 * _TRUSTED:
            msg = (
                "The press had to wait so long that what it rested on was too old; it was not made."
            )
            raise SystemFailure(
                msg, problem=Problem.TOO_SLOW, next_step="Run it again: it looks first."
            )

    def acquire(self, resource: str) -> Lease:
        """A lease that somebody else may hold for a while, as another order of the same PO does.

        Raises LeaseUnavailable after a minute.
        """
        for _ in range(30):
            try:
                return self.keeper.acquire(resource)
            except LeaseUnavailable:
                self.sleep(2.0)
        return self.keeper.acquire(resource)

    def _wait(self, action: Action) -> bool:
        """Sit out the time before an action; False where the work is to stop meanwhile."""
        until = getattr(action, "not_before", None)
        while until is not None and (left := (until - self.now()).total_seconds()) > 0:
            self.tell(f"Waiting {timedelta(seconds=round(left))} before the next look", "wait")
            self.sleep(min(left, 60.0))
            if not self.may_go_on(action):
                return False
        return True

    # --- ends -------------------------------------------------------------------------------------

    def _stopped(self, problem: VendorfirstError, step: str, began: float) -> Stopped:
        what, text, seconds = problem.problem, problem.text, _since(began)
        return Stopped(
            at=self.now(),
            problem=what,
            text=text,
            next_step=problem.next_step,
            step=step,
            seconds=seconds,
        )

    def _failed(self, problem: SystemFailure, step: str, began: float) -> Failed:
        what, text, seconds = problem.problem, problem.text, _since(began)
        return Failed(
            at=self.now(), problem=what, text=text, retry=problem.retry, step=step, seconds=seconds
        )

    def finish(self, case: str, end: Finish, *leases: Lease) -> None:
        """Append the end with its words; nothing happens where it is there already."""
        events = self.ledger.events(case)
        if replay(events).finished is None:
            self.ledger.append(
                case, finished_event(events, end, self.title, self.now()), leases=leases
            )


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)
