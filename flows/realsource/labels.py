"""Read values by the labels beside them.

A value stands in a list, in a table's row or column, or behind a bold word.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from flows.realsource.places import headings_over, is_own_head
from robot.sites.css import select
from robot.sites.page import PageSnapshot, text_of_element

_LABELS = "dt, th, td, label, span, strong, b, div"
#: What may be a text of its own.
_TEXTS = f"{_LABELS}, a, p, li, h2, h3, h4, button, [role=tab], summary, caption, legend"
#: What holds the value of a label, by what holds the label.
_CELLS = {"dt": "dd", "th": "td", "td": "td"}
#: What holds a label with its value: beside it stands another label.
_ROWS = frozenset({"tr", "dl", "table", "tbody", "ul", "li"})
#: What heads a panel or a value in it, and the names of documents that are none of the PO itself.
_HEADS = "h2, h3, h4, legend, caption, dt, th, label"
_OTHERS = re.compile(
    r"\b(?:invoices?|receipts?|vouchers?|change requests?|credits?|payments?|requisitions?)\b",
    re.IGNORECASE,
)
#: What heads a page.
_TITLES = "h1, #DocumentTitle"
#: What stands beside a label of its own, and holds no further one.
_NAMED = "dt, th, td, label, b, strong"
#: A label has few parts of its own; whatever has more is a piece of the page.
_FEW = 2


def values_labelled(
    page: PageSnapshot, label: str, *, beside: str | None = None
) -> tuple[str, ...]:
    """Return every value that stands next to a label, in the page's order, each once.

    ``label`` is a regular expression for all of it. With ``beside``, labels of the document itself,
    only those in the smallest parts of the page that hold one of these too, where there are any,
    and none of a panel of something else.
    """
    labelled = ((element, _value(element)) for element in _called(page, label))
    found = [(element, value) for element, value in labelled if value]
    if beside is not None:
        around = {part for own in _called(page, beside) for part in own.iterancestors()}
        found = [
            one
            for one in _beside(found, around)
            if not (_is_elsewhere(one[0], around) or _names_other(one[0], around))
            and not _is_headed_otherwise(one[0], around)
            and not _is_stray(one[0], around, page.all(_TITLES))
        ]
    return tuple(dict.fromkeys(value for _, value in found))


def elements_labelled(page: PageSnapshot, label: str) -> tuple[tuple[HtmlElement, str], ...]:
    """Return every label of those words that has a value beside it, with it."""
    labelled = ((element, _value(element)) for element in _called(page, label))
    return tuple((element, value) for element, value in labelled if value)


def values_of_document(page: PageSnapshot, label: str, own: str) -> tuple[str, ...]:
    """Return the values next to a label, but for those of a panel of another document.

    ``own`` are labels of the document itself, which no such panel has.
    """
    around = {part for one in _called(page, own) for part in one.iterancestors()}
    labelled = ((element, _value(element)) for element in _called(page, label))
    found = (value for element, value in labelled if value and not _names_other(element, around))
    return tuple(dict.fromkeys(found))


def labels(page: PageSnapshot, css: str = _TEXTS) -> tuple[tuple[HtmlElement, str], ...]:
    """Return the elements that are a short text of their own, each with that text.

    A piece of the page is none.
    """
    return page.texts(css, _FEW)


def matches_whole_text(page: PageSnapshot, words: str) -> Iterable[re.Match[str]]:
    """Return the matches of labels whose whole text is ``words``.

    That is a regular expression.
    """
    pattern = re.compile(words, re.IGNORECASE)
    for _, text in labels(page):
        found = pattern.fullmatch(text)
        if found is not None:
            yield found


def names_other_document(text: str) -> bool:
    """Tell whether a text names a document of another kind than a PO."""
    return _OTHERS.search(text) is not None


def _called(page: PageSnapshot, label: str) -> Iterable[HtmlElement]:
    pattern = re.compile(rf"(?:{label})\s*:?", re.IGNORECASE)
    return (element for element, text in labels(page, _LABELS) if pattern.fullmatch(text))


def _value(element: HtmlElement) -> str:
    """Return what stands beside a label.

    Empty where its place is, or may be, another's.
    """
    tail = " ".join((element.tail or "").split()).lstrip(": ")
    if tail:
        return tail
    following = element.getnext()
    beside = "" if following is None else text_of_element(following)
    if element.tag == "dt" and following is not None and following.tag == "dd":
        return "; ".join(_definitions(following))
    if element.tag == "th" and (following is None or following.tag == "th"):
        return _below(element)
    if element.tag in _CELLS:
        is_value = following is not None and following.tag == _CELLS[element.tag]
        return beside if is_value else ""
    if following is not None:
        return beside
    parent = element.getparent()
    if parent is None or parent.tag in _ROWS:
        return ""
    is_alone = text_of_element(parent) == text_of_element(element)
    return _value(parent) if is_alone else ""


def _definitions(first: HtmlElement) -> Iterable[str]:
    """Yield the texts of a label's values, which may be several."""
    value: HtmlElement | None = first
    while value is not None and value.tag == "dd":
        if text := text_of_element(value):
            yield text
        value = value.getnext()


