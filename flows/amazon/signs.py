"""What the words of a shipment's status prove, and what stands beside it says.

The words and what each proves are the site file's table ``[statuses]`` and its phrases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from lxml.html import HtmlElement

from robot.cancellation.orders import OrderState
from robot.sites.css import select
from robot.sites.hidden import is_struck_out
from robot.sites.page import PageSnapshot, accessible_name, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
#: What a page says of every order, and of no shipment.
_OF_ORDER: Final = re.compile(r"order(?:ed)? (?:placed|confirmed)\b", re.IGNORECASE)
#: What is called like an act that cancels, and only tells of one.
_TELLS: Final = re.compile(r"\b(?:policy|policies|help|faq|details|learn|about)\b", re.IGNORECASE)
#: What a text begins with whose other words are a name, or somebody's own.
_NAMED: Final = re.compile(
    r"(?:sold|shipped|ships|brand|seller|style|colou?r|size|by|visit the|author|edition|format"
    r"|pattern|flavou?r|scent|model|gift (?:message|note|from)|message|delivery instructions)\b",
    re.IGNORECASE,
)
#: A status is no longer (characters), and a sentence is one of no more words.
_LONGEST_STATUS: Final = 90


class Sign(StrEnum):
    """What the words of a shipment's status prove.

    ``CLOSED`` is live, and too late to cancel.
    """

    LIVE = "live"
    CLOSED = "closed"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    CONTRADICTORY = "contradictory"


FINAL: Final = frozenset({Sign.SHIPPED, Sign.CANCELLED})
LIVE: Final = frozenset({Sign.LIVE, Sign.CLOSED})
#: What may stand beside shipments that prove a state, and says the same.
_SURE: Final = {
    OrderState.LIVE: LIVE,
    OrderState.SHIPPED: frozenset({Sign.SHIPPED}),
    OrderState.CANCELLED: frozenset({Sign.CANCELLED}),
}


def is_contradicted(state: OrderState, sign: Sign | None) -> bool:
    """Tell whether a sign beside an order's shipments says otherwise than they do."""
    if sign is None or state not in _SURE:
        return False
    return sign not in _SURE[state]


def sentences(part: HtmlElement) -> Iterator[str]:
    """Yield each sentence of a part of the page, of which a heading is one."""
    if any(text.strip() for text in _own_texts(part)):
        yield from _SENTENCE_END.split(clean(text_of_element(part)))
        return
    for child in part:
        if isinstance(child.tag, str):
            yield from sentences(child)


def sign_of(site: Site, parts: Iterable[str]) -> Sign | None:
    """Return what the parts of a status prove, each read as a whole phrase.

    Words of what is to come, of a part or of a condition prove nothing that is final, and beside
    what is final those of a part contradict it. So do words beside what is cancelled by which
    something still comes.
    """
    said = list(parts)
    if any(is_struck_out(part) for part in said):
        return Sign.CONTRADICTORY
    signs = {
        Sign(name)
        for part in said
        for name in site.status(part)
        if not (name in FINAL and site.says("unsettled", part))
    }
    if signs == {Sign.LIVE, Sign.CLOSED}:
        return Sign.CLOSED
    is_partial = signs & FINAL and any(site.says("in_part", part) for part in said)
    goes_on = Sign.CANCELLED in signs and any(site.knows("goes_on", part) for part in said)
    if len(signs) > 1 or is_partial or goes_on:
        return Sign.CONTRADICTORY
    return next(iter(signs), None)


def signs_beside(
    site: Site, box: HtmlElement, told: set[HtmlElement], *, of_order: bool = False
) -> Iterator[Sign | None]:
    """Yield what short texts prove that stand in a part of the page by themselves.

    None stands for words by which a line no longer comes. Those of the parts that were ``told`` do
    not count, nor, where the page also tells of it (``of_order``), when the order was placed.
    """
    for said in _texts_beside(box, told):
        text = " ".join(said)
        if is_struck_out(text) or (of_order and _OF_ORDER.match(text)):
            continue
        sign = sign_of(site, said)
        if sign is not None or site.knows("line_gone", text):
            yield sign


