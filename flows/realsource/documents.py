"""Find the invoices, receipts and change requests that a PO's page names.

One that is named, or stands below a heading of its kind, is one, whatever count stands elsewhere.
D: no live page was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.places import heading_of, is_in_bar, titles_said
from robot.sites.css import select
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean

#: What a PO must have none of, and how pages call it.
COUNTED: Final = {
    "invoices": "invoices?",
    "receipts": "receipts?",
    "change_requests": "change requests?",
}
#: One of them by its name.
_ONE: Final = {
    "invoices": "(?:invoice|voucher)",
    "receipts": "(?:receipt|receiver)",
    "change_requests": "change (?:request|order)",
}
#: A document's number, which is no date and no amount.
_NUMBER: Final = r"(?:[A-Z]{1,6}[-/]?\d[\w/-]*|\d{4,}[\w-]*)(?![\w.,/]*\d)"
#: What stands before a receiver that is a document: goods are called so, too.
_LEADS: Final = (
    r"(?:^|[:;,.(] ?|\d ?|\b(?:the|an?|this|with|by|on|supplier|vendor|goods|new|created) )"
)
_CALLED: Final = _ONE | {"receipts": rf"(?:\breceipt|{_LEADS}receiver)"}
_DOCUMENT: Final = {
    what: re.compile(
        rf"(?<!create )(?<!add )(?<!proforma )(?<!pro forma )(?:\b|^){one}\b"
        r"(?: (?:no\.?|number|id))?[\s:#]*"
        + (rf"(?:{_NUMBER}|0*[1-9]\d*\b)" if what == "change_requests" else _NUMBER),
        re.IGNORECASE,
    )
    for what, one in _CALLED.items()
}
#: Words that tell of one, or of some, without a number.
_SOME: Final = {
    what: re.compile(
        rf"(?:there (?:is|are) (?!no\b)\w+|view|view the|view \d+|one|two|three|several) {one}"
        r"(?: (?:on|for|against) (?:this|the) (?:PO|purchase order|order))?\.?"
        rf"|{one}s?: (?:one|two|three|several|yes)"
        rf"|(?:a )?(?:draft|pending|open) {one}\b(?! ?[(:\d]| forms?\b).*",
        re.IGNORECASE,
    )
    for what, one in _ONE.items()
}
#: Words that a mark beside a PO tells of it, and how marks are called.
_DONE: Final = {
    "invoices": re.compile(r"invoiced|billed|vouchered|paid", re.IGNORECASE),
    "receipts": re.compile(r"received", re.IGNORECASE),
}
_MARK: Final = re.compile(r"badge|chip|pill|tag|flag|status", re.IGNORECASE)
#: What such a mark tells of otherwise: that the PO was sent, and has come.
_SENDING: Final = re.compile(r"acknowledg|distribut|transmi|confirm|\bsent\b", re.IGNORECASE)
#: What tells of a rule, not of this PO.
RULE: Final = re.compile(r"\b(?:must|should|after|until|when|if|once)\b", re.IGNORECASE)
#: Goods whose names name a document, those of documents alone, and what holds a line of goods.
_GOODS: Final = re.compile(r"\b(?:forms|books|pads|sheets|rolls)$", re.IGNORECASE)
_BEGINS: Final = re.compile(r"(?:invoice|receipt|change)\b", re.IGNORECASE)
_LINE: Final = re.compile(
    r"(?:^|\s)(?:lines?|line[-_]?items?|Line[A-Z]\w*|[Pp]roduct[\w-]*|item[-_](?:title|name)[\w-]*)"
    r"(?=\s|$)"
)
_HEADINGS: Final = (
    "h2, h3, h4, h5, h6, summary, caption, legend, [role=heading], section[aria-label]"
)
#: Where what a heading heads is over.
_BOUNDS: Final = "h1, h2, h3, h4, h5, h6, footer, nav, aside"
#: How long (characters) a column's head is: a table of layout holds pieces of the page.
_LONGEST_HEAD: Final = 40
_TABLE_OF_LINES: Final = re.compile(
    r"\b(?:quantity|qty)\b.*\bprice\b|\bprice\b.*\b(?:quantity|qty)\b|\bcatalog (?:no|number)\b"
    r"|\bproduct description\b|\bunit price\b",
    re.IGNORECASE,
)
#: A word with letters and digits that may be a document's number anywhere.
_MIXED: Final = re.compile(r"[A-Z]{1,6}[-/]?\d[\w/-]*", re.IGNORECASE)
#: A plain number, and one that a row begins with beside an amount.
_PLAIN: Final = re.compile(r"(?<![\w.,/:$-])(\d{4,}[\w-]*)(?![\w.,/:-]*\d)")
_WITH_AMOUNT: Final = re.compile(r"#?\s*([1-9]\d*)\b(?![.,/:%]).*\d\.\d\d\b")
#: Words beside numbers that are of no document.
_OF_NONE: Final = re.compile(r"\b(?:call|phone|tel|fax|ext|copyright)\b|©", re.IGNORECASE)
#: A year or a date, which is no document's number.
_DAY: Final = re.compile(r"(?:19|20)\d\d(?:-\d\d?-\d\d?(?:T.*)?)?")
#: What names a number in a list of labels.
_NUMBER_LABEL: Final = re.compile(r"\b(?:number|no|id|document)\b|#", re.IGNORECASE)


def is_table_of_lines(table: HtmlElement) -> bool:
    """Tell whether a table lists lines of a PO, by its own heads or its first row."""
    cells = select(table, "th") or select(table, "tr:first-child > td")
    own = (cell for cell in cells if next(cell.iterancestors("table"), None) is table)
    heads = " ".join(text for cell in own if len(text := text_of_element(cell)) <= _LONGEST_HEAD)
    return _TABLE_OF_LINES.search(heads) is not None


def tells_of_one(part: HtmlElement, text: str, what: str) -> bool:
    """Tell whether a text names a document of the kind, or says that there is one."""
    if RULE.search(text):
        return False
    is_mark = part.tag in {"span", "div"} and _MARK.search(part.get("class", "")) is not None
    if is_mark and what in _DONE and _DONE[what].fullmatch(text):
        return what != "receipts" or not _is_of_sending(part)
    is_named = _DOCUMENT[what].search(text) is not None and _GOODS.search(text) is None
    return (is_named or _SOME[what].fullmatch(text) is not None) and not _is_of_goods(part, text)


def _is_of_sending(mark: HtmlElement) -> bool:
    """Tell whether the words before a mark are of the PO's way to the supplier."""
    around = mark.getparent()
    if around is None:
        return False
    before = [
        around.text or "",
        *(text_of_element(one) for one in mark.itersiblings("*", preceding=True)),
    ]
    return any(_SENDING.search(words) for words in (*before, label_of(around)))


