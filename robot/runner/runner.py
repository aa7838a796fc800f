"""The loop decides, performs and appends the event, until nothing is left to do.

After a crash there is nothing to restore: the events are read, and the rule decides again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from robot.cancellation.actions import (
    LABELS,
    Action,
    AskApproval,
    Finish,
    LookAtOrder,
    LookAtOrdersOfPo,
    LookAtPo,
    SubmitPoCancel,
    SubmitVendorCancel,
)
from robot.cancellation.approvals import Approval
from robot.cancellation.decide import decide
from robot.cancellation.earlier import shown_before
from robot.cancellation.events import (
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
from robot.cancellation.history import CaseHistory
from robot.cancellation.limits import Bound
from robot.cancellation.orders import OrderFacts, PoFacts
from robot.cancellation.policy import Policy
from robot.cancellation.presses import Permit
from robot.cancellation.receipts.summary import comment_on_po, finished_event
from robot.cancellation.request import case_id
from robot.cancellation.state import CaseState, replay
from robot.clock import utc_now
from robot.errors import (
    BadSettings,
    LeaseUnavailable,
    NeedsPerson,
    SystemFailure,
    WorkPaused,
)
from robot.problems import Problem
from robot.runner.approvals import ask, with_check
from robot.runner.observer import NullObserver, Observer
from robot.runner.press_checks import (
    TRUSTED,
    check_is_fresh,
    check_may_go_on,
    check_not_shown_otherwise,
)
from robot.runner.steps import MayGoOn, RunOptions, Step, WaitUntil
from robot.runner.systems import Systems
from robot.runner.together import Together
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.leases import Lease
from robot.storage.ledger import Ledger

log = structlog.get_logger()

#: How often (s) a lease that somebody else has is asked for again, and how many times.
_LEASE_SECONDS = 2.0
_LEASE_TRIES = 30
#: How long (s) a wait goes on before it is said again, and asked whether the work may go on.
_WAIT_SECONDS = 60.0

#: A step's event that tells how long the step took.
_Timed = OrderSeen | OrdersOfPoSeen | PoSeen | VendorAnswered | PoAnswered


@dataclass(slots=True)
class CaseRunner:
    """Runs cases at the two systems.

    Each look and each press goes through the ``gate``, which may let it wait: only then does its
    time begin. ``site_files`` is the hash of those that are used; no press goes over ``bounds``.
    ``check_permission`` raises BadSettings where a press at a site is not permitted any more,
    ``checked_po`` gives an order's PO as a check showed it. ``state_of`` folds a case's events, and
    ``rule`` says what comes next. ``together`` has what is committed with the next event.
    """

    ledger: Ledger
    systems: Systems
    keeper: LeaseKeeper
    policy: Policy
    title: str = "the vendor"
    advice: Mapping[str, str] = field(default_factory=dict)
    site_files: str = ""
    bounds: tuple[Bound, ...] = ()
    check_permission: Callable[[str], object] = lambda _site: None
    checked_po: Callable[[str], PoFacts | None] = lambda _number: None
    state_of: Callable[[tuple[Event, ...]], CaseState] = replay
    rule: Callable[[CaseState, Policy], Action] = decide
    observer: Observer = field(default_factory=NullObserver)
    gate: Callable[[Action], AbstractContextManager[None]] = lambda _action: nullcontext()
    together: Together = field(default_factory=Together)
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep

    def run(
        self,
        case: str,
        options: RunOptions | None = None,
        may_go_on: MayGoOn = lambda _site: True,
    ) -> Finish | WaitUntil | None:
        """Go on with a case until it is finished.

        None where ``options.first_half`` was reached; ``WaitUntil`` where the case was handed back,
        to be taken up from its events at any time by anybody. ``may_go_on`` is asked before each
        step and each press, and where it says no the case is handed back. Raises LeaseUnavailable
        while another process works on it.
        """
        self.together.waits = True
        try:
            return self._run(case, options or RunOptions(), may_go_on)
        finally:
            self._write_rest(case)
            self.systems.keep_pictures()

    def _run(self, case: str, options: RunOptions, may_go_on: MayGoOn) -> Finish | WaitUntil | None:
        request = CaseHistory(self.ledger.events(case)).request
        lease = self.keeper.acquire(request.lease_name)
        began, looked_anew = self.now(), False
        while True:
            state = self.state_of(self.ledger.events(case))
            action = self.rule(state, self.policy)
            if isinstance(action, Finish):
                self._finish(state, case, action, lease)
                return action
            if isinstance(action, AskApproval):
                looked_anew = False  # whoever is asked may think for long
            if isinstance(action, SubmitVendorCancel | SubmitPoCancel):
                looked_anew = not looked_anew
                if looked_anew and state.looked_at < max(began, self.now() - TRUSTED):
                    self._append(case, request, self._look_anew(state))
                    continue
                looked_anew = False
            step = Step(case, state, action, options, may_go_on)
            if options.first_half and step.is_second_half:
                return None
            handed_back = self._hand_back(step)
            if handed_back is not None:
                return handed_back
            if not self._wait(step):
                return WaitUntil(self.now())
            try:
                self._take_step(step)
            except WorkPaused:
                return WaitUntil(self.now())

    def finish(self, case: str, end: Finish, *leases: Lease) -> None:
        """Append the end with its words.

        Nothing happens where it is there already.
        """
        self._finish(self.state_of(self.ledger.events(case)), case, end, *leases)

    def _finish(self, state: CaseState, case: str, end: Finish, *leases: Lease) -> None:
        if state.finished is None:
            event = finished_event(state, end, self.title, self.now(), self.advice)
            with self.together.with_event() as (before, back):
                self.ledger.append(case, event, leases=leases, before=before, back=back, seal=True)

    def acquire(self, resource: str) -> Lease:
        """Return a lease that somebody else may have for a while.

        Another order of the PO may. Raises LeaseUnavailable after a minute.
        """
        for _ in range(_LEASE_TRIES):
            try:
                return self.keeper.acquire(resource)
            except LeaseUnavailable:
                self.sleep(_LEASE_SECONDS)
        return self.keeper.acquire(resource)

    # --- one step ---------------------------------------------------------------------------------

    def _look_anew(self, state: CaseState) -> Resumed:
        return Resumed(
            at=self.now(),
            confirm_seconds=state.confirm.total_seconds(),
            unattended=state.unattended,
            anew=True,
        )

    def _hand_back(self, step: Step) -> WaitUntil | None:
        at = getattr(step.action, "not_before", None) or self.now()
        waits = (at - self.now()).total_seconds() > step.options.patience
        return WaitUntil(at) if waits or not step.may_go_on(step.site) else None

    def _wait(self, step: Step) -> bool:
        """Sit out the time before an action.

        False where the work is to stop meanwhile.
        """
        until = getattr(step.action, "not_before", None)
        if until is None:
            return True
        left = (until - self.now()).total_seconds()
        while left > 0:
            if round(left) > 0:
                log.info("step", case=step.case, step=f"wait {left:.0f} s", state="wait")
                self.observer.waiting(left)
            self.sleep(min(left, _WAIT_SECONDS))
            if not step.may_go_on(step.site):
                return False
            left = (until - self.now()).total_seconds()
        return True

    def _take_step(self, step: Step) -> None:
        if isinstance(step.action, AskApproval):  # before anything says that it is being done
            asked = with_check(step.action, step.state, self.checked_po)
            told = ask(asked, step.options.approve, step.state, self.now)
            self._append(step.case, step.request, told)
            return
        step = replace(step, began=time.monotonic())
        name = LABELS[type(step.action)].format(vendor=self.title)
        log.info("step", case=step.case, step=name, state="begin")
        self.observer.step_began(name)
        resource = ""
        try:
            event, resource = self._perform(step)
        except (LeaseUnavailable, WorkPaused):
            self._end_step(step, name, ok=False)
            raise
        except (NeedsPerson, BadSettings) as problem:
            event = step.stopped(problem, name, self.now())
        except SystemFailure as problem:
            event = step.failed(problem, name, self.now())
        self._append(step.case, step.request, event, resource)
        problem_slug = event.problem if isinstance(event, Stopped | Failed) else None
        self.observer.site_result(step.site, problem_slug)
        self._end_step(step, name, ok=problem_slug is None)
        if isinstance(event, Failed) and event.problem == Problem.BROWSER_DIED:
            self._renew(step)

    def _end_step(self, step: Step, name: str, *, ok: bool) -> None:
        log.info("step", case=step.case, step=name, state="ok" if ok else "failed")
        self.observer.step_ended(name, ok=ok)

    def _renew(self, step: Step) -> None:
        try:
            self.systems.renew()
        except SystemFailure as problem:
            failure = step.failed(problem, "Start a clean browser", self.now())
            self._append(step.case, step.request, failure)

    def _append(self, case: str, request: Requested, event: Event, resource: str = "") -> None:
        """Write an event under the leases that it needs, and with it what waited for it.

        A process that lost one of them has nothing to add: LeaseUnavailable.
        """
        needed = dict.fromkeys((request.lease_name, resource or request.lease_name))
        leases = tuple(self.keeper.acquire(one) for one in needed)
        with self.together.with_event() as (before, back):
            self.ledger.append(
                case, event, resource=resource, leases=leases, before=before, back=back
            )
        self.together.waits = True

    def _write_rest(self, case: str) -> None:
        """Write what waited for an event that did not come."""
        self.together.waits = False
        try:
            with self.together.with_event() as (before, back):
                if before or back:
                    self.ledger.append(case, before=before, back=back)
            self.together.store()
        except SystemFailure as problem:
            log.warning("What was left of a run was not written.", case=case, error=problem.text)

    def _perform(self, step: Step) -> tuple[Event, str]:
        """Do a step's action.

        Returns what happened, and the resource that it happened to.
        """
        lease = self.acquire(step.resource)
        with self.gate(step.action):
            # A look is as old as its beginning: between page and ledger the process may sleep.
            at = self.now()
            try:
                event = self._event(step, lease, at)
            finally:
                self.together.store()
        return replace(event, seconds=step.seconds), step.resource

    def _event(self, step: Step, lease: Lease, at: datetime) -> _Timed:
        match step.action:
            case LookAtOrder():
                facts = self.systems.look_at_order(str(step.request.number))
                return OrderSeen(at=at, facts=facts, site_files=self.site_files)
            case LookAtOrdersOfPo(po=po, known=known, seen=seen):
                if at - step.state.looked_at > TRUSTED:  # the case had to wait since
                    seen = None
                found = self.systems.orders_of_po(po, known, seen)
                orders = tuple(self._as_shown_before(step, order) for order in found.orders)
                return OrdersOfPoSeen(
                    at=at,
                    po=po,
                    orders=orders,
                    listing=found.listing,
                    cards=found.cards,
                    reported=found.reported,
                )
            case LookAtPo(po=po):
                return PoSeen(at=at, facts=self.systems.look_at_po(po))
            case SubmitVendorCancel() as action:
                return self._submit_vendor(step, action, lease, at)
            case SubmitPoCancel() as action:
                return self._submit_po(step, action, lease, at)
            case AskApproval() | Finish():  # pragma: no cover - neither comes here
                raise AssertionError

    def _as_shown_before(self, step: Step, order: OrderFacts) -> OrderFacts:
        # An order that nobody asked for was seen by this request alone.
        numbers = dict.fromkeys((order.number, str(step.request.number)))
        cases = (case_id(step.request.vendor, number) for number in numbers)
        return shown_before((one for case in cases for one in self.ledger.events(case)), order)

    # --- presses ----------------------------------------------------------------------------------

    def _submit_vendor(
        self, step: Step, action: SubmitVendorCancel, lease: Lease, began: datetime
    ) -> VendorAnswered:
        def permit() -> Permit:
            self._check_press(step, began)
            intent = VendorIntended(at=self.now(), token=lease.token)
            return self._commit(step, intent, action.approval, lease)

        self._check_press(step, began)
        answer = self.systems.submit_vendor(action.facts, permit, step.state.reason)
        return VendorAnswered(at=self.now(), answer=answer)

    def _submit_po(
        self, step: Step, action: SubmitPoCancel, lease: Lease, began: datetime
    ) -> PoAnswered:
        leases = (lease, self.keeper.acquire(step.request.lease_name))
        comment = comment_on_po(step.state, action.confirmations, self.title)
        announced = False

        def permit() -> Permit:
            # The menu entry and the dialog's button are one act: the second asks only whether the
            # leases still hold.
            nonlocal announced
            self._check_press(step, began)
            if announced:
                return self.ledger.permit(*leases)
            check_not_shown_otherwise(step, action.confirmations, self.ledger.events)
            intent = PoIntended(at=self.now(), token=lease.token, comment=comment)
            granted = self._commit(step, intent, action.approval, *leases)
            announced = True
            return granted

        self._check_press(step, began)
        answer = self.systems.cancel_po(action.facts, action.confirmations, permit, comment)
        return PoAnswered(at=self.now(), answer=answer)

    def _commit(
        self, step: Step, intent: VendorIntended | PoIntended, approval: Approval, *leases: Lease
    ) -> Permit:
        with self.together.with_intent() as before:
            return self.ledger.commit_intent(
                step.case,
                intent,
                approval,
                *leases,
                settle=self.policy.settle,
                bounds=self.bounds,
                before=before,
            )

    def _check_press(self, step: Step, began: datetime) -> None:
        """Refuse a press that is not permitted any more, or not now.

        Raises BadSettings, WorkPaused, SystemFailure.
        """
        self.check_permission(step.site)
        check_may_go_on(step)
        check_is_fresh(step, began, self.now())
