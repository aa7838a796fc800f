"""What speaks against a number before anybody looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from robot.cancellation.events import OrderSeen, PoSeen
from robot.cancellation.orders import OrderState
from robot.cancellation.request import CancelRequest, case_id
from robot.console.board.uploads import SESSION_ID
from robot.console.context import Console
from robot.queue.intake import reasons_not_to_take
from robot.queue.items import NewItem, QueueItem
from robot.queue.table import QueueTable
from robot.sites.numbers import may_be_session_id


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a number is not looked at before somebody asks again.

    ``why`` goes on a sentence that begins with the number. ``item`` is the row of the queue that
    shows it, where one does.
    """

    why: str
    advice: str = ""
    item: QueueItem | None = None


def doubt_of(console: Console, wanted: CancelRequest) -> Doubt | None:
    """Return what speaks against looking at an order or a PO, None where nothing does."""
    why = _why_not_taken(console, wanted)
    if why is not None:
        items = QueueTable(console.database).find(wanted.number or str(wanted.po))
        return Doubt(why, item=items[0] if items else None)
    if wanted.number is None:
        return _other_suppliers(console, str(wanted.po), wanted.vendor)
    return _session_id(console, wanted.number, wanted.vendor)


def _why_not_taken(console: Console, wanted: CancelRequest) -> str | None:
    """Return why the cancellation of an order would not be taken, if anything."""
    asked = NewItem(CancelRequest(wanted.vendor, wanted.number, wanted.po))
    with console.database.reading() as tx:
        found = reasons_not_to_take(tx, [asked], pressed=False)
    return found[asked.key].why if asked.key in found else None


def _other_suppliers(console: Console, po: str, vendor: str) -> Doubt | None:
    """Return that an earlier look showed a PO to be another supplier's."""
    for item in QueueTable(console.database).of_po(po):
        for event in reversed(console.ledger.events(item.case)):
            if isinstance(event, PoSeen) and event.facts.number == po:
                supplier = event.facts.supplier
                if supplier is None or event.facts.supplier_matches:
                    return None
                title = console.sites.site(vendor).title
                why = f"is a PO of {supplier}, as RealSource showed it; only {title} is asked here"
                return Doubt(why, "Ask that vendor.", item)
    return None


def _session_id(console: Console, number: str, vendor: str) -> Doubt | None:
    """Return that a number looks like a session's id, and no page showed its order."""
    if not may_be_session_id(number, vendor, console.sites):
        return None
    case = case_id(vendor, number)
    looks = [item.case for item in QueueTable(console.database).looks(number)]
    events = (event for one in (case, *looks) for event in console.ledger.events(one))
    if any(isinstance(event, OrderSeen) and _is_there(event) for event in events):
        return None
    return Doubt(SESSION_ID, "Copy the number from the order's own page.")


def _is_there(seen: OrderSeen) -> bool:
    return seen.facts.state not in {OrderState.NOT_FOUND, OrderState.UNKNOWN}
