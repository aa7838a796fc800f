"""How fast a cancellation is, by ``make bench``: ratios of medians over interleaved rounds. Not
part of the suite.

VENDORFIRST_BENCH_ROUNDS says how many rounds (default 7). The aim is (a) <= 1.25: to the vendor's
press, the checks and the evidence cost no more than a quarter of what the clicks alone take. The
stand-in sites answer within milliseconds, which makes all else look large; (a') is the same with
answers that take PACE seconds each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import psutil
import pytest

from robot.browser.contexts import LaneBrowser
from robot.browser.lane import Lane
from robot.cancellation.request import CancelRequest
from robot.redaction import Redactor
from robot.runner.robot import open_robot
from robot.sites.registry import Sites
from robot.standin.amazon.order import Order
from robot.standin.catalogue import lines_of, total_of
from robot.standin.oracle import VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.standin.vcu import documents
from tests.benchmarks.bare_script import clicks
from tests.support.stage import environment, settings_for

ROUNDS = int(os.environ.get("VENDORFIRST_BENCH_ROUNDS", "7"))
#: Seconds that each answer takes in (a'): about what a large site takes for a page.
PACE = 0.3
AMAZON = "amazon_business"
VENDORFIRST = Path(sys.executable).with_name("vendorfirst")


class Clock:
    """Seconds from a start to the vendor's press at the stand-in."""

    def __init__(self, standin: Standin) -> None:
        self.pressed = 0.0
        standin.world.oracle.watch = self._watch

    def _watch(self, entry) -> None:
        if entry.kind == VENDOR_SUBMIT:
            self.pressed = time.perf_counter()


def orders(standin: Standin, shape: str = "one_line") -> Iterator[str]:
    """Ever new orders that can be cancelled, each with its PO (with "no_po_shown" a run ends
    before RealSource).
    """
    amazon, vcu = standin.world.amazon, standin.world.vcu
    for k in count(max(int(number[-7:]) for number in amazon.orders) + 9000):
        story = replace(
            BY_SLUG["done"], shape=shape, number=f"111-{k:07d}-{k:07d}", po=f"P01{k:05d}"
        )
        amazon.orders[story.number] = Order(story)
        lines = tuple(lines_of(story))
        vcu.purchase_orders[story.po] = documents._document(
            story.po, "cancellable", lines, total_of(story)
        )
        yield story.number


def bare(browser: LaneBrowser, number: str) -> None:
    """The clicks alone: no check, no evidence, no ledger."""
    clicks(browser.tab(AMAZON).live, number)


def watch_memory(robot: subprocess.Popen[bytes], peaks: dict[str, int]) -> None:
    """The highest resident memory of the robot and of all that it started, until it ends."""
    process = psutil.Process(robot.pid)
    while robot.poll() is None:
        try:
            family = {
                child.pid: (child.name(), child.memory_info().rss)
                for child in process.children(recursive=True)
            }
            peaks["robot"] = max(peaks["robot"], process.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
        driver = sum(rss for name, rss in family.values() if "node" in name)
        peaks["driver"] = max(peaks["driver"], driver)
        peaks["browser"] = max(peaks["browser"], sum(rss for _, rss in family.values()) - driver)
        time.sleep(0.02)


def seconds_of(*command: str | Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


def race(standin: Standin, tmp_path: Path, shape: str, outcome: str) -> dict[str, list[float]]:
    """The clicks alone and a warm robot, turn by turn, each in its own browser; seconds to the
    press and to the end.
    """
    times: dict[str, list[float]] = defaultdict(list)
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir(parents=True)
    standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
    clock, number = Clock(standin), orders(standin, shape)
    with open_robot(settings_for(standin, home), Sites(), Redactor()) as robot:
        robot.run([CancelRequest(AMAZON, next(number), None)])  # signs in
        robot.cases.lane.run(lambda browser: browser.save_session(AMAZON))
        shutil.copytree(home / "sessions", other / "sessions")
        with Lane(settings_for(standin, other)) as lane:
            lane.run(partial(bare, number=next(number)))
            for _ in range(ROUNDS):
                began = time.perf_counter()
                lane.run(partial(bare, number=next(number)))
                times["bare"].append(clock.pressed - began)

                began = time.perf_counter()
                assert robot.run([CancelRequest(AMAZON, next(number), None)])[0].outcome == outcome
                times["warm whole"].append(time.perf_counter() - began)
                times["warm"].append(clock.pressed - began)
    return times


@pytest.mark.timeout(0)
def test_how_fast_a_cancellation_is(tmp_path):
    peaks = {"robot": 0, "driver": 0, "browser": 0}
    with Standin() as standin:
        times = race(standin, tmp_path, "one_line", "done")
        clock, number = Clock(standin), orders(standin)
        for _ in range(ROUNDS):
            command = [VENDORFIRST, "cancel", next(number), "--yes", "--no-input"]
            began = time.perf_counter()
            told = environment(standin, tmp_path / "home")
            with subprocess.Popen(command, env=told, stdout=-3, stderr=-3) as process:
                watch_memory(process, peaks)
            times["cold whole"].append(time.perf_counter() - began)
            times["cold"].append(clock.pressed - began)
            assert process.returncode == 0
            times["help"].append(seconds_of(VENDORFIRST, "--help"))
            times["python"].append(seconds_of(sys.executable, "-c", "pass"))
    with Standin(pace=PACE) as slow:
        paced = race(slow, tmp_path / "slow", "no_po_shown", "needs_person")
    times["paced warm"], times["paced bare"] = paced["warm"], paced["bare"]
    report({name: median(rounds) for name, rounds in times.items()}, peaks)


def report(took: dict[str, float], peaks: dict[str, int]) -> None:
    def line(sign: str, what: str, one: str, other: str, aim: str = "") -> None:
        ratio = f"{took[one] / took[other]:6.2f}"
        print(
            f"  {f'({sign})':4} {what:52} {ratio}   {took[one] * 1000:7.0f} ms /"
            f" {took[other] * 1000:.0f} ms{aim}"
        )

    print(
        f"\n  medians of {ROUNDS} rounds on {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    line("a", "to the vendor's press: warm / the clicks alone", "warm", "bare", "   aim <= 1.25")
    line(
        "a'",
        f"the same with answers that take {PACE} s",
        "paced warm",
        "paced bare",
        "   aim <= 1.25",
    )
    line("b", "to the vendor's press: new process / warm", "cold", "warm")
    line("c", "vendorfirst --help / python -c pass", "help", "python")
    line("e", "to done in both systems: new process / warm", "cold whole", "warm whole")
    mebibytes = {name: peak / 2**20 for name, peak in peaks.items()}
    print(
        "  (d)  peak memory, MiB: "
        + ", ".join(f"{name} {peak:.0f}" for name, peak in mebibytes.items())
    )
