"""Rounds of real ``kill -9`` of workers and their browsers, with faults on, by ``make soak``; one
of them in the suite.

Each round adds new orders. One worker lives through all rounds; another is killed at random
moments, with its browser or alone, and started again. VENDORFIRST_SOAK_ROUNDS and
VENDORFIRST_SOAK_SEED say how many and which.
"""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import psutil
import pytest

from robot.cancellation.request import CancelRequest
from robot.queue.items import READY, NewItem, State
from robot.standin.amazon.order import Order
from robot.standin.catalogue import lines_of, total_of
from robot.standin.faults import SiteFault
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG, Scenario
from robot.standin.server import Standin
from robot.standin.vcu import documents
from tests.support.workers import PATIENCE, VENDOR, Scene, kill, living

ROUNDS = int(os.environ.get("VENDORFIRST_SOAK_ROUNDS", "20"))
SEED = int(os.environ.get("VENDORFIRST_SOAK_SEED", "1"))
#: How many new orders a round has: one for the worker that lives on, one for that which is killed.
ORDERS = 2
#: How long (s) one round may take before its orders count as lost.
ROUND_SECONDS = 600.0
STORIES = (
    "done", "two_shipments", "third_party", "shipped", "technical_once", "slow_spinner",
    "pending_confirmed", "pending_refused", "lost_reply", "signed_out_submit", "po_invoiced",
    "po_session_lost", "po_late_status", "po_lost_reply",
)  # fmt: skip
FAULTS = (
    SiteFault("latency", "", 0.3, times=None, probability=0.05),
    SiteFault("status", "", 503, times=None, probability=0.004),
    SiteFault("reset", "", times=None, probability=0.004),
    SiteFault("lost_reply", "", times=None, probability=0.004),
    SiteFault("lost_reply", "POST", times=None, probability=0.1),
    SiteFault("sign_out", "", times=None, probability=0.004),
)
#: How much the long-lived parts may grow, and from how many rounds on that can be told.
GROWTH = 1.10
ENOUGH = 30


