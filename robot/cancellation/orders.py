"""Define orders, purchase orders, and what the systems said of them.

Values only: frozen, no I/O, no clock. Times are UTC, money is Decimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal


class OrderState(StrEnum):
    """Where the vendor's own page says that an order stands."""

    LIVE = "live"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"
    PARTLY_SHIPPED = "partly_shipped"
    PARTLY_CANCELLED = "partly_cancelled"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class PoStatus(StrEnum):
    """Where the e-procurement page says that a purchase order stands."""

    OPEN = "open"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    IN_APPROVAL = "in_approval"
    NOT_FOUND = "not_found"
    SEVERAL = "several"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What a system answered to a submit.

    Only ``CONFIRMED`` is good news, and even that proves nothing.
    ``UNCLEAR``: it answered in words that the site file does not know; ``LOST``: no answer came;
    ``WITHHELD``: the browser asked something that nobody knows, it was answered with No, and so
    nothing was submitted.
    """

    CONFIRMED = "confirmed"
    PENDING = "pending"
    REFUSED = "refused"
    BUNDLE = "bundle"
    PARTIAL = "partial"
    TECHNICAL = "technical"
    SIGNED_OUT = "signed_out"
    UNCLEAR = "unclear"
    LOST = "lost"
    WITHHELD = "withheld"


class Listing(StrEnum):
    """Whose orders of a PO the vendor's own list has shown.

    The list was read whole, by its own count. ``ALL_USERS``: the list said that it shows the orders
    of every user; ``ACCOUNT``: the site file says that this account sees them all; ``UNPROVEN``:
    nothing says so, and other people's orders may be missing.
    """

    UNPROVEN = ""
    ALL_USERS = "all_users"
    ACCOUNT = "account"


class Outcome(StrEnum):
    """How a request ended.

    ``PENDING``, ``NEEDS_PERSON`` and ``FAILED`` can be taken up again.
    """

    DONE = "done"
    REFUSED = "refused"
    PENDING = "pending"
    NEEDS_PERSON = "needs_person"
    FAILED = "failed"
    DRY_RUN = "dry_run"


#: Exit statuses by outcome; the worst of several orders is the command's (the order is the
#: severity).
EXIT_STATUS = {
    Outcome.DONE: 0,
    Outcome.DRY_RUN: 0,
    Outcome.REFUSED: 3,
    Outcome.PENDING: 4,
    Outcome.NEEDS_PERSON: 5,
    Outcome.FAILED: 6,
}


LineState = Literal["live", "cancelled", "shipped", "unknown"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order.

    ``quantity`` is None where the page tells it in a way that can't be read. ``item_id`` is the
    vendor's own handle for it, where the page shows one.
    """

    title: str
    quantity: int | None = 1
    state: LineState = "live"
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as one fresh load of the vendor's page shows it.

    ``text`` is the scoped text that was read. ``cancel_url`` is the address of the page's own
    cancel link. ``pending`` and ``refused`` tell that the page itself speaks of a cancellation
    under way or turned down, ``closed`` that it is live and says that it is too late. ``language``
    is that of a page that is not in English. ``po_text`` is what stands for a PO's number that
    can't be read. ``unread`` names what was there and could not be read. Of a cancelled order that
    is looked at for its PO, ``po``, ``lines`` and ``total`` are what its page showed before.
    """

    number: str
    state: OrderState
    po: str | None = None
    lines: tuple[Line, ...] = ()
    total: Decimal | None = None
    cancel_url: str | None = None
    text: str = ""
    pending: bool = False
    refused: bool = False
    closed: bool = False
    language: str = ""
    po_text: str = ""
    unread: tuple[str, ...] = ()

    @property
    def cancellable(self) -> bool:
        """Tell whether the whole order can be cancelled now.

        It is live, and the page offers it. An order with a line whose quantity can't be read can't:
        nobody could be asked about it.
        """
        is_offered = self.cancel_url is not None and not self.pending
        is_read = all(line.quantity is not None for line in self.lines)
        return self.state is OrderState.LIVE and is_offered and is_read


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order as its card in the vendor's list shows it, or the vendor's report.

    ``state`` is UNKNOWN where the words prove nothing; ``text`` are those that may be told.
    """

    number: str
    state: OrderState = OrderState.UNKNOWN
    text: str = ""


@dataclass(frozen=True, slots=True)
class PoOrders:
    """Every order of a PO that the vendor was seen to have.

    ``listing`` says whose orders its list had shown, ``cards`` what the list said of each, and
    ``reported`` what its reporting interface said, where that was asked and answered.
    """

    orders: tuple[OrderFacts, ...]
    listing: Listing = Listing.UNPROVEN
    cards: tuple[ListedOrder, ...] = ()
    reported: tuple[ListedOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """The verdict of the page after a submit, and the words it rests on."""

    verdict: Verdict
    text: str = ""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Proof that the vendor cancelled an order.

    It was read on a fresh load after everything else; ``at`` is that load.
    """

    number: str
    text: str
    at: datetime

    @classmethod
    def from_read_back(cls, facts: OrderFacts, at: datetime) -> Confirmation:
        """Return the proof that ``facts`` give.

        It is the only way to make one. Raises ValueError unless ``facts`` say cancelled.
        """
        if facts.state is not OrderState.CANCELLED:
            msg = f"order {facts.number} reads back {facts.state}, not cancelled"
            raise ValueError(msg)
        return cls(facts.number, facts.text, at)


@dataclass(frozen=True, slots=True)
class PoFacts:
    """A purchase order as one fresh load of RealSource shows it.

    Counts are None where the page does not tell them. ``line_count`` is how many lines its page
    lists. ``number`` is empty where the page does not tell exactly one. ``total_text`` is what
    stands for a total that can't be read. ``unread`` names what was there and could not be read.
    """

    number: str
    status: PoStatus
    status_text: str = ""
    supplier: str | None = None
    supplier_matches: bool = True
    total: Decimal | None = None
    line_count: int | None = None
    invoices: int | None = 0
    receipts: int | None = 0
    change_requests: int | None = 0
    actions: tuple[str, ...] = ()
    cancel_label: str | None = None
    text: str = ""
    total_text: str = ""
    unread: tuple[str, ...] = ()
