"""What the loop takes one of at a time, and what a run of it may do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from robot.cancellation.actions import (
    SECOND_HALF,
    Action,
    AskApproval,
    LookAtPo,
    SubmitPoCancel,
)
from robot.cancellation.events import Failed, Requested, Stopped
from robot.cancellation.request import po_lease_name
from robot.cancellation.state import CaseState
from robot.errors import SystemFailure, VendorfirstError
from robot.sites.vendors import action_site

#: Whether the work may go on at a site, given by its name.
MayGoOn = Callable[[str], bool]
#: Asks a person whether what is shown may be cancelled.
Approve = Callable[[AskApproval], bool]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Nothing is to be done before ``at``.

    The events say what then, to whoever goes on.
    """

    at: datetime


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How far a run goes, and who is asked on the way.

    With ``first_half`` it ends where only RealSource is left. A wait of more than ``patience``
    seconds is not sat out. ``approve`` asks a person where no approval covers a press; None: nobody
    is there.
    """

    first_half: bool = False
    patience: float = math.inf
    approve: Approve | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One action of a case, with the state that it rests on and what the run allows."""

    case: str
    state: CaseState
    action: Action
    options: RunOptions
    may_go_on: MayGoOn
    #: When (s, on the monotonic clock) it was begun, after every wait for its time.
    began: float = field(default_factory=time.monotonic)

    @property
    def request(self) -> Requested:
        """Return the request that the case is about."""
        return self.state.request

    @property
    def site(self) -> str:
        """Return the name of the site where the action happens."""
        return action_site(self.action, self.request.vendor)

    @property
    def seconds(self) -> float:
        """Return how long the step has taken by now."""
        return round(time.monotonic() - self.began, 3)

    @property
    def resource(self) -> str:
        """Return what the action is about, and needs the lease of.

        A dry run leases no PO.
        """
        match self.action:
            case LookAtPo(po=po) if not self.request.dry_run:
                return po_lease_name(po)
            case SubmitPoCancel(facts=facts):
                return po_lease_name(facts.number)
            case _:
                return self.request.lease_name

    @property
    def is_second_half(self) -> bool:
        """Tell whether it is RealSource's half of an order that is to be cancelled."""
        request = self.request
        return isinstance(self.action, SECOND_HALF) and bool(request.number) and not request.dry_run

    # --- what went wrong --------------------------------------------------------------------------

    def stopped(self, problem: VendorfirstError, name: str, at: datetime) -> Stopped:
        """Return the event of a problem that only a person can solve."""
        return Stopped(
            at=at,
            problem=problem.problem,
            text=problem.text,
            next_step=problem.next_step,
            step=name,
            seconds=self.seconds,
        )

    def failed(self, problem: SystemFailure, name: str, at: datetime) -> Failed:
        """Return the event of a system error."""
        return Failed(
            at=at,
            problem=problem.problem,
            text=problem.text,
            retry=problem.retry,
            step=name,
            seconds=self.seconds,
        )