def _below(head: HtmlElement) -> str:
    """Return the cell under a column's head, where the table has one row.

    That row has a cell for each head.
    """
    table = next(head.iterancestors("table"), None)
    if table is None:
        return ""
    column = len(list(head.itersiblings(preceding=True)))
    heads = column + 1 + len(list(head.itersiblings()))
    rows = [[cell for cell in row if cell.tag == "td"] for row in table.iter("tr")]
    filled = [cells for cells in rows if cells]
    if len(filled) != 1 or len(filled[0]) != heads:
        return ""
    return text_of_element(filled[0][column])


def _beside(
    found: list[tuple[HtmlElement, str]], around: set[HtmlElement]
) -> list[tuple[HtmlElement, str]]:
    homes = [
        next((part for part in element.iterancestors() if part in around), None)
        for element, _ in found
    ]
    inner = {part for home in homes if home is not None for part in home.iterancestors()}
    near = [
        one
        for one, home in zip(found, homes, strict=True)
        if home is not None and home not in inner
    ]
    return near or found


def _panel(element: HtmlElement, around: set[HtmlElement]) -> HtmlElement:
    """Return the largest part around an element without the document's labels."""
    panel = element
    for part in element.iterancestors():
        if part in around or part.tag == "body":
            break
        panel = part
    return panel


def _names_other(element: HtmlElement, around: set[HtmlElement]) -> bool:
    """Tell whether an element stands in a panel that names another document."""
    if not around:
        return False
    heads = select(_panel(element, around), _HEADS)
    return any(_OTHERS.search(text_of_element(head)) for head in heads)


def _is_headed_otherwise(element: HtmlElement, around: set[HtmlElement]) -> bool:
    """Tell whether an element stands in a panel that is headed as something else's."""
    panel = _panel(element, around) if around else element
    return any(not is_own_head(head, head) for head in headings_over(element, panel))


def _is_elsewhere(element: HtmlElement, around: set[HtmlElement]) -> bool:
    """Tell whether an element stands in a panel with labels of its own.

    None of the document's labels is in it.
    """
    panel = _panel(element, around)
    home = panel.getparent()
    if not around or home is None or home.tag in _ROWS:
        return False
    own = (element, element.getnext())
    return any(
        text_of_element(peer)
        for peer in select(panel, str(element.tag))
        if peer not in own and element not in peer.iter()
    )


def _is_stray(
    element: HtmlElement, around: set[HtmlElement], titles: Iterable[HtmlElement]
) -> bool:
    """Tell whether an element stands alone, elsewhere than in the document's panel.

    It is below no heading, not beside the page's title, and the document's labels have a panel.
    """
    holding = {part for title in titles for part in (title, *title.iterancestors())}
    panel = _panel(element, around | holding)
    home = panel.getparent()
    if home is None or home.tag in _ROWS:
        return False
    heads = list(headings_over(element))
    if heads:
        return not all(is_own_head(head, head) for head in heads)
    before = panel.itersiblings("*", preceding=True)
    if any(one in holding for one in itertools.takewhile(lambda one: not _is_panel(one), before)):
        return False
    return not around or any(one in around and _is_panel(one) for one in home)


def _is_panel(part: HtmlElement) -> bool:
    return len(select(part, _NAMED)) > 1 or bool(select(part, _HEADS))
