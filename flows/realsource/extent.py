"""Tell how much of a list a page shows.

That is told beside the list: which of how many, of how many pages, and what leads to the others. D:
how RealSource pages a long list is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.labels import labels
from robot.sites.css import select
from robot.sites.page import PageSnapshot, accessible_name, is_disabled, text_of_element
from robot.sites.values import clean, read_whole_number

_HEADINGS: Final = "h1, h2, h3, h4"
#: How long (characters) a text is that tells of a list's extent.
_LONGEST: Final = 80
#: Which of how many are shown, of how many pages, and what leads to the others.
_SHOWN: Final = re.compile(
    r"(?:(?:showing|displaying) )?(?:([\d,]+) ?(?:-|–|to) ?)?([\d,]+) of ([\d,]+)"
    r"(?: (?:total )?(lines?|items?|results?|records?|rows?|entries|documents?))?\.?",
    re.IGNORECASE,
)
_PAGES: Final = re.compile(r"\bpage\b.{0,20}?\bof (\d+)\b", re.IGNORECASE)
#: Which of how many pages, or of how many rows: where it is the last one, it tells nothing.
_BARE: Final = re.compile(r"(\d+) of (\d+)")
_ONWARD: Final = re.compile(
    r"next(?: page)?\W*|[›»>]|(?:view|show|see) (?:all|more)|more", re.IGNORECASE
)
#: The same above a list of results, where filters, tools and the way there have further ones.
_ONWARD_ABOVE: Final = re.compile(r"next(?: page)?\W*|[›»>]|(?:view|show|see) all", re.IGNORECASE)
#: What a pager says beside its arrows; the way to a page says more.
_PAGER: Final = re.compile(
    r"(?:[\W\d]|page|of|to|results?|items?|per|next|prev(?:ious)?|first|last)*", re.IGNORECASE
)
_REST: Final = re.compile(
    r"\+ ?\d+ (?:more )?(?:lines?|items?)|(?:\w+ )?(?:\d+ )?remaining (?:lines?|items?)",
    re.IGNORECASE,
)


def is_a_part(page: PageSnapshot, table: HtmlElement) -> bool:
    """Tell whether a table of lines shows some of them only, or is being filled in."""
    near = {part for one in _around(table) for part in one.iter()}
    if _is_busy(page, table, near):
        return True
    for label, text in labels(page):
        shown = _SHOWN.fullmatch(text)
        is_some = shown is not None and _is_some(shown)
        is_of_lines = re.search(r"\b(?:lines?|items?)\.?$", text, re.IGNORECASE)
        if _REST.fullmatch(text) or (is_some and is_of_lines):
            return True
        if label not in near or label in table.iter():
            continue
        pages = _PAGES.search(text)
        has_pages = pages is not None and read_whole_number(pages.group(1)) != 1
        if has_pages or is_some or _leads_on(label):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Extent:
    """What stands beside a list says of its extent.

    ``rows`` and ``pages`` are the numbers that it tells, None for one that can't be read.
    ``goes_on``: something leads on to more. ``is_busy``: the list is being filled in.
    """

    rows: frozenset[int | None]
    pages: frozenset[int | None]
    goes_on: bool
    is_busy: bool


def extent_beside(page: PageSnapshot, table: HtmlElement) -> Extent:
    """Return what stands beside a list says of its extent."""
    inside = set(table.iter())
    around = dict.fromkeys(part for one in _around(table) for part in one.iter())
    near = [one for one in around if one not in inside]
    texts = dict.fromkeys(text for one in near for text in _texts(one))
    pages = {found.group(1) for text in texts if (found := _PAGES.search(text))}
    rows = set()
    for text in texts:
        bare, shown = _BARE.fullmatch(text), _SHOWN.fullmatch(text)
        if bare is not None:
            pages |= {bare.group(2)} - {bare.group(1)}
        elif shown is not None:
            rows.add(shown.group(3))
    return Extent(
        rows=frozenset(map(read_whole_number, rows)),
        pages=frozenset(map(read_whole_number, pages)),
        goes_on=any(_leads_on_of(one, table) for one in near),
        is_busy=_is_busy(page, table, {*around}),
    )


def _leads_on_of(label: HtmlElement, table: HtmlElement) -> bool:
    """Tell whether something beside a list of results leads on to more of them."""
    holding = {label, *label.iterancestors()}
    if not _leads_on(label) or any(one.tag == "aside" for one in holding):
        return False
    if not any(one in holding for one in _before(table)):
        return True
    is_arrow = re.fullmatch(r"\W", accessible_name(label).strip()) is not None
    around = label.getparent()
    beside = "" if around is None else text_of_element(around)
    return _leads_on(label, _ONWARD_ABOVE) and not (is_arrow and _PAGER.fullmatch(beside) is None)


def _before(table: HtmlElement) -> Iterator[HtmlElement]:
    for around in (table, *table.iterancestors()):
        yield from around.itersiblings("*", preceding=True)


def _texts(part: HtmlElement) -> Iterator[str]:
    """Yield a part's text where it is short, and its own words beside its parts."""
    for one in (text_of_element(part), part.text, *(child.tail for child in part)):
        text = clean(one or "")
        if 0 < len(text) <= _LONGEST:
            yield text


def _is_busy(page: PageSnapshot, table: HtmlElement, near: set[HtmlElement]) -> bool:
    busy = page.all("[aria-busy=true]")
    return any(one in near or one in table.iterancestors() for one in busy)


def _is_some(shown: re.Match[str]) -> bool:
    first, last, of = (read_whole_number(one or "1") for one in shown.group(1, 2, 3))
    return first != 1 or last != of or last is None


def _leads_on(label: HtmlElement, words: re.Pattern[str] = _ONWARD) -> bool:
    if label.tag not in {"a", "button"} or is_disabled(label):
        return False
    around = (label, label.getparent())
    if any(one is not None and "disabled" in one.get("class", "").lower() for one in around):
        return False
    return words.fullmatch(accessible_name(label).strip()) is not None


def _around(table: HtmlElement) -> Iterator[HtmlElement]:
    """Yield a table's own part of the page, and what stands beside that.

    It has one heading at most, before the table, and ends at the next.
    """
    panel = table
    for around in table.iterancestors():
        is_headed_after = any(map(_has_heading, panel.itersiblings("*")))
        if around.tag == "body" or is_headed_after or len(select(around, _HEADINGS)) > 1:
            break
        panel = around
    yield panel
    for ways in (panel.itersiblings("*"), panel.itersiblings("*", preceding=True)):
        for one in ways:
            if one.tag == "nav" or _has_heading(one):
                break
            yield one


def _has_heading(part: HtmlElement) -> bool:
    return part.tag in {"h1", "h2", "h3", "h4"} or bool(select(part, _HEADINGS))
