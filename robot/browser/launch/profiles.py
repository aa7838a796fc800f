"""The browser profiles that are kept for live sites.

Each is open in one browser at a time, of whatever process.
"""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import structlog

log = structlog.get_logger()


@contextmanager
def locked_profile(home: Path, site: str, number: int) -> Iterator[Path]:
    """Yield the folder of a site's profile that no other browser has open.

    It is the one of this number (from 1), or the next that is free. A command beside a worker so
    gets one of its own, which knows the kept session but may be asked to prove itself. The folder
    is this browser's own until the context (or the process) ends.
    """
    for n in itertools.count(number):
        folder = home / "profiles" / (site if n == 1 else f"{site}-{n}")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / ".in-use").open("w") as lock:
            if _locked(lock):
                _put_aside_dead_lock(folder)
                yield folder
                return
        log.info("A profile is open in another browser; taking the next one.", profile=folder.name)


def _put_aside_dead_lock(folder: Path) -> None:
    """Take away the lock that a dead Chromium left on a profile.

    A container that is gone leaves it, with the name of a machine that will never come back, and
    Chromium would refuse the profile for good.
    """
    if _is_alive(folder / "SingletonLock"):
        return
    for name in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
        left = folder / name
        if left.is_symlink() or left.exists():
            log.warning("A lock that a dead browser left is put aside.", profile=folder.name)
            left.unlink(missing_ok=True)


def _is_alive(lock: Path) -> bool:
    """Tell whether the browser that a lock names (MACHINE-PID) runs here."""
    if not lock.is_symlink():
        return False
    machine, _, number = str(lock.readlink()).rpartition("-")
    return machine == socket.gethostname() and number.isdecimal() and psutil.pid_exists(int(number))


def _locked(file: IO[str]) -> bool:
    if sys.platform == "win32":
        return True  # there Chromium itself refuses a profile that is open
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        log.warning(
            "This file system has no locks; a profile may be opened twice.", error=error.strerror
        )
    return True
