"""Read what RealSource's search answers.

The POs that it lists, and whether these are all. Known from: public scripts for the same product
(B) for the list's table and its pager; the words of its count and of an empty answer are inferred
(D).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from flows.realsource.extent import extent_beside
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean, read_whole_number


class Answer(Enum):
    """What a list of results proves of the PO that was searched for.

    ``ONE``: it is listed exactly once; ``SEVERAL``: twice, or beside a revision of itself;
    ``NONE``: there is none; ``MORE``: the next page must be seen first; ``UNCLEAR``: the list
    proves nothing.
    """

    ONE = auto()
    SEVERAL = auto()
    NONE = auto()
    MORE = auto()
    UNCLEAR = auto()


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a search's results.

    ``rows`` are the document of each row and which of the page's result links leads to it.
    ``has_alias``: one of them is the PO that was searched for under another name. ``unlinked`` is
    how many rows have no link, ``total`` how many results the page says there are, ``pages`` on how
    many pages. ``has_next``: there is a further page. ``is_cut``: it shows a part of the results
    only, or contradicts itself. ``is_filtered``: something besides the search leaves results out.
    ``says_none`` is what the page says of no results at all, for exactly the PO that was searched
    for.
    """

    rows: tuple[tuple[str, int], ...] = ()
    has_alias: bool = False
    unlinked: int = 0
    total: int | None = None
    pages: int | None = None
    has_next: bool = False
    is_cut: bool = False
    is_filtered: bool = False
    says_none: str = ""

    @property
    def is_told(self) -> bool:
        """Whether the page has come as far as to answer at all."""
        return bool(self.rows or self.says_none)


def answer_of(pages: tuple[Results, ...], po: str) -> Answer:
    """Return what the pages of a list that were seen so far prove of a PO.

    Other POs whose numbers begin alike count for nothing. A revision, or another row that names the
    PO, is the same PO once more: which of the two is to be cancelled is not known, and to cancel
    one may leave the other alive.
    """
    listed = [number for page in pages for number, _ in page.rows]
    exact = listed.count(po)
    last = pages[-1]
    if exact > 1 or (exact and any(page.has_alias for page in pages)):
        return Answer.SEVERAL
    if last.has_next:
        return Answer.MORE
    seen = len(listed) + sum(page.unlinked for page in pages)
    totals = {page.total for page in pages}
    has_more_rows = totals not in ({None}, {seen})
    has_more_pages = bool({page.pages for page in pages} - {None, len(pages)})
    if has_more_rows or has_more_pages or any(page.unlinked or page.is_cut for page in pages):
        return Answer.UNCLEAR
    if exact == 1:
        return Answer.ONE
    if any(page.is_filtered for page in pages):
        return Answer.UNCLEAR
    is_empty = not listed and bool(last.says_none)
    is_whole = bool(listed) and totals == {seen}
    return Answer.NONE if is_empty or is_whole else Answer.UNCLEAR


def read_results(page: PageSnapshot, site: Site, wanted: str = "") -> Results:
    """Read a page of results.

    A row may have other links: the ``wanted`` one counts, else the first that is a PO's number,
    else the first.
    """
    links = page.find(site.element("result_links"))
    rows: dict[HtmlElement, list[tuple[str, int]]] = {}
    for nth, link in enumerate(links):
        row = next((around for around in link.iterancestors() if around.tag == "tr"), link)
        rows.setdefault(row, []).append((clean(text_of_element(link)), nth))

    def rank(one: tuple[str, int]) -> tuple[bool, bool]:
        return one[0] != wanted, not site.matches("po", one[0])

    chosen = {row: min(texts, key=rank) for row, texts in rows.items()}
    has_next = bool(page.find(site.element("next_page")))
    total, pages, is_cut = _extent(page, site, has_next=has_next)
    return Results(
        rows=tuple(chosen.values()),
        has_alias=any(
            _names(text_of_element(row), wanted) for row, one in chosen.items() if one[0] != wanted
        )
        or any(_is_revision(site, text, wanted) for row in rows.values() for text, _ in row),
        unlinked=sum(1 for row in page.find(site.element("result_rows")) if row not in rows),
        total=total,
        pages=pages,
        has_next=has_next,
        is_cut=is_cut,
        is_filtered=_is_filtered(page, site),
        says_none=_says_none(page, site, wanted),
    )


def _names(row: str, wanted: str) -> bool:
    """Tell whether a row names the PO that was searched for, whole, among other words."""
    name = rf"(?<![^\W_]){re.escape(wanted)}(?![^\W_])"
    return bool(wanted) and re.search(name, row, re.IGNORECASE) is not None


def _is_revision(site: Site, text: str, wanted: str) -> bool:
    """Tell whether a link is called as a revision of the PO that was searched for.

    A campus's own site file that is older than the phrase knows of those alone that `_names` does.
    """
    begins_alike = bool(wanted) and text.upper().startswith(wanted.upper())
    return begins_alike and site.knows("po_revision", text[len(wanted) :])


def _extent(
    page: PageSnapshot, site: Site, *, has_next: bool
) -> tuple[int | None, int | None, bool]:
    """Return how many results there are, on how many pages, and whether they are cut.

    They are cut where the page says so, where its numbers differ or can't be read, or where
    something leads on that is not the pager's.
    """
    texts = (clean(text_of_element(one)) for one in page.all("p, span, div, caption, td, h2, h3"))
    told = {number for text in texts if (number := site.find("result_count", text)) is not None}
    found = [extent_beside(page, around) for around in page.all("table.SearchResults")]
    totals = {*map(read_whole_number, told), *(one for extent in found for one in extent.rows)}
    pages = {one for extent in found for one in extent.pages}
    goes_on = any(extent.is_busy or (extent.goes_on and not has_next) for extent in found)
    is_unclear = max(len(totals), len(pages)) > 1 or None in totals | pages
    return (
        totals.pop() if len(totals) == 1 else None,
        pages.pop() if len(pages) == 1 else None,
        goes_on or is_unclear or site.knows("cut_short", page.text()),
    )


def _is_filtered(page: PageSnapshot, site: Site) -> bool:
    return bool(page.find(site.element("result_filters"))) or site.says("filtered", page.text())


def _says_none(page: PageSnapshot, site: Site, wanted: str) -> str:
    """Return the site's words that exactly this search has no result."""
    texts = [clean(text_of_element(one)) for one in page.find(site.element("no_results"))]
    said = " ".join(text for text in texts if site.says("no_results", text))
    if not said or not wanted:
        return ""
    searched = _searched(page, site, said)
    return said if searched and all(one == wanted for one in searched) else ""


def _searched(page: PageSnapshot, site: Site, said: str) -> list[str]:
    """Return what the page says that was searched for.

    In its words, the address, the field.
    """
    words = (word.strip("\"“”‘’'.,;:()") for word in said.split())
    named = [word for word in words if site.matches("po", word)]
    addressed = [
        value
        for key, value in parse_qsl(urlsplit(page.url).query)
        if site.says("search_query", key)
    ]
    fields = [field.get("value") for field in page.find(site.element("search_terms"))]
    return [clean(one) for one in (*named, *addressed, *fields) if one]
