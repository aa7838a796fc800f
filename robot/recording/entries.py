"""The nouns of a recording.

An entry is a request and its answer; a recording is entries and the meta beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

#: What a request is to the matcher: exactly once and in order; by state; any number of times; never
#: stored.
RequestKind = Literal["strict", "read", "asset", "noise"]


@dataclass(slots=True)
class Entry:
    """One request and its answer, with decoded bodies.

    ``status`` 0: the connection broke (``error`` says how). ``started`` is seconds since the
    recording began, ``flow`` the flow's line ("flows/x/y.py:12") that caused it.
    """

    method: str
    url: str
    kind: RequestKind = "strict"
    sent_type: str = ""
    sent: bytes = b""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    error: str = ""
    started: float = 0.0
    flow: str = ""
    site: str = ""
    resource: str = ""

    @property
    def path(self) -> str:
        """Scheme, host and path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    @property
    def query(self) -> list[tuple[str, str]]:
        """Return the query's fields, in order."""
        return parse_qsl(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def mime(self) -> str:
        """Return the answer's media type, without parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """Return the first value of an answer's header, or ""."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(slots=True)
class Recording:
    """Entries in the order in which their requests began.

    ``meta`` is what ``meta.toml`` holds (see files.py).
    """

    name: str
    entries: list[Entry]
    meta: dict[str, Any]

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Return what was asked for, in pseudonyms.

        Numbers, po, reason, dry_run, vendor, seconds and credentials.
        """
        found: Mapping[str, Any] = self.meta["inputs"]
        return found

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return every host that answered, in order of appearance."""
        return tuple(dict.fromkeys(urlsplit(entry.url).hostname or "" for entry in self.entries))
