"""What people are told when nobody watches: notices, made of numbers, states, times and our own
words. Pure.

A notice goes through other people's servers. So it holds no text of a page, no reason, no name and
no address: a receipt's words are not passed on, its problem is said anew, and a number that does
not look like one is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from robot.cancellation.wording import (
    NOT_CONFIRMED_AT_ALL,
    OTHERS_NOT_CONFIRMED,
    PO_MISMATCH_FIRST,
    PROBLEMS,
)


class Kind(StrEnum):
    """What a notice is about."""

    NEEDS_PERSON = "needs_person"
    SITE_HELD = "site_held"
    OVERDUE = "overdue"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. Two notices of the same ``key`` say the same: the second need not be sent."""

    kind: Kind
    key: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An order that waits: its number (or None and the PO's), why (a problem's slug), since and
    until when (UTC).

    ``asked_at`` is when it was asked for, by which what was overdue from the beginning is told from
    what became so.
    """

    number: str | None
    po: str | None = None
    problem: str | None = None
    since: datetime | None = None
    deadline: datetime | None = None
    asked_at: datetime | None = None

    @property
    def late_since(self) -> datetime | None:
        """When it became overdue: at its deadline, or as it was asked for after that; None where
        it has none.
        """
        return max(self.deadline, self.asked_at or self.deadline) if self.deadline else None


#: How many orders one notice lists; of the others it tells the count.
LISTED: Final = 20

_SIGN_IN: Final = "Sign in once yourself (vendorfirst login SITE), then take it up again."
_MEND: Final = "{} in .env, and start the workers again: they read it when they start."
_SEE: Final = "Look at the receipt's screenshots and settle it by hand."
#: Problem slug -> (why a site or an order stands still, what to do), where the receipt's own words
#: quote a page.
_CAUSES: Final[dict[str, tuple[str, str]]] = {
    "account_ambiguous": (
        "the site asks which account, and the settings do not tell",
        _MEND.format("Set the account"),
    ),
    "account_blocked": (
        "the account may be blocked",
        "Sign in by hand and see what the site says.",
    ),
    "account_locked": ("the account is locked", "Unlock it with the site or the help desk."),
    "approval_needed": ("a sign-in waits for a person's approval", _SIGN_IN),
    "browser_died": ("the browser died", "vendorfirst doctor tells what is wrong."),
    "busy": ("another process works on it", "Wait for it to end."),
    "captcha": ("the site wants a puzzle solved, which is a person's", _SIGN_IN),
    "held_back": (
        "the work was stopped or the site is held",
        "Let it go on: vendorfirst queue resume SITE.",
    ),
    "internal_error": (
        "the robot met something that it was not written for",
        "The log has the details.",
    ),
    "ledger": (
        "the ledger can't be read or written",
        "Make room on the disk; vendorfirst doctor tells more.",
    ),
    "login_given_up": ("nobody signed in", _SIGN_IN),
    "no_evidence": ("evidence can't be written", "Make room on the disk."),
    "orders_incomplete": (
        "the vendor's list of the PO's orders is not complete",
        "Look the PO up by hand.",
    ),
    "page_error": ("a page could not be used", "Look whether the site is up."),
    "paused": ("a person paused it", "Ask who did, and why, before it goes on."),
    "reverted": (
        "the order or the PO no longer stands as it was read before",
        "Somebody must look at both at once.",
    ),
    "signed_out": (
        "the site asked to sign in again in the middle of the work",
        "Try it again: vendorfirst queue retry.",
    ),
    "sign_in_loop": ("the sign-in goes in circles", _SIGN_IN),
    "site_down": (
        "the site did not answer, or answered with an error",
        "Look whether the site is up.",
    ),
    "too_many_codes": (
        "the site takes no more one-time codes for now",
        "Wait 24 hours, or sign in by hand.",
    ),
    "po_changed": (
        "the PO changed before its cancel was pressed",
        "Try it again: vendorfirst queue retry.",
    ),
    "too_slow": (
        "a press had to wait too long, and was not made",
        "Try it again: vendorfirst queue retry.",
    ),
    "unknown_page": ("a page came that the robot does not know", _SEE),
    "unknown_user": ("the site does not know the user name", _MEND.format("Mend it")),
    "worker_died": (
        "the workers that took it up died, one after the other",
        "vendorfirst doctor tells what is wrong.",
    ),
    "wrong_code": (
        "a one-time code was refused",
        f"Look at this machine's clock, and: {_MEND.format('check its secret')}",
    ),
    "wrong_host": (
        "a page on a host that is not listed asked for a password; it was not typed",
        _SEE,
    ),
    "wrong_lines": (
        "the cancel form does not offer exactly the order's lines",
        "Compare the order and its form.",
    ),
    "wrong_order": ("the page was of another order", _SEE),
    "wrong_password": ("a password was refused; it is not tried again", _MEND.format("Mend it")),
}
_OTHER: Final = ("of something that the receipt tells", "Read the receipt.")
_STATES: Final = frozenset(
    {
        "live",
        "cancelled",
        "already_cancelled",
        "pending",
        "refused",
        "shipped",
        "partly_cancelled",
        "not_found",
    }
    | {"unknown", "untouched", "blocked"}
)
# Letters, digits and dashes, as the patterns of the site files want them; so many digits are in no
# word or name.
_NUMBER: Final = re.compile(r"(?=(?:\D*\d){4})[A-Z]{0,6}[-#]?\d[A-Z0-9-]{3,24}", re.ASCII)


def needs_person(receipt: Mapping[str, Any], title: str, zone: tzinfo | None = None) -> Notice:
    """An order that a person must settle, by its receipt (the JSON of the contract). ``title`` is
    the vendor's.

    ``zone``, here and below, is the one that times are told in; None is the machine's own.
    """
    order, problem = receipt["order"], receipt["problem"]
    number, po = _number(order["number"]), _number(order["po"])
    vendor_state, po_state = receipt["vendor"]["state"], receipt["realsource"]["state"]
    states = [
        f"{where}: {state.replace('_', ' ')}"
        for where, state in ((title, vendor_state), ("RealSource", po_state))
        if state in _STATES
    ]
    what, todo = _said(
        problem, number, po, title, confirmed=vendor_state in {"cancelled", "already_cancelled"}
    )
    lines = [
        what,
        f"{'. '.join(states)}." if states else "",
        *_pressed(receipt, title),
        f"What to do: {todo}",
        f"It stopped on {_local(datetime.fromisoformat(receipt['finished_at']), zone)}.",
        f"The whole story: {_show(number or po)}",
    ]
    stand_in = " (stand-in)" if receipt.get("stand_in") else ""
    key = _key(Kind.NEEDS_PERSON, receipt["id"], str(problem), receipt["finished_at"])
    return Notice(
        Kind.NEEDS_PERSON,
        key,
        f"{_capital(_name(number, po))} needs a person{stand_in}",
        _body(lines),
    )


def site_held(
    site: str,
    title: str,
    since: datetime,
    why: str,
    until: datetime | None,
    zone: tzinfo | None = None,
) -> Notice:
    """A site that nothing is sent to for now: ``why`` is a problem's slug; ``until`` None: until a
    person says so.
    """
    cause, todo = _CAUSES.get(why, ("of something that the log tells", "Look into the log."))
    lines = [
        f"Since {_local(since, zone)} the queue sends nothing to {title}, because {cause}.",
        f"It tries again on {_local(until, zone)}." if until else "It waits for a person.",
        f"What to do: {todo}",
        f"To go on at once: vendorfirst queue resume {site}",
    ]
    return Notice(
        Kind.SITE_HELD,
        _key(Kind.SITE_HELD, site, since.isoformat()),
        f"{title} is held",
        _body(lines),
    )


def overdue(waiting: Sequence[Waiting], zone: tzinfo | None = None) -> Notice:
    """Orders whose deadline has passed, the longest first. Its key is new when another order has
    become overdue.

    It is the old one when some of them are overdue no more: those that are left were told of.
    """
    by_deadline = sorted(
        (w for w in waiting if w.deadline), key=lambda w: (w.deadline, w.number or "", w.po or "")
    )
    last = max((w.late_since for w in by_deadline if w.late_since), default=None)
    lines = [
        f"Not done, and {_count(len(by_deadline), 'deadline')} passed:",
        *_listed(by_deadline, zone),
    ]
    lines.append("All of them: vendorfirst queue list")
    key = _key(Kind.OVERDUE, last.isoformat() if last else "")
    return Notice(Kind.OVERDUE, key, f"{_count(len(by_deadline), 'order')} overdue", _body(lines))


def digest(
    day: date,
    counts: Mapping[str, int],
    waiting: Sequence[Waiting],
    zone: tzinfo | None = None,
    held: Sequence[str] = (),
) -> Notice:
    """How the queue stands: how many orders are in each state, which of them wait for a person, and
    what is held.

    ``held`` are the titles of the sites that nothing is sent to for now. One key a day.
    """
    told = [
        f"{state.replace('_', ' ')}: {count}"
        for state, count in counts.items()
        if re.fullmatch("[a-z_]+", state)
    ]
    lines = [f"The queue on {day.isoformat()}: {', '.join(told) or 'empty'}."]
    if waiting:
        lines += [f"{_count(len(waiting), 'order')} for a person:", *_listed(waiting, zone)]
    else:
        lines.append("No order waits for a person.")
    lines += [f"HELD: {site}. Nothing is sent there until it goes on." for site in held]
    lines.append("More: vendorfirst queue list")
    orders = (
        f"{_count(len(waiting), 'order')} for a person"
        if waiting
        else "no order waits for a person"
    )
    title = f"Queue: {orders}{', but sites are held' if held else ''}"
    return Notice(Kind.DIGEST, _key(Kind.DIGEST, day.isoformat()), title, _body(lines))


# --- words ----------------------------------------------------------------------------------------


def _said(
    problem: object, number: str | None, po: str | None, vendor: str, *, confirmed: bool
) -> tuple[str, str]:
    """What happened and what to do, from the receipt's templates without what they quote, or from
    our own words.
    """
    slug = problem if isinstance(problem, str) else ""
    summary, step = PROBLEMS.get(slug, ("{text}", None))
    if slug == "not_confirmed":
        summary, step = OTHERS_NOT_CONFIRMED if confirmed else NOT_CONFIRMED_AT_ALL
    if slug == "po_mismatch" and not confirmed:
        summary, step = PO_MISMATCH_FIRST
    # Most quotations stand in brackets, or after a colon at a sentence's end.
    summary = re.sub(r" ?\([^()]*\{text\}\)|: \{text\}", "", summary)
    step = re.sub(
        "this comment: “{comment}”|“{comment}”", "the comment in the receipt.", step or _OTHER[1]
    )
    if slug in _CAUSES or "{text}" in summary + step:
        cause, step = _CAUSES.get(slug, _OTHER)
        return f"{_capital(_name(number, None if number else po))} stopped because {cause}.", step
    names = {
        "number": number or po or "(see the queue)",
        "po": po or "(not known)",
        "vendor": vendor,
    }
    return summary.format(**names), step.format(**names)


def _pressed(receipt: Mapping[str, Any], title: str) -> Iterator[str]:
    """What was pressed and is not confirmed, where why it stopped does not say so."""
    if receipt["problem"] not in _CAUSES:
        return
    if receipt["vendor"]["state"] == "pending":
        yield f"The cancellation was submitted at {title} and is not confirmed."
    if receipt["realsource"]["state"] == "unknown" and receipt["realsource"].get("submits"):
        yield "The cancel of the PO was submitted in RealSource and is not confirmed."


def _listed(waiting: Sequence[Waiting], zone: tzinfo | None) -> Iterator[str]:
    for each in waiting[:LISTED]:
        number, po = _number(each.number), _number(each.po)
        parts = [
            f"deadline {_local(each.deadline, zone)}" if each.deadline else "",
            f"since {_local(each.since, zone)}" if each.since else "",
            (
                each.problem.replace("_", " ")
                if each.problem in PROBLEMS or each.problem in _CAUSES
                else ""
            ),
        ]
        told = "; ".join(part for part in parts if part)
        yield f"- {_name(number, po)}{': ' if told else ''}{told}"
    if len(waiting) > LISTED:
        yield f"- and {len(waiting) - LISTED} more"


def _number(text: object) -> str | None:
    return text if isinstance(text, str) and _NUMBER.fullmatch(text) else None


def _name(number: str | None, po: str | None) -> str:
    if number is None:
        return f"PO {po}" if po else "an order"
    return f"order {number}" + (f" (PO {po})" if po else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _show(number: str | None) -> str:
    return f"vendorfirst queue show {number}" if number else "vendorfirst queue list"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _local(at: datetime | None, zone: tzinfo | None) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if at else ""


def _body(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line)


def _key(kind: Kind, *parts: str) -> str:
    digest_of = hashlib.sha256("\x1f".join(parts).encode(errors="replace"))
    return f"{kind}:{digest_of.hexdigest()[:32]}"
