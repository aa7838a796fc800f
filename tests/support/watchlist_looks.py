"""A run of the watch-list's looks at fake systems, as a process of its own that can be killed.

``python -m tests.support.watchlist_looks HOME COUNT`` looks at so many POs, and prints what it
found. Each look at an order is noted down in HOME/looks, each press in HOME/presses.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from robot import logs
from robot.cancellation.orders import Listing, PoOrders, PoStatus
from robot.queue.worker import Worker
from robot.redaction import Redactor
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.watchlist.findings import Finding, FindingKind, FoundOrder, to_json
from robot.watchlist.look import Looks, PacedLooks, looked_at, wanted_looks
from robot.watchlist.report import ExportRead, Report
from tests.support.facts import CANCELLED, LIVE
from tests.support.fake_systems import FakeSystems, cases_for

VENDOR = "amazon_business"
#: When the exports were made.
MADE = datetime(2020, 1, 1, tzinfo=UTC)


class ManyOrders(FakeSystems):
    """One order for each PO, every third of them cancelled."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._home = home

    def look_at_order(self, number: str) -> Any:
        self._note("looks", number)
        facts = CANCELLED if int(number[-7:]) % 3 == 0 else LIVE
        return replace(facts, number=number, po=po_of(int(number[-7:])))

    def orders_of_po(self, po: str, known: Any, _seen: Any) -> PoOrders:
        number = number_of(int(po[1:]) - 100_000)
        return PoOrders((self.look_at_order(number),), Listing.ALL_USERS)

    def submit_vendor(self, facts: Any, *_args: Any) -> Any:
        self._note("presses", facts.number)
        raise AssertionError("a look pressed something")

    def cancel_po(self, facts: Any, *_args: Any) -> Any:
        self._note("presses", facts.number)
        raise AssertionError("a look pressed something")

    def _note(self, file: str, text: str) -> None:
        with (self._home / file).open("a", encoding="utf-8") as notes:
            notes.write(f"{text}\n")


def number_of(n: int) -> str:
    """Return the number of an order."""
    return f"111-0000000-{n:07}"


def po_of(n: int) -> str:
    """Return the PO of an order."""
    return f"P{100_000 + n:07}"


def main(home: Path, count: int) -> None:
    """Look at so many POs, and print what was found."""
    url = f"sqlite:///{home / 'ledger.sqlite'}"
    database = Database(url)
    logs.configure(home, Redactor())
    robot = Robot(cases_for(home, database, ManyOrders(home)))
    export = ExportRead(VENDOR, "Amazon Business", "orders.csv", count, 0, {}, None, MADE)
    report = Report(tuple(map(unclear, range(count))), (export,), MADE)
    wanted = wanted_looks(report, Sites(), "somebody")
    paced = PacedLooks(database, wanted.values(), per_minute=1e9)
    if len(paced):
        worker = Worker(Settings(home, url), database, [robot], more_looks=paced.go_on)
        worker.run(until_empty=True)
    for found in map(to_json, looked_at(report, wanted, Looks(database), Sites()).findings):
        print(json.dumps({"po": found["po"], "finding": found["finding"]}))
    database.close()


def unclear(n: int) -> Finding:
    """Return a finding that only the sites can tell more of."""
    return Finding(
        po=po_of(n),
        kind=FindingKind.UNCLEAR,
        vendor=VENDOR,
        orders=(FoundOrder(number_of(n), "unknown", None),),
        po_status=PoStatus.UNKNOWN,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
