"""Replay: the very same flow code against a recording, on the production addresses, without a network."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error as PlaywrightError

from robot.app import opened
from robot.recording.compare import compare
from robot.recording.entries import Entry, Recording
from robot.recording.flow_line import FlowLine
from robot.recording.matcher import Matcher, Mismatch
from robot.recording.overlay import Fault, with_faults
from robot.recording.report import ReplayMismatch, report
from robot.recording.rules import Rules
from robot.recording.server import MISMATCH, Server
from robot.secrets import Redactor
from robot.settings import Settings
from robot.wishes import wish_for

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

#: Any seed will do: codes are only compared by their being there. pyotp wants 112 bits.
_SEED = "A" * 32
_PASSWORD = "replayed"  # noqa: S105 - typed into nothing but a replay


@dataclass(slots=True)
class Replay:
    """One replay of a recording. ``chromium`` and ``slow`` (seconds before each answer) are for the eyes."""

    recording: Recording
    faults: Sequence[Fault] = ()
    headed: bool = False
    slow: float = 0.0
    chromium: Path | None = None
    shots: Path | None = None
    foreign: list[str] = field(default_factory=list)
    _matcher: Matcher = field(init=False)
    _lines: dict[str, FlowLine] = field(default_factory=dict)
    _contexts: list[Any] = field(default_factory=list)
    _screenshot: Path | None = None

    def run(self) -> list[dict[str, Any]]:
        """The receipts; raises ReplayMismatch, at once, where the flow does not do what was recorded."""
        rules = Rules.from_dict(self.recording.meta.get("matching", {}))
        self._matcher = Matcher(self.recording.entries, rules)
        asked = with_faults(self.recording.entries, self._matcher, self.faults)
        recorded_at = datetime.fromisoformat(self.recording.meta["recorded_at"])
        hosts = self.recording.hosts
        with (
            Server(hosts, lambda sent: self._answer(asked(sent), sent), recorded_at) as server,
            tempfile.TemporaryDirectory(prefix="vendorfirst-replay-", ignore_cleanup_errors=True) as home,
        ):
            receipts = self._flow(self._settings(server, Path(home)))
        self._check()
        if not self.faults:
            wrong = compare(self.recording.meta["expected"]["receipts"], receipts, rules.fields)
            unfinished = self._matcher.finish()
            if unfinished is not None and wrong is not None:
                unfinished.differences = wrong.differences[:6]
            self._matcher.mismatch = unfinished or wrong
            self._check()
        return receipts

    def unused(self) -> list[int]:
        """The indices of entries that the replay did not need."""
        return self._matcher.unused()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _flow(self, settings: Settings) -> list[dict[str, Any]]:
        asked = self.recording.inputs
        wishes = [
            wish_for(
                number,
                asked["vendor"],
                settings,
                po=asked.get("po"),
                reason=asked["reason"],
                requested_by=asked["requested_by"],
                dry_run=asked["dry_run"],
            )
            for number in asked["numbers"]
        ]
        with opened(settings, Redactor(), headed=self.headed, vendor=asked["vendor"], on_page=self._on_page) as robot:
            robot.tell = lambda _step, _state: self._check()
            try:
                return robot.run(wishes)
            finally:
                self._check()

    def _settings(self, server: Server, home: Path) -> Settings:
        asked = self.recording.inputs
        sites = {name: _SEED if name.endswith("_SECRET") else _PASSWORD for name in asked["secrets"]}
        return Settings(
            home=home,
            database_url=f"sqlite:///{home / 'ledger.sqlite'}",
            chromium=self.chromium,
            settle_seconds=asked["settle_seconds"],
            confirm_seconds=asked["confirm_seconds"],
            resolve=server.resolve,
            resolve_spki=(server.spki,),
            sites=sites | asked["credentials"],
        )

    def _answer(self, found: Entry | None, sent: Entry) -> Entry | None:
        """In the server's thread."""
        if self.slow and sent.resource == "Document":
            time.sleep(self.slow)
        if found is None and self._matcher.mismatch is not None:
            mismatch = self._matcher.mismatch
            if not mismatch.flow:
                mismatch.flow = self._flow_line()
            page = b"<!doctype html><title>Replay mismatch</title><h1>Replay mismatch: " + mismatch.kind.encode()
            return Entry(sent.method, sent.url, status=MISMATCH, headers=[("content-type", "text/html")], body=page)
        return found

    def _flow_line(self) -> str:
        return next((line for read in self._lines.values() if (line := read())), "")

    def _on_page(self, site: str, page: Page) -> None:
        """In the lane's thread: a mismatch closes everything, so that the flow can't go on or wait."""
        self._check()
        self._lines[site] = FlowLine()
        if page.context in self._contexts:
            return
        self._contexts.append(page.context)
        page.context.on("response", lambda response: self._seen(response))  # noqa: PLW0108 - Playwright marks a method's owner

    def _seen(self, response: Response) -> None:
        if response.status != MISMATCH:
            return
        with contextlib.suppress(PlaywrightError):
            if self.shots is not None:
                self.shots.mkdir(parents=True, exist_ok=True)
                self._screenshot = self.shots / f"{self.recording.name}.png"
                response.frame.page.screenshot(path=self._screenshot, timeout=2_000)
        for context in self._contexts:
            with contextlib.suppress(PlaywrightError):
                context.close()

    def _check(self) -> None:
        mismatch: Mismatch | None = self._matcher.mismatch
        if mismatch is not None:
            text = report(self.recording, mismatch, foreign=self._matcher.foreign, screenshot=self._screenshot)
            raise ReplayMismatch(text, mismatch)
