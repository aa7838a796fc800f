"""Every problem that a receipt can name, and what is to be known of each.

The slugs are a part of the receipt's contract: they never change, new ones may come. Errors name
them here, at the foundation; the words of each are in ``robot.cancellation.words.problems``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import NewType


class Problem(StrEnum):
    """The stable slug of a problem."""

    SHIPPED = "shipped"
    TOO_LATE = "too_late"
    NOT_FOUND = "not_found"
    VENDOR_REFUSED = "vendor_refused"
    BUNDLE = "bundle"
    NOT_CONFIRMED = "not_confirmed"
    VENDOR_ERROR = "vendor_error"
    PARTLY_SHIPPED = "partly_shipped"
    PARTLY_CANCELLED = "partly_cancelled"
    SPLIT_PO = "split_po"
    PO_UNKNOWN = "po_unknown"
    PO_MISMATCH = "po_mismatch"
    PO_NOT_FOUND = "po_not_found"
    PO_NOT_SHOWN = "po_not_shown"
    PO_COUNTS_UNTOLD = "po_counts_untold"
    PO_SET_UNPROVEN = "po_set_unproven"
    SOURCES_DISAGREE = "sources_disagree"
    PO_AMBIGUOUS = "po_ambiguous"
    PO_CLOSED = "po_closed"
    PO_INVOICED = "po_invoiced"
    PO_RECEIVED = "po_received"
    PO_CHANGE_REQUEST = "po_change_request"
    PO_IN_APPROVAL = "po_in_approval"
    PO_NO_CANCEL_ACTION = "po_no_cancel_action"
    PO_NOT_CONFIRMED = "po_not_confirmed"
    REVERTED = "reverted"
    PO_CANCELLED_FIRST = "po_cancelled_first"
    DECLINED = "declined"
    NOT_APPROVED = "not_approved"
    FACTS_CHANGED = "facts_changed"
    OVER_LIMIT = "over_limit"
    NO_PERMISSION = "no_permission"
    NO_WAY_OUT = "no_way_out"
    PROXY_REFUSED = "proxy_refused"
    BUSY = "busy"
    HELD_BACK = "held_back"
    INTERRUPTED = "interrupted"
    SITE_DOWN = "site_down"
    BROWSER_DIED = "browser_died"
    WRONG_ORDER = "wrong_order"
    UNKNOWN_PAGE = "unknown_page"
    LANGUAGE = "language"
    COVERED = "covered"
    UNEXPECTED_QUESTION = "unexpected_question"
    ACCOUNT_AMBIGUOUS = "account_ambiguous"
    ACCOUNT_BLOCKED = "account_blocked"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_LOCKED = "account_locked"
    APPROVAL_NEEDED = "approval_needed"
    CAPTCHA = "captcha"
    CONSENT_NEEDED = "consent_needed"
    INTERNAL_ERROR = "internal_error"
    LEDGER = "ledger"
    LOGIN_GIVEN_UP = "login_given_up"
    NO_EVIDENCE = "no_evidence"
    ORDERS_INCOMPLETE = "orders_incomplete"
    PAGE_ERROR = "page_error"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - the name of a problem
    PASSWORD_EXPIRING = "password_expiring"  # noqa: S105 - the same
    PAUSED = "paused"
    SIGNED_OUT = "signed_out"
    SIGN_IN_INTERRUPTED = "sign_in_interrupted"
    SIGN_IN_LOOP = "sign_in_loop"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_IN_THROTTLED = "sign_in_throttled"
    TOO_MANY_CODES = "too_many_codes"
    PO_CHANGED = "po_changed"
    TOO_SLOW = "too_slow"
    UNKNOWN_USER = "unknown_user"
    WORKER_DIED = "worker_died"
    WRONG_CODE = "wrong_code"
    WRONG_HOST = "wrong_host"
    WRONG_LINES = "wrong_lines"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a problem
    BAD_INPUT = "bad_input"
    BAD_SETTINGS = "bad_settings"
    BAD_RECORDING = "bad_recording"
    RECORDING_UNCLEAN = "recording_unclean"
    FAILED = "failed"
    NOT_PERMITTED = "not_permitted"


#: A slug out of a ledger that another version of this program wrote.
StoredProblem = NewType("StoredProblem", str)


def is_known(slug: str | None) -> bool:
    """Return whether this version knows the problem."""
    return slug in _SLUGS


def stored(slug: str | None) -> Problem | StoredProblem | None:
    """Return the problem of a stored slug, or the slug itself if it is unknown."""
    if slug is None:
        return None
    return Problem(slug) if is_known(slug) else StoredProblem(slug)


def in_words(slug: str) -> str:
    """Return a problem's slug as people read it."""
    return re.sub(r"\bpo\b", "PO", slug.replace("_", " "))


_SLUGS = frozenset(problem.value for problem in Problem)


class Scope(Enum):
    """What a problem keeps from going on."""

    ORDER = auto()
    #: The PO must be left alone, whatever became of the order.
    PO = auto()
    #: Every order at the site would meet the same, until a person settles it.
    SITE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSpec:
    """The words and the traits of a problem.

    ``summary`` and ``next_step`` are the receipt's, as templates of ``{number}``, ``{po}``,
    ``{vendor}``, ``{comment}`` and ``{text}``, which quotes a page. Where the quotation can be
    left out, ``summary`` has ``{detail}`` in its place, and ``detail`` is the quotation with what
    is around it. Without a ``summary`` the words of the outcome lead.

    A notice may quote nothing. It says ``public_cause``, the end of "It stopped because …", or
    else the summary without its detail; and ``public_step``, or else ``next_step``.

    ``foreseen`` says why the robot would leave the PO of a live order alone. ``lasting``: what
    keeps a PO from being cancelled does not pass by itself. ``of_others``: it may only mean that
    other orders of the PO are not as far. ``unconfirmed``: something was pressed, and the time to
    wait for its confirmation ran out. ``ends_po``: its next step ends the PO, so it is not told
    while something else keeps the PO from that. ``trips_breaker``: a run of them means that the
    site is in trouble. ``keeps_out``: nobody signs in with the account until a person settles it.
    ``retry`` is False where another try would be the same.
    """

    summary: str | None = None
    detail: str = " ({text})"
    next_step: str | None = None
    foreseen: str | None = None
    public_cause: str | None = None
    public_step: str | None = None
    scope: Scope = Scope.ORDER
    lasting: bool = False
    of_others: bool = False
    unconfirmed: bool = False
    ends_po: bool = False
    trips_breaker: bool = False
    keeps_out: bool = False
    retry: bool = True

    @property
    def full_summary(self) -> str | None:
        """Return the template of the summary with its detail."""
        return self.summary and self.summary.replace("{detail}", self.detail)
