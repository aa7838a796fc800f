"""Scrubbing: discover what is secret or personal, then replace it everywhere, in every encoding, by pseudonyms."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from robot.page import select
from robot.recording.entries import Entry
from robot.recording.fields import form_fields
from robot.recording.har import is_text
from robot.recording.images import blank
from robot.recording.pseudonyms import ORDER_SHAPE, Pseudonyms, is_pseudonym
from robot.site import Site

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
PHONE = re.compile(r"(?<![\d-])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d-])")
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
CARD = re.compile(r"(?<![\w.-])(?:(?:\d{4}[ -]){3}\d{1,4}|\d{4}[ -]\d{6}[ -]\d{5}|\d{13,19})(?![\w.-])")
CARD_TAIL = re.compile(r"(?i)((?:ending|ends|ending in|card)\s+(?:in|with)\s*|[•*x]{4}[\s-]*)(\d{4})(?!\d)")
_ORDER = re.compile(rf"(?<![\w-]){ORDER_SHAPE}(?![\w-])")
_ORDER_SLOT = re.compile(rf"(?i)order(?:id|number|no)?\W{{1,12}}({ORDER_SHAPE})(?![\w-])")
_TOKEN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~+/=|-]{9,}")
_MINTED = re.compile(r"(?<![\w%.=+/-])[A-Za-z0-9_-]{16,}(?![\w%.=+/-])")
_LINKED = re.compile(r"[?&;]([\w.-]+)=([\w.~-]{8,})")
_WORDY = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{5,}")
_PLAIN = re.compile(r"[$€£]?[\d.,: /-]+(?:USD|AM|PM)?|(?:[A-Z][a-z]+ )\d{1,2}, \d{4}")
_NAME = re.compile(r"[A-Z][\w'’.-]*(?:,? [A-Z][\w'’.-]*)+")
_TOKEN_NAMES = re.compile(
    r"(?i)token|csrf|nonce|guid|uuid|session|^sid$|ticket|execution|state$|^arb$|verif|^of$|code$|key$|serial|reference|^pd_rd_"
)
_CODES = re.compile(r"(?i)otpcode|passcode|(?:^|[._-])code$|otp$|pin$")
_PASSWORDS = re.compile(r"(?i)passw(?:or)?d|pwd$")
#: What a person's or a company's text on a page is left as it is by: the sites' own words around it.
_GREETING = re.compile(r"(?i)^(?:hello|hi|deliver to|account for|placed by|ship to|attn:?|signed in as)[,:]?\s+")
_KEPT_HEADERS = frozenset({
    "content-type", "location", "set-cookie", "cache-control", "content-disposition", "access-control-allow-origin",
    "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods", "refresh",
    "content-security-policy", "referrer-policy", "vary", "x-frame-options",
})  # fmt: skip


@dataclass(slots=True)
class Known:
    """What is known before a look at the pages. ``people``: the local list of names and addresses; None: there is none.

    ``business`` are names of organisations that a flow needs as they are.
    """

    orders: tuple[str, ...] = ()
    pos: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    people: tuple[str, ...] | None = None
    business: tuple[str, ...] = ()


@dataclass(slots=True)
class Scrubbed:
    """The clean entries; ``raw`` are the values that must not be found in them."""

    entries: list[Entry]
    pseudonyms: Pseudonyms
    counts: dict[str, int] = field(default_factory=dict)
    short: set[str] = field(default_factory=set)

    @property
    def raw(self) -> set[str]:
        """Every value that was replaced everywhere."""
        return set(self.pseudonyms.table)

    def value(self, value: Any) -> Any:
        """The same replacements in nested dicts and lists of strings."""
        if isinstance(value, str):
            return _slots(self.pseudonyms.replace(value))
        if isinstance(value, dict):
            return {key: self.value(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value


def scrub(entries: list[Entry], known: Known, sites: Iterable[Site]) -> Scrubbed:
    """Clean copies of ``entries``. Changes none of what it is given."""
    found = Pseudonyms()
    sites = tuple(sites)
    for kind, values in (("order", known.orders), ("po", known.pos), ("secret", known.secrets)):
        for value in values:
            found.add(value, kind)
    for value in known.users:
        found.add(value, "email" if "@" in value else "user")
    for entry in entries:
        _discover(entry, found, sites, known)
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


# --- discover --------------------------------------------------------------------------------------------------------


def _discover(entry: Entry, found: Pseudonyms, sites: tuple[Site, ...], known: Known) -> None:
    for name, value in entry.headers:
        if name == "set-cookie":
            _cookie(value.partition(";")[0].partition("=")[2].strip('"'), found)
    led = parse_qsl(urlsplit(entry.header("location")).query)
    for name, value in (*entry.query, *led, *form_fields(entry.sent_type, entry.sent)):
        _field(name.rpartition(".")[2], value, found)
    texts = [entry.url, entry.header("location"), entry.sent.decode("utf-8", "replace")]
    if is_text(entry.mime):
        texts.append(entry.body.decode("utf-8", "replace"))
        if entry.mime == "text/html" and entry.body.strip():
            _page(entry, found, sites, known)
        elif "json" in entry.mime:
            for name, value in form_fields(entry.mime, entry.body):
                _field(name.rpartition(".")[2], value, found)
    for text in texts:
        _shapes(text, found)


def _cookie(value: str, found: Pseudonyms) -> None:
    if re.fullmatch(ORDER_SHAPE, value):
        found.add(value, "lookalike")
    elif len(value) >= 6:
        found.add(value, "cookie")


def _field(name: str, value: str, found: Pseudonyms) -> None:
    if _PASSWORDS.search(name):
        found.add(value, "password")
    elif re.fullmatch(ORDER_SHAPE, value):
        found.add(value, "order" if re.search(r"(?i)order", name) else "lookalike")
    elif _is_token(value, named=bool(_TOKEN_NAMES.search(name))):
        found.add(value, "token")


def _page(entry: Entry, found: Pseudonyms, sites: tuple[Site, ...], known: Known) -> None:
    root = lxml_html.fromstring(entry.body)
    for field_ in root.iter("input", "meta", "button"):
        name = field_.get("name") or field_.get("id") or ""
        value = field_.get("value") or field_.get("content") or ""
        if field_.get("type") == "hidden" or field_.tag == "meta":
            _field(name, value, found)
    for element in root.iter():
        for name, value in getattr(element, "attrib", {}).items():
            if name.startswith("data-") and name not in {"data-component"}:
                _field(name, value, found)
    site = next((s for s in sites if s.has_host(entry.url)), None)
    if site is not None:
        for text in private_texts(root, site):
            if text not in known.business:
                found.add(text, "email" if EMAIL.fullmatch(text) else "phone" if PHONE.fullmatch(text) else "name")


def private_texts(root: HtmlElement, site: Site) -> Iterator[str]:
    """What is somebody's in a page's private parts, piece by piece, and not the site's own words around it."""
    for css in site.private:
        for element in select(root, css):
            for piece in (*element.itertext(), element.get("value") or "", element.get("title") or ""):
                said = " ".join(piece.split())
                text = _GREETING.sub("", said).strip(" ,.:;")
                if len(text) >= 4 and _is_somebodys(text, site, greeted=text != said.strip(" ,.:;")):
                    yield text


