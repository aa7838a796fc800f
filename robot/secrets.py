"""Secrets and their redaction: what was once told to a ``Redactor`` never leaves the program in clear."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, MutableMapping
from typing import Any

MASK = "[redacted]"
_SHORTEST = 4


class Redactor:
    """Knows the secret values of this run and takes them out of text, in every usual spelling."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        """Begin with ``values``; shorter ones than four characters can't be told from words and are left alone."""
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.learn(*values)

    def learn(self, *values: str | None) -> None:
        """Remember more secret values."""
        new = {v for v in values if v and len(v) >= _SHORTEST} - self._values
        if new:
            self._values |= new
            spellings = {s for value in self._values for s in _spellings(value)}
            self._pattern = re.compile("|".join(_alternative(s) for s in sorted(spellings, key=len, reverse=True)))

    def redact(self, text: str) -> str:
        """``text`` with every secret value replaced."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def redact_all(self, value: Any) -> Any:
        """The same for every string in nested dicts, lists and tuples."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {self.redact(str(k)): self.redact_all(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.redact_all(v) for v in value]
        return value

    def __call__(self, _logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """As a structlog processor (the last before the renderer)."""
        redacted: dict[str, Any] = self.redact_all(dict(event))
        return redacted


def _alternative(spelling: str) -> str:
    # Digits alone (one-time codes) only as a whole number: they may occur inside longer, harmless ones.
    return rf"(?<!\d){spelling}(?!\d)" if spelling.isdigit() else re.escape(spelling)


def _spellings(value: str) -> set[str]:
    """A value as it looks raw, in a URL, in HTML, in JSON, in Python and in base64."""
    coded = base64.b64encode(value.encode()).decode().rstrip("=")
    quoted = {quote(value, safe=safe) for quote in (urllib.parse.quote, urllib.parse.quote_plus) for safe in ("", "/")}
    return {
        value,
        *quoted,
        *(re.sub("%..", lambda found: found.group().lower(), spelling) for spelling in quoted),
        html.escape(value),
        html.escape(value, quote=False),
        value.replace("&", "&amp;").replace('"', "&quot;"),  # as browsers write attributes
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        coded,
        coded.replace("+", "-").replace("/", "_"),
    }
