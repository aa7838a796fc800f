"""Read a PO's total and how many lines it has.

Both prove that all orders of a PO were found: a sum of a group, or lines of a page, are not the
PO's. D: how a long PO is paged is inferred.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.extent import is_a_part
from flows.realsource.labels import matches_whole_text, values_of_document
from robot.sites.css import select
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site
from robot.sites.values import clean, read_money, read_whole_number

#: A line of a PO has more cells than this; a subtotal's row, or a note below a line, has no more.
_FEW_CELLS: Final = 2
#: How much (characters) of what stands on the page is quoted.
_LONGEST: Final = 120
#: A part of the page that a person can open.
_CLOSED: Final = "details:not([open])"


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
    has_more = _has_more(page, site) or any(is_a_part(page, table) for table in tables)
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
