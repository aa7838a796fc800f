"""The exit statuses of the commands, for scripts that act on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

EXIT_DONE: Final = 0
EXIT_BAD: Final = 2
EXIT_REFUSED: Final = 3
EXIT_PENDING: Final = 4
EXIT_NEEDS_PERSON: Final = 5
EXIT_FAILED: Final = 6
#: Whoever was asked said no, and nothing was pressed.
EXIT_DECLINED: Final = 7
#: Another process is at work on it.
EXIT_BUSY: Final = 8
#: Ctrl-C, and nothing that was pressed is without its end.
EXIT_INTERRUPTED: Final = 130

#: From good to bad: of several orders, the worst counts.
_SEVERITY: Final = (
    EXIT_DONE,
    EXIT_DECLINED,
    EXIT_REFUSED,
    EXIT_BUSY,
    EXIT_PENDING,
    EXIT_NEEDS_PERSON,
    EXIT_FAILED,
)


def worst(statuses: Iterable[int]) -> int:
    """Return the worst of several orders' statuses."""
    return max(statuses, key=_SEVERITY.index)
