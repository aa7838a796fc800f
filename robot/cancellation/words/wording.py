"""What a receipt says of every end, in business words, and what to do now.

The words of each problem are in ``problems``; here are those of the outcomes, and which of them
are said where. ``{number}``, ``{po}``, ``{text}``, ``{vendor}``, ``{lines}`` and ``{comment}`` are
filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from robot.cancellation.words.problems import spec_of
from robot.problems import Problem, ProblemSpec

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

#: Said in a notice where no words are known for what to do.
READ_THE_RECEIPT: Final = "Read the receipt."

#: Said instead, where what is known before the end differs from the usual case.
PO_MISMATCH_FIRST: Final = ProblemSpec(
    summary="Order {number} and PO {po} do not fit together{detail}; RealSource was not touched.",
    next_step=(
        "Leave the PO open: the order is not confirmed as cancelled. Find out which PO the order"
        " belongs to, then run it again with that one: vendorfirst cancel {number} --po PO-NUMBER"
    ),
)
#: Said of a PO that the robot would leave alone, of a live order: a look pressed nothing.
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
#: Said instead of the step above, where it is only the PO's other orders that are live.
FORESEEN_SPLIT: Final = (
    "All orders of the PO, and then the PO where the vendor confirms every one of them: vendorfirst"
    " cancel {po}. This order alone, with the PO left open: vendorfirst cancel {number}"
)
#: Said in a look at an order that can be cancelled, whose PO has one that is pending.
FORESEEN_PENDING: Final = (
    (
        "Order {number} can be cancelled at {vendor}; PO {po} would wait for its other orders"
        " there: {text}. Nothing was cancelled."
    ),
    "To do it: vendorfirst cancel {number}",
)
#: Said of a shipped order whose page says that it was delivered.
DELIVERED: Final = (
    "{vendor} has delivered order {number} and will not cancel it; RealSource was not touched.",
    (
        "Keep the PO open. If the goods are not wanted, return them; enter the receipt in"
        " RealSource first, so that the credit memo can be applied."
    ),
)
_DELIVERED: Final = re.compile(r"^\W*delivered\b", re.IGNORECASE | re.MULTILINE)
DECLINED_AGAIN: Final = (
    "Do not cancel the PO. Run the same command later: it looks first, and goes on when {vendor}"
    " has confirmed."
)
ORDERS_OF_PO: Final = (
    "PO {po} has these orders at {vendor}: {text}. Each has a request and a receipt of its own.",
    None,
)
#: Said where a PO was asked for, and the vendor knows no order of it.
NO_ORDER_OF_PO: Final = (
    "{vendor} shows no order of PO {po} in this account; nothing was touched.",
    (
        "Compare the PO's number with RealSource, and see there that its supplier is {vendor} and"
        " that it was ordered with this account. Where you know the order's own number: vendorfirst"
        " check ORDER-NUMBER --po {po}"
    ),
)
DRY_RUN_PO_UNKNOWN: Final = (
    "Order {number} can be cancelled at {vendor}; its page names no PO. Nothing was cancelled.",
    "To do both: vendorfirst cancel {number} --po PO-NUMBER",
)
#: Said where a look is of several orders of the PO, which ``text`` names the others of.
DRY_RUN_TOGETHER: Final = (
    (
        "Order {number} can be cancelled at {vendor}, and so can the others of PO {po} ({text});"
        " then the PO in RealSource. Nothing was cancelled."
    ),
    "To do it all: vendorfirst cancel {po}",
)
DRY_RUN_CANCELLED_TOGETHER: Final = (
    (
        "Order {number} is cancelled at {vendor} already; PO {po} can be cancelled in RealSource"
        " once its other orders are ({text}), which can be. Nothing was changed."
    ),
    "To do it all: vendorfirst cancel {po}",
)
DRY_RUN_CANCELLED: Final = (
    (
        "Order {number} is cancelled at {vendor} already; PO {po} can be cancelled in RealSource."
        " Nothing was changed."
    ),
    "To do it: vendorfirst cancel {number} --po {po}",
)


#: What to do with a PO that several things keep from being cancelled.
SETTLE_FIRST: Final = (
    "Leave the PO open until each of these is settled. Then run it again, it looks first:"
    " vendorfirst cancel {number} --po {po}. Put this on the PO: {comment}"
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
    " on from there; what you settle yourself, write down with vendorfirst queue resolve {number}"
    " --as done --because WHY."
)
#: Said where the time to wait is over: nothing and nobody looks by itself any more.
NOT_CONFIRMED_AT_ALL: Final = ProblemSpec(
    summary=(
        "The cancellation of order {number} was submitted, and {vendor} did not confirm it;"
        " RealSource was not touched."
    ),
    next_step=(
        "Do not cancel the PO. The time to wait is over, and nothing reads the order again by"
        " itself: look at it at {vendor}. " + _LOOK_YOURSELF
    ),
)
OTHERS_NOT_CONFIRMED: Final = ProblemSpec(
    summary=(
        "Order {number} is cancelled at {vendor}; other orders of PO {po} there were not confirmed"
        " in time{detail}. RealSource was not touched."
    ),
    detail=": {text}",
    next_step=(
        "Do not cancel the PO. The time to wait is over, and nothing reads them again by itself:"
        " look at them at {vendor}. " + _LOOK_YOURSELF
    ),
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


def wording(
    outcome: str,
    problem: str | None,
    stands: str = "",
    *,
    more: bool = False,
    together: bool = False,
    others_live: bool = False,
    is_live_look: bool = False,
    text: str = "",
) -> tuple[str, str | None]:
    """Return the templates of the summary and the next step.

    ``stands`` is a key of ``STANDS``. ``more``: the problem is not the only one of the PO.
    ``together``: a look is of other orders of the PO, too, which can be cancelled.
    ``others_live``: each other order of the PO can be cancelled, or is. ``is_live_look``: it is a
    look, at an order that can be cancelled. ``text`` is what the order's page said of itself.
    """
    if problem == Problem.SHIPPED and _DELIVERED.search(text):
        return DELIVERED
    foreseen = spec_of(problem).foreseen
    if foreseen and stands == "":
        is_all = problem == Problem.SPLIT_PO and others_live
        step = FORESEEN_SPLIT if is_all else FORESEEN[1]
        return FORESEEN[0].format(why=foreseen), step
    if problem == Problem.DECLINED and stands:
        return "You said no; nothing more was pressed." + STANDS[stands], DECLINED_AGAIN
    if is_live_look and problem == Problem.NOT_CONFIRMED:
        return FORESEEN_PENDING
    if outcome == "dry_run" and problem == Problem.PO_UNKNOWN:
        return DRY_RUN_PO_UNKNOWN
    if outcome == "dry_run" and problem is None and together and stands != "both":
        return DRY_RUN_CANCELLED_TOGETHER if stands == "cancelled" else DRY_RUN_TOGETHER
    if outcome == "dry_run" and problem is None and stands in {"cancelled", "both"}:
        return OUTCOMES["done"] if stands == "both" else DRY_RUN_CANCELLED
    if problem == Problem.NOT_CONFIRMED and outcome != "needs_person" and stands == "cancelled":
        return OTHERS_PENDING
    spec = _spec_at(problem, outcome, stands)
    if spec.full_summary is None:
        summary, next_step = OUTCOMES[outcome]
    else:
        summary = spec.full_summary
        next_step = SETTLE_FIRST if more and spec.ends_po else spec.next_step
    return (summary + STANDS[stands] if summary == "{text}" else summary), next_step


def public_wording(
    problem: str | None, words: Mapping[str, str], *, confirmed: bool
) -> tuple[str, str]:
    """Return what happened and what to do, such that strangers may read it.

    Nothing of a page is quoted. ``words`` are ``number``, ``po``, ``vendor``, and ``name``, which
    begins the sentence that tells only a cause. ``confirmed``: the vendor confirmed the order's
    cancellation.
    """
    spec = _spec_at(problem, "needs_person", "cancelled" if confirmed else "")
    step = spec.public_step or spec.next_step or READ_THE_RECEIPT
    if spec.public_cause or spec.summary is None:
        cause = spec.public_cause or "of something that the receipt tells"
        what = f"{{name}} stopped because {cause}."
    else:
        what = spec.summary
    filled = {**words, "detail": "", "lines": "", "comment": "the comment in the receipt."}
    return what.format(**filled), step.format(**filled)


def _spec_at(problem: str | None, outcome: str, stands: str) -> ProblemSpec:
    """Return the words of a problem, which may differ by what is known before the end."""
    if problem == Problem.PO_MISMATCH and stands in {"", "pressed"}:
        return PO_MISMATCH_FIRST
    if problem == Problem.NOT_CONFIRMED and outcome == "needs_person":
        return OTHERS_NOT_CONFIRMED if stands == "cancelled" else NOT_CONFIRMED_AT_ALL
    return spec_of(problem)


def po_comment(
    orders: Sequence[str], vendor: str, proof: str, at: str, reason: str, by: str, request: str
) -> str:
    """Return the comment for the PO, for an auditor, of at most 1,000 characters."""
    proof = proof.rstrip(".") if len(proof) <= 300 else f"{proof[:299]}…"
    told = f"Order {orders[0]} was cancelled at {vendor} first. Confirmed"
    if len(orders) > 1:
        told = f"Orders {', '.join(orders)} were cancelled at {vendor} first. Each confirmed"
    text = f"{told} on its own page, read {at}: “{proof}”."
    if reason:
        short = reason if len(reason) <= 200 else f"{reason[:199]}…"
        text += f" Reason: {short}."
    return f"{text} Requested by {by[:100] or 'unknown'}. Receipt {request}."[:1000]
