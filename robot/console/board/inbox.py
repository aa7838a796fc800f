"""What waits for a person, the oldest first, with what both systems said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from robot.cancellation.events import Event, EvidenceKept, Finished, Stopped
from robot.cancellation.history import CaseHistory
from robot.cancellation.receipts.receipt_evidence import Witness, statements_of, witnesses_of
from robot.cancellation.receipts.summary import askers
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState, replay
from robot.cancellation.words.problems import spec_of
from robot.console.board.claims import Claim
from robot.console.board.moves import Offer, offers
from robot.console.board.orders import OrderRow, order_rows
from robot.problems import Scope, in_words
from robot.queue.items import QueueItem, State
from robot.queue.views import Story, read_story
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.schema import queue

#: How many orders the list shows; of the others it tells the number.
LISTED: Final = 100
_WAITS: Final = queue.c.state.in_([State.NEEDS_PERSON, State.FAILED]) & (queue.c.dry_run == 0)
_AT_VENDOR: Final = frozenset({"order_page", "list_card", "outcome_page"})
_WHERE: Final = {
    "order_page": "on the order’s page",
    "list_card": "in the list of orders",
    "outcome_page": "after the press",
    "po_page": "on the PO’s page",
    "po_outcome": "after the press",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """The orders that wait for a person, as far as they are listed, and their number."""

    rows: tuple[OrderRow, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Said:
    """What one system said.

    ``says`` is the state that was read, ``text`` the words; ``picture`` is the seal of the one that
    shows it.
    """

    where: str
    says: str
    text: str
    at: datetime
    picture: str | None


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One order that waits, with what was seen of it and what may be done.

    ``sentence`` says what happened and ``advice`` what the receipt tells to do. ``sign_in`` is the
    site where a person must sign in once, where that is what it waits for. ``shown`` is what a
    second person would approve.
    """

    item: QueueItem
    title: str
    sentence: str
    advice: str
    comment: str
    vendor: tuple[Said, ...]
    realsource: tuple[Said, ...]
    offers: tuple[Offer, ...]
    sign_in: str | None
    shown: Shown | None

    @property
    def seen(self) -> str:
        """Return what changes with the item, so that a page that is old is known."""
        return f"{self.item.turn}-{self.item.state}-{self.item.changed_at.timestamp():.6f}"


def read_inbox(database: Database, now: datetime) -> Waiting:
    """Return what waits for a person, what waits longest first."""
    with database.reading() as tx:
        query = sa.select(queue.c.id).where(_WAITS).order_by(queue.c.changed_at, queue.c.id)
        ids = list(tx.execute(query.limit(LISTED)).scalars())
        count = tx.execute(sa.select(sa.func.count()).where(_WAITS)).scalar_one()
        rows = {row.item.id: row for row in order_rows(tx, queue.c.id.in_(ids), now)}
    return Waiting(tuple(rows[one] for one in ids), int(count))


def read_item(ledger: Ledger, sites: Sites, item: QueueItem, by: str) -> InboxItem:
    """Return one order with what may be done with it ``by`` a person."""
    story = read_story(ledger, sites, item)
    state = replay(story.events) if story.events else None
    vendor, realsource = ((), ()) if state is None else _said(story.events, state)
    receipt = story.receipt
    needs_sign_in = spec_of(item.problem).scope is Scope.SITE
    return InboxItem(
        item,
        story.title,
        _sentence(story),
        (receipt.next_step if receipt else None) or "",
        (receipt.comment if receipt else None) or "",
        vendor,
        realsource,
        offers(item, story.retry, _first(state), by),
        item.site if needs_sign_in else None,
        None if state is None else state.shown,
    )


def others_claim(claim: Claim | None, by: str) -> Claim | None:
    """Return the claim of somebody else, or None."""
    return claim if claim is not None and claim.name != by else None


def _first(state: CaseState | None) -> frozenset[str]:
    """Return who asked for it or approved it first."""
    if state is None:
        return frozenset()
    given = {one.by for one in state.approvals if not one.second}
    return frozenset({*askers(state), *given})


def _sentence(story: Story) -> str:
    if story.receipt is not None:
        return story.receipt.summary
    current = CaseHistory(story.events).current if story.events else ()
    for event in reversed(current):
        if isinstance(event, Stopped):
            return event.text
        if isinstance(event, Finished):
            return event.summary
    return story.item.note or in_words(story.item.problem or "It waits for a person")


def _said(events: tuple[Event, ...], state: CaseState) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """Return what the vendor said and what RealSource said, in the order of time."""
    current = CaseHistory(events).current
    pictures = {
        event.sha256
        for event in current
        if isinstance(event, EvidenceKept) and event.file.endswith((".png", ".jpg", ".jpeg"))
    }
    number = state.request.number
    witnesses = witnesses_of(statements_of(current, number, state.po_number))
    told = [(one, _told(one, pictures)) for one in witnesses]
    vendor = tuple(said for one, said in told if one.source in _AT_VENDOR)
    realsource = tuple(said for one, said in told if one.source not in _AT_VENDOR)
    return vendor, realsource


def _told(one: Witness, pictures: set[str]) -> Said:
    picture = one.sha256 if one.sha256 in pictures else None
    where = _WHERE.get(one.source, one.source.replace("_", " "))
    at = datetime.fromisoformat(one.at)
    return Said(where, one.says.replace("_", " "), one.text, at, picture)
