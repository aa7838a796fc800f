"""Ask a person for an approval, or make one of a standing approval."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from robot.cancellation.actions import AskApproval
from robot.cancellation.approvals import APPROVAL_TIME
from robot.cancellation.events import Approved, Stopped
from robot.cancellation.limits import Bound
from robot.cancellation.orders import PoFacts
from robot.cancellation.request import CancelRequest
from robot.cancellation.state import CaseState
from robot.problems import Problem
from robot.runner.steps import Approve


def ask(
    action: AskApproval, approve: Approve | None, state: CaseState, now: Callable[[], datetime]
) -> Approved | Stopped:
    """Ask a person to approve what is shown, and return what came of it.

    Where nobody is to be asked, the case stops.
    """
    number = action.shown.order.number
    if approve is None:
        return _nobody_asked(action, state, now())
    if not approve(action):
        return Stopped(at=now(), problem=Problem.DECLINED, text="", step="Asked before the click")
    at = now()
    return Approved(
        at=at,
        approval=secrets.token_hex(8),
        by=state.requested_by,
        how="terminal",
        until=at + APPROVAL_TIME,
        digest=action.shown.digest,
        po_digest=action.shown.po_digest,
        po_facts=action.shown.po_facts,
        numbers=(number,),
    )


def with_check(
    action: AskApproval, state: CaseState, checked_po: Callable[[str], PoFacts | None]
) -> AskApproval:
    """Return what to ask, with the PO as a check showed it.

    So it is where the request itself has not looked at it.
    """
    shown = action.shown
    checked = checked_po(shown.order.number) if state.known_po is None else None
    if checked is None or checked.number != shown.po:
        return action
    return replace(action, shown=replace(shown, po_facts=checked))


def _nobody_asked(action: AskApproval, state: CaseState, at: datetime) -> Stopped:
    number = action.shown.order.number
    problem = Problem.NOT_APPROVED
    text = f"No approval covers the cancellation of order {number} now."
    first = [one for one in state.approvals if not one.second]
    if first and first[-1].until <= at:
        text = f"The approval that {first[-1].by} gave for order {number} has run out."
    if action.changes or _is_of_other_facts(action, state, at):
        problem = Problem.FACTS_CHANGED
        what = f": {'; '.join(action.changes)}" if action.changes else ""
        text = f"Order {number} is not shown as it was when it was approved{what}."
    return Stopped(at=at, problem=problem, text=text, step="Ask for approval")


def _is_of_other_facts(action: AskApproval, state: CaseState, at: datetime) -> bool:
    """Tell whether an approval that has not run out is of other facts than are shown."""
    shown = action.shown
    given = [one for one in state.approvals if not one.second and one.until > at]
    return any(
        one.digest not in (None, shown.digest) or one.po_digest not in (None, shown.po_digest)
        for one in given[-1:]
    )


def approval_of_command(
    requests: Sequence[CancelRequest],
    at: datetime,
    patience: timedelta,
    limits: tuple[Bound, ...] = (),
) -> Approved:
    """Return the standing approval of a command that is not to ask.

    It is for the orders that the command names, or those of the POs, under the ``limits`` that
    hold. For each of them it lasts ``patience`` longer than any approval: an order waits for the
    others of the command.
    """
    numbers = tuple(request.number or request.po or "" for request in requests)
    told = json.dumps(numbers, separators=(",", ":"))
    return Approved(
        at=at,
        approval=secrets.token_hex(8),
        by=requests[0].requested_by if requests else "",
        how="option",
        until=at + APPROVAL_TIME + patience,
        numbers=numbers,
        orders=len(numbers),
        list_sha256=hashlib.sha256(told.encode()).hexdigest(),
        limits=limits,
    )


def approval_of_order(
    given: Approved, request: CancelRequest, at: datetime, until: datetime
) -> Approved:
    """Return an order's own approval out of that of its list or command."""
    number = request.number or ""
    return replace(
        given, at=at, approval=f"{given.approval}/{number}", until=until, numbers=(number,)
    )
