"""Check the kept files against the seals in the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from robot.cancellation.events import EvidenceKept, EvidencePurged, ReceiptKept, Requested
from robot.evidence.object_store import ObjectStore
from robot.evidence.seals import RECEIPT_SEALS
from robot.storage.ledger import Ledger

#: What lies beside the evidence once a receipt was kept, though no event seals it: the seals of
#: the receipt, and in older programs the receipt itself.
_BESIDE_A_RECEIPT: Final = ("receipt.json", "receipt.html", *RECEIPT_SEALS)
#: What a receipt's file is called while it is written; a process that was killed leaves it.
_PART: Final = ".part"
#: What file managers put into every folder that somebody looks at.
_OF_FILE_MANAGERS: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(slots=True)
class Checked:
    """What a check found.

    ``faults`` are sentences without their full stops.
    """

    files: int = 0
    purged: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Booked:
    """What the ledger tells of the files.

    ``seals`` are those of all files that should be there, by their paths; ``purged`` are the paths
    of those that were removed. ``requests`` are all that were made, ``with_receipt`` those whose
    receipt was kept and not removed.
    """

    seals: dict[str, str] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    with_receipt: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, ledger: Ledger) -> _Booked:
        """Read it from the ledger's events."""
        booked = cls()
        current: dict[str, str] = {}
        for case, event in ledger.every_event():
            match event:
                case Requested():
                    current[case] = event.request_id
                    booked.requests.add(event.request_id)
                case EvidenceKept() if case in current:
                    booked.seals[f"{current[case]}/{event.file}"] = event.sha256
                case ReceiptKept():
                    booked.requests.add(event.request)
                    booked.with_receipt.add(event.request)
                    paths = {f"{event.request}/{name}": it for name, it in event.files.items()}
                    booked.seals.update(paths)
                case EvidencePurged():
                    booked.purge(event.request)
        return booked

    def purge(self, request: str) -> None:
        """Take out the files of a request that were removed."""
        gone = [path for path in self.seals if path.startswith(f"{request}/")]
        for path in gone:
            del self.seals[path]
        self.purged.update(gone)
        self.with_receipt.discard(request)

    def knows(self, path: str) -> bool:
        """Tell whether a file that lies there may lie there."""
        request, _, name = path.partition("/")
        beside = name.removesuffix(_PART) in _BESIDE_A_RECEIPT and request in self.with_receipt
        return path in self.seals or beside or path.rpartition("/")[2] in _OF_FILE_MANAGERS


def check_files(ledger: Ledger, store: ObjectStore) -> Checked:
    """Check every file that an event sealed, and that nothing else lies beside them.

    They are pieces of evidence, and receipts as they were written. Receipts of older programs were
    not sealed as files. What lies there and no event tells of is a fault too: somebody may want it
    to pass for evidence, or the ledger is another than the one that it was kept with.
    """
    # What is kept after this was asked is not looked for below.
    folders = store.folders()
    files = store.files()
    booked = _Booked.of(ledger)
    checked = Checked(purged=len(booked.purged))
    for path, seal in booked.seals.items():
        checked.files += 1
        try:
            fits = hashlib.sha256(store.read(path)).hexdigest() == seal
        except OSError:
            checked.faults.append(f"{path} is missing")
            continue
        if not fits:
            checked.faults.append(f"{path} was changed")
    checked.faults += _strays(folders, files, booked, ledger)
    return checked


def _strays(folders: list[str], files: list[str], booked: _Booked, ledger: Ledger) -> list[str]:
    """Return what is wrong with what lies there without an event that tells of it."""
    strays = [path for path in files if not booked.knows(path)]
    if strays:  # a worker writes a piece first and books it then
        booked = _Booked.of(ledger)
    strangers = [folder for folder in folders if folder not in booked.requests]
    faults = []
    for path in strays:
        if path in booked.purged:
            faults.append(f"{path} was purged, and is there all the same")
        elif path.partition("/")[0] in booked.requests and not booked.knows(path):
            faults.append(
                f"{path} was never booked, so it is no evidence: somebody put it there, or a"
                " process was killed before it had booked it"
            )
    if strangers:
        shown = ", ".join(strangers[:3])
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        faults.append(f"evidence is there of requests that the ledger does not know: {shown}{more}")
    return faults
