"""Access to the sites, for the lanes of one process.

One lane at a time where an account bears no more, and one at a time that signs in.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from robot.cancellation.words.problems import spec_of
from robot.errors import BadSettings, LeaseUnavailable, NeedsPerson, WorkPaused
from robot.problems import Problem, Scope
from robot.sites.credentials import Credentials
from robot.sites.site_file import Site
from robot.storage.lease_keeper import LeaseKeeper, LeaseRenewer
from robot.storage.ledger import Ledger

_BEGIN_ANEW: Final = (
    "Mend it in .env, or sign in yourself (vendorfirst login {site.name}); then start the worker"
    " again, and: vendorfirst queue resume {site.name}"
)
#: After these the password that a process read when it began is not typed again.
_OF_A_PASSWORD: Final = frozenset(
    {Problem.WRONG_PASSWORD, Problem.PASSWORD_EXPIRED, Problem.SIGN_IN_REFUSED}
)
#: How often (s) who waits looks again whether they may go in.
_AGAIN: Final = 0.2
#: How long (s) a lane waits for others to sign in, before it lets its browser go on with something
#: else.
_SIGN_INS: Final = 120.0


@dataclass(slots=True)
class SiteAccess:
    """Lets the lanes of a process in at the sites.

    A lane's first visit to a site is alone, so that the next lane finds its session. ``holder``
    holds the accounts, against other processes and machines too. Nobody is let in while ``is_open``
    says no of a site; ``close`` is told of a site, and why, before the next one could meet the
    same. ``sign_in_wait`` is how long (s) a lane waits while others sign in; ``again`` is how often
    (s) who waits looks again whether they may go in.
    """

    ledger: Ledger
    holder: str
    is_open: Callable[[str], bool] = lambda _site: True
    close: Callable[[str, str], None] = lambda _site, _problem: None
    sign_in_wait: float = _SIGN_INS
    renewer: LeaseRenewer | None = None
    again: float = _AGAIN
    _doors: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    _left: dict[str, tuple[int, float]] = field(default_factory=dict)
    _been: set[tuple[int, str]] = field(default_factory=set)
    #: Sites that refused the password which this process read when it began: it has no other one to
    #: type.
    _refused_passwords: dict[str, Problem] = field(default_factory=dict)

    @contextmanager
    def enter(
        self,
        lane: int,
        site: Site,
        credentials: Credentials,
        leave: Callable[..., None] | None = None,
    ) -> Iterator[None]:
        """Wait to be let in at a site, and be inside.

        That is at once, unless the account takes one lane at a time or this is the lane's first
        visit there. ``leave`` is handed the account's lease after a visit that went well, to give
        it back at once with what is written of that. Raises WorkPaused where the site is closed,
        also while waiting.
        """
        if not site.account.one_at_a_time and (lane, site.name) in self._been:
            with self._closing(site, credentials):
                yield
            return
        with self._door(site, site.name):
            self._after_others(lane, site)
            with LeaseKeeper(self.ledger.leases, self.holder, self.renewer) as keeper:
                self._take(keeper, site, f"account:{credentials.account(site)}")
                with self._closing(site, credentials):
                    yield
                self._been.add((lane, site.name))
                if leave is not None:
                    leave(*keeper.hand_over())
            self._left[site.name] = lane, time.monotonic()

    @contextmanager
    def sign_in_lock(
        self, site: Site, credentials: Credentials, still: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Be the only lane of this process that types secrets at a site.

        What is refused to one is not typed by the next. Raises WorkPaused where the site is closed,
        also while waiting, or others take too long; NeedsPerson where it refused this process's
        password before, also if it was resumed since; and what ``still`` raises once nobody waits
        for this any more.
        """
        with (
            self._door(site, f"sign in to {site.name}", still, self.sign_in_wait),
            self._closing(site, credentials),
        ):
            if site.name in self._refused_passwords:
                msg = (
                    f"{site.title} refused to sign in with the password that this process read"
                    " when it began; it was not typed again."
                )
                raise NeedsPerson(
                    msg,
                    problem=self._refused_passwords[site.name],
                    next_step=_BEGIN_ANEW.format(site=site),
                )
            yield

    @contextmanager
    def _closing(self, site: Site, credentials: Credentials) -> Iterator[None]:
        try:
            yield
        except (NeedsPerson, BadSettings) as problem:
            if problem.problem in _OF_A_PASSWORD:
                self._refused_passwords[site.name] = problem.problem
            if site.name in credentials.refused or spec_of(problem.problem).scope is Scope.SITE:
                self.close(site.name, problem.problem)
            raise

    @contextmanager
    def _door(
        self,
        site: Site,
        name: str,
        still: Callable[[], None] = lambda: None,
        patience: float = math.inf,
    ) -> Iterator[None]:
        door = self._doors[name]
        until = time.monotonic() + patience
        while not door.acquire(timeout=self.again):
            self._check(site)
            still()
            if time.monotonic() > until:
                msg = f"Other lanes are signing in to {site.title}; nothing was done there."
                raise WorkPaused(msg, next_step="It goes on by itself.")
        try:
            self._check(site)
            still()
            yield
        finally:
            door.release()

    def _after_others(self, lane: int, site: Site) -> None:
        """Leave the account free for a moment, in which another process can take it."""
        before, left_at = self._left.get(site.name, (lane, 0.0))
        rest = left_at + 1.5 * self.again - time.monotonic()
        if before != lane and rest > 0:
            time.sleep(rest)

    def _take(self, keeper: LeaseKeeper, site: Site, account: str) -> None:
        while True:
            try:
                keeper.acquire(account)
                break
            except LeaseUnavailable:
                time.sleep(self.again)
                self._check(site)
        self._check(site)

    def _check(self, site: Site) -> None:
        if not self.is_open(site.name):
            msg = f"{site.title} is held, or the work is to stop; nothing was done there."
            raise WorkPaused(msg, next_step="It goes on by itself when the work does.")
