"""A lane is the handle of one browser and of the thread that owns it.

Any thread may use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Self, TypeVar

import structlog

from robot.browser.contexts import LaneBrowser
from robot.browser.launch.options import (
    LaneOptions,
    OnLook,
    OnPage,
    ignore_look,
    ignore_page,
)
from robot.browser.thread import WorkerThread
from robot.errors import BrowserDied

if TYPE_CHECKING:
    from robot.browser.launch.driver import HeadStart
    from robot.settings import Settings

_T = TypeVar("_T")
log = structlog.get_logger()

#: How long (s) a browser may take to close of itself, and a thread to come back once its browser
#: was killed.
_CLOSING = 10.0
_COMING_BACK = 3.0


class Lane:
    """One browser and the thread that owns it.

    Use it as a context manager; ``run`` is the only way to the browser.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        number: int = 1,
        headed: bool = False,
        on_page: OnPage = ignore_page,
        on_look: OnLook = ignore_look,
        browser_hosts: Mapping[str, str] | None = None,
        start: HeadStart | None = None,
    ) -> None:
        """Start the thread, or go on with that of a head ``start``.

        The browser comes with the first context. ``on_page`` and ``on_look`` are called in the
        thread. For the rest see LaneOptions.
        """
        self._options = LaneOptions(settings, number, headed, on_page, on_look, browser_hosts)
        self._thread = start.thread if start else WorkerThread(f"lane-{number}")
        self._killing = threading.RLock()
        self._browser = LaneBrowser(self._options, start.driver if start else None)

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the browser and end the thread."""
        try:
            self.renew()
        finally:
            self._thread.close()

    @property
    def number(self) -> int:
        """Return the number (from 1) that tells lanes apart."""
        return self._options.number

    def run(self, work: Callable[[LaneBrowser], _T], *, seconds: float | None = None) -> _T:
        """Do ``work`` in the lane's thread and wait for it, for ``seconds`` where given.

        Raises BrowserDied when it takes longer: the browser was killed then, and the next page
        comes from a clean one.
        """
        job: Future[_T] = self._thread.submit(self._work, work)
        try:
            return job.result(seconds)
        except TimeoutError:
            if job.done():
                return job.result()
        log.warning("The browser hangs and is killed.", lane=self.number, seconds=seconds)
        self.kill()
        msg = f"The browser did not come back within {seconds:.0f} seconds and was ended."
        raise BrowserDied(msg, next_step="Run it again; see vendorfirst doctor.")

    def begin(self, work: Callable[[LaneBrowser], object]) -> None:
        """Have ``work`` done in the lane's thread, and do not wait for it.

        What goes wrong in it is met again by whoever needs what it was to prepare.
        """
        self._thread.submit(self._work, work)

    def reset(self, settings: Settings, on_page: OnPage = ignore_page) -> None:
        """Close what is open in the browser, and use it on with other settings."""
        options = replace(self._options, settings=settings, on_page=on_page)
        self.run(lambda browser: browser.reset(options))
        self._options = options

    def kill(self) -> None:
        """End the browser for good, from any thread.

        Who waits for work in the lane gets an error. When this returns, nothing that the browser
        was still about to send gets out, no process of it is left, and the lane has a working
        thread and no browser.
        """
        with self._killing:
            browser = self._browser
            browser.end()
            if self._closes(browser, _COMING_BACK):
                return
            browser.kill_driver()
            if self._closes(browser, _COMING_BACK):
                return
            log.warning("The lane's thread hangs and is replaced.", lane=self.number)
            self._thread.abandon(BrowserDied("The browser was ended.", next_step="Run it again."))
            browser.release_profiles()
            self._browser = LaneBrowser(self._options)
            self._thread = WorkerThread(f"lane-{self.number}")

    def renew(self) -> None:
        """Throw the browser away, so that the next page comes from a clean one.

        It is for a browser that died or hangs.
        """
        browser = self._browser
        if self._thread.is_current():
            self._close(browser)
        elif not self._closes(browser, _CLOSING):
            self.kill()

    def _work(self, work: Callable[[LaneBrowser], _T]) -> _T:
        return work(self._browser)

    def _closes(self, browser: LaneBrowser, seconds: float) -> bool:
        try:
            self._thread.submit(self._close, browser).result(seconds)
        except TimeoutError:
            return False
        return True

    def _close(self, browser: LaneBrowser) -> None:
        browser.close()
        if self._browser is browser:
            self._browser = LaneBrowser(self._options)
