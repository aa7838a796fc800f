"""Write down that whoever puts orders into the queue approves them.

A list's approval is one event in a case of its own, in the transaction that takes the orders in;
each order's own approval is made from it when its request is opened.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from robot.cancellation.approvals import APPROVAL_TIME, LIST_TIME
from robot.cancellation.events import Approved
from robot.cancellation.guard import list_case
from robot.cancellation.limits import Bound
from robot.cancellation.request import CancelRequest
from robot.cancellation.shown import Shown
from robot.clock import utc
from robot.queue.items import NewItem
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.schema import queue


def new_approval() -> str:
    """Return the id of a new list's approval."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class ListSource:
    """Who put a list into the queue, and the SHA-256 of what it was.

    ``approval`` is the id of its approval, ``limits`` are those that held then.
    """

    by: str
    sha256: str
    approval: str = field(default_factory=new_approval)
    limits: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownApproval:
    """Somebody's approval of one order as it was shown, and how they gave it.

    ``shown`` is None where nothing was known of the order yet: then it is under the ``limits``
    that held.
    """

    by: str
    how: Literal["terminal", "console"]
    shown: Shown | None
    limits: tuple[Bound, ...] = ()


def source_of(wanted: Sequence[NewItem]) -> ListSource:
    """Return the source of what came without a list.

    It is who asked for the first of them.
    """
    names = [_name(one.request) for one in wanted]
    told = json.dumps(names, separators=(",", ":"))
    by = wanted[0].request.requested_by if wanted else ""
    return ListSource(by, hashlib.sha256(told.encode()).hexdigest())


def approve_list(
    ledger: Ledger,
    tx: sa.Connection,
    wanted: Sequence[NewItem],
    source: ListSource,
    now: float,
    given: ShownApproval | None = None,
) -> None:
    """Write down the approval of a list of orders, ``now`` (UNIX seconds).

    Where one was shown to whoever has ``given`` it, it is of that order alone, and bound to that.
    """
    at = utc(now)
    shown = None if given is None else given.shown
    until = max((approved_until(one.deadline, at) for one in wanted), default=at)
    event = Approved(
        at=at,
        approval=source.approval,
        by=source.by,
        how="list" if given is None or shown is None else given.how,
        until=until if shown is None else at + APPROVAL_TIME,
        digest=None if shown is None else shown.digest,
        po_digest=None if shown is None else shown.po_digest,
        po_facts=None if shown is None else shown.po_facts,
        numbers=tuple(_name(one.request) for one in wanted),
        orders=len(wanted),
        list_sha256=source.sha256,
        limits=_limits(source, given),
    )
    ledger.insert(tx, list_case(source.approval), "", event)


def _limits(source: ListSource, given: ShownApproval | None) -> tuple[Bound, ...]:
    """Return the limits of a standing approval."""
    if given is None:
        return source.limits
    return given.limits if given.shown is None else ()


def count_orders(database: Database, approval: str) -> int:
    """Return how many orders came with a list, those of its POs among them."""
    mine = (queue.c.approval == approval) & queue.c.number.is_not(None)
    with database.reading() as tx:
        return int(tx.execute(sa.select(sa.func.count()).where(mine)).scalar_one())


def approved_until(deadline: datetime | None, at: datetime) -> datetime:
    """Return until when an order that was put in ``at`` a time may be pressed.

    It is its deadline; one that has passed leaves the time of any approval.
    """
    return at + LIST_TIME if deadline is None else max(deadline, at + APPROVAL_TIME)


def _name(request: CancelRequest) -> str:
    return request.number or request.po or ""
