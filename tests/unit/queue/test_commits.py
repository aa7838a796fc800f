"""How often an order's way through the queue commits, which is what its machines wait for."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace

from robot.cancellation.orders import Listing, PoOrders, PoStatus, SubmitResult, Verdict
from robot.cancellation.request import CancelRequest
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from tests.support.facts import CANCELLED, ONE, OPEN, PO, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for


class CountedDatabase(Database):
    """A database that counts the transactions of one thread that may write.

    Threads beside it renew leases, as often as the machine is slow.
    """

    commits = 0

    @contextmanager
    def writing(self, *, alone=True):
        self.commits += threading.current_thread() is threading.main_thread()
        with super().writing(alone=alone) as tx:
            yield tx


class ObligingSystems(FakeSystems):
    """Sites that cancel what they are asked to at once."""

    def __init__(self) -> None:
        super().__init__()
        del self.orders[next(number for number in self.orders if number != ONE)]
        self.po = replace(OPEN, number=PO, invoices=0, receipts=0, change_requests=0)

    def orders_of_po(self, po, _known):
        return PoOrders(tuple(self.orders.values()), Listing.ALL_USERS)

    def look_at_po(self, po):
        return self.po

    def submit_vendor(self, facts, permit, _reason):
        permit()
        self.orders[facts.number] = replace(CANCELLED, number=facts.number, po=facts.po)
        return SubmitResult(Verdict.CONFIRMED, "Cancelled")

    def cancel_po(self, _facts, _confirmations, permit, _comment):
        permit()
        self.po = replace(self.po, status=PoStatus.CANCELLED, cancel_label=None, actions=())
        return SubmitResult(Verdict.CONFIRMED, "Cancelled")


#: What each commit of an order is for, in turn.
COMMITS = """
the order is put into the queue, with its list's approval
its turn is given to the engine
its turn is begun, with the order's lease
requested, approved
the lease of the account at the vendor, on the lane's first visit
order_seen, and the account's lease goes back
vendor_intended
vendor_answered
order_seen
orders_of_po_seen
the PO's lease
the lease of the account at RealSource, which lets in one at a time
po_seen, and the account's lease goes back
orders_of_po_seen
the lease of the account
po_intended
po_answered, and the account's lease goes back
the lease of the account
po_seen, and the account's lease goes back
finished, with a seal
the receipt, receipt_kept, and a seal
its turn is over, and the order's and the PO's leases go back
""".strip().splitlines()


def test_order_is_done_with_so_many_commits(tmp_path, sqlite_url):
    database = CountedDatabase(sqlite_url)
    cases = cases_for(tmp_path, database, ObligingSystems(), settle_seconds=0.1)
    table = QueueTable(database)
    lanes = LanePool("w", [Robot(cases)], cases.ledger, threading.Event())
    before = database.commits
    table.add([NewItem(CancelRequest(VENDOR, ONE, None))])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and table.find(ONE)[0].state is State.WAITING:
        for item in table.give(1):
            lanes.take_turn(item.id, item.turn + 1)
    (item,) = table.find(ONE)
    events = cases.ledger.events(item.case)
    commits = database.commits - before
    database.close()
    assert item.state is State.DONE, (item.problem, item.note)
    assert item.turn == 1
    assert commits == len(COMMITS)
    assert len(events) == 14
