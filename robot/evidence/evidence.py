"""Screenshots and the text that was read, each with its SHA-256.

Each request has a folder of its own in the store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from robot.cancellation.events import EvidenceKept
from robot.cancellation.provenance import Marks, PageOrigin, Tools
from robot.errors import SystemFailure
from robot.evidence.object_store import ObjectStore
from robot.problems import Problem
from robot.redaction import Redactor


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One item of evidence.

    ``file`` is relative to the folder; ``url`` has public parameters only; ``at`` is when it was
    taken (UTC), ``shown_at`` when the page was as it shows it. ``marks`` are a picture's.
    """

    what: str
    file: str
    sha256: str
    url: str
    at: datetime
    shown_at: datetime
    page: PageOrigin
    tools: Tools
    marks: Marks | None

    @property
    def kept(self) -> EvidenceKept:
        """Return the event that seals it in the ledger."""
        return EvidenceKept(
            at=self.at,
            what=self.what,
            file=self.file,
            sha256=self.sha256,
            url=self.url,
            shown_at=self.shown_at,
            page=self.page,
            tools=self.tools,
            marks=self.marks,
        )


class Evidence:
    """The evidence of one request, to which items are only ever added."""

    def __init__(
        self,
        store: ObjectStore,
        request: str,
        redactor: Redactor,
        kept: Callable[[EvidenceItem], None],
        note: str = "",
        waits: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take what the items of ``request`` need.

        ``kept`` is told of every item as soon as it is stored; ``note`` is put behind each
        item's ``what``. While ``waits`` says so, items are kept in memory until ``store_waiting``:
        of a process that is killed, no file is left that nobody booked.
        """
        self.store = store
        self.request = request
        self.redactor = redactor
        self._kept = kept
        self._note = note
        self._waits = waits
        self._waiting: list[tuple[EvidenceItem, bytes]] = []

    def add(
        self,
        what: str,
        content: bytes | str,
        suffix: str,
        url: str,
        *,
        page: PageOrigin,
        tools: Tools,
        shown_at: datetime | None = None,
        marks: Marks | None = None,
    ) -> None:
        """Store one item, its text redacted, now or once it no longer waits.

        ``shown_at`` is when the page was as the item shows it, None where that is now. Raises
        SystemFailure where the store refuses it.
        """
        data = self.redactor.redact(content).encode() if isinstance(content, str) else content
        at = datetime.now(UTC)
        what += self._note
        stem = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
        name = f"{at:%Y%m%dT%H%M%S%f}-{stem}.{suffix}"
        item = EvidenceItem(
            what,
            name,
            hashlib.sha256(data).hexdigest(),
            self.redactor.redact(url),
            at,
            shown_at or at,
            page,
            tools,
            marks,
        )
        self._waiting.append((item, data))
        if not self._waits():
            self.store_waiting()

    def store_waiting(self) -> None:
        """Store the items that wait for it, if any.

        Raises SystemFailure where the store refuses one.
        """
        while self._waiting:
            item, data = self._waiting.pop(0)
            self._write(item.file, data)
            self._kept(item)

    def _write(self, name: str, data: bytes) -> None:
        try:
            self.store.write(f"{self.request}/{name}", data)
        except OSError as error:
            place = self.store.location(self.request)
            msg = f"Evidence can't be written to {place} ({error.strerror})."
            step = "Make room there, or see why it may not be written to, then run it again."
            raise SystemFailure(msg, problem=Problem.NO_EVIDENCE, next_step=step) from None


def public_url(url: str, public_query: tuple[str, ...]) -> str:
    """Return an address with its public parameters only, without fragment and user."""
    parts = urlsplit(url)
    query = urlencode(
        [(key, value) for key, value in parse_qsl(parts.query) if key in public_query]
    )
    return urlunsplit((parts.scheme, parts.hostname or "", parts.path, query, ""))
