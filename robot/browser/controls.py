"""The controls of a live page, which flows type in, click and press.

What can't be taken back is pressed with a permit only, and a secret is typed on listed hosts only.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from playwright.sync_api import Error as PlaywrightError

from robot.browser.elements import covering, is_reachable, locate, set_checked
from robot.browser.errors import translating
from robot.browser.press import press, require_one
from robot.browser.snapshot import read_page
from robot.cancellation.presses import PERMIT_SECONDS
from robot.errors import NOTHING_PRESSED, NeedsPerson, SystemFailure
from robot.problems import Problem
from robot.sites.page import accessible_name
from robot.sites.site_file import Site

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from robot.browser.access import Access
    from robot.browser.tab import Tab
    from robot.cancellation.presses import Permit

log = structlog.get_logger()

#: How long (ms) a control may take to be there.
_TIMEOUT = 5_000


class Controls:
    """What a flow does to the controls of one live page.

    All but ``press`` can be undone.
    """

    def __init__(
        self, tab: Tab, title: str, access: Access, screenshot: Callable[[str], None]
    ) -> None:
        """Take the controls of a tab.

        ``title`` is the site's, for sentences; ``screenshot`` keeps a picture of the page.
        """
        self.live = tab.live
        #: The kinds of secrets that were typed on this visit.
        self.typed: set[str] = set()
        self._tab = tab
        self._title = title
        self._access = access
        self._screenshot = screenshot

    def locator(self, site: Site, key: str) -> Locator:
        """Find the visible matches of an element's first candidate that has any."""
        return locate(self.live, site.element(key))

    def click(self, site: Site, key: str, *, nth: int = 0) -> None:
        """Click an element that is no act, the ``nth`` of its visible matches."""
        self._no_act(site, key)
        with translating(self._title):
            self.locator(site, key).nth(nth).click(timeout=_TIMEOUT)

    def bring_into_view(self, site: Site, key: str) -> None:
        """Scroll to an element for the picture that follows, where there is one."""
        with suppress(PlaywrightError):  # it is for the picture alone
            found = self.locator(site, key)
            if found.count():
                found.first.scroll_into_view_if_needed(timeout=_TIMEOUT)

    def is_ready(self, site: Site, key: str) -> bool:
        """Tell whether a control is there exactly once and enabled."""
        control = self.locator(site, key)
        return control.count() == 1 and control.is_enabled()

    def set_checked(self, site: Site, key: str, *, nth: int = 0, on: bool = True) -> None:
        """Tick a box or clear it, whatever state it has.

        It is the ``nth`` of its matches.
        """
        self._no_act(site, key)
        with translating(self._title):
            set_checked(self.locator(site, key).nth(nth), on=on)

    def fill(self, site: Site, key: str, text: str) -> None:
        """Type text that is no secret."""
        with translating(self._title):
            self.locator(site, key).first.fill(text, timeout=_TIMEOUT)

    def value(self, site: Site, key: str) -> str:
        """Return what stands in a field that holds no secret, or "" without such a field."""
        field = self.locator(site, key)
        with translating(self._title):
            return field.first.input_value(timeout=_TIMEOUT) if field.count() else ""

    def choose(self, site: Site, key: str, option: str) -> None:
        """Choose an option of a drop-down by its value or its label."""
        with translating(self._title):
            self.locator(site, key).first.select_option(option, timeout=_TIMEOUT, force=True)

    def press_enter(self, site: Site, key: str) -> None:
        """Send a search box off with the Enter key."""
        self._no_act(site, key)
        with translating(self._title):
            self.locator(site, key).first.press("Enter", timeout=_TIMEOUT)

    def type_secret(self, site: Site, key: str, kind: str) -> None:
        """Type one of the account's secrets, on a listed host only.

        ``kind`` is ``username``, ``password`` or ``code``. A code is minted here, after every wait.
        Raises NeedsPerson on another host, BadSettings where none is set.
        """
        url = self.live.url
        if not site.may_type_secrets(url):
            self._screenshot("wrong host")
            msg = (
                f"{urlsplit(url).hostname or url} asks for the {kind} of {site.title}; it is not a"
                " listed host."
            )
            raise NeedsPerson(
                msg,
                problem=Problem.WRONG_HOST,
                next_step="Do not type it there. Look at the screenshot.",
            )
        locator = self.locator(site, key).first
        with translating(self._title):
            locator.wait_for(timeout=_TIMEOUT)
        self._access.before_secret()
        value = self._access.credentials.value(site, kind, session=self._access.site.name)
        if not site.may_type_secrets(self.live.url):
            msg = (
                f"The page moved to {urlsplit(self.live.url).hostname} while the {kind} was about"
                " to be typed."
            )
            raise NeedsPerson(msg, problem=Problem.WRONG_HOST)
        self._access.typed_secret()
        self.typed.add(kind)
        with translating(self._title):
            locator.fill(value, timeout=_TIMEOUT)

    def _no_act(self, site: Site, key: str) -> None:
        if site.element(key).act:
            control = key.replace("_", " ")
            msg = (
                f"The control “{control}” of {site.title} can't be taken back, and is pressed"
                " only with a permit."
            )
            raise SystemFailure(
                msg, problem=Problem.NOT_PERMITTED, touched=NOTHING_PRESSED, retry=False
            )

    @property
    def declined(self) -> str:
        """Return what the page asked since the last press and was answered with *No*.

        "" where it asked nothing.
        """
        return "; ".join(self._tab.questions.declined)

    def _uncover(self, site: Site, control: Locator, what: str) -> None:
        """See to it that a press would arrive.

        The layers that the site file names are dismissed. Raises NeedsPerson where something else
        covers the control.
        """
        if is_reachable(control):
            return
        for key in site.layers:
            layer = self.locator(site, key)
            if layer.count() == 1:
                self.click(site, key)
        if is_reachable(control):
            return
        self._screenshot("covered control")
        msg = f"“{what}” could not be pressed: it is covered by {covering(control)}."
        raise NeedsPerson(
            msg,
            problem=Problem.COVERED,
            touched=NOTHING_PRESSED,
            next_step=(
                "Look at the screenshot: close what covers the page by hand, then run it again."
            ),
        )

    def press(self, site: Site, key: str, permit: Callable[[], Permit]) -> None:
        """Press an irreversible control that is found once, with its own text.

        It is found by its first rule. The intent is committed just before the press. Raises
        NeedsPerson, SystemFailure or LeaseUnavailable only while it was not pressed.
        """
        page = read_page(self.live, self._title)
        named = [accessible_name(e) for e in page.find(site.element(key))] if page else []
        if not site.element(key).act or len(named) != 1:
            msg = (
                f"The control to press at {site.title} ({key.replace('_', ' ')}) was found"
                f" {len(named)} times with the right text."
            )
            raise NeedsPerson(
                msg,
                touched=NOTHING_PRESSED,
                next_step="Look at the screenshot; the site may have changed.",
            )
        control = self.locator(site, key)
        with translating(self._title):
            require_one(control, named[0])
            self._uncover(site, control, named[0])
        self._tab.reset_connections()
        granted = permit()
        self._tab.questions.expect(site.element(key).question, PERMIT_SECONDS)
        try:
            press(control, granted)
        except PlaywrightError as error:
            # It may have counted: the flow reads the page that follows, and then the order or PO
            # afresh.
            log.warning(
                "The press was not acknowledged.",
                control=f"{site.name}.{key}",
                error=type(error).__name__,
            )
        self._tab.watch()
