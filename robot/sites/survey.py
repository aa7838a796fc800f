"""Survey what the site files find on the pages that a look leads to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec.structs import replace

from robot.sites.location import Location
from robot.sites.page import PageSnapshot
from robot.sites.site_file import Site


@dataclass(frozen=True, slots=True)
class ElementSeen:
    """An element of a site file as it was found on a screen.

    ``found`` is how many there are on one page, the most of several pages. ``way`` tells which of
    its ``ways`` (candidates, from 1) found it. ``verified`` is what the site file says of it.
    """

    name: str
    screen: str
    found: int
    way: int
    ways: int
    verified: bool


@dataclass(frozen=True, slots=True)
class SiteSurvey:
    """What was seen of one site.

    ``screens`` has how many pages were each screen, ``unknown_pages`` the host and path of those
    that no screen of the site file fits but one that passes, and ``not_seen`` the elements that
    were on none.
    """

    site: Site
    screens: dict[str, int]
    elements: tuple[ElementSeen, ...]
    not_seen: tuple[str, ...]
    unknown_pages: tuple[str, ...]

    @property
    def looked_at(self) -> bool:
        """Tell whether any page of the site was seen."""
        return bool(self.screens or self.unknown_pages)

    def on(self, screen: str) -> list[ElementSeen]:
        """Return the elements that were found on a screen."""
        return [element for element in self.elements if element.screen == screen]


class Survey:
    """Keeps the pages that a look leads to, and tells what the site files find there."""

    def __init__(self) -> None:
        """Begin with no page."""
        self._seen: dict[tuple[str, float, str | None], Location] = {}

    def take(self, here: Location) -> None:
        """Keep a page of a site, in place of an earlier state of the same screen."""
        if here.site is not None and here.page.document_id:
            self._seen[here.site.name, here.page.document_id, here.screen] = here

    def of(self, site: Site) -> SiteSurvey:
        """Return what was seen of a site.

        A page that was no known screen, or one that passes, and became one that stays counts as
        that screen alone.
        """
        seen = [here for (name, _, _), here in self._seen.items() if name == site.name]
        known = [here for here in seen if here.guard is not None and not here.guard.transient]
        documents = {here.page.document_id for here in known}
        strange = [here for here in seen if here.page.document_id not in documents]
        elements = tuple(_elements(site, known))
        found = {element.name for element in elements}
        return SiteSurvey(
            site,
            dict(Counter(here.screen for here in known if here.screen is not None)),
            elements,
            tuple(name for name in site.elements if name not in found),
            tuple(dict.fromkeys(_place(here.page) for here in strange)),
        )


def _elements(site: Site, known: list[Location]) -> list[ElementSeen]:
    """Return each element on each screen where it was found."""
    best: dict[tuple[str, str], ElementSeen] = {}
    for here in known:
        for name in site.elements:
            element = _seen(here, site, name)
            if element is None:
                continue
            before = best.get((element.screen, name))
            if before is None or before.found < element.found:
                best[element.screen, name] = element
    return list(best.values())


def _seen(here: Location, site: Site, name: str) -> ElementSeen | None:
    """Return an element as a page has it, None where it is not there."""
    element = site.elements[name]
    for way, candidate in enumerate(element.candidates, 1):
        found = here.page.find(replace(element, candidates=(candidate,)))
        if found:
            ways = len(element.candidates)
            return ElementSeen(name, here.screen or "", len(found), way, ways, element.verified)
    return None


def _place(page: PageSnapshot) -> str:
    """Return where a page is, without what a query may tell of anybody."""
    address = urlsplit(page.url)
    return f"{address.hostname or ''}{address.path}"
