"""Readers for RealSource (JAGGAER): a page becomes typed facts; nothing is clicked.

Known from: VCU's public pages (A), other universities' guides and public scripts for the same product (B). The words
for a PO's status and the label of its cancel action are not public: keys in selectors/realsource.toml.
"""

from __future__ import annotations

import re
from decimal import Decimal

from robot.orders import Answer, PoFacts, PoStatus, Verdict
from robot.page import Page, select, text
from robot.site import Site

_LABELS = "dt, th, td, label, span, div.FieldLabel"


def read_po(page: Page, site: Site, vendor: str, actions: tuple[str, ...] = ()) -> PoFacts:
    """A PO's page. ``vendor`` names the supplier pattern in the site file; ``actions`` are the menu's labels."""
    heading = page.text_of(site.element("document_title"))
    number = (
        site.find("heading_po", heading) or site.find("title_po", page.title) or labelled(page, r"PO (?:number|no\.?)")
    )
    status = labelled(page, r"(?:PO )?status") or ""
    supplier = labelled(page, r"supplier(?: name)?") or None
    total = site.find("money", labelled(page, r"(?:grand )?total") or "")
    everything = page.text_of(site.element("owner_page"))
    fitting = [label for label in actions if site.says("cancel_action", label)]
    return PoFacts(
        number=number or "",
        status=read_status(site, status),
        status_text=status,
        supplier=supplier,
        supplier_matches=supplier is not None and site.says(f"supplier_{vendor}", supplier),
        total=Decimal(total.replace(",", "")) if total else None,
        invoices=_count(site, "invoices", everything),
        receipts=_count(site, "receipts", everything),
        change_requests=_count(site, "change_requests", everything),
        actions=actions,
        cancel_label=fitting[0] if len(fitting) == 1 else None,
        text=f"{heading}; status {status or '?'}; supplier {supplier or '?'}; total {total or '?'}",
    )


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


def read_results(page: Page, site: Site) -> tuple[str, ...]:
    """The document numbers that a search lists on this page, in order."""
    return tuple(text(link) for link in page.find(site.element("result_links")))


def read_actions(page: Page, site: Site) -> tuple[str, ...]:
    """The labels of the PO's open action menu, or of the classic drop-down; () while there are none."""
    if choice := page.find(site.element("actions_select")):
        options = [text(o) for o in select(choice[0], "option") if o.get("value")]
        return tuple(options)
    return tuple(dict.fromkeys(t for t in (text(item) for item in page.find(site.element("actions"))) if t))


def read_po_answer(page: Page, site: Site) -> Answer | None:
    """What the page after the press says; None while it still says nothing."""
    for banner in page.find(site.element("banner")):
        if site.says("success", text(banner)):
            around = banner.getparent()
            return Answer(Verdict.CONFIRMED, text(around) if around is not None else text(banner))
    error = page.text_of(site.element("dialog_error"))
    return Answer(Verdict.TECHNICAL, error) if error else None


def labelled(page: Page, label: str) -> str | None:
    """The value that stands next to a label (a regular expression for all of it), or None."""
    pattern = re.compile(rf"\s*{label}\s*:?\s*", re.IGNORECASE)
    for element in page.all(_LABELS):
        if pattern.fullmatch(text(element)):
            following = element.getnext()
            if following is not None and text(following):
                return text(following)
    return None


def _count(site: Site, phrase: str, said: str) -> int | None:
    """The highest number that stands at these words, None where none does."""
    found = re.findall(site.phrases[phrase], said, re.IGNORECASE)
    return max(map(int, found)) if found else None
