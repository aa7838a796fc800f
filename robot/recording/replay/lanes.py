"""Browsers that replays share.

Starting one takes longer than a short replay, and each is clean for the next that takes it. Only
the proxies know where a recording's hosts are, so the same browser serves one recording after
another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.browser.launch.options import OnPage
from robot.recording.replay.report import ReplayMismatch
from robot.settings import Settings

#: What the browser itself is told of hosts: nothing that any recording has.
NOWHERE = {"nowhere.invalid": "127.0.0.1:9"}


class SharedLanes:
    """Lanes to be had by any thread.

    A context manager, which closes them all.
    """

    def __init__(self, *, headed: bool = False) -> None:
        self._headed = headed
        self._lock = threading.Lock()
        self._idle: list[Lane] = []

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the browsers that are not at work."""
        with self._lock:
            idle = self._idle
            self._idle = []
        for lane in idle:
            lane.__exit__()

    @contextmanager
    def lane(self, settings: Settings, on_page: OnPage) -> Iterator[Lane]:
        """Lend a lane for one replay.

        One in which something unforeseen happened is not used again.
        """
        with self._lock:
            lane = self._idle.pop() if self._idle else None
        if lane is None:
            lane = Lane(settings, headed=self._headed, browser_hosts=NOWHERE)
        try:
            lane.reset(settings, on_page)
            yield lane
        except ReplayMismatch:
            self._put_back(lane)
            raise
        except BaseException:
            lane.__exit__()
            raise
        self._put_back(lane)

    def _put_back(self, lane: Lane) -> None:
        lane.run(LaneBrowser.close_contexts)
        with self._lock:
            self._idle.append(lane)
