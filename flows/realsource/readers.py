"""Readers for RealSource (JAGGAER): a page becomes typed facts; nothing is clicked.

Known from: VCU's public pages (A), other universities' guides and public scripts for the same
product (B). The words for a PO's status and the label of its cancel action are not public: keys in
selectors/realsource.toml.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from lxml.html import HtmlElement

from flows.realsource.labels import matches_whole_text, values_labelled
from robot.cancellation.orders import PoFacts, PoStatus, SubmitResult, Verdict
from robot.sites.page import PageSnapshot, select, text_of_element
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Site

#: What a PO must have none of, and how pages call it.
COUNTED: Final = {
    "invoices": "invoices?",
    "receipts": "receipts?",
    "change_requests": "change requests?",
}
#: How much (characters) of a value is quoted.
_LONGEST: Final = 120
#: A line of a PO has more cells than this; a subtotal's row, or a note below a line, has no more.
_FEW_CELLS = 2
_SUPPLIER = r"(?:supplier|vendor)(?: name)?"
_NUMBER = r"(?:PO|purchase order) (?:number|no\.?|#)"
_TOTAL = r"(?:(?:grand|po|order|document) )?total(?: amount| cost| price)?"


def read_po(page: PageSnapshot, site: Site, vendor: str, actions: tuple[str, ...] = ()) -> PoFacts:
    """Read a PO's page.

    ``vendor`` names the supplier's phrase in the site file; ``actions`` are the menu's labels.
    """
    headings = [text_of_element(heading) for heading in page.find(site.element("document_title"))]
    number = next(
        (found for heading in headings if (found := site.find("heading_po", heading))), None
    )
    number = (
        number
        or site.find("title_po", page.title)
        or next(iter(values_labelled(page, _NUMBER)), "")
    )
    status, status_text = _status(page, site)
    suppliers = values_labelled(page, _SUPPLIER)
    total = max(
        (
            sum_
            for value in values_labelled(page, _TOTAL)
            if (sum_ := _money(site, value)) is not None
        ),
        default=None,
    )
    supplier = suppliers[0] if suppliers else None
    heading = next((h for h in headings if number in h and site.has_public_words(h)), number)
    return PoFacts(
        number=number,
        status=status,
        status_text=status_text,
        supplier=supplier,
        supplier_matches=bool(suppliers)
        and all(site.says(f"supplier_{vendor}", one) for one in suppliers),
        total=total,
        line_count=_line_count(page, site),
        invoices=read_count(page, site, "invoices"),
        receipts=read_count(page, site, "receipts"),
        change_requests=read_count(page, site, "change_requests"),
        actions=actions,
        cancel_label=_cancel_label(site, actions),
        text=(
            f"{heading}; status {_quoted(status_text)}; supplier {_quoted(supplier)}; total"
            f" {total or '?'}"
        ),
    )


def _quoted(value: str | None) -> str:
    """Return what may be told of a value that stands beside a public label."""
    return without_private_shapes(value[:_LONGEST]) if value else "?"


def _line_count(page: PageSnapshot, site: Site) -> int | None:
    """Count the lines that the PO's page lists.

    None where it lists none, or where its lists differ from what it says.
    """
    said = (site.find("item_count", text_of_element(heading)) for heading in page.all("h2, h3"))
    told = {int(number) for number in said if number}
    listed = {_rows_of_lines(table) for table in page.all("table")} - {0}
    return next(iter(listed)) if len(listed) == 1 and told <= listed else None


def _rows_of_lines(table: HtmlElement) -> int:
    """Count the rows of a table of lines, 0 where a table is none.

    One is headed by a quantity and a price, and holds no other table.
    """
    heads = " ".join(text_of_element(head) for head in select(table, "th")).lower()
    has_quantity = re.search(r"\bquantity\b|\bqty\b", heads)
    has_price = re.search(r"\bprice\b", heads)
    if not (has_quantity and has_price) or select(table, "table"):
        return 0
    return sum(1 for row in select(table, "tr") if len(select(row, "td")) > _FEW_CELLS)


def _cancel_label(site: Site, actions: tuple[str, ...]) -> str | None:
    """The one action that cancels the PO.

    Two that begin so, or one that cancels a part of it, are a person's.
    """
    alike = [label for label in actions if site.says("cancel_action", label)]
    exact = site.element("cancel_action").text or ""
    return alike[0] if len(alike) == 1 and re.search(exact, alike[0], re.IGNORECASE) else None


def _status(page: PageSnapshot, site: Site) -> tuple[PoStatus, str]:
    """Read the PO's status, and its words.

    It stands beside the supplier or the PO's number, not in a panel of something else. UNKNOWN
    where it reads in more than one way.
    """
    values = values_labelled(
        page, r"(?:(?:PO|document|purchase order) )?status", beside=f"{_SUPPLIER}|{_NUMBER}"
    )
    known = {
        status: value
        for value in values
        if (status := read_status(site, value)) is not PoStatus.UNKNOWN
    }
    if len(known) == 1:
        return next(iter(known.items()))
    return PoStatus.UNKNOWN, "; ".join(values)


def _money(site: Site, value: str) -> Decimal | None:
    found = site.find("money", value)
    return Decimal(found.replace(",", "")) if found else None


def read_status(site: Site, words: str) -> PoStatus:
    """A status by its words; UNKNOWN for words that the site file does not list."""
    for phrase, status in (
        ("status_cancelled", PoStatus.CANCELLED),
        ("status_closed", PoStatus.CLOSED),
        ("status_in_approval", PoStatus.IN_APPROVAL),
        ("status_open", PoStatus.OPEN),
    ):
        if site.says(phrase, words):
            return status
    return PoStatus.UNKNOWN


def read_results(page: PageSnapshot, site: Site, wanted: str = "") -> tuple[tuple[str, int], ...]:
    """Read the document of each row of a search's results.

    Each is a number, and which of the page's result links leads to it. A row may have other links:
    the ``wanted`` one counts, else the first that is a PO's number, else the first.
    """
    links = page.find(site.element("result_links"))
    rows: dict[object, list[tuple[str, int]]] = {}
    for nth, link in enumerate(links):
        row = next((around for around in link.iterancestors() if around.tag == "tr"), link)
        rows.setdefault(row, []).append((text_of_element(link), nth))

    def rank(one: tuple[str, int]) -> tuple[bool, bool]:
        return one[0] != wanted, re.search(site.number("po"), one[0]) is None

    return tuple(min(row, key=rank) for row in rows.values())


def read_actions(page: PageSnapshot, site: Site) -> tuple[str, ...]:
    """Read the labels of the PO's open action menu, () while there are none.

    The classic layout has a drop-down in its place.
    """
    choice = page.find(site.element("actions_select"))
    if choice:
        return tuple(
            text_of_element(o)
            for o in select(choice[0], "option")
            if o.get("value") != "" and text_of_element(o)
        )
    return tuple(
        dict.fromkeys(
            t for t in (text_of_element(item) for item in page.find(site.element("actions"))) if t
        )
    )


def read_submit_result(page: PageSnapshot, site: Site) -> SubmitResult | None:
    """What the page after the press says; None while it still says nothing."""
    for banner in page.find(site.element("banner")):
        if site.says("success", text_of_element(banner)):
            around = banner.getparent()
            return SubmitResult(
                Verdict.CONFIRMED,
                page.public_text(site, [banner if around is None else around])
                or site.words("success", text_of_element(banner)),
            )
    errors = page.find(site.element("dialog_error"))[:1]
    if not any(text_of_element(error) for error in errors):
        return None
    return SubmitResult(Verdict.TECHNICAL, page.public_text(site, errors))


def read_count(page: PageSnapshot, site: Site, what: str) -> int | None:
    """Read how many of ``what`` a PO's page tells of, None where it tells of none.

    ``what`` is a key of COUNTED. Of several numbers the highest counts.
    """
    words = COUNTED[what]
    found = [
        int(n)
        for n in re.findall(
            site.phrases[what], page.text_of(site.element("owner_page")), re.IGNORECASE
        )
    ]
    found += [int(one.group(1)) for one in matches_whole_text(page, rf"(\d+)\s+{words}")]
    found += [0 for _ in matches_whole_text(page, rf"no\s+{words}(?:\s+(?:found|exist|yet))?\.?")]
    for value in values_labelled(page, rf"{words}(?: count)?"):
        told = re.fullmatch(r"(?:(\d+)|none|no)\.?", value, re.IGNORECASE)
        if told:
            found.append(int(told.group(1) or 0))
    return max(found, default=None)


def read_tab(page: PageSnapshot, site: Site, what: str, before: PageSnapshot) -> int | None:
    """Read how many of ``what`` its own tab lists.

    None where it shows neither a list of them nor that there is none. That there is none must be
    new since ``before``, where the tab is a part of the same document.
    """
    rows = 0
    for table in page.all("table"):
        heads = " ".join(text_of_element(head) for head in select(table, "th")).lower()
        if re.search(rf"\b{COUNTED[what].removesuffix('s?')}", heads):
            rows += sum(
                1
                for row in select(table, "tr")
                if select(row, "td") and not select(row, "td.Error")
            )
    nothing = site.element("nothing_listed")
    stood = len(before.find(nothing)) if before.document_id == page.document_id else 0
    return rows or (0 if len(page.find(nothing)) > stood else read_count(page, site, what))
