"""Tell what stands in the PO's own part of its page.

Pages also tell of other documents, of what waits for the user, and of settings: in their bars, in
forms, and in panels with a heading of their own. D: no live page was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml.html import HtmlElement

from robot.sites.css import select
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.site_file import Site

#: What is no part of a document, by its tag or its role.
_OUTSIDE: Final = frozenset(
    {"header", "footer", "form", "fieldset", "select", "option", "dialog", "banner", "contentinfo"}
    | {"search", "menu", "menubar", "menuitem", "radio", "checkbox", "radiogroup"}
)
#: What may have a header of its own.
_SECTIONS: Final = frozenset({"section", "article"})
_BARS: Final = frozenset({"nav", "navigation"})
_HEADS: Final = "h1, h2, h3, h4, h5, h6, legend, caption, summary, [role=heading]"
_RANKS: Final = {f"h{rank}": rank for rank in range(1, 7)}
#: What has no rank of its own stands below h4; a text is below all headings.
_OTHER_RANK: Final = 5
_NO_RANK: Final = 7
_COUNTED: Final = r"(?:invoices?|receipts?|change requests?)"
#: What heads a part of the PO's page that tells of the PO itself.
_OWN_HEAD: Final = re.compile(
    rf"(?:{_COUNTED}(?:\s*[(:]?\s*\d+\)?)?"
    r"|(?:(?:PO|purchase order|document|order)(?: |$))?"
    r"(?:general(?: information)?|information|summary|overview|details?|status|totals?"
    r"|sections?|tabs?|navigation|documents?|header|at a glance)?"
    r"|total \([^()]+\))",
    re.IGNORECASE,
)
_BEGINS_AS_PO: Final = re.compile(r"(?:PO|purchase order)\b", re.IGNORECASE)
#: Words for another document, for a part of this one, or for what is none.
_ANOTHER: Final = re.compile(
    r"\b(?:related|requisitions?|vouchers?|credits?|payments?|contracts?|shipments?|lines? \d+"
    r"|attachments?|settings?|preferences|pending|drafts?|my|filters?|previous|other|approvals?)\b",
    re.IGNORECASE,
)
#: What tells in a list or a table that it is the PO's own, and what its columns are called.
_OWN_LABEL: Final = re.compile(
    r"(?:supplier|vendor)(?: name)?|(?:PO|purchase order)(?: (?:number|no\.?|#))?", re.IGNORECASE
)
_OWN_COLUMN: Final = re.compile(
    rf"{_COUNTED}|{_OWN_LABEL.pattern}|comments|(?:PO )?(?:status|date|total|owner)", re.IGNORECASE
)
#: What may hold a few words before a value.
_WORDS: Final = frozenset({"b", "strong", "span", "em", "p", "div", "label"})
_CONTROLS: Final = "a, button, [role=tab]"
#: How long (characters) words are that may name what follows.
_FEW: Final = 60


def is_of_po(part: HtmlElement, page: PageSnapshot, site: Site, also: str = "") -> bool:
    """Tell whether a part of a PO's page stands where the page tells of that PO.

    ``also`` are words of headings that may head it, too: then it is known by its heading, not by
    the words before it.
    """
    titles = _titles(page, site)
    holding = {around for title in titles for around in title.iterancestors()}
    inside = [part]
    for around in part.iterancestors():
        if around in holding or around.tag == "body":
            break
        inside.append(around)
    if any(_is_outside(one) for one in inside) or _is_busy(part):
        return False
    is_bar = any(_BARS & {one.tag, one.get("role")} for one in inside)
    is_tab = not is_bar and any(_is_tabs(one) for one in inside)
    if is_bar and not (titles and _is_after(part, titles[0]) and _is_beside(part, titles[0])):
        return False
    if titles and not is_tab and part not in titles and not _is_after(part, titles[0]):
        return False
    if _is_in_table_of_another(part):
        return False
    names = [one.get("aria-label", "") for one in inside if not _is_control(one)]
    heads = [*filter(None, names), *headings_over(part)]
    known = titles_said(page, site)
    others = [head for head in heads if not is_own_head(" ".join(head.split()), known)]
    if not all(also and re.match(also, head, re.IGNORECASE) for head in others):
        return False
    if also:
        return True
    before = (words for one in (part, *inside[:-1]) for words in _words_before(one))
    return not any(_names_another(words, known, site) for words in before)


def is_in_bar(part: HtmlElement, page: PageSnapshot, site: Site) -> bool:
    """Tell whether a part stands in a bar or a form of the page, and is not the PO's."""
    holding = {around for title in _titles(page, site) for around in title.iterancestors()}
    inside = [one for one in (part, *part.iterancestors()) if one not in holding]
    if any(_is_outside(one) for one in inside):
        return True
    is_bar = any(_BARS & {one.tag, one.get("role")} for one in inside)
    return is_bar and not is_of_po(part, page, site)


def titles_said(page: PageSnapshot, site: Site) -> str:
    """Return the words of a PO's page that are its titles."""
    return " ".join((page.title, *map(text_of_element, _titles(page, site))))


def _titles(page: PageSnapshot, site: Site) -> list[HtmlElement]:
    found = page.find(site.element("document_title"))
    titles = [one for one in found if one.tag != "h2"]
    return titles or [one for one in found if site.says("heading_po", text_of_element(one))]


