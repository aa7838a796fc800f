"""A recording served to pages that no flow of ours drives.

They reach it through a proxy that knows its hosts, and no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from robot.browser.proxy.proxy import Proxy
from robot.recording.entries import Entry
from robot.recording.files import load
from robot.recording.replay.matcher import Matcher
from robot.recording.replay.page_watch import clock
from robot.recording.replay.report import ReplayMismatch, report
from robot.recording.replay.server import ReplayServer, misfit
from robot.recording.rules import MatchRules

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ProxySettings


class Misfit(AssertionError):
    """A page asked for what does not fit the recording.

    Its text is the report.
    """


@contextmanager
def serving(folder: Path, browser: Browser) -> Iterator[BrowserContext]:
    """Give a context of ``browser`` that finds the recording's hosts and no others.

    Raises Misfit at its end.
    """
    recording = load(folder)
    matcher = Matcher(recording.entries, MatchRules.from_dict(recording.meta.get("matching", {})))

    def ask(sent: Entry) -> Entry | None:
        found = matcher.answer(sent)
        return (
            misfit(sent, matcher.mismatch.kind)
            if found is None and matcher.mismatch is not None
            else found
        )

    recorded_at = datetime.fromisoformat(recording.meta["recorded_at"])
    with ReplayServer(recording.hosts, ask, recorded_at) as server:
        relay = Proxy(server.resolve).start()
        try:
            told: ProxySettings = {"server": relay.server}
            # The throw-away key can be pinned only where a browser starts, and this one runs
            # already.
            with closing(
                browser.new_context(proxy=told, ignore_https_errors=True, service_workers="block")
            ) as context:
                context.add_init_script(clock(recorded_at))
                yield context
        finally:
            relay.stop()
    if matcher.mismatch is not None:
        text = report(recording, matcher.mismatch, foreign=matcher.foreign)
        raise Misfit(text) from ReplayMismatch(text, matcher.mismatch)
