"""A second person's approval of what is over a limit."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Literal

from robot.cancellation.approvals import SECOND_TIME, is_same_person
from robot.cancellation.events import Approved
from robot.cancellation.receipts.summary import askers
from robot.cancellation.request import case_id
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState, replay_open
from robot.clock import utc_now
from robot.errors import NOTHING_CHANGED, BadInput
from robot.problems import Problem
from robot.queue.items import State, requeued
from robot.queue.table import QueueTable
from robot.storage.database import Database
from robot.storage.holders import new_holder
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger


def waiting_order(database: Database, vendor: str, number: str, by: str) -> Shown:
    """Return an order that waits for a second approval, as it was shown last.

    Raises BadInput where it waits for none, or ``by`` may not give it.
    """
    return _checked(_state(database, vendor, number), number, by)


def approve(
    database: Database,
    vendor: str,
    number: str,
    by: str,
    how: Literal["terminal", "console"] = "terminal",
) -> bool:
    """Write down that ``by`` approves an order, and give it another turn.

    Returns False where it is not in the queue: then its command must be run again. Raises BadInput
    where it waits for no second approval or ``by`` may not give it, and LeaseUnavailable while a
    process works on it.
    """
    ledger = Ledger(database)
    case = case_id(vendor, number)
    with LeaseKeeper(ledger.leases, new_holder()) as keeper:
        lease = keeper.acquire(case)
        shown = _checked(_state(database, vendor, number), number, by)
        now = utc_now()
        second = Approved(
            at=now,
            approval=secrets.token_hex(8),
            by=by,
            how=how,
            until=now + SECOND_TIME,
            digest=shown.digest,
            numbers=(number,),
            second=True,
        )
        ledger.append(case, second, leases=(lease,))
    table = QueueTable(database)
    waiting = [item for item in table.find(number) if item.state is State.NEEDS_PERSON]
    for item in waiting:
        then = requeued(item, utc_now(), replay_open(ledger.events(case)))
        table.change(item, replace(then, problem=None, failures=0))
    return bool(waiting)


def _state(database: Database, vendor: str, number: str) -> CaseState | None:
    return replay_open(Ledger(database).events(case_id(vendor, number)))


def _checked(state: CaseState | None, number: str, by: str) -> Shown:
    shown = None if state is None else state.shown
    waits = (
        state is not None
        and state.finished is not None
        and state.finished.problem == Problem.OVER_LIMIT
    )
    if state is None or shown is None or not waits:
        raise BadInput(
            f"{number} does not wait for a second approval.",
            touched=NOTHING_CHANGED,
            next_step=f"See where it stands: vendorfirst queue show {number}",
        )
    first = [one.by for one in state.approvals if not one.second]
    if any(is_same_person(by, one) for one in (*first, *askers(state))):
        raise BadInput(
            f"{by} asked for the cancellation of {number} or approved it first: the second approval"
            " must be somebody else's.",
            touched=NOTHING_CHANGED,
            next_step=f"Have somebody else run: vendorfirst queue approve {number}",
        )
    return shown
