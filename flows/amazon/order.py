"""Look at an order of Amazon Business: a fresh load of its own page, read when it is whole.

Known from: public captures of 2025-26 (A), public scripts for business accounts (B).
"""

from __future__ import annotations

import time

from flows.amazon.details import read_order
from flows.amazon.sign_in import open_signed_in
from robot.browser.visit import Visit
from robot.cancellation.orders import OrderFacts, OrderState
from robot.sites.location import Location

#: How long (s) parts of an order's page may come after the page: its shipments, or the cards of a
#: list that it is.
_LATE_SECONDS = 5.0


def look(visit: Visit, number: str) -> OrderFacts:
    """The order as a fresh load of its own page shows it, signing in where asked.

    Raises NeedsPerson, SystemFailure.
    """
    here = open_signed_in(
        visit,
        visit.site.url("order_details", number=number),
        "order_details",
        "order_not_found",
        "order_list",
        "business_list",
    )
    if here.screen in {"order_list", "business_list"} and not _has_cards(visit):
        text = f"Amazon shows an empty list instead of order {number}."
        facts = OrderFacts(number, OrderState.NOT_FOUND, text=text)
    elif here.screen in {"order_details", "order_not_found"}:
        facts = _read_whole(visit, here, number)
    else:
        raise visit.unknown_page(here, f"looking at order {number}")
    visit.screenshot(f"Amazon order {facts.state}", later=facts.cancellable)
    visit.keep_text("Amazon order as read", facts.text or facts.state)
    return facts


def _read_whole(visit: Visit, here: Location, number: str) -> OrderFacts:
    """The order, read again while it shows no shipment at all: that part may come late, and the
    link with it.
    """
    facts, end = read_order(here.page, visit.site, number), time.monotonic() + _LATE_SECONDS
    while _may_be_incomplete(facts):
        if time.monotonic() > end:
            break
        visit.pause(0.1)
        here = visit.look()
        facts = read_order(here.page, visit.site, number)
    return facts


def _may_be_incomplete(facts: OrderFacts) -> bool:
    """Tell whether parts that are still to come could prove more than was read."""
    if facts.state is OrderState.UNKNOWN:
        return True
    has_answer = facts.cancel_url or facts.pending or facts.refused or facts.closed
    return facts.state is OrderState.LIVE and not has_answer


def _has_cards(visit: Visit) -> bool:
    """Whether a list that came instead of an order has any; they may come after the page."""
    cards, end = visit.site.element("any_cards"), time.monotonic() + _LATE_SECONDS
    while not (found := visit.look().page.find(cards)) and time.monotonic() < end:
        visit.pause(0.1)
    return bool(found)
