"""What the browsers of a lane are started with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from robot.settings import Settings
    from robot.sites.location import Location

#: Is shown each page, with its site's name, before it loads anything: the recorder, the replayer.
OnPage = Callable[[str, "Page"], None]
#: Is told where a visit is, each time that it looks at a page that has changed.
OnLook = Callable[["Location"], None]


def ignore_page(_site: str, _page: Page) -> None:
    """Do nothing with a new page."""


def ignore_look(_here: Location) -> None:
    """Do nothing with a look at a page."""


@dataclass(frozen=True, slots=True)
class LaneOptions:
    """What a lane's browsers are started with, one after the other."""

    settings: Settings
    #: Tells lanes apart (from 1): each has profiles of its own, and they share the remote browsers.
    number: int = 1
    headed: bool = False
    on_page: OnPage = ignore_page
    on_look: OnLook = ignore_look
    #: What the browser itself is told of hosts, where only the proxies may know the settings' own.
    browser_hosts: Mapping[str, str] | None = None

    @property
    def remote(self) -> str | None:
        """Return the address of this lane's remote browser.

        None where it is on this machine.
        """
        addresses = self.settings.browser_ws
        return addresses[(self.number - 1) % len(addresses)] if addresses else None

    @property
    def names_product(self) -> bool:
        """Tell whether the sites are told that the browser is this program's."""
        wanted = self.settings.user_agent
        return self.headed if wanted is None else wanted

    @property
    def kept_profile(self) -> bool:
        """Tell whether a profile is kept for each account.

        One is for live sites in a browser on this machine.
        """
        return not self.settings.uses_stand_ins and self.remote is None
