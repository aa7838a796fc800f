"""Approvals that a person gives beforehand, and another program presses under.

Whoever approves an order gets a token; the ledger keeps its hash alone. Who shows the token may
have the order cancelled once, as it was shown to whoever approved it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from robot.cancellation.approvals import APPROVAL_TIME, LIST_TIME
from robot.cancellation.events import Approved
from robot.cancellation.guard import list_case
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.shown import Shown
from robot.cancellation.state import replay
from robot.clock import local_text
from robot.errors import NOTHING_CHANGED, BadInput
from robot.runner.checks import last_checked
from robot.storage.ledger import Ledger
from robot.storage.uses import user_of


def checked_order(ledger: Ledger, vendor: str, number: str, now: datetime) -> Shown:
    """Return an order as the last check showed it.

    Raises BadInput where no check of the last day showed that it can be cancelled, or something was
    pressed or seen of it since.
    """
    look = f"Look at it first: vendorfirst check {number}"
    state = last_checked(ledger, vendor, number, now)
    shown = None if state is None else state.shown
    if state is None or shown is None:
        msg = f"There was no check of {number} in the last day."
        raise BadInput(msg, touched=NOTHING_CHANGED, next_step=look)
    if not shown.order.cancellable:
        what = f"The last check of {number} showed nothing that can be cancelled there"
        says = shown.order.state.replace("_", " ")
        raise BadInput(f"{what}: it is {says}.", touched=NOTHING_CHANGED)
    events = ledger.events(case_id(vendor, number))
    if events and events[-1].at > state.request.at:
        since = replay(events)
        is_cancelled = since.known_cancelled
        told = "is cancelled there already" if is_cancelled else "was worked on"
        raise BadInput(
            f"{number} {told}, since the last check of it.",
            touched=NOTHING_CHANGED,
            next_step=None if is_cancelled else look,
        )
    return shown


def approve(ledger: Ledger, shown: Shown, by: str, now: datetime, until: datetime | None) -> str:
    """Write down that somebody approves an order as shown, and return its token.

    ``until`` is the last moment, by default that of any approval. Raises BadInput where that has
    passed or is further off than a list's.
    """
    last = until or now + APPROVAL_TIME
    if not now < last <= now + LIST_TIME:
        raise BadInput(
            f"An approval can't hold until {local_text(last)}.",
            touched=NOTHING_CHANGED,
            next_step=f"Say a time within {LIST_TIME.days} days.",
        )
    token = secrets.token_urlsafe(24)
    approval = _id(token)
    event = Approved(
        at=now,
        approval=approval,
        by=by,
        how="token",
        until=last,
        digest=shown.digest,
        po_digest=shown.po_digest,
        po_facts=shown.po_facts,
        numbers=(shown.order.number,),
    )
    ledger.append(list_case(approval), event)
    return token


def approval_of_token(
    ledger: Ledger, token: str | None, request: CancelRequest, now: datetime
) -> Approved:
    """Return the approval that a token stands for, for what is asked.

    Raises BadInput where it is none, ran out, was used, or is of another order.
    """
    if token is None:
        raise BadInput(
            "VENDORFIRST_APPROVAL_TOKEN is not set.",
            touched=NOTHING_CHANGED,
            next_step=(
                f"Have somebody approve it, and set it to what that prints: vendorfirst queue token"
                f" {_name(request)}"
            ),
        )
    events = ledger.events(list_case(_id(token)))
    given = next((one for one in events if isinstance(one, Approved)), None)
    if given is None or request.number not in given.numbers:
        raise _refused(f"The token approves no cancellation of {_name(request)}.", request)
    if given.until <= now:
        raise _refused(f"The approval that {given.by} gave has run out.", request)
    with ledger.database.reading() as tx:
        used = user_of(tx, f"{given.approval}/{request.number}") is not None
    if used:
        raise _refused(f"The approval that {given.by} gave was used already.", request)
    return given


def _refused(text: str, request: CancelRequest) -> BadInput:
    step = f"Have somebody approve it anew: vendorfirst queue token {_name(request)}"
    return BadInput(text, touched=NOTHING_CHANGED, next_step=step)


def _name(request: CancelRequest) -> str:
    return request.number or f"PO {request.po}"


def _id(token: str) -> str:
    """Return the id of a token's approval, which tells nobody the token."""
    return hashlib.sha256(token.encode()).hexdigest()
