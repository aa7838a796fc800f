"""Keep which approvals were used for a press, and count the limits by them.

Everything here happens inside the transaction that commits an intent: two machines can't both take
the last one that a limit allows.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from robot.cancellation.approvals import Approval
from robot.cancellation.limits import Bound, Used
from robot.errors import NeedsPerson
from robot.problems import Problem
from robot.storage.schema import uses

_HOUR: Final = 3600.0
_DAY: Final = 24 * _HOUR


def user_of(tx: sa.Connection, approval: str) -> tuple[str, str] | None:
    """Return the case and the request that used an approval, or None."""
    row = tx.execute(sa.select(uses).where(uses.c.approval == approval)).one_or_none()
    return None if row is None else (row.case, row.request)


def use(tx: sa.Connection, approval: Approval, case: str, request: str, now: float) -> None:
    """Write down that a request uses an approval ``now`` (UNIX seconds)."""
    tx.execute(
        uses.insert().values(
            approval=approval.id,
            case=case,
            request=request,
            vendor=approval.vendor,
            at=now,
            cents=int((approval.amount or Decimal(0)) * 100),
        )
    )


def used(tx: sa.Connection, vendor: str | None, now: float, listed: str = "") -> Used:
    """Return what was cancelled at a vendor, or with None at all, until ``now``.

    ``listed`` is the id of the list or command whose orders are counted apart.
    """
    orders_hour, dollars_hour = _since(tx, vendor, now - _HOUR)
    orders_day, dollars_day = _since(tx, vendor, now - _DAY)
    of_list = _of_list(tx, vendor, listed) if listed else 0
    return Used(orders_hour, orders_day, dollars_hour, dollars_day, of_list)


def check_limits(
    tx: sa.Connection, approval: Approval, bounds: tuple[Bound, ...], now: float
) -> None:
    """Raise NeedsPerson where a press would go over a limit.

    The limits of today count, and those that the approval was given under.
    """
    listed, _, of_list = approval.id.partition("/")
    for bound in (*bounds, *approval.limits):
        found = used(tx, bound.vendor, now, listed if of_list else "")
        text = bound.limits.objection(found, approval.amount, approval.orders)
        if text is not None:
            msg = f"The cancellation of order {approval.number} is over a limit. {text}"
            raise NeedsPerson(msg, problem=Problem.OVER_LIMIT, touched="Nothing was pressed.")


def _of_list(tx: sa.Connection, vendor: str | None, listed: str) -> int:
    query = sa.select(sa.func.count()).where(
        uses.c.approval.startswith(f"{listed}/", autoescape=True)
    )
    if vendor is not None:
        query = query.where(uses.c.vendor == vendor)
    return int(tx.execute(query).scalar_one())


def _since(tx: sa.Connection, vendor: str | None, at: float) -> tuple[int, Decimal]:
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(uses.c.cents), 0))
    query = query.where(uses.c.at > at)
    if vendor is not None:
        query = query.where(uses.c.vendor == vendor)
    count, cents = tx.execute(query).one()
    return int(count), Decimal(int(cents)) / 100
