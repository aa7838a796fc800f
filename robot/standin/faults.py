"""What can go wrong with an answer.

Set by tests, by the control address, or by a scenario.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal["latency", "slow_body", "status", "reset", "lost_reply", "sign_out", "clutter"]


@dataclass(slots=True)
class SiteFault:
    """One fault.

    It strikes requests whose ``METHOD host/path`` contains ``match``, ``times`` times (None:
    always). ``latency`` waits ``value`` seconds before the answer; ``slow_body`` drips the body
    over ``value`` seconds; ``status`` answers with the HTTP status ``value`` instead of asking the
    site; ``reset`` drops the connection before the site is asked; ``lost_reply`` asks the site (its
    state changes) and then drops the connection; ``sign_out`` ends the session of the site before
    it is asked; ``clutter`` puts ``value`` sections of other things below a page.
    """

    kind: FaultKind
    match: str = ""
    value: float = 0.0
    times: int | None = 1
    probability: float = 1.0


@dataclass(slots=True)
class Faults:
    """The faults in force, in the order in which they were set."""

    seed: int = 0
    faults: list[SiteFault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: Callable[[], float] | None = None

    def add(self, fault: SiteFault) -> None:
        """Put one more fault in force."""
        with self._lock:
            self.faults.append(fault)

    def clear(self) -> None:
        """Take every fault away."""
        with self._lock:
            self.faults.clear()

    def strike(self, request: str) -> list[SiteFault]:
        """Return the faults that hit this request, each counted down.

        ``request`` is ``METHOD host/path?query``.
        """
        with self._lock:
            if self._random is None:
                self._random = random.Random(self.seed).random  # noqa: S311 - a dial, no secret
            hit = [f for f in self.faults if f.match in request and self._random() < f.probability]
            for fault in hit:
                if fault.times is not None:
                    fault.times -= 1
            self.faults = [f for f in self.faults if f.times is None or f.times > 0]
            return hit
