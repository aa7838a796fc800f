"""Read a PO's page.

What is proven of the PO, and what could not be read. A value is read whole or not at all. Where
several places tell the same thing, all that are there must agree; the places that were used are
named in the text that is kept as evidence.

Known from: VCU's public pages (A), other universities' guides and public scripts for the same
product (B). The words for a PO's status are not public: the table ``[statuses]`` in
selectors/realsource.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote

from lxml.html import HtmlElement

from flows.realsource.counts import read_count
from flows.realsource.documents import COUNTED
from flows.realsource.labels import (
    elements_labelled,
    names_other_document,
    values_labelled,
    values_of_document,
)
from flows.realsource.lines import read_line_count, read_total
from flows.realsource.places import is_of_po
from robot.cancellation.orders import PoFacts, PoStatus
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site
from robot.sites.values import clean

#: How much (characters) of what stands on the page is quoted.
_LONGEST: Final = 120
_SUPPLIER: Final = r"(?:supplier|vendor)(?: name)?"
#: What heads the panel of a PO's supplier.
_SUPPLIER_HEAD: Final = r"\W*(?:supplier|vendor)\b"
_NUMBER: Final = r"(?:PO|purchase order) (?:number|no\.?|#)"
_STATUS: Final = r"(?:(?:PO|document|purchase order) )?status"
_OWN_STATUS: Final = r"(?:PO|purchase order|document) status"
#: Statuses of what a PO goes through: one that ends or holds it is not an open PO's.
_OTHER_STATUS: Final = r"(?:A/?P|accounts payable|workflow|supplier|vendor|approval) status"
_HOLD: Final = r"(?:buyer |PO )?holds?"
_NO_HOLD: Final = re.compile(r"\W*|none|no|n/?a", re.IGNORECASE)
_NOT_ITSELF: Final = re.compile(
    r"\b(?:copy|template|draft|sample|example|related|previous|superseded|replace[sd])\b",
    re.IGNORECASE,
)
#: What a title's last words tell of: the page of a document of another kind than a PO.
_OF_OTHER: Final = re.compile(
    r"\b(?:invoice|receipt|voucher|change (?:request|order)|credit|payment|requisition)\b",
    re.IGNORECASE,
)
#: What says of a PO that it is held up: some words alone, or a sentence of that PO.
_OF_PO: Final = re.compile(r"\b(?:this|PO|purchase order|revision|amendment)\b", re.IGNORECASE)
_SHORT: Final = 3
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
#: How long (characters) a notice is that may be of the PO's state.
_LONGEST_NOTICE: Final = 300
#: What may be a word of its own beside a title.
_WORDS: Final = frozenset({"span", "b", "strong", "em", "i", "small", "mark", "p", "div", "h3"})

#: A place of the page, and what it says.
_Said: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Number:
    """A PO's number, and the places of the page that tell it.

    It is empty where they do not tell one.
    """

    number: str
    places: tuple[str, ...]
    unread: str = ""


def read_po(page: PageSnapshot, site: Site, vendor: str, actions: tuple[str, ...] = ()) -> PoFacts:
    """Read a PO's page.

    ``vendor`` names the supplier pattern in the site file; ``actions`` are the menu's labels.
    """
    number = _number(page, site)
    status, status_text = _status(page, site)
    suppliers = tuple(clean(one) for one in values_labelled(page, _SUPPLIER))
    supplier = _quoted("; ".join(suppliers)) or None
    total, total_text = read_total(page, site, f"{_SUPPLIER}|{_NUMBER}")
    lines, lines_unread = read_line_count(page, site)
    counts = {what: read_count(page, site, what) for what in COUNTED}
    is_known = bool(number.number) and status is not PoStatus.UNKNOWN
    unread = (
        number.unread,
        "" if status is not PoStatus.UNKNOWN else f"the status ({status_text or 'not told'})",
        "" if supplier else "the supplier (not told)",
        f"the total ({total_text})" if total_text else "",
        lines_unread,
        *(count.unread for count in counts.values()),
    )
    return PoFacts(
        number=number.number,
        status=status if is_known else PoStatus.UNKNOWN,
        status_text=status_text,
        supplier=supplier,
        supplier_matches=_is_told_of_po(page, site, _SUPPLIER, also=_SUPPLIER_HEAD)
        and all(site.says(f"supplier_{vendor}", one) for one in suppliers),
        total=total,
        line_count=lines,
        invoices=counts["invoices"].count,
        receipts=counts["receipts"].count,
        change_requests=counts["change_requests"].count,
        actions=actions,
        cancel_label=_cancel_label(site, actions, number.number),
        text=(
            f"PO {number.number or '?'} (by its {', '.join(number.places) or 'nothing'});"
            f" status {status_text or '?'}; supplier {supplier or '?'}; total {total or '?'}"
        ),
        total_text=total_text,
        unread=tuple(one for one in unread if one),
    )


def _quoted(value: str) -> str:
    """Return what may be told of what stands beside a public label."""
    return without_private_shapes(value[:_LONGEST])


# --- the number -----------------------------------------------------------------------------------


def read_number(page: PageSnapshot, site: Site) -> str:
    """Return the one number that all places of a PO's page tell.

    Empty where they do not.
    """
    return _number(page, site).number


def _number(page: PageSnapshot, site: Site) -> _Number:
    said = list(_numbers_said(page, site))
    numbers = {_whole_number(site, words) for _, words in said}
    places = tuple(dict.fromkeys(place for place, _ in said))
    number = next(iter(numbers)) if len(numbers) == 1 else ""
    if number:
        return _Number(number, places)
    told = "; ".join(dict.fromkeys(f"{place}: {words}" for place, words in said))
    return _Number("", places, f"the PO's number ({_quoted(told) or 'not told'})")


def _numbers_said(page: PageSnapshot, site: Site) -> Iterator[_Said]:
    for heading in page.find(site.element("document_title")):
        text = clean(text_of_element(heading))
        if heading.tag != "h2" and (_is_of_another(text) or _ends_as_another(site, text)):
            # The page of an invoice or a change request may name its PO: it is not the PO's own.
            yield "heading", text
        elif site.says("heading_po", text):
            yield "heading", site.find("heading_po", text) or text
    title = clean(page.title)
    if site.says("title_po", title):
        yield "title", site.find("title_po", title) or title
    for value in values_labelled(page, _NUMBER):
        yield "labelled slot", clean(value)
    addressed = site.find("address_po", unquote(page.url))
    if addressed:
        yield "address", clean(addressed)


def _is_of_another(heading: str) -> bool:
    """Tell whether a page's heading begins with what is not the PO itself.

    That is the number of a document of another kind, or a word for a copy.
    """
    before = re.split(r"\b(?:PO|purchase order)\b", heading, maxsplit=1, flags=re.IGNORECASE)[0]
    has_number = names_other_document(before) and re.search(r"\d", before) is not None
    return has_number or _NOT_ITSELF.search(before) is not None


def _ends_as_another(site: Site, heading: str) -> bool:
    """Tell whether a page's heading ends with what is not the PO itself."""
    rest = _after_number(site, heading)
    return _NOT_ITSELF.search(rest) is not None or _OF_OTHER.search(rest) is not None


