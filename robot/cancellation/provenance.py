"""Where a piece of evidence comes from, and what was made and read of it.

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where something that was read stands on a picture.

    ``what`` are people's words for it. The numbers are pixels from the upper left corner.
    """

    what: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Where on a picture stands what was read, as far as the picture shows it.

    ``width`` and ``height`` are the whole picture's, in the pixels of the marks.
    """

    width: int
    height: int
    places: tuple[Mark, ...] = ()
