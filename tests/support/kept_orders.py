"""Orders with evidence and receipts, made without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot.cancellation.actions import Finish
from robot.cancellation.events import Finished, OrderSeen
from robot.cancellation.orders import Outcome
from robot.cancellation.provenance import PageOrigin, Tools
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.receipts.summary import finished_event
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.evidence.evidence import Evidence
from robot.runner.cases import Cases
from robot.storage.database import Database
from tests.support.facts import LIVE, ONE, PO, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for

TOOLS = Tools(program="1", browser="140", site=VENDOR, site_sha256="0" * 64)


@dataclass(slots=True)
class KeptOrders:
    """A ledger and a store with some orders that were refused."""

    cases: Cases

    @classmethod
    def at(cls, home: Path, database: Database, **more: Any) -> KeptOrders:
        """Return the orders of a home, none yet; ``more`` are settings."""
        return cls(cases_for(home, database, FakeSystems(), **more))

    def add(self, number: str = ONE, *, reason: str = "Ordered twice") -> Receipt:
        """Look at an order, keep a picture and a text of it, and refuse it."""
        cases = self.cases
        site = cases.sites.vendor(VENDOR)
        case = case_id(VENDOR, number)
        wish = CancelRequest(VENDOR, number, PO, reason, "a.buyer")
        request = cases.open_request(case, wish, site)
        evidence = Evidence(
            cases.store,
            request,
            cases.redactor,
            lambda item: cases.ledger.append(case, item.kept),
        )
        origin = PageOrigin(loaded_at=utc_now(), status=200)
        for name, content, suffix in (
            ("Amazon order", b"\xff\xd8" + number.encode(), "jpg"),
            ("Amazon order as read", "Shipped", "txt"),
        ):
            url = f"https://www.amazon.com/order?orderID={number}"
            evidence.add(name, content, suffix, url, page=origin, tools=TOOLS)
        cases.ledger.append(case, OrderSeen(at=utc_now(), facts=LIVE))
        cases.ledger.append(case, self._end(case, site.title))
        return cases.write_receipt(case, request, site)

    def _end(self, case: str, title: str) -> Finished:
        state = replay(self.cases.ledger.events(case))
        return finished_event(state, Finish(Outcome.REFUSED), title, utc_now())
