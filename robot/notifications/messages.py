"""Say what people are told when nobody watches.

It is made of numbers, states, times and our own words. A notice goes through other people's
servers. So it holds no text of a page, no reason, no name and no address: a receipt's words are not
passed on, its problem is said in words that quote nothing, and a number that does not look like one
is left out. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Final

from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.words.problems import spec_of
from robot.cancellation.words.wording import public_wording
from robot.clock import local_text
from robot.problems import in_words, is_known


class NoticeKind(StrEnum):
    """What a notice is about."""

    NEEDS_PERSON = "needs_person"
    SITE_HELD = "site_held"
    OVERDUE = "overdue"
    DIGEST = "digest"
    WATCHLIST = "watchlist"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message.

    Two notices of the same ``key`` say the same, so the second need not be sent.
    """

    kind: NoticeKind
    key: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """An order that waits.

    It has its number (or None and the PO's), why it waits (a problem's slug), since and until when
    (UTC). ``asked_at`` is when it was asked for, by which what was overdue from the beginning is
    told from what became so.
    """

    number: str | None
    po: str | None = None
    problem: str | None = None
    since: datetime | None = None
    deadline: datetime | None = None
    asked_at: datetime | None = None

    @property
    def late_since(self) -> datetime | None:
        """Return when it became overdue, or None where it has no deadline.

        That is at its deadline, or when it was asked for after that.
        """
        return max(self.deadline, self.asked_at or self.deadline) if self.deadline else None


#: How many orders one notice lists; of the others it tells the count.
LISTED: Final = 20

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