def _after_number(site: Site, heading: str) -> str:
    """Return the words of a heading behind the PO's number."""
    words = (site.find("heading_po", heading) or "").split(maxsplit=1)
    return words[1].strip(" -–—•|:()[]") if len(words) > 1 else ""


def _whole_number(site: Site, words: str) -> str:
    """Return the one number that stands first in some words.

    Empty where it is not one, or two.
    """
    first, *rest = words.split(maxsplit=1)
    number = first.rstrip(".,;:")
    if not site.matches("po", number):
        return ""
    others = (word.strip(".,;:()") for word in " ".join(rest).split())
    return "" if any(site.matches("po", other) for other in others) else number


# --- the status -----------------------------------------------------------------------------------


def _status(page: PageSnapshot, site: Site) -> tuple[PoStatus, str]:
    """Return the PO's status, and what the page says of it.

    That is what stands beside the supplier or the PO's number, not in a panel of something else.
    UNKNOWN where that reads in more than one way, or in words that are not known.
    """
    own = f"{_SUPPLIER}|{_NUMBER}"
    beside = values_labelled(page, _STATUS, beside=own)
    values = (*beside, *values_of_document(page, _OWN_STATUS, own))
    words = tuple(dict.fromkeys(clean(value) for value in values))
    statuses = {read_status(site, one) for one in words}
    is_own = bool(beside) or _is_told_of_po(page, site, _OWN_STATUS)
    status = next(iter(statuses)) if is_own and len(statuses) == 1 else PoStatus.UNKNOWN
    against = [] if status is PoStatus.UNKNOWN else list(_said_against(page, site, status))
    if status is PoStatus.OPEN:
        against += _other_statuses(page, site, own)
    said = _quoted("; ".join((*words, *against)))
    return PoStatus.UNKNOWN if against else status, said


