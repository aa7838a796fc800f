"""The right to press one irreversible control once, now."""

from __future__ import annotations

from dataclasses import dataclass

#: A permit older than this (seconds) is void: its holder slept, and somebody else may have taken
#: over.
PERMIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to press one irreversible control once, now.

    Only the ledger makes one, when it commits the intent. ``committed`` is the second of the
    commit, of ``boot_seconds``: a process or a machine that slept since must not press.
    """

    resource: str
    token: int
    committed: float
