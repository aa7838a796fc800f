"""Select parts of a page by CSS, and pass over what the page can't have.

A site file names many ways to find a part, for layouts of several years: a page has the tags, ids
and attributes of a few of them. To look through a whole page for the others is most of the work of
reading one of a real shop's size.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, Literal, NamedTuple

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


class _Need(NamedTuple):
    """A tag, a class or an attribute that an element must have.

    An attribute may have any value where ``value`` is None.
    """

    kind: Literal["tag", "class", "attribute"]
    name: str
    value: str | None = None


#: Elements by what they have, in document order.
_Having = dict[str, list[HtmlElement]]


@dataclass(frozen=True, slots=True)
class _Way:
    """One of the selectors of a list.

    ``xpath`` finds what it selects, ``needs`` is what a page must have for that. With ``is_told``
    an element that has all of it is selected: nothing else is asked.
    """

    xpath: str
    needs: frozenset[_Need]
    is_told: bool


class Tree:
    """A tree of elements, of which it is noted down what each has."""

    def __init__(self, root: HtmlElement) -> None:
        """Take a tree that does not change any more."""
        self.root = root
        self._found: dict[str, list[HtmlElement]] = {}
        self._values: dict[str, _Having] = {}

    def select(self, css: str, scope: HtmlElement | None = None) -> list[HtmlElement]:
        """Return what ``css`` selects in the tree, or below a part of it."""
        if scope is not None and scope is not self.root:
            ways = self._possible(css)
            return _search(scope, ways) if ways else []
        if css not in self._found:
            self._found[css] = self._in_root(self._possible(css))
        return list(self._found[css])

    @cached_property
    def _noted(self) -> tuple[_Having, _Having]:
        """Return the elements by their tags, and by the attributes that they have."""
        tags: _Having = defaultdict(list)
        attributes: _Having = defaultdict(list)
        for element in self.root.iter("*"):
            tags[str(element.tag)].append(element)
            for name in element.attrib:
                attributes[name].append(element)
        return tags, attributes

    @cached_property
    def _classes(self) -> _Having:
        classes: _Having = defaultdict(list)
        for element in self._noted[1].get("class", ()):
            for name in _names_in(element.get("class", "")):
                classes[name].append(element)
        return classes

    def _with_value(self, name: str) -> _Having:
        """Return the elements that have an attribute, by its value."""
        if name not in self._values:
            values = self._values[name] = defaultdict(list)
            for element in self._noted[1].get(name, ()):
                values[element.get(name, "")].append(element)
        return self._values[name]

    def _having(self, need: _Need) -> list[HtmlElement]:
        if need.kind == "class":
            return self._classes.get(need.name, [])
        if need.value is not None:
            return self._with_value(need.name).get(need.value, [])
        tags, attributes = self._noted
        return (tags if need.kind == "tag" else attributes).get(need.name, [])

    @property
    def _is_worth_it(self) -> bool:
        """Tell whether so much is asked that to note down who has what is less work."""
        return len(self._found) >= _FEW

    def _possible(self, css: str) -> tuple[_Way, ...]:
        ways = _ways(css)
        if not self._is_worth_it:
            return ways
        return tuple(way for way in ways if all(map(self._having, way.needs)))

    def _in_root(self, ways: tuple[_Way, ...]) -> list[HtmlElement]:
        if not ways:
            return []
        if self._is_worth_it and len(ways) == 1 and ways[0].is_told:
            return self._that_have(ways[0].needs)
        return _search(self.root, ways)

    def _that_have(self, needs: Iterable[_Need]) -> list[HtmlElement]:
        first, *others = sorted(map(self._having, needs), key=len)
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


@lru_cache(maxsize=4096)
def _names_in(classes: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_CLASS.findall(classes)))


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


def _needs(selector: Part) -> Iterator[_Need]:
    """Yield what a page must have for a selector to find anything.

    What ``:not()`` and its like hold is not looked into: they may be true of any page.
    """
    match selector:
        case Element():
            if selector.element:
                yield _Need("tag", selector.element.lower())
            return
        case Hash():
            yield _Need("attribute", "id", selector.id)
        case Class():
            yield _Need("class", selector.class_name)
        case Attrib() if selector.operator != "!=":
            yield _need_of(selector)
        case CombinedSelector():
            yield from _needs(selector.subselector)
        case _:
            pass
    yield from _needs(selector.selector)


def _need_of(attribute: Attrib) -> _Need:
    value = attribute.value.value if attribute.value and _is_exact(attribute) else None
    return _Need("attribute", attribute.attrib.lower(), value)


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
