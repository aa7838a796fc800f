"""Find a PO in RealSource, open it, and read it: each time from nothing.

Known from: VCU's public pages (A), guides and public scripts for the same product (B).
"""

from __future__ import annotations

import time
from dataclasses import replace

from flows.realsource.readers import read_actions, read_po, read_results, read_tab
from flows.realsource.sign_in import sign_in
from flows.waiting import wait_until
from robot.browser.visit import Visit
from robot.cancellation.orders import PoFacts, PoStatus
from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site

_PO = ("po", "po_by_title")
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


def look(visit: Visit, po: str, *, vendor: str) -> PoFacts:
    """Read a PO from a fresh load, with the labels of its action menu.

    Raises NeedsPerson, SystemFailure.
    """
    found = open_po(visit, po)
    if isinstance(found, PoFacts):
        visit.screenshot(f"RealSource search for PO {po}")
        return found
    actions = (
        open_action_menu(visit)
        if read_po(found.page, visit.site, vendor).status is PoStatus.OPEN
        else ()
    )
    facts = read_po(visit.look().page, visit.site, vendor, actions)
    visit.screenshot(f"RealSource PO {facts.status}")
    visit.keep_text(
        "RealSource PO as read", f"{facts.text}; actions: {', '.join(actions) or 'not opened'}"
    )
    return _counted(visit, facts) if facts.status is PoStatus.OPEN else facts


def open_po(visit: Visit, po: str) -> Location | PoFacts:
    """Open the PO's page by the quick search.

    Where that leads to no single PO, the answer is facts that say NOT_FOUND or SEVERAL. Raises
    NeedsPerson, SystemFailure.
    """
    site = visit.site
    instance = visit.access.credentials.choice(site)
    here = visit.goto(site.url("sso", instance=instance) if instance else site.url("start"))
    before = here
    here = sign_in(visit, here)
    if here is not before:
        visit.access.signed_in()
    if here.site is not site or here.screen not in {"home", "results", "no_results", *_PO}:
        raise visit.unknown_page(here, "signing in to RealSource")
    visit.controls.choose(site, "search_type", site.choices["search_type"])
    visit.controls.fill(site, "search_terms", po)
    visit.controls.click(site, "search")
    after = visit.wait_for_screen("results", "no_results", *_PO, leaving=here, seconds=15)
    if after.page.document_id == here.page.document_id or after.screen not in {
        "results",
        "no_results",
        *_PO,
    }:
        raise visit.unknown_page(after, f"searching for PO {po}")
    if after.screen in _PO:
        return after
    rows = read_results(after.page, site, po)
    if not rows:
        return PoFacts(po, PoStatus.NOT_FOUND, text=f"RealSource finds no PO {po}")
    if len(rows) > 1 or after.page.find(site.element("next_page")):
        return PoFacts(
            po,
            PoStatus.SEVERAL,
            text=f"RealSource lists {_listed(site, rows[:5])}",
        )
    number, nth = rows[0]
    if number != po:
        return PoFacts(po, PoStatus.NOT_FOUND, text=f"RealSource lists only {_listed(site, rows)}")
    visit.controls.click(site, "result_links", nth=nth)
    opened = visit.wait_for_screen(*_PO, leaving=after, seconds=15)
    if opened.screen not in _PO:
        raise visit.unknown_page(opened, f"opening PO {po}")
    return opened


def _listed(site: Site, rows: tuple[tuple[str, int], ...]) -> str:
    """Return the numbers of listed documents; a link may also be called otherwise."""
    return ", ".join(
        number if site.matches("po", number) else "another document" for number, _ in rows
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
            visit.pause(_PAUSE)
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
    end = time.monotonic() + seconds
    before: tuple[str, ...] = ()

    def stay(labels: tuple[str, ...]) -> bool:
        nonlocal before
        same = labels == before
        before = labels
        return same and (bool(labels) or time.monotonic() >= end)

    return wait_until(
        visit,
        lambda: read_actions(visit.look().page, visit.site),
        seconds + _MENU_SECONDS,
        enough=stay,
        pause=_PAUSE,
    )


def _counted(visit: Visit, facts: PoFacts) -> PoFacts:
    """Fill in what the PO's page does not count, from its tabs.

    They are opened, and nothing is done there.
    """
    counts = {
        "invoices": facts.invoices,
        "receipts": facts.receipts,
        "change_requests": facts.change_requests,
    }
    for what, count in counts.items():
        tab = visit.site.element(f"{what}_tab")
        before = visit.look().page
        if count is None and before.find(tab):
            visit.controls.click(visit.site, f"{what}_tab")
            counts[what] = _tab_count(visit, what, before)
            visit.screenshot(f"RealSource PO: {what.replace('_', ' ')}")
    invoices, receipts, change_requests = counts.values()
    return replace(facts, invoices=invoices, receipts=receipts, change_requests=change_requests)


def _tab_count(visit: Visit, what: str, before: PageSnapshot) -> int | None:
    """Return how many of ``what`` its tab lists, None where it does not tell in time."""
    return wait_until(
        visit,
        lambda: read_tab(visit.look().page, visit.site, what, before),
        _TAB_SECONDS,
        enough=lambda told: told is not None,
    )
