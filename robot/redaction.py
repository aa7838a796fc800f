"""Secrets and their redaction: what was once told to a ``Redactor`` never leaves the program in
clear.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
import urllib.parse
from collections import OrderedDict
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

MASK = "[redacted]"
_SHORTEST = 4
#: How many passing values (cookies, one-time codes) are remembered: sites make new ones at every
#: visit.
PASSING: Final = 400


class Redactor:
    """Knows the secret values of this run and takes them out of text, in every usual spelling. Safe
    from all threads.

    It looks for each spelling by itself: a pattern of all would be made anew with every cookie, and
    ``re`` keeps each.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Begin with ``values``; shorter ones than four characters can't be told from words and
        are left alone.
        """
        self._lock = threading.Lock()
        self._lasting: dict[str, frozenset[str]] = {}
        self._passing: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._longest_first: tuple[str, ...] = ()
        self.learn(*values)

    def learn(self, *values: str | None, passing: bool = False) -> None:
        """Remember more secret values; those that are ``passing`` until ``PASSING`` newer ones
        came.
        """
        wanted = {v for v in values if v and len(v) >= _SHORTEST} - self._lasting.keys()
        if not wanted:
            return
        with self._lock:
            before = {*self._lasting, *self._passing}
            for value in wanted:
                spelled = self._passing.pop(value, None) or _spellings(value)
                (self._passing if passing else self._lasting)[value] = spelled
            while len(self._passing) > PASSING:
                self._passing.popitem(last=False)
            if before != {*self._lasting, *self._passing}:
                every = frozenset[str]().union(*self._lasting.values(), *self._passing.values())
                self._longest_first = tuple(sorted(every, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """``text`` with every secret value replaced."""
        for spelling in self._longest_first:
            if spelling in text:
                # Digits alone (one-time codes) only as a whole number: they may occur inside
                # longer, harmless ones.
                text = (
                    re.sub(rf"(?<!\d){spelling}(?!\d)", MASK, text)
                    if spelling.isdigit()
                    else text.replace(spelling, MASK)
                )
        return text

    def redact_all(self, value: Any) -> Any:
        """The same for every string in nested dicts, lists and tuples."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {self.redact(str(k)): self.redact_all(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_all(v) for v in value]
        return value

    def __call__(
        self, _logger: object, _name: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """As a structlog processor (the last before the renderer)."""
        redacted: dict[str, Any] = self.redact_all(dict(event))
        return redacted


def _spellings(value: str) -> frozenset[str]:
    """A value as it looks raw, in a URL, in HTML, in JSON, in Python and in base64."""
    quoted = {
        quote(value, safe=safe)
        for quote in (urllib.parse.quote, urllib.parse.quote_plus)
        for safe in ("", "/")
    }
    quoted |= {
        urllib.parse.quote(value, safe="!'()*"),  # encodeURIComponent
        urllib.parse.quote_plus(value, safe="*").replace("~", "%7E"),  # a form's body
    }
    quoted |= {urllib.parse.quote(spelling, safe="") for spelling in quoted}
    escaped = html.escape(value)
    in_json = json.dumps(value)[1:-1]
    return frozenset({
        value,
        *quoted,
        *(re.sub("%..", lambda found: found.group().lower(), spelling) for spelling in quoted),
        escaped,
        escaped.replace("&#x27;", "&#39;"),
        html.escape(value, quote=False),
        value.replace("&", "&amp;").replace('"', "&quot;"),  # as browsers write attributes
        in_json,
        in_json.replace("/", "\\/"),
        "".join(f"\\u{ord(c):04x}" if c in "<>&'" else c for c in in_json),  # inside a page's script
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        *_in_base64(value.encode()),
    })  # fmt: skip


def _in_base64(raw: bytes) -> set[str]:
    """What is sure to stand in base64 wherever the value begins in the text that is coded, in both
    alphabets.
    """
    found = set()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode()
        sure = coded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if before == 0 or len(sure) >= 8:  # shorter ones may be chance
            found |= {sure, sure.replace("+", "-").replace("/", "_")}
    return found
