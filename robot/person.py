"""The person at the keyboard: who asked, and who decided."""

from __future__ import annotations

import getpass
import os


def whoami() -> str:
    """The name of the account, also behind sudo; ``unknown`` where the machine has none for it."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