@dataclass(slots=True)
class Figures:
    """What was reached."""

    rounds: int = 0
    kills: int = 0
    resumed: int = 0
    vendor_presses: int = 0
    po_presses: int = 0
    broken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    memory: dict[str, list[int]] = field(default_factory=lambda: {"worker": [], "driver": []})

    def growth(self, part: str) -> float:
        """How many times as much memory in the last third of the rounds as in the second sixth."""
        told = self.memory[part]
        sixth = max(1, len(told) // 6)
        return median(told[-2 * sixth :]) / median(told[sixth : 2 * sixth])

    def __str__(self) -> str:
        megabytes = ", ".join(
            f"{part} {told[-1] >> 20} MiB" for part, told in self.memory.items() if told
        )
        return (
            f"{self.rounds} rounds, {self.kills} kills, {self.resumed} sites resumed, "
            f"{self.vendor_presses} + {self.po_presses} presses; "
            f"broken {self.broken}, lost {self.lost}, orphans {self.orphans}; {dict(self.ends)}, "
            f"{dict(self.problems)}; {megabytes}"
        )


class Soak:
    """``home`` and its ledger last through all rounds; so does one worker."""

    def __init__(self, standin: Standin, home: Path, seed: int) -> None:
        self.random = random.Random(seed)
        # A PO that was pressed twice in vain is a person's within a round, not after a day.
        self.scene = Scene(standin, home, VENDORFIRST_PATIENCE_SECONDS="90")
        self.world = standin.world
        self.world.faults.seed = seed
        self.figures = Figures()
        self._next = 9000
        self._families: list[psutil.Process] = []

    def run(self, rounds: int, show=lambda _text: None) -> Figures:
        with self.scene.worker() as survivor:
            for _ in range(rounds):
                self._round()
                self._measure(survivor.pid)
                show(str(self.figures))
            self._families.append(psutil.Process(survivor.pid))
            self._families += self._families[-1].children(recursive=True)
            survivor.terminate()
            assert survivor.wait(PATIENCE) == 0, self.scene.said()
        self._bury()
        self._check_files()
        self.scene.end()
        return self.figures

    def _round(self) -> None:
        self.world.oracle.clear()
        stories = [self._story(slug) for slug in self.random.sample(STORIES, ORDERS)]
        for fault in FAULTS:
            self.world.faults.add(replace(fault))
        over = threading.Event()
        killer = threading.Thread(
            target=self._kill_and_start_again, args=[self.random.random(), over]
        )
        killer.start()
        try:
            self.scene.table.add(
                [NewItem(CancelRequest(VENDOR, story.number, None)) for story in stories]
            )
            self._wait(stories)
        finally:
            over.set()
            killer.join()
            self.world.faults.clear()
        self._count(stories)

    def _kill_and_start_again(self, seed: float, over: threading.Event) -> None:
        chance = random.Random(seed)
        for _ in range(chance.randint(1, 2)):
            if over.is_set():
                return
            with self.scene.worker("--lanes", "2") as victim:
                over.wait(chance.uniform(1.0, 9.0))
                if victim.poll() is None:
                    self._families += kill(victim.pid, alone=chance.random() < 0.3)
                    self.figures.kills += 1
                victim.wait(PATIENCE)

    def _story(self, slug: str) -> Scenario:
        self._next += 1
        k = self._next
        story = replace(BY_SLUG[slug], number=f"111-{k:07d}-{k:07d}", po=f"P01{k:05d}")
        self.world.amazon.orders[story.number] = Order(story)
        lines = tuple(lines_of(story))
        document = documents._document(story.po, story.realsource, lines, total_of(story))
        self.world.vcu.purchase_orders[story.po] = document
        self.world.oracle.orders_of_po[story.po] = (story.number,)
        return story

    def _wait(self, stories: list[Scenario]) -> None:
        """Until all are at their ends; where all that is left waits for a time, the time passes
        faster.

        And where it waits for a person, since faults led a sign-in in circles, a person has the
        site go on.
        """
        end, still = time.monotonic() + ROUND_SECONDS, 0
        while time.monotonic() < end:
            states = [self.scene.table.find(story.number)[0].state for story in stories]
            if not {*READY, State.WORKING} & set(states):
                return
            still = still + 1 if State.WORKING not in states else 0
            if still > 10:
                for_good = [
                    hold.site for hold in self.scene.pauses.active().values() if hold.until is None
                ]
                for site in for_good:
                    self.scene.pauses.resume(site)
                self.figures.resumed += len(for_good)
                self.scene.time_passes(30.0)
                still = 0
            time.sleep(0.2)

    def _count(self, stories: list[Scenario]) -> None:
        figures, oracle = self.figures, self.world.oracle
        figures.rounds += 1
        figures.vendor_presses += oracle.count(VENDOR_SUBMIT)
        figures.po_presses += oracle.count(PO_SUBMIT)
        figures.broken += oracle.broken_promises()
        for story in stories:
            item = self.scene.table.find(story.number)[0]
            figures.ends[item.state] += 1
            figures.problems[item.problem or "none"] += 1
            receipts = [receipt.outcome for receipt in self.scene.ledger.receipts(item.case)]
            at_end = item.state in {State.DONE, State.REFUSED} and item.state in receipts
            told = item.state in {State.NEEDS_PERSON, State.FAILED} and item.problem
            if not (at_end or told) or item.worker is not None:
                figures.lost.append(
                    f"{story.slug} {story.number}: {item.state} {item.problem} {receipts}"
                )
            order, po = (
                self.world.amazon.orders[story.number],
                self.world.vcu.purchase_orders[story.po],
            )
            if item.state is State.DONE and (order.state, po.status) != ("cancelled", "Cancelled"):
                figures.lost.append(
                    f"{story.slug} {story.number} is done, and {order.state}, {po.status}"
                )
            del self.world.amazon.orders[story.number], self.world.vcu.purchase_orders[story.po]
        self._bury()

    def _bury(self) -> None:
        end = time.monotonic() + PATIENCE
        while living(self._families) and time.monotonic() < end:
            time.sleep(0.1)
        for process in living(self._families):
            with contextlib.suppress(psutil.Error):
                self.figures.orphans.append(" ".join(process.cmdline())[:80])
        self._families.clear()

    def _measure(self, pid: int) -> None:
        worker = psutil.Process(pid)
        self.figures.memory["worker"].append(worker.memory_info().rss)
        drivers = 0
        for child in worker.children():
            with contextlib.suppress(psutil.Error):  # one that was killed ends at this very moment
                drivers += child.memory_info().rss if "run-driver" in child.cmdline() else 0
        self.figures.memory["driver"].append(drivers)

    def _check_files(self) -> None:
        for name in ("ledger.sqlite", "engine.sqlite"):
            with sqlite3.connect(self.scene.home / name) as file:
                assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            file.close()


@pytest.mark.timeout(0)
def test_soak(tmp_path, capsys):
    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}", end="", flush=True)

    with Standin() as standin:
        figures = Soak(standin, tmp_path, SEED).run(ROUNDS, show)
    assert (figures.broken, figures.lost, figures.orphans) == ([], [], [])
    assert figures.kills > 0
    if figures.rounds >= ENOUGH:
        growth = {part: figures.growth(part) for part in figures.memory}
        show(f"growth {growth}")
        assert max(growth.values()) < GROWTH
