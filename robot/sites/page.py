"""A page as it was at one moment, as HTML in which the hidden parts are known.

It is all that readers read. The same value comes from a live page (a snapshot, where the browser
itself marked what nobody can see) and from a saved file (where style sheets are missing, and only
the well-known marks tell).
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from lxml import html
from lxml.html import HtmlElement

from robot.sites import hidden as hidden_parts
from robot.sites.css import Tree, select
from robot.sites.parsing import parse, readable
from robot.sites.private_shapes import without_private_shapes
from robot.sites.site_file import Candidate, Element, Screen, Site
from robot.sites.values import clean

#: The attribute by which a snapshot marks an element that the browser does not show.
MARK = hidden_parts.MARK
_NAME = "vf-name"
_ROLES = {
    "button": "button, [role=button], input[type=submit], input[type=button]",
    "link": "a[href], [role=link]",
    "textbox": (
        "textarea, [role=textbox], input:not([type]), input[type=text], input[type=email],"
        " input[type=tel], input[type=search], input[type=password]"
    ),
    "checkbox": "input[type=checkbox], [role=checkbox]",
    "radio": "input[type=radio], [role=radio]",
    "combobox": "select, [role=combobox]",
    "heading": "h1, h2, h3, h4, h5, h6, [role=heading]",
    "menuitem": "[role=menuitem]",
    "dialog": "dialog, [role=dialog]",
    "tab": "[role=tab]",
}


class PageSnapshot:
    """One page at one moment.

    ``url`` is its address; ``document_id`` tells one document from the next (0: a file).
    ``fingerprint`` is that of the live document, by which a change of it is told.
    """

    def __init__(
        self, url: str, source: str, document_id: float = 0.0, fingerprint: int = 0
    ) -> None:
        """Parse the page.

        ``source`` is HTML: a snapshot's, or a saved file's.
        """
        self.url = url
        self.document_id = document_id
        self.fingerprint = fingerprint
        self._parsed = source
        self._whole = parse(source)
        # A label names its control even where it is hidden itself, so names are found before hidden
        # parts go.
        for element in select(self._whole, "[aria-labelledby]"):
            element.set(_NAME, readable(_labelled_by(element)))
        seen = copy.deepcopy(self._whole)
        hidden_parts.take_out(seen, is_live=bool(document_id))
        self._seen = Tree(seen)
        self._with_hidden = Tree(self._whole)
        self._texts: dict[tuple[str, int], tuple[tuple[HtmlElement, str], ...]] = {}
        self._chosen: dict[tuple[str, ...], frozenset[HtmlElement]] = {}

    @property
    def source(self) -> str:
        """Return the page as HTML, what is not shown marked with ``MARK``."""
        return str(html.tostring(self._whole, encoding="unicode"))

    def is_still(self, url: str, source: str, document_id: float, fingerprint: int) -> bool:
        """Tell whether what was taken now is this page to the letter.

        Then its fingerprint is the later one: it changed, and is as it was.
        """
        is_same = (url, source, document_id) == (self.url, self._parsed, self.document_id)
        self.fingerprint = fingerprint if is_same else self.fingerprint
        return is_same

    # --- finding ----------------------------------------------------------------------------------

    def all(self, css: str, *, hidden: bool = False) -> list[HtmlElement]:
        """Return the visible elements that ``css`` selects, in document order.

        With ``hidden`` those that nobody sees count too.
        """
        return (self._with_hidden if hidden else self._seen).select(css)

    def is_transparent(self, part: HtmlElement) -> bool:
        """Tell whether a part of the page, which may be hidden, is transparent now.

        It may be on its way into sight: nothing is read from it, nor from its not being seen.
        """
        return not self._transparent.isdisjoint((part, *part.iterancestors()))

    @cached_property
    def _transparent(self) -> frozenset[HtmlElement]:
        marked = self.all(f"[{MARK}], [style]", hidden=True)
        return frozenset(filter(hidden_parts.is_transparent, marked))

    def texts(self, css: str, parts: int) -> tuple[tuple[HtmlElement, str], ...]:
        """Return the visible elements that ``css`` selects, each with its text.

        Only those of at most so many ``parts`` count. They are read once for all questions.
        """
        key = (css, parts)
        if key not in self._texts:
            few = (element for element in self.all(css) if len(element) <= parts)
            self._texts[key] = tuple((element, text_of_element(element)) for element in few)
        return self._texts[key]

    def has(self, css: str) -> bool:
        """Tell whether anything visible is selected."""
        return bool(self.all(css))

    def find(self, element: Element) -> list[HtmlElement]:
        """Return what an element's first candidate that matches finds inside its scope."""
        tree = self._with_hidden if element.hidden else self._seen
        scopes = tree.select(element.scope) if element.scope else [tree.root]
        for candidate in element.candidates:
            found = [
                match
                for scope in scopes
                for match in _candidates(tree, scope, candidate)
                if _says(match, element.text)
            ]
            if found:
                return found
        return []

    def find_every(self, element: Element, *, hidden: bool = False) -> list[HtmlElement]:
        """Find what any candidate matches, inside the scope, in document order.

        Of parts within each other only the outermost counts, with ``hidden`` also unseen ones.
        """
        tree = self._with_hidden if hidden or element.hidden else self._seen
        scopes = tree.select(element.scope) if element.scope else [tree.root]
        found = {
            match
            for scope in scopes
            for candidate in element.candidates
            for match in _candidates(tree, scope, candidate)
            if _says(match, element.text)
        }
        outermost = [
            match for match in found if not any(around in found for around in match.iterancestors())
        ]
        if len(outermost) <= 1:
            return outermost
        places = {match: place for place, match in enumerate(tree.root.iter()) if match in found}
        return sorted(outermost, key=places.__getitem__)

    def text_of(self, element: Element, *, without: tuple[str, ...] = ()) -> str:
        """Return the text of the first match, "" where there is none.

        Parts that ``without`` selects are left out.
        """
        found = self.find(element)
        return text_of_element(found[0], self._parts(without)) if found else ""

    def text(self, css: str = "body", *, without: tuple[str, ...] = ()) -> str:
        """Return the visible text of all that ``css`` selects, one line a match.

        Parts that ``without`` selects are left out.
        """
        left_out = self._parts(without)
        return "\n".join(t for t in (text_of_element(e, left_out) for e in self.all(css)) if t)

    def public_text(self, site: Site, elements: Iterable[HtmlElement]) -> str:
        """Return what may be quoted of some elements, a line each.

        That is a whole text that the site file names as public, or the text of the parts that it
        does, without its private ones and without what looks like somebody's own.
        """
        public = self._parts(site.public)
        private = self._parts(site.private)
        lines: list[str] = []
        for element in elements:
            whole = text_of_element(element)
            is_public = site.has_public_words(whole)
            lines.append(whole if is_public else _public_text(element, public, private))
        return "\n".join(line for line in lines if line)

    def _parts(self, selectors: tuple[str, ...]) -> frozenset[HtmlElement]:
        if selectors not in self._chosen:
            found = frozenset(element for css in selectors for element in self.all(css))
            self._chosen[selectors] = found
        return self._chosen[selectors]

    # --- what else a reader may ask ---------------------------------------------------------------

    @property
    def title(self) -> str:
        """Return the document's title."""
        titles = (one for one in self._whole.iter("title") if not list(one.iterancestors("svg")))
        return next(map(text_of_element, titles), "")

    @property
    def language(self) -> str:
        """Return the language that the document declares, or "" where it declares none."""
        return self._whole.get("lang") or ""

    def query(self, key: str) -> str | None:
        """Return a parameter of the address, or None."""
        found = parse_qs(urlsplit(self.url).query).get(key)
        return found[0] if found else None

    def link(self, element: HtmlElement) -> str:
        """Return an element's ``href`` as a whole address."""
        return urljoin(self.url, element.get("href", ""))

    def state(self, key: str) -> dict[str, Any]:
        """Return the JSON that the page keeps for its scripts under ``key``, {} for none.

        Amazon's pages keep it in ``script[type=a-state]``.
        """
        for script in self.all("script[type=a-state]", hidden=True):
            try:
                if json.loads(script.get("data-a-state", "{}")).get("key") == key:
                    found: dict[str, Any] = json.loads(script.text or "{}")
                    return found
            except (ValueError, AttributeError):
                continue
        return {}

    def at(self, url: str) -> PageSnapshot:
        """Return the same page at another address."""
        page = copy.copy(self)
        page.url = url
        return page

    def matches(self, screen: Screen) -> bool:
        """Tell whether every part of a screen's guard holds."""
        return (
            screen.is_at(self.url)
            and (
                screen.title is None
                or re.search(screen.title, self.title, re.IGNORECASE) is not None
            )
            and all(self.has(css) for css in screen.all)
            and (not screen.any or any(self.has(css) for css in screen.any))
            and not any(self.has(css) for css in screen.none)
            and all(self.all(css, hidden=True) for css in screen.present)
            and (
                screen.text is None
                or re.search(screen.text, self.text(screen.scope or "body"), re.IGNORECASE)
                is not None
            )
        )

    def screen(self, site: Site) -> str | None:
        """Return the first screen of ``site`` that this page is, None for an unknown page."""
        if not site.has_host(self.url):
            return None
        return next((name for name, screen in site.screens.items() if self.matches(screen)), None)


