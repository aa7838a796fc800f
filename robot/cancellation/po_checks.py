"""Tell why a PO must be left alone, for its other orders or for itself.

Pure; a part of the rule.
"""

from __future__ import annotations

from dataclasses import replace

from robot.cancellation.actions import Finish
from robot.cancellation.orders import Listing, OrderFacts, OrderState, Outcome, PoFacts, PoStatus
from robot.cancellation.state import CaseState
from robot.problems import Problem


def unfinished_orders(state: CaseState) -> Finish | None:
    """Return why the PO must be left alone for its orders; None where they are all cancelled.

    One of them may not be cancelled, or they could not all be found.
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
    ]
    if not others:
        return None
    text = ", ".join(f"{order.number} ({_in_words(order)})" for order in others)
    if all(order.pending for order in others):
        return Finish(Outcome.PENDING, Problem.NOT_CONFIRMED, text)
    return Finish(Outcome.NEEDS_PERSON, Problem.SPLIT_PO, text)


def _in_words(order: OrderFacts) -> str:
    return "pending" if order.pending else order.state.replace("_", " ")


def blocking_reason(state: CaseState, po: PoFacts) -> Finish | None:
    """Return why the robot must not cancel this PO; None when nothing speaks against it."""
    sums = _totals_differ(state, po)
    unproven = _unproven(state, po)
    reasons = (
        (po.status is PoStatus.NOT_FOUND, Problem.PO_NOT_FOUND, po.text),
        (po.status is PoStatus.SEVERAL, Problem.PO_AMBIGUOUS, po.text),
        (po.number != state.po_number, Problem.PO_MISMATCH, f"the page was of PO {po.number}"),
        (not po.supplier_matches, Problem.PO_MISMATCH, f"the PO's supplier is {po.supplier}"),
        (po.status is PoStatus.CLOSED, Problem.PO_CLOSED, po.status_text),
        (bool(po.invoices), Problem.PO_INVOICED, f"{po.invoices} on the PO"),
        (bool(po.receipts), Problem.PO_RECEIVED, f"{po.receipts} on the PO"),
        (bool(po.change_requests), Problem.PO_CHANGE_REQUEST, f"{po.change_requests} on the PO"),
        (bool(_missing_counts(po)), Problem.PO_COUNTS_UNTOLD, _missing_counts(po)),
        (po.status is PoStatus.IN_APPROVAL, Problem.PO_IN_APPROVAL, po.status_text),
        (
            po.status is not PoStatus.OPEN,
            Problem.UNKNOWN_PAGE,
            f"PO {po.number} has an unknown status: {po.status_text}",
        ),
        (sums is not None, Problem.PO_MISMATCH, sums or ""),
        (bool(unproven), Problem.PO_SET_UNPROVEN, unproven),
        (po.cancel_label is None, Problem.PO_NO_CANCEL_ACTION, ", ".join(po.actions)),
    )
    return next(
        (Finish(Outcome.NEEDS_PERSON, problem, text) for so, problem, text in reasons if so), None
    )


def _missing_counts(po: PoFacts) -> str:
    """Return which counts a live PO's page does not tell; an untold one is not none."""
    counts = {
        "invoices": po.invoices,
        "receipts": po.receipts,
        "change requests": po.change_requests,
    }
    return ", ".join(name for name, count in counts.items() if count is None)


def proven_by(state: CaseState, po: PoFacts | None) -> str | None:
    """Return what proves that every order of the PO was read; None where nothing does.

    ``all_users`` and ``account``: the vendor's list, see ``Listing``; ``totals_and_lines``: those
    of the PO were read, and are the sum of its orders'.
    """
    if state.listing is not Listing.UNPROVEN:
        return state.listing.value
    return "totals_and_lines" if po is not None and not _unproven(state, po) else None


def _unproven(state: CaseState, po: PoFacts) -> str:
    """Return what is missing to prove that every order of the PO was read; empty where proven."""
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
    """Return how the orders fail to add up to the PO; some may never have shown a total."""
    totals = [order.total for order in _orders_as_shown(state)]
    known = [total for total in totals if total is not None]
    if po.total is None or not known or sum(known) == po.total:
        return None
    if len(known) < len(totals) and sum(known) < po.total:
        return None
    return f"the PO's total is {po.total}, its orders add up to {sum(known)}"
