"""Read from Amazon's order-details page what is proven of an order.

What could not be read is told, too.

A state is read from a positive sign of it, never from the lack of another's. Where several places
tell the same thing, all that are there must agree.

Known from: public captures of 2025-26 (A) and 2023-25 (A, older boxes); see the site file.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from flows.amazon.shipments import Shipment, find_boxes, read_shipments, state_of
from flows.amazon.signs import (
    FINAL,
    Sign,
    is_contradicted,
    says_more,
    sentences,
    sign_of,
    signs_beside,
)
from flows.amazon.slots import numbers_in, read_numbers, read_po_number, read_total
from robot.cancellation.orders import OrderFacts, OrderState
from robot.sites.languages import other_language
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.site_file import Site

#: How much (characters) of a page that proves nothing is quoted.
_QUOTED: Final = 300
#: All that a page of an order may give notice of.
_ALERTS: Final = "#orderDetails .a-alert, #orderDetails [role=alert]"
_GOES_ON: Final = (OrderState.LIVE, OrderState.SHIPPED, OrderState.PARTLY_SHIPPED)


def read_order(page: PageSnapshot, site: Site, number: str) -> OrderFacts:
    """Read the order-details page of ``number``.

    A cancelled order's page names no number: the address does.
    """
    banners = page.find_every(site.element("cancelled_banner"))
    shipments = read_shipments(page, site, number)
    shown = read_numbers(page, site)
    if any(site.says("cancelled", text_of_element(banner)) for banner in banners):
        return _cancelled(page, site, number, shown, banners, shipments)
    absent = read_no_such_order(page, site)
    has_order = shown or shipments != () or page.find(site.element("cancel_link"))
    if absent and not has_order:
        return OrderFacts(number, OrderState.NOT_FOUND, text=absent)
    named = shown.pop() if len(shown) == 1 else None
    if named is None:
        return _unknown(page, site, number, "its own number")
    return _read(page, site, named, shipments)


def read_no_such_order(page: PageSnapshot, site: Site) -> str:
    """Return the site's own words that there is no such order.

    Empty where it does not say so. They count as a sentence of an alert or a heading only, where
    that says nothing of what may be otherwise later, or for somebody else: a part of the page that
    failed says it of itself.
    """
    for part in page.find_every(site.element("no_such_order")):
        said = list(sentences(part))
        absent = [site.words("not_found", one) for one in said if _is_absent(site, one)]
        if absent and not any(site.knows("not_found_yet", one) for one in said):
            return absent[0]
    return ""


def _is_absent(site: Site, sentence: str) -> bool:
    """Tell whether a sentence says nothing else than that there is no such order."""
    return site.words("not_found", sentence) == sentence.rstrip(".! ")


def _read(
    page: PageSnapshot, site: Site, number: str, shipments: tuple[Shipment, ...] | None
) -> OrderFacts:
    notes = page.find_every(site.element("order_alerts"))
    alerts = " ".join(map(text_of_element, notes))
    words = [shipment.words for shipment in shipments or ()]
    said = "; ".join(part for part in (*words, alerts) if part)
    quoted = page.public_text(site, notes) or "; ".join(
        found for key in ("pending", "refused") if (found := site.words(key, alerts))
    )
    po, po_text = read_po_number(page, site)
    po_unread = f"the PO's number ({po_text})" if po_text else ""
    total, total_unread = read_total(page, site)
    state, state_unread = _state(shipments)
    is_doubted = _is_doubted(page, site, state)
    elsewhere = _ended_elsewhere(page, site) if state is OrderState.LIVE else ""
    if elsewhere:
        state, state_unread = OrderState.UNKNOWN, f"what is {elsewhere} beside its shipments"
    elif is_doubted:
        state, state_unread = OrderState.UNKNOWN, f"an alert that fits its shipments ({quoted})"
    elif state is OrderState.CANCELLED and (
        _others(page, site, number) or not _is_all_cancelled(page, site, shipments)
    ):
        state, state_unread = OrderState.UNKNOWN, "whether all of the order is cancelled"
    elif state in _GOES_ON and _is_part_gone(page, site):
        state = OrderState.PARTLY_CANCELLED
    language = other_language(page, site, "#orderDetails") if state is OrderState.UNKNOWN else ""
    lines = tuple(line for shipment in shipments or () for line in shipment.lines)
    lines_unread = [one for shipment in shipments or () for one in shipment.unread]
    return OrderFacts(
        number=number,
        state=state,
        po=po,
        lines=lines,
        total=total,
        cancel_url=next((s.cancel_url for s in shipments or () if s.cancel_url), None),
        text="; ".join(part for part in (*words, quoted) if part),
        pending=site.says("pending", said),
        refused=site.says("refused", said) and not is_doubted,
        closed=any(s.sign is Sign.CLOSED and s.cancel_url is None for s in shipments or ()),
        language=language,
        po_text=po_text,
        unread=tuple(one for one in (state_unread, *lines_unread, po_unread, total_unread) if one),
    )


def _is_all_cancelled(
    page: PageSnapshot, site: Site, shipments: tuple[Shipment, ...] | None
) -> bool:
    """Tell whether nothing is left open beside shipments that are cancelled."""
    lines = [line for shipment in shipments or () for line in shipment.lines]
    unread = any(shipment.unread for shipment in shipments or ())
    if lines and _items_told(page, site) > sum(line.quantity or 0 for line in lines):
        return False
    return not unread and not says_more(page, site, find_boxes(page, site), of_order=True)


def _ended_elsewhere(page: PageSnapshot, site: Site) -> str:
    """Return what a part of a live order is that has left or is cancelled.

    It stands in no shipment, nor in an alert. "" where there is none.
    """
    told = {
        *find_boxes(page, site),
        *page.all(_ALERTS),
        *page.find_every(site.element("order_alerts")),
    }
    for around in page.all(site.element("shipments").scope or "body"):
        for sign in signs_beside(site, around, told, of_order=True):
            if sign in FINAL:
                return str(sign)
    return ""


def _items_told(page: PageSnapshot, site: Site) -> int:
    """Return how many items the page says that the order has, 0 where it says nothing."""
    if "items_told" not in site.phrases:
        return 0
    titles = page.find_every(site.element("item_title"))
    of_items = {title.getparent() for title in titles} - {*find_boxes(page, site)}
    texts = (
        text
        for part, text in page.texts("#orderDetails *", 1)
        if not of_items & {part, *part.iterancestors()}
    )
    return max((int(told) for one in texts if (told := site.find("items_told", one))), default=0)


def _is_doubted(page: PageSnapshot, site: Site, state: OrderState) -> bool:
    """Tell whether the page's alerts say otherwise than a state."""
    alerts = page.find_every(site.element("order_alerts"))
    said = [one for alert in alerts for one in sentences(alert)]
    if is_contradicted(state, sign_of(site, said)):
        return True
    if state is not OrderState.CANCELLED:
        return False
    said += [one for alert in page.all(_ALERTS) for one in sentences(alert)]
    doubts = ("pending", "refused", "in_part")
    return any(
        site.knows("goes_on", one) or any(site.says(doubt, one) for doubt in doubts) for one in said
    )


