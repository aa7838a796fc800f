"""Pseudonyms, which are counters of the same length and shape.

They count in order of appearance and replace a value everywhere, in every spelling. Counters and
not hashes: nothing of the value is in them, a second recording of the same flow gets the same ones,
and they have so little entropy that scanners for secrets stay meaningful.
"""

from __future__ import annotations

import base64
import re
from collections import Counter

from robot.redaction import text_spellings

#: An order's number, and what else Amazon writes in that very form (session ids).
ORDER_SHAPE = r"(?:\d{3}|D\d{2})-\d{7}-\d{7}"
_PREFIX = {
    "cookie": "ck",
    "token": "tk",
    "name": "nm",
    "password": "pw",
    "user": "us",
    "secret": "sc",
    "card": "cd",
}
_BLOB = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![A-Za-z0-9+/_=-])")
_PSEUDONYM = re.compile(
    r"(?:ck|tk|nm|pw|us|sc|cd|xx)\d{3,}x*|(?:000|900)-0000000-\d{7}|user\d+x*@example\.test"
    r"|0+\d{1,3}"
)
_SHORTEST = 4


class Pseudonyms:
    """Values and what stands for them."""

    def __init__(self) -> None:
        self.table: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self._pattern: re.Pattern[str] | None = None
        self._spelled: dict[str, str] = {}

    def add(self, value: str, kind: str) -> str:
        """Return the pseudonym of a value, made at the first call.

        ``kind`` names its shape.
        """
        value = value.strip()
        if value in self.table:
            return self.table[value]
        if len(value) < _SHORTEST or value in self.table.values():
            return value
        self.counts[kind] += 1
        made = _make(kind, value, self.counts[kind])
        self.table[value] = made
        self._pattern = None
        return made

    def replace(self, text: str) -> str:
        """Return ``text`` with every value replaced, in every spelling.

        Also inside of what is written in base64.
        """
        if not self.table:
            return text
        if self._pattern is None:
            self._compile()
        assert self._pattern is not None  # noqa: S101 - made a line above
        text = self._pattern.sub(lambda found: self._spelled[found.group(0)], text)
        return _BLOB.sub(self._inside, text)

    def _inside(self, found: re.Match[str]) -> str:
        blob = found.group(0)
        plain = blob.replace("-", "+").replace("_", "/").rstrip("=")
        try:
            raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
            text = raw.decode()
        except ValueError:
            return blob
        assert self._pattern is not None  # noqa: S101 - it is only called from replace
        new = self._pattern.sub(lambda m: self._spelled[m.group(0)], text)
        if new == text:
            return blob
        written = base64.b64encode(new.encode()).decode()
        if "-" in blob or "_" in blob:
            written = written.replace("+", "-").replace("/", "_")
        return written if blob.endswith("=") or len(blob) % 4 == 0 else written.rstrip("=")

    def _compile(self) -> None:
        self._spelled = {}
        for value, made in self.table.items():
            pairs = zip(text_spellings(value), text_spellings(made), strict=True)
            for spelling, replacement in pairs:
                self._spelled.setdefault(spelling, replacement)
        words = sorted(self._spelled, key=len, reverse=True)
        self._pattern = re.compile("|".join(_alternative(word) for word in words))


def is_short_word(value: str) -> bool:
    """Tell whether a value may stand inside a harmless one.

    Digits alone and short words may.
    """
    return value.isdigit() or (len(value) < 8 and value.isalnum())


def _alternative(word: str) -> str:
    """Return the pattern of a word.

    Those that may stand inside harmless ones count as whole words only.
    """
    if is_short_word(word):
        return rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"
    return re.escape(word)


def _make(kind: str, value: str, number: int) -> str:
    size = len(value)
    if kind == "order":
        return f"000-0000000-{number:07d}"
    if kind == "lookalike":
        return f"900-0000000-{number:07d}"
    if kind == "po":
        letters = re.split(r"[^A-Za-z]", value, maxsplit=1)[0]
        return letters + f"{number:0{max(1, size - len(letters))}d}"
    if kind == "email":
        return f"user{number}".ljust(max(0, size - len("@example.test")), "x") + "@example.test"
    if kind == "phone":
        digits = iter(f"{5550100 + number:0{sum(c.isdigit() for c in value)}d}")
        return "".join(next(digits) if c.isdigit() else c for c in value)
    if value.isdigit():
        return f"{number:0{size}d}"
    return f"{_PREFIX.get(kind, 'xx')}{number:03d}".ljust(size, "x")[: max(size, 5)]


def is_pseudonym(text: str) -> bool:
    """Tell whether a word has the shape of one."""
    return _PSEUDONYM.fullmatch(text) is not None
