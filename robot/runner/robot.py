"""A robot, ready to run.

Everything that can be checked beforehand was, and a browser waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from robot.browser.lane import Lane
from robot.cancellation.events import Approved
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.evidence.object_store import open_store
from robot.order_reports.client import open_reports
from robot.redaction import Redactor
from robot.runner.batch import Batch
from robot.runner.cases import Cases
from robot.runner.observer import NullObserver, Observer
from robot.runner.preflight import check_clock, preflight
from robot.runner.steps import Approve
from robot.runner.systems import BrowserSystems, SystemsFactory, keep_sessions
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.sites.vendors import EPROCUREMENT
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Robot:
    """Cancels what a command asks for, in one lane.

    Build it with ``open_robot``.
    """

    cases: Cases

    def run(
        self,
        requests: Iterable[CancelRequest],
        observer: Observer | None = None,
        *,
        attended: bool = False,
        approve: Approve | None = None,
        given: Approved | None = None,
    ) -> list[Receipt]:
        """Bring every request to its end, and return one receipt an order.

        All vendors' halves come first, then RealSource's. ``attended``: somebody is there to answer
        on their telephone. ``approve`` is asked before a press that no approval covers; None: the
        command itself approves what it names, unless somebody has ``given`` an approval of it. What
        is raised in the middle (DatabaseDown, an interruption) does not hide what was pressed by
        then: each such order is left as pending, and the observer has its receipt.
        """
        cases = replace(self.cases, observer=observer or NullObserver(), attended=attended)
        with LeaseKeeper(cases.ledger.leases, cases.holder) as keeper:
            batch = Batch(cases, keeper, approve, given)
            try:
                return batch.run(tuple(requests))
            except BaseException:
                batch.abandon()
                raise


@contextmanager
def open_robot(
    settings: Settings,
    sites: Sites,
    redactor: Redactor,
    *,
    lane: Lane | None = None,
    vendor: str = "amazon_business",
    systems: SystemsFactory = BrowserSystems,
) -> Iterator[Robot]:
    """Yield a robot, after everything that can be checked beforehand was.

    A ``lane`` is one of whoever did ``preflight`` already, and closes it; without one the robot has
    its own. Raises BadInput, BadSettings.
    """
    credentials = Credentials(settings, redactor)
    with ExitStack() as stack:
        if lane is None:
            preflight(settings, sites, credentials, vendor)
            lane = stack.enter_context(Lane(settings))
        ledger = Ledger(settings.database_url)
        stack.callback(ledger.close)
        check_clock(ledger.database)
        store = open_store(settings.evidence_place)
        stack.callback(keep_sessions, lane, vendor, EPROCUREMENT)
        yield Robot(
            Cases(
                settings,
                sites,
                ledger,
                lane,
                redactor,
                credentials,
                store,
                make_systems=systems,
                reports=open_reports(settings, redactor),
            )
        )
