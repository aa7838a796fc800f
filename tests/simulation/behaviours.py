"""How the simulated systems can behave.

What an order or a PO is at first, and what each press of its cancel does. A press is ``(verdict,
effect now, effect later)``; the last press of a script stands for all that follow. ``expect`` is
how a run without any trouble must end: outcome and problem.
"""

from dataclasses import dataclass

from robot.cancellation.orders import Verdict

Press = tuple[Verdict, str, str]


@dataclass(frozen=True, slots=True)
class Script:
    """One behaviour of one system."""

    start: str = "live"
    presses: tuple[Press, ...] = ((Verdict.CONFIRMED, "cancel", ""),)
    later: str = ""
    expect: tuple[str, str | None] | None = None


def _one(
    verdict: Verdict, now: str = "", later: str = "", expect: tuple[str, str | None] | None = None
) -> Script:
    return Script(presses=((verdict, now, later),), expect=expect)


def _start(
    start: str, outcome: str | None = None, problem: str | None = None, later: str = ""
) -> Script:
    return Script(start=start, later=later, expect=(outcome, problem) if outcome else None)


_THEN_CONFIRMED = (Verdict.CONFIRMED, "cancel", "")

#: The vendor's. ``expect`` None: it goes on to RealSource.
VENDOR = {
    "confirms": _one(Verdict.CONFIRMED, "cancel"),
    "confirms, shows it late": _one(Verdict.CONFIRMED, "", "cancel"),
    "pending, then confirms": _one(Verdict.PENDING, "pend", "cancel"),
    "pending, then ships": _one(Verdict.PENDING, "pend", "ship", ("refused", "shipped")),
    "pending, then turns it down": _one(
        Verdict.PENDING, "pend", "refuse", ("refused", "vendor_refused")
    ),
    "pending for ever": _one(Verdict.PENDING, "pend", "", ("pending", "not_confirmed")),
    "refuses": _one(Verdict.REFUSED, "", "", ("refused", "vendor_refused")),
    "refuses a bundle": _one(Verdict.BUNDLE, "", "", ("refused", "bundle")),
    "refuses, yet is pending and cancels": _one(Verdict.REFUSED, "pend", "cancel"),
    "technical error": _one(Verdict.TECHNICAL, "", "", ("failed", "vendor_error")),
    "technical error once": Script(presses=((Verdict.TECHNICAL, "", ""), _THEN_CONFIRMED)),
    "technical error, with effect": _one(Verdict.TECHNICAL, "cancel"),
    "cancels a part, and says so": _one(
        Verdict.PARTIAL, "", "", ("needs_person", "partly_cancelled")
    ),
    "cancels a part, shows fewer lines": _one(
        Verdict.CONFIRMED, "fewer", "", ("needs_person", "partly_cancelled")
    ),
    "cancels a part, shows it": _one(
        Verdict.PARTIAL, "part", "", ("needs_person", "partly_cancelled")
    ),
    "says confirmed, does nothing": _one(Verdict.CONFIRMED, "", "", ("pending", "not_confirmed")),
    "says something new, cancels": _one(Verdict.UNCLEAR, "cancel"),
    "says something new, does nothing": _one(Verdict.UNCLEAR, "", "", ("pending", "not_confirmed")),
    "loses the answer, cancels": _one(Verdict.LOST, "cancel"),
    "loses the answer, cancels late": _one(Verdict.LOST, "pend", "cancel"),
    "loses the answer once": Script(presses=((Verdict.LOST, "", ""), _THEN_CONFIRMED)),
    "loses every press": _one(Verdict.LOST, "", "", ("needs_person", "not_confirmed")),
    "signs out at the press once": Script(presses=((Verdict.SIGNED_OUT, "", ""), _THEN_CONFIRMED)),
    "signs out at every press": _one(Verdict.SIGNED_OUT, "", "", ("needs_person", "not_confirmed")),
    "ships under the press": _one(Verdict.CONFIRMED, "ship", "", ("refused", "shipped")),
    "ships a part under the press": _one(
        Verdict.CONFIRMED, "ship part", "", ("needs_person", "partly_shipped")
    ),
    "loses the order": _one(Verdict.CONFIRMED, "not_found", "", ("pending", "not_confirmed")),
    "shows another order afterwards": _one(
        Verdict.LOST, "number", "", ("needs_person", "wrong_order")
    ),
    "was cancelled": _start("cancel"),
    "was shipped": _start("ship", "refused", "shipped"),
    "was shipped in part": _start("ship part", "needs_person", "partly_shipped"),
    "was cancelled in part": _start("part", "needs_person", "partly_cancelled"),
    "is not there": _start("not_found", "refused", "not_found"),
    "offers no cancel": _start("no link", "needs_person", "unknown_page"),
    "is too late": _start("closed", "refused", "too_late"),
    "shows an unknown page": _start("unknown", "needs_person", "unknown_page"),
    "shows another PO": _start("po", "needs_person", "po_mismatch"),
    "shows another order": _start("number", "needs_person", "wrong_order"),
    "pending by somebody else, confirms": _start("pend", later="cancel"),
    "pending by somebody else, lapses": _start("pend", later="live"),
    "pending by somebody else, ships": _start("pend", "refused", "shipped", later="ship"),
}

