"""The receipt as one HTML page, which loads nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from robot.cancellation.orders import Outcome
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.receipts.receipt_evidence import (
    AFTER_REALSOURCE,
    AFTER_VENDOR,
    BEFORE,
    EvidenceRef,
    PageRef,
)
from robot.clock import local_text, utc_text

_OUTCOMES: Final = {
    Outcome.DONE: "Done",
    Outcome.REFUSED: "Refused by the vendor",
    Outcome.PENDING: "Waiting for the vendor",
    Outcome.NEEDS_PERSON: "Needs a person",
    Outcome.FAILED: "Failed",
    Outcome.DRY_RUN: "Dry run",
}
_STAGES: Final = {
    BEFORE: "before anything was pressed",
    AFTER_VENDOR: "from the press at the vendor on",
    AFTER_REALSOURCE: "from the press in RealSource on",
    "": "in the order in which it was taken",
}
_SITES: Final = {"amazon_business": "Amazon Business", "realsource": "RealSource"}
#: How an approval was given, in words that follow its name.
_HOW: Final = {
    "terminal": "asked at a terminal",
    "option": "by the command itself, which was told not to ask",
    "list": "by putting it into the queue",
    "console": "on the web page",
    "token": "with a token",
    "before": "by its place in the queue, from before approvals were kept",
}
_SOURCES: Final = {
    "order_page": "the order's own page",
    "list_card": "its card in the list of orders",
    "outcome_page": "the page after the vendor's press",
    "po_page": "the PO's own page",
    "po_outcome": "the page after RealSource's press",
}
_WENT: Final = {"ok": "done", "skipped": "not done", "failed": "failed"}
_TIMES: Final = ("never", "once", "twice")
#: From how long after its page's load, or after what it shows, a picture says so.
_NOTEWORTHY: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Shown:
    """One item of evidence as the page shows it.

    ``intact`` is whether it fits its SHA-256; ``image`` is base64; ``again`` is how many more times
    the same was kept.
    """

    ref: EvidenceRef
    name: str
    anchor: str
    intact: bool = False
    image: str | None = None
    text: str | None = None
    again: int = 0

    @property
    def loaded_long_before(self) -> bool:
        """Tell whether the page was loaded well before the moment that is shown."""
        return _is_later(self.ref.shown_at, self.ref.page.loaded_at)

    @property
    def taken_later(self) -> bool:
        """Tell whether the picture was taken after the moment that it shows."""
        return self.image is not None and _is_later(self.ref.at, self.ref.shown_at, timedelta())


@dataclass(frozen=True, slots=True)
class _Origin:
    """What the pages of one host came from."""

    host: str
    status: int
    server: str | None
    certificate: str | None
    certificate_sha256: str | None


def _from_disk(file: str) -> bytes:
    return Path(file).read_bytes()


@cache
def _environment() -> Environment:
    """Return the environment of the page's template, which is compiled once."""
    environment = Environment(
        loader=PackageLoader("robot.evidence", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["local"] = _local
    environment.filters["utc"] = _utc
    environment.filters["times"] = _times
    return environment


def render(receipt: Receipt, stand_in: bool, read: Callable[[str], bytes] = _from_disk) -> str:
    """Render the page.

    ``read`` gives what the ``file`` of an item of evidence holds, or raises OSError; that is
    checked against its SHA-256.
    """
    evidence = [_shown(nth, item, read) for nth, item in enumerate(receipt.evidence)]
    once = _once(evidence)
    return (
        _environment()
        .get_template("receipt.html")
        .render(
            r=receipt,
            outcome=_OUTCOMES[receipt.outcome],
            vendor=_SITES.get(receipt.order.vendor, receipt.order.vendor),
            sites=_SITES,
            how=_HOW,
            next_step=receipt.next_step_apart,
            evidence=evidence,
            stages=[
                (words, shown)
                for stage, words in _STAGES.items()
                if (shown := [item for item in once if item.ref.stage == stage])
            ],
            anchors={item.ref.sha256: item.anchor for item in reversed(once)},
            origins=_origins(receipt.evidence),
            sources=_SOURCES,
            went=_WENT,
            stand_in=stand_in,
        )
    )


def name_of(file: str) -> str:
    """Return the last part of a path or an address."""
    return file.rpartition("/")[2]


def _once(evidence: list[_Shown]) -> list[_Shown]:
    """Return each content of a stage once, with how often it came again.

    It stands where it came first.
    """
    found: dict[tuple[str, str], _Shown] = {}
    for item in evidence:
        key = (item.ref.stage, item.ref.sha256)
        known = found.get(key)
        found[key] = item if known is None else replace(known, again=known.again + 1)
    return list(found.values())


def _origins(evidence: Iterable[EvidenceRef]) -> list[_Origin]:
    """Return where the pages came from, each host and status once.

    Of several, the one counts that tells most.
    """
    found: dict[tuple[str, int], _Origin] = {}
    for item in evidence:
        page: PageRef = item.page
        host = urlsplit(item.url).hostname or ""
        if page.status is None:
            continue
        known = found.get((host, page.status))
        if known is None or (known.certificate_sha256 is None and page.certificate_sha256):
            found[host, page.status] = _Origin(
                host, page.status, page.server, page.certificate, page.certificate_sha256
            )
    return list(found.values())


def _local(at: str) -> Markup:
    """Return a UTC time as the reader's clock shows it, the UTC on demand."""
    utc = datetime.fromisoformat(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        utc_text(utc), _utc(at), local_text(utc)
    )


def _utc(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"


def _times(count: int) -> str:
    return _TIMES[count] if count < len(_TIMES) else f"{count} times"


def _is_later(at: str | None, before: str | None, by: timedelta = _NOTEWORTHY) -> bool:
    if not at or not before:
        return False
    return datetime.fromisoformat(at) - datetime.fromisoformat(before) > by


def _shown(nth: int, ref: EvidenceRef, read: Callable[[str], bytes]) -> _Shown:
    name = name_of(ref.file)
    anchor = f"evidence-{nth + 1}"
    try:
        data = read(ref.file)
    except OSError:
        return _Shown(ref, name, anchor)
    intact = hashlib.sha256(data).hexdigest() == ref.sha256
    if name.endswith(".jpg"):
        return _Shown(ref, name, anchor, intact, image=base64.b64encode(data).decode())
    return _Shown(ref, name, anchor, intact, text=data.decode("utf-8", "replace"))
