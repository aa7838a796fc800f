"""Browsers that replays share.

Starting one takes longer than a short replay, and each is clean for the next that takes it. Only
the proxies know where a recording's hosts are, so the same browser serves one recording after
another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from playwright.sync_api import Error as PlaywrightError

from robot.browser.lane import Lane, OnPage
from robot.recording.replay.report import ReplayMismatch
from robot.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: What the browser itself is told of hosts: nothing that any recording has.
_NOWHERE = {"nowhere.invalid": "127.0.0.1:9"}


class ReplayLane(Lane):
    """A lane that goes from one replay to the next.

    ``begin`` and ``end`` are for its own thread.
    """

    def begin(self, settings: Settings, on_page: OnPage) -> None:
        """Take up a replay."""
        self._settings = settings
        self._on_page = on_page

    def end(self) -> None:
        """Close what the replay opened, and keep the browser."""
        for context in self._contexts.values():
            with suppress(PlaywrightError):
                context.close()
        self._contexts.clear()
        for proxy in self._proxies.values():
            proxy.stop()
        self._proxies.clear()

    def _launch(self) -> Browser:
        told = self._settings
        self._settings = replace(self._settings, resolve=_NOWHERE)
        try:
            return super()._launch()
        finally:
            self._settings = told


class SharedLanes:
    """Lanes to be had by any thread.

    A context manager, which closes them all.
    """

    def __init__(self, *, headed: bool = False) -> None:
        self._headed = headed
        self._lock = threading.Lock()
        self._idle: list[ReplayLane] = []

    def __enter__(self) -> Self:
        """Nothing is started yet."""
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
            lane = ReplayLane(settings, headed=self._headed)
        try:
            lane.run(lane.begin, settings, on_page)
            yield lane
        except ReplayMismatch:
            self._put_back(lane)
            raise
        except BaseException:
            lane.__exit__()
            raise
        self._put_back(lane)

    def _put_back(self, lane: ReplayLane) -> None:
        lane.run(lane.end)
        with self._lock:
            self._idle.append(lane)
