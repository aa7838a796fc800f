"""Remove evidence that is old enough, and leave a tombstone of it in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from robot.cancellation.events import (
    Event,
    EvidenceHeld,
    EvidenceKept,
    EvidencePurged,
    ReceiptKept,
    Requested,
)
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.state import replay
from robot.clock import utc_now
from robot.evidence.object_store import ObjectStore
from robot.evidence.seals import RECEIPT_SEALS
from robot.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class OldEvidence:
    """The evidence of one request that is old enough to go.

    ``files`` are the hashes of its files by their names; ``kept_because`` says why it stays, "" for
    what goes.
    """

    case: str
    receipt: Receipt
    files: dict[str, str]
    kept_because: str = ""


def old_evidence(ledger: Ledger, store: ObjectStore, before: datetime) -> list[OldEvidence]:
    """Return the evidence of every request that ended before a time.

    What must stay is among it, and what a purge that was broken off left.
    """
    there = set(store.files())
    found = []
    for case, receipt in ledger.receipts_by_case():
        if not receipt.finished_at or datetime.fromisoformat(receipt.finished_at) >= before:
            continue
        events = ledger.events(case)
        files = _files(events, receipt.id)
        if _tombstone(events, receipt.id):
            files = {name: it for name, it in files.items() if f"{receipt.id}/{name}" in there}
            if not files:
                continue
        found.append(OldEvidence(case, receipt, files, _why_kept(events, receipt.id)))
    return found


def purge(ledger: Ledger, store: ObjectStore, old: OldEvidence, by: str) -> None:
    """Remove the files of one request, after the tombstone is in the ledger.

    Raises OSError.
    """
    if not _tombstone(ledger.events(old.case), old.receipt.id):
        event = EvidencePurged(at=utc_now(), request=old.receipt.id, files=old.files, by=by)
        ledger.append(old.case, event)
        ledger.seal()
    # What the ledger names goes last: of a purge that is broken off, something of it is left.
    for name in (*RECEIPT_SEALS, *old.files):
        store.remove(f"{old.receipt.id}/{name}")


def hold(ledger: Ledger, case: str, *, held: bool, by: str, because: str) -> None:
    """Write down that the evidence of a case must not be removed, or again may."""
    ledger.append(case, EvidenceHeld(at=utc_now(), held=held, by=by, because=because))
    ledger.seal()


def _tombstone(events: tuple[Event, ...], request: str) -> bool:
    """Tell whether a purge of a request's files was begun."""
    return any(isinstance(one, EvidencePurged) and one.request == request for one in events)


def _why_kept(events: tuple[Event, ...], request: str) -> str:
    holds = [one for one in events if isinstance(one, EvidenceHeld)]
    if holds and holds[-1].held:
        return f"held by {holds[-1].by}: {holds[-1].because}"
    state = replay(events)
    if state.request.request_id == request and state.is_open:
        return "its request is not settled"
    return ""


def _files(events: tuple[Event, ...], request: str) -> dict[str, str]:
    """Return the hashes of what was kept of a request, by the names of the files."""
    files: dict[str, str] = {}
    current = ""
    for event in events:
        if isinstance(event, Requested):
            current = event.request_id
        elif isinstance(event, EvidenceKept) and current == request:
            files[event.file] = event.sha256
        elif isinstance(event, ReceiptKept) and event.request == request:
            files.update(event.files)
    return files
