"""Evidence: screenshots and the text that was read, each with its SHA-256, in one folder of the
store a request.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from robot.errors import SystemFailure
from robot.evidence.object_store import Store
from robot.problems import Problem
from robot.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence.

    ``file`` is relative to the folder; ``url`` has public parameters only; ``at`` is UTC.
    """

    what: str
    file: str
    sha256: str
    url: str
    at: datetime


class Evidence:
    """The evidence folder of one request. Files are only ever added."""

    def __init__(
        self,
        store: Store,
        request: str,
        redactor: Redactor,
        kept: Callable[[Piece], None],
        note: str = "",
    ) -> None:
        """``kept`` is told of every piece as soon as it is stored; ``note`` stands behind what
        each piece is.
        """
        self.store = store
        self.request = request
        self.redactor = redactor
        self._kept = kept
        self._note = note

    def keep(self, what: str, content: bytes | str, suffix: str, url: str) -> None:
        """Write one piece; text is redacted first. Raises SystemFailure where the store refuses."""
        data = self.redactor.redact(content).encode() if isinstance(content, str) else content
        at = datetime.now(UTC)
        what += self._note
        stem = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
        name = f"{at:%Y%m%dT%H%M%S%f}-{stem}.{suffix}"
        try:
            self.store.write(f"{self.request}/{name}", data)
        except OSError as error:
            msg = (
                f"Evidence can't be written to {self.store.location(self.request)}"
                f" ({error.strerror})."
            )
            step = "Make room there, or see why it may not be written to, then run it again."
            raise SystemFailure(msg, problem=Problem.NO_EVIDENCE, next_step=step) from None
        self._kept(
            Piece(what, name, hashlib.sha256(data).hexdigest(), self.redactor.redact(url), at)
        )


def public_url(url: str, public_query: tuple[str, ...]) -> str:
    """An address without its fragment, user, and all parameters that are not known to be harmless."""
    parts = urlsplit(url)
    query = urlencode(
        [(key, value) for key, value in parse_qsl(parts.query) if key in public_query]
    )
    return urlunsplit((parts.scheme, parts.hostname or "", parts.path, query, ""))
