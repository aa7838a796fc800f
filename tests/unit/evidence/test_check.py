"""What is kept as evidence is checked as files, and goes only when it is old and free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from robot.cancellation.events import EvidenceKept, EvidencePurged
from robot.cancellation.request import CancelRequest, case_id
from robot.clock import utc_now
from robot.evidence import retention
from robot.evidence.check import check_files
from robot.evidence.object_store import ObjectStore
from tests.support.facts import ONE, PO, TWO, VENDOR
from tests.support.kept_orders import KeptOrders


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


@pytest.mark.parametrize("name", ["20260101-amazon-order.jpg", "deep/er/a.txt", "receipt.html.bak"])
def test_a_file_that_nobody_booked_is_a_fault(orders, tmp_path, name):
    """It is told and left where it is."""
    (piece,) = (tmp_path / "home" / "evidence").rglob("*.jpg")
    stray = piece.parent / name
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(piece.read_bytes())
    (fault,) = faults(orders)
    assert fault.startswith(f"{piece.parent.name}/{name} was never booked, so it is no evidence")
    assert stray.exists()


@pytest.mark.parametrize(
    "name", ["receipt.sig", "receipt.tsr", "signer.pem", "receipt.json.part", ".DS_Store"]
)
def test_what_may_lie_beside_a_receipt_is_no_fault(orders, tmp_path, name):
    (piece,) = (tmp_path / "home" / "evidence").rglob("*.jpg")
    (piece.parent / name).touch()
    assert faults(orders) == []


def test_a_receipt_of_a_request_that_has_none_is_a_fault(orders, tmp_path):
    """It is asked for once more, so nothing was written of that yet."""
    cases = orders.cases
    wish = CancelRequest(VENDOR, ONE, PO, "Again", "a.buyer")
    request = cases.open_request(case_id(VENDOR, ONE), wish, cases.sites.vendor(VENDOR))
    folder = tmp_path / "home" / "evidence" / request
    folder.mkdir()
    (folder / "receipt.json").write_text("{}")
    (fault,) = faults(orders)
    assert fault.startswith(f"{request}/receipt.json was never booked")


def test_what_is_booked_during_the_check_is_no_fault(orders):
    """A worker writes a piece first, and the ledger is told of it then."""
    cases = orders.cases
    case = case_id(VENDOR, ONE)
    (receipt,) = cases.ledger.receipts(case)

    @dataclass
    class WhileWorking:
        """Gives the files of a store, in which a piece has just been written."""

        store: ObjectStore
        booked: bool = False

        def folders(self):
            return self.store.folders()

        def files(self):
            self.store.write(f"{receipt.id}/new.txt", b"x")
            return self.store.files()

        def read(self, path):
            if not self.booked:
                self.booked = True
                kept = next(e for e in cases.ledger.events(case) if isinstance(e, EvidenceKept))
                cases.ledger.append(case, replace(kept, file="new.txt"))
            return self.store.read(path)

    assert check_files(cases.ledger, WhileWorking(cases.store)).faults == []


# --- retention ------------------------------------------------------------------------------------


def old(orders, days=0):
    before = utc_now() + timedelta(minutes=1) - timedelta(days=days)
    return retention.old_evidence(orders.cases.ledger, orders.cases.store, before)


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


def test_purged_file_that_is_there_all_the_same_is_a_fault(orders):
    """The purge may have been broken off."""
    cases = orders.cases
    (going,) = old(orders)
    retention.purge(cases.ledger, cases.store, going, "a.clerk")
    path = f"{going.receipt.id}/receipt.json"
    cases.store.write(path, b"{}")
    assert faults(orders) == [f"{path} was purged, and is there all the same"]


def test_purge_that_was_broken_off_is_brought_to_its_end(orders):
    """Its tombstone is in the ledger already, and no second one comes."""
    cases = orders.cases
    (going,) = old(orders)
    removed = []

    class Killed(Exception):
        """What ends the process."""

    class StoreOfKilled:
        """Removes the receipt's seals and two files, and is killed then."""

        def remove(self, path):
            if len(removed) == 5:
                raise Killed
            removed.append(path)
            cases.store.remove(path)

    with pytest.raises(Killed):
        retention.purge(cases.ledger, StoreOfKilled(), going, "a.clerk")
    assert len(faults(orders)) == 2
    (left,) = old(orders)
    assert len(left.files) == 2
    retention.purge(cases.ledger, cases.store, left, "a.clerk")
    assert (faults(orders), old(orders)) == ([], [])
    events = cases.ledger.events(case_id(VENDOR, ONE))
    (tombstone,) = [event for event in events if isinstance(event, EvidencePurged)]
    assert dict(tombstone.files) == going.files


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
