"""Send what people are to be told, which was written down with the fact itself.

Whichever worker comes first sends a notice; each is sent once, and tried again for a while where no
channel takes it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import (
    OrderPart,
    RealSourcePart,
    Receipt,
    VendorPart,
    both_systems,
    is_current,
)
from robot.cancellation.state import replay_open
from robot.clock import utc
from robot.notifications import messages
from robot.notifications.channels import Channels
from robot.notifications.messages import Notice, WaitingOrder
from robot.queue.items import QueueItem, State
from robot.queue.table import QueueTable
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.notices import put_notice
from robot.storage.pauses import ALL, SitePauses
from robot.storage.schema import notices as rows

#: How often a notice is tried, and how long (s) after the first try again; then twice as long, up
#: to ``_LONGEST``.
TRIES: Final = 30
_AGAIN: Final = 60.0
_LONGEST: Final = 3600.0
#: After which time (s) a notice counts as told where a worker has no channel; another one may have
#: some.
_OLD: Final = 86_400.0
#: From which hour on, in the machine's zone, the day's digest is sent.
DIGEST_HOUR: Final = 7
#: Their rows hold the whole message.
_WHOLE: Final = frozenset(
    {messages.NoticeKind.OVERDUE, messages.NoticeKind.DIGEST, messages.NoticeKind.WATCHLIST}
)
_PERSON: Final = (State.NEEDS_PERSON, State.FAILED)


class Outbox:
    """The notices of one database."""

    def __init__(
        self,
        database: Database,
        channels: Channels,
        sites: Sites,
        *,
        console_url: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the outbox's place and its means.

        ``console_url`` is the web page's address, for links to it. ``clock`` gives UNIX seconds.
        """
        self._database = database
        self._channels = channels
        self._sites = sites
        self._console_url = console_url
        self._clock = clock
        self._table = QueueTable(database, clock=clock)
        self._pauses = SitePauses(database, clock=clock)
        self._ledger = Ledger(database)

    def flush(self) -> int:
        """Send what is due, and return how many notices went out.

        Where no channel is set, what is old counts as told.
        """
        if not len(self._channels):
            self._forget()
            return 0
        self._collect()
        return sum(self._send(key, body, tries) for key, body, tries in self._due())

    def _collect(self) -> None:
        """Write down what no single fact tells.

        That is what is overdue, and once a day how the queue stands.
        """
        late = self._table.overdue()
        now = self._clock()
        found = [messages.overdue([_waiting(item) for item in late])] if late else []
        local = utc(now).astimezone()
        counts = self._table.counts()
        if local.hour >= DIGEST_HOUR and counts:
            waiting = [_waiting(item) for item in self._table.listed(_PERSON)]
            held = [self._title(site) for site in self._pauses.active()]
            told = {state.value: n for state, n in counts.items()}
            head = self._ledger.head().text
            found.append(messages.digest(local.date(), told, waiting, held=held, head=head))
        with self._database.reading() as tx:
            known = set(
                tx.execute(
                    sa.select(rows.c.key).where(rows.c.key.in_([one.key for one in found]))
                ).scalars()
            )
        for one in found:
            if one.key not in known:
                with self._database.writing() as tx:
                    put_notice(tx, one.key, json.dumps({"title": one.title, "body": one.body}), now)

    def _due(self) -> list[tuple[str, str, int]]:
        now = self._clock()
        with self._database.reading() as tx:
            found = tx.execute(
                sa.select(rows)
                .where(rows.c.sent_at.is_(None), rows.c.tries < TRIES)
                .order_by(rows.c.at)
            ).all()
        return [
            (r.key, r.body, r.tries) for r in found if r.tries == 0 or r.at + _wait(r.tries) <= now
        ]

    def _send(self, key: str, body: str, tries: int) -> bool:
        mine = (rows.c.key == key) & (rows.c.tries == tries) & rows.c.sent_at.is_(None)
        with self._database.writing() as tx:
            # From here on ``at`` is when it was tried: who else looks waits from then.
            if (
                tx.execute(
                    rows.update().where(mine).values(tries=tries + 1, at=self._clock())
                ).rowcount
                != 1
            ):
                return False  # another worker is at it
        notice = self._notice(key, body)
        taken = notice is None or len(self._channels.send(notice)) < len(self._channels)
        if taken:
            with self._database.writing() as tx:
                tx.execute(rows.update().where(rows.c.key == key).values(sent_at=self._clock()))
        return taken and notice is not None

    def _notice(self, key: str, body: str) -> Notice | None:
        """Return a row as a notice, or None where it is not true any more."""
        kind, _, rest = key.partition(":")
        if kind in _WHOLE:
            return Notice(messages.NoticeKind(kind), key, **json.loads(body))
        if kind == messages.NoticeKind.SITE_HELD:
            site = rest.rpartition(":")[0]
            hold = self._pauses.active().get(site)
            return (
                messages.site_held(site, self._title(site), hold.since, hold.because, hold.until)
                if hold
                else None
            )
        try:
            item = self._table.get(int(rest.partition(":")[0]))
        except KeyError:
            return None
        if item.state not in _PERSON:
            return None
        title = self._title(item.vendor)
        return messages.needs_person(self._receipt(item), title, link=self._link(item))

    def _receipt(self, item: QueueItem) -> Receipt:
        """Return the receipt of an item, or what stands for one where there is none yet."""
        events = self._ledger.events(item.case)
        for receipt in self._ledger.receipts(item.case):
            if receipt.id == item.request_id and is_current(receipt, item.problem, events):
                return receipt
        vendor, realsource = VendorPart(), RealSourcePart()
        if replay_open(events) is not None:
            vendor, realsource = both_systems(events)
        return Receipt(
            id=f"item {item.id}",
            outcome=Outcome(item.state.value),
            problem=item.problem,
            order=OrderPart(number=item.number, po=item.po),
            vendor=vendor,
            realsource=realsource,
            finished_at=item.changed_at.isoformat(),
        )

    def _link(self, item: QueueItem) -> str | None:
        if self._console_url is None:
            return None
        return f"{self._console_url.rstrip('/')}/inbox/{item.id}"

    def _title(self, name: str) -> str:
        if name == ALL:
            return "everything"
        return self._sites.title(name)

    def _forget(self) -> None:
        old = rows.c.sent_at.is_(None) & (rows.c.at < self._clock() - _OLD)
        with self._database.reading() as tx:
            if tx.execute(sa.select(rows.c.key).where(old).limit(1)).first() is None:
                return
        with self._database.writing() as tx:
            tx.execute(rows.update().where(old).values(sent_at=self._clock()))


def _wait(tries: int) -> float:
    return min(_AGAIN * 2.0 ** (tries - 1), _LONGEST)


def _waiting(item: QueueItem) -> WaitingOrder:
    since = item.changed_at if item.state in _PERSON else item.added_at
    return WaitingOrder(item.number, item.po, item.problem, since, item.deadline, item.added_at)