#: What runs on in a line.
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "em", "font", "i", "ins"}
    | {"mark", "nobr", "output", "q", "s", "small", "span", "strike", "strong", "time", "tt", "u"}
    | {"var", "wbr"}
)
#: What stands in the same line and runs on into no number: 31 with two raised digits is 31.00.
_RAISED = frozenset({"sub", "sup"})
#: The end of a block, in a text that is yet to be folded.
_END = "\ue000"


def text_of_element(element: HtmlElement, without: frozenset[HtmlElement] = frozenset()) -> str:
    """Return an element's text with white space folded, without what takes no room.

    The texts of different blocks never run together.
    """
    if not len(element):
        return clean(element.text or "")
    return clean("".join(_parts(element, without, " ")))


def lines_of_element(element: HtmlElement) -> str:
    """Return an element's text with the text of each block in a line of its own."""
    blocks = "".join(_parts(element, frozenset(), _END)).split(_END)
    return "\n".join(line for block in blocks if (line := clean(block)))


def _parts(element: HtmlElement, without: frozenset[HtmlElement], end: str) -> Iterator[str]:
    gap = "" if element.tag in _INLINE else " " if element.tag in _RAISED else end
    yield gap + (element.text or "")
    for child in element:
        # Of a drop-down only what is chosen is shown.
        is_shown = child.tag != "option" or "selected" in child.attrib
        if isinstance(child.tag, str) and child not in without and is_shown:
            yield from _parts(child, without, end)
        yield child.tail or ""
    yield gap


