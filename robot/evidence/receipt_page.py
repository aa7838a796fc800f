"""The receipt as one HTML page, which loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from robot.cancellation.orders import Outcome
from robot.cancellation.receipt import EvidenceRef, Receipt
from robot.clock import local_text

_OUTCOMES = {
    Outcome.DONE: "Done",
    Outcome.REFUSED: "Refused by the vendor",
    Outcome.PENDING: "Waiting for the vendor",
    Outcome.NEEDS_PERSON: "Needs a person",
    Outcome.FAILED: "Failed",
    Outcome.DRY_RUN: "Dry run",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    """One item of evidence as the page shows it.

    ``intact`` is whether it fits its SHA-256; ``image`` is base64.
    """

    ref: EvidenceRef
    name: str
    intact: bool = False
    image: str | None = None
    text: str | None = None


def _from_disk(file: str) -> bytes:
    return Path(file).read_bytes()


def render(receipt: Receipt, stand_in: bool, read: Callable[[str], bytes] = _from_disk) -> str:
    """Render the page.

    ``read`` gives what the ``file`` of an item of evidence holds, or raises OSError; that is
    checked against its SHA-256.
    """
    environment = Environment(
        loader=PackageLoader("robot.evidence", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["local"] = _local
    return environment.get_template("receipt.html").render(
        r=receipt,
        outcome=_OUTCOMES[receipt.outcome],
        evidence=[_shown(item, read) for item in receipt.evidence],
        stand_in=stand_in,
    )


def name_of(file: str) -> str:
    """Return the last part of a path or an address."""
    return file.rpartition("/")[2]


def _local(at: str) -> str:
    """Return a UTC time as the reader's clock shows it, with the UTC behind it."""
    utc = datetime.fromisoformat(at)
    return f"{local_text(utc)} ({utc:%H:%M:%S} UTC)"


def _shown(ref: EvidenceRef, read: Callable[[str], bytes]) -> _Shown:
    name = name_of(ref.file)
    try:
        data = read(ref.file)
    except OSError:
        return _Shown(ref, name)
    intact = hashlib.sha256(data).hexdigest() == ref.sha256
    if name.endswith(".jpg"):
        return _Shown(ref, name, intact, image=base64.b64encode(data).decode())
    return _Shown(ref, name, intact, text=data.decode("utf-8", "replace"))
