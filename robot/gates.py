"""Gates before the sites: one lane at a time where an account bears no more, and one sign-in at a time everywhere."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from robot.credentials import Credentials
from robot.hold import Holding
from robot.ledger import Ledger
from robot.problems import LeaseRefused
from robot.site import Site

_AGAIN: Final = 0.2


class Gates:
    """What the lanes of a worker share. A lane's first visit to a site is alone, so that the next finds its session."""

    def __init__(self, ledger: Ledger, holder: str) -> None:
        """``holder`` holds the accounts, against workers in other processes and on other machines too."""
        self._ledger = ledger
        self._holder = holder
        self._doors: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._been: set[tuple[int, str]] = set()

    @contextmanager
    def visit(self, lane: int, site: Site, credentials: Credentials) -> Iterator[None]:
        """Be let in: at once, unless the account takes one lane at a time or this is the lane's first visit there."""
        alone = site.account.one_at_a_time
        if not alone and (lane, site.name) in self._been:
            yield
            return
        with self._doors[site.name]:
            if alone:
                with Holding(self._ledger, self._holder) as holding:
                    self._take(holding, f"account:{credentials.account(site)}")
                    yield
            else:
                yield
            self._been.add((lane, site.name))

    def _take(self, holding: Holding, account: str) -> None:
        while True:
            try:
                holding.take(account)
                return
            except LeaseRefused:
                time.sleep(_AGAIN)
