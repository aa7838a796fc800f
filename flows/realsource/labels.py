"""Read values by the labels beside them.

A value stands in a list, in a table's row or column, or behind a bold word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from robot.sites.page import PageSnapshot, text_of_element

_LABELS = "dt, th, td, label, span, strong, b, div"
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


def matches_whole_text(page: PageSnapshot, words: str) -> Iterable[re.Match[str]]:
    """Yield the matches of elements whose whole text fits a regular expression."""
    pattern = re.compile(words, re.IGNORECASE)
    for element in page.all(f"{_LABELS}, a, p, li, h2, h3, h4"):
        found = pattern.fullmatch(text_of_element(element))
        if found and len(element) <= _FEW:
            yield found


def _called(page: PageSnapshot, label: str) -> Iterable[HtmlElement]:
    pattern = re.compile(rf"(?:{label})\s*:?", re.IGNORECASE)
    return (
        e for e in page.all(_LABELS) if len(e) <= _FEW and pattern.fullmatch(text_of_element(e))
    )


def _value(element: HtmlElement) -> str:
    tail = " ".join((element.tail or "").split()).lstrip(": ")
    if tail:
        return tail
    following = element.getnext()
    parent = element.getparent()
    if element.tag == "th" and following is not None and following.tag == "th":
        return _below(element)
    if following is not None:
        return text_of_element(following)
    if parent is not None and text_of_element(parent) == text_of_element(
        element
    ):  # the label alone in its cell
        return _value(parent)
    return _below(element) if element.tag == "th" else ""


def _below(head: HtmlElement) -> str:
    """Return the text of the first cell under a column's head, "" for none."""
    column = len(list(head.itersiblings(preceding=True)))
    for table in head.iterancestors("table"):
        for row in table.iter("tr"):
            cells = [cell for cell in row if cell.tag == "td"]
            if len(cells) > column:
                return text_of_element(cells[column])
    return ""


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
