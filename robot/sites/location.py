"""Where a visit is, as a page, the site file of its host, and the screen."""

from __future__ import annotations

from dataclasses import dataclass

from robot.sites.page import PageSnapshot
from robot.sites.site_file import Screen, Site


@dataclass(frozen=True, slots=True)
class Location:
    """Where a visit is, as a page, the site with its host, and the screen.

    The screen is None for a page that the site file does not know.
    """

    page: PageSnapshot
    site: Site | None
    screen: str | None

    @property
    def guard(self) -> Screen | None:
        """Return the screen's entry in the site file."""
        return self.site.screens[self.screen] if self.site and self.screen else None

    @property
    def screen_in_words(self) -> str:
        """Return the screen's name as people read it."""
        return (self.screen or "").replace("_", " ")
