"""A queue with a worker, and an order that was checked."""

from __future__ import annotations

import threading
from pathlib import Path

from robot.cancellation.events import Event
from robot.cancellation.orders import OrderFacts
from robot.cancellation.request import CancelRequest, case_id
from robot.queue.items import NewItem
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.runner.robot import Robot
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import VENDOR
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.turns import claim, take_begun


class CheckedOrder:
    """An order that a worker looked at, without a browser, and what has it cancelled."""

    def __init__(self, home: Path, url: str, facts: OrderFacts) -> None:
        self.number = facts.number
        self.systems = FakeSystems()
        self.systems.orders = {self.number: facts}
        self.database = Database(url)
        self.table = QueueTable(self.database)
        self.ledger = Ledger(self.database)
        cases = cases_for(home, self.database, self.systems)
        self.lanes = LanePool("w1", [Robot(cases)], self.ledger, threading.Event())
        look = CancelRequest(VENDOR, self.number, None, "", "Ann", dry_run=True)
        self.table.look(NewItem(look))
        self.work()

    def work(self) -> None:
        for item in claim(self.table, "w1", 10):
            take_begun(self.lanes, item)

    def events(self, kind: type[Event]) -> list[Event]:
        events = self.ledger.events(case_id(VENDOR, self.number))
        return [event for event in events if isinstance(event, kind)]
