"""Tell which parts of a page nobody sees, as far as its HTML tells.

A live page's own browser has marked what it does not show. A saved page has lost its style sheets:
well-known marks tell, styles that stand in the page, and what HTML itself keeps closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from cssselect import HTMLTranslator, SelectorError
from lxml.html import HtmlElement

#: The attribute by which a snapshot marks what the browser does not show.
MARK: Final = "vf-hidden"
#: What that mark says of a part that only is transparent: it may be on its way into sight.
TRANSPARENT: Final = "transparent"
#: What stands for words that are struck out.
STRUCK_OUT: Final = " [struck out] "
#: Classes of the sites' own style sheets, and of common ones, that hide a part.
_HIDING: Final = frozenset({"aok-hidden", "a-hidden", "a-popover-preload"})
#: Classes that may hide a part: a live page's browser knows, of a saved one they are believed.
_LIKELY: Final = frozenset({"d-none", "hidden", "hide", "invisible", "is-hidden"})
#: Classes of what is only read aloud.
_READ_ALOUD: Final = frozenset({"a-offscreen", "sr-only", "visually-hidden", "screen-reader-text"})
#: What is called by the words in it, read aloud or not.
_CONTROLS: Final = frozenset({"a", "button", "label"})
#: How far (pixels) to the left of its place, or above it, and to the right, nobody sees a part.
_FAR: Final = -500.0
_FAR_RIGHT: Final = 9000.0
#: Up to what size (pixels) a part that cuts its text shows none of it.
_TINY: Final = 1.0
#: How faint a part may be, or how small its letters, that nobody sees it.
_FAINT: Final = 0.02

_GONE: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "svg", "canvas", "audio", "video"}
)
_CLOSED: Final = frozenset({"details", "dialog"})
#: What is inside these is no word of the page: it stands for a frame, or is what somebody typed.
_NO_WORDS: Final = frozenset({"iframe", "textarea"})
_STRUCK: Final = frozenset({"s", "strike", "del"})
#: The attributes that may tell that a part is not seen, besides its classes.
_TELLING: Final = frozenset({MARK, "hidden", "aria-hidden", "style", "type"})
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_BLOCK = re.compile(r"@[\w-]+([^{};]*)\{((?:[^{}]*\{[^{}]*\})*[^{}]*)\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_OVERFLOW = ("overflow", "overflow-x", "overflow-y")
_SIZES = ("width", "height", "max-width", "max-height")
_PLACES = ("text-indent", "margin-left", "margin-top", "left", "top", "right", "bottom", "inset")
_LENGTH = re.compile(r"(\d+\.?\d*|\.\d+)([a-z%]*)")
#: A size of nothing, or turned so that only its edge is left.
_WITHOUT_SIZE = re.compile(r"scale(?:3d|x|y)?\(\s*0(?:\.0+)?\s*[,)]|rotate[xy]\(\s*-?(?:90|270)deg")
#: About how many pixels a unit is, on a screen of 1000.
_UNITS = {"em": 16.0, "rem": 16.0, "vw": 10.0, "vh": 10.0, "%": 10.0}
_PLACE = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))([a-z%]*)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def take_out(root: HtmlElement, *, is_live: bool) -> None:
    """Take the parts of a document that nobody sees out of it.

    Of words that are struck out it is only said that they are: they hold no more, and what stands
    beside them is not all that is shown. ``is_live``: a browser has marked what its style sheets
    hide.
    """
    hidden, struck = _unseen_parts(root, is_live=is_live)
    for element in hidden:
        if element.getparent() is not None:
            element.drop_tree()
    for element in struck:
        _strike_out(element)


def is_transparent(element: HtmlElement) -> bool:
    """Tell whether a part is there, and its opacity alone keeps it from being seen."""
    return element.get(MARK) == TRANSPARENT or _is_faint(element.get("style", ""))


def is_struck_out(text: str) -> bool:
    """Tell whether words of a text are struck out."""
    return STRUCK_OUT.strip() in text


def _strike_out(element: HtmlElement) -> None:
    for part in element.iter("*"):
        if (part.text or "").strip():
            part.text = STRUCK_OUT
        for child in part:
            if (child.tail or "").strip():
                child.tail = STRUCK_OUT


def _unseen_parts(
    root: HtmlElement, *, is_live: bool
) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """Return the parts that nobody sees, and those that are struck out."""
    hidden: list[HtmlElement] = []
    struck: list[HtmlElement] = []
    has_sheets = False
    for element in root.iter("*"):
        tag = element.tag
        if tag in _GONE:
            has_sheets = has_sheets or tag == "style"
            hidden.append(element)
            continue
        if tag in _NO_WORDS:
            element.text = None
        names = element.keys()
        if tag in _STRUCK or ("style" in names and "line-through" in element.get("style", "")):
            struck.append(element)
        if tag in _CLOSED and "open" not in names:
            hidden += [element] if tag == "dialog" else _closed(element)
        elif not _TELLING.isdisjoint(names) and _is_taken_away(element):
            hidden.append(element)
        elif "class" in names:
            sign = _class_sign(element.get("class", ""))
            if sign is _Sign.STRUCK:
                struck.append(element)
            elif sign is not None and _is_hidden_by(sign, element, is_live=is_live):
                hidden.append(element)
    return (hidden + list(_hidden_by_sheets(root)) if has_sheets else hidden), struck


def _is_taken_away(element: HtmlElement) -> bool:
    """Tell whether a part's own attributes hide it, its classes apart."""
    said = element.attrib
    if MARK in said or "hidden" in said or said.get("aria-hidden", "").strip().lower() == "true":
        return True
    is_field = element.tag == "input"
    if is_field and said.get("type", "").lower() == "hidden":
        return True
    return "style" in said and hides(said["style"], is_field=is_field)