def _is_told_of_po(page: PageSnapshot, site: Site, called: str, also: str = "") -> bool:
    """Tell whether what is called so stands where the page tells of the PO.

    A list's column is of other documents, too, where it is none of a supplier.
    """
    return any(
        is_of_po(label, page, site, also)
        for label, _ in elements_labelled(page, called)
        if also or not (label.tag == "th" and any(one.tag == "th" for one in _siblings_of(label)))
    )


def _other_statuses(page: PageSnapshot, site: Site, own: str) -> Iterator[str]:
    """Yield the other statuses of an open PO by which it has ended, or is held."""
    for value in map(clean, values_of_document(page, _OTHER_STATUS, own)):
        has_ended = read_status(site, value) not in {PoStatus.OPEN, PoStatus.UNKNOWN}
        if has_ended or site.knows("held", value):
            yield value
    for value in map(clean, values_of_document(page, _HOLD, own)):
        if not _NO_HOLD.fullmatch(value):
            yield value


def _said_against(page: PageSnapshot, site: Site, status: PoStatus) -> Iterator[str]:
    """Yield what the page says otherwise than a status.

    It says so in a heading, a word of its own beside the title, or a notice.
    """
    titles = [one for one in page.find(site.element("document_title")) if one.tag != "h2"]
    beside = [one for title in titles for one in (*title, *_siblings(title))]
    headings = [one for one in page.find(site.element("document_title")) if one.tag == "h2"]
    notices = page.find_every(site.element("notices")) if "notices" in site.elements else []
    # A notice of one word is the document's own only where it says that it is one ("role").
    notices = [one for one in notices if one.get("role") or " " in text_of_element(one)]
    parts = dict.fromkeys((*beside, *headings, *notices))
    rests = (_after_number(site, clean(text_of_element(title))) for title in titles)
    for text in (*rests, *(clean(text_of_element(part)) for part in parts)):
        for sentence in _SENTENCE_END.split(text) if len(text) <= _LONGEST_NOTICE else ():
            is_other = read_status(site, sentence) not in {status, PoStatus.UNKNOWN}
            is_ending = status is PoStatus.OPEN and site.knows("cancel_under_way", sentence)
            is_held = status is PoStatus.OPEN and _is_held(site, sentence)
            if is_other or is_ending or is_held:
                yield sentence


def _is_held(site: Site, sentence: str) -> bool:
    is_short = len(sentence.split()) <= _SHORT
    return site.knows("held", sentence) and (is_short or _OF_PO.search(sentence) is not None)


def _siblings(title: HtmlElement) -> list[HtmlElement]:
    """Return the words that stand by themselves beside a page's title."""
    return [one for one in _siblings_of(title) if one.tag in _WORDS]


def _siblings_of(part: HtmlElement) -> tuple[HtmlElement, ...]:
    return (*part.itersiblings("*"), *part.itersiblings("*", preceding=True))


def read_status(site: Site, words: str) -> PoStatus:
    """Return what a status says, by whole phrases.

    UNKNOWN where the site file has no such one.
    """
    known = site.status(words)
    return PoStatus(known[0]) if len(known) == 1 else PoStatus.UNKNOWN


# --- the action -----------------------------------------------------------------------------------


def _cancel_label(site: Site, actions: Iterable[str], number: str) -> str | None:
    """Return the one action that cancels the PO.

    Two that begin so, one that cancels a part of it, or that names another PO, are a person's.
    """
    alike = [label for label in actions if site.says("cancel_action", label)]
    exact = site.element("cancel_action").text or ""
    if len(alike) != 1 or re.search(exact, alike[0], re.IGNORECASE) is None:
        return None
    named = [word for word in alike[0].split() if re.search(r"\d", word)]
    is_own = all(word.strip("#:.…•") == number for word in named)
    return alike[0] if is_own else None
