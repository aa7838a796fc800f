"""Say what keeps a PO from being cancelled, one row a problem."""

from __future__ import annotations

from typing import Final

from robot.problems import Problem, ProblemSpec, Scope

PO_PROBLEMS: Final[dict[Problem, ProblemSpec]] = {
    Problem.SPLIT_PO: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; PO {po} has other orders there that are not"
            " cancelled{detail}. RealSource was left alone."
        ),
        detail=": {text}",
        next_step=(
            "Leave the PO open, or cancel the other orders too (vendorfirst cancel {po}). Put"
            " this on the PO: {comment}"
        ),
        foreseen="it has other orders at {vendor} that are not cancelled ({text})",
        of_others=True,
    ),
    Problem.PO_UNKNOWN: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; its page names no PO, so RealSource was"
            " not touched."
        ),
        next_step="Run it again with the PO: vendorfirst cancel {number} --po PO-NUMBER",
    ),
    Problem.PO_MISMATCH: ProblemSpec(
        summary="Order {number} and PO {po} do not fit together{detail}; the PO was not cancelled.",
        next_step=(
            "Compare the order and the PO by hand. If the PO is right, cancel it there with"
            " this comment: {comment}"
        ),
        public_step=(
            "Compare the order and the PO by hand. If the PO is right, and the receipt names"
            " nothing else against it, cancel it there with the comment in the receipt."
        ),
        scope=Scope.PO,
        ends_po=True,
    ),
    Problem.PO_NOT_FOUND: ProblemSpec(
        summary="Order {number} is cancelled at {vendor}, but RealSource finds no PO {po}.",
        next_step=(
            "Look the PO up by hand; then run it again with the right number: vendorfirst"
            " cancel {number} --po PO-NUMBER"
        ),
        foreseen="RealSource finds no such PO",
    ),
    Problem.PO_NOT_SHOWN: ProblemSpec(
        summary=(
            "{vendor}'s search for PO {po} finds orders whose own pages do not name it{detail};"
            " nothing was cancelled."
        ),
        next_step=(
            "Look at them at {vendor}. Those that belong to the PO: vendorfirst cancel NUMBER"
            " --po {po}"
        ),
    ),
    Problem.PO_COUNTS_UNTOLD: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; the page of PO {po} does not tell of its"
            " {text}, so it was not cancelled."
        ),
        next_step=(
            "Look at the PO's tabs by hand. If there are none, cancel it there with this"
            " comment: {comment}"
        ),
        foreseen="its page does not tell of its {text}",
        public_cause=(
            "the page of its PO does not tell of all its invoices, receipts and change requests"
        ),
        public_step="Look at the PO's tabs by hand.",
        scope=Scope.PO,
        ends_po=True,
    ),
    Problem.PO_SET_UNPROVEN: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; whether PO {po} has other orders there is"
            " not proven{detail}, so it was not cancelled."
        ),
        next_step=(
            "Look at {vendor}'s list of all users' orders (View All Orders) for PO {po}. If"
            " there is no other order, cancel the PO by hand with this comment: {comment}"
        ),
        foreseen="nothing proves that it has no other orders ({text})",
        public_step=(
            "Look at {vendor}'s list of all users' orders (View All Orders) for PO {po}; the"
            " receipt tells what is to be done then."
        ),
        scope=Scope.PO,
        ends_po=True,
    ),
    Problem.SOURCES_DISAGREE: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor} by its own page, but the site contradicts"
            " itself{detail}. PO {po} was not cancelled."
        ),
        next_step=(
            "Ask {vendor} which is true. If all orders of PO {po} are cancelled, cancel the PO by"
            " hand with this comment: {comment}"
        ),
        foreseen="the vendor's list and the orders' own pages contradict each other ({text})",
        public_step="Ask {vendor} which is true; the receipt tells what is to be done then.",
        scope=Scope.PO,
        ends_po=True,
    ),
    Problem.PO_AMBIGUOUS: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}, but RealSource finds several POs for"
            " {po}{detail}; none was touched."
        ),
        next_step=(
            "Find out which PO is the right one. Cancel it only if it is open, has no invoices,"
            " receipts and change requests, and {vendor}'s list of all users' orders (View All"
            " Orders) shows no other order of it. Put this on it: {comment}"
        ),
        foreseen="RealSource finds several ({text})",
        public_step="Find out which PO is the right one; the receipt tells the rest.",
        scope=Scope.PO,
    ),
    Problem.PO_CLOSED: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; PO {po} is closed already{detail} and was"
            " left so."
        ),
        next_step=(
            "Nothing is ordered any more. If the PO must say “cancelled”, ask Purchasing to"
            " reopen it."
        ),
        foreseen="it is closed already ({text})",
        scope=Scope.PO,
        lasting=True,
    ),
    Problem.PO_INVOICED: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}, but PO {po} has invoices{detail}, so it"
            " must not be cancelled."
        ),
        next_step=(
            "Ask Accounts Payable about the invoice; then a Change Request or the PO Close"
            " Request form. Put this on the PO: {comment}"
        ),
        foreseen="it has invoices ({text})",
        scope=Scope.PO,
        lasting=True,
    ),
    Problem.PO_RECEIVED: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}, but PO {po} has receipts{detail}, so it"
            " was not cancelled."
        ),
        next_step=(
            "Find out what was received and correct the receipt; then run it again. Put this on"
            " the PO: {comment}"
        ),
        foreseen="it has receipts ({text})",
        scope=Scope.PO,
        lasting=True,
    ),
    Problem.PO_CHANGE_REQUEST: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}, but PO {po} has an open change request,"
            " so it was not cancelled."
        ),
        next_step=(
            "Finish or withdraw the change request; then run it again. Put this on the PO:"
            " {comment}"
        ),
        foreseen="it has an open change request ({text})",
        scope=Scope.PO,
    ),
    Problem.PO_IN_APPROVAL: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; PO {po} is still in approval{detail} and"
            " was left alone."
        ),
        next_step="Withdraw the requisition in RealSource. Put this on it: {comment}",
        foreseen="it is still in approval ({text})",
        public_step="Look at the requisition in RealSource; the receipt tells the rest.",
        scope=Scope.PO,
        ends_po=True,
    ),
    Problem.PO_NO_CANCEL_ACTION: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; PO {po} offers no single cancel"
            " action{detail}."
        ),
        next_step=(
            "Cancel the PO by hand or ask Purchasing. “Close” is another act, the robot never"
            " takes it. Put this on the PO: {comment}"
        ),
        foreseen="it offers no single cancel action ({text})",
        public_step="Look at the PO's actions by hand; the receipt tells the rest.",
        scope=Scope.PO,
        ends_po=True,
    ),
    Problem.PO_NOT_CONFIRMED: ProblemSpec(
        summary=(
            "Order {number} is cancelled at {vendor}; PO {po} was submitted in RealSource but"
            " does not show as cancelled{detail}."
        ),
        next_step="Look at PO {po} by hand. Running the same command again only looks first.",
        of_others=True,
        unconfirmed=True,
    ),
    Problem.REVERTED: ProblemSpec(
        summary="{text} Somebody must look at both at once.",
        next_step="If the order is live, cancel it at {vendor} by hand, or have PO {po} reopened.",
        public_cause="the order or the PO no longer stands as it was read before",
        public_step="Somebody must look at both at once.",
    ),
    Problem.PO_CANCELLED_FIRST: ProblemSpec(
        summary=(
            "PO {po} is cancelled in RealSource already while order {number} is live at"
            " {vendor}: it would ship and be billed."
        ),
        next_step="Cancel the order now: vendorfirst cancel {number}",
    ),
}
