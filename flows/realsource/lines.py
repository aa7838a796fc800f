"""Read a PO's total and how many lines it has.

Both prove that all orders of a PO were found: a sum of a group, or lines of a page, are not the
PO's. D: how a long PO is paged is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.labels import labels, matches_whole_text, values_of_document
from robot.sites.css import select
from robot.sites.page import PageSnapshot, accessible_name, is_disabled, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site
from robot.sites.values import clean, read_money, read_whole_number

#: A line of a PO has more cells than this; a subtotal's row, or a note below a line, has no more.
_FEW_CELLS: Final = 2
#: How much (characters) of what stands on the page is quoted.
_LONGEST: Final = 120
#: A part of the page that a person can open.
_CLOSED: Final = "details:not([open])"
_HEADINGS: Final = "h1, h2, h3, h4"
#: Which lines of how many are shown, of how many pages, and what leads to the others.
_SHOWN: Final = re.compile(
    r"(?:(?:showing|displaying) )?(?:([\d,]+) ?(?:-|–|to) ?)?([\d,]+) of ([\d,]+)"
    r"(?: (?:total )?(lines?|items?|results?|records?|rows?|entries))?\.?",
    re.IGNORECASE,
)
_PAGES: Final = re.compile(r"\bpage\b.{0,20}\bof (\d+)\b", re.IGNORECASE)
_ONWARD: Final = re.compile(
    r"next(?: page)?\W*|[›»>]|(?:view|show|see) (?:all|more)|more", re.IGNORECASE
)
_REST: Final = re.compile(
    r"\+ ?\d+ (?:more )?(?:lines?|items?)|(?:\w+ )?(?:\d+ )?remaining (?:lines?|items?)",
    re.IGNORECASE,
)


def read_total(page: PageSnapshot, site: Site, own: str) -> tuple[Decimal | None, str]:
    """Return the total in US dollars, or what stands there instead.

    What is called a grand total ranks above what is called a total only; of the same rank, all
    must be the same sum. Where the lines are listed in groups, a total may be a group's. ``own``
    are labels of the PO.
    """
    for label in ("grand_total", "total"):
        words = site.phrases[label]
        heads = (found.group(1) for found in matches_whole_text(page, rf"{words}\s*\(([^()]+)\)"))
        values = values_of_document(page, words, own)
        said = tuple(dict.fromkeys(clean(one) for one in (*values, *heads)))
        if said:
            sums = {_dollars(site, one) for one in said}
            is_one = len(sums) == 1 and (label == "grand_total" or len(_tables(page)) <= 1)
            total = next(iter(sums)) if is_one else None
            told = without_private_shapes("; ".join(said)[:_LONGEST])
            return total, "" if total is not None else told
    return None, ""


def _dollars(site: Site, words: str) -> Decimal | None:
    """Return an amount.

    Without a sign it is in the site's own currency.
    """
    money = read_money(words)
    if money is None:
        return None
    is_own = not money.currency and site.choices.get("currency") == "USD"
    return money.amount if money.in_dollars or is_own else None


def read_line_count(page: PageSnapshot, site: Site) -> tuple[int | None, str]:
    """Return how many lines the PO's page lists, or what keeps that from being told."""
    headings = (site.find("item_count", text_of_element(h)) for h in page.all("h2, h3"))
    told = {one for one in headings if one}
    tables = _tables(page)
    listed = [_rows_of_lines(table) for table in tables]
    said = {read_whole_number(one) for one in told}
    has_more = _has_more(page, site) or any(_is_a_part(page, table) for table in tables)
    if len(listed) == 1 and said <= {*listed} and not has_more:
        return listed[0], ""
    if not listed and not told:
        return None, ""
    lists = ", ".join(str(rows) for rows in sorted(listed)) or "none"
    more = ", and there are further pages" if has_more else ""
    return None, f"the lines (told: {', '.join(sorted(told)) or 'none'}; listed: {lists}{more})"


def _has_more(page: PageSnapshot, site: Site) -> bool:
    """Tell whether there are further lines, which are not shown yet."""
    pagers = [site.elements[key] for key in ("next_page", "more_lines") if key in site.elements]
    is_closed = page.has(_CLOSED) and bool(page.all(f"{_CLOSED} table", hidden=True))
    coming = filter(page.is_transparent, page.all("tr", hidden=True))
    is_coming = any(_rows_of_lines(table) for row in coming for table in row.iterancestors("table"))
    return is_closed or is_coming or any(page.find(pager) for pager in pagers)


def _tables(page: PageSnapshot) -> list[HtmlElement]:
    """Return the tables that list lines of the PO."""
    return [table for table in page.all("table") if _rows_of_lines(table)]


def _rows_of_lines(table: HtmlElement) -> int:
    """Return how many rows a table of lines has.

    That is one that is headed by a quantity and a price, and holds no other table.
    """
    heads = " ".join(text_of_element(head) for head in select(table, "th")).lower()
    has_heads = re.search(r"\bquantity\b|\bqty\b", heads) and re.search(r"\bprice\b", heads)
    if not has_heads or select(table, "table"):
        return 0
    return sum(1 for row in select(table, "tr") if len(select(row, "td")) > _FEW_CELLS)


def _is_a_part(page: PageSnapshot, table: HtmlElement) -> bool:
    """Tell whether a table of lines shows some of them only, or is being filled in."""
    near = set(_around(table))
    inside = {part for one in near for part in one.iter()}
    busy = page.all("[aria-busy=true]")
    if any(one in inside or one in table.iterancestors() for one in busy):
        return True
    for label, text in labels(page):
        shown = _SHOWN.fullmatch(text)
        is_some = shown is not None and _is_some(shown)
        is_of_lines = re.search(r"\b(?:lines?|items?)\.?$", text, re.IGNORECASE)
        if _REST.fullmatch(text) or (is_some and is_of_lines):
            return True
        if label not in inside or label in table.iter():
            continue
        pages = _PAGES.search(text)
        has_pages = pages is not None and read_whole_number(pages.group(1)) != 1
        if has_pages or is_some or _leads_on(label):
            return True
    return False


def _is_some(shown: re.Match[str]) -> bool:
    first, last, of = (read_whole_number(one or "1") for one in shown.group(1, 2, 3))
    return first != 1 or last != of or last is None


def _leads_on(label: HtmlElement) -> bool:
    if label.tag not in {"a", "button"} or is_disabled(label):
        return False
    return _ONWARD.fullmatch(accessible_name(label).strip()) is not None


def _around(table: HtmlElement) -> Iterator[HtmlElement]:
    """Yield a table's own part of the page, and what stands beside that.

    It has one heading at most, and ends at the next.
    """
    panel = table
    for around in table.iterancestors():
        if around.tag == "body" or len(select(around, _HEADINGS)) > 1:
            break
        panel = around
    yield panel
    for ways in (panel.itersiblings("*"), panel.itersiblings("*", preceding=True)):
        for one in ways:
            if one.tag in {"h1", "h2", "h3", "h4", "nav"} or select(one, _HEADINGS):
                break
            yield one
