"""The rules by which requests are told apart and compared.

A recording keeps those it was made with in its meta.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self

from robot.recording.entries import Entry, RequestKind
from robot.recording.fields import FieldRules

#: Never stored, always answered with 204: telemetry, the browser's own calls, offers that the page
#: makes by itself.
NOISE = (
    r"^https://(?:fls-|unagi|aax-|completion)[^/]*\.amazon\.[a-z.]+/",
    (
        r"^https://[^/]*(?:google\.com|googleapis\.com|gstatic\.com|doubleclick\.net"
        r"|google-analytics\.com)/"
    ),
    r"/(?:uedata|batch/1/|rum|beacon)\b",
    r"/ax/claim/webauthn/signin$",
    r"/favicon\.ico$",
)
#: Requests by POST that only read.
READS = (r"/your-orders/orderHistory$", r"/frame/v4/status", r"/approval/poll$", r"/graphql$")
#: Requests by script that change something, as known from the flows.
ACTS = (
    r"/preship/cancel$",
    r"/apps/Router/DocumentAction",
    r"/frame/v4/auth/",
    r"/frame/v4/",
    r"/wall/passed",
    r"/ap/",
    r"/cas/",
)
PRESENT = (r".*passw.*", r"otpCode", r"(?:pass)?code", r"metadata1", r".*nonce.*", r"RequestId")
IGNORED = (r"_", r"ts", r"timestamp", r"qid", r"ref_?")
#: Parts of texts that change from run to run: a request's id, a minute. The times that a receipt
#: shows are among them.
VOLATILE = (
    r"\d{8}-\d{6}-[0-9a-f]{6}",
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC|Z|\+00:00)?",
)

_ASSETS = frozenset({"Stylesheet", "Script", "Image", "Font", "Media", "Manifest", "TextTrack"})


@dataclass(frozen=True, slots=True)
class MatchRules:
    """How requests are told apart and compared.

    Told apart by regular expressions on addresses, compared by ``fields``.
    """

    noise: tuple[str, ...] = NOISE
    reads: tuple[str, ...] = READS
    acts: tuple[str, ...] = ACTS
    fields: FieldRules = field(default_factory=lambda: FieldRules(PRESENT, IGNORED, VOLATILE))

    def kind(self, entry: Entry, *, main_frame: bool) -> RequestKind:
        """Tell what a request is.

        ``entry.resource`` is Chromium's word for its type.
        """
        if self.is_noise(entry.url):
            return "noise"
        if entry.resource in _ASSETS:
            return "asset"
        if entry.resource == "Document":
            return "strict" if main_frame else "read"
        safe = entry.method in {"GET", "HEAD", "OPTIONS"}
        return "read" if safe or _any(self.reads, entry.path) else "strict"

    def is_noise(self, url: str) -> bool:
        """Tell whether a request is never stored, and answered with 204."""
        return _any(self.noise, url)

    def unclassified(self, entry: Entry) -> bool:
        """Tell whether no rule says what a request by script is that may change things."""
        return (
            entry.kind == "strict"
            and entry.resource != "Document"
            and not _any(self.acts, entry.path)
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the rules as meta.toml keeps them."""
        names = {"noise": self.noise, "reads": self.reads, "acts": self.acts}
        fields = {
            "present": self.fields.present,
            "ignored": self.fields.ignored,
            "wild": self.fields.volatile,
        }
        return {name: list(value) for name, value in (names | fields).items()}

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Self:
        """Read the rules from meta.toml, with the default for what is missing."""

        def got(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(told.get(name, default))

        fields = FieldRules(got("present", PRESENT), got("ignored", IGNORED), got("wild", VOLATILE))
        return cls(got("noise", NOISE), got("reads", READS), got("acts", ACTS), fields)


def _any(rules: tuple[str, ...], text: str) -> bool:
    return any(re.search(rule, text) for rule in rules)
