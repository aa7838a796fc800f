"""Find the orders of a PO in the list of orders of Amazon Business.

A number is read from each card's own field, and the cards are counted. Known from: public scripts
for business accounts, 2026 (B; ids from the German site).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from lxml.html import HtmlElement

from flows.amazon.shipments import state_of_status
from flows.amazon.sign_in import open_signed_in, signed_out
from flows.waiting import wait_until
from robot.browser.visit import Visit
from robot.cancellation.orders import ListedOrder, Listing, OrderState
from robot.errors import NeedsPerson, SiteDown, SystemFailure
from robot.problems import Problem
from robot.sites.css import select
from robot.sites.location import Location
from robot.sites.page import PageSnapshot, accessible_name, text_of_element
from robot.sites.site_file import Site

_MOST_PAGES = 40
#: How long (s) the count of a new list may come after its cards.
_COUNT_SECONDS = 3.0
#: How long (s) a list may take to change.
_LIST_SECONDS = 15.0
_CARD = "#orderCard"
#: The attribute by which old content is told from new.
_STALE = "vf-stale"


def orders_of_po(visit: Visit, po: str) -> tuple[tuple[ListedOrder, ...], Listing]:
    """Return a PO's orders by their cards, and whose orders the list has shown.

    The list's own search is asked, and all its pages are read. Where it offers the orders of all
    users, or of all dates, they are chosen. Raises NeedsPerson, SystemFailure.
    """
    here = open_signed_in(visit, visit.site.url("orders"), "business_list", "order_list")
    if here.screen != "business_list":
        raise visit.unknown_page(here, f"looking for the orders of PO {po}")
    stale = _mark_cards(visit)
    visit.controls.fill(visit.site, "list_search", po)
    visit.controls.press_enter(visit.site, "list_search")
    here = _widened(visit, _new_cards(visit, stale))
    cards: dict[str, ListedOrder] = {}
    all_users = True
    whole_search = True
    for _ in range(_MOST_PAGES):
        all_users = all_users and shows_all_users(here.page, visit.site)
        whole_search = whole_search and _is_whole_search(visit, here.page, po)
        found = read_list(here.page, visit.site)
        if None in found:
            visit.screenshot(f"Amazon orders of PO {po}")
            raise _incomplete(po, f"shows {found.count(None)} whose number can't be read")
        for number in found:
            if number:
                add_card(cards, read_card(here.page, visit.site, number))
        if not here.page.find(visit.site.element("list_next")):
            visit.screenshot(f"Amazon orders of PO {po}")
            told = _total(visit, len(cards))
            if told not in (None, len(cards)):
                raise _incomplete(po, f"tells of {told} orders and shows {len(cards)}")
            is_proven = whole_search and told is not None
            listing = _listing(visit.site, all_users=all_users, is_proven=is_proven)
            return tuple(cards.values()), listing
        stale = _mark_cards(visit)
        visit.controls.click(visit.site, "list_next")
        here = _new_cards(visit, stale)
    msg = (
        f"The list of PO {po}'s orders has more than {_MOST_PAGES} pages; the robot does not trust"
        " that."
    )
    raise NeedsPerson(msg, next_step="Look the PO up at Amazon by hand.")


def read_list(page: PageSnapshot, site: Site) -> tuple[str | None, ...]:
    """Read the order number of each card on one page of the list, each once.

    None stands for a card that shows none.
    """
    cards = page.find(site.element("list_cards"))
    return tuple(dict.fromkeys(_number_of(card, site) for card in cards))


def read_card(page: PageSnapshot, site: Site, number: str) -> ListedOrder:
    """Read what the cards of an order on one page of the list say of it."""
    cards = [c for c in page.find(site.element("list_cards")) if _number_of(c, site) == number]
    shown = [
        status
        for status in page.find_every(site.element("list_status"))
        if any(card in status.iterancestors() for card in cards)
    ]
    state = _together(state_of_status(site, status) for status in shown)
    return ListedOrder(number, state, page.public_text(site, shown))


def _together(states: Iterable[OrderState]) -> OrderState:
    """Return what the words on all cards of an order prove together.

    What goes on is proven by one of them, whatever the others say; that all is cancelled, by all.
    """
    said = set(states)
    known = said - {OrderState.UNKNOWN}
    if not known or (known == {OrderState.CANCELLED} and known != said):
        return OrderState.UNKNOWN
    if len(known) == 1:
        return known.pop()
    if known & {OrderState.CANCELLED, OrderState.PARTLY_CANCELLED}:
        return OrderState.PARTLY_CANCELLED
    return OrderState.PARTLY_SHIPPED


def add_card(cards: dict[str, ListedOrder], card: ListedOrder) -> None:
    """Add what one page of the list says of an order to what others said."""
    before = cards.get(card.number)
    if before is not None:
        state = _together((before.state, card.state))
        card = ListedOrder(card.number, state, f"{before.text}\n{card.text}".strip())
    cards[card.number] = card


def _number_of(card: HtmlElement, site: Site) -> str | None:
    """Return the order number that a card shows in its own field."""
    number = re.compile(rf"(?<![\w-]){site.number('order').strip('^$')}(?![\w-])", re.ASCII)
    field = site.element("list_number").candidates[0].css or ""
    found = set(number.findall(" ".join(map(text_of_element, select(card, field)))))
    return found.pop() if len(found) == 1 else None


def read_list_total(page: PageSnapshot, site: Site) -> int | None:
    """Read how many orders the list says that it has, None where it does not say."""
    found = {one.get("data-totalorders", "") for one in page.find(site.element("list_total"))}
    told = found.pop() if len(found) == 1 else ""
    return int(told) if re.fullmatch("[0-9]+", told) and not _has_failed(page, site) else None


def shows_all_users(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the list itself says that it shows the orders of all users."""
    chosen = () if _is_narrowed(page, site) else page.find(site.element("list_all_chosen"))
    return any(site.says("all_users_orders", accessible_name(one)) for one in chosen)


