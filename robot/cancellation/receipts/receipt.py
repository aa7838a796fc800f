"""What a request came to, as the JSON of the contract.

Pure; whoever has the events has the receipt. Every time in it is text, ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from robot.cancellation.events import (
    Event,
    PoIntended,
    PoSeen,
    Requested,
)
from robot.cancellation.history import CaseHistory, orders_in
from robot.cancellation.orders import OrderState, Outcome, PoStatus, Verdict
from robot.cancellation.po_checks import proven_by
from robot.cancellation.presses import PressState
from robot.cancellation.provenance import Tools
from robot.cancellation.receipts.receipt_evidence import (
    EvidenceRef,
    Witness,
    evidence_of,
    proof_of_order,
    proof_of_po,
    statements_of,
    tools_of,
    witnesses_of,
)
from robot.cancellation.receipts.receipt_people import (
    ApprovalPart,
    PermissionPart,
    TakenUpBy,
    approvals_of,
    permissions_of,
    taken_up_by,
)
from robot.cancellation.receipts.receipt_steps import Step, receipt_time, steps_of
from robot.cancellation.receipts.summary import ready_comment
from robot.cancellation.state import CaseState, replay
from robot.cancellation.words.problems import spec_of
from robot.json_text import json_values
from robot.problems import Problem, Scope

SCHEMA: Final = "vendorfirst.receipt/1"

_VENDOR_STATES = {
    OrderState.LIVE: "live",
    OrderState.PARTLY_SHIPPED: "live",
    OrderState.SHIPPED: "shipped",
    OrderState.PARTLY_CANCELLED: "partly_cancelled",
    OrderState.NOT_FOUND: "not_found",
}
#: The vendor said no, or no longer offers it.
_TURNED_DOWN = frozenset({Problem.VENDOR_REFUSED, Problem.BUNDLE, Problem.TOO_LATE})
#: States of an order that leave open what came of a press.
_OPEN_AFTER_PRESS = frozenset({OrderState.LIVE, OrderState.NOT_FOUND, OrderState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of the order.

    ``state`` is live, cancelled, shipped, or unknown for one that is no longer shown.
    """

    title: str = ""
    quantity: int | None = None
    state: str = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPart:
    """The order that was asked for.

    ``total`` is the text of an amount.
    """

    vendor: str = ""
    number: str | None = None
    po: str | None = None
    total: str | None = None
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPart:
    """What happened at the vendor.

    ``said`` is the text of the page after the press, ``read_back`` that of the order's own page,
    ``submits`` how often it was pressed, ``proof`` the SHA-256 of the piece of evidence that shows
    the order cancelled.
    """

    state: str = "unknown"
    said: str | None = None
    read_back: str | None = None
    submits: int = 0
    confirmed_at: str | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSourcePart:
    """What happened in RealSource.

    ``reason`` is the comment put on the PO; ``said``, ``read_back`` and ``proof`` are as for the
    vendor.
    """

    state: str = "unknown"
    said: str | None = None
    read_back: str | None = None
    reason: str | None = None
    submits: int = 0
    confirmed_at: str | None = None
    proof: str | None = None
    set_proven_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead:
    """The head of the ledger when the receipt was written.

    ``number`` is how many events the ledger had, and ``hash`` that of seal number ``seal``, which
    covers them. ``events`` is how many events of the request the receipt was made from,
    ``events_sha256`` the hash of their lines. ``seal`` is None in a receipt of an older program,
    whose ``hash`` is the last event's.
    """

    number: int
    hash: str
    at: str
    events: int
    events_sha256: str
    seal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """How a person settled the order by hand.

    ``as_`` is done or given_up; its key is ``as``.
    """

    as_: Literal["done", "given_up"]
    by: str
    because: str
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a request came to.

    The order of the fields is that of the JSON's keys. ``comment`` is what ``next_step`` asks a
    person to put on the PO. ``tools`` are what the pieces were made with, ``witnesses`` who said
    what of the order and when. ``requested_by`` and ``reason`` are those of who asked first.
    ``ledger`` is None in a receipt of an older program. ``resolved`` is None where no person
    settled the order.
    """

    schema: str = SCHEMA
    id: str
    outcome: Outcome
    summary: str = ""
    next_step: str | None = None
    comment: str | None = None
    problem: str | None = None
    order: OrderPart = OrderPart()
    vendor: VendorPart = VendorPart()
    realsource: RealSourcePart = RealSourcePart()
    steps: tuple[Step, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    evidence: tuple[EvidenceRef, ...] = ()
    tools: tuple[Tools, ...] = ()
    requested_by: str = ""
    reason: str = ""
    stand_in: bool = False
    started_at: str = ""
    finished_at: str = ""
    taken_up_by: tuple[TakenUpBy, ...] = ()
    approvals: tuple[ApprovalPart, ...] = ()
    permissions: tuple[PermissionPart, ...] = ()
    ledger: LedgerHead | None = None
    resolved: Resolution | None = None

    @property
    def headline(self) -> str:
        """Return the summary without what the next step says again."""
        if not self.next_step:
            return self.summary
        return self.summary.replace(f": {self.next_step}", ".")

    @property
    def next_step_apart(self) -> str | None:
        """Return the next step where the comment that it quotes is shown below it."""
        if not self.next_step or not self.comment:
            return self.next_step
        return self.next_step.replace(f"“{self.comment}”", "the comment below.")


#: Keys that the JSON lacks where there is nothing to say.
_LATER_KEYS: Final = ("taken_up_by", "approvals", "permissions", "resolved")


def to_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as the JSON object of the contract."""
    told: dict[str, Any] = json_values(receipt)
    for key in _LATER_KEYS:
        if not told[key]:
            del told[key]
    if receipt.resolved:
        word = told["resolved"]
        told["resolved"] = {"as": word.pop("as_"), **word}
    return told


