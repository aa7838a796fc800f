"""Read values by the labels beside them.

A value stands in a list, in a table's row or column, or behind a bold word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.values import clean

_LABELS = "dt, th, td, label, span, strong, b, div"
#: What holds the value of a label, by what holds the label.
_CELLS = {"dt": "dd", "th": "td", "td": "td"}
#: What holds a label with its value: beside it stands another label.
_ROWS = frozenset({"tr", "dl", "table", "tbody", "ul", "li"})
#: A label has few parts of its own; whatever has more is a piece of the page.
_FEW = 2


def values_labelled(
    page: PageSnapshot, label: str, *, beside: str | None = None
) -> tuple[str, ...]:
    """Return every value that stands next to a label, in the page's order, each once.

    ``label`` is a regular expression for all of it. With ``beside``, only those in the smallest
    parts of the page that hold such a label too, where there are any.
    """
    labelled = ((element, _value(element)) for element in _called(page, label))
    found = [(element, value) for element, value in labelled if value]
    if beside is not None:
        found = _beside(found, list(_called(page, beside)))
    return tuple(dict.fromkeys(value for _, value in found))


def labels(page: PageSnapshot) -> Iterable[HtmlElement]:
    """Return the elements that are a short text of their own, and no piece of the page."""
    css = f"{_LABELS}, a, p, li, h2, h3, h4, button, [role=tab]"
    return (element for element in page.all(css) if len(element) <= _FEW)


def matches_whole_text(page: PageSnapshot, words: str) -> Iterable[re.Match[str]]:
    """Return the matches of labels whose whole text is ``words`` (a regular expression)."""
    pattern = re.compile(words, re.IGNORECASE)
    for element in labels(page):
        found = pattern.fullmatch(clean(text_of_element(element)))
        if found is not None:
            yield found


def _called(page: PageSnapshot, label: str) -> Iterable[HtmlElement]:
    pattern = re.compile(rf"(?:{label})\s*:?", re.IGNORECASE)
    return (
        e for e in page.all(_LABELS) if len(e) <= _FEW and pattern.fullmatch(text_of_element(e))
    )


def _value(element: HtmlElement) -> str:
    """Return what stands beside a label; empty where its place is, or may be, another's."""
    tail = " ".join((element.tail or "").split()).lstrip(": ")
    if tail:
        return tail
    following = element.getnext()
    beside = "" if following is None else text_of_element(following)
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


def _below(head: HtmlElement) -> str:
    """Return the cell under a column's head, in a table with one row that has a cell a head."""
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
    found: list[tuple[HtmlElement, str]], others: list[HtmlElement]
) -> list[tuple[HtmlElement, str]]:
    around = {part for other in others for part in other.iterancestors()}
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
