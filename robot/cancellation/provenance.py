"""Where a piece of evidence comes from, and what it was made with.

Values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOrigin:
    """Where a page came from, as far as that was read.

    ``loaded_at`` is when its document began to load. ``certificate`` is the subject of the
    certificate that the host showed, ``certificate_sha256`` its fingerprint; ``server`` is the
    address ("host:port") that was dialled.
    """

    loaded_at: datetime | None = None
    status: int | None = None
    certificate: str | None = None
    certificate_sha256: str | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a piece of evidence was made with.

    ``program`` and ``browser`` are versions; ``site_sha256`` is the hash of the file of ``site`` by
    which the page was read.
    """

    program: str
    browser: str
    site: str
    site_sha256: str
