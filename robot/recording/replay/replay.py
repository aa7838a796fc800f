"""Replay, which runs the very same flow code against a recording.

It does so on the production addresses, without a network.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.cancellation.words.problems import spec_of
from robot.evidence.object_store import open_store
from robot.recording.entries import Entry, Recording
from robot.recording.replay.compare import compare
from robot.recording.replay.faults import EntryFault, with_faults
from robot.recording.replay.lanes import SharedLanes
from robot.recording.replay.matcher import Matcher
from robot.recording.replay.page_watch import PageWatch, clock
from robot.recording.replay.report import ReplayMismatch, report
from robot.recording.replay.server import ReplayServer, misfit
from robot.recording.rules import MatchRules
from robot.redaction import Redactor
from robot.runner.cases import Cases
from robot.runner.observer import NullObserver
from robot.runner.preflight import check_screen
from robot.runner.robot import Robot
from robot.settings import Settings
from robot.sites.credentials import Credentials
from robot.sites.numbers import parse_number
from robot.sites.registry import Sites
from robot.storage.ledger import Ledger

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from robot.browser.lane import Lane

# Codes are only compared by their being there. Those of a counter need no waiting for the next half
# minute.
_SEED = f"otpauth://hotp/replay?secret={'A' * 32}&counter=0"
_PASSWORD = "replayed"  # noqa: S105 - typed into nothing but a replay
#: How long (s) a confirmation is waited for, where it came when this was recorded: a slow machine
#: may take its time.
_PATIENCE = 120.0
#: Ends of flows whose patience ran out: they get as much as they had.


class _StepWatcher(NullObserver):
    """Checks the replay at every step of the runner, and knows which one is going on."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self.step = ""

    def step_began(self, step: str) -> None:
        """Check, and note down the step."""
        self._check()
        self.step = step

    def step_ended(self, step: str, *, ok: bool) -> None:  # noqa: ARG002 - the observer's
        """Check."""
        self._check()

    def waiting(self, seconds: float) -> None:  # noqa: ARG002 - the observer's
        """Check."""
        self._check()


