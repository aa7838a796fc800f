"""Who holds a lease, which is one runner of one process of one machine.

It is named so that others on that machine can see that it is gone.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import secrets
import socket
from pathlib import Path

#: What stands for the start time of a living process that this one may not look at.
_HIDDEN = "hidden"


def new_holder() -> str:
    """Return a new name, ``host.kernel/pid/start/random``, for a runner here.

    ``start`` tells later processes with the same number apart.
    """
    return f"{_here()}/{os.getpid()}/{_started(os.getpid())}/{secrets.token_hex(4)}"


def describe(holder: str) -> str:
    """Name a holder for people, by the machine and the process to look for."""
    parts = holder.rsplit("/", 3)
    if len(parts) != 4:
        return "another process"
    host, pid = parts[0].rpartition(".")[0] or parts[0], parts[1]
    return f"process {pid} on {host}{' (this machine)' if parts[0] == _here() else ''}"


def is_gone(holder: str) -> bool:
    """Return whether a holder's process is surely dead.

    False where that can't be known, as on another machine.
    """
    parts = holder.rsplit("/", 3)
    if len(parts) != 4 or parts[0] != _here() or not parts[1].isdigit():
        return False
    return _started(int(parts[1])) not in {parts[2], _HIDDEN}


@functools.cache
def _here() -> str:
    """Return whose process numbers these are.

    A machine since it was started, or a container; they may share a name.
    """
    told = [socket.gethostname()]
    for path in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        with contextlib.suppress(OSError):
            told.append(Path(path).read_text(encoding="ascii", errors="replace"))
    with contextlib.suppress(OSError):
        told.append(str(Path("/proc/self/ns/pid").readlink()))
    return f"{told[0]}.{hashlib.sha256('/'.join(told).encode()).hexdigest()[:8]}"


def _started(pid: int) -> str:
    """Return the start time of a living process in clock ticks.

    "alive" where the system tells of none, "" for a dead one.
    """
    if not Path("/proc/self/stat").exists():
        return "alive" if is_running(pid) else ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return _HIDDEN if is_running(pid) else ""  # systems may hide the processes of other users
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def is_running(pid: int) -> bool:
    """Tell whether this machine has a process of that number, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
