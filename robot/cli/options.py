"""What several commands need.

These are the options they share, who is at the keyboard, a duration as it is typed, and the
database of the settings.
"""

from __future__ import annotations

import getpass
import os
import re

from robot.errors import BadInput
from robot.settings import LONGEST


def whoami() -> str:
    """Return the name of the account, also behind sudo.

    It is ``unknown`` where the machine has none for it.
    """
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def seconds(text: str) -> float:
    """Return the seconds of a duration like ``90``, ``90s``, ``30m`` or ``2h``.

    Raises BadInput.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower(), re.ASCII)
    told = (
        float(found.group(1)) * {"": 1, "s": 1, "m": 60, "h": 3600}[found.group(2)]
        if found
        else LONGEST + 1
    )
    if told > LONGEST:
        raise BadInput(f"{text[:60]!r} is no duration; write it like 90s, 30m or 2h, up to 720h.")
    return told