def _is_outside(part: HtmlElement) -> bool:
    if part.tag == "label" and (part.get("for") or select(part, "input")):
        return True
    if part.tag == "header" and any(one.tag in _SECTIONS for one in part.iterancestors()):
        return False
    return bool(_OUTSIDE & {part.tag, part.get("role")})


def _is_control(part: HtmlElement) -> bool:
    """Tell whether a part is a link, a button or a tab, which its label names."""
    return part.tag in {"a", "button"} or part.get("role") == "tab"


def _is_busy(part: HtmlElement) -> bool:
    """Tell whether a part is still being filled in."""
    around = part.getparent()
    is_small = around is not None and around.tag in {"li", "td", "dd", "p"}
    inside = (*part.iter(), *(around.iter() if is_small and around is not None else ()))
    return any(one.get("aria-busy") == "true" for one in (*inside, *part.iterancestors()))


def _is_tabs(part: HtmlElement) -> bool:
    return part.get("role") in {"tab", "tablist"} or "Tabs" in part.get("class", "").split()


def _is_after(part: HtmlElement, title: HtmlElement) -> bool:
    """Tell whether a part begins after, or in, a title."""
    for one in part.getroottree().getroot().iter():
        if one is title:
            return True
        if one is part:
            return False
    return False


def _is_beside(part: HtmlElement, title: HtmlElement) -> bool:
    """Tell whether a part stands in the same part of the page's body as a title."""
    parts = [title, *title.iterancestors()]
    area = next((one for one in parts if one.getparent() is not None and _is_body(one)), None)
    return area is None or area is title or area in part.iterancestors()


def _is_body(part: HtmlElement) -> bool:
    around = part.getparent()
    return around is not None and around.tag == "body"


def _is_in_table_of_another(part: HtmlElement) -> bool:
    """Tell whether a part stands in a list or a table of lines, or of something else."""
    columns = (part, *part.itersiblings(), *part.itersiblings(preceding=True))
    if part.tag == "th" and all(one.tag == "th" for one in columns):
        return not all(_OWN_COLUMN.fullmatch(_label(one)) for one in columns if _label(one))
    around = next(part.iterancestors("dl", "table"), None)
    labels = [] if around is None else [_label(one) for one in select(around, "dt, th")]
    if any(_OWN_LABEL.fullmatch(label) for label in labels):
        return False
    is_of_lines = any(re.fullmatch(r"(?:quantity|qty\.?)", one, re.IGNORECASE) for one in labels)
    return is_of_lines or any(_ANOTHER.search(label) for label in labels)


def _label(part: HtmlElement) -> str:
    return text_of_element(part).strip(" :")


def headings_over(part: HtmlElement, within: HtmlElement | None = None) -> Iterator[str]:
    """Yield the headings that a part stands below, the lowest first.

    With ``within`` only those inside that part of the page.
    """
    rank = _rank(part)
    for one in (part, *part.iterancestors()):
        if one is within:
            return
        for before in one.itersiblings("*", preceding=True):
            head = heading_of(before)
            if head is not None and _rank(head) < rank:
                rank = _rank(head)
                if rank > 1:  # the first is the page's own
                    yield text_of_element(head)


def heading_of(part: HtmlElement) -> HtmlElement | None:
    """Return the heading that a part is, or holds alone."""
    is_head = part.tag in _RANKS or part.get("role") == "heading"
    if is_head or part.tag in {"legend", "caption", "summary"}:
        return part
    heads = select(part, _HEADS)
    alone = heads and (part.tag == "header" or text_of_element(part) == text_of_element(heads[0]))
    return heads[0] if alone else None


def _rank(part: HtmlElement) -> int:
    if part.get("role") == "heading" or part.tag in {"legend", "caption", "summary"}:
        return _OTHER_RANK
    return _RANKS.get(str(part.tag), _NO_RANK)


def is_own_head(head: str, known: str) -> bool:
    """Tell whether a heading heads what is told of the PO.

    ``known`` are the page's own titles.
    """
    words = head.strip(" :•-")
    if _OWN_HEAD.fullmatch(words):
        return True
    numbers = [word.strip("().,:;#") for word in words.split() if re.search(r"\d", word)]
    is_po = _BEGINS_AS_PO.match(words) is not None and _ANOTHER.search(words) is None
    return is_po and bool(numbers) and all(number in known for number in numbers)


def _words_before(part: HtmlElement) -> Iterator[str]:
    """Yield the words that stand right before a part, in what holds it."""
    around = part.getparent()
    if around is None or around.tag == "body":
        return
    yield around.text or ""
    for before in part.itersiblings("*", preceding=True):
        yield before.tail or ""
        if before.tag in _WORDS and not select(before, _CONTROLS):
            yield text_of_element(before)


def _names_another(words: str, known: str, site: Site) -> bool:
    said = " ".join(words.split())
    if not said or len(said) > _FEW or re.search(rf"\b{_COUNTED}\b", said, re.IGNORECASE):
        return False
    numbers = (word.strip("().,:;#") for word in said.split())
    is_other = any(site.matches("po", one) and one not in known for one in numbers)
    return is_other or _ANOTHER.search(said) is not None
