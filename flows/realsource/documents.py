"""Find the invoices, receipts and change requests that a PO's page names.

One that is named, or stands below a heading of its kind, is one, whatever count stands elsewhere.
D: no live page was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.places import is_in_bar
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
_DOCUMENT: Final = {
    what: re.compile(
        rf"(?<!create )(?<!add )\b{one}\b(?: (?:no\.?|number|id))?[\s:#]*"
        + (rf"(?:{_NUMBER}|0*[1-9]\d*\b)" if what == "change_requests" else _NUMBER),
        re.IGNORECASE,
    )
    for what, one in _ONE.items()
}
#: Words that tell of one, or of some, without a number.
_SOME: Final = {
    what: re.compile(
        rf"(?:there (?:is|are) (?!no\b)\w+|view|view the|view \d+|one|two|three|several) {one}"
        r"(?: (?:on|for|against) (?:this|the) (?:PO|purchase order|order))?\.?"
        rf"|{one}s?: (?:one|two|three|several|yes)"
        rf"|(?:a )?(?:draft|pending|open) {one}\b(?! ?[(:\d]).*",
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
#: What tells of a rule, not of this PO.
RULE: Final = re.compile(r"\b(?:must|should|after|until|when|if|once)\b", re.IGNORECASE)
_HEADINGS: Final = (
    "h2, h3, h4, h5, h6, summary, caption, legend, [role=heading], section[aria-label]"
)
_BOUNDS: Final = "h1, h2, h3, h4, h5, h6"
_TABLE_OF_LINES: Final = re.compile(
    r"\b(?:quantity|qty)\b.*\bprice\b|\bprice\b.*\b(?:quantity|qty)\b", re.IGNORECASE
)


def is_table_of_lines(table: HtmlElement) -> bool:
    """Tell whether a table lists lines of a PO, by its heads."""
    heads = " ".join(text_of_element(head) for head in select(table, "th"))
    return _TABLE_OF_LINES.search(heads) is not None


def tells_of_one(part: HtmlElement, text: str, what: str) -> bool:
    """Tell whether a text names a document of the kind, or says that there is one."""
    if RULE.search(text):
        return False
    is_mark = part.tag in {"span", "div"} and _MARK.search(part.get("class", "")) is not None
    if is_mark and what in _DONE and _DONE[what].fullmatch(text):
        return True
    if not (_DOCUMENT[what].search(text) or _SOME[what].fullmatch(text)):
        return False
    # A line's item may be called so.
    return not any(map(is_table_of_lines, part.iterancestors("table")))


def listed_below(page: PageSnapshot, site: Site, what: str) -> Iterator[str]:
    """Yield the documents that stand below a heading of their kind."""
    heading = re.compile(rf"{COUNTED[what]}(?: ?\(\d+\))?", re.IGNORECASE)
    for head in page.all(_HEADINGS):
        named = head.get("aria-label") or clean(text_of_element(head))
        if not heading.fullmatch(named) or is_in_bar(head, page, site):
            continue
        for part in _below(head):
            words = re.split(r"[\s,;:()#]+", text_of_element(part))
            number = next((one for one in words if re.fullmatch(_NUMBER, one, re.IGNORECASE)), "")
            if number:
                yield f"{named}: {number}"


def _below(head: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the parts of the page that a heading heads, without tables of lines."""
    if head.tag == "section":
        yield head
        return
    for part in head.itersiblings("*"):
        if part.tag in _BOUNDS.split(", ") or select(part, _BOUNDS):
            return
        if not any(map(is_table_of_lines, (part, *select(part, "table")))):
            yield part