def _is_somebodys(text: str, site: Site, *, greeted: bool) -> bool:
    """Whether a text of a private part is a name, an address, a number; a name alone only behind a greeting."""
    if any(re.search(phrase, f"Hello, {text}", re.IGNORECASE) for phrase in site.phrases.values()):
        return False
    if _PLAIN.fullmatch(text) or CARD_TAIL.search(text) or text.lower() in _WORDS:
        return bool(PHONE.fullmatch(text))
    mailed = bool(EMAIL.search(text) or PHONE.search(text))
    placed = any(c.isdigit() for c in text) and bool(re.search(r"[A-Z][A-Za-z]+", text))
    return mailed or placed or bool(_NAME.fullmatch(text)) or (greeted and text[0].isupper())


_WORDS = frozenset({
    "united states", "sign in", "ship to", "shipping address", "payment method", "payment methods", "delivery address",
    "placed by", "ordered by", "your account", "account & lists", "my profile", "duo mobile", "purchase order",
})  # fmt: skip


def _shapes(text: str, found: Pseudonyms) -> None:
    for email in EMAIL.findall(text):
        found.add(email, "email")
    for jwt in JWT.findall(text):
        found.add(jwt, "token")
    for number in _ORDER_SLOT.findall(text):
        found.add(number, "order")
    for number in _ORDER.findall(text):
        found.add(number, "lookalike")
    for phone in PHONE.findall(text):
        found.add(phone, "phone")
    for card in CARD.findall(text):
        if luhn(card):
            found.add(card, "card")
    for name, value in _LINKED.findall(text):
        _field(name, value, found)
    for word in _MINTED.findall(text):
        if _is_token(word, named=False):
            found.add(word, "token")


