"""Read the shipments of an Amazon order's page.

That is what each one's words prove, its lines, its cancel link.

Known from: public captures of 2025-26 for the layout by components, of 2023-25 for the older boxes
(A); that a cancel link may stand in an older box is inferred (D). The words and what each proves
are the site file's table ``[statuses]``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from flows.amazon.signs import (
    FINAL,
    LIVE,
    Sign,
    goes_on_beside,
    has_left_beside,
    sentences,
    sign_of,
    signs_beside,
)
from robot.cancellation.orders import Line, OrderState
from robot.sites.css import select
from robot.sites.hidden import is_struck_out
from robot.sites.page import PageSnapshot, is_disabled, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean, read_whole_number

_WORD = r"(?:qty|quantity|units)\.?(?: (?:ordered|purchased))?\s*:?"
_LABEL = re.compile(rf"^\s*(?:{_WORD}\s*|[x×] ?(?=\d))", re.IGNORECASE)
_LABELLED = re.compile(
    rf"{_WORD}\s*(?:[\d.,]+(?: of \d+)?|one|two|three|four|five|six|ten)"
    r"|(?-i:[x×]) ?\d+|\d+ ?[x×] ?\$[\d.,]+",
    re.IGNORECASE,
)
_LABEL_ALONE = re.compile(_WORD, re.IGNORECASE)
#: Older pages put the quantity before the title.
_OF = re.compile(r"^([\d,.]+) of:\s+(.+)$", re.IGNORECASE)
#: A status that is of one item.
_OF_ONE = re.compile(r"^(?:this|the|your) item\b", re.IGNORECASE)


LineState = Literal["live", "cancelled", "shipped", "unknown"]


@dataclass(frozen=True, slots=True)
class Shipment:
    """One shipment of an order.

    ``sign`` is None where no word of its status is known, and ``unread`` says what could not be
    read.
    """

    sign: Sign | None
    words: str
    lines: tuple[Line, ...] = ()
    cancel_url: str | None = None
    unread: tuple[str, ...] = ()


def read_shipments(page: PageSnapshot, site: Site, number: str) -> tuple[Shipment, ...] | None:
    """Read every shipment of the page of order ``number``.

    None where a status, a title or a cancel link lies outside the shipments that were found, or in
    a part that is closed: then the page holds more than was understood.
    """
    boxes = find_boxes(page, site)
    parts = [
        *page.find_every(site.element("shipment_status")),
        *page.find_every(site.element("item_title")),
        *_cancel_links(page, site, number),
    ]
    if any(not _is_in(part, boxes) for part in parts) or _has_more(page, site):
        return None
    shipments = tuple(_shipment(page, site, number, box) for box in boxes)
    return (
        tuple(map(_without_quantities, shipments)) if _has_stray(page, site, boxes) else shipments
    )


def find_boxes(page: PageSnapshot, site: Site) -> list[HtmlElement]:
    """Find the innermost parts of the page that are a shipment, of any make."""
    css = site.element("shipments").css
    scope = site.element("shipments").scope
    found = [box for around in page.all(scope or "body") for box in select(around, css)]
    outer = {around for box in found for around in box.iterancestors()}
    return [box for box in found if box not in outer]


def state_of(shipments: tuple[Shipment, ...]) -> OrderState:
    """Return what all shipments of an order together prove.

    UNKNOWN where one of them proves nothing, contradicts itself, or there is none.
    """
    states = {_state_of_one(shipment) for shipment in shipments}
    if not states or OrderState.UNKNOWN in states:
        return OrderState.UNKNOWN
    if len(states) == 1:
        return states.pop()
    if OrderState.CANCELLED in states:
        return OrderState.PARTLY_CANCELLED
    return OrderState.PARTLY_SHIPPED


def state_of_status(site: Site, status: HtmlElement) -> OrderState:
    """Return what a status proves that has no cancel link beside it, as in a list."""
    return OrderState(_line_state(sign_of(site, sentences(status)), linked=False))


def _state_of_one(shipment: Shipment) -> OrderState:
    return OrderState(_line_state(shipment.sign, linked=shipment.cancel_url is not None))


def _line_state(sign: Sign | None, *, linked: bool) -> LineState:
    """Return what a status and a cancel link beside it prove of the shipment's lines."""
    match sign:
        case Sign.SHIPPED if not linked:
            return "shipped"
        case Sign.CANCELLED if not linked:
            return "cancelled"
        case Sign.LIVE | Sign.CLOSED:
            return "live"
        case None if linked:
            return "live"
        case _:
            return "unknown"