def _is_hidden_by(sign: _Sign, element: HtmlElement, *, is_live: bool) -> bool:
    match sign:
        case _Sign.LIKELY:
            return not is_live
        case _Sign.COLLAPSED:
            return element.get("aria-expanded") == "false"
        case _Sign.READ_ALOUD:
            return not _is_told(element)
        case _:
            return sign is _Sign.HIDING


class _Sign(Enum):
    """What a part's classes tell of whether it is seen."""

    HIDING = auto()
    LIKELY = auto()
    COLLAPSED = auto()
    READ_ALOUD = auto()
    STRUCK = auto()


@lru_cache(maxsize=4096)
def _class_sign(classes: str) -> _Sign | None:
    names = set(classes.split())
    if not names.isdisjoint(_HIDING):
        return _Sign.HIDING
    is_for_some_screens = ":" in classes or "-block" in classes
    if not (is_for_some_screens or names.isdisjoint(_LIKELY)):
        return _Sign.LIKELY
    if "a-expander-content" in names:
        return _Sign.COLLAPSED
    if "a-text-strike" in names:
        return _Sign.STRUCK
    return None if names.isdisjoint(_READ_ALOUD) else _Sign.READ_ALOUD


def _is_told(element: HtmlElement) -> bool:
    """Tell whether what is read aloud stands for what is shown.

    It is a control's name, or a part beside it shows the same and is not read aloud.
    """
    around = (element, *element.iterancestors())
    if any(part.tag in _CONTROLS for part in around):
        return True
    parent = element.getparent()
    beside = () if parent is None else parent.iterchildren("*")
    return any(one.get("aria-hidden") == "true" for one in beside)


def _closed(details: HtmlElement) -> list[HtmlElement]:
    """Return what is inside closed details, but for their summary.

    Words that stand in no part of their own are taken away.
    """
    parts = list(details.iterchildren("*"))
    summary = next((part for part in parts if part.tag == "summary"), None)
    details.text = None
    for part in details:
        part.tail = None
    return [part for part in parts if part is not summary]


# --- styles ---------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def hides(style: str, *, is_field: bool = False) -> bool:
    """Tell whether declarations of CSS hide what they are of.

    A field may be drawn by its label: only what takes it away altogether hides it.
    """
    said = _declarations(style)
    if said.get("display") == "none" or said.get("visibility") in {"hidden", "collapse"}:
        return True
    if is_field or not said:
        return False
    if said.get("content-visibility") == "hidden" or said.get("color") == "transparent":
        return True
    if any(_is_nothing(said.get(key, "")) for key in ("opacity", "font-size", "zoom")):
        return True
    if said.get("filter", "").replace(" ", "").startswith(("opacity(0)", "opacity(0%)")):
        return True
    return _is_cut(said) or _is_far(said)


