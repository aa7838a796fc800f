"""Define the events of one cancellation, which the ledger keeps for ever.

Values only, like ``orders``. Every event says when (UTC): a look, when it began; all else, when it
came: an answer, a failure or a stop at its step's end. Those that took time say how long (seconds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

from robot.cancellation.limits import Bound
from robot.cancellation.orders import (
    ListedOrder,
    Listing,
    OrderFacts,
    Outcome,
    PoFacts,
    SubmitResult,
)
from robot.cancellation.permissions import Permission
from robot.cancellation.provenance import Marks, PageOrigin, Tools
from robot.cancellation.request import CancelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """Somebody asked for a cancellation, or with ``dry_run`` for a look.

    ``number`` None: find the PO's orders. ``unattended``: nobody waits at a terminal, and what is
    not confirmed in time is a person's. ``beside`` are the other orders that a look is of.
    """

    kind: Literal["requested"] = "requested"
    at: datetime
    request_id: str = field(metadata={"alias": "request"})
    vendor: str
    number: str | None
    po: str | None = None
    reason: str = ""
    requested_by: str = ""
    dry_run: bool = False
    stand_in: bool = False
    confirm_seconds: float = 900.0
    unattended: bool = False
    permissions: tuple[Permission, ...] = ()
    beside: tuple[str, ...] = field(default=(), metadata={"omit_empty": True})

    @classmethod
    def of(
        cls,
        request: CancelRequest,
        *,
        at: datetime,
        request_id: str,
        stand_in: bool = False,
        confirm_seconds: float = 900.0,
        unattended: bool = False,
        permissions: tuple[Permission, ...] = (),
    ) -> Self:
        """Make the event of what somebody asked for."""
        return cls(
            at=at,
            request_id=request_id,
            vendor=request.vendor,
            number=request.number,
            po=request.po,
            reason=request.reason,
            requested_by=request.requested_by,
            dry_run=request.dry_run,
            stand_in=stand_in,
            confirm_seconds=confirm_seconds,
            unattended=unattended,
            permissions=permissions,
            beside=request.beside,
        )

    @property
    def lease_name(self) -> str:
        """Return the lease that its case works under."""
        if self.dry_run:
            return f"check:{self.request_id}"
        return CancelRequest(self.vendor, self.number, self.po).lease_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """An unfinished request was taken up again, by a person or after a crash.

    ``anew``: by the loop itself, as what it had seen was too old to press on; the failures before
    it count on. ``reason`` is empty where the one who asks gave none.
    """

    kind: Literal["resumed"] = "resumed"
    at: datetime
    requested_by: str = ""
    reason: str = ""
    confirm_seconds: float = 900.0
    po: str | None = None
    unattended: bool = False
    anew: bool = False
    permissions: tuple[Permission, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A person approved the cancellation of one order, and then of its PO.

    ``approval`` is the id, which is good for one request once. ``how`` it was given: asked at a
    ``terminal``, as an ``option`` of the command, by putting a ``list`` into the queue, in the
    ``console``, by a ``token``, or ``before`` approvals were kept. ``until`` the first press must
    be made.

    With a ``digest`` it is bound to the facts that were shown, and with a ``po_digest`` to those of
    the PO, ``po_facts`` (see ``shown``). Without one it is a standing approval of whatever the
    order shows, and says its scope: ``numbers`` are orders or POs, ``orders`` how many of them the
    list or command named that has the hash ``list_sha256``, ``limits`` the limits that it was given
    under. ``second``: by another person, of what is over a limit.
    """

    kind: Literal["approved"] = "approved"
    at: datetime
    approval: str
    by: str
    how: Literal["terminal", "option", "list", "console", "token", "before"]
    until: datetime
    digest: str | None = None
    po_digest: str | None = None
    po_facts: PoFacts | None = None
    numbers: tuple[str, ...] = ()
    orders: int = 1
    list_sha256: str = ""
    limits: tuple[Bound, ...] = ()
    second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """The vendor's page of the order was loaded afresh and read.

    ``site_files`` is the hash of the site files that it was read with.
    """

    kind: Literal["order_seen"] = "order_seen"
    at: datetime
    facts: OrderFacts
    site_files: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorIntended:
    """The vendor's cancel is about to be pressed (committed before the press).

    ``approval`` is the id of the approval that is used, ``digest`` that of the facts.
    """

    kind: Literal["vendor_intended"] = "vendor_intended"
    at: datetime
    token: int
    approval: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAnswered:
    """The page after the vendor's cancel was read."""

    kind: Literal["vendor_answered"] = "vendor_answered"
    at: datetime
    answer: SubmitResult
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersOfPoSeen:
    """Every order of a PO was looked up at the vendor and read on its own page.

    Each page was loaded afresh; that of the request's own order may be the one of the ``OrderSeen``
    right before. ``listing``: whose orders the list had shown; UNPROVEN also where
    known orders were read again without the list. ``cards``: what the list said of each;
    ``reported``: what the vendor's reporting interface said, none where it told nothing.
    """

    kind: Literal["orders_of_po_seen"] = "orders_of_po_seen"
    at: datetime
    po: str
    orders: tuple[OrderFacts, ...]
    listing: Listing = Listing.UNPROVEN
    cards: tuple[ListedOrder, ...] = ()
    reported: tuple[ListedOrder, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoSeen:
    """RealSource's page of the PO was loaded afresh and read."""

    kind: Literal["po_seen"] = "po_seen"
    at: datetime
    facts: PoFacts
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoIntended:
    """RealSource's cancel is about to be pressed (committed before the press).

    ``comment`` is what it will say; ``approval`` and ``digest`` are as in ``VendorIntended``.
    """

    kind: Literal["po_intended"] = "po_intended"
    at: datetime
    token: int
    comment: str = ""
    approval: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoAnswered:
    """The page after RealSource's cancel was read."""

    kind: Literal["po_answered"] = "po_answered"
    at: datetime
    answer: SubmitResult
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The robot signed in to a site (no event when the kept session was still good)."""

    kind: Literal["signed_in"] = "signed_in"
    at: datetime
    site: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKept:
    """A piece of evidence was written.

    ``file`` is relative to the evidence folder; ``shown_at`` is when the page was as the piece
    shows it; ``marks`` are where on a picture stands what was read. Older programs told none of
    these, nor the page's origin, nor their tools.
    """

    kind: Literal["evidence_kept"] = "evidence_kept"
    at: datetime
    what: str
    file: str
    sha256: str
    url: str
    shown_at: datetime | None = None
    page: PageOrigin = field(default_factory=PageOrigin)
    tools: Tools | None = None
    marks: Marks | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The work stopped at something that only a person can settle.

    Nothing is tried again until somebody asks.
    """

    kind: Literal["stopped"] = "stopped"
    at: datetime
    problem: str
    text: str
    next_step: str | None = None
    step: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A system error came.

    ``retry`` False: trying again by itself would be rude or useless.
    """

    kind: Literal["failed"] = "failed"
    at: datetime
    problem: str
    text: str
    retry: bool = True
    step: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The request came to an end for now.

    Only ``done``, ``refused`` and ``dry_run`` close it (and a person's word, or a no).
    """

    kind: Literal["finished"] = "finished"
    at: datetime
    outcome: Outcome
    problem: str | None
    summary: str
    next_step: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A person settled the request.

    ``done`` by hand, or ``given_up``. Their word stands, with their name.
    """

    kind: Literal["resolved"] = "resolved"
    at: datetime
    as_: Literal["done", "given_up"]
    by: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """Somebody wrote down that the owner of a site allows the robot there."""

    kind: Literal["permitted"] = "permitted"
    at: datetime
    permission: Permission
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptKept:
    """The receipt of ``request`` was stored, or took the place of an earlier one.

    ``sha256`` is that of its row. So the chain of events seals the receipts too: ``Ledger.verify``
    compares them. ``files`` are the hashes of the files that were written of it, by their names.
    """

    kind: Literal["receipt_kept"] = "receipt_kept"
    at: datetime
    request: str
    sha256: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePurged:
    """The evidence of ``request`` was removed, as it was old enough.

    ``files`` are the hashes of what was there, by their names; ``by`` is who removed it.
    """

    kind: Literal["evidence_purged"] = "evidence_purged"
    at: datetime
    request: str
    files: Mapping[str, str]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceHeld:
    """Somebody said that the evidence of a case must not be removed.

    With ``held`` False it may again.
    """

    kind: Literal["evidence_held"] = "evidence_held"
    at: datetime
    held: bool
    by: str
    because: str


Event = (
    Requested
    | Resumed
    | Approved
    | OrderSeen
    | VendorIntended
    | VendorAnswered
    | OrdersOfPoSeen
    | PoSeen
    | PoIntended
    | PoAnswered
    | SignedIn
    | EvidenceKept
    | Stopped
    | Failed
    | Finished
    | Resolved
    | Permitted
    | ReceiptKept
    | EvidencePurged
    | EvidenceHeld
)