def goes_on_beside(site: Site, box: HtmlElement, told: set[HtmlElement]) -> bool:
    """Tell whether a part of the page says that something still comes.

    What a link or a button is called does not count, nor do the parts that were ``told``.
    """
    passed = {*told, *select(box, "a, button")}
    texts = (one for said in _texts_beside(box, passed) for one in said)
    return any(site.knows("goes_on", one) or _is_foreign(site, one) for one in texts)


def has_left_beside(site: Site, box: HtmlElement, told: set[HtmlElement]) -> bool:
    """Tell whether a part of the page says beside what was told that some has left."""
    texts = (one for said in _texts_beside(box, told) for one in said)
    return any(site.knows("part_left", one) for one in texts)


def _is_foreign(site: Site, text: str) -> bool:
    """Tell whether a text that is nobody's name is in another language."""
    is_named = _NAMED.match(text) is not None
    return not is_named and any(site.is_in_language(name, text) for name in site.languages)


def says_more(
    page: PageSnapshot, site: Site, boxes: Iterable[HtmlElement] = (), *, of_order: bool = False
) -> bool:
    """Tell whether the page speaks of what is not cancelled, beside what is.

    That is a status elsewhere than in a banner, an alert's heading or the ``boxes`` of shipments,
    or what cancels or shows items. ``of_order``: the page also tells when the order was placed.
    """
    scope = page.all(site.element("shipments").scope or "body")
    candidates = site.element("cancelled_banner").candidates
    told = {
        one for banner in candidates for around in scope for one in select(around, banner.css or "")
    }
    boxes = [*boxes]
    told.update(boxes)
    told.update(part for css in site.private for part in page.all(css))
    beside = (signs_beside(site, around, told, of_order=of_order) for around in scope)
    signs = {sign for found in beside for sign in found}
    goes_on = any(goes_on_beside(site, around, told) for around in scope)
    has_act = any(_has_act(site, around) for around in scope)
    followed = page.find(site.element("track_link")) if "track_link" in site.elements else []
    can_follow = any(not told & {one, *one.iterancestors()} for one in followed)
    language = re.split("[-_]", page.language)[0].lower()
    if language not in {"", "en"} or _has_unread(page, site, boxes):
        return True
    return has_act or can_follow or goes_on or bool(signs - {None, Sign.CANCELLED})


def _has_unread(page: PageSnapshot, site: Site, boxes: Iterable[HtmlElement]) -> bool:
    """Tell whether something of the order's page is not read.

    What is offered beside it does not count.
    """
    if "unread_parts" not in site.elements:
        return False
    holding = {around for box in boxes for around in (box, *box.iterancestors())}
    found = page.find_every(site.element("offers")) if "offers" in site.elements else []
    offers = {one for one in found if one not in holding}
    unread = page.find_every(site.element("unread_parts"))
    return any(not offers & {one, *one.iterancestors()} for one in unread)


def _has_act(site: Site, part: HtmlElement) -> bool:
    """Tell whether a part of the page has what cancels items, or shows more of them."""
    words = site.element("cancel_link").text
    acts = select(part, "a, button, input[type=submit]")
    names = (name for act in acts if " " in (name := clean(accessible_name(act))))
    return any(
        site.knows("shows_more", name)
        or (words and re.search(words, name, re.IGNORECASE) and not _TELLS.search(name))
        for name in names
    )


def _texts_beside(box: HtmlElement, told: set[HtmlElement]) -> Iterator[list[str]]:
    """Yield the sentences of each short text that stands alone in a part of a page.

    A text before or behind a picture or a line's end is one, too.
    """
    own = [text for one in _own_texts(box) if (text := clean(one))]
    if own:
        whole = clean(text_of_element(box)) if len(box) <= 2 and not told & set(box.iter()) else ""
        for text in dict.fromkeys((whole, *own)):
            if 0 < len(text) <= _LONGEST_STATUS:
                yield _SENTENCE_END.split(text)
    for child in box:
        if isinstance(child.tag, str) and child not in told:
            yield from _texts_beside(child, told)


def _own_texts(part: HtmlElement) -> list[str]:
    return [part.text or "", *(child.tail or "" for child in part)]