#: RealSource's. ``expect`` None: done.
PO = {
    "cancels": _one(Verdict.CONFIRMED, "cancel"),
    "cancels, shows it late": _one(Verdict.CONFIRMED, "", "cancel"),
    "cancels, withdraws the action, shows it late": _one(Verdict.CONFIRMED, "no action", "cancel"),
    "says it did, does not": _one(Verdict.CONFIRMED, "", "", ("needs_person", "po_not_confirmed")),
    "says something new, cancels": _one(Verdict.UNCLEAR, "cancel"),
    "refuses": _one(Verdict.REFUSED, "", "", ("needs_person", "po_not_confirmed")),
    "technical error once": Script(presses=((Verdict.TECHNICAL, "", ""), _THEN_CONFIRMED)),
    "technical error": _one(Verdict.TECHNICAL, "", "", ("needs_person", "po_not_confirmed")),
    "loses the answer, cancels": _one(Verdict.LOST, "cancel"),
    "loses the answer, withdraws the action, cancels late": _one(
        Verdict.LOST, "no action", "cancel"
    ),
    "loses the answer once": Script(presses=((Verdict.LOST, "", ""), _THEN_CONFIRMED)),
    "loses every press": _one(Verdict.LOST, "", "", ("needs_person", "po_not_confirmed")),
    "signs out once": Script(presses=((Verdict.SIGNED_OUT, "", ""), _THEN_CONFIRMED)),
    "is closed under the press": _one(
        Verdict.CONFIRMED, "closed", "", ("needs_person", "po_not_confirmed")
    ),
    "was cancelled": _start("cancel"),
    "has an invoice": _start("invoice", "needs_person", "po_invoiced"),
    "has a receipt": _start("receipt", "needs_person", "po_received"),
    "has a change request": _start("change", "needs_person", "po_change_request"),
    "is closed": _start("closed", "needs_person", "po_closed"),
    "is in approval": _start("approval", "needs_person", "po_in_approval"),
    "is not there": _start("not_found", "needs_person", "po_not_found"),
    "is there several times": _start("several", "needs_person", "po_ambiguous"),
    "is another's": _start("supplier", "needs_person", "po_mismatch"),
    "has another total": _start("total", "needs_person", "po_mismatch"),
    "has another number": _start("number", "needs_person", "po_mismatch"),
    "shows an unknown page": _start("unknown", "needs_person", "unknown_page"),
    "tells no total": _start("no total"),
    "lists no lines": _start("no lines"),
    "offers no cancel": _start("no action", "needs_person", "po_no_cancel_action"),
    "is down twice": Script(start="down twice"),
    "is down": _start("down", "failed", "site_down"),
}

#: What else the PO holds at the vendor, and what that must make of a run that would have ended
#: well.
SIBLING: dict[str, tuple[str, str | None] | None] = {
    "none": None,
    "cancelled": None,
    "live": ("needs_person", "split_po"),
    "shipped": ("needs_person", "split_po"),
    "pending": ("pending", "not_confirmed"),
    "own order not listed": ("needs_person", "po_mismatch"),
    "unseen": ("needs_person", "po_mismatch"),
    "unseen, no total": ("needs_person", "po_set_unproven"),
}