def needs_person(
    receipt: Receipt, title: str, zone: tzinfo | None = None, link: str | None = None
) -> Notice:
    """Tell of an order that a person must settle, by its receipt.

    ``title`` is the vendor's. ``zone``, here and below, is the one that times are told in; None is
    the machine's own. ``link`` is the address of the order's page, which gives nobody a right.
    """
    problem = receipt.problem
    number = _number(receipt.order.number)
    po = _number(receipt.order.po)
    vendor_state = receipt.vendor.state
    po_state = receipt.realsource.state
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
        f"It stopped on {_local(datetime.fromisoformat(receipt.finished_at), zone)}.",
        f"The whole story: {_show(number or po)}",
        f"On the web page: {link}" if link else "",
    ]
    stand_in = " (stand-in)" if receipt.stand_in else ""
    key = _key(NoticeKind.NEEDS_PERSON, receipt.id, str(problem), receipt.finished_at)
    return Notice(
        NoticeKind.NEEDS_PERSON,
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
    """Tell of a site that nothing is sent to for now.

    ``why`` is a problem's slug. Without ``until`` it waits until a person says so.
    """
    spec = spec_of(why)
    cause = "of something that the log tells"
    todo: str | None = "Look into the log."
    if spec.public_cause:
        cause = spec.public_cause
        todo = spec.public_step or spec.next_step
    lines = [
        f"Since {_local(since, zone)} the queue sends nothing to {title}, because {cause}.",
        f"It tries again on {_local(until, zone)}." if until else "It waits for a person.",
        f"What to do: {todo}",
        f"To go on at once: vendorfirst queue resume {site}",
    ]
    return Notice(
        NoticeKind.SITE_HELD,
        _key(NoticeKind.SITE_HELD, site, since.isoformat()),
        f"{title} is held",
        _body(lines),
    )


def overdue(waiting: Sequence[WaitingOrder], zone: tzinfo | None = None) -> Notice:
    """Tell of the orders whose deadline has passed, the longest first.

    Its key is new when another order has become overdue. It is the old one when some of them are
    overdue no more: those that are left were told of.
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
    key = _key(NoticeKind.OVERDUE, last.isoformat() if last else "")
    return Notice(
        NoticeKind.OVERDUE, key, f"{_count(len(by_deadline), 'order')} overdue", _body(lines)
    )


def digest(
    day: date,
    counts: Mapping[str, int],
    waiting: Sequence[WaitingOrder],
    zone: tzinfo | None = None,
    held: Sequence[str] = (),
    head: str = "",
) -> Notice:
    """Tell how the queue stands.

    That is how many orders are in each state, which of them wait for a person, and what is held.
    ``held`` are the titles of the sites that nothing is sent to for now, ``head`` is that of the
    ledger. One key a day.
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
    if head:
        lines.append(f"Head of the ledger, to be kept: {head}")
    orders = (
        f"{_count(len(waiting), 'order')} for a person"
        if waiting
        else "no order waits for a person"
    )
    title = f"Queue: {orders}{', but sites are held' if held else ''}"
    return Notice(NoticeKind.DIGEST, _key(NoticeKind.DIGEST, day.isoformat()), title, _body(lines))


def watchlist(
    made_at: datetime, totals: Sequence[tuple[str, int, Decimal]], *, stale: bool
) -> Notice:
    """Tell what a watch-list has that is new.

    Of each finding how many, and the dollars at stake. ``stale`` says that an export was old.
    ``made_at`` is UTC.
    """
    lines = [f"{name}: {count}, ${dollars:,.2f} at stake" for name, count, dollars in totals]
    if stale:
        lines.append("An export is old: have it made anew before you act on it.")
    lines.append("All of them, and what to do: vendorfirst watchlist list")
    found = _count(sum(count for _, count, _ in totals), "finding")
    return Notice(
        NoticeKind.WATCHLIST,
        _key(NoticeKind.WATCHLIST, made_at.isoformat()),
        f"Watch-list: {found} new or changed",
        _body(lines),
    )


def watchlist_failed(day: str) -> Notice:
    """Tell that a day's watch-list could not be made from its files."""
    return Notice(
        NoticeKind.WATCHLIST,
        _key(NoticeKind.WATCHLIST, day, "failed"),
        "Watch-list: not made",
        "Its exports could not be read. Look why: vendorfirst watchlist schedule --try",
    )


def watchlist_left(day: str, left: int) -> Notice:
    """Tell how many POs could not be looked up in RealSource for a day's watch-list."""
    pos = _count(left, "PO")
    return Notice(
        NoticeKind.WATCHLIST,
        _key(NoticeKind.WATCHLIST, day, "left"),
        f"Watch-list: {pos} not looked up",
        "A site could not be looked at, or is paused: vendorfirst doctor. The next night asks for"
        " every PO again; sooner does vendorfirst watchlist run --realsource search --vendor"
        " amazon_business=REPORT.csv",
    )


# --- words ----------------------------------------------------------------------------------------


def _said(
    problem: object, number: str | None, po: str | None, vendor: str, *, confirmed: bool
) -> tuple[str, str]:
    """Return what happened and what to do."""
    words = {
        "number": number or po or "(see the queue)",
        "po": po or "(not known)",
        "vendor": vendor,
        "name": _capital(_name(number, None if number else po)),
    }
    slug = problem if isinstance(problem, str) else None
    return public_wording(slug, words, confirmed=confirmed)


def _pressed(receipt: Receipt, title: str) -> Iterator[str]:
    """Tell what was pressed and is not confirmed.

    It is left out where why it stopped says so already.
    """
    if spec_of(receipt.problem).public_cause is None:
        return
    if receipt.vendor.state == "pending":
        yield f"The cancellation was submitted at {title} and is not confirmed."
    if receipt.realsource.state == "unknown" and receipt.realsource.submits:
        yield "The cancel of the PO was submitted in RealSource and is not confirmed."


def _listed(waiting: Sequence[WaitingOrder], zone: tzinfo | None) -> Iterator[str]:
    for each in waiting[:LISTED]:
        number = _number(each.number)
        po = _number(each.po)
        parts = [
            f"deadline {_local(each.deadline, zone)}" if each.deadline else "",
            f"since {_local(each.since, zone)}" if each.since else "",
            in_words(each.problem) if each.problem and is_known(each.problem) else "",
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
    return local_text(at, zone, seconds=False) if at else ""


def _body(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line)


def _key(kind: NoticeKind, *parts: str) -> str:
    digest_of = hashlib.sha256("\x1f".join(parts).encode(errors="replace"))
    return f"{kind}:{digest_of.hexdigest()[:32]}"
