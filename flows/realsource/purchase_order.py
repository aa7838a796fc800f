"""Find a PO in RealSource, open it, and read it.

Each time from nothing: by the quick search first, then at the address that it led to. Known from:
VCU's public pages (A), guides and public scripts for the same product (B).
"""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from dataclasses import replace

from flows.realsource.counts import own_tab, read_count, read_tab
from flows.realsource.details import read_number, read_po
from flows.realsource.readers import read_actions
from flows.realsource.results import Answer, Results, answer_of, read_results
from flows.realsource.sign_in import sign_in
from flows.waiting import wait_until
from robot.browser.visit import Visit
from robot.cancellation.orders import PoFacts, PoStatus
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site

_PO = ("po", "po_by_title")
_RESULTS = ("results", "no_results")
#: Other pages that have the quick search.
_SIGNED_IN = ("home", "signed_in_page")
#: How many pages of results are looked through for a second PO of the same number.
_MAX_PAGES = 5
#: How long (s) a page of results may take to answer, and must then stay as it is.
_RESULTS_SECONDS = 8.0
_STEADY_SECONDS = 0.15
#: How long (s) the parts of a PO's page may come after its heading.
_PARTS_SECONDS = 3.0
#: What may open the PO's actions: what is called so; what may be; the PO's title; anything that
#: opens a menu.
_OPENERS = ("actions_button", "actions_more", "actions_title", "actions_popup")
#: How long (s) a menu's entries may come after the menu, and all of it may take.
_ENTRIES_SECONDS = 1.5
_MENU_SECONDS = 6.0
#: How long (s) a tab's list may come after the tab.
_TAB_SECONDS = 5.0
#: How long (s) a menu is left alone before it is read again.
_PAUSE = 0.06


def look(visit: Visit, po: str, *, vendor: str, addresses: MutableMapping[str, str]) -> PoFacts:
    """Read a PO from a fresh load, with the labels of its action menu.

    For ``addresses`` see ``open_po``. Raises NeedsPerson, SystemFailure.
    """
    found = open_po(visit, po, addresses)
    if isinstance(found, PoFacts):
        visit.screenshot(f"RealSource search for PO {po}")
        return found
    before = wait_for_po(visit, vendor)
    actions = open_action_menu(visit) if before.status is PoStatus.OPEN else ()
    facts = read_po(visit.look().page, visit.site, vendor, actions)
    if actions:  # a long menu may have it further down
        visit.controls.bring_into_view(visit.site, "cancel_action")
    visit.screenshot(f"RealSource PO {facts.status}")
    visit.keep_text(
        "RealSource PO as read",
        f"{facts.text}; actions: {', '.join(actions) or 'not opened'};"
        f" not read: {', '.join(facts.unread) or 'nothing'}",
    )
    return _counted(visit, facts) if facts.status is PoStatus.OPEN else facts


def wait_for_po(visit: Visit, vendor: str) -> PoFacts:
    """Return the PO once its page shows all its parts, or as it is when time is over."""

    def is_whole(facts: PoFacts) -> bool:
        is_open = facts.status is PoStatus.OPEN
        has_parts = facts.supplier is not None and facts.total is not None
        return has_parts and facts.line_count is not None if is_open else _is_known(facts)

    return wait_until(
        visit,
        lambda: read_po(visit.look().page, visit.site, vendor),
        _PARTS_SECONDS,
        enough=is_whole,
        on_change=True,
    )


def _is_known(facts: PoFacts) -> bool:
    return facts.status is not PoStatus.UNKNOWN


def open_po(visit: Visit, po: str, addresses: MutableMapping[str, str]) -> Location | PoFacts:
    """Load the PO's page at its known address, else by the quick search.

    ``addresses`` are those that searches led to. One that shows another page now, or none in time,
    is forgotten. Where the search leads to no single PO, the answer is facts that say NOT_FOUND or
    SEVERAL. Raises NeedsPerson, SystemFailure.
    """
    site = visit.site
    known = addresses.pop(po, None)
    if known is not None:
        here = _signed_in_at(visit, known)
        if here.page.url == known:
            here = visit.wait_for_screen(*_PO, seconds=_PARTS_SECONDS)
        if here.site is site and here.screen in _PO and read_number(here.page, site) == po:
            addresses[po] = known
            return here
    instance = visit.access.credentials.choice(site)
    here = _signed_in_at(
        visit, site.url("sso", instance=instance) if instance else site.url("start")
    )
    if here.site is not site or here.screen not in {*_SIGNED_IN, *_RESULTS, *_PO}:
        raise visit.unknown_page(here, "signing in to RealSource")
    found = _search(visit, here, po)
    if isinstance(found, Location):
        addresses[po] = found.page.url
    return found


