"""Put the end of a case into words, in the event that the receipt is made from.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from robot.cancellation.actions import Finish
from robot.cancellation.events import Finished
from robot.cancellation.lines import lines_in_words
from robot.cancellation.orders import Confirmation, Outcome
from robot.cancellation.po_checks import others_can_be_cancelled, to_cancel_too
from robot.cancellation.state import CaseState
from robot.cancellation.words.problems import spec_of
from robot.cancellation.words.wording import (
    NO_ORDER_OF_PO,
    ORDERS_OF_PO,
    STANDS,
    po_comment,
    wording,
)
from robot.problems import Problem

_UNKNOWN_PO = "(not known)"


def finished_event(
    state: CaseState,
    end: Finish,
    title: str,
    at: datetime,
    advice: Mapping[str, str] | None = None,
) -> Finished:
    """Return the event that says how a case ended.

    ``title`` is the vendor's; ``at`` is UTC. ``advice`` is what the campus does, by problem: it
    takes the place of that problem's own next step.
    """
    summary, next_step = wording(
        end.outcome.value,
        end.problem,
        state.progress,
        more=bool(end.also),
        together=bool(to_cancel_too(state)),
        others_live=others_can_be_cancelled(state),
        is_live_look=state.request.dry_run and state.order is not None and state.order.cancellable,
        text=end.text,
    )
    if next_step is not None and next_step == spec_of(end.problem).next_step:
        next_step = (advice or {}).get(end.problem or "", next_step)
    found = state.po_orders.orders if state.request.number is None and state.po_orders else ()
    if found and end.outcome is Outcome.DRY_RUN:
        summary, next_step = ORDERS_OF_PO
    if state.request.number is None and end.problem == Problem.NOT_FOUND:
        summary, next_step = NO_ORDER_OF_PO
    told = lines_in_words(state.lines)
    words = {
        "number": state.request.number or state.po_number or "",
        "po": state.po_number or _UNKNOWN_PO,
        "text": end.text or ", ".join(order.number for order in found),
        "vendor": title,
        "comment": f"“{_comment(state, title)}”",
        "lines": f" ({told})" if told else "",
    }
    return Finished(
        at=at,
        outcome=end.outcome,
        problem=end.problem,
        summary=_render(summary, words) + _besides(end.also),
        next_step=end.next_step or (_render(next_step, words) if next_step else None),
    )


def ready_comment(state: CaseState, title: str) -> str | None:
    """Return the comment that a person is asked to put on the PO.

    A finished case's next step asks for it. None where it asks for none.
    """
    comment = _comment(state, title)
    next_step = state.finished.next_step if state.finished else None
    return comment if comment in (next_step or "") else None


def progress_sentence(state: CaseState, title: str) -> str:
    """Return a sentence on what was pressed for a request of which no end tells.

    ``title`` is the vendor's.
    """
    if not state.is_open:
        return "Its last request is closed, and nothing was begun since."
    words = {
        "number": state.request.number or "",
        "po": state.po_number or _UNKNOWN_PO,
        "vendor": title,
    }
    return _render(STANDS[state.progress] or "Nothing was pressed.", words)


def comment_on_po(state: CaseState, confirmations: tuple[Confirmation, ...], title: str) -> str:
    """Return what a PO's comment says of the request, for an auditor.

    The reason is that of who asked last, and everybody is named who asked.
    """
    request = state.request
    own = [one for one in confirmations if one.number == request.number]
    proofs = own or list(confirmations)
    if not proofs:
        return (
            f"Order {request.number} at {title}: not (wholly) cancelled."
            f" Receipt {request.request_id}."
        )
    return po_comment(
        [one.number for one in confirmations],
        title,
        proofs[0].text,
        f"{proofs[0].at:%Y-%m-%d %H:%M} UTC",
        state.reason,
        ", then ".join(askers(state)),
        request.request_id,
    )


def _comment(state: CaseState, title: str) -> str:
    """Return what a comment on the PO would say now."""
    own = _own_confirmation(state)
    told = lines_in_words(state.lines)
    if own or not told:
        return comment_on_po(state, own, title)
    request = state.request
    return (
        f"Order {request.number} at {title} is not wholly cancelled ({told})."
        f" Receipt {request.request_id}."
    )


def askers(state: CaseState) -> tuple[str, ...]:
    """Return the names of all who asked for the cancellation, the first of them first."""
    names = (state.request.requested_by, *(event.requested_by for event in state.taken_up))
    return tuple(dict.fromkeys(name for name in names if name))


def _own_confirmation(state: CaseState) -> tuple[Confirmation, ...]:
    """Return the last confirmation of the request's own order, where there is one."""
    if state.known is None or state.known_at is None or not state.known_cancelled:
        return ()
    return (Confirmation.from_read_back(state.known, state.known_at),)


def _besides(reasons: tuple[str, ...]) -> str:
    """Return the sentence on what else keeps a PO from being cancelled."""
    return f" Besides: {'; '.join(reasons).rstrip('.')}." if reasons else ""


def _render(template: str, words: dict[str, str]) -> str:
    return template.format(**words).replace("()", "").replace("  ", " ").replace(" .", ".").strip()