def from_json(told: object) -> Receipt:
    """Read a receipt from its JSON object.

    An older program's receipt may lack keys; its fields have their defaults. Keys that this version
    does not know are left out.
    """
    if isinstance(told, dict) and isinstance(word := told.get("resolved"), dict):
        told = {**told, "resolved": {**word, "as_": word.get("as")}}
    return msgspec.convert(told, Receipt, strict=False)


def build_receipt(events: tuple[Event, ...], title: str = "the vendor") -> Receipt:
    """Build the receipt of the last request in ``events``.

    Raises ValueError while the request is not finished.
    """
    history = CaseHistory(events)
    state = replay(events)
    if state.finished is None:
        msg = "the request has not come to an end"
        raise ValueError(msg)
    request = history.request
    statements = statements_of(history.current, request.number, state.po_number)
    end = state.finished
    return Receipt(
        id=request.request_id,
        outcome=end.outcome,
        summary=end.summary,
        next_step=end.next_step,
        comment=ready_comment(state, title),
        problem=end.problem,
        order=_order(state),
        vendor=_vendor(state, history.current, proof_of_order(statements)),
        realsource=_realsource(state, history.current, proof_of_po(statements)),
        steps=tuple(steps_of(history.current, title)),
        witnesses=witnesses_of(statements),
        evidence=evidence_of(history.current),
        tools=tools_of(history.current),
        requested_by=request.requested_by,
        reason=request.reason,
        stand_in=request.stand_in,
        started_at=receipt_time(request.at),
        finished_at=receipt_time(end.at),
        taken_up_by=taken_up_by(state),
        approvals=approvals_of(state),
        permissions=permissions_of(state),
    )


def is_current(receipt: Receipt, problem: str | None, events: tuple[Event, ...]) -> bool:
    """Return whether a receipt tells of its order's last end.

    ``problem`` is what that end named; ``events`` are the case's. An interruption that nobody
    foresaw leaves an older receipt of its request, from before what it did.
    """
    if receipt.resolved is not None:
        return True
    if receipt.problem != problem:
        return False
    state = replay(events) if any(isinstance(event, Requested) for event in events) else None
    if state is None or state.request.request_id != receipt.id:
        return True
    return state.finished is not None and receipt_time(state.finished.at) == receipt.finished_at


