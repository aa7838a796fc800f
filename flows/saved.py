"""Read saved pages, as the robot would read them, to JSON.

No browser, nothing is clicked. A page is read only where the site files prove that it is the screen
that was named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.amazon import readers
from flows.amazon import sign_in as amazon_sign_in
from flows.amazon.details import read_order
from flows.amazon.form import read_form
from flows.amazon.search import (
    read_list,
    read_list_total,
    shows_all_dates,
    shows_all_users,
)
from flows.amazon.slots import read_numbers
from flows.realsource import sign_in as realsource_sign_in
from flows.realsource.details import read_po
from flows.realsource.readers import read_actions
from flows.realsource.results import read_results
from flows.sign_in_alerts import quote, read_alerts, read_refusal
from robot.errors import BadInput
from robot.json_text import indented_json
from robot.sites.location import Location
from robot.sites.page import PageSnapshot, text_of_element
from robot.sites.registry import Sites
from robot.sites.site_file import Screen, Site

_Reader = Callable[[PageSnapshot, Site, str], Any]


def _order(page: PageSnapshot, site: Site, number: str) -> Any:
    return read_order(page, site, number or _shown(page, site) or page.query("orderID") or "")


def _orders(page: PageSnapshot, site: Site, _number: str) -> Any:
    """Return the list's orders, and what of it can't be read.

    The orders are None where none can be read and the list does not tell of 0.
    """
    cards = read_list(page, site)
    total = read_list_total(page, site)
    numbers = [number for number in cards if number]
    has_more = bool(page.find(site.element("list_next")))
    unread = [
        f"the number of {cards.count(None)} cards" if None in cards else "",
        "how many orders the list has" if total is None else "",
        f"{total - len(numbers)} of the {total} orders" if total and total > len(numbers) else "",
        f"{total} orders are told, {len(numbers)} shown"
        if total is not None and total < len(numbers)
        else "",
        "further pages" if has_more else "",
    ]
    return {
        "orders": numbers if numbers or total == 0 else None,
        "total": total,
        "is_whole": total == len(cards) == len(numbers) and not has_more,
        "all_users": shows_all_users(page, site),
        "all_dates": shows_all_dates(page, site),
        "unread": [one for one in unread if one],
    }


def _cancel_form(page: PageSnapshot, site: Site, _number: str) -> Any:
    return read_form(page, site)


def _cancel_summary(page: PageSnapshot, site: Site, _number: str) -> Any:
    return readers.read_submit_result(page, site, "cancel_summary")


def _accounts(page: PageSnapshot, site: Site, _number: str) -> Any:
    return {"accounts": readers.read_accounts(page, site)}


def _po(page: PageSnapshot, site: Site, _number: str) -> Any:
    return read_po(page, site, "amazon_business", read_actions(page, site))


def _documents(page: PageSnapshot, site: Site, _number: str) -> Any:
    """Return a search's documents, and what of it can't be read.

    They are None where none is listed and the page does not say that there is none.
    """
    results = read_results(page, site)
    numbers = [number for number, _ in results.rows]
    seen = len(numbers) + results.unlinked
    says_none = any(
        site.says("no_results", text_of_element(one))
        for one in page.find_every(site.element("no_results"))
    )
    unread = [
        f"{results.unlinked} rows without a link" if results.unlinked else "",
        "further pages" if results.has_next else "",
        f"{results.total} results are told, {seen} shown"
        if results.total not in {None, seen}
        else "",
        "what is filtered out" if results.is_filtered else "",
        "whether there are any" if not seen and not says_none else "",
    ]
    return {
        "documents": numbers if seen or says_none else None,
        "total": results.total,
        "unread": [one for one in unread if one],
    }


def _sign_in(page: PageSnapshot, site: Site, _number: str) -> Any:
    """Return what a sign-in's screen says, and the problem that it would be.

    A file does not tell what was typed before: whatever a refusal may speak of counts as typed.
    """
    here = Location(page, site, page.screen(site))
    alerts = {**amazon_sign_in.ALERTS, **realsource_sign_in.ALERTS}[site.name]
    refusal = read_refusal(here, alerts, _TYPED)
    return {
        "alert": quote(here, read_alerts(here, alerts)),
        "problem": refusal.cause.problem if refusal else None,
    }


_TYPED = ("username", "password", "code")

#: Site -> screen -> what reads it.
READERS: dict[str, dict[str, _Reader]] = {
    "amazon_business": {
        "order_details": _order,
        "order_not_found": _order,
        "business_list": _orders,
        "cancel_form": _cancel_form,
        "cancel_form_old": _cancel_form,
        "cancel_summary": _cancel_summary,
        "cancel_summary_address": _cancel_summary,
        "account_switcher": _accounts,
        "email_claim": _sign_in,
        "email_classic": _sign_in,
        "password": _sign_in,
        "one_time_code": _sign_in,
    },
    "realsource": {
        "po": _po,
        "po_by_title": _po,
        "results": _documents,
        "no_results": _documents,
    },
    "vcu_cas": {"login": _sign_in},
    "duo": {"passcode": _sign_in},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a saved page is, and its facts as JSON.

    They are None where it is not the screen that was named. ``says`` tells a person which screen
    the page is instead.
    """

    facts: str | None
    says: str = ""


