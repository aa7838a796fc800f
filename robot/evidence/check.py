"""Check the kept files against the seals in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from robot.cancellation.events import EvidenceKept, EvidencePurged, ReceiptKept, Requested
from robot.evidence.object_store import ObjectStore
from robot.storage.ledger import Ledger


@dataclass(slots=True)
class Checked:
    """What a check found.

    ``faults`` are sentences without their full stops.
    """

    files: int = 0
    purged: int = 0
    faults: list[str] = field(default_factory=list)
    requests: set[str] = field(default_factory=set)


def check_files(ledger: Ledger, store: ObjectStore) -> Checked:
    """Check every file that an event sealed.

    They are pieces of evidence, and receipts as they were written. Receipts of older programs were
    not sealed as files. What lies there and no event tells of is a fault too: the ledger may be
    another than the one that it was kept with.
    """
    checked = Checked()
    sealed = _sealed(ledger, checked)
    for path, seal in sealed.items():
        checked.files += 1
        try:
            fits = hashlib.sha256(store.read(path)).hexdigest() == seal
        except OSError:
            checked.faults.append(f"{path} is missing")
            continue
        if not fits:
            checked.faults.append(f"{path} was changed")
    strangers = set(store.folders()) - checked.requests
    if strangers:
        shown = ", ".join(sorted(strangers)[:3])
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        checked.faults.append(
            f"evidence is there of requests that the ledger does not know: {shown}{more}"
        )
    return checked


def _sealed(ledger: Ledger, checked: Checked) -> dict[str, str]:
    """Return the seals of all files that should be there, by their paths."""
    sealed: dict[str, str] = {}
    for path, seal in _told(ledger, checked):
        if seal is None:
            gone = [one for one in sealed if one.startswith(f"{path}/")]
            checked.purged += len(gone)
            for one in gone:
                del sealed[one]
        else:
            sealed[path] = seal
    return sealed


def _told(ledger: Ledger, checked: Checked) -> Iterator[tuple[str, str | None]]:
    """Yield each sealed file with its seal.

    A request whose files were purged has None.
    """
    current: dict[str, str] = {}
    for case, event in ledger.every_event():
        match event:
            case Requested():
                current[case] = event.request_id
                checked.requests.add(event.request_id)
            case EvidenceKept() if case in current:
                yield f"{current[case]}/{event.file}", event.sha256
            case ReceiptKept():
                checked.requests.add(event.request)
                for name, seal in event.files.items():
                    yield f"{event.request}/{name}", seal
            case EvidencePurged():
                yield event.request, None
