"""Tell why a PO must be left alone, for its other orders or for itself.

Pure; a part of the rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from robot.cancellation.actions import Finish
from robot.cancellation.events import OrdersOfPoSeen
from robot.cancellation.orders import (
    ListedOrder,
    Listing,
    OrderFacts,
    OrderState,
    Outcome,
    PoFacts,
    PoStatus,
)
from robot.cancellation.state import CaseState
from robot.cancellation.words.problems import spec_of
from robot.problems import Problem

#: A problem that blocks a PO, and the detail that its sentence uses.
_Block: TypeAlias = tuple[Problem, str]
#: These prove that an order is not cancelled, or not all of it.
_GOES_ON = frozenset(
    {
        OrderState.LIVE,
        OrderState.SHIPPED,
        OrderState.PARTLY_SHIPPED,
        OrderState.PARTLY_CANCELLED,
    }
)


def unfinished_orders(state: CaseState) -> Finish | None:
    """Return why the PO must be left alone for its orders.

    None where they are all cancelled, or would be by all that a look is asked for. One of them may
    not be cancelled, or they could not all be found.
    """
    orders = state.po_orders.orders if state.po_orders else ()
    if state.request.number not in {order.number for order in orders}:
        return Finish(
            Outcome.NEEDS_PERSON,
            Problem.PO_MISMATCH,
            f"PO {state.po_number} does not list order {state.request.number}",
        )
    others = [
        order
        for order in orders
        if order.number != state.request.number and order.state is not OrderState.CANCELLED
        if order not in to_cancel_too(state)
    ]
    if not others:
        return None
    text = ", ".join(f"{order.number} ({_in_words(order)})" for order in others)
    if all(order.pending for order in others):
        return Finish(Outcome.PENDING, Problem.NOT_CONFIRMED, text)
    return Finish(Outcome.NEEDS_PERSON, Problem.SPLIT_PO, text)


def to_cancel_too(state: CaseState) -> tuple[OrderFacts, ...]:
    """Return the PO's other orders that a look is of and that can be cancelled."""
    orders = state.po_orders.orders if state.po_orders else ()
    if not state.request.dry_run:
        return ()
    beside = state.request.beside
    return tuple(one for one in orders if one.number in beside and one.cancellable)


def others_can_be_cancelled(state: CaseState) -> bool:
    """Tell whether each of the PO's other orders can be cancelled, or is."""
    orders = state.po_orders.orders if state.po_orders else ()
    others = [one for one in orders if one.number != state.request.number]
    return all(one.cancellable or one.state is OrderState.CANCELLED for one in others)


def foreseen_end(state: CaseState) -> Finish:
    """Return the end of a look at an order and PO that can be cancelled."""
    others = ", ".join(one.number for one in to_cancel_too(state))
    return Finish(Outcome.DRY_RUN, text=others)


def _in_words(order: OrderFacts) -> str:
    return "pending" if order.pending else order.state.replace("_", " ")


def disagreement(listed: OrdersOfPoSeen) -> str:
    """Return where the vendor's list or report contradicts the orders' own pages.

    They do where one of them proves that an order is cancelled and the other that it is not. No
    source outweighs the other. "" where there is none.
    """
    pages = {order.number: order.state for order in listed.orders}
    told = [
        f"the {source} shows order {one.number} as {_words(one.state)}, its own page as"
        f" {_words(pages[one.number])}"
        for source, said in (("list", listed.cards), ("report", listed.reported))
        for one in said
        if one.number in pages and _contradict(one.state, pages[one.number])
    ]
    return "; ".join(told)


def not_taken_back(before: OrdersOfPoSeen, after: OrdersOfPoSeen) -> str:
    """Return what a source contradicted before, and has not taken back after.

    What it does not show any more, or in words that prove nothing, is not taken back. "" where it
    all is.
    """
    cards = _not_cancelled_after(before.cards, after.cards)
    reported = _not_cancelled_after(before.reported, after.reported)
    return disagreement(replace(before, cards=cards, reported=reported))


def _not_cancelled_after(
    before: tuple[ListedOrder, ...], after: tuple[ListedOrder, ...]
) -> tuple[ListedOrder, ...]:
    shown = {one.number for one in after if one.state is OrderState.CANCELLED}
    return tuple(one for one in before if one.number not in shown)


def _contradict(one: OrderState, other: OrderState) -> bool:
    return OrderState.CANCELLED in {one, other} and not _GOES_ON.isdisjoint({one, other})


def _words(state: OrderState) -> str:
    return state.replace("_", " ")


def blocking_reason(state: CaseState, po: PoFacts) -> Finish | None:
    """Return why the robot must not cancel this PO.

    None when nothing speaks against it. What a person must settle first leads and names the
    problem; all the rest is told too.
    """
    blocks = _blocks(state, po)
    if not blocks:
        return None
    problem, text = blocks[0]
    others = tuple(_clause(*block) for block in blocks[1:])
    unseen = ("the page of the PO itself was not seen",) if _is_other(state, po) else ()
    return Finish(Outcome.NEEDS_PERSON, problem, text, also=(*others, *unseen))


def is_blocked_for_good(state: CaseState, po: PoFacts) -> bool:
    """Tell whether something lasting keeps the PO from being cancelled."""
    return any(spec_of(problem).lasting for problem, _ in _blocks(state, po))


