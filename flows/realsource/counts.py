"""Count a PO's invoices, receipts and change requests.

They are told on its page and on their tabs. None of them is counted as none unless the page says
so. Known from: VCU's public pages (A) for the invoices' tab, public scripts (B) for what a tab
without any shows; the rest is inferred (D).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml.html import HtmlElement

from flows.realsource.contrary import told_otherwise
from flows.realsource.documents import COUNTED
from flows.realsource.labels import elements_labelled, labels
from flows.realsource.places import is_of_po
from robot.sites.css import select
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site
from robot.sites.values import clean, read_whole_number

#: How much (characters) of what stands on the page is quoted.
_LONGEST: Final = 120
#: What a list's row is, and what begins another part of the page.
_ROW: Final = "tr, li, [role=row], [role=listitem]"
_BOUNDS: Final = ("h1", "h2", "h3", "h4", "nav", "header", "footer")
#: What notices say of them in other words, and of counts that are not to be relied on.
_ALIKE: Final = {
    "invoices": r"\b(?:invoic(?:ed|ing)|vouchers?|billed)\b",
    "receipts": r"\b(?:received|receiving)\b",
    "change_requests": r"\b(?:change orders?|revisions?|amendments?)\b",
}
_NOT_WHOLE: Final = (
    r"\bcounts?\b.*\b(?:may|might|could|out of date|delayed)\b"
    r"|\b(?:could not|couldn't|can't|cannot|failed to)\b.*\b(?:load|show|retriev|display)\w*"
)
#: A place of the page, what it says, and the number there: None where it can't be read whole.
_Told: TypeAlias = tuple[HtmlElement | None, str, int | None]


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, and what stood there and can't be read.

    The number is None where it is not told. ``is_contradicted``: the page tells of some, against
    which no tab's word for none counts.
    """

    count: int | None
    unread: str = ""
    is_contradicted: bool = False


def read_count(page: PageSnapshot, site: Site, what: str, *, is_tab: bool = False) -> Count:
    """Return how many of ``what`` (a key of COUNTED) a PO's page tells of.

    The highest number that it tells counts; none only where every place that tells one says so,
    and one of them is the PO's own. A tab without a number must be opened first: ``is_tab``.
    """
    told: list[int] = []
    unread: list[str] = []
    has_own = is_tab or not _has_tab_without_number(page, site, what)
    for part, words, number in _numbers(page, site, what):
        if number is None:
            unread.append(words)
        elif number or (has_own and part is not None and is_of_po(part, page, site)):
            told.append(number)
    most = max(told, default=None)
    otherwise = "" if most or is_tab else "; ".join(dict.fromkeys(told_otherwise(page, site, what)))
    if otherwise:
        said = without_private_shapes(otherwise[:_LONGEST])
        words = f"the {what.replace('_', ' ')}, told otherwise ({said})"
        return Count(None, words, is_contradicted=True)
    if most or not unread:
        return Count(most)
    said = without_private_shapes("; ".join(dict.fromkeys(unread))[:_LONGEST])
    return Count(None, f"the {what.replace('_', ' ')} ({said})")


def own_tab(page: PageSnapshot, site: Site, what: str) -> int | None:
    """Return which of the tabs called so is the PO's own, None for none."""
    tabs = page.find(site.element(f"{what}_tab"))
    return next((nth for nth, tab in enumerate(tabs) if is_of_po(tab, page, site)), None)


def _has_tab_without_number(page: PageSnapshot, site: Site, what: str) -> bool:
    tabs = page.find(site.element(f"{what}_tab"))
    bare = (tab for tab in tabs if not re.search(r"\d", text_of_element(tab)))
    return any(is_of_po(tab, page, site) for tab in bare)


def _numbers(page: PageSnapshot, site: Site, what: str) -> Iterator[_Told]:
    """Yield each place, what it says, and its number.

    None for a number that can't be read whole.
    """
    words = COUNTED[what]
    number_before = re.compile(rf"([\d,.]+)\s+{words}", re.IGNORECASE)
    none_at_all = re.compile(rf"no\s+{words}(?:\s+(?:found|exist|yet))?\.?", re.IGNORECASE)
    begins = re.compile(rf"{words}\s*[(:]?\s*\d", re.IGNORECASE)
    mention = re.compile(site.phrases[what], re.IGNORECASE)
    about = re.compile(f"{words}|{site.phrases[what]}", re.IGNORECASE)
    for label, text in labels(page):
        if about.search(text) is None:
            continue
        before = number_before.fullmatch(text)
        mentions = _mentions(mention, text)
        if before is not None:
            yield label, text, read_whole_number(before.group(1))
        elif none_at_all.fullmatch(text):
            yield label, text, 0
        elif mentions:
            yield from ((label, text, read_whole_number(one)) for one in mentions)
        elif (begins.match(text) and not _is_told_inside(label, words)) or (
            _is_heading(label) and _tells_some(mention, text)
        ):
            yield label, text, None
    for notice in page.find_every(site.element("notices")) if "notices" in site.elements else ():
        said = clean(text_of_element(notice))
        is_about = re.search(rf"\b{words}\b|{_ALIKE[what]}|{_NOT_WHOLE}", said, re.IGNORECASE)
        if is_about and not none_at_all.fullmatch(said):
            yield notice, said, None
    listed = sum(_rows_listed(page, words))
    if listed:
        yield None, f"{listed} listed", listed
    for label, value in elements_labelled(page, rf"{words}(?: count)?"):
        said = clean(value)
        if re.fullmatch(r"none\.?", said, re.IGNORECASE):
            # "Receipt: None" may be a setting, or an attachment.
            if re.search(r"(?:s|count)\s*:?$", text_of_element(label), re.IGNORECASE):
                yield label, said, 0
        elif re.match(r"\d", said):
            yield label, said, read_whole_number(said.rstrip("."))


