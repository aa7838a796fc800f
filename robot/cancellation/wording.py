"""What a receipt says: one sentence in business words for every way to end, and what to do now.

``{number}``, ``{po}``, ``{text}``, ``{vendor}`` and ``{comment}`` are filled in.
"""

from __future__ import annotations

from typing import Final

#: problem slug -> (summary, next step or None). "" stands for no problem; see ``OUTCOMES`` for
#: those.
PROBLEMS: Final[dict[str, tuple[str, str | None]]] = {
    "shipped": (
        "{vendor} has shipped order {number} and will not cancel it; RealSource was not touched.",
        (
            "Keep the PO open. When the goods arrive, refuse or return them; enter the receipt in"
            " RealSource first, so that the credit memo can be applied."
        ),
    ),
    "too_late": (
        "{vendor} no longer offers to cancel order {number}; RealSource was not touched.",
        "Keep the PO open. Ask {vendor} by telephone, or return the goods when they arrive.",
    ),
    "not_found": (
        "{vendor} shows no order for {number} in this account; nothing was touched.",
        (
            "Check the number and the account. Session ids look like order numbers: copy it from"
            " the order's own page."
        ),
    ),
    "vendor_refused": (
        "{vendor} refused to cancel order {number}; RealSource was not touched.",
        "Keep the PO open. Ask {vendor} by telephone, or return the goods when they arrive.",
    ),
    "bundle": (
        (
            "{vendor} refused: the lines of order {number} are a bundle that must be cancelled"
            " together with others."
        ),
        "Keep the PO open. Cancel the bundle by hand at {vendor}, then run this order again.",
    ),
    "not_confirmed": (
        (
            "The cancellation of order {number} was submitted, and {vendor} has not confirmed it"
            " yet; RealSource was not touched."
        ),
        (
            "Do not cancel the PO. A worker (vendorfirst work) reads it again; so does the same"
            " command, run later: it only looks, and goes on when {vendor} has confirmed."
        ),
    ),
    "vendor_error": (
        (
            "{vendor} answered the cancellation of order {number} with a technical error, twice;"
            " the order is still live."
        ),
        (
            "Keep the PO open. Cancel by hand at {vendor}, then run this order again: it only"
            " looks, and goes on with the PO."
        ),
    ),
    "partly_shipped": (
        "Part of order {number} has shipped; the robot cancels whole orders only.",
        (
            "Cancel the unshipped lines by hand at {vendor}. Leave the PO open and put this on it:"
            " “{comment}”"
        ),
    ),
    "partly_cancelled": (
        "Only some lines of order {number} are cancelled at {vendor}; RealSource was not touched.",
        "Leave the PO open: some lines are still coming. Put this on the PO: “{comment}”",
    ),
    "split_po": (
        (
            "PO {po} has other orders at {vendor} that are not cancelled: {text}. RealSource was"
            " left alone."
        ),
        (
            "Leave the PO open, or cancel the other orders too (vendorfirst cancel {po}). Put this"
            " on the PO: “{comment}”"
        ),
    ),
    "po_unknown": (
        (
            "Order {number} is cancelled at {vendor}; its page names no PO, so RealSource was not"
            " touched."
        ),
        "Run it again with the PO: vendorfirst cancel {number} --po PO-NUMBER",
    ),
    "po_mismatch": (
        "Order {number} and PO {po} do not fit together ({text}); the PO was not cancelled.",
        (
            "Compare the order and the PO by hand. If the PO is right, cancel it there with this"
            " comment: “{comment}”"
        ),
    ),
    "po_not_found": (
        "Order {number} is cancelled at {vendor}, but RealSource finds no PO {po}.",
        (
            "Look the PO up by hand; then run it again with the right number: vendorfirst cancel"
            " {number} --po PO-NUMBER"
        ),
    ),
    "po_not_shown": (
        (
            "{vendor}'s search for PO {po} finds orders whose own pages do not name it ({text});"
            " nothing was cancelled."
        ),
        (
            "Look at them at {vendor}. Those that belong to the PO: vendorfirst cancel NUMBER --po"
            " {po}"
        ),
    ),
    "po_counts_untold": (
        (
            "Order {number} is cancelled at {vendor}; the page of PO {po} does not tell of its"
            " {text}, so it was not cancelled."
        ),
        (
            "Look at the PO's tabs by hand. If there are none, cancel it there with this comment:"
            " “{comment}”"
        ),
    ),
    "po_set_unproven": (
        (
            "Order {number} is cancelled at {vendor}; whether PO {po} has other orders there is not"
            " proven ({text}), so it was not cancelled."
        ),
        (
            "Look at {vendor}'s list of all users' orders (View All Orders) for PO {po}. If there"
            " is no other order, cancel the PO by hand with this comment: “{comment}”"
        ),
    ),
    "po_ambiguous": (
        (
            "Order {number} is cancelled at {vendor}, but RealSource finds several POs for {po}"
            " ({text}); none was touched."
        ),
        "Cancel the right PO by hand. Put this on it: “{comment}”",
    ),
    "po_closed": (
        (
            "Order {number} is cancelled at {vendor}; PO {po} is closed already ({text}) and was"
            " left so."
        ),
        "Nothing is ordered any more. If the PO must say “cancelled”, ask Purchasing to reopen it.",
    ),
    "po_invoiced": (
        (
            "Order {number} is cancelled at {vendor}, but PO {po} has invoices ({text}), so it must"
            " not be cancelled."
        ),
        (
            "Ask Accounts Payable about the invoice; then a Change Request or the PO Close Request"
            " form. Put this on the PO: “{comment}”"
        ),
    ),
    "po_received": (
        (
            "Order {number} is cancelled at {vendor}, but PO {po} has receipts ({text}), so it was"
            " not cancelled."
        ),
        (
            "Find out what was received and correct the receipt; then run it again. Put this on the"
            " PO: “{comment}”"
        ),
    ),
    "po_change_request": (
        (
            "Order {number} is cancelled at {vendor}, but PO {po} has an open change request, so it"
            " was not cancelled."
        ),
        "Finish or withdraw the change request; then run it again. Put this on the PO: “{comment}”",
    ),
    "po_in_approval": (
        (
            "Order {number} is cancelled at {vendor}; PO {po} is still in approval ({text}) and was"
            " left alone."
        ),
        "Withdraw the requisition in RealSource. Put this on it: “{comment}”",
    ),
    "po_no_cancel_action": (
        (
            "Order {number} is cancelled at {vendor}; PO {po} offers no single cancel action (it"
            " offers: {text})."
        ),
        (
            "Cancel the PO by hand or ask Purchasing. “Close” is another act, the robot never takes"
            " it. Put this on the PO: “{comment}”"
        ),
    ),
    "po_not_confirmed": (
        (
            "Order {number} is cancelled at {vendor}; PO {po} was submitted in RealSource but does"
            " not show as cancelled ({text})."
        ),
        "Look at PO {po} by hand. Running the same command again only looks first.",
    ),
    "reverted": (
        "{text} Somebody must look at both at once.",
        "If the order is live, cancel it at {vendor} by hand, or have PO {po} reopened.",
    ),
    "po_cancelled_first": (
        (
            "PO {po} is cancelled in RealSource already while order {number} is live at {vendor}:"
            " it would ship and be billed."
        ),
        "Cancel the order now: vendorfirst cancel {number}",
    ),
    "declined": ("You said no; nothing was cancelled.", None),
    "no_way_out": (
        "{text}",
        "Let the remote browser's machine connect to this one; see “Many machines” in the README.",
    ),
    "busy": (
        "{text}",
        (
            "Wait until the other process is finished, then run the same command again: it looks"
            " first."
        ),
    ),
    "held_back": (
        "{text}",
        "When the work may go on (vendorfirst queue resume), run the same command again.",
    ),
    "interrupted": ("{text}", "Run the same command again: it looks first."),
    "site_down": ("{text}", "Look whether the site is up, then run the same command again."),
    "browser_died": (
        "{text}",
        "Run the same command again; vendorfirst doctor tells what is wrong.",
    ),
    "wrong_order": ("{text}", "Look at the order by hand."),
    "unknown_page": (
        "{text}",
        "Look at the screenshot, settle by hand what the page asks, then run it again.",
    ),
}

