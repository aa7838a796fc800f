"""Look again at orders that the robot has done.

An accepted cancel is sometimes silently undone, and an invoice may come. Each is looked at after
ten minutes and after six hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.clock import utc
from robot.queue.items import QueueItem, State
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.watchlist.advice import cancel_command
from robot.watchlist.findings import QUIET, Finding, FindingKind, FoundOrder
from robot.watchlist.judge import Names
from robot.watchlist.kept import KeptFindings
from robot.watchlist.look import Looks, WantedLook, judged_from

#: When an order is looked at again, after its end.
WAITS: Final = (timedelta(minutes=10), timedelta(hours=6))
#: What ended so long ago is left to the next export.
_TOO_OLD: Final = timedelta(days=3)
#: How long before its end an order may have been asked for.
_LONGEST: Final = timedelta(days=30)
#: How often a worker sees whether an order is to be looked at again.
_EVERY: Final = timedelta(minutes=1)
#: How many looks it asks for each time.
_MOST: Final = 4
_REASON: Final = "Looked at again"


@dataclass(frozen=True, slots=True)
class Recheck:
    """An order that is to be looked at again, unless it was since ``due`` (UTC)."""

    receipt: Receipt
    due: datetime


def due_rechecks(ledger: Ledger, now: datetime, *, stand_in: bool) -> list[Recheck]:
    """Return the orders whose time to be looked at again has come, one of each PO.

    Only those that were done at stand-in sites, or only those at live ones.
    """
    found: dict[str, Recheck] = {}
    for receipt in ledger.all_receipts(now - _TOO_OLD - _LONGEST):
        order = receipt.order
        is_done = receipt.outcome is Outcome.DONE and receipt.resolved is None
        if not is_done or not order.number or receipt.stand_in is not stand_in:
            continue
        ended = datetime.fromisoformat(receipt.finished_at)
        due = [ended + wait for wait in WAITS if ended + wait <= now]
        if due and ended >= now - _TOO_OLD:
            found[f"{order.vendor}:{order.po or order.number}"] = Recheck(receipt, due[-1])
    return list(found.values())


def wanted_recheck(one: Recheck) -> WantedLook:
    """Return the look that an order is due for."""
    order = one.receipt.order
    request = CancelRequest(
        order.vendor, order.number, order.po, _REASON, "vendorfirst", dry_run=True
    )
    return WantedLook(request, one.due)


class QueuedRechecks:
    """The looks of one database that workers take as any others of the queue."""

    def __init__(
        self,
        database: Database,
        sites: Sites,
        *,
        stand_in: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use the queue and the ledger of an open database.

        ``stand_in``: the sites are stand-ins. ``clock`` gives UNIX seconds.
        """
        self._stand_in = stand_in
        self._ledger = Ledger(database)
        self._looks = Looks(database, clock=clock)
        self._kept = KeptFindings(database, clock=clock)
        self._sites = sites
        self._clock = clock
        self._next_at: datetime | None = None
        self._judged: set[tuple[str, datetime]] = set()

    def run(self) -> None:
        """Put looks that are due into the queue, and keep what others have found.

        A few at a time, behind everything that somebody waits for: what was done over days may be
        due at once.
        """
        now = utc(self._clock())
        if self._next_at is not None and now < self._next_at:
            return
        self._next_at = now + _EVERY
        self.judge()
        unasked = [one for one in self.due() if self._looks.newest(wanted_recheck(one)) is None]
        for one in unasked[:_MOST]:
            self._looks.ask(wanted_recheck(one))

    def due(self) -> list[Recheck]:
        """Return the orders that are to be looked at again and were not judged since."""
        due = due_rechecks(self._ledger, utc(self._clock()), stand_in=self._stand_in)
        return [one for one in due if (one.receipt.id, one.due) not in self._judged]

    def judge(self) -> list[Finding]:
        """Keep what looks that ended have found, each once, and return it."""
        found = []
        for one in self.due():
            look = self._looks.newest(wanted_recheck(one))
            if look is None or look.state is not State.DONE:
                continue
            self._judged.add((one.receipt.id, one.due))
            contradiction = self._judge(one, look)
            if contradiction is not None:
                found.append(contradiction)
        self._kept.keep(found)
        return found

    def _judge(self, one: Recheck, look: QueueItem) -> Finding | None:
        """Return what a look has found that contradicts the robot.

        None also where the site kept it from looking: it is looked at once more, or exported.
        """
        state = self._looks.seen(look)
        if state is None:
            return None
        vendor = self._sites.vendor(look.vendor)
        names = Names(look.vendor, vendor.title, self._sites.eprocurement.title)
        asked = _as_finding(one.receipt)
        return _contradiction(one, asked, judged_from(state, asked, names))


def _contradiction(one: Recheck, asked: Finding, found: Finding) -> Finding | None:
    """Return what was found where it contradicts what the robot saw."""
    if found == asked or found.kind in QUIET:
        return None
    told = f"The robot saw it cancelled before (receipt {one.receipt.id})."
    return replace(
        found,
        reason=f"{found.reason} {told}",
        action=cancel_command(found) or found.action,
        undone=None if found.kind is FindingKind.UNCLEAR else one.receipt,
    )


def _as_finding(receipt: Receipt) -> Finding:
    order = receipt.order
    return Finding(
        po=order.po,
        kind=FindingKind.UNCLEAR,
        vendor=order.vendor,
        orders=(FoundOrder(order.number or "", "cancelled", None),),
    )