def _mentions(mention: re.Pattern[str], text: str) -> list[str]:
    """Return the numbers of a text that says nothing else than how many there are."""
    numbers = mention.findall(text)
    says_more = bool(numbers) and re.search(r"\w", mention.sub(" ", text)) is not None
    return [] if says_more else numbers


def _is_heading(label: HtmlElement) -> bool:
    """Tell whether a label heads a tab or a part of the page."""
    return label.get("role") == "tab" or label.tag in {"h2", "h3", "h4"}


def _tells_some(mention: re.Pattern[str], text: str) -> bool:
    """Tell whether a text tells of some, be it of one kind only ("cost receipts")."""
    return any(read_whole_number(number) != 0 for number in mention.findall(text))


def _rows_listed(page: PageSnapshot, words: str) -> Iterator[int]:
    """Yield how many rows each table has that lists documents by their numbers."""
    number = re.compile(rf"{words} (?:no\.?|number|#|id)", re.IGNORECASE)
    for table in page.all("table"):
        heads = (clean(text_of_element(head)) for head in select(table, "th"))
        if any(number.fullmatch(head) for head in heads):
            rows = (row for row in select(table, "tr") if select(row, "td"))
            yield sum(1 for row in rows if not select(row, "td.Error, td.NoResults"))


def _is_told_inside(label: HtmlElement, words: str) -> bool:
    """Tell whether a part of a label begins as the whole does.

    Then the part is the label.
    """
    return any(re.match(words, text_of_element(part), re.IGNORECASE) for part in label)


def _names_other(what: str, text: str) -> bool:
    others = (words for key, words in COUNTED.items() if key != what)
    return any(re.search(rf"\b{words}", text, re.IGNORECASE) for words in others)


def read_tab(page: PageSnapshot, site: Site, what: str, before: PageSnapshot) -> int | None:
    """Return how many of ``what`` its own tab lists.

    None where it shows neither a list of them nor says that there is none. That must be new since
    ``before``, where the tab is a part of the same document.
    """
    rows = sum(_rows(page, what))
    if rows:
        return rows
    none_listed = _none_listed(page, site, what)
    if none_listed is None:
        return None
    stood = _none_listed(before, site, what) if before.document_id == page.document_id else 0
    if none_listed > (stood or 0):
        return 0
    told = read_count(page, site, what, is_tab=True).count
    if told == 0 and before.document_id == page.document_id:
        # A zero that stood there before the tab was opened is not what the tab says.
        return None if read_count(before, site, what, is_tab=True).count == 0 else told
    return told


def _rows(page: PageSnapshot, what: str) -> Iterator[int]:
    for table in page.all("table"):
        heads = " ".join(text_of_element(head) for head in select(table, "th")).lower()
        if re.search(rf"\b{COUNTED[what].removesuffix('s?')}", heads):
            rows = (row for row in select(table, "tr") if select(row, "td"))
            yield sum(1 for row in rows if not select(row, "td.Error"))


def _none_listed(page: PageSnapshot, site: Site, what: str) -> int | None:
    """Return how often the page says that there is none, None where it lists some.

    What it says of something else does not count, nor an error.
    """
    said = [one for one in page.find(site.element("nothing_listed")) if _says_none(one, site, what)]
    return None if any(_lists_beside(one, page, site) for one in said) else len(said)


def _says_none(part: HtmlElement, site: Site, what: str) -> bool:
    text = text_of_element(part)
    return site.says("nothing", text) and not _names_other(what, text)


def _lists_beside(said: HtmlElement, page: PageSnapshot, site: Site) -> bool:
    """Tell whether what says that there is none stands beside a list.

    Its part of the page ends at the title and the tabs, and at the next heading.
    """
    bounds = [*page.find(site.element("document_title")), *page.find_every(site.element("tabs"))]
    holding = {around for one in bounds for around in one.iterancestors()} | {*bounds}
    panel = said
    for around in said.iterancestors():
        if around in holding or around.tag == "body":
            break
        panel = around
    beside = [panel]
    for ways in (panel.itersiblings("*"), panel.itersiblings("*", preceding=True)):
        for one in ways:
            if one in holding or one.tag in _BOUNDS or select(one, ", ".join(_BOUNDS)):
                break
            beside.append(one)
    every = page.find(site.element("nothing_listed"))
    empty = {
        part
        for one in every
        if site.says("nothing", text_of_element(one))
        for part in one.iterancestors()
    }
    rows = (row for one in beside for row in (one, *select(one, _ROW)) if _is_row(row))
    return any(text_of_element(row) and row not in empty for row in rows)


def _is_row(part: HtmlElement) -> bool:
    if part.tag == "tr":
        return bool(select(part, "td"))
    return part.tag == "li" or part.get("role") in {"row", "listitem"}
