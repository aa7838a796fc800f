"""Scrubbing, which replaces what was discovered by pseudonyms, everywhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from robot.recording.entries import Entry
from robot.recording.fields import form_fields
from robot.recording.har import is_text
from robot.recording.scrubbing.discovery import CARD_TAIL, KnownValues, discover
from robot.recording.scrubbing.images import blank
from robot.recording.scrubbing.pseudonyms import Pseudonyms
from robot.sites.site_file import Site

_CODES = re.compile(r"(?i)otpcode|passcode|(?:^|[._-])code$|otp$|pin$")
_KEPT_HEADERS = frozenset(
    {
        "content-type",
        "location",
        "set-cookie",
        "cache-control",
        "content-disposition",
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "refresh",
        "content-security-policy",
        "referrer-policy",
        "vary",
        "x-frame-options",
    }
)


@dataclass(slots=True)
class Scrubbed:
    """The clean entries.

    ``raw`` (what was replaced everywhere) and ``short`` (one-time codes) must not be in them.
    """

    entries: list[Entry]
    pseudonyms: Pseudonyms
    counts: dict[str, int] = field(default_factory=dict)
    short: set[str] = field(default_factory=set)

    @property
    def raw(self) -> set[str]:
        """Return every value that was replaced everywhere."""
        return set(self.pseudonyms.table)

    def value(self, value: Any) -> Any:
        """Return the same replacements in nested dicts and lists of strings."""
        if isinstance(value, str):
            return _slots(self.pseudonyms.replace(value))
        if isinstance(value, dict):
            return {key: self.value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value


def scrub(entries: list[Entry], known: KnownValues, sites: Iterable[Site]) -> Scrubbed:
    """Clean copies of ``entries``.

    Changes none of what it is given.
    """
    found = Pseudonyms()
    sites = tuple(sites)
    for kind, values in (("order", known.orders), ("po", known.pos), ("secret", known.secrets)):
        for value in values:
            found.add(value, kind)
    for value in known.users:
        found.add(value, "email" if "@" in value else "user")
    for entry in entries:
        discover(entry, found, sites, known)
    for value in _people(known.people or ()):
        found.add(value, "name")
    counts: Counter[str] = Counter()
    short: set[str] = set()
    clean = [_clean(entry, found, counts, short) for entry in entries]
    return Scrubbed(clean, found, dict(sorted((found.counts + counts).items())), short)


def _people(values: Iterable[str]) -> Iterator[str]:
    """Each value of the list, and each longer word of a name in it."""
    for value in values:
        yield value
        if not any(c.isdigit() for c in value):
            yield from (word for word in value.split() if len(word) > 4)


# --- replace --------------------------------------------------------------------------------------

_REQUEST_ID = re.compile(r"\b2\d{7}-\d{6}-[0-9a-f]{6}\b")
_MINUTE = re.compile(r"\b20\d\d-\d\d-\d\d([ +T]|%20)\d\d(:|%3A)\d\d")
_INLINE = re.compile(r"data:image/[a-z+.-]+;base64,[A-Za-z0-9+/=]{24,}")
_BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def _slots(text: str) -> str:
    """Replace what is known only by where it stands.

    That is what changes from run to run, and the ends of card numbers.
    """
    text = _REQUEST_ID.sub("20000101-000000-000000", text)
    text = _MINUTE.sub(lambda m: f"2000-01-01{m.group(1)}00{m.group(2)}00", text)
    return CARD_TAIL.sub(lambda m: f"{m.group(1)}0001", text)


def _clean(entry: Entry, found: Pseudonyms, counts: Counter[str], short: set[str]) -> Entry:
    headers = [(n, _slots(found.replace(v))) for n, v in entry.headers if n in _KEPT_HEADERS]
    body = entry.body
    if is_text(entry.mime) and entry.mime != "image/svg+xml":
        text = _INLINE.sub(_BLANK, body.decode("utf-8", "replace"))
        body = _slots(found.replace(text)).encode()
    elif body and entry.mime.startswith("image/"):
        counts["images"] += 1
        body = blank(body)
        headers = [
            ("content-type", "image/png") if n == "content-type" else (n, v) for n, v in headers
        ]
    elif body:
        counts["documents"] += 1
        body = b""
    sent = _slots(found.replace(_codes(entry, counts, short))).encode()
    url = _slots(found.replace(entry.url))
    return replace(entry, url=url, headers=sorted(headers), body=body, sent=sent, started=0.0)


def _codes(entry: Entry, counts: Counter[str], short: set[str]) -> str:
    """Return what was sent, with one-time codes and the like replaced.

    Only in their fields, for elsewhere they are mere numbers.
    """
    text = entry.sent.decode("utf-8", "replace")
    for name, value in form_fields(entry.sent_type, entry.sent):
        if value and _CODES.search(name) and value.isdigit():
            counts["codes"] += 1
            short.add(value)
            text = re.sub(
                rf"({re.escape(name.rpartition('.')[2])}\W{{1,4}}){value}(?!\d)",
                rf"\g<1>{'0' * len(value)}",
                text,
            )
    return text