#: outcome -> (summary, next step) where no problem is named, or an unlisted one (then ``text``
#: leads).
OUTCOMES: Final[dict[str, tuple[str, str | None]]] = {
    "done": ("Order {number} is cancelled at {vendor} and PO {po} in RealSource.", None),
    "dry_run": (
        (
            "Order {number} can be cancelled at {vendor}, and then PO {po} in RealSource. Nothing"
            " was cancelled."
        ),
        "To do it: vendorfirst cancel {number}",
    ),
    "refused": ("{vendor} will not cancel order {number}. {text}", None),
    "pending": (
        "Order {number} waits for {vendor}'s confirmation. {text}",
        "A worker (vendorfirst work) goes on with it; so does the same command, run later.",
    ),
    "needs_person": (
        "{text}",
        "Look at the receipt's screenshots, settle it by hand, then run it again.",
    ),
    "failed": ("{text}", "Run the same command again; what was done is not done twice."),
}

#: Said instead, where what is known before the end differs from the usual case.
PO_MISMATCH_FIRST: Final = (
    "Order {number} and PO {po} do not fit together ({text}); RealSource was not touched.",
    (
        "Leave the PO open: the order is not confirmed as cancelled. Find out which PO the order"
        " belongs to, then run it again with that one: vendorfirst cancel {number} --po PO-NUMBER"
    ),
)
#: Why the robot would leave the PO of an order alone that can be cancelled: what a look found,
#: pressing nothing.
FORESEEN_BLOCKS: Final[dict[str, str]] = {
    "po_not_found": "RealSource finds no such PO",
    "po_ambiguous": "RealSource finds several ({text})",
    "po_closed": "it is closed already ({text})",
    "po_invoiced": "it has invoices ({text})",
    "po_received": "it has receipts ({text})",
    "po_change_request": "it has an open change request ({text})",
    "po_counts_untold": "its page does not tell of its {text}",
    "po_in_approval": "it is still in approval ({text})",
    "po_set_unproven": "nothing proves that it has no other orders ({text})",
    "po_no_cancel_action": "it offers no single cancel action (it offers: {text})",
}
FORESEEN: Final = (
    (
        "Order {{number}} can be cancelled at {{vendor}}; PO {{po}} could not be by the robot:"
        " {why}. Nothing was cancelled."
    ),
    (
        "Leave the PO as it is until the order is cancelled: vendorfirst cancel {number}. Then the"
        " PO is yours to settle."
    ),
)
DECLINED_AGAIN: Final = (
    "Do not cancel the PO. Run the same command later: it looks first, and goes on when {vendor}"
    " has confirmed."
)
ORDERS_OF_PO: Final = (
    "PO {po} has these orders at {vendor}: {text}. Each has a request and a receipt of its own.",
    None,
)
DRY_RUN_PO_UNKNOWN: Final = (
    "Order {number} can be cancelled at {vendor}; its page names no PO. Nothing was cancelled.",
    "To do both: vendorfirst cancel {number} --po PO-NUMBER",
)
DRY_RUN_CANCELLED: Final = (
    (
        "Order {number} is cancelled at {vendor} already; PO {po} can be cancelled in RealSource."
        " Nothing was changed."
    ),
    "To do it: vendorfirst cancel {number}",
)


