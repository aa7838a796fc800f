"""A person's approval of a press, and what it covers.

Pure. An approval is for one order, in one request, once: it covers the press of the vendor's
cancel, and after that the press of its PO's. So that what "once" means is plain:

- the first press at the vendor uses it up, and nothing of another request may use it again;
- a second press at the vendor, which the rule allows only after a fresh load and a settle time, is
  covered by the same approval where that load shows just the facts that the first one rested on,
  and the approval has not run out; else it needs another approval;
- the PO is pressed under the approval that the vendor's press used, however late the vendor
  confirms, as whoever approved the one asked for both; where the order was cancelled already and
  nothing was pressed for it here, the PO's press uses up an approval itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from robot.cancellation.events import Approved
from robot.cancellation.limits import Bound
from robot.cancellation.orders import PoFacts
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState

#: How long an approval is good for, unless it is a list's.
APPROVAL_TIME = timedelta(minutes=15)
#: How long a list is good for that names no deadline.
LIST_TIME = timedelta(days=7)
#: How long a second person's approval is good for: the first one may have run out meanwhile, and is
#: asked for again.
SECOND_TIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Approval:
    """Proof that a person approved the press of one order or PO, as it is shown now.

    ``digest`` is that of what is pressed on, ``amount`` its total, ``orders`` how many orders the
    list named that it came with, ``limits`` those that it was given under. ``second`` is the id of
    another person's approval, of what is over a limit.
    """

    id: str
    vendor: str
    number: str
    digest: str
    amount: Decimal | None
    orders: int
    second: str | None
    limits: tuple[Bound, ...] = ()

    @classmethod
    def of_order(cls, state: CaseState) -> Approval | None:
        """Return the approval that covers a press of the vendor's cancel now.

        None where there is none.
        """
        shown = state.shown
        given = _last(state)
        if shown is None or given is None or not _is_good(given, shown, state.order_at):
            return None
        repeats = given.approval == state.vendor.approval
        if given.approval == state.po.approval or (repeats and shown.digest != state.vendor.digest):
            return None
        return cls._given(given, shown, shown.digest, shown.order.total, state)

    @classmethod
    def of_po(cls, state: CaseState, facts: PoFacts) -> Approval | None:
        """Return the approval that covers a press of the cancel of a PO.

        ``facts`` are the PO's. None where there is none.
        """
        shown = state.shown
        if shown is None:
            return None
        digest = shown.po_digest or ""
        amount = state.total if facts.total is None else facts.total
        for given in (_used_at_vendor(state), _last(state)):
            if given is not None and _covers_po(given, state, shown):
                return cls._given(given, shown, digest, amount, state)
        return None

    @classmethod
    def _given(
        cls, given: Approved, shown: Shown, digest: str, amount: Decimal | None, state: CaseState
    ) -> Approval:
        second = _second(state, shown, given)
        return cls(
            given.approval,
            shown.vendor,
            shown.order.number,
            digest,
            amount,
            given.orders,
            second.approval if second else None,
            given.limits,
        )


def is_same_person(one: str, other: str) -> bool:
    """Tell whether two names are of one person, however they are typed."""
    return one.strip().casefold() == other.strip().casefold()


def changes(state: CaseState) -> tuple[str, ...]:
    """Return what is shown otherwise than when it was approved or pressed, in words."""
    shown = state.shown
    if shown is None or state.agreed is None:
        return ()
    return state.agreed.differences(shown)


def _last(state: CaseState) -> Approved | None:
    return next((one for one in reversed(state.approvals) if not one.second), None)


def _used_at_vendor(state: CaseState) -> Approved | None:
    used = state.vendor.approval
    return next((one for one in state.approvals if used and one.approval == used), None)


def _is_good(given: Approved, shown: Shown, looked_at: datetime | None) -> bool:
    """Tell whether an approval had not run out at a look, and is of what that showed."""
    in_time = looked_at is not None and looked_at < given.until
    is_of_order = shown.order.number in given.numbers
    return in_time and is_of_order and given.digest in (None, shown.digest)


def _covers_po(given: Approved, state: CaseState, shown: Shown) -> bool:
    repeats = given.approval == state.po.approval
    if given.po_digest not in (None, shown.po_digest):
        return False
    if repeats and shown.po_digest != state.po.digest:
        return False
    return given.approval == state.vendor.approval or _is_good(given, shown, state.po_at)


def _second(state: CaseState, shown: Shown, first: Approved) -> Approved | None:
    """Return another person's approval of what is shown, where it had not run out."""
    return next(
        (
            one
            for one in reversed(state.approvals)
            if one.second and one.digest == shown.digest
            if not is_same_person(one.by, first.by)
            if state.looked_at < one.until
        ),
        None,
    )
