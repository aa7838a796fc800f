"""What speaks against a press, asked in the transaction that commits its intent."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from robot.cancellation.approvals import Approval
from robot.cancellation.events import PoIntended, VendorIntended
from robot.cancellation.guard import list_case, list_objection, may_press, objection
from robot.cancellation.history import CaseHistory
from robot.cancellation.limits import Bound
from robot.cancellation.request import leased_number
from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.storage import uses
from robot.storage.event_rows import events_of, events_on


def check_earlier(
    tx: sa.Connection, resource: str, event: VendorIntended | PoIntended, settle: timedelta
) -> None:
    """Raise NeedsPerson where an earlier intent speaks against another press.

    It is one on the same ``resource``, by whichever case.
    """
    name = leased_number(resource)
    if may_press(events_on(tx, resource), name, settle):
        return
    msg = f"{name} was submitted before, and that may still take effect: it is not pressed again."
    is_po = isinstance(event, PoIntended)
    problem = Problem.PO_NOT_CONFIRMED if is_po else Problem.NOT_CONFIRMED
    raise NeedsPerson(msg, problem=problem, next_step="Look at it by hand, then run it again.")


def use_approval(
    tx: sa.Connection,
    case: str,
    intent: VendorIntended | PoIntended,
    approval: Approval,
    bounds: tuple[Bound, ...],
    now: float,
) -> None:
    """Use an approval up for a press, ``now`` (UNIX seconds).

    Raises NeedsPerson where it does not hold, or the press would go over one of ``bounds``.
    """
    events = events_of(tx, case)
    request = CaseHistory(events).request.request_id
    against = objection(events, intent, approval, intent.at) or list_objection(
        events, events_of(tx, list_case(approval.id)), approval
    )
    used_by = uses.user_of(tx, approval.id)
    if used_by not in (None, (case, request)):
        against = "the approval was used before"
    if against is not None:
        msg = f"{approval.number} was not pressed: {against}."
        raise NeedsPerson(msg, problem=Problem.NOT_APPROVED)
    if used_by is None:
        if approval.second is None:
            uses.check_limits(tx, approval, bounds, now)
        uses.use(tx, approval, case, request, now)
