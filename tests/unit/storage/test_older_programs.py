"""What programs from before seals wrote, and do where they are at work when a ledger gets them."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from robot.cancellation.events import VendorIntended
from robot.cancellation.request import CancelRequest
from robot.errors import DatabaseDown
from robot.queue.items import NewItem, State
from robot.queue.lanes import LanePool
from robot.queue.table import QueueTable
from robot.queue.turn import TurnHooks, take_turn
from robot.runner.robot import Robot
from robot.storage.chain import ground_seal
from robot.storage.database import Database
from robot.storage.event_rows import body_of
from robot.storage.lease_keeper import LeaseKeeper
from robot.storage.ledger import Ledger
from robot.storage.schema import chain, events
from tests.support.facts import ASKED, ONE, VENDOR
from tests.support.fake_systems import FakeSystems, cases_for
from tests.support.turns import claim, take_begun

LEDGERS = sorted((Path(__file__).parents[2] / "data" / "ledgers").glob("*.sql"))
WHAT_TO_DO = "a newer version is at work here: stop this one, and start it again"


class OlderLedger(Ledger):
    """Writes each event to the one chain of all, as it was done before there were seals."""

    def insert(self, tx, case, resource, *written):
        for event in written:
            length, last = tx.execute(sa.select(chain.c.length, chain.c.hash)).one()
            body = body_of(event)
            seal = ground_seal(last, case, resource, body)
            row = {"case": case, "resource": resource, "body": body, "previous": last, "hash": seal}
            tx.execute(events.insert().values(**row))
            tx.execute(chain.update().values(length=length + 1, hash=seal))


@pytest.fixture
def database(empty_url):
    with closing(Database(empty_url)) as database:
        Ledger(database).append("amazon:1", ASKED)
        yield database


def test_older_program_writes_nothing_and_says_what_to_do(database):
    before = list(Ledger(database).all_events())
    with pytest.raises(DatabaseDown, match=WHAT_TO_DO):
        OlderLedger(database).append("amazon:1", ASKED)
    assert list(Ledger(database).all_events()) == before
    Ledger(database).audit()


class PressingSystems(FakeSystems):
    """Counts the presses."""

    def __init__(self):
        super().__init__()
        self.presses = 0

    def submit_vendor(self, facts, permit, reason):
        result = super().submit_vendor(facts, permit, reason)
        self.presses += 1
        return result


class OlderSinceIntent(OlderLedger):
    """Is older from its first intent on: the ledger got its seals just before that."""

    older = False

    def insert(self, tx, case, resource, *written):
        self.older = self.older or any(isinstance(event, VendorIntended) for event in written)
        writes = OlderLedger if self.older else Ledger
        writes.insert(self, tx, case, resource, *written)


@pytest.mark.parametrize("kind", [OlderLedger, OlderSinceIntent])
def test_older_worker_presses_nothing_and_a_newer_goes_on(database, tmp_path, kind):
    """The order is in the queue as if its turn had not been, for whoever takes the next."""
    systems = PressingSystems()
    cases = cases_for(tmp_path, database, systems, settle_seconds=60.0)
    table = QueueTable(database)
    table.add([NewItem(CancelRequest(VENDOR, ONE, None))])
    older = LanePool(
        "old", [Robot(replace(cases, ledger=kind(database)))], Ledger(database), threading.Event()
    )
    (item,) = claim(table, "old", 1)
    hooks = TurnHooks(older.access)
    keeper = LeaseKeeper(older.ledger.leases, older.robots[0].cases.holder)
    with keeper, pytest.raises(DatabaseDown, match=WHAT_TO_DO):
        take_turn(older.robots[0].cases, item, hooks, keeper)
    take_begun(older, item)
    assert systems.presses == 0
    (waiting,) = table.listed()
    assert (waiting.state, waiting.failures, waiting.takeovers) == (State.WAITING, 0, 0)
    newer = LanePool("new", [Robot(cases)], cases.ledger, threading.Event())
    later = QueueTable(database, clock=lambda: time.time() + 60)
    (item,) = claim(later, "new", 1)
    take_begun(newer, item)
    assert systems.presses == 1
    Ledger(database).audit()


@pytest.mark.parametrize("script", LEDGERS, ids=lambda script: script.stem)
def test_request_begun_by_earlier_version_is_proved_by_no_seal(script, tmp_path):
    """Its first events are of the old chain, which a noted head proves."""
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(script.read_text(encoding="utf-8"))
    with closing(Ledger(f"sqlite:///{path}")) as ledger:
        case, receipt = ledger.receipts_by_case()[0]
        ledger.append(case, ASKED)
        seal = ledger.seal().seal
        assert ledger.prove(case, ledger.request_lines(case, receipt.id), seal) is None
        assert ledger.prove(case, ledger.request_lines(case, ASKED.request_id), seal) is not None
        ledger.audit()
