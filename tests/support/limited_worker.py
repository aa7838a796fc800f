"""A worker of the queue at fake sites that several processes share through a folder.

Every press is a file in it: what happened at the sites is known without the ledger's word.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from robot.cancellation.orders import (
    Listing,
    OrderFacts,
    OrderState,
    PoOrders,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.queue.table import QueueTable
from robot.queue.turn import TurnHooks, take_turn
from robot.runner.site_access import SiteAccess
from robot.storage.database import Database
from robot.storage.lease_keeper import LeaseKeeper
from tests.support.facts import LIVE, OPEN
from tests.support.fake_systems import cases_for
from tests.support.turns import claim


class SharedSystems:
    """Sites whose orders are cancelled as soon as they are pressed. It is its own factory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *_args, **_more):
        return self

    def renew(self):
        pass

    def keep_pictures(self):
        pass

    def look_at_order(self, number):
        if list(self._folder.glob(f"{number}.*")):
            return OrderFacts(number, OrderState.CANCELLED, text="This order has been cancelled.")
        return replace(LIVE, number=number, po=f"PO-{number}")

    def orders_of_po(self, po, _known, _seen):
        return PoOrders((self.look_at_order(po.removeprefix("PO-")),), Listing.ALL_USERS)

    def look_at_po(self, po):
        pressed = list(self._folder.glob(f"{po}.*"))
        status = PoStatus.CANCELLED if pressed else PoStatus.OPEN
        return replace(OPEN, number=po, status=status)

    def submit_vendor(self, facts, permit, _reason):
        return self._press(facts.number, permit)

    def cancel_po(self, facts, _confirmations, permit, _comment):
        return self._press(facts.number, permit)

    def _press(self, number, permit):
        permit()
        (self._folder / f"{number}.{time.monotonic_ns()}-{os.getpid()}").touch(exist_ok=False)
        return SubmitResult(Verdict.CONFIRMED, "Cancelled.")


def main(url: str, home: Path, limit: int) -> None:
    """Take turns until none is left."""
    database = Database(url)
    limits = {"orders_hour": limit}
    cases = cases_for(home, database, SharedSystems(home / "presses"), limits=limits,
                      settle_seconds=0.1)  # fmt: skip
    name = cases.holder
    table = QueueTable(database)
    hooks = TurnHooks(SiteAccess(cases.ledger, name))
    while True:
        items = claim(table, name, 1)
        if not items and table.next_due() is None:
            return
        for item in items:
            with LeaseKeeper(cases.ledger.leases, name) as keeper:
                table.finish_turn(item, take_turn(cases, item, hooks, keeper).then)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