def shows_all_dates(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the list shows the orders of all dates.

    Only its own date filter proves that: it must be there, and stand on all of time. A list
    without one may be narrowed unseen; by default it shows three months.
    """
    chosen = () if _is_narrowed(page, site) else page.find(site.element("list_filter"))
    return bool(chosen) and all(site.says("all_dates", accessible_name(one)) for one in chosen)


def _is_whole_search(visit: Visit, page: PageSnapshot, po: str) -> bool:
    """Tell whether the list is still that of the search, over all dates."""
    is_search = visit.controls.value(visit.site, "list_search") == po
    return is_search and shows_all_dates(page, visit.site)


def _widened(visit: Visit, here: Location) -> Location:
    """Choose the orders of all users, and of all dates, where the list offers them."""
    for choose in (_choose_all_users, _choose_all_dates):
        stale = _mark_cards(visit)
        if choose(visit, here.page):
            here = _new_cards(visit, stale)
    return here


def _choose_all_users(visit: Visit, page: PageSnapshot) -> bool:
    """Choose the orders of all users, and tell whether there was a need and an offer."""
    site = visit.site
    if shows_all_users(page, site):
        return False
    if page.find(site.element("list_all")):
        visit.controls.click(site, "list_all")
        return True
    return _choose(visit, page, "list_groups", "all_users_orders")


def _choose_all_dates(visit: Visit, page: PageSnapshot) -> bool:
    """Choose the orders of all dates, and tell whether there was a need and an offer."""
    if shows_all_dates(page, visit.site):
        return False
    return _choose(visit, page, "list_dates", "all_dates")


def _choose(visit: Visit, page: PageSnapshot, key: str, phrase: str) -> bool:
    """Choose the option of a drop-down that a phrase knows.

    Returns whether there is one.
    """
    options = (o for choice in page.find(visit.site.element(key)) for o in select(choice, "option"))
    for option in options:
        name = text_of_element(option)
        if visit.site.says(phrase, name):
            visit.controls.choose(visit.site, key, option.get("value") or name)
            return True
    return False


def _listing(site: Site, *, all_users: bool, is_proven: bool) -> Listing:
    """Return whose orders the list has shown whole.

    ``is_proven`` by its count and its search.
    """
    if not is_proven:
        return Listing.UNPROVEN
    if all_users:
        return Listing.ALL_USERS
    return Listing.ACCOUNT if site.sees_all_orders else Listing.UNPROVEN


def _total(visit: Visit, expected: int) -> int | None:
    """Return how many orders the list tells of, waiting for an ``expected`` number."""
    return wait_until(
        visit,
        lambda: read_list_total(visit.look().page, visit.site),
        _COUNT_SECONDS,
        enough=lambda told: told in (None, expected),
        on_change=True,
    )


def _incomplete(po: str, what: str) -> NeedsPerson:
    msg = f"The list of PO {po}'s orders {what}."
    return NeedsPerson(
        msg, problem=Problem.ORDERS_INCOMPLETE, next_step="Look the PO up at Amazon by hand."
    )


def _mark_cards(visit: Visit) -> int:
    """Mark the list that is there now, so that a new one can be told from it.

    What is marked are its cards, or the word that there are none.
    """
    return visit.mark(_CARD, _STALE) or visit.mark("#orderHistoryMessages", _STALE)


def _new_cards(visit: Visit, stale: int) -> Location:
    """Wait for a list that is new where ``stale`` parts of the old one were marked.

    Raises SiteDown where it stays the old one, SystemFailure, NeedsPerson.
    """
    end = time.monotonic() + _LIST_SECONDS

    def read() -> Location | None:
        here = visit.wait_for_screen("business_list", seconds=end - time.monotonic())
        _check_is_list(visit, here)
        return None if stale and _is_old(here.page) else here

    found = wait_until(visit, read, _LIST_SECONDS, pause=0.05)
    if found is None:
        msg = "Amazon's list of orders does not change when it is searched or paged."
        raise SiteDown(msg, next_step="Look whether the list works by hand, then run it again.")
    return found


def _check_is_list(visit: Visit, here: Location) -> None:
    if here.site is visit.site and signed_out(visit, here):
        msg = "Nobody was signed in at Amazon any more while its list of orders was read."
        raise SystemFailure(
            msg, problem=Problem.SIGNED_OUT, next_step="Run it again: it signs in first."
        )
    if here.screen != "business_list":
        raise visit.unknown_page(here, "waiting for the list of orders to change")


def _is_old(page: PageSnapshot) -> bool:
    """Tell whether what was marked is still there.

    Where that was the word that there are no orders, a card is new.
    """
    if page.all(f"{_CARD}[{_STALE}]", hidden=True):
        return True
    return bool(page.all(f"[{_STALE}]", hidden=True)) and not page.all(_CARD, hidden=True)


def _has_failed(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the list says that it, or a part of it, could not be loaded."""
    return "list_failed" in site.elements and bool(page.find(site.element("list_failed")))


def _is_narrowed(page: PageSnapshot, site: Site) -> bool:
    """Tell whether the list says somewhere that it has some orders only.

    In the page's bars it does not, and after its last order only in words of a list.
    """
    if "list_words" not in site.elements:
        return False
    cards = page.find(site.element("list_cards"))
    own = {part for card in cards for part in card.iter()}
    around = (*cards[-1:], *(one for card in cards[-1:] for one in card.iterancestors()))
    after = {part for one in around for next_ in one.itersiblings("*") for part in next_.iter()}
    of_a_list = re.compile(r"\b(?:show|placed|past|last|filter|range)", re.IGNORECASE)
    for one in page.find_every(site.element("list_words")):
        text = accessible_name(one).strip()
        is_in_bar = any(around.tag in {"nav", "footer"} for around in one.iterancestors())
        is_other = is_in_bar or (one in after and of_a_list.search(text) is None)
        if one not in own and not is_other and site.knows("narrowed", text):
            return True
    return False
