"""Look at an order of Amazon Business by a fresh load of its own page.

Known from: public captures of 2025-26 (A), public scripts for business accounts (B).
"""

from __future__ import annotations

from flows.amazon.details import read_no_such_order, read_order
from flows.amazon.sign_in import open_signed_in
from flows.waiting import wait_until
from robot.browser.visit import Visit
from robot.cancellation.orders import OrderFacts, OrderState
from robot.errors import NOTHING_PRESSED, NeedsPerson
from robot.sites.location import Location

#: How long (s) parts of an order's page may come after the page: its shipments, or what it says.
_LATE_SECONDS = 5.0
#: How long (s) shipments that are all cancelled must stay all that there are.
_STEADY_SECONDS = 1.5
#: How long (s) a page is left alone before it is read again.
_PAUSE = 0.1


def look(visit: Visit, number: str) -> OrderFacts:
    """Read an order from a fresh load of its own page, signing in where asked.

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
    if here.screen in {"order_list", "business_list"}:
        facts = _read_list_instead(visit, number)
    elif here.screen in {"order_details", "order_not_found"}:
        facts = _read_whole(visit, here, number)
    else:
        raise visit.unknown_page(here, f"looking at order {number}")
    visit.screenshot(f"Amazon order {facts.state}", later=facts.cancellable)
    visit.keep_text("Amazon order as read", _as_read(facts))
    return facts


def _as_read(facts: OrderFacts) -> str:
    """Return in words what was read of an order."""
    lines = "; ".join(
        f"{'?' if line.quantity is None else line.quantity} x {line.title} ({line.state})"
        for line in facts.lines
    )
    state = facts.state.replace("_", " ")
    return (
        f"Order {facts.number}: {state}. It says: {facts.text.rstrip('.') or 'nothing'}."
        f" PO: {facts.po or 'not shown'}. Total: {facts.total or 'not shown'}."
        f" Lines: {lines or 'none shown'}. Cancel offered: {'yes' if facts.cancel_url else 'no'}."
        f" Not read: {', '.join(facts.unread) or 'nothing'}."
    )


def _read_whole(visit: Visit, here: Location, number: str) -> OrderFacts:
    """Read an order's page, and read it again while parts of it may still come.

    They may come late: the shipments, and the cancel's link with them. Shipments that are all
    cancelled count once no other came in a while.
    """
    facts = read_order(here.page, visit.site, number)
    if _may_be_incomplete(facts):
        visit.pause(_PAUSE)
        facts = wait_until(
            visit,
            lambda: read_order(visit.look().page, visit.site, number),
            _LATE_SECONDS,
            enough=lambda facts: not _may_be_incomplete(facts),
            pause=_PAUSE,
            on_change=True,
        )
    if facts.state is OrderState.CANCELLED and facts.lines:
        visit.pause(_STEADY_SECONDS)
        facts = read_order(visit.look().page, visit.site, number)
    return facts


def _may_be_incomplete(facts: OrderFacts) -> bool:
    """Tell whether parts that are still to come could prove more than was read."""
    if facts.state is OrderState.UNKNOWN:
        return True
    has_answer = facts.cancel_url or facts.pending or facts.refused or facts.closed
    return facts.state is OrderState.LIVE and not has_answer


def _read_list_instead(visit: Visit, number: str) -> OrderFacts:
    """Read a list of orders that came instead of the order.

    An empty list proves nothing: it may be filtered, late, or somebody else's. Raises NeedsPerson
    where the site does not say in its own words that there is no such order.
    """
    absent = wait_until(
        visit,
        lambda: read_no_such_order(visit.look().page, visit.site),
        _LATE_SECONDS,
        on_change=True,
    )
    if absent:
        return OrderFacts(number, OrderState.NOT_FOUND, text=absent)
    visit.screenshot("list instead of the order")
    msg = (
        f"Amazon shows a list of orders instead of order {number}, and does not say that there is"
        " no such order."
    )
    raise NeedsPerson(msg, touched=NOTHING_PRESSED, next_step="Look the order up by hand.")
