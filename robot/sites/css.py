"""Select parts of a page by CSS, and pass over what the page can't have.

A site file names many ways to find a part, for layouts of several years: a page has the tags, ids
and attributes of a few of them. To look through a whole page for the others is most of the work of
reading one of a real shop's size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from cssselect import HTMLTranslator
from cssselect.parser import (
    Attrib,
    Class,
    CombinedSelector,
    Element,
    Hash,
    Selector,
    parse,
)
from cssselect.parser import Tree as Part
from lxml import etree
from lxml.html import HtmlElement

#: After how many questions a tree is looked through once for all further ones.
_FEW: Final = 5
#: A class ends at what CSS and XPath take for white space: at no other that Python knows.
_CLASS: Final = re.compile(r"[^ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the selectors of a list.

    ``xpath`` finds what it selects, ``needs`` is what a page must have for that. With ``is_told``
    an element that has all of it is selected: nothing else is asked.
    """

    xpath: str
    needs: frozenset[str]
    is_told: bool


class Tree:
    """A tree of elements, of which it is noted down what each has."""

    def __init__(self, root: HtmlElement) -> None:
        """Take a tree that does not change any more."""
        self.root = root
        self._found: dict[str, list[HtmlElement]] = {}

    def select(self, css: str, scope: HtmlElement | None = None) -> list[HtmlElement]:
        """Return what ``css`` selects in the tree, or below a part of it."""
        if scope is not None and scope is not self.root:
            ways = self._possible(css)
            return _search(scope, ways) if ways else []
        if css not in self._found:
            self._found[css] = self._in_root(self._possible(css))
        return list(self._found[css])

    @cached_property
    def _having(self) -> dict[str, list[HtmlElement]]:
        having: dict[str, list[HtmlElement]] = {}
        for element in self.root.iter("*"):
            for one in _made_of(element):
                if one in having:
                    having[one].append(element)
                else:
                    having[one] = [element]
        return having

    @property
    def _is_worth_it(self) -> bool:
        """Tell whether so much is asked that to note down who has what is less work."""
        return len(self._found) >= _FEW

    def _possible(self, css: str) -> tuple[_Way, ...]:
        ways = _ways(css)
        if not self._is_worth_it:
            return ways
        return tuple(way for way in ways if all(one in self._having for one in way.needs))

    def _in_root(self, ways: tuple[_Way, ...]) -> list[HtmlElement]:
        if not ways:
            return []
        if self._is_worth_it and len(ways) == 1 and ways[0].is_told:
            return self._that_have(ways[0].needs)
        return _search(self.root, ways)

    def _that_have(self, needs: frozenset[str]) -> list[HtmlElement]:
        first, *others = sorted((self._having[one] for one in needs), key=len)
        kept = [frozenset(other) for other in others]
        return [element for element in first if all(element in other for other in kept)]


def select(scope: HtmlElement, css: str) -> list[HtmlElement]:
    """Return what ``css`` selects below an element, in document order.

    In a whole page the root counts too.
    """
    return _search(scope, _ways(css))


def _search(scope: HtmlElement, ways: tuple[_Way, ...]) -> list[HtmlElement]:
    axis = "descendant" if scope.getparent() is not None else "descendant-or-self"
    found: list[HtmlElement] = _compiled(ways, axis)(scope)
    return found


def _made_of(element: HtmlElement) -> set[str]:
    """Return all that a selector can need of an element, written as CSS writes it."""
    made_of = {str(element.tag)}
    for name, value in element.items():
        made_of.add(f"[{name}]")
        if name == "class":
            made_of.update([f".{one}" for one in _CLASS.findall(value)])
        else:
            made_of.add(f"#{value}" if name == "id" else f"[{name}={value}]")
    return made_of


@lru_cache(maxsize=2048)
def _ways(css: str) -> tuple[_Way, ...]:
    return tuple(_way(selector) for selector in parse(css))


def _way(selector: Selector) -> _Way:
    xpath = HTMLTranslator().selector_to_xpath(selector, prefix="", translate_pseudo_elements=True)
    needs = frozenset(_needs(selector.parsed_tree))
    return _Way(xpath, needs, bool(needs) and _is_told(selector.parsed_tree))


@lru_cache(maxsize=4096)
def _compiled(ways: tuple[_Way, ...], axis: str) -> etree.XPath:
    return etree.XPath(" | ".join(f"{axis}::{way.xpath}" for way in ways))


def _needs(selector: Part) -> Iterator[str]:
    """Yield what a page must have for a selector to find anything.

    What ``:not()`` and its like hold is not looked into: they may be true of any page.
    """
    match selector:
        case Element():
            if selector.element:
                yield selector.element.lower()
            return
        case Hash():
            yield f"#{selector.id}"
        case Class():
            yield f".{selector.class_name}"
        case Attrib() if selector.operator != "!=":
            yield _need_of(selector)
        case CombinedSelector():
            yield from _needs(selector.subselector)
        case _:
            pass
    yield from _needs(selector.selector)


def _need_of(attribute: Attrib) -> str:
    name = attribute.attrib.lower()
    value = attribute.value.value if attribute.value and _is_exact(attribute) else None
    return f"[{name}]" if value is None else f"[{name}={value}]"


def _is_exact(attribute: Attrib) -> bool:
    """Tell whether an attribute must have a value to the letter."""
    is_plain = attribute.flag != "i" and attribute.attrib.lower() not in {"id", "class"}
    return is_plain and attribute.operator == "="


def _is_told(selector: Part) -> bool:
    """Tell whether a selector asks nothing but what an element must have."""
    match selector:
        case Element():
            return True
        case Hash() | Class():
            return _is_told(selector.selector)
        case Attrib():
            is_all = selector.operator == "exists" or _is_exact(selector)
            return is_all and _is_told(selector.selector)
        case _:
            return False
