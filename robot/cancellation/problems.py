"""What is known of each problem, in words and in traits.

One row a problem; whoever needs to know something of a problem asks ``spec_of``.
"""

from __future__ import annotations

from typing import Final

from robot.problems import Problem, ProblemSpec, Scope, stored

_SIGN_IN: Final = "Sign in once yourself (vendorfirst login SITE), then take it up again."
_KEEP_AND_ASK: Final = (
    "Keep the PO open. Ask {vendor} by telephone, or return the goods when they arrive."
)
_SEE: Final = "Look at the receipt's screenshots and settle it by hand."
_RETRY: Final = "Try it again: vendorfirst queue retry."

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
        summary="Part of order {number} has shipped; the robot cancels whole orders only.",
        next_step=(
            "Cancel the unshipped lines by hand at {vendor}. Leave the PO open and put this on"
            " it: {comment}"
        ),
    ),
    Problem.PARTLY_CANCELLED: ProblemSpec(
        summary=(
            "Only some lines of order {number} are cancelled at {vendor}; RealSource was not"
            " touched."
        ),
        next_step="Leave the PO open: some lines are still coming. Put this on the PO: {comment}",
    ),
    Problem.SPLIT_PO: ProblemSpec(
        summary=(
            "PO {po} has other orders at {vendor} that are not cancelled{detail}. RealSource"
            " was left alone."
        ),
        detail=": {text}",
        next_step=(
            "Leave the PO open, or cancel the other orders too (vendorfirst cancel {po}). Put"
            " this on the PO: {comment}"
        ),
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
    Problem.DECLINED: ProblemSpec(
        summary="You said no; nothing was cancelled.",
    ),
    Problem.NO_WAY_OUT: ProblemSpec(
        summary="{text}",
        next_step=(
            "Let the remote browser's machine connect to this one; see “Many machines” in the"
            " README."
        ),
        public_cause="the remote browser's machine can't connect to this one",
    ),
    Problem.BUSY: ProblemSpec(
        summary="{text}",
        next_step=(
            "Wait until the other process is finished, then run the same command again: it"
            " looks first."
        ),
        public_cause="another process works on it",
        public_step="Wait for it to end.",
    ),
    Problem.HELD_BACK: ProblemSpec(
        summary="{text}",
        next_step="When the work may go on (vendorfirst queue resume), run the same command again.",
        public_cause="the work was stopped or the site is held",
        public_step="Let it go on: vendorfirst queue resume SITE.",
    ),
    Problem.INTERRUPTED: ProblemSpec(
        summary="{text}",
        next_step="Run the same command again: it looks first.",
        public_cause="the work was broken off",
    ),
    Problem.SITE_DOWN: ProblemSpec(
        summary="{text}",
        next_step="Look whether the site is up, then run the same command again.",
        public_cause="the site did not answer, or answered with an error",
        public_step="Look whether the site is up.",
        trips_breaker=True,
    ),
    Problem.BROWSER_DIED: ProblemSpec(
        summary="{text}",
        next_step="Run the same command again; vendorfirst doctor tells what is wrong.",
        public_cause="the browser died",
        public_step="vendorfirst doctor tells what is wrong.",
    ),
    Problem.WRONG_ORDER: ProblemSpec(
        summary="{text}",
        next_step="Look at the order by hand.",
        public_cause="the page was of another order",
        public_step=_SEE,
    ),
    Problem.UNKNOWN_PAGE: ProblemSpec(
        summary="{text}",
        next_step="Look at the screenshot, settle by hand what the page asks, then run it again.",
        public_cause="a page came that the robot does not know",
        public_step=_SEE,
        # It may be one order's, but not every order must go to a person where the site has changed.
        trips_breaker=True,
    ),
    Problem.COVERED: ProblemSpec(
        summary="{text}",
        next_step="Look at the screenshot, close by hand what covers the page, then run it again.",
        public_cause="the control to press is covered by another part of the page",
        public_step=_SEE,
    ),
    Problem.UNEXPECTED_QUESTION: ProblemSpec(
        summary="{text}",
        next_step="Read the question; do by hand what is right, then run it again: it looks first.",
        public_cause="the site asked a question that the robot does not know",
        public_step=_SEE,
    ),
    Problem.LANGUAGE: ProblemSpec(
        summary="{text}",
        next_step=(
            "Switch the account's language at {vendor} to English (its page “Change language”),"
            " then run it again."
        ),
        public_cause="a page came in another language than English",
        public_step="Switch the account's language at {vendor} to English.",
        trips_breaker=True,
    ),
    Problem.ACCOUNT_AMBIGUOUS: ProblemSpec(
        public_cause="the site asks which account, and the settings do not tell",
        public_step=(
            "Set the account in .env, and start the workers again: they read it when they start."
        ),
        scope=Scope.SITE,
    ),
    Problem.ACCOUNT_BLOCKED: ProblemSpec(
        public_cause="the account may be blocked",
        public_step="Sign in by hand and see what the site says.",
        scope=Scope.SITE,
    ),
    Problem.ACCOUNT_LOCKED: ProblemSpec(
        public_cause="the account is locked",
        public_step="Unlock it with the site or the help desk.",
        scope=Scope.SITE,
    ),
    Problem.APPROVAL_NEEDED: ProblemSpec(
        public_cause="a sign-in waits for a person's approval",
        public_step=_SIGN_IN,
        scope=Scope.SITE,
    ),
    Problem.CAPTCHA: ProblemSpec(
        public_cause="the site wants a puzzle solved, which is a person's",
        public_step=_SIGN_IN,
        scope=Scope.SITE,
    ),
    Problem.INTERNAL_ERROR: ProblemSpec(
        public_cause="the robot met something that it was not written for",
        public_step="The log has the details.",
        retry=False,
    ),
    Problem.LEDGER: ProblemSpec(
        public_cause="the ledger can't be read or written",
        public_step="Make room on the disk; vendorfirst doctor tells more.",
    ),
    Problem.LOGIN_GIVEN_UP: ProblemSpec(
        public_cause="nobody signed in",
        public_step=_SIGN_IN,
    ),
    Problem.NO_EVIDENCE: ProblemSpec(
        public_cause="evidence can't be written",
        public_step="Make room on the disk.",
    ),
    Problem.ORDERS_INCOMPLETE: ProblemSpec(
        public_cause="the vendor's list of the PO's orders is not complete",
        public_step="Look the PO up by hand.",
    ),
    Problem.PAGE_ERROR: ProblemSpec(
        public_cause="a page could not be used",
        public_step="Look whether the site is up.",
        trips_breaker=True,
    ),
    Problem.PAUSED: ProblemSpec(
        public_cause="a person paused it",
        public_step="Ask who did, and why, before it goes on.",
    ),
    Problem.SIGNED_OUT: ProblemSpec(
        public_cause="the site asked to sign in again in the middle of the work",
        public_step=_RETRY,
    ),
    Problem.SIGN_IN_LOOP: ProblemSpec(
        public_cause="the sign-in goes in circles",
        public_step=_SIGN_IN,
        scope=Scope.SITE,
    ),
    Problem.TOO_MANY_CODES: ProblemSpec(
        public_cause="the site takes no more one-time codes for now",
        public_step="Wait 24 hours, or sign in by hand.",
    ),
    Problem.PO_CHANGED: ProblemSpec(
        public_cause="the PO changed before its cancel was pressed",
        public_step=_RETRY,
    ),
    Problem.TOO_SLOW: ProblemSpec(
        public_cause="a press had to wait too long, and was not made",
        public_step=_RETRY,
    ),
    Problem.UNKNOWN_USER: ProblemSpec(
        public_cause="the site does not know the user name",
        public_step="Mend it in .env, and start the workers again: they read it when they start.",
        scope=Scope.SITE,
    ),
    Problem.WORKER_DIED: ProblemSpec(
        public_cause="the workers that took it up died, one after the other",
        public_step="vendorfirst doctor tells what is wrong.",
    ),
    Problem.WRONG_CODE: ProblemSpec(
        public_cause="a one-time code was refused",
        public_step=(
            "Look at this machine's clock, and: check its secret in .env, and start the workers"
            " again: they read it when they start."
        ),
        scope=Scope.SITE,
    ),
    Problem.WRONG_HOST: ProblemSpec(
        public_cause="a page on a host that is not listed asked for a password; it was not typed",
        public_step=_SEE,
        scope=Scope.SITE,
    ),
    Problem.WRONG_LINES: ProblemSpec(
        public_cause="the cancel form does not offer exactly the order's lines",
        public_step="Compare the order and its form.",
    ),
    Problem.WRONG_PASSWORD: ProblemSpec(
        public_cause="a password was refused; it is not tried again",
        public_step="Mend it in .env, and start the workers again: they read it when they start.",
        scope=Scope.SITE,
    ),
    Problem.BAD_INPUT: ProblemSpec(),
    Problem.BAD_SETTINGS: ProblemSpec(
        scope=Scope.SITE,
    ),
    Problem.BAD_RECORDING: ProblemSpec(),
    Problem.RECORDING_UNCLEAN: ProblemSpec(),
    Problem.FAILED: ProblemSpec(),
    Problem.NOT_PERMITTED: ProblemSpec(
        retry=False,
    ),
}
_UNKNOWN: Final = ProblemSpec()


def spec_of(slug: str | None) -> ProblemSpec:
    """Return what is known of a problem.

    Of a slug that another version stored, nothing is.
    """
    problem = stored(slug)
    return SPECS[problem] if isinstance(problem, Problem) else _UNKNOWN