def read_saved(
    sites: Sites,
    name: str,
    screen: str,
    file: str,
    *,
    number: str | None = None,
    url: str | None = None,
) -> Reading:
    """Return the facts of a saved page of a site's screen.

    Of a screen that has no reader, they are what its site file says of it. Raises BadInput for an
    unknown site or screen, or a file that can't be read.
    """
    site = sites.site(name)
    if screen not in site.screens:
        known = ", ".join(site.screens)
        raise BadInput(f"{name} has no screen {screen}; there are: {known}.")
    try:
        source = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(f"{file} can't be read ({reason}).") from None
    others = [other for other in sites.all() if other is not site]
    found = next(_screens([site, *others], source, url, number or ""), None)
    if found is None:
        return Reading(None, f"{file} is not {name} {screen}, and no screen that is known.")
    if (found.site.name, found.screen) != (name, screen):
        is_it = f"{found.site.name} {found.screen}"
        return Reading(None, f"{file} is not {name} {screen}; it is {is_it}.")
    reader = READERS.get(name, {}).get(screen)
    facts = reader(found.page, site, number or "") if reader else _known_of(found)
    return Reading(indented_json(facts))


@dataclass(frozen=True, slots=True)
class _Found:
    page: PageSnapshot
    site: Site
    screen: str


def _screens(sites: list[Site], source: str, url: str | None, number: str) -> Iterator[_Found]:
    """Yield the screens whose guards hold, in the order in which the robot tries them.

    A file has no address. Where none is given, a screen is tried at the one that its site file
    knows for it, and what only an address could prove stays unproven.
    """
    page = PageSnapshot(url or "", source)
    for site in sites:
        shown = number or _shown(page, site)
        for name, screen in site.screens.items():
            place = page if url is not None else page.at(_address(site, screen, shown))
            is_proven = url is not None or screen.needs_content
            if is_proven and site.has_host(place.url) and place.matches(screen):
                yield _Found(place, site, name)


def _known_of(found: _Found) -> dict[str, str]:
    """Return what the site file says of a screen that nothing is read from."""
    screen = found.site.screens[found.screen]
    said = {"screen": found.screen, "stop": screen.stop or "", "say": screen.say}
    return {key: value for key, value in said.items() if value}


def _shown(page: PageSnapshot, site: Site) -> str:
    """Return the order number that a page shows, "" for none."""
    if "order_number" not in site.elements:
        return ""
    shown = read_numbers(page, site)
    return (shown.pop() or "") if len(shown) == 1 else ""


def _address(site: Site, screen: Screen, number: str) -> str:
    """Return the site file's own address of a screen, else one that proves nothing."""
    addresses = (site.url(key, number=number, instance="_") for key in site.urls)
    known = (one for one in addresses if screen.url and screen.is_at(one))
    host = screen.host or site.hosts[-1].replace("*", "any")
    return next(known, f"https://{host}/saved-page")