def _declarations(style: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in style.lower().split(";"))
    return {
        name.strip(): " ".join(value.replace("!important", "").split())
        for name, _, value in pairs
        if value
    }


@lru_cache(maxsize=4096)
def _is_faint(style: str) -> bool:
    return "opacity" in style.lower() and _is_nothing(_declarations(style).get("opacity", ""))


def _is_nothing(value: str) -> bool:
    number = _NUMBER.match(value)
    return number is not None and float(number.group()) <= _FAINT


def _numbers(value: str) -> list[float]:
    return [float(one) for one in _NUMBER.findall(value)]


def _is_cut(said: dict[str, str]) -> bool:
    """Tell whether nothing is left of a part, by its size or by what is cut off."""
    clip, path = said.get("clip", ""), said.get("clip-path", "")
    if clip.startswith("rect") and max(_numbers(clip), default=2.0) <= _TINY:
        return True
    if path.startswith("inset") and "%" in path and min(_numbers(path), default=0.0) >= 50:
        return True
    if path.startswith("polygon") and not any(_numbers(path)):
        return True
    if path.startswith("circle") and _is_nothing(path.removeprefix("circle(")):
        return True
    cuts = any(said.get(key, "").startswith(("hidden", "clip")) for key in _OVERFLOW)
    return cuts and any(_is_tiny(said.get(key, "")) for key in _SIZES)


def _is_tiny(size: str) -> bool:
    found = _LENGTH.fullmatch(size)
    if found is None:
        return False
    number, unit = float(found.group(1)), found.group(2)
    return number == 0 or (number <= _TINY and unit in {"", "px"})


def _is_far(said: dict[str, str]) -> bool:
    """Tell whether a part is moved out of the page, or drawn without any size."""
    moved = said.get("transform", "")
    if _WITHOUT_SIZE.search(moved):
        return True
    places = [said.get(key, "") for key in _PLACES]
    if "translate" in moved and "%" not in moved:
        places.append(moved)
    lengths = (
        float(number) * _UNITS.get(unit, 1.0)
        for place in places
        for number, unit in _PLACE.findall(place)
    )
    return any(one <= _FAR or one >= _FAR_RIGHT for one in lengths)


# --- style sheets in the page ---------------------------------------------------------------------


def _hidden_by_sheets(root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what the style sheets in a saved page hide.

    A part that another rule shows counts as shown.
    """
    hidden: dict[HtmlElement, None] = {}
    for selector, style in _rules(root):
        said = _declarations(style)
        is_hiding = hides(style)
        if not is_hiding and not said.keys() & {"display", "visibility", "opacity"}:
            continue
        for element in _selected(root, selector):
            if is_hiding and not (element.tag == "input" and not hides(style, is_field=True)):
                hidden[element] = None
            else:
                hidden.pop(element, None)
    shown = ("display", "visibility")
    for element in hidden:
        if not any(key in _declarations(element.get("style", "")) for key in shown):
            yield element


def _rules(root: HtmlElement) -> Iterator[tuple[str, str]]:
    for sheet in root.iter("style"):
        css = _AT_BLOCK.sub(_on_a_screen, _COMMENT.sub(" ", sheet.text or ""))
        for selectors, style in _RULE.findall(css):
            yield from ((one.strip(), style) for one in selectors.split(","))


def _on_a_screen(block: re.Match[str]) -> str:
    """Return what a block of rules says of every screen, as far as that is sure."""
    is_media = block.group().lower().startswith("@media")
    condition = block.group(1).strip().lower()
    return block.group(2) if is_media and condition in {"screen", "all", "only screen"} else " "


def _selected(root: HtmlElement, selector: str) -> list[HtmlElement]:
    try:
        xpath = HTMLTranslator().css_to_xpath(selector)
    except SelectorError:
        return []
    found: list[HtmlElement] = root.xpath(xpath)
    return found
