"""The evidence of a receipt, and who said what about the order.

Pure; a part of the receipt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from robot.cancellation.events import (
    Event,
    EvidenceKept,
    OrderSeen,
    OrdersOfPoSeen,
    PoAnswered,
    PoIntended,
    PoSeen,
    VendorAnswered,
    VendorIntended,
)
from robot.cancellation.history import orders_in
from robot.cancellation.orders import OrderState, PoStatus
from robot.cancellation.provenance import PageOrigin, Tools
from robot.cancellation.receipts.receipt_steps import receipt_time

BEFORE: Final = "before"
AFTER_VENDOR: Final = "after_vendor"
AFTER_REALSOURCE: Final = "after_realsource"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """Where the page of a piece of evidence came from, None for what was not read."""

    loaded_at: str | None = None
    status: int | None = None
    certificate: str | None = None
    certificate_sha256: str | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRef:
    """Where one item of evidence lies.

    ``file`` is its path or its address; ``at`` is when it was taken, ``shown_at`` when the page was
    as it shows it. ``stage`` is before, after_vendor or after_realsource: the last press by then.
    """

    what: str = ""
    file: str = ""
    sha256: str = ""
    url: str = ""
    at: str = ""
    shown_at: str = ""
    stage: str = ""
    page: PageRef = PageRef()


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What one source said of the order or its PO.

    ``source`` is order_page, list_card, order_report, outcome_page, po_page or po_outcome; ``says``
    is the state that was read, ``text`` the words; ``sha256`` is the seal of the piece that shows
    it.
    """

    source: str = ""
    says: str = ""
    text: str = ""
    at: str = ""
    sha256: str | None = None


def evidence_of(events: tuple[Event, ...]) -> tuple[EvidenceRef, ...]:
    """Return the pieces in the order of what they show, not of when they were taken."""
    kept = [event for event in events if isinstance(event, EvidenceKept)]
    vendor_at = _first_at(events, VendorIntended)
    po_at = _first_at(events, PoIntended)

    def stage(shown_at: datetime) -> str:
        if po_at is not None and shown_at > po_at:
            return AFTER_REALSOURCE
        return AFTER_VENDOR if vendor_at is not None and shown_at > vendor_at else BEFORE

    return tuple(
        EvidenceRef(
            what=event.what,
            file=event.file,
            sha256=event.sha256,
            url=event.url,
            at=receipt_time(event.at),
            shown_at=receipt_time(_shown_at(event)),
            stage=stage(_shown_at(event)),
            page=_page(event, kept),
        )
        for event in sorted(kept, key=_shown_at)
    )


def tools_of(events: tuple[Event, ...]) -> tuple[Tools, ...]:
    """Return what the pieces of evidence were made with, each once."""
    used = (event.tools for event in events if isinstance(event, EvidenceKept))
    return tuple(dict.fromkeys(tools for tools in used if tools is not None))


def statements_of(
    events: tuple[Event, ...], number: str | None, po: str | None
) -> tuple[Witness, ...]:
    """Return what each source said of the order and its PO, at every look."""
    return tuple(_said(events, number, po))


def witnesses_of(statements: Iterable[Witness]) -> tuple[Witness, ...]:
    """Return the statements, each told once as long as its source says the same."""
    said: dict[str, Witness] = {}
    found = []
    for witness in statements:
        before = said.get(witness.source)
        said[witness.source] = witness
        if before is None or (before.says, before.text) != (witness.says, witness.text):
            found.append(witness)
    return tuple(found)


def proof_of_order(statements: Iterable[Witness]) -> str | None:
    """Return the seal of the piece that shows the order cancelled.

    It is of the look that decided.
    """
    looks = (one for one in statements if one.source == "order_page")
    return _first_of_the_last(looks, OrderState.CANCELLED)


def proof_of_po(statements: Iterable[Witness]) -> str | None:
    """Return the seal of the piece that shows the PO cancelled.

    It is of the look that decided.
    """
    looks = (one for one in statements if one.source == "po_page")
    return _first_of_the_last(looks, PoStatus.CANCELLED)


