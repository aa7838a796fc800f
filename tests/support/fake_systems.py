"""A vendor and RealSource without a browser, and what runs cases at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from robot.cancellation.orders import (
    Listing,
    PoOrders,
    PoStatus,
    SubmitResult,
    Verdict,
)
from robot.cancellation.receipts.receipt import Receipt
from robot.evidence.object_store import open_store
from robot.redaction import Redactor
from robot.runner.cases import Cases
from robot.runner.observer import NullObserver
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.clock import SkippingClock
from tests.support.facts import CANCELLED, LIVE, ONE, OPEN, TWO


class FakeSystems:
    """Two orders of a PO, seen and pressed without a browser. It is its own factory."""

    def __init__(self) -> None:
        self.orders = {ONE: LIVE, TWO: replace(LIVE, number=TWO)}
        self.looks: list[str] = []
        self.invoices = 0
        self.supplier: str | None = None

    def __call__(self, *_args, **_more):
        return self

    def renew(self):
        pass

    def keep_pictures(self):
        pass

    def look_at_order(self, number):
        self.looks.append(number)
        return self.orders[number]

    def orders_of_po(self, po, _known, _seen):
        self.looks.append(po)
        return PoOrders(tuple(self.orders.values()), Listing.ALL_USERS)

    def look_at_po(self, po):
        self.looks.append(f"PO {po}")
        facts = replace(OPEN, number=po, invoices=self.invoices, receipts=0, change_requests=0)
        if self.supplier is None:
            return facts
        return replace(facts, supplier=self.supplier, supplier_matches=False)

    def cancel_po(self, _facts, _confirmations, permit, _comment):
        permit()
        return SubmitResult(Verdict.LOST, "")

    def submit_vendor(self, _facts, permit, _reason):
        permit()
        return SubmitResult(Verdict.PENDING, "Your cancellation request was received")


class CancellingSystems(FakeSystems):
    """An order and its PO, which are cancelled as soon as they are pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.orders = {ONE: LIVE}
        self.po = OPEN
        self.pressed: list[str] = []

    def look_at_po(self, po):
        return replace(self.po, number=po)

    def submit_vendor(self, facts, permit, _reason):
        permit()
        self.pressed.append(facts.number)
        self.orders[facts.number] = replace(CANCELLED, number=facts.number)
        return SubmitResult(Verdict.CONFIRMED, "Cancelled.")

    def cancel_po(self, facts, _confirmations, permit, _comment):
        permit()
        self.pressed.append(facts.number)
        self.po = replace(self.po, status=PoStatus.CANCELLED, cancel_label=None)
        return SubmitResult(Verdict.CONFIRMED, "Cancelled.")


#: The shipped files, read once for all tests.
SITES = Sites()


def cases_for(
    home: Path,
    database: Database,
    systems: FakeSystems,
    clock: SkippingClock | None = None,
    **more: Any,
) -> Cases:
    """Return cases at the fake systems, which are stand-ins unless ``more`` settings say else.

    Nobody waits for what comes later: the cases skip it by ``clock``.
    """
    clock = clock or SkippingClock()
    more = {"resolve": {"www.amazon.com": "127.0.0.1:1"}, **more}
    settings = Settings(home, "", sites={"AMAZON_BUSINESS_EMAIL": "a@b.example"}, **more)
    redactor = Redactor()
    return Cases(
        settings,
        SITES,
        Ledger(database),
        SimpleNamespace(number=1, renew=lambda: None, run=lambda *_args, **_more: None),
        redactor,
        Credentials(settings, redactor),
        open_store(settings.evidence_place),
        make_systems=systems,
        now=clock.now,
        sleep=clock.sleep,
    )


class Notes(NullObserver):
    """An observer that keeps what it is told.

    ``person`` is shown what to do on their telephone.
    """

    def __init__(self, person: Callable[[str], None] | None = None) -> None:
        self.messages: list[str] = []
        self.receipts: list[Receipt] = []
        self._person = person

    def message(self, text: str) -> None:
        self.messages.append(text)

    def receipt(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)

    def needs_phone(self, text: str) -> None:
        if self._person is not None:
            self._person(text)