def _is_part_gone(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the page says that a part of the order was cancelled."""
    notes = [
        *page.all("#orderDetails .a-alert-heading"),
        *page.find_every(site.element("order_alerts")),
    ]
    return any(site.knows("part_cancelled", one) for note in notes for one in sentences(note))


def _state(shipments: tuple[Shipment, ...] | None) -> tuple[OrderState, str]:
    """Return the order's state, and what is missing where it is unknown."""
    if shipments is None:
        return OrderState.UNKNOWN, "parts of the page that lie outside its shipments"
    state = state_of(shipments)
    if state is not OrderState.UNKNOWN:
        return state, ""
    if not shipments:
        return state, "its shipments"
    words = "; ".join(shipment.words or "nothing" for shipment in shipments)
    return state, f"a status that is known and fits the cancel link ({words})"


def _cancelled(
    page: PageSnapshot,
    site: Site,
    number: str,
    shown: set[str | None],
    banners: list[HtmlElement],
    shipments: tuple[Shipment, ...] | None,
) -> OrderFacts:
    """Return the facts of a page whose banner says that the order was cancelled.

    Whose page it is, only its address and, if there, its number tell: both must be the asked one.
    Nothing on it may say that the order, or a part of it, goes on.
    """
    query = parse_qsl(urlsplit(page.url).query)
    addressed = {value for key, value in query if key.lower() == "orderid"}
    is_own = addressed == {number} and shown <= {number} and not _others(page, site, number)
    said = [one for banner in banners for one in sentences(banner)]
    is_said = sign_of(site, said) is Sign.CANCELLED and not read_no_such_order(page, site)
    is_whole = state_of(shipments or ()) is OrderState.CANCELLED and _is_all_cancelled(
        page, site, shipments
    )
    is_all = shipments == () and not says_more(page, site)
    is_doubted = _is_doubted(page, site, OrderState.CANCELLED)
    proven = is_own and is_said and not is_doubted and (is_all or is_whole)
    state = OrderState.CANCELLED if proven else OrderState.UNKNOWN
    unread = () if proven else ("whether the banner is of the whole order",)
    quoted = page.public_text(site, page.find(site.element("cancelled_banner"))[:1])
    text = quoted or site.words("cancelled", " ".join(said))
    others = sorted(one for one in shown if one is not None and one != number)
    return OrderFacts(others[0] if others else number, state, text=text, unread=unread)


def _others(page: PageSnapshot, site: Site, number: str) -> set[str]:
    """Return the other orders whose numbers the page shows."""
    texts = map(text_of_element, page.all("#orderDetails"))
    return {one for text in texts for one in numbers_in(site, text)} - {number}


def _unknown(page: PageSnapshot, site: Site, number: str, missing: str) -> OrderFacts:
    return OrderFacts(
        number,
        OrderState.UNKNOWN,
        text=page.public_text(site, page.all("#orderDetails"))[:_QUOTED],
        language=other_language(page, site, "#orderDetails"),
        unread=(missing,),
    )
