"""Playwright's driver, the process that starts browsers and is spoken to.

It imports Playwright and little else: whoever is in a hurry starts it before anything else.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from robot.browser.launch.processes import ProcessTree
from robot.browser.thread import WorkerThread
from robot.settings import without_secrets

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

#: A signal to the whole process group is this program's to answer: what is in the middle of a press
#: must stay. The driver and its browsers end with this program in any case, as their pipes do.
_IGNORE_SIGNALS = (
    "--import=data:text/javascript,['SIGINT','SIGTERM','SIGHUP'].map(s=>process.on(s,()=>{}))"
)
#: What the driver's engine may keep (MiB) of young things before it looks which are garbage: as it
#: comes it keeps some 20 MiB more, for as long as the driver runs, and is no faster.
_SMALL_HEAP = "--max-semi-space-size=4"
#: Where the driver's engine (Node 22.1 and later) keeps what it compiled, by its own documentation.
_COMPILED = "NODE_COMPILE_CACHE"


class Driver:
    """Owns one driver at most, and the processes that come of it.

    It is for the thread that starts it.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self.processes = ProcessTree()
        self._playwright: Playwright | None = None

    def start(self, home: Path) -> Playwright:
        """Return the driver, which is started where none runs.

        What its engine compiles is kept in the robot's ``home``, where there is one, so the next
        driver starts sooner.
        """
        if self._playwright is None:
            self._playwright = self.processes.start(
                partial(start_driver, _folder_in(home, "driver"))
            )
            # Of a driver that is killed, asyncio would print that nobody asked what became of it.
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        return self._playwright

    def stop(self) -> None:
        """Stop the driver where one runs."""
        if self._playwright is not None:
            self._playwright.stop()
            self._playwright = None


class HeadStart:
    """A lane's thread with a driver that is on its way, before there is a lane."""

    def __init__(self, home: Path) -> None:
        """Have the driver started, and do not wait for it.

        What goes wrong in it is met again by the lane, which starts one where none runs.
        """
        self.thread = WorkerThread("lane-1")
        self.driver = Driver()
        self.thread.submit(self.driver.start, home)


def start_driver(compiled: Path | None = None) -> Playwright:
    """Start Playwright's driver in the environment that it may have, one at a time.

    What its engine compiles is kept in the folder ``compiled`` where given. A folder that can't be
    written to does no harm.
    """
    for name in ("DEBUG", "PWDEBUG"):
        os.environ.pop(
            name, None
        )  # Playwright's own log would write down every password that it types
    before = dict(os.environ)
    for name in before.keys() - without_secrets(before).keys():
        del os.environ[name]  # the driver and its browsers are other programs
    os.environ["NODE_OPTIONS"] = " ".join(
        (before.get("NODE_OPTIONS", ""), _IGNORE_SIGNALS, _SMALL_HEAP)
    )
    if compiled is not None:
        os.environ.setdefault(_COMPILED, str(compiled))
    try:
        return sync_playwright().start()
    finally:
        for name in {"NODE_OPTIONS", _COMPILED} - before.keys():
            os.environ.pop(name, None)
        os.environ.update(before)


def _folder_in(home: Path, name: str) -> Path | None:
    """Return a private folder in the robot's home, None where it can't be made."""
    try:
        (home / name).mkdir(exist_ok=True, mode=0o700)
    except OSError:
        return None
    return home / name
