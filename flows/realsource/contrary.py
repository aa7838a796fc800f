"""Find what says otherwise than a count of none.

That a PO has invoices, receipts or change requests is told in many words: by a status, an amount, a
column of its lines, another tab, a notice. None of it is a number of documents, and all of it is a
person's. D: no live page was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.documents import RULE, is_table_of_lines, listed_below, tells_of_one
from flows.realsource.labels import elements_labelled, labels
from flows.realsource.places import is_in_bar
from robot.sites.css import select
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean

_NUMBERED: Final = r"(?: (?:no\.?|number|#|id|date|amount|total|qty|quantity|status))?"
#: What is left to be invoiced of a PO.
_LEFT: Final = (
    r"(?:remaining|open|outstanding) (?:encumbrance|amount|balance)|(?:encumbrance|PO) balance"
    r"|uninvoiced amount|(?:amount )?(?:remaining|left|open) to (?:be )?invoiced?"
)
_DONE: Final = r"(?:amount|total|net|quantity|qty)"
#: Labels and columns that tell what has become of a PO.
_LABELS: Final = {
    "invoices": rf"(?:\w+ )?(?:invoices?|vouchers?){_NUMBERED}|last payment"
    rf"|(?:{_DONE} ){{0,2}}(?:invoiced|billed|vouchered|paid)(?: to date| {_DONE}){{0,2}}"
    rf"|(?:invoicing|matching|match|payment|billing) status|{_LEFT}",
    "receipts": rf"(?:\w+ )?(?:receipts?|receivers?){_NUMBERED}|packing slips?"
    rf"|(?:{_DONE} ){{0,2}}received(?: to date| {_DONE}){{0,2}}|receiving status",
    "change_requests": rf"(?:(?:open|pending) )?change (?:requests?|orders?){_NUMBERED}"
    r"|(?:pending |open )?revisions?",
}
#: What tabs and headings call such documents, by any of their names.
_NAMES: Final = {
    "invoices": r"invoices?|vouchers?|bills?|payments?|credit memos?|matching",
    "receipts": r"receipts?|receiving|receivers?|shipments?|(?:advance )?ship notices?",
    # A list of revisions also has those that are done, or the first.
    "change_requests": r"change (?:requests?|orders?)|amendments?",
}
#: A word of its own that tells the same.
_STATES: Final = {
    "invoices": r"(?:fully|partially|partly|completely) (?:invoiced|billed|vouchered|matched|paid)"
    r"|(?:invoiced|paid) in full",
    "receipts": r"(?:fully|partially|partly|completely) received|received in full",
    "change_requests": r"revision \d+ \((?:pending|draft|in (?:approval|progress|review))\)",
}
_ZERO: Final = re.compile(r"\W?0(?:[.,]0+)?(?: \w{1,4})?")
#: Without one of these no text is of the kind.
_ABOUT: Final = {
    "invoices": re.compile(r"invoic|vouch|bill|pa(?:id|y)|match|credit", re.IGNORECASE),
    "receipts": re.compile(r"recei|ship|packing", re.IGNORECASE),
    "change_requests": re.compile(r"change|amend|revision", re.IGNORECASE),
}
#: Words of a notice of the PO, its goods, or its change.
_OF_PO: Final = r"\b(?:PO|(?:purchase )?order|document|goods|items|lines)\b"
_HAVE: Final = r"\b(?:is|was|were|been|fully|partially|partly)\b(?: \w+){0,2} "
_NOTICES: Final = {
    "invoices": rf"{_HAVE}(?:invoiced|billed|vouchered|paid)\b",
    "receipts": rf"{_HAVE}received\b(?! by (?:the )?(?:supplier|vendor))",
    "change_requests": r"\b(?:change (?:requests?|orders?)|revisions?|amendments?)\b.*"
    r"\b(?:pending|open|approval|progress|draft|review|way)\b|\blocked\b.*\bchange\b",
}
_BEING_REVISED: Final = re.compile(r"\b(?:pending|draft|approval|progress|review)\b", re.IGNORECASE)
#: A value that tells of none.
_NONE: Final = re.compile(
    r"\W*|(?:none|no|n/?a|nothing|never|open)\b\D*|not\b.*|un\w+", re.IGNORECASE
)
#: Goods that are to come have not come.
_TO_COME: Final = re.compile(r"(?:pending|awaiting)\b\D*", re.IGNORECASE)
#: A document's number, or its date.
_ID: Final = re.compile(r"(?=\S*\d)(?:\S*[^\W\d_]\S*|\d{4,}|\d+/\d+/\d+),?")
_MOST: Final = 80
_TAGS: Final = frozenset({"a", "button", "li", "td", "h2", "h3", "h4"})


def told_otherwise(page: PageSnapshot, site: Site, what: str) -> Iterator[str]:
    """Yield what says that a PO has some of a kind, or will have, nothing twice."""
    told: list[str] = []
    for said in _told(page, site, what):
        if not any(said in one for one in told):
            told.append(said)
            yield said


def _told(page: PageSnapshot, site: Site, what: str) -> Iterator[str]:
    for label, value in elements_labelled(page, _LABELS[what]):
        name = clean(text_of_element(label)).rstrip(" :")
        if _tells_some(name, clean(value), what) and not is_in_bar(label, page, site):
            yield f"{name}: {clean(value)}"
    pair = re.compile(rf"({_LABELS[what]})\s*:\s*(\S.*)", re.IGNORECASE)
    named = re.compile(
        rf"(?:[\w/&-]+[ /]){{0,3}}(?:{_NAMES[what]})(?: (?:in process|pending|open|paid))?"
        r"\s*(?:\(\s*([\d,]+)\s*\)|:?\s*([\d,]+))",
        re.IGNORECASE,
    )
    for label, text in labels(page):
        if not 0 < len(text) <= _MOST or not _is_about(what, text):
            continue
        of_pair, of_name = pair.fullmatch(text), _is_name(label) and named.fullmatch(text)
        tells = of_pair is not None and _tells_some(of_pair.group(1), of_pair.group(2), what)
        numbers = of_name.groups("") if of_name else ()
        counts = any(re.search(r"[1-9]", number) for number in numbers)
        is_head = label.tag in {"th", "dt", "label"}
        is_state = not is_head and (
            re.fullmatch(_STATES[what], text, re.IGNORECASE) is not None
            or tells_of_one(label, text, what)
        )
        if (tells or counts or is_state) and not is_in_bar(label, page, site):
            yield text
    for slot in page.all("dd"):
        said = clean(text_of_element(slot))
        if not _is_about(what, said):
            continue
        is_state = re.fullmatch(_STATES[what], said, re.IGNORECASE) is not None
        if (is_state or tells_of_one(slot, said, what)) and not is_in_bar(slot, page, site):
            yield said
    yield from listed_below(page, site, what)
    yield from _told_by_columns(page, what)
    notices = page.find_every(site.element("notices")) if "notices" in site.elements else ()
    for notice in notices:
        said = clean(text_of_element(notice))
        if re.search(_OF_PO, said, re.IGNORECASE) and _says_done(said, what):
            yield said


def _is_about(what: str, text: str) -> bool:
    return _ABOUT[what].search(text) is not None


def _says_done(said: str, what: str) -> bool:
    found = re.search(_NOTICES[what], said, re.IGNORECASE)
    before = "" if found is None else said[: found.start()]
    is_denied = re.search(r"\b(?:not|no|never)\b(?: \w+){0,3} ?$", before, re.IGNORECASE)
    return found is not None and is_denied is None and RULE.search(said) is None


def _tells_some(label: str, value: str, what: str) -> bool:
    """Tell whether the value beside a label says that there is something of the kind."""
    if re.fullmatch(_LEFT, label, re.IGNORECASE):
        return _ZERO.fullmatch(value) is not None
    if _NONE.fullmatch(value) or (what == "receipts" and _TO_COME.fullmatch(value)):
        return False
    if re.fullmatch(r"(?:pending |open )?revisions?", label, re.IGNORECASE):
        return _BEING_REVISED.search(value) is not None
    is_noun = re.search(r"s?tatus$|ed\b", label, re.IGNORECASE) is None
    words = value.split()
    if is_noun:
        # What stands beside a bare name is a document's number, or else may be another label.
        ids = [word for word in words if _ID.fullmatch(word)]
        return (bool(ids) and len(ids) == len(words)) or _is_amount(value)
    if re.search(r"\d", value):
        return _is_amount(value) or re.search(r"(?<!of )\b0*[1-9]", value) is not None
    is_status = label.lower().endswith("status")
    return is_status or value.lower().strip(".") == "yes"


def _is_amount(value: str) -> bool:
    return re.fullmatch(r"\W?(?=[\d,.]*[1-9])[\d,.]+(?: \w{1,4})?", value) is not None


def _is_name(label: HtmlElement) -> bool:
    """Tell whether a label may be a tab's or a list's, and is no line of the PO."""
    if label.tag not in _TAGS and label.get("role") != "tab":
        return False
    table = next(label.iterancestors("table"), None)
    return table is None or not is_table_of_lines(table)


def _heads(table: HtmlElement) -> list[str]:
    return [clean(text_of_element(head)) for head in select(table, "th")]


def _told_by_columns(page: PageSnapshot, what: str) -> Iterator[str]:
    """Yield what a table's column tells of one of its rows."""
    for table in page.all("table"):
        heads = _heads(table)
        called = [
            at for at, one in enumerate(heads) if re.fullmatch(_LABELS[what], one, re.IGNORECASE)
        ]
        rows = [[one for one in row if one.tag == "td"] for row in select(table, "tr")]
        for column in called:
            cells = (row[column] for row in rows if len(row) == len(heads))
            is_first = column == 0 and len(heads) > 1
            for said in (clean(text_of_element(cell)) for cell in cells):
                is_id = is_first and _ID.fullmatch(said)
                is_done = re.search(r"ed\b|qty|quantity|amount", heads[column], re.IGNORECASE)
                if is_id or (is_done and _is_amount(said)):
                    yield f"{heads[column]}: {said}"