OTHERS_PENDING: Final = (
    (
        "Order {number} is cancelled at {vendor}; PO {po} waits for its other orders there: {text}."
        " RealSource was not touched."
    ),
    (
        "A worker (vendorfirst work) goes on when {vendor} has confirmed them all; so does the same"
        " command, run later."
    ),
)

_LOOK_YOURSELF: Final = (
    "Then: vendorfirst queue retry {number} (or vendorfirst cancel {number}) looks first and goes"
    " on from there; what you settle yourself, write down with vendorfirst queue resolve {number}."
)
#: Said where the time to wait is over: nothing and nobody looks by itself any more.
NOT_CONFIRMED_AT_ALL: Final = (
    (
        "The cancellation of order {number} was submitted, and {vendor} did not confirm it;"
        " RealSource was not touched."
    ),
    "Do not cancel the PO. The time to wait is over, and nothing reads the order again by itself:"
    " look at it at {vendor}. " + _LOOK_YOURSELF,
)
OTHERS_NOT_CONFIRMED: Final = (
    (
        "Order {number} is cancelled at {vendor}; other orders of PO {po} there were not confirmed"
        " in time: {text}. RealSource was not touched."
    ),
    "Do not cancel the PO. The time to wait is over, and nothing reads them again by itself: look"
    " at them at {vendor}. " + _LOOK_YOURSELF,
)

#: Said after a text that tells of a trouble only: where the cancellation stands.
STANDS: Final = {
    "": "",
    "pressed": (
        " The cancellation of order {number} was submitted and is not confirmed; RealSource was not"
        " touched."
    ),
    "cancelled": (
        " Order {number} is cancelled at {vendor}; PO {po} is not cancelled in RealSource yet."
    ),
    "po_pressed": " The cancel of PO {po} was submitted in RealSource and is not confirmed.",
    "both": " Order {number} is cancelled at {vendor} and PO {po} in RealSource.",
}


def wording(outcome: str, problem: str | None, stands: str = "") -> tuple[str, str | None]:
    """The templates of the summary and the next step. ``stands`` is a key of ``STANDS``."""
    if problem == "po_mismatch" and stands in {"", "pressed"}:
        return PO_MISMATCH_FIRST
    if problem in FORESEEN_BLOCKS and stands == "":
        return FORESEEN[0].format(why=FORESEEN_BLOCKS[problem]), FORESEEN[1]
    if problem == "declined" and stands:
        return "You said no; nothing more was pressed." + STANDS[stands], DECLINED_AGAIN
    if outcome == "dry_run" and problem == "po_unknown":
        return DRY_RUN_PO_UNKNOWN
    if outcome == "dry_run" and problem is None and stands in {"cancelled", "both"}:
        return OUTCOMES["done"] if stands == "both" else DRY_RUN_CANCELLED
    if problem == "not_confirmed" and outcome == "needs_person":
        return OTHERS_NOT_CONFIRMED if stands == "cancelled" else NOT_CONFIRMED_AT_ALL
    if problem == "not_confirmed" and stands == "cancelled":
        return OTHERS_PENDING
    summary, next_step = PROBLEMS.get(problem or "") or OUTCOMES[outcome]
    return (summary + STANDS[stands] if summary == "{text}" else summary), next_step


def po_comment(
    order: str, vendor: str, proof: str, at: str, reason: str, by: str, request: str
) -> str:
    """The comment for the PO, such that an auditor understands it; at most 1,000 characters."""
    proof = proof.rstrip(".") if len(proof) <= 300 else f"{proof[:299]}…"
    text = (
        f"Order {order} was cancelled at {vendor} first. Confirmed on its own page, read {at}:"
        f" “{proof}”."
    )
    if reason:
        text += f" Reason: {reason[:200]}."
    return f"{text} Requested by {by[:100] or 'unknown'}. Receipt {request}."[:1000]
