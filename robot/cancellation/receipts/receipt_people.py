"""Who asked, who approved and who allowed it, as a receipt says.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from robot.cancellation.receipts.receipt_steps import receipt_time
from robot.cancellation.state import CaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPart:
    """Who approved it.

    ``by`` is the name of the account on the machine that it came from, which nobody proves.
    ``how`` is as in the event ``Approved``; ``of`` is ``shown`` where it is bound to the facts that
    were shown, else ``order``; ``po_shown`` tells whether the PO's were among them.
    ``list_sha256`` is the hash of the list or command that named it, ``orders`` how many that named
    (0: not told), ``limits`` in words the limits that it was given under.
    """

    by: str = ""
    how: str = ""
    of: str = ""
    at: str = ""
    until: str = ""
    list_sha256: str = ""
    orders: int = 0
    limits: tuple[str, ...] = ()
    second: bool = False
    po_shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionPart:
    """Who allowed the robot at a site, as it was written down."""

    site: str = ""
    account: str = ""
    granted_by: str = ""
    reference: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUpBy:
    """Somebody who took the request up again with another name or reason than it had."""

    requested_by: str = ""
    reason: str = ""
    at: str = ""


def taken_up_by(state: CaseState) -> tuple[TakenUpBy, ...]:
    """Return who took the request up again, with what they said."""
    return tuple(
        TakenUpBy(requested_by=event.requested_by, reason=event.reason, at=receipt_time(event.at))
        for event in state.taken_up
    )


def approvals_of(state: CaseState) -> tuple[ApprovalPart, ...]:
    """Return who approved the request, and how."""
    return tuple(
        ApprovalPart(
            by=event.by,
            how=event.how,
            of="order" if event.digest is None else "shown",
            at=receipt_time(event.at),
            until=receipt_time(event.until),
            list_sha256=event.list_sha256,
            orders=event.orders,
            limits=tuple(text for bound in event.limits for text in bound.limits.told),
            second=event.second,
            po_shown=event.po_digest is not None,
        )
        for event in state.approvals
    )


def permissions_of(state: CaseState) -> tuple[PermissionPart, ...]:
    """Return who allowed the robot at the sites of the request."""
    return tuple(
        PermissionPart(
            site=one.site,
            account=one.account,
            granted_by=one.granted_by,
            reference=one.reference,
            until=receipt_time(one.until),
        )
        for one in state.permissions
    )
