"""What is kept as evidence is checked as files, and goes only when it is old and free."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from robot.cancellation.events import EvidencePurged
from robot.cancellation.request import case_id
from robot.clock import utc_now
from robot.evidence import retention
from robot.evidence.check import check_files
from robot.storage.database import Database
from tests.support.facts import ONE, TWO, VENDOR
from tests.support.kept_orders import KeptOrders


@pytest.fixture
def database(migrated_ledger, tmp_path):
    """A ledger of its own for each test."""
    shutil.copy(migrated_ledger, tmp_path / "ledger.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield database
    database.close()


@pytest.fixture
def orders(tmp_path, database):
    kept = KeptOrders.at(tmp_path / "home", database)
    kept.add()
    return kept


def faults(orders):
    return check_files(orders.cases.ledger, orders.cases.store).faults


def test_untouched_files_are_as_they_were_sealed(orders):
    checked = check_files(orders.cases.ledger, orders.cases.store)
    assert (checked.faults, checked.files) == ([], 4)


@pytest.mark.parametrize("suffix", ["receipt.html", "receipt.json", ".jpg", ".txt"])
def test_edited_file_is_noticed(orders, tmp_path, suffix):
    (file,) = (tmp_path / "home" / "evidence").rglob(f"*{suffix}")
    file.write_bytes(file.read_bytes() + b" ")
    (fault,) = faults(orders)
    assert fault == f"{file.parent.name}/{file.name} was changed"
    file.unlink()
    (fault,) = faults(orders)
    assert fault.endswith("is missing")


def test_receipt_that_was_written_anew_is_sealed_anew(orders):
    cases = orders.cases
    case = case_id(VENDOR, ONE)
    (receipt,) = cases.ledger.receipts(case)
    cases.write_receipt(case, receipt.id, cases.sites.vendor(VENDOR))
    assert faults(orders) == []


def test_evidence_of_another_ledger_is_a_fault(orders, tmp_path):
    (tmp_path / "home" / "evidence" / "20200101-000000-abcdef").mkdir()
    assert "is there of requests that the ledger does not know" in faults(orders)[0]


# --- retention ------------------------------------------------------------------------------------


def old(orders, days=0):
    before = utc_now() + timedelta(minutes=1) - timedelta(days=days)
    return retention.old_evidence(orders.cases.ledger, before)


def test_old_evidence_goes_and_leaves_a_tombstone(orders, tmp_path):
    cases = orders.cases
    (going,) = old(orders)
    assert len(going.files) == 4
    retention.purge(cases.ledger, cases.store, going, "a.clerk")
    assert not list((tmp_path / "home" / "evidence").rglob("*.*"))
    tombstone = cases.ledger.events(case_id(VENDOR, ONE))[-1]
    assert isinstance(tombstone, EvidencePurged)
    assert (tombstone.by, dict(tombstone.files)) == ("a.clerk", going.files)
    checked = check_files(cases.ledger, cases.store)
    assert (checked.faults, checked.files, checked.purged) == ([], 0, 4)
    cases.ledger.audit()
    assert old(orders) == []


def test_young_evidence_is_left_alone(orders):
    assert old(orders, days=1) == []


def test_held_case_is_kept_until_it_is_released(orders):
    ledger = orders.cases.ledger
    orders.add(TWO)
    case = case_id(VENDOR, ONE)
    retention.hold(ledger, case, held=True, by="a.lawyer", because="A dispute")
    kept = {one.receipt.order.number: one.kept_because for one in old(orders)}
    assert kept == {ONE: "held by a.lawyer: A dispute", TWO: ""}
    retention.hold(ledger, case, held=False, by="a.lawyer", because="Settled")
    assert [one.kept_because for one in old(orders)] == ["", ""]
