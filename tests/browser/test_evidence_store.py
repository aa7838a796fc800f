"""A run keeps its evidence where the setting says, or presses nothing."""

from __future__ import annotations

import hashlib
import json

import pytest

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import to_json
from robot.cancellation.request import CancelRequest
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.storage.ledger import Ledger
from tests.support.bucket import Bucket
from tests.support.fake_systems import Notes

CANARY = "canary-store-key-91c2"
pytestmark = pytest.mark.usefixtures("buckets")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["memory://bucket/kept", "fake://bucket/kept"])
def test_a_run_keeps_its_evidence_in_a_bucket(place, stage):
    story = BY_SLUG["done"]
    robot = stage.robot(VENDORFIRST_EVIDENCE=place)

    receipt = robot.run([CancelRequest("amazon_business", story.number, None)])[0]

    assert receipt.outcome == Outcome.DONE.value, receipt.summary
    assert len(receipt.evidence) >= 4
    folder = f"{place}/{receipt.id}"
    for piece in receipt.evidence:
        assert piece.file.startswith(f"{folder}/")
        kept = robot.cases.store.read(piece.file.removeprefix(f"{place}/"))
        assert hashlib.sha256(kept).hexdigest() == piece.sha256
    assert json.loads(robot.cases.store.read(f"{receipt.id}/receipt.json")) == to_json(receipt)
    page = robot.cases.store.read(f"{receipt.id}/receipt.html").decode()
    assert "data:image/jpeg;base64," in page
    assert "missing or changed" not in page
    assert not (stage.home / "evidence").exists()
    assert stage.world.oracle.broken_promises() == []


def test_bucket_that_refuses_the_first_item(stage, monkeypatch):
    """Nothing is pressed, and the receipt is in the ledger."""
    monkeypatch.setattr(Bucket, "fails", PermissionError(CANARY))
    robot = stage.robot(VENDORFIRST_EVIDENCE="fake://bucket/kept")
    notes = Notes()

    receipt = robot.run([CancelRequest("amazon_business", BY_SLUG["done"].number, None)], notes)[0]

    assert (receipt.outcome, receipt.problem) == ("failed", "no_evidence")
    assert notes.messages == [
        (
            f"The receipt can't be written to fake://bucket/kept/{receipt.id} (access denied);"
            " it is in the ledger."
        )
    ]
    ledger = Ledger(robot.cases.settings.database_url)
    assert [kept.id for kept in ledger.receipts(f"amazon_business:{BY_SLUG['done'].number}")] == [
        receipt.id
    ]
    ledger.close()
    assert CANARY not in json.dumps(to_json(receipt))
    assert (stage.world.oracle.count(VENDOR_SUBMIT), stage.world.oracle.count(PO_SUBMIT)) == (0, 0)
