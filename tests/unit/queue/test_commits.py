"""How often an order's way through the queue commits, which is what its machines wait for."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa

from robot.cancellation.orders import Listing, PoOrders, PoStatus, SubmitResult, Verdict
from robot.cancellation.provenance import PageOrigin, Tools
from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.event_rows import event_of
from robot.storage.schema import events
from tests.support.facts import CANCELLED, ONE, OPEN, PO, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

TOOLS = Tools(program="1", browser="140", site="amazon_business", site_sha256="0" * 64)


class CountedDatabase(Database):
    """A database that keeps what events each transaction of one thread wrote.

    Threads beside it renew leases, as often as the machine is slow.
    """

    def __init__(self, url: str) -> None:
        self.commits: list[list[str]] = []
        super().__init__(url)

    @contextmanager
    def writing(self, *, alone=True):
        with super().writing(alone=alone) as tx:
            last = tx.execute(sa.select(sa.func.max(events.c.seq))).scalar() or 0
            yield tx
            if threading.current_thread() is threading.main_thread():
                new = sa.select(events.c.body).where(events.c.seq > last).order_by(events.c.seq)
                bodies = tx.execute(new).scalars()
                self.commits.append([event_of(body).kind for body in bodies])


class ObligingSystems(FakeSystems):
    """Sites that cancel what they are asked to at once, and whose pages are pictured."""

    def __init__(self) -> None:
        super().__init__()
        del self.orders[next(number for number in self.orders if number != ONE)]
        self.po = replace(OPEN, number=PO, invoices=0, receipts=0, change_requests=0)

    def __call__(self, _lane, _sites, _credentials, evidence, *_more, **_options):
        self.evidence = evidence
        return self

    def picture(self, *whats):
        for what in whats:
            self.evidence.add(
                what, what, "txt", "https://a.example/", page=PageOrigin(), tools=TOOLS
            )

    def look_at_order(self, number):
        self.picture("page", "text")
        return super().look_at_order(number)

    def orders_of_po(self, po, _known, _seen):
        self.picture("page", "text")
        return PoOrders(tuple(self.orders.values()), Listing.ALL_USERS)

    def look_at_po(self, po):
        self.picture("page", "text")
        return self.po

    def submit_vendor(self, facts, permit, _reason):
        self.picture("before the press")
        permit()
        self.picture("after the press")
        self.orders[facts.number] = replace(CANCELLED, number=facts.number, po=facts.po)
        return SubmitResult(Verdict.CONFIRMED, "Cancelled")

    def cancel_po(self, _facts, _confirmations, permit, _comment):
        self.picture("before the press")
        permit()
        self.picture("after the press")
        self.po = replace(self.po, status=PoStatus.CANCELLED, cancel_label=None, actions=())
        return SubmitResult(Verdict.CONFIRMED, "Cancelled")


#: What each commit of an order is for, in turn: its events, and what is written with them.
COMMITS = """
approved: the order is put into the queue, with its list's approval
: its turn is given to the engine
: its turn is begun, with the order's lease
requested approved
: the lease of the account at the vendor, on the lane's first visit
evidence_kept evidence_kept order_seen: the account's lease goes back
evidence_kept vendor_intended
evidence_kept: what shows the answer to a press is not had again, and is written at once
vendor_answered
evidence_kept evidence_kept order_seen
evidence_kept evidence_kept orders_of_po_seen
: the PO's lease
: the lease of the account at RealSource, which lets in one at a time
evidence_kept evidence_kept po_seen: the account's lease goes back
evidence_kept evidence_kept orders_of_po_seen
: the lease of the account
evidence_kept po_intended
evidence_kept
po_answered: the account's lease goes back
: the lease of the account
evidence_kept evidence_kept po_seen: the account's lease goes back
finished: a seal
receipt_kept: the receipt, and a seal
: its turn is over, and the order's and the PO's leases go back
""".strip().splitlines()


def test_order_is_done_with_so_many_commits(tmp_path, sqlite_url):
    database = CountedDatabase(sqlite_url)
    cases = cases_for(tmp_path, database, ObligingSystems(), settle_seconds=0.1)
    table = QueueTable(database)
    lanes = LanePool("w", [Robot(cases)], cases.ledger, threading.Event())
    database.commits.clear()
    table.add([NewItem(CancelRequest(VENDOR, ONE, None))])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and table.find(ONE)[0].state is State.WAITING:
        for item in table.give(1):
            lanes.take_turn(item.id, item.turn + 1)
    (item,) = table.find(ONE)
    database.close()
    assert item.state is State.DONE, (item.problem, item.note)
    assert item.turn == 1
    assert database.commits == [line.partition(":")[0].split() for line in COMMITS]