def _signed_in_at(visit: Visit, address: str) -> Location:
    """Load an address, sign in where that is asked, and return where it led."""
    before = visit.goto(address)
    here = sign_in(visit, before)
    if here is not before:
        visit.access.signed_in()
    return here


def _search(visit: Visit, here: Location, po: str) -> Location | PoFacts:
    """Search for a PO and open the one that is listed.

    Facts where that leads to no single one.
    """
    after = _results(visit, here, po)
    if after.screen in _PO:
        return after
    pages = [read_results(after.page, visit.site, po)]
    while answer_of(tuple(pages), po) is Answer.MORE and len(pages) < _MAX_PAGES:
        after = _next_page(visit, after, po)
        pages.append(read_results(after.page, visit.site, po))
    answer = answer_of(tuple(pages), po)
    if answer is not Answer.ONE:
        return _not_one(visit.site, po, tuple(pages), answer)
    at = next(n for n, page in enumerate(pages) if po in dict(page.rows))
    if at < len(pages) - 1:
        after = _results(visit, after, po)
        for _ in range(at):
            after = _next_page(visit, after, po)
    return _open_row(visit, after, po)


def _results(visit: Visit, here: Location, po: str) -> Location:
    """Search for a PO, and return the page that answers."""
    site = visit.site
    visit.controls.choose(site, "search_type", site.choices["search_type"])
    visit.controls.fill(site, "search_terms", po)
    visit.controls.click(site, "search")
    after = visit.wait_for_screen(*_RESULTS, *_PO, leaving=here, seconds=15)
    is_new = after.page.document_id != here.page.document_id
    if not is_new or after.screen not in {*_RESULTS, *_PO}:
        raise visit.unknown_page(after, f"searching for PO {po}")
    return after if after.screen in _PO else _told(visit, po)


def _next_page(visit: Visit, here: Location, po: str) -> Location:
    """Go on to the next page of the results, and return it."""
    before = read_results(here.page, visit.site, po).rows
    visit.controls.click(visit.site, "next_page")

    def has_turned(after: Location) -> bool:
        is_new = after.page.document_id != here.page.document_id
        rows = read_results(after.page, visit.site, po).rows
        return bool(rows) and (is_new or rows != before)

    after = wait_until(visit, visit.look, _RESULTS_SECONDS, enough=has_turned, on_change=True)
    if not has_turned(after) or after.screen not in _RESULTS:
        raise visit.unknown_page(after, f"turning the pages of a search for PO {po}")
    return _told(visit, po)


def _told(visit: Visit, po: str) -> Location:
    """Return a page of results once it answers and stays as it is."""
    before: Results | None = None

    def is_steady(after: Location) -> bool:
        nonlocal before
        results = read_results(after.page, visit.site, po)
        same = results == before
        before = results
        return results.is_told and same

    return wait_until(visit, visit.look, _RESULTS_SECONDS, enough=is_steady, pause=_STEADY_SECONDS)


def _open_row(visit: Visit, here: Location, po: str) -> Location:
    """Open the row of the results that is the PO's."""
    nth = dict(read_results(here.page, visit.site, po).rows).get(po)
    if nth is None:
        raise visit.unknown_page(here, f"opening PO {po} from the results")
    visit.controls.click(visit.site, "result_links", nth=nth)
    opened = visit.wait_for_screen(*_PO, leaving=here, seconds=15)
    if opened.screen not in _PO:
        raise visit.unknown_page(opened, f"opening PO {po}")
    return opened


