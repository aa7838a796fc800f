"""Homes in which a command ends in one of its ways, made without a browser."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from robot import browser, clock
from robot.cancellation.actions import Finish
from robot.cancellation.events import Event, Finished, OrderSeen, Requested, VendorIntended
from robot.cancellation.orders import OrderFacts, OrderState, Outcome
from robot.cancellation.receipts.receipt import Receipt, build_receipt
from robot.cancellation.receipts.summary import finished_event
from robot.cancellation.request import CancelRequest, case_id
from robot.cancellation.state import replay
from robot.cli import demo, work
from robot.cli.commands import cli
from robot.cli.doctor import examination
from robot.cli.options import whoami
from robot.clock import utc_now
from robot.console import practice, server
from robot.problems import Problem
from robot.queue.items import ItemUpdate, NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.recording.capture import recorder
from robot.recording.replay import diagnosis
from robot.runner import login, preflight
from robot.runner import robot as robots
from robot.runner.robot import Robot
from robot.sites import survey
from robot.sites.survey import SiteSurvey
from robot.standin.world import World
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from tests.support.facts import LIVE, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.idle_lane import start_no_browser
from tests.support.kept_orders import KeptOrders
from tests.support.turns import claim, take_begun

NUMBER = "111-1234567-1234567"
PO = "P0012345"
ROOT = Path(__file__).parents[2]
ORDER = replace(LIVE, number=NUMBER, po=PO)


@dataclass(slots=True)
class Office:
    """A folder to work in, with a home in it, and what a test puts in the place of a browser."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    asked_by: str = "a.buyer"

    @property
    def home(self) -> Path:
        """The folder of the ledger and the evidence."""
        return self.folder / "home"

    @contextmanager
    def database(self):
        """The database of the home, open."""
        self.home.mkdir(exist_ok=True)
        opened = Database(f"sqlite:///{self.home / 'ledger.sqlite'}")
        try:
            yield opened
        finally:
            opened.close()

    # --- the queue --------------------------------------------------------------------------------

    def queued(self, *, po: str | None = PO, number: str | None = NUMBER) -> None:
        """An order waits in the queue."""
        asked = CancelRequest(VENDOR, number, po, "Ordered twice", self.asked_by)
        with self.database() as database:
            QueueTable(database).add([NewItem(asked)])

    def stands(
        self, state: State, problem: Problem | None = None, *events: Event, urgency: int = 0
    ) -> None:
        """An order has come so far, as its row and its events say."""
        self.queued()
        with self.database() as database:
            table = QueueTable(database)
            (item,) = claim(table, "w", 1)
            begun = Requested(
                at=utc_now(), request_id="r1", vendor=VENDOR, number=NUMBER, po=PO,
                requested_by=self.asked_by, unattended=True,
            )  # fmt: skip
            for event in (begun, OrderSeen(at=utc_now(), facts=ORDER), *events):
                Ledger(database).append(item.case, event)
            then = ItemUpdate(state, utc_now(), item.site, urgency, problem, request_id="r1")
            table.finish_turn(item, then)

    def waits_for_a_person(self) -> None:
        """A puzzle stopped it before anything was pressed."""
        end = Finished(
            at=utc_now(), outcome=Outcome.NEEDS_PERSON, problem=Problem.CAPTCHA,
            summary="Amazon Business shows a puzzle.", next_step="Solve it.",
        )  # fmt: skip
        self.stands(State.NEEDS_PERSON, Problem.CAPTCHA, end)

    def pressed(self) -> None:
        """The vendor's cancel was pressed, and nothing read since."""
        self.stands(State.PENDING, None, VendorIntended(at=utc_now(), token=1))

    def vendor_cancelled(self) -> None:
        """It is cancelled at the vendor, and its PO is to do."""
        gone = OrderFacts(NUMBER, OrderState.CANCELLED, text="This order has been cancelled.")
        pressed = VendorIntended(at=utc_now(), token=1)
        self.stands(State.WAITING, None, pressed, OrderSeen(at=utc_now(), facts=gone), urgency=1)

    def split(self) -> None:
        """A PO was split into its orders."""
        self.queued(number=None)
        with self.database() as database:
            table = QueueTable(database)
            (item,) = claim(table, "w", 1)
            table.finish_turn(item, ItemUpdate(State.DONE, utc_now(), item.site, 0))

    def under_way(self) -> None:
        """A worker has it in hand."""
        self.queued()
        with self.database() as database:
            claim(QueueTable(database), "another machine/1/2/3", 1)

    def leased(self) -> None:
        """Another process works on it."""
        self.queued()
        with self.database() as database:
            leases = Ledger(database).leases
            leases.acquire(case_id(VENDOR, NUMBER), "another machine/1/2/3", 3600)

    def over_a_limit(self) -> None:
        """It is over a limit, and waits for a second person."""
        self.queued(po=None)
        systems = FakeSystems()
        systems.orders = {NUMBER: ORDER}
        with self.database() as database:
            cases = cases_for(self.home, database, systems, limits={"orders_hour": 0})
            lanes = LanePool("w", [Robot(cases)], cases.ledger, threading.Event())
            for item in claim(QueueTable(database), "w", 1):
                take_begun(lanes, item)

    def checked(self) -> None:
        """A check showed that the order can be cancelled."""
        systems = FakeSystems()
        systems.orders = {NUMBER: ORDER}
        with self.database() as database:
            robot = Robot(cases_for(self.home, database, systems))
            robot.run([CancelRequest(VENDOR, NUMBER, None, dry_run=True)])

    def asks_itself(self) -> None:
        """Whoever runs the command is who asked for the order."""
        self.asked_by = whoami()

    def run(self, words: str) -> None:
        """Run a command before, whatever it says."""
        with pytest.raises(SystemExit):
            sys.exit(cli.main(shlex.split(words), standalone_mode=False))

    # --- the ledger and evidence ------------------------------------------------------------------

    def kept(self) -> None:
        """An order was refused, and its evidence is kept."""
        with self.database() as database:
            KeptOrders.at(self.home, database).add(NUMBER)

    def long_kept(self) -> None:
        """An order ended long ago, and its evidence is kept."""
        self.kept()
        self.monkeypatch.setattr(clock, "utc_now", lambda: utc_now() + timedelta(days=9))

    def ledger_changed(self) -> None:
        """An event of the ledger was changed from outside."""
        self.kept()
        with self.database() as database, database.writing() as tx:
            tx.exec_driver_sql("DROP TRIGGER events_no_update")
            tx.exec_driver_sql("UPDATE events SET body = replace(body, 'Pens', 'Gold')")

    def evidence_changed(self) -> None:
        """A picture was changed since it was sealed."""
        self.kept()
        (picture,) = self.home.rglob("*.jpg")
        picture.write_bytes(b"another")

    def ledger_gone(self) -> None:
        """The evidence is there, and its ledger is not."""
        self.kept()
        for file in self.home.glob("ledger.sqlite*"):
            file.unlink()

    # --- files ------------------------------------------------------------------------------------

    def exports(self, status: str = "Pending") -> None:
        """Both exports of the watch-list lie here, with one order that stands otherwise."""
        pos = "PO Number,Supplier,PO Status,PO Date,PO Total\n"
        pos += f"{PO},Amazon Business,Cancelled,2026-10-01,1200.00\n"
        orders = "Order Date,Order ID,PO Number,Currency,Order Net Total,Order Status\n"
        orders += f'10/01/2026,{NUMBER},{PO},USD,"1,200.00",{status}\n'
        (self.folder / "pos.csv").write_text(pos, encoding="utf-8")
        (self.folder / "orders.csv").write_text(orders, encoding="utf-8")

    def clean_exports(self) -> None:
        """Both exports lie here, and say the same."""
        self.exports("Cancelled")

    def found(self) -> None:
        """A run of the watch-list found something."""
        self.exports()
        self.run("watchlist run --realsource pos.csv --vendor amazon_business=orders.csv")

    def recordings(self) -> None:
        """A recording lies in the folder ``recordings``."""
        source = ROOT / "recordings" / "shipped"
        shutil.copytree(source, self.folder / "recordings" / "shipped")

    # --- in the place of a browser ----------------------------------------------------------------

    def ends(
        self,
        outcome: Outcome,
        problem: Problem | None = None,
        *,
        events: tuple[Event, ...] = (),
        error: BaseException | None = None,
    ) -> Receipt:
        """A robot that ends at once takes the place of the real one."""
        begun = (
            Requested(at=utc_now(), request_id="r1", vendor=VENDOR, number=NUMBER, po=PO),
            OrderSeen(at=utc_now(), facts=ORDER),
            *events,
        )
        finish = Finish(outcome, problem, "The page said so.")
        end = finished_event(replay(begun), finish, "Amazon Business", utc_now())
        receipt = build_receipt((*begun, end), "Amazon Business")

        @contextmanager
        def opened(settings, *_args, **_more):
            def run(_wishes, observer, **_rest):
                observer.step_began("Look at the order at Amazon Business")
                observer.step_ended("Look at the order at Amazon Business", ok=error is None)
                if error is not None:
                    raise error
                observer.receipt(receipt)
                return [receipt]

            database = Database(settings.database_url)
            cases = SimpleNamespace(
                folder=lambda request: str(self.home / "evidence" / request),
                ledger=SimpleNamespace(database=database),
            )
            try:
                yield SimpleNamespace(run=run, cases=cases)
            finally:
                database.close()

        start_no_browser(self.monkeypatch)
        self.monkeypatch.setattr(preflight, "preflight", lambda *_args, **_more: None)
        self.monkeypatch.setattr(preflight, "check_second_factor", lambda *_args, **_more: None)
        self.monkeypatch.setattr(robots, "open_robot", opened)
        return receipt

    def works(self) -> None:
        """A worker that takes each turn once, at fake systems, takes the place of the real one."""

        @contextmanager
        def opened(settings, _redactor, _lanes, *, headed, say):
            database = Database(settings.database_url)
            systems = FakeSystems()
            systems.orders = {NUMBER: ORDER}
            cases = cases_for(self.home, database, systems, settle_seconds=60.0)
            lanes = LanePool("w", [Robot(cases)], cases.ledger, threading.Event(), say)

            def run(*, until_empty):
                for item in claim(QueueTable(database), "w", 5):
                    take_begun(lanes, item)

            yield SimpleNamespace(stopping=threading.Event(), say=say, run=run, database=database)
            database.close()

        self.home.mkdir(exist_ok=True)
        self.monkeypatch.setattr(work, "open_worker", opened)
        self.monkeypatch.setattr(signal, "signal", lambda *_: None)

    def serves(self) -> None:
        """A console that is served ends at once."""
        self.monkeypatch.setattr(server, "serve", lambda *_: None)
        self.monkeypatch.setattr(signal, "signal", lambda *_: None)

    def practises(self) -> None:
        """Practice takes no stand-in sites and no worker."""
        self.serves()
        self.monkeypatch.setattr(practice, "practice_sites", nullcontext)

    def stopped(self) -> None:
        """Whoever serves the stand-ins presses Ctrl-C at once."""

        def interrupt() -> None:
            raise KeyboardInterrupt

        event = SimpleNamespace(wait=interrupt)
        self.monkeypatch.setattr(demo, "threading", SimpleNamespace(Event=lambda: event))
        self.monkeypatch.setattr(demo, "Standin", FakeStandin)

    def bare(self) -> None:
        """The browser starts and the clock is right, and nothing is set."""
        good = examination.Diagnosis("clock", "good", "within 0 s of Amazon Business's")
        self.monkeypatch.setattr(examination, "_browser", lambda _settings: "it starts")
        self.monkeypatch.setattr(examination, "_clock", lambda *_: good)
        self.monkeypatch.setattr(examination, "_connections", lambda *_: ())

    def healthy(self) -> None:
        """The browser starts, and all is set as for the stand-ins."""
        self.bare()
        for name, value in FakeStandin().env().items():
            self.monkeypatch.setenv(name, value)

    def limited(self) -> None:
        """All is well, and a limit is set."""
        self.healthy()
        self.monkeypatch.setenv("VENDORFIRST_LIMIT_ORDERS_HOUR", "7")

    def surveyed(self) -> None:
        """A look leads to a page of each site that its file knows."""
        self.monkeypatch.setattr(
            survey.Survey, "of", lambda _survey, site: SiteSurvey(site, {"home": 1}, (), (), ())
        )

    def demonstrates(self) -> None:
        """A demonstration takes no browser and no site."""
        confirmed = (
            VendorIntended(at=utc_now(), token=1),
            OrderSeen(at=utc_now(), facts=OrderFacts(NUMBER, OrderState.CANCELLED)),
        )
        self.ends(Outcome.DONE, events=confirmed)
        self.monkeypatch.setattr(demo, "Standin", FakeStandin)
        for name, module in (("Lane", browser), ("open_robot", robots), ("preflight", preflight)):
            self.monkeypatch.setattr(demo, name, getattr(module, name))

    def signs_in(self, error: Exception | None = None) -> None:
        """A person signs in in the window that opens, unless there is an ``error``."""

        def run(_work):
            if error is not None:
                raise error
            return self.home / "sessions" / "amazon_business.json"

        lane = SimpleNamespace(run=run)
        self.monkeypatch.setattr(login, "Lane", lambda *_args, **_more: nullcontext(lane))
        self.monkeypatch.setattr(login, "check_screen", lambda: None)

    def records(self, error: Exception | None = None) -> None:
        """A recorded run ends, unless there is an ``error``."""
        receipt = self.ends(Outcome.REFUSED, Problem.SHIPPED)

        def run(*_args, **_more):
            if error is not None:
                raise error
            return SimpleNamespace(entries=[None] * 7), [receipt]

        self.monkeypatch.setattr(recorder, "record", run)

    def replays(self, error: Exception | None = None) -> None:
        """A replay is as it was recorded, unless there is an ``error``."""
        self.recordings()

        def run(*_args):
            if error is not None:
                raise error

        self.monkeypatch.setattr(diagnosis, "replay_with_trace", run)


class FakeStandin:
    """Stand-in sites that nobody can reach."""

    def __init__(self, port: int = 9443, pace: float = 0.0) -> None:
        self.port = port
        self.world = World()

    def start(self):
        if self.port == 9444:
            raise OSError(98, "Address already in use")
        return self

    def stop(self) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def env(self) -> dict[str, str]:
        return {
            "VENDORFIRST_RESOLVE": "www.amazon.com=127.0.0.1:1",
            "AMAZON_BUSINESS_EMAIL": "buyer@example.edu",
            "AMAZON_BUSINESS_PASSWORD": "canary-1",
            "REALSOURCE_USERNAME": "buyer",
            "REALSOURCE_PASSWORD": "canary-2",
        }
