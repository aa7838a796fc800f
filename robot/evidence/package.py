"""All that proves one order, as one zip for somebody who trusts nobody here."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from robot.cancellation.history import wrote_files
from robot.cancellation.receipts.receipt import Receipt, to_json
from robot.errors import BadInput
from robot.evidence.object_store import ObjectStore
from robot.evidence.receipt_page import name_of
from robot.evidence.seals import RECEIPT_SEALS, Seals
from robot.storage.ledger import Ledger

_RECEIPT: Final = ("receipt.json", "receipt.html")
MANIFEST: Final = "MANIFEST.sha256"
EVENTS: Final = "events.jsonl"
#: What ties the events to the seal that the receipt names: a link an event, their order's end, the
#: way from there to the root of a seal, and the seals from that one on.
LINKS: Final = "links.jsonl"
END: Final = "end.json"
WAY: Final = "way.txt"
SEALS: Final = "seals.jsonl"
#: All files bear the same time, so that the same evidence gives the same zip.
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def events_file(lines: Iterable[str]) -> bytes:
    """Return the events of a request as a file, a line each as the ledger keeps them."""
    return "".join(f"{line}\n" for line in lines).encode()


def make_package(
    ledger: Ledger, store: ObjectStore, seals: Seals, number: str, receipts: Mapping[str, str]
) -> tuple[bytes, tuple[str, ...]]:
    """Return the zip of an order, and what is missing or unsealed in it.

    ``receipts`` are the ids of its receipts with their cases. Raises BadInput where it has none.
    """
    kept = {
        receipt.id: (case, receipt)
        for case in dict.fromkeys(receipts.values())
        for receipt in ledger.receipts(case)
        if receipt.id in receipts
    }
    if not kept:
        msg = f"There is no receipt of {number} in the ledger."
        raise BadInput(msg, next_step="Look whether the number is right: vendorfirst queue list.")
    files: dict[str, bytes] = {}
    missing: list[str] = []
    for case, receipt in kept.values():
        folder = _files_of(ledger, store, case, receipt, missing)
        files.update({f"{receipt.id}/{name}": data for name, data in folder.items()})
    files["VERIFY.md"] = _instructions(number, kept, files)
    manifest = _hashes(files)
    sealed, undone = seals.seal("MANIFEST", manifest)
    whole = {**files, MANIFEST: manifest, **sealed}
    return _zip({f"{number}/{name}": data for name, data in whole.items()}), (*missing, *undone)


def _files_of(
    ledger: Ledger, store: ObjectStore, case: str, receipt: Receipt, missing: list[str]
) -> dict[str, bytes]:
    """Return the files of one receipt by their names.

    What is ``missing`` is noted down.
    """
    files: dict[str, bytes] = {}
    count = receipt.ledger.events if receipt.ledger else None
    lines = ledger.request_lines(case, receipt.id, count)
    files[EVENTS] = events_file(lines)
    files |= _proof(ledger, case, receipt, lines)
    names = [name_of(item.file) for item in receipt.evidence]
    for name in (*_RECEIPT, *RECEIPT_SEALS, *names):
        try:
            files[name] = store.read(f"{receipt.id}/{name}")
        except OSError:
            settled = name in _RECEIPT and receipt.resolved is not None
            if settled and not wrote_files(ledger.events(case), receipt.id):
                continue
            if name not in RECEIPT_SEALS:
                missing.append(f"{receipt.id}/{name} is not in the store any more")
    if receipt.resolved is not None:
        files["resolved.json"] = json.dumps(to_json(receipt), indent=2).encode()
    files.setdefault("receipt.json", json.dumps(to_json(receipt), indent=2).encode())
    pieces = [f"{item.sha256}  {name_of(item.file)}" for item in receipt.evidence]
    if receipt.ledger is not None:
        pieces.append(f"{receipt.ledger.events_sha256}  {EVENTS}")
    files["PIECES.sha256"] = "".join(f"{line}\n" for line in pieces).encode()
    return files


def _proof(ledger: Ledger, case: str, receipt: Receipt, lines: Sequence[str]) -> dict[str, bytes]:
    """Return the files that tie a receipt's events to the seal that it names.

    There are none where it names none, as one of an older program, or was begun by one.
    """
    if receipt.ledger is None or receipt.ledger.seal is None:
        return {}
    proof = ledger.prove(case, lines, receipt.ledger.seal)
    if proof is None:
        return {}
    way = (f"{step.side} {step.other}" for step in proof.steps)
    return {
        LINKS: events_file(proof.links),
        END: events_file([proof.end]),
        WAY: events_file(way),
        SEALS: events_file(proof.seals),
    }


def _instructions(
    number: str, kept: Mapping[str, tuple[str, Receipt]], files: Mapping[str, bytes]
) -> bytes:
    environment = Environment(
        loader=PackageLoader("robot.evidence", "templates"),
        autoescape=False,  # noqa: S701 - it is no page but a text
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    receipts = [
        {
            "id": receipt.id,
            "summary": receipt.summary,
            "head": receipt.ledger,
            "signed": f"{receipt.id}/receipt.sig" in files,
            "stamped": f"{receipt.id}/receipt.tsr" in files,
            "sealed": f"{receipt.id}/{SEALS}" in files,
        }
        for _, receipt in kept.values()
    ]
    told = environment.get_template("VERIFY.md").render(number=number, receipts=receipts)
    return told.encode()


def _hashes(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{sha256(data)}  {name}\n" for name, data in sorted(files.items()))
    return "".join(lines).encode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()
