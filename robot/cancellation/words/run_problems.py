"""Say what stops a run (pages, sign-ins, sites, this machine), one row a problem."""

from __future__ import annotations

from typing import Final

from robot.problems import Problem, ProblemSpec, Scope

_SIGN_IN: Final = "Sign in once yourself (vendorfirst login SITE), then take it up again."
_RENEW: Final = (
    "Change it with the site, set the new one in .env, and start the workers again: they read it"
    " when they start."
)
_SEE: Final = "Look at the receipt's screenshots and settle it by hand."
_RETRY: Final = "Try it again: vendorfirst queue retry NUMBER."

RUN_PROBLEMS: Final[dict[Problem, ProblemSpec]] = {
    Problem.DECLINED: ProblemSpec(
        summary="You said no; nothing was cancelled.",
    ),
    Problem.NOT_APPROVED: ProblemSpec(
        summary="{text}",
        next_step=(
            "Have it approved anew: vendorfirst cancel {number}, or, where it is in the queue,"
            " vendorfirst queue retry {number}."
        ),
        public_cause="no approval covers what was to be pressed",
        public_step="Have it approved anew: vendorfirst queue retry {number}.",
        retry=False,
    ),
    Problem.FACTS_CHANGED: ProblemSpec(
        summary="{text}",
        next_step=(
            "Look at it. If it is still to be cancelled: vendorfirst cancel {number}, or, where it"
            " is in the queue, vendorfirst queue retry {number}."
        ),
        public_cause="it is shown otherwise than when it was approved",
        public_step="If it is still to be cancelled: vendorfirst queue retry {number}.",
        retry=False,
    ),
    Problem.OVER_LIMIT: ProblemSpec(
        summary="{text}",
        next_step=(
            "Have somebody else approve it: vendorfirst queue approve {number}. Or, where the limit"
            " is of a day, wait until it allows it, then: vendorfirst cancel {number}, or, where it"
            " is in the queue, vendorfirst queue retry {number}."
        ),
        public_cause="its cancellation would go over a limit",
        public_step="Have somebody else approve it: vendorfirst queue approve {number}.",
        retry=False,
    ),
    Problem.NO_PERMISSION: ProblemSpec(
        summary="{text}",
        next_step=(
            "Get the consent of the site's owner in writing, and write it down: vendorfirst"
            " permission add SITE --account ACCOUNT --granted-by WHO --reference LETTER"
            " --until DAY."
        ),
        public_cause="no permission of the site's owner is on record",
        public_step=(
            "Write it down: vendorfirst permission add SITE --account ACCOUNT --granted-by WHO"
            " --reference LETTER --until DAY."
        ),
        retry=False,
    ),
    Problem.NO_WAY_OUT: ProblemSpec(
        summary="{text}",
        next_step=(
            "Let the remote browser's machine connect to this one; see “Many machines” in the"
            " README."
        ),
        public_cause="the remote browser's machine can't connect to this one",
    ),
    Problem.PROXY_REFUSED: ProblemSpec(
        summary="{text}",
        next_step="Mend HTTPS_PROXY, or ask who runs the proxy; then run the same command again.",
        public_cause="the proxy on the way to the sites lets nothing through",
        public_step="Mend HTTPS_PROXY, or ask who runs the proxy.",
        trips_breaker=True,
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
    Problem.ACCOUNT_DISABLED: ProblemSpec(
        public_cause="the account is disabled",
        public_step="Ask the help desk why, and whether it is still the robot's.",
        scope=Scope.SITE,
        keeps_out=True,
    ),
    Problem.ACCOUNT_LOCKED: ProblemSpec(
        public_cause="the account is locked",
        public_step="Unlock it with the site or the help desk.",
        scope=Scope.SITE,
        keeps_out=True,
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
    Problem.CONSENT_NEEDED: ProblemSpec(
        public_cause="the sign-in asks to agree to something, which is a person's to decide",
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
    Problem.PASSWORD_EXPIRED: ProblemSpec(
        public_cause="the password has expired; the robot changes none",
        public_step=_RENEW,
        scope=Scope.SITE,
        keeps_out=True,
    ),
    Problem.PASSWORD_EXPIRING: ProblemSpec(
        public_cause="the sign-in warns that the password will expire",
        public_step=_RENEW,
        scope=Scope.SITE,
    ),
    Problem.PAUSED: ProblemSpec(
        public_cause="a person paused it",
        public_step="Ask who did, and why, before it goes on.",
    ),
    Problem.SIGNED_OUT: ProblemSpec(
        public_cause="the sign-in ended in the middle of the work",
        public_step=_RETRY,
    ),
    Problem.SIGN_IN_INTERRUPTED: ProblemSpec(
        public_cause="the sign-in shows a message that a person is to read",
        public_step=_SIGN_IN,
        scope=Scope.SITE,
    ),
    Problem.SIGN_IN_LOOP: ProblemSpec(
        public_cause="the sign-in goes in circles",
        public_step=_SIGN_IN,
        scope=Scope.SITE,
    ),
    Problem.SIGN_IN_REFUSED: ProblemSpec(
        public_cause="the site refused the sign-in; it is not tried again",
        public_step="Settle with the site or the help desk what it says.",
        scope=Scope.SITE,
    ),
    Problem.SIGN_IN_THROTTLED: ProblemSpec(
        public_cause="the site takes no more sign-ins for now",
        public_step=(
            "Wait as long as the help desk says, then sign in once yourself: vendorfirst login"
            " SITE."
        ),
        scope=Scope.SITE,
        keeps_out=True,
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
