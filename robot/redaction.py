"""Redaction of secrets, so that none leaves the program in clear.

``spellings`` is the only list of how a secret may be written: whatever redacts, replaces or looks
for secrets asks it.
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
#: How many ephemeral values (cookies, one-time codes) are remembered. Sites make new ones at every
#: visit.
EPHEMERAL: Final = 400
_ESCAPE: Final = re.compile("%..")


class Redactor:
    """Takes the secret values of this run out of text, in every spelling.

    Safe from all threads. Looks for each spelling by itself: a pattern of all would be made anew
    with every cookie, and ``re`` keeps each.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Begin with ``values``.

        Those shorter than four characters can't be told from words and are left alone.
        """
        self._lock = threading.Lock()
        self._lasting: dict[str, frozenset[str]] = {}
        self._ephemeral: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._longest_first: tuple[str, ...] = ()
        self.learn(*values)

    def learn(self, *values: str | None, ephemeral: bool = False) -> None:
        """Remember more secret values.

        Those that are ``ephemeral`` are forgotten when ``EPHEMERAL`` newer ones have come.
        """
        wanted = {v for v in values if v and len(v) >= _SHORTEST} - self._lasting.keys()
        if not wanted:
            return
        with self._lock:
            before = {*self._lasting, *self._ephemeral}
            kept = self._ephemeral if ephemeral else self._lasting
            for value in wanted:
                known = self._ephemeral.pop(value, frozenset())
                kept[value] = known or spellings(value)
            while len(self._ephemeral) > EPHEMERAL:
                self._ephemeral.popitem(last=False)
            if before != {*self._lasting, *self._ephemeral}:
                every = frozenset[str]().union(*self._lasting.values(), *self._ephemeral.values())
                self._longest_first = tuple(sorted(every, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """Return ``text`` with every secret value replaced."""
        for spelling in self._longest_first:
            if spelling not in text:
                continue
            if spelling.isdigit():
                # Only as a whole number: a one-time code may occur inside a longer, harmless one.
                text = re.sub(rf"(?<!\d){spelling}(?!\d)", MASK, text)
            else:
                text = text.replace(spelling, MASK)
        return text

    def redact_all(self, value: Any) -> Any:
        """Redact every string in nested dicts, lists and tuples."""
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
        """Redact a log entry, as the last structlog processor before the renderer."""
        redacted: dict[str, Any] = self.redact_all(dict(event))
        return redacted


def _percent(value: str) -> str:
    return urllib.parse.quote(value, safe="")


def _component(value: str) -> str:
    """Encode as a page's ``encodeURIComponent`` does."""
    return urllib.parse.quote(value, safe="!'()*")


def _form(value: str) -> str:
    """Encode as a browser does in a form's body."""
    return urllib.parse.quote_plus(value, safe="*").replace("~", "%7E")


def _attribute(value: str) -> str:
    """Escape as a browser does in an attribute of a page that it gives back."""
    return value.replace("&", "&amp;").replace('"', "&quot;")


def _json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _script(value: str) -> str:
    """Escape as JSON in a page's script, where markup must not appear."""
    return "".join(f"\\u{ord(c):04x}" if c in "<>&'" else c for c in _json(value))


def _script_strictly(value: str) -> str:
    """Escape everything but words for a page's script, as some templates do."""
    return "".join(c if c.isalnum() or c in " -_." else f"\\u{ord(c):04x}" for c in value)


def text_spellings(value: str) -> tuple[str, ...]:
    """Return a value as text may write it, at the same place for every value.

    Raw and in other letters, backwards, in hexadecimal digits, in a URL, in HTML, in JSON and in
    Python. ``zip(text_spellings(a), text_spellings(b))`` pairs the same spelling of two values.
    """
    addressed = [
        _percent(value),
        urllib.parse.quote(value),
        urllib.parse.quote_plus(value),
        urllib.parse.quote_plus(value, safe="/"),
        _component(value),
        _form(value),
    ]
    addressed += [_percent(spelling) for spelling in addressed]
    addressed += [_ESCAPE.sub(_lower, spelling) for spelling in addressed]
    return (
        value,
        *addressed,
        html.escape(value),
        html.escape(value).replace("&#x27;", "&#39;"),
        html.escape(value, quote=False),
        _attribute(value),
        _json(value),
        _json(value).replace("/", "\\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
        _script(value),
        _script_strictly(value),
        repr(value)[1:-1],
        value.lower(),
        value.upper(),
        value[::-1],
        value.encode().hex(),
    )


def base64_spellings(value: str) -> frozenset[str]:
    """Return what base64 writes wherever the value begins in the coded text.

    In both alphabets, and only those characters that what is around the value can't change.
    """
    raw = value.encode()
    found = set()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode()
        sure = coded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        if before == 0 or len(sure) >= 8:  # shorter ones may be chance
            found |= {sure, sure.replace("+", "-").replace("/", "_")}
    return frozenset(found)


def spellings(value: str) -> frozenset[str]:
    """Return a value in every spelling, as text and in base64."""
    return frozenset(text_spellings(value)) | base64_spellings(value)


def _lower(found: re.Match[str]) -> str:
    return found.group().lower()
