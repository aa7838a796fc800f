"""Discovery of what is secret or personal.

By the slot that it stands in, by its shape, by its letters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from robot.recording.entries import Entry
from robot.recording.fields import form_fields
from robot.recording.har import is_text
from robot.recording.scrubbing.pseudonyms import ORDER_SHAPE, Pseudonyms, is_pseudonym
from robot.sites.css import select
from robot.sites.site_file import Site

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
PHONE = re.compile(r"(?<![\d-])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d-])")
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
CARD = re.compile(
    r"(?<![\w.-])(?:(?:\d{4}[ -]){3}\d{1,4}|\d{4}[ -]\d{6}[ -]\d{5}|\d{13,19})(?![\w.-])"
)
CARD_TAIL = re.compile(
    r"(?i)((?:ending|ends|ending in|card)\s+(?:in|with)\s*|[•*x]{4}[\s-]*)(\d{4})(?!\d)"
)
_ORDER = re.compile(rf"(?<![\w-]){ORDER_SHAPE}(?![\w-])")
_ORDER_SLOT = re.compile(rf"(?i)order(?:id|number|no)?\W{{1,12}}({ORDER_SHAPE})(?![\w-])")
_TOKEN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.~+/=|-]{9,}")
_MINTED = re.compile(r"(?<![\w%.=+/-])[A-Za-z0-9_-]{16,}(?![\w%.=+/-])")
_LINKED = re.compile(r"[?&;]([\w.-]+)=([\w.~-]{8,})")
_WORDY = re.compile(r"[A-Z]?[a-z]{4,}|[A-Z]{5,}")
_PLAIN = re.compile(r"[$€£]?[\d.,: /-]+(?:USD|AM|PM)?|(?:[A-Z][a-z]+ )\d{1,2}, \d{4}")
_NAME = re.compile(r"[A-Z][\w'’.-]*(?:,? [A-Z][\w'’.-]*)+")
_TOKEN_NAMES = re.compile(
    r"(?i)token|csrf|nonce|guid|uuid|session|^sid$|ticket|execution|state$|^arb$|verif|^of$|code$"
    r"|key$|serial|reference|^pd_rd_"
)
#: Of these, the slots that hold nothing but what was minted: there, letters of chance may look like
#: words.
_MINTED_NAMES = re.compile(r"(?i)token|csrf|nonce|guid|uuid|ticket|^sid$|^pd_rd_")
_PASSWORDS = re.compile(r"(?i)passw(?:or)?d|pwd$")
#: What a person's or a company's text on a page is left as it is by: the sites' own words around
#: it.
_GREETING = re.compile(
    r"(?i)^(?:hello|hi|deliver to|account for|placed by|ship to|attn:?|signed in as)[,:]?\s+"
)


@dataclass(slots=True)
class KnownValues:
    """What is known before a look at the pages.

    ``people`` is the local list of names and addresses (None: there is none). ``business`` are
    names of organisations that a flow needs as they are.
    """

    orders: tuple[str, ...] = ()
    pos: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    people: tuple[str, ...] | None = None
    business: tuple[str, ...] = ()


def discover(entry: Entry, found: Pseudonyms, sites: tuple[Site, ...], known: KnownValues) -> None:
    """Add to ``found`` what is secret or personal in an entry."""
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
    elif _is_token(value, name):
        found.add(value, "token")


def _page(entry: Entry, found: Pseudonyms, sites: tuple[Site, ...], known: KnownValues) -> None:
    root = lxml_html.fromstring(entry.body)
    for field_ in root.iter("input", "meta", "button"):
        name = field_.get("name") or field_.get("id") or ""
        value = field_.get("value") or field_.get("content") or ""
        if field_.get("type") == "hidden" or field_.tag == "meta":
            _field(name, value, found)
    for element in root.iter():
        for name, value in getattr(element, "attrib", {}).items():
            if name.startswith("data-") and name != "data-component":
                _field(name, value, found)
    site = next((s for s in sites if s.has_host(entry.url)), None)
    if site is not None:
        for text in private_texts(root, site):
            if text not in known.business:
                found.add(text, _private_kind(text))


def _private_kind(text: str) -> str:
    if EMAIL.fullmatch(text):
        return "email"
    return "phone" if PHONE.fullmatch(text) else "name"


def private_texts(root: HtmlElement, site: Site) -> Iterator[str]:
    """Give what is somebody's in a page's private parts, piece by piece.

    The site's own words around it are left out.
    """
    for css in site.private:
        for element in select(root, css):
            for piece in (
                *element.itertext(),
                element.get("value") or "",
                element.get("title") or "",
            ):
                said = " ".join(piece.split())
                text = _GREETING.sub("", said).strip(" ,.:;")
                if len(text) >= 4 and _is_somebodys(
                    text, site, greeted=text != said.strip(" ,.:;")
                ):
                    yield text


def _is_somebodys(text: str, site: Site, *, greeted: bool) -> bool:
    """Tell whether a text of a private part is a name, an address or a number.

    A word alone is a name only behind a greeting.
    """
    if any(re.search(phrase, f"Hello, {text}", re.IGNORECASE) for phrase in site.phrases.values()):
        return False
    # What the site file tells screens by is the site's own, although it may look like a name ("Duo
    # Push").
    if any(text.lower() in (screen.text or "").lower() for screen in site.screens.values()):
        return False
    if _PLAIN.fullmatch(text) or CARD_TAIL.search(text) or text.lower() in _WORDS:
        return bool(PHONE.fullmatch(text))
    mailed = bool(EMAIL.search(text) or PHONE.search(text))
    placed = any(c.isdigit() for c in text) and bool(re.search(r"[A-Z][A-Za-z]+", text))
    return mailed or placed or bool(_NAME.fullmatch(text)) or (greeted and text[0].isupper())


_WORDS = frozenset(
    {
        "united states",
        "sign in",
        "ship to",
        "shipping address",
        "payment method",
        "payment methods",
        "delivery address",
        "placed by",
        "ordered by",
        "your account",
        "account & lists",
        "my profile",
        "duo mobile",
        "purchase order",
    }
)


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
        if _is_token(word):
            found.add(word, "token")


def _is_token(value: str, name: str = "") -> bool:
    """Tell whether a value looks minted, by its slot's name or its letters alone."""
    if not _TOKEN.fullmatch(value) or is_pseudonym(value) or "://" in value:
        return False
    digits = any(c.isdigit() for c in value)
    letters = any(c.isalpha() for c in value)
    mixed = any(c.isupper() for c in value) and any(c.islower() for c in value)
    if _TOKEN_NAMES.search(name):
        chance = mixed and (bool(_MINTED_NAMES.search(name)) or not wordy(value))
        return (digits or chance) and entropy(value) > 2.5
    if wordy(value):
        return False
    hexed = bool(re.fullmatch(r"[0-9a-f-]{16,}", value)) and letters
    return (
        digits
        and "/" not in value
        and "." not in value
        and (hexed or (mixed and len(value) >= 10 and entropy(value) > 3.3))
    )


def wordy(value: str) -> bool:
    """Tell whether a value is made of words more than of chance."""
    return sum(len(word) for word in _WORDY.findall(value)) > 0.4 * len(value)


def entropy(text: str) -> float:
    """Return Shannon's entropy, in bits a character."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def luhn(text: str) -> bool:
    """Tell whether the digits of ``text`` could be a card's number."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return (
        len(digits) >= 13
        and len(set(digits)) > 2
        and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    )