def _is_token(value: str, *, named: bool) -> bool:
    """Whether a value looks minted: by the name of its slot, or by its letters alone."""
    if not _TOKEN.fullmatch(value) or is_pseudonym(value) or "://" in value:
        return False
    digits, letters = any(c.isdigit() for c in value), any(c.isalpha() for c in value)
    if named:
        return digits and entropy(value) > 2.5
    if wordy(value):
        return False
    mixed = any(c.isupper() for c in value) and any(c.islower() for c in value)
    hexed = bool(re.fullmatch(r"[0-9a-f-]{16,}", value)) and letters
    return digits and "/" not in value and "." not in value and (hexed or (mixed and len(value) >= 10 and entropy(value) > 3.3))


def wordy(value: str) -> bool:
    """Whether a value is made of words more than of chance."""
    return sum(len(word) for word in _WORDY.findall(value)) > 0.4 * len(value)


def entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values()) if text else 0.0


def luhn(text: str) -> bool:
    """Whether the digits of ``text`` could be a card's number."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return len(digits) >= 13 and len(set(digits)) > 2 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


# --- replace ---------------------------------------------------------------------------------------------------------

_REQUEST_ID = re.compile(r"\b2\d{7}-\d{6}-[0-9a-f]{6}\b")
_MINUTE = re.compile(r"\b20\d\d-\d\d-\d\d([ +T]|%20)\d\d(:|%3A)\d\d")
_INLINE = re.compile(r"data:image/[a-z+.-]+;base64,[A-Za-z0-9+/=]{24,}")
_BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def _slots(text: str) -> str:
    """What is of the moment, and the ends of card numbers, which are told only by where they stand."""
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
        headers = [("content-type", "image/png") if n == "content-type" else (n, v) for n, v in headers]
    elif body:
        counts["documents"] += 1
        body = b""
    sent = _slots(found.replace(_codes(entry, counts, short))).encode()
    url = _slots(found.replace(entry.url))
    return replace(entry, url=url, headers=sorted(headers), body=body, sent=sent, started=0.0)


def _codes(entry: Entry, counts: Counter[str], short: set[str]) -> str:
    """What was sent, with one-time codes and the like replaced in their fields: elsewhere they are only numbers."""
    text = entry.sent.decode("utf-8", "replace")
    for name, value in form_fields(entry.sent_type, entry.sent):
        if value and _CODES.search(name) and value.isdigit():
            counts["codes"] += 1
            short.add(value)
            text = re.sub(rf"({re.escape(name.rpartition('.')[2])}\W{{1,4}}){value}(?!\d)", rf"\g<1>{'0' * len(value)}", text)
    return text


def hosts(entries: Iterable[Entry]) -> set[str]:
    """The hosts that were asked."""
    return {urlsplit(entry.url).hostname or "" for entry in entries}
