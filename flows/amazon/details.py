"""Read from Amazon's order-details page what is proven of an order.

What could not be read is told, too.

A state is read from a positive sign of it, never from the lack of another's. Where several places
tell the same thing, all that are there must agree.

Known from: public captures of 2025-26 (A) and 2023-25 (A, older boxes); see the site file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from flows.amazon.shipments import Shipment, Sign, read_shipments, state_of
from robot.cancellation.orders import OrderFacts, OrderState
from robot.sites.languages import other_language
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.site_file import Site
from robot.sites.values import clean, read_money

#: How much (characters) of a page that proves nothing is quoted.
_QUOTED: Final = 300
#: How much (characters) of what stands in the place of a total is quoted, with its label.
_BESIDE: Final = 40


def read_order(page: PageSnapshot, site: Site, number: str) -> OrderFacts:
    """Read the order-details page of ``number``.

    A cancelled order's page names no number: the address does.
    """
    banner = page.text_of(site.element("cancelled_banner"))
    shipments = read_shipments(page, site, number)
    shown = _numbers(
        site, (text_of_element(e) for e in page.find_every(site.element("order_number")))
    )
    if site.says("cancelled", banner):
        return _cancelled(page, site, number, shown, banner, shipments)
    absent = read_no_such_order(page, site)
    if not shown and not shipments and absent:
        return OrderFacts(number, OrderState.NOT_FOUND, text=absent)
    if len(shown) != 1:
        return _unknown(page, site, number, "its own number")
    return _read(page, site, shown.pop(), shipments)


def read_no_such_order(page: PageSnapshot, site: Site) -> str:
    """Return the site's own words that there is no such order.

    Empty where it does not say so. They count in an alert or a heading only: a part of the page
    that failed says it of itself.
    """
    parts = page.find_every(site.element("no_such_order"))
    words = (site.words("not_found", text_of_element(part)) for part in parts)
    return next((said for said in words if said), "")


def _read(
    page: PageSnapshot, site: Site, number: str, shipments: tuple[Shipment, ...] | None
) -> OrderFacts:
    alerts = page.text_of(site.element("order_alerts"))
    words = [shipment.words for shipment in shipments or ()]
    said = "; ".join(part for part in (*words, alerts) if part)
    quoted = page.public_text(site, page.find(site.element("order_alerts"))[:1]) or "; ".join(
        found for key in ("pending", "refused") if (found := site.words(key, alerts))
    )
    po, po_text = _po(page, site)
    po_unread = f"the PO's number ({po_text})" if po_text else ""
    total, total_unread = _total(page, site)
    state, state_unread = _state(shipments)
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
        refused=site.says("refused", said),
        closed=any(s.sign is Sign.CLOSED and s.cancel_url is None for s in shipments or ()),
        language=language,
        po_text=po_text,
        unread=tuple(one for one in (state_unread, *lines_unread, po_unread, total_unread) if one),
    )


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
    shown: set[str],
    banner: str,
    shipments: tuple[Shipment, ...] | None,
) -> OrderFacts:
    """Return the facts of a page whose banner says that the order was cancelled.

    Whose page it is, only its address and, if there, its number tell: both must be the asked one.
    """
    addressed = {one for one in (page.query("orderID"), page.query("orderId")) if one}
    named = shown or {number}
    is_own = addressed == {number} == named
    is_whole = shipments is not None and state_of(shipments) is OrderState.CANCELLED
    proven = is_own and (shipments == () or is_whole)
    state = OrderState.CANCELLED if proven else OrderState.UNKNOWN
    unread = () if proven else ("whether the banner is of the whole order",)
    quoted = page.public_text(site, page.find(site.element("cancelled_banner"))[:1])
    text = quoted or site.words("cancelled", banner)
    return OrderFacts(min(named), state, text=text, unread=unread)


def _unknown(page: PageSnapshot, site: Site, number: str, missing: str) -> OrderFacts:
    return OrderFacts(
        number,
        OrderState.UNKNOWN,
        text=page.public_text(site, page.all("#orderDetails"))[:_QUOTED],
        language=other_language(page, site, "#orderDetails"),
        unread=(missing,),
    )


# --- the slots ------------------------------------------------------------------------------------


def _numbers(site: Site, texts: Iterable[str]) -> set[str]:
    pattern = re.compile(site.number("order").strip("^$"))
    return {found.group() for text in texts if (found := pattern.search(text)) is not None}


def _po(page: PageSnapshot, site: Site) -> tuple[str | None, str]:
    """Return the PO's number, whole, or what stood in its slot instead."""
    parts = page.find_every(site.element("po_number"))
    slots = [slot for part in parts if (slot := clean(text_of_element(part)))]
    filled = [slot for slot in slots if not site.says("no_po", slot)]
    found = {_po_in(site, slot) for slot in filled}
    if len(found) == 1 and None not in found:
        return found.pop(), ""
    quoted = page.public_text(site, parts).replace("\n", "; ")
    return None, (quoted or "words that may not be quoted") if filled else ""


def _po_in(site: Site, slot: str) -> str | None:
    """Return the number of a slot, behind its label or alone, None where it holds two."""
    label = site.find("po_label", slot) or ""
    words = slot.removeprefix(label).strip().split(maxsplit=1)
    number = words[0].rstrip(".") if words else ""
    if (
        not site.matches("po", number)
        or site.matches("order", number)
        or any(site.says("po_alike", rest) for rest in words[1:])
    ):
        return None
    return number


def _total(page: PageSnapshot, site: Site) -> tuple[Decimal | None, str]:
    """Return the total in US dollars, or what stood there instead."""
    slots = [clean(text_of_element(e)) for e in page.find_every(site.element("charge_summary"))]
    written = [total for slot in slots if (total := site.find("total", slot)) is not None]
    sums = {read_money(one) for one in written}
    money = next(iter(sums)) if len(sums) == 1 else None
    if money is not None and money.in_dollars:
        return money.amount, ""
    labels = [(slot, site.words("total_label", slot)) for slot in slots]
    beside = [slot[slot.index(label) :][:_BESIDE] for slot, label in labels if label]
    said = "; ".join(written or beside)
    return None, f"the total in US dollars ({said})" if said else ""