# --- inside ---------------------------------------------------------------------------------------


def _is_in(part: HtmlElement, boxes: list[HtmlElement]) -> bool:
    return part in boxes or any(around in boxes for around in part.iterancestors())


def _shipment(page: PageSnapshot, site: Site, number: str, box: HtmlElement) -> Shipment:
    statuses = [
        part for part in page.find_every(site.element("shipment_status")) if _is_in(part, [box])
    ]
    parts = [part for status in statuses for part in sentences(status)]
    parts += [image.get("alt", "") for one in statuses for image in select(one, "img[alt]")]
    links = [page.link(a) for a in _cancel_links(page, site, number) if _is_in(a, [box])]
    titles = [
        title for title in page.find_every(site.element("item_title")) if _is_in(title, [box])
    ]
    sign = sign_of(site, parts)
    if _is_told_in_part(site, box, statuses, titles, links=len(links)):
        sign = Sign.CONTRADICTORY
    may_go_on = sign in LIVE or (sign is None and links)
    if may_go_on and (
        any(site.knows("against_link", part) for part in parts)
        or has_left_beside(site, box, {*statuses, *titles})
    ):
        sign = Sign.CONTRADICTORY
    if sign or links:
        own = LIVE if sign in {None, *LIVE} else {sign}
        beside = set(signs_beside(site, box, {*statuses, *titles}))
        if not own.issuperset(beside - ({None} if sign in FINAL else set())):
            sign = Sign.CONTRADICTORY
    if sign is Sign.CANCELLED and (
        goes_on_beside(site, box, {*statuses, *titles})
        or (len(titles) > 1 and any(_OF_ONE.search(part) for part in parts))
    ):
        sign = Sign.CONTRADICTORY
    state = _line_state(sign, linked=bool(links))
    lines = []
    unread = []
    for title in titles:
        line, problem = _line(site, title, titles, box, state)
        lines.append(line)
        unread += [problem] if problem else []
    return Shipment(
        sign,
        _quoted(page, site, statuses),
        tuple(lines),
        links[0] if links else None,
        tuple(unread),
    )


def _is_told_in_part(
    site: Site,
    box: HtmlElement,
    statuses: list[HtmlElement],
    titles: list[HtmlElement],
    *,
    links: int,
) -> bool:
    """Tell whether the status of one of several shipments in a box proves nothing.

    One that is not known is live where there are as many cancel links as shipments, as each that
    has not left has its own.
    """
    key = "shipment_parts"
    parts = select(box, site.element(key).css) if key in site.elements else []
    held = [part for part in parts if any(_is_in(one, [part]) for one in (*statuses, *titles))]
    signs = [
        sign_of(
            site,
            [one for status in statuses if _is_in(status, [part]) for one in sentences(status)],
        )
        for part in (held if len(held) > 1 else statuses)
    ]
    known = set(signs) - {None}
    return None in signs and bool(known) and not (known <= LIVE and links >= len(signs))


def _quoted(page: PageSnapshot, site: Site, statuses: list[HtmlElement]) -> str:
    """Return what may be told of a shipment's words."""
    told = (
        clean(line) for status in statuses for line in page.public_text(site, [status]).split("\n")
    )
    return "; ".join(line for line in told if line)