def _not_one(site: Site, po: str, pages: tuple[Results, ...], answer: Answer) -> PoFacts:
    """Return the facts of a search that leads to no single PO."""
    listed = [number for page in pages for number, _ in page.rows]
    # A link may also be called otherwise than by a number.
    told = (one if site.matches("po", one) else "another document" for one in listed[:5])
    what = f"RealSource lists {', '.join(told) or 'nothing'}"
    if answer is Answer.NONE:
        none = f"RealSource finds no PO {po}"
        return PoFacts(po, PoStatus.NOT_FOUND, text=f"{what}, not {po}" if listed else none)
    if answer is Answer.SEVERAL:
        return PoFacts(po, PoStatus.SEVERAL, text=what)
    more = "there are further pages" if answer is Answer.MORE else "the list is not proven whole"
    return PoFacts(
        po,
        PoStatus.UNKNOWN,
        text=f"{what}, and {more}",
        unread=("the results of the search",),
    )


def open_action_menu(visit: Visit) -> tuple[str, ...]:
    """Open the PO's action menu and return its labels, () where none comes.

    What opens it may be called otherwise, and other menus are there too: the first that has a
    cancel action is left open; where none has, the labels are those of the likeliest.
    """
    site = visit.site
    end = time.monotonic() + _MENU_SECONDS
    tried: list[tuple[str, int]] = []
    best: tuple[str, ...] = ()
    while time.monotonic() < end:
        labels = _entries(visit, _ENTRIES_SECONDS if tried else 0.0)
        best = best or labels
        sure = not tried or tried[-1][0] == _OPENERS[0]
        if labels and (sure or any(site.says("cancel_action", label) for label in labels)):
            return labels
        opener = next((one for one in _openers(visit) if one not in tried), None)
        if opener is not None:
            tried.append(opener)
            visit.controls.click(site, opener[0], nth=opener[1])
        elif best:
            break
        else:
            visit.wait_for_change(end - time.monotonic())
    return best


def _openers(visit: Visit) -> list[tuple[str, int]]:
    """Return what may open the menu, likeliest first, and no control twice.

    Each is an element's key and which of its matches.
    """
    page = visit.look().page
    seen: set[object] = set()
    found: list[tuple[str, int]] = []
    for key in _OPENERS:
        for nth, control in enumerate(page.find(visit.site.element(key))):
            if control not in seen:
                seen.add(control)
                found.append((key, nth))
    return found


def _entries(visit: Visit, seconds: float) -> tuple[str, ...]:
    """Return an open menu's labels once they stay, () where none come in time."""

    def read() -> tuple[str, ...]:
        return read_actions(visit.look().page, visit.site)

    before = wait_until(visit, read, seconds, pause=0.0, on_change=True)
    if not before:
        return ()

    def stay(labels: tuple[str, ...]) -> bool:
        nonlocal before
        same = labels == before
        before = labels
        return same

    visit.pause(_PAUSE)
    return wait_until(visit, read, _MENU_SECONDS, enough=stay, pause=_PAUSE)


def _counted(visit: Visit, facts: PoFacts) -> PoFacts:
    """Return the PO with what its page does not count and its tabs list.

    The tabs are opened, and nothing is done there.
    """
    counts = {
        "invoices": facts.invoices,
        "receipts": facts.receipts,
        "change_requests": facts.change_requests,
    }
    page = visit.look().page
    untold = {w: read_count(page, visit.site, w) for w, count in counts.items() if count is None}
    for what, count in counts.items():
        before = visit.look().page
        nth = own_tab(before, visit.site, what)
        if count is None and nth is not None:
            visit.controls.click(visit.site, f"{what}_tab", nth=nth)
            counted = _tab_count(visit, what, before, facts.number)
            is_against = counted == 0 and untold[what].is_contradicted
            counts[what] = None if is_against else counted
            visit.screenshot(f"RealSource PO: {what.replace('_', ' ')}")
    invoices, receipts, change_requests = counts.values()
    told = {count.unread for what, count in untold.items() if counts[what] is not None}
    return replace(
        facts,
        invoices=invoices,
        receipts=receipts,
        change_requests=change_requests,
        unread=tuple(one for one in facts.unread if one not in told),
    )


def _tab_count(visit: Visit, what: str, before: PageSnapshot, number: str) -> int | None:
    """Return how many of ``what`` the PO's open tab lists.

    None where it does not tell in time. A page that is not of this PO tells nothing of it.
    """

    def read() -> int | None:
        page = visit.look().page
        if read_number(page, visit.site) != number:
            return None
        return read_tab(page, visit.site, what, before)

    return wait_until(
        visit, read, _TAB_SECONDS, enough=lambda told: told is not None, on_change=True
    )