def _blocks(state: CaseState, po: PoFacts) -> list[_Block]:
    """Return all that speaks against the PO's cancellation, the weightiest first.

    Of a PO that was not found, or not alone, nothing else is known.
    """
    if po.status is PoStatus.NOT_FOUND:
        return [(Problem.PO_NOT_FOUND, po.text)]
    if po.status is PoStatus.SEVERAL:
        return [(Problem.PO_AMBIGUOUS, po.text)]
    if _is_other(state, po):
        return [(Problem.PO_MISMATCH, _other_number(po))]
    return [
        *_supplier_blocks(po),
        *_status_blocks(po),
        *_count_blocks(po),
        *_set_blocks(state, po),
        *_action_blocks(po),
    ]


def _is_other(state: CaseState, po: PoFacts) -> bool:
    was_searched = po.status not in {PoStatus.NOT_FOUND, PoStatus.SEVERAL}
    return was_searched and po.number != state.po_number


def _other_number(po: PoFacts) -> str:
    if po.number:
        return f"the page was of PO {po.number}"
    return f"the page does not tell one number of the PO; {_not_read(po)}"


def _supplier_blocks(po: PoFacts) -> Iterator[_Block]:
    if not po.supplier_matches:
        says = f"is {po.supplier}" if po.supplier else "is not told"
        yield Problem.PO_MISMATCH, f"the PO's supplier {says}"


def _status_blocks(po: PoFacts) -> Iterator[_Block]:
    match po.status:
        case PoStatus.OPEN:
            return
        case PoStatus.CLOSED:
            yield Problem.PO_CLOSED, po.status_text
        case PoStatus.IN_APPROVAL:
            yield Problem.PO_IN_APPROVAL, po.status_text
        case _:
            text = (
                f"PO {po.number} has no status that the robot knows; {_not_read(po)}."
                f" RealSource says: {po.status_text or po.text or 'nothing'}"
            )
            yield Problem.UNKNOWN_PAGE, text


def _count_blocks(po: PoFacts) -> Iterator[_Block]:
    """Yield what the PO has and must not have.

    Only an open PO is counted to the end: of another one, what is untold was not looked for.
    """
    counts = (
        (Problem.PO_INVOICED, "invoices", po.invoices),
        (Problem.PO_RECEIVED, "receipts", po.receipts),
        (Problem.PO_CHANGE_REQUEST, "change requests", po.change_requests),
    )
    for problem, _, count in counts:
        if count:
            yield problem, f"{count} on the PO"
    untold = [name for _, name, count in counts if count is None]
    if untold and po.status is PoStatus.OPEN:
        yield Problem.PO_COUNTS_UNTOLD, ", ".join(untold)


def _set_blocks(state: CaseState, po: PoFacts) -> Iterator[_Block]:
    if po.total is None and po.total_text:
        yield Problem.PO_MISMATCH, f"the PO's total can't be read ({po.total_text})"
    sums = _totals_differ(state, po)
    if sums is not None:
        yield Problem.PO_MISMATCH, sums
    unproven = _unproven(state, po)
    if unproven:
        yield Problem.PO_SET_UNPROVEN, unproven


def _action_blocks(po: PoFacts) -> Iterator[_Block]:
    """Yield that there is no cancel action.

    The menu of a PO that is not open is not opened.
    """
    if po.status is PoStatus.OPEN and po.cancel_label is None:
        offered = f"it offers: {', '.join(po.actions)}" if po.actions else "no action menu opened"
        yield Problem.PO_NO_CANCEL_ACTION, offered


def _not_read(po: PoFacts) -> str:
    return f"not read: {', '.join(po.unread) or 'its status'}"


def _clause(problem: Problem, text: str) -> str:
    """Return a block as a part of a sentence on the PO."""
    return (spec_of(problem).foreseen or "{text}").replace("{text}", text)


def proven_by(state: CaseState, po: PoFacts | None) -> str | None:
    """Return what proves that every order of the PO was read.

    None where nothing does. ``all_users`` and ``account``: the vendor's list, see ``Listing``;
    ``totals_and_lines``: those of the PO were read, and are the sum of its orders'.
    """
    if state.listing is not Listing.UNPROVEN:
        return state.listing.value
    if po is None or po.number != state.po_number or _unproven(state, po):
        return None
    return "totals_and_lines" if _totals_differ(state, po) is None else None


def _unproven(state: CaseState, po: PoFacts) -> str:
    """Return what is missing to prove that every order of the PO was read.

    Empty where proven.
    """
    if state.listing is not Listing.UNPROVEN:
        return ""
    orders = _orders_as_shown(state)
    lines = [len(order.lines) for order in orders]
    reasons = (
        (po.total is None, "the PO's page tells no total"),
        (po.line_count is None, "the PO's page lists no lines"),
        *((order.total is None, f"order {order.number} shows no total") for order in orders),
        *((not order.lines, f"order {order.number} shows no lines") for order in orders),
        (
            po.line_count != sum(lines),
            f"the PO has {po.line_count} lines, the orders that were found {sum(lines)}",
        ),
    )
    return next((text for missing, text in reasons if missing), "")


def _orders_as_shown(state: CaseState) -> list[OrderFacts]:
    """Return the orders of the PO, the request's own with what it showed first."""
    orders = state.po_orders.orders if state.po_orders else ()
    return [
        (
            replace(
                order,
                lines=state.lines or order.lines,
                total=order.total if state.total is None else state.total,
            )
            if order.number == state.request.number
            else order
        )
        for order in orders
    ]


def _totals_differ(state: CaseState, po: PoFacts) -> str | None:
    """Return how the orders fail to add up to the PO.

    Some may never have shown a total.
    """
    totals = [order.total for order in _orders_as_shown(state)]
    known = [total for total in totals if total is not None]
    if po.total is None or not known or sum(known) == po.total:
        return None
    if len(known) < len(totals) and sum(known) < po.total:
        return None
    return f"the PO's total is {po.total}, its orders add up to {sum(known)}"