@dataclass(slots=True)
class Replay:
    """One replay of a recording.

    ``slow`` (seconds before each page) is for the eyes. A ``chromium`` that is None is found.
    ``browsers`` are those to share with other replays (None: one of its own). ``folder`` is where a
    mismatch leaves its proof, ``traced`` whether that is to have a trace; both cost time.
    """

    recording: Recording
    faults: Sequence[EntryFault] = ()
    browsers: SharedLanes | None = None
    headed: bool = False
    slow: float = 0.0
    chromium: Path | None = None
    folder: Path | None = None
    traced: bool = False
    _matcher: Matcher = field(init=False)
    _watch: PageWatch = field(init=False)
    _observer: _StepWatcher = field(init=False)

    def run(self) -> list[Receipt]:
        """Run the flow and return its receipts.

        Raises ReplayMismatch, at once, where the flow does not do what was recorded.
        """
        if self.headed:
            check_screen()
        rules = MatchRules.from_dict(self.recording.meta.get("matching", {}))
        self._matcher = Matcher(self.recording.entries, rules)
        self._observer = _StepWatcher(self._check)
        asked = with_faults(self.recording.entries, self._matcher, self.faults)
        recorded_at = datetime.fromisoformat(self.recording.meta["recorded_at"])
        hosts = self.recording.hosts
        setting = clock(recorded_at)
        self._watch = PageWatch(hosts, self._elsewhere, setting, self.folder, traced=self.traced)
        with (
            ReplayServer(
                hosts, lambda sent: self._answer(asked(sent), sent), recorded_at
            ) as server,
            tempfile.TemporaryDirectory(
                prefix="vendorfirst-replay-", ignore_cleanup_errors=True
            ) as home,
            (
                contextlib.nullcontext(self.browsers)
                if self.browsers
                else SharedLanes(headed=self.headed)
            ) as browsers,
        ):
            settings = self._settings(server, Path(home))
            with browsers.lane(settings, self._on_page) as lane:
                receipts = self._flow(settings, lane)
                if not self.faults:
                    self._compare(receipts, rules)
        return receipts

    @property
    def kept(self) -> list[Path]:
        """Return the files that a mismatch left behind."""
        return self._watch.kept

    def unused(self) -> list[int]:
        """Return the indices of entries that the replay did not need."""
        return self._matcher.unused()

    # --- inside -----------------------------------------------------------------------------------

    def _flow(self, settings: Settings, lane: Lane) -> list[Receipt]:
        sites = Sites(settings.selectors)
        redactor = Redactor()
        credentials = Credentials(settings, redactor)
        with contextlib.closing(Ledger(settings.database_url)) as ledger:
            store = open_store(settings.evidence_place)
            robot = Robot(Cases(settings, sites, ledger, lane, redactor, credentials, store))
            attended = bool(self.recording.inputs.get("person"))
            try:
                return robot.run(self._wishes(sites), self._observer, attended=attended)
            finally:
                lane.run(lambda _browser: self._watch.close())
                self._check()

    def _wishes(self, sites: Sites) -> list[CancelRequest]:
        asked = self.recording.inputs
        more = {name: asked[name] for name in ("reason", "requested_by", "dry_run")}
        return [
            parse_number(n, asked["vendor"], sites, po=asked.get("po"), **more)
            for n in asked["numbers"]
        ]

    def _settings(self, server: ReplayServer, home: Path) -> Settings:
        asked = self.recording.inputs
        sites = {
            name: _SEED if name.endswith("_SECRET") else _PASSWORD for name in asked["secrets"]
        }
        ran_out = any(
            spec_of(r.get("problem")).unconfirmed
            for r in self.recording.meta["expected"]["receipts"].values()
        )
        return Settings(
            home=home,
            database_url=f"sqlite:///{home / 'ledger.sqlite'}",
            chromium=self.chromium,
            settle_seconds=asked["settle_seconds"],
            confirm_seconds=(
                asked["confirm_seconds"] if ran_out else max(_PATIENCE, asked["confirm_seconds"])
            ),
            resolve=server.resolve,
            resolve_spki=(server.spki,),
            sites=sites | asked["credentials"],
        )

    def _compare(self, receipts: list[Receipt], rules: MatchRules) -> None:
        wrong = compare(self.recording.meta["expected"]["receipts"], receipts, rules.fields)
        unfinished = self._matcher.finish()
        if unfinished is not None and wrong is not None:
            unfinished.differences = wrong.differences[:6]
        if wrong is not None:
            wrong.timeline = list(self._matcher.timeline)
        self._matcher.mismatch = unfinished or wrong
        self._check()

    def _answer(self, found: Entry | None, sent: Entry) -> Entry | None:
        """In the server's thread."""
        if self.slow and sent.resource == "Document":
            time.sleep(self.slow)
        mismatch = self._matcher.mismatch
        if found is None and mismatch is not None:
            mismatch.flow = mismatch.flow or self._where()
            return misfit(sent, mismatch.kind)
        return found

    def _elsewhere(self, sent: Entry) -> bool:
        """Tell whether a request to a host outside the recording is a mismatch.

        In the lane's thread, for such a request never came to the server.
        """
        self._matcher.answer(sent)
        mismatch = self._matcher.mismatch
        if mismatch is not None:
            mismatch.flow = mismatch.flow or self._where()
        return mismatch is not None

    def _where(self) -> str:
        return ": ".join(part for part in (self._observer.step, self._watch.flow()) if part)

    def _on_page(self, site: str, page: Page) -> None:
        self._check()
        self._watch.on_page(site, page)

    def _check(self) -> None:
        mismatch = self._matcher.mismatch
        if mismatch is not None:
            text = report(
                self.recording, mismatch, foreign=self._matcher.foreign, kept=self._watch.kept
            )
            raise ReplayMismatch(text, mismatch)
