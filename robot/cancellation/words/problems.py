"""What is known of each problem, in words and in traits.

One row a problem; whoever needs to know something of a problem asks ``spec_of``.
"""

from __future__ import annotations

from typing import Final

from robot.cancellation.words.po_problems import PO_PROBLEMS
from robot.cancellation.words.run_problems import RUN_PROBLEMS
from robot.problems import Problem, ProblemSpec, stored

_KEEP_AND_ASK: Final = (
    "Keep the PO open. Ask {vendor} by telephone, or return the goods when they arrive."
)

SPECS: Final[dict[Problem, ProblemSpec]] = {
    Problem.SHIPPED: ProblemSpec(
        summary=(
            "{vendor} has shipped order {number} and will not cancel it; RealSource was not"
            " touched."
        ),
        next_step=(
            "Keep the PO open. When the goods arrive, refuse or return them; enter the receipt"
            " in RealSource first, so that the credit memo can be applied."
        ),
    ),
    Problem.TOO_LATE: ProblemSpec(
        summary="{vendor} no longer offers to cancel order {number}; RealSource was not touched.",
        next_step=_KEEP_AND_ASK,
    ),
    Problem.NOT_FOUND: ProblemSpec(
        summary="{vendor} shows no order for {number} in this account; nothing was touched.",
        next_step=(
            "Check the number and the account. Session ids look like order numbers: copy it"
            " from the order's own page."
        ),
    ),
    Problem.VENDOR_REFUSED: ProblemSpec(
        summary="{vendor} refused to cancel order {number}; RealSource was not touched.",
        next_step=_KEEP_AND_ASK,
    ),
    Problem.BUNDLE: ProblemSpec(
        summary=(
            "{vendor} refused: the lines of order {number} are a bundle that must be cancelled"
            " together with others."
        ),
        next_step=(
            "Keep the PO open. Cancel the bundle by hand at {vendor}, then run this order again."
        ),
    ),
    Problem.NOT_CONFIRMED: ProblemSpec(
        summary=(
            "The cancellation of order {number} was submitted, and {vendor} has not confirmed"
            " it yet; RealSource was not touched."
        ),
        next_step=(
            "Do not cancel the PO. A worker (vendorfirst work) reads it again; so does the same"
            " command, run later: it only looks, and goes on when {vendor} has confirmed."
        ),
        unconfirmed=True,
    ),
    Problem.VENDOR_ERROR: ProblemSpec(
        summary=(
            "{vendor} answered the cancellation of order {number} with a technical error,"
            " twice; the order is still live."
        ),
        next_step=(
            "Keep the PO open. Cancel by hand at {vendor}, then run this order again: it only"
            " looks, and goes on with the PO."
        ),
        retry=False,
    ),
    Problem.PARTLY_SHIPPED: ProblemSpec(
        summary=("Part of order {number} has shipped{lines}; the robot cancels whole orders only."),
        next_step=(
            "Cancel the unshipped lines by hand at {vendor}. Leave the PO open and put this on"
            " it: {comment}"
        ),
    ),
    Problem.PARTLY_CANCELLED: ProblemSpec(
        summary=(
            "Only some lines of order {number} are cancelled at {vendor}{lines}; RealSource was not"
            " touched."
        ),
        next_step="Leave the PO open: some lines are still coming. Put this on the PO: {comment}",
    ),
    **PO_PROBLEMS,
    **RUN_PROBLEMS,
}
_UNKNOWN: Final = ProblemSpec()


def spec_of(slug: str | None) -> ProblemSpec:
    """Return what is known of a problem.

    Of a slug that another version stored, nothing is.
    """
    problem = stored(slug)
    return SPECS[problem] if isinstance(problem, Problem) else _UNKNOWN
