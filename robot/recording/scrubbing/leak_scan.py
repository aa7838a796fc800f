"""The scan for leaks.

No known value in any spelling, no person's data by its shape, no secret by its entropy. Rules can't
know a free text for a name: without the local list of people the scan is never clean.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import html as lxml_html

from robot.recording.entries import Recording
from robot.recording.scrubbing.discovery import (
    CARD,
    EMAIL,
    JWT,
    PHONE,
    entropy,
    luhn,
    private_texts,
    wordy,
)
from robot.recording.scrubbing.pseudonyms import ORDER_SHAPE, is_short_word
from robot.redaction import base64_spellings, text_spellings
from robot.sites.site_file import Site

_ORDER = re.compile(rf"(?<![\w-]){ORDER_SHAPE}(?![\w-])")
_DENSE = re.compile(r"(?<![A-Za-z0-9/._-])[A-Za-z0-9_-]{20,}={0,2}(?![A-Za-z0-9/._-])")
#: Fields that a secret is typed into, and what stands for one in a recording. Which device a code
#: comes from is no secret.
_TYPED = re.compile("passw|passcode|otp(?!device)", re.IGNORECASE)
_PSEUDONYM = re.compile(r"[a-z]{2}\d{3,}x*|0+")
_NO_LIST = "there is no local list of names, so nobody can say that no name is in the texts"


@dataclass(frozen=True, slots=True)
class Leak:
    """What was found where, without the value itself."""

    file: str
    what: str


class _Sought:
    """A value that must not be there.

    Letters count whatever their case, but in base64. Digits alone and short words count as whole
    words only, for they may be part of harmless ones.
    """

    def __init__(self, value: str) -> None:
        self._word: re.Pattern[bytes] | None = None
        if is_short_word(value):
            word = re.escape(value.lower().encode())
            self._word = re.compile(rb"(?<![a-z0-9])" + word + rb"(?![a-z0-9])")
        self._texts = {spelling.encode().lower() for spelling in text_spellings(value)}
        self._coded = {spelling.encode() for spelling in base64_spellings(value)}

    def is_in(self, content: bytes, lower: bytes) -> bool:
        """Tell whether the value is there, in any spelling.

        ``lower`` is ``content`` in lower case.
        """
        if self._word is not None:
            return self._word.search(lower) is not None
        return any(s in lower for s in self._texts) or any(s in content for s in self._coded)


def scan_values(folder: Path, values: Iterable[str]) -> list[Leak]:
    """Find ``values`` in files, their names, and files inside files.

    Only values of four characters or more are looked for.
    """
    wanted = [(value, _Sought(value)) for value in sorted(set(values)) if len(value) >= 4]
    leaks = []
    for name, content in _files(folder):
        lower = content.lower()
        leaks += [
            Leak(name, f"known value {n} ({len(value)} characters)")
            for n, (value, sought) in enumerate(wanted, 1)
            if sought.is_in(content, lower)
        ]
    return leaks


def scan_shapes(folder: Path) -> list[Leak]:
    """Return what looks like a person's data or a secret and is no pseudonym."""
    leaks = []
    for name, content in _files(folder):
        if name.endswith((".png", "meta.toml")):
            continue
        text = content.decode("utf-8", "replace")
        found = {
            "e-mail address": [e for e in EMAIL.findall(text) if not e.endswith("@example.test")],
            "order number or session id": [
                n for n in _ORDER.findall(text) if not n.startswith(("000-0000", "900-0000"))
            ],
            "telephone number": [
                p for p in PHONE.findall(text) if "5550" not in re.sub(r"\D", "", p)
            ],
            "JSON web token": JWT.findall(text),
            "card number": [c for c in CARD.findall(text) if luhn(c)],
            "secret by its entropy": [w for w in _DENSE.findall(text) if _dense(w)],
        }
        leaks += [Leak(name, what) for what, hits in found.items() if hits]
    return leaks


def scan_raw(folder: Path) -> list[Leak]:
    """Find what a browser's own HAR holds and no scrubbed one does.

    Cookies, typed secrets.
    """
    har = json.loads((folder / "flow.har").read_text(encoding="utf-8"))
    leaks = []
    for number, entry in enumerate(har["log"]["entries"]):
        request = entry["request"]
        names = {header["name"].lower() for header in request.get("headers", [])}
        fields = request.get("postData", {}).get("params", [])
        typed = [one.get("value", "") for one in fields if _TYPED.search(one["name"])]
        if "cookie" in names or request.get("cookies"):
            leaks.append(Leak(f"flow.har #{number}", "a cookie that was sent"))
        if any(value and not _PSEUDONYM.fullmatch(value) for value in typed):
            leaks.append(Leak(f"flow.har #{number}", "a secret that was typed"))
    return leaks


def _dense(word: str) -> bool:
    kinds = (
        any(c.isdigit() for c in word),
        any(c.isupper() for c in word),
        any(c.islower() for c in word),
    )
    return all(kinds) and entropy(word) > 3.7 and not wordy(word)


def scan_private(recording: Recording, sites: Iterable[Site]) -> list[Leak]:
    """Find texts in the private parts of recorded pages that are no pseudonyms."""
    sites = tuple(sites)
    leaks = []
    business = set(recording.inputs.get("credentials", {}).values())
    for number, entry in enumerate(recording.entries):
        site = next((s for s in sites if s.has_host(entry.url)), None)
        if site is None or entry.mime != "text/html" or not entry.body.strip():
            continue
        leaks += [
            Leak(f"flow.har #{number}", f"text in a private part ({len(text)} characters)")
            for text in private_texts(lxml_html.fromstring(entry.body), site)
            if text not in business and not _replaced(text)
        ]
    return leaks


def _replaced(text: str) -> bool:
    words = [w for w in re.split(r"[\s,;:()]+", text) if len(w) >= 4]
    return all(
        re.search(r"(?:nm|us|cd|tk|ck|xx|pw)\d{2,}x*|example\.test|5550\d|0{2,}\d|\d{3}-?5550", w)
        or w.isdigit()
        for w in words
    ) or bool(re.search(r"nm\d{3}|5550|@example\.test", text))


def scan(
    folder: Path,
    recording: Recording,
    sites: Iterable[Site],
    values: Iterable[str],
    people: Iterable[str] | None,
) -> list[Leak]:
    """Return every leak.

    ``values`` are what must not be there, ``people`` the local list (None: there is none).
    """
    leaks = [Leak("local list", _NO_LIST)] if people is None else []
    leaks += scan_values(folder, {*values, *(people or ())})
    return leaks + scan_raw(folder) + scan_shapes(folder) + scan_private(recording, sites)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            content = path.read_bytes()
            yield name, content
            yield f"{name} (its name)", name.encode()
            yield from ((f"{name} > {inner}", part) for inner, part in _inside(content))


def _inside(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        if content.startswith(b"\x1f\x8b"):
            yield "gzip", gzip.decompress(content)
        elif content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from ((name, archive.read(name)) for name in archive.namelist())
        elif content.startswith(b"\x89PNG"):
            yield "pixels", content
    except (OSError, zlib.error, zipfile.BadZipFile):
        return