def _public_text(
    element: HtmlElement, public: frozenset[HtmlElement], private: frozenset[HtmlElement]
) -> str:
    around = {element, *element.iterancestors()}
    if around & private:
        return ""
    is_public = bool(around & public)
    return without_private_shapes(
        clean("".join(_public_parts(element, public, private, is_public=is_public)))
    )


def _public_parts(
    element: HtmlElement,
    public: frozenset[HtmlElement],
    private: frozenset[HtmlElement],
    *,
    is_public: bool,
) -> Iterator[str]:
    gap = "" if element.tag in _INLINE else " "
    yield gap + (element.text or "" if is_public else " ")
    for child in element:
        if isinstance(child.tag, str) and child not in private:
            yield from _public_parts(child, public, private, is_public=is_public or child in public)
        yield child.tail or "" if is_public else " "
    yield gap


def _says(element: HtmlElement, pattern: str | None) -> bool:
    """Tell whether an element is called as a pattern says.

    Any is where there is none.
    """
    return (
        pattern is None or re.search(pattern, accessible_name(element), re.IGNORECASE) is not None
    )


def accessible_name(element: HtmlElement) -> str:
    """Return what an element is called, near enough to the accessibility rules.

    That is its label, its own text, its value, or its title.
    """
    named = element.get("aria-label") or element.get(_NAME)
    if named:
        return named
    if element.tag in {"input", "select", "textarea"}:
        root = element.getroottree().getroot()
        labels = [
            text_of_element(e)
            for e in root.xpath("//label[@for=$i]", i=element.get("id", ""))
            if element.get("id")
        ]
        around = [text_of_element(e) for e in element.iterancestors("label")]
        button = element.get("value", "") if element.get("type") in {"submit", "button"} else ""
        return (
            button
            or " ".join(labels or around)
            or element.get("placeholder", "")
            or element.get("title", "")
        )
    return text_of_element(element) or element.get("title", "")


def _labelled_by(element: HtmlElement) -> str:
    root = element.getroottree().getroot()
    ids = element.get("aria-labelledby", "").split()
    return " ".join(text_of_element(e) for i in ids for e in root.xpath("//*[@id=$i]", i=i))


def is_disabled(element: HtmlElement) -> bool:
    """Tell whether a control is shown as one that does nothing now."""
    around = (element, *element.iterancestors())
    return any(
        one.get("aria-disabled") == "true"
        or "disabled" in one.attrib
        or "a-button-disabled" in one.get("class", "").split()
        for one in around
    )


def _candidates(tree: Tree, scope: HtmlElement, candidate: Candidate) -> Iterator[HtmlElement]:
    for element in tree.select(candidate.css or _ROLES[candidate.role or "button"], scope):
        name = accessible_name(element)
        if candidate.name is not None and not re.search(candidate.name, name, re.IGNORECASE):
            continue
        if candidate.text is not None and not re.search(
            candidate.text, text_of_element(element) or name, re.IGNORECASE
        ):
            continue
        yield element
