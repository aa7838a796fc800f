"""The processes of a lane, and how to end them for good.

They are Playwright's driver and the browsers that it started.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

_T = TypeVar("_T")
#: How long (s) a process may take to die once it was killed.
_DYING = 5.0
#: Whether the kernel tells which processes a thread started, as most Linux kernels do.
_IS_TOLD = Path("/proc/thread-self/children").exists()
#: Two drivers that started at once could not be told apart.
_STARTING = threading.Lock()


class ProcessTree:
    """One driver and its browsers.

    Each browser leads a process group of its own, which its helpers stay in.
    """

    def __init__(self) -> None:
        self._driver: psutil.Process | None = None
        #: The thread (of the kernel's number) that starts the driver now, and what it had started.
        self._starter = 0
        self._before: set[int] | None = None
        self._seen: set[psutil.Process] = set()
        self._folders: set[Path] = set()

    def start(self, start: Callable[[], _T]) -> _T:
        """Start the driver with ``start``.

        It may be ended from another thread meanwhile.
        """
        with _STARTING:
            self._starter = threading.get_native_id()
            self._before = set(_started_by(os.getpid(), self._starter))
            try:
                started = start()
                self._find_driver()
            finally:
                self._before = None
            if self._driver is None:  # the kernel's list may lack one while another ends
                self._driver = _newest_driver()
        return started

    def note_browsers(self) -> None:
        """Remember the browsers that the driver has just started, at little cost."""
        if self._driver is not None:
            with suppress(psutil.Error):
                for pid in _started_by(self._driver.pid):
                    self._note(psutil.Process(pid))

    def refresh(self) -> None:
        """Remember what runs now.

        When a browser dies, its helpers have no parent any more.
        """
        self._find_driver()
        if self._driver is not None:
            with suppress(psutil.Error):
                self._seen.update(self._driver.children(recursive=True))
                for browser in self._driver.children():
                    self._note(browser)

    def kill_browsers(self) -> None:
        """Kill every browser, stopped ones too."""
        self.refresh()
        leaders = {process for process in self._seen if _leads_a_group(process)}
        for leader in leaders:
            # A number that went to another process since is not ours to kill.
            if leader.is_running() or not psutil.pid_exists(leader.pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(leader.pid, signal.SIGKILL)
        for process in self._seen:
            _kill(process)
        _wait(self._seen)

    def kill_all(self) -> None:
        """Kill everything, the driver too, and take away the folders that it would have."""
        self.kill_browsers()
        if self._driver is not None:
            _kill(self._driver)
            _wait({self._driver})
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)

    def _note(self, browser: psutil.Process) -> None:
        self._seen.add(browser)
        self._folders.update(_passing_profile(browser.cmdline()))

    def _find_driver(self) -> None:
        if self._before is None or self._driver is not None:
            return
        for pid in set(_started_by(os.getpid(), self._starter)) - self._before:
            with suppress(psutil.Error):
                if _is_driver(child := psutil.Process(pid)):
                    self._driver = child


def _started_by(process: int, thread: int | None = None) -> list[int]:
    """Return the numbers of what a process, or a thread of it, started.

    The kernel is asked: psutil looks through every process of the machine, and lets the other
    threads of this one go first at each. Where the kernel tells nothing psutil is asked all the
    same, and tells of all threads. Raises psutil's errors.
    """
    if not _IS_TOLD:
        return [child.pid for child in psutil.Process(process).children()]
    found: list[str] = []
    with suppress(OSError):  # it, or a thread of it, ended while it was asked
        for told in Path(f"/proc/{process}/task").glob(f"{thread or '*'}/children"):
            found += told.read_text().split()
    return [int(pid) for pid in found]


def _newest_driver() -> psutil.Process | None:
    """Return the driver that this program has started last."""
    drivers = [child for child in psutil.Process().children() if _is_driver(child)]
    return max(drivers, key=psutil.Process.create_time, default=None)


def _is_driver(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "run-driver" in process.cmdline()
    return False


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs.

    One that is dead and not yet buried by its parent does not.
    """
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _passing_profile(arguments: list[str]) -> list[Path]:
    """Return the folder that Playwright made for this one browser.

    It is never a profile that is kept.
    """
    named = [Path(a.partition("=")[2]) for a in arguments if a.startswith("--user-data-dir=")]
    return [folder for folder in named if folder.name.startswith("playwright_chromiumdev_profile-")]


def _leads_a_group(process: psutil.Process) -> bool:
    try:
        return os.getpgid(process.pid) == process.pid
    except ProcessLookupError:
        return True  # it is gone, and its group may not be
    except PermissionError:
        return False


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.kill()


def _wait(processes: set[psutil.Process]) -> None:
    end = time.monotonic() + _DYING
    while any(is_alive(process) for process in processes) and time.monotonic() < end:
        time.sleep(0.01)