def label_of(slot: HtmlElement) -> str:
    """Return the label of a slot in a list of labels, "" of anything else."""
    if slot.tag != "dd":
        return ""
    labels = (one for one in slot.itersiblings("*", preceding=True) if one.tag == "dt")
    return next((text_of_element(one) for one in labels), "")


def _is_of_goods(part: HtmlElement, text: str) -> bool:
    """Tell whether a text is of a line of the PO, whose item may be called anything.

    One in no table that begins as documents are called may be of either.
    """
    if any(map(is_table_of_lines, part.iterancestors("table"))):
        return True
    is_in_line = any(_LINE.search(one.get("class", "")) for one in (part, *part.iterancestors()))
    return is_in_line and _BEGINS.match(text) is None


def listed_below(page: PageSnapshot, site: Site, what: str) -> Iterator[str]:
    """Yield the documents that stand below a heading of their kind."""
    heading = re.compile(rf"{COUNTED[what]}(?: ?\(\d+\))?", re.IGNORECASE)
    own = {*_words(titles_said(page, site))}
    for head in page.all(_HEADINGS):
        named = head.get("aria-label") or clean(text_of_element(head))
        if not heading.fullmatch(named) or is_in_bar(head, page, site):
            continue
        for part in _below(head):
            number = next(_numbers_in(part, own), "")
            if number:
                yield f"{named}: {number}"


def _below(head: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the parts of the page that a heading heads, without tables of lines."""
    if head.tag == "section":
        yield head
        return
    for part in _head_of_panel(head).itersiblings("*"):
        if part.tag in _BOUNDS.split(", ") or select(part, _BOUNDS):
            return
        if not any(map(is_table_of_lines, (part, *select(part, "table")))):
            yield part


def _head_of_panel(head: HtmlElement) -> HtmlElement:
    """Return the largest part of the page that holds a heading alone."""
    part = head
    for around in head.iterancestors():
        if around.tag == "body" or heading_of(around) is not head:
            break
        part = around
    return part


def _numbers_in(part: HtmlElement, own: set[str]) -> Iterator[str]:
    """Yield what may be a document's number, but for those of the PO (``own``)."""
    for word in _words(text_of_element(part)):
        if word not in own and _MIXED.fullmatch(word):
            yield word
    for entry in (part, *select(part, "*")):
        texts = [entry.text, *(child.tail for child in entry)]
        plain = [found for text in texts if (found := _PLAIN.search(clean(text or "")))]
        row = _WITH_AMOUNT.match(clean(text_of_element(entry)))
        for found in (*plain, *([row] if row else [])):
            number = found.group(1)
            is_other = number in own or _DAY.fullmatch(number) or _OF_NONE.search(found.string)
            if not is_other and _is_labelled_as_number(entry):
                yield number


def _is_labelled_as_number(entry: HtmlElement) -> bool:
    """Tell whether an entry is called a number, where it has a label at all."""
    slot = next((one for one in (entry, *entry.iterancestors()) if one.tag == "dd"), None)
    label = "" if slot is None else label_of(slot)
    return not label or _NUMBER_LABEL.search(label) is not None


def _words(text: str) -> list[str]:
    return re.split(r"[\s,;:()#]+", text)