def both_systems(events: tuple[Event, ...]) -> tuple[VendorPart, RealSourcePart]:
    """Return what a receipt says of both systems, also while there is no end."""
    state = replay(events)
    since = CaseHistory(events).current
    statements = statements_of(since, state.request.number, state.po_number)
    vendor = _vendor(state, since, proof_of_order(statements))
    return vendor, _realsource(state, since, proof_of_po(statements))


def _order(state: CaseState) -> OrderPart:
    lines = tuple(
        OrderLine(title=line.title, quantity=line.quantity, state=line.state)
        for line in state.lines
    )
    return OrderPart(
        vendor=state.request.vendor,
        number=state.request.number,
        po=state.po_number,
        total=None if state.total is None else str(state.total),
        lines=lines,
    )


def _vendor(state: CaseState, events: tuple[Event, ...], proof: str | None) -> VendorPart:
    proven = state.known is not None and (state.vendor.presses > 0 or state.known_cancelled)
    return VendorPart(
        state=_vendor_state(state),
        said=state.vendor.answer.text if state.vendor.answer else None,
        read_back=state.known.text if state.known and proven else None,
        submits=_submits(state, state.vendor),
        confirmed_at=_first_of_the_last(_reads(state, events)),
        proof=proof,
    )


def _vendor_state(state: CaseState) -> str:
    problem = state.finished.problem if state.finished else None
    if state.known_cancelled:
        return "cancelled" if state.vendor.presses else "already_cancelled"
    if problem in _TURNED_DOWN:
        return "refused"
    if problem == Problem.PARTLY_CANCELLED:
        return "partly_cancelled"
    if state.known is None and state.vendor.presses:
        return "pending"
    if state.known is None:
        return "not_found" if problem == Problem.NOT_FOUND else "unknown"
    left_open = state.known.state in _OPEN_AFTER_PRESS and problem != Problem.VENDOR_ERROR
    if state.known.pending or (state.vendor.presses and left_open):
        return "pending"
    return _VENDOR_STATES.get(state.known.state, "unknown")


def _submits(state: CaseState, press: PressState) -> int:
    """Count the presses that were submitted.

    One whose question was answered with No was not.
    """
    asked = state.finished is not None and state.finished.problem == Problem.UNEXPECTED_QUESTION
    return press.presses - int(asked and press.verdict is Verdict.WITHHELD)


def _realsource(state: CaseState, events: tuple[Event, ...], proof: str | None) -> RealSourcePart:
    comments = [e.comment for e in events if isinstance(e, PoIntended)]
    reads = (
        (e.at, e.facts.status is PoStatus.CANCELLED and e.facts.number == state.po_number)
        for e in events
        if isinstance(e, PoSeen)
    )
    return RealSourcePart(
        state=_po_state(state),
        said=state.po.answer.text if state.po.answer else None,
        read_back=state.known_po.text if state.known_po else None,
        reason=comments[-1] if comments else None,
        submits=_submits(state, state.po),
        confirmed_at=_first_of_the_last(reads),
        proof=proof,
        set_proven_by=proven_by(state, state.known_po) if state.po_orders else None,
    )


def _po_state(state: CaseState) -> str:
    problem = state.finished.problem if state.finished else None
    facts = state.known_po
    if facts is not None and facts.status is PoStatus.CANCELLED and facts.number == state.po_number:
        return "cancelled" if state.po.presses else "already_cancelled"
    if facts is not None and facts.status is PoStatus.NOT_FOUND:
        return "not_found"
    if state.po.presses:
        return "unknown"
    if facts is not None and (
        spec_of(problem).scope is Scope.PO or problem == Problem.UNKNOWN_PAGE
    ):
        return "blocked"
    return "untouched"


def _reads(state: CaseState, events: tuple[Event, ...]) -> Iterator[tuple[datetime, bool]]:
    """Yield when the request's own order was read, and whether it was cancelled then."""
    for event in events:
        for order in orders_in(event):
            if order.number == state.request.number:
                yield event.at, order.state is OrderState.CANCELLED


def _first_of_the_last(reads: Iterable[tuple[datetime, bool]]) -> str | None:
    """Return when it was first read as cancelled and never otherwise since, or None."""
    first = None
    for at, cancelled in reads:
        first = (first or at) if cancelled else None
    return receipt_time(first) if first else None