def _line(
    site: Site,
    title: HtmlElement,
    titles: list[HtmlElement],
    box: HtmlElement,
    state: LineState,
) -> tuple[Line, str]:
    """Return a line, and what of it could not be read."""
    name = clean(text_of_element(title))
    if is_struck_out(name):
        return Line(name, None, state), "a line that is struck out"
    written = ""
    old = _OF.match(name)
    if old is not None:
        written, name = old.groups()
    badges = [clean(text_of_element(badge)) for badge in _badges(site, title, titles, box)]
    told = {_LABEL.sub("", badge) for badge in (written, *badges) if badge}
    if not told:
        return Line(name, 1, state), ""  # the badge is absent when the quantity is 1 (A)
    numbers = {read_whole_number(one) for one in told}
    quantity = (next(iter(numbers)) or None) if len(numbers) == 1 else None
    if quantity is not None:
        return Line(name, quantity, state), ""
    shown = ", ".join(sorted(told))
    return Line(name, None, state), f"the quantity of “{name}” ({shown})"


def _without_quantities(shipment: Shipment) -> Shipment:
    """Return a shipment whose quantities are not told.

    One stands where it is of no line.
    """
    lines = tuple(replace(line, quantity=None) for line in shipment.lines)
    unread = (f"the quantity of “{one.title}” (one stands elsewhere)" for one in shipment.lines)
    return replace(shipment, lines=lines, unread=(*shipment.unread, *unread))


def _has_stray(page: PageSnapshot, site: Site, boxes: list[HtmlElement]) -> bool:
    """Tell whether the page shows a quantity that belongs to no line."""
    titles = page.find_every(site.element("item_title"))
    own = {
        badge
        for title in titles
        for box in boxes
        if _is_in(title, [box])
        for badge in _badges(site, title, titles, box)
    }
    scope = site.element("shipments").scope
    shown = (badge for part in page.all(scope or "body") for badge in _badges_in(site, part))
    return any(badge not in own for badge in shown)


def _badges_in(site: Site, part: HtmlElement) -> list[HtmlElement]:
    """Find what tells a quantity, by its mark or by its label."""
    marks = site.element("item_quantity").css
    marked = [badge for badge in select(part, marks) if clean(text_of_element(badge))]
    texts = [(one, clean(text_of_element(one))) for one in select(part, "*")]
    labelled = [one for one, text in texts if _LABELLED.fullmatch(text)]
    alone = (one.getnext() for one, text in texts if _LABEL_ALONE.fullmatch(text))
    labelled += [one for one in alone if one is not None and one not in labelled]
    return [*marked, *(one for one in labelled if one not in marked)]


def _badges(
    site: Site, title: HtmlElement, titles: list[HtmlElement], box: HtmlElement
) -> list[HtmlElement]:
    """Find what tells a title's quantity, in the closest part that holds no other."""
    for around in title.iterancestors():
        if any(other is not title and around in other.iterancestors() for other in titles):
            return []
        found = _badges_in(site, around)
        if found:
            return found
        if around is box:
            return []
    return []


def _cancel_links(page: PageSnapshot, site: Site, number: str) -> list[HtmlElement]:
    return [
        link
        for link in page.find_every(site.element("cancel_link"))
        if _is_of(site, page.link(link), number) and not is_disabled(link)
    ]


def _is_of(site: Site, address: str, number: str) -> bool:
    """Tell whether an address is one of the site's, of that order and no other."""
    query = parse_qsl(urlsplit(address).query)
    return site.has_host(address) and {v for k, v in query if k.lower() == "orderid"} == {number}


def _has_more(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the page may have more of the order than it shows now."""
    parts = (site.element(key) for key in ("shipments", "item_title"))
    found = (part for one in parts for part in page.find_every(one, hidden=True))
    return _has_closed(page, site) or any(map(page.is_transparent, found))


def _has_closed(page: PageSnapshot, site: Site) -> bool:
    """Tell whether a part that is closed, and can be opened, holds a shipment."""
    scope = site.element("shipments").scope or "body"
    if not page.has(f"{scope} details:not([open])") and not page.has(
        f"{scope} [aria-expanded=false]"
    ):
        return False
    css = [one.css for one in site.element("shipments").candidates if one.css]
    closed = ("details:not([open])", ".a-expander-content")
    inside = ", ".join(f"{scope} {part} {one}" for part in closed for one in css)
    return bool(page.all(inside, hidden=True))