def _first_of_the_last(looks: Iterable[Witness], cancelled: str) -> str | None:
    first = None
    for look in looks:
        first = (first or look.sha256) if look.says == cancelled else None
    return first


def _said(events: tuple[Event, ...], number: str | None, po: str | None) -> Iterator[Witness]:
    """Yield what every look and every answer said, with the piece that was kept of it."""
    kept: list[EvidenceKept] = []
    for event in events:
        match event:
            case EvidenceKept():
                kept.append(event)
            case OrderSeen() | OrdersOfPoSeen():
                for order in orders_in(event):
                    if order.number == number:
                        seal = _seal(kept, event.at, order.number)
                        yield _witness("order_page", order.state, order.text, event.at, seal)
                yield from _cards(event, number, kept)
                yield from _reports(event, number)
                kept = []
            case PoSeen(facts=facts):
                if facts.number == po:
                    seal = _seal(kept, event.at)
                    yield _witness("po_page", facts.status, facts.text, event.at, seal)
                kept = []
            case VendorAnswered():
                seal = _seal(kept, _first_at(tuple(kept), EvidenceKept))
                answer = event.answer
                yield _witness("outcome_page", answer.verdict, answer.text, event.at, seal)
                kept = []
            case PoAnswered():
                seal = _seal(kept, _first_at(tuple(kept), EvidenceKept))
                answer = event.answer
                yield _witness("po_outcome", answer.verdict, answer.text, event.at, seal)
                kept = []


def _cards(event: Event, number: str | None, kept: list[EvidenceKept]) -> Iterator[Witness]:
    """Yield what an order's card in the vendor's list said."""
    if not isinstance(event, OrdersOfPoSeen):
        return
    of_list = [p for p in kept if not any(order.number in p.url for order in event.orders)]
    for card in event.cards:
        if card.number == number:
            seal = _seal(of_list, event.at)
            yield _witness("list_card", card.state, card.text, event.at, seal)


def _reports(event: Event, number: str | None) -> Iterator[Witness]:
    """Yield what the vendor's reporting interface said of an order."""
    if not isinstance(event, OrdersOfPoSeen):
        return
    for one in event.reported:
        if one.number == number:
            yield _witness("order_report", one.state, one.text, event.at, None)


def _witness(source: str, says: str, text: str, at: datetime, seal: str | None) -> Witness:
    return Witness(source=source, says=str(says), text=text, at=receipt_time(at), sha256=seal)


def _seal(kept: list[EvidenceKept], since: datetime | None, number: str = "") -> str | None:
    """Return the seal of the last picture of what was shown ``since``.

    Where there is none, it is that of the last text.
    """
    fitting = sorted(
        (p for p in kept if since and _shown_at(p) >= since and number in p.url), key=_shown_at
    )
    pictures = [piece for piece in fitting if piece.file.endswith(".jpg")]
    best = (pictures or fitting)[-1:]
    return best[0].sha256 if best else None


def _page(event: EvidenceKept, kept: list[EvidenceKept]) -> PageRef:
    """Return a piece's page, with what other pieces of the same document tell of it."""
    same = [
        other.page
        for other in kept
        if other.page.loaded_at is not None
        and (other.page.loaded_at, other.url) == (event.page.loaded_at, event.url)
    ]
    told = {
        field.name: next(
            (value for page in (event.page, *same) if (value := getattr(page, field.name))), None
        )
        for field in fields(PageOrigin)
        if field.name != "loaded_at"
    }
    loaded_at = event.page.loaded_at
    return PageRef(loaded_at=receipt_time(loaded_at) if loaded_at else None, **told)


def _shown_at(event: EvidenceKept) -> datetime:
    return event.shown_at or event.at


def _first_at(events: tuple[Event, ...], kind: type[Event]) -> datetime | None:
    return next((event.at for event in events if isinstance(event, kind)), None)
