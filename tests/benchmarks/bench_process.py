"""A new process beside a bare script in a new process, by ``make bench``. Not part of the suite.

Both have the same kept sessions, or none and sign in by password and code, and do the same flow
with an order of their own, turn by turn: the order's page, its form, the press, the order's page
again, then the same with its PO in RealSource. Measured are the seconds to the vendor's press and
to the end, and the processor time of the process with all that it starts. The same flow by Selenium
and by Robot Framework's Browser library is measured beside them where ``make rivals`` has made
their environments (Selenium wants a ``chromedriver``, too).
The scripts prove nothing and keep nothing. The robot looks for other orders of the PO, too, looks
at the order and the PO once more before it cancels the PO, and takes pictures: what that alone
takes is measured by a script that loads the same pages and takes as many pictures.
All of it is measured on light pages, and on such as are as heavy as a real shop's.
VENDORFIRST_BENCH_ROUNDS says how many rounds (default 7).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import psutil
import pytest

from robot.browser.launch.chromium import find_browser
from robot.cancellation.request import CancelRequest
from robot.redaction import Redactor
from robot.runner.robot import open_robot
from robot.sites.registry import Sites
from robot.standin.faults import SiteFault
from robot.standin.server import Standin
from tests.benchmarks.bench_cancel import AMAZON, PACE, ROUNDS, VENDORFIRST, Clock, orders
from tests.support.stage import environment, settings_for

BARE = [sys.executable, "-m", "tests.benchmarks.bare_script"]
LOOKING = [sys.executable, "-m", "tests.benchmarks.looking_script"]
ROOT = Path(__file__).resolve().parents[2]
SELENIUM = ROOT / ".rivals" / "selenium" / "bin" / "python"
ROBOT_FRAMEWORK = ROOT / ".rivals" / "robotframework" / "bin" / "robot"
#: How often (s) the processes are asked what they used.
SAMPLE = 0.05
#: How much else is on a page that is as heavy as a real shop's: some 6,000 elements.
SECTIONS = 1500
OURS = ("robot", "bare", "looking")
AIMS = {"press": 1.12, "end": 1.3, "processor": 1.4}


def processor_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time of a process and of all that it starts, once it has ended.

    What each used after it was asked last is missing, at most ``SAMPLE`` seconds of it. What is
    left of it then is killed: chromedriver forgets a browser that its own script started.
    """
    used: dict[psutil.Process, float] = {}
    family = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            for one in (family, *family.children(recursive=True)):
                times = one.cpu_times()
                used[one] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
        time.sleep(SAMPLE)
    for one in used:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    return sum(used.values())


def rivals(browser: str, folder: Path) -> dict[str, Callable[[str, str], list[str]]]:
    """Return how each rival that is installed is told to cancel an order and its PO.

    What they write goes to ``folder``.
    """
    found: dict[str, Callable[[str, str], list[str]]] = {}
    driver = shutil.which("chromedriver")
    if driver is not None and SELENIUM.exists():
        script = "tests/benchmarks/selenium_script.py"
        found["selenium"] = lambda order, po: [str(SELENIUM), script, order, browser, driver, po]
    if ROBOT_FRAMEWORK.exists():

        def robot_framework(order: str, po: str) -> list[str]:
            told = (f"NUMBER:{order}", f"BROWSER:{browser}", f"PO:{po}")
            variables = [word for one in told for word in ("--variable", one)]
            files = ["--outputdir", str(folder), "--log", "NONE", "--report", "NONE"]
            script = "tests/benchmarks/robot_framework_script.robot"
            return [str(ROBOT_FRAMEWORK), *files, *variables, script]

        found["robot framework"] = robot_framework
    return found


def forget_sessions(standin: Standin, home: Path) -> None:
    """Have the next one sign in anew, with the code of now though another used it."""
    shutil.rmtree(home / "sessions", ignore_errors=True)
    standin.world.amazon.used_codes.clear()
    standin.world.vcu.used_codes.clear()
    with closing(sqlite3.connect(home / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM codes")


@pytest.mark.timeout(0)
@pytest.mark.parametrize("sections", [0, SECTIONS])
@pytest.mark.parametrize("pace", [0.0, PACE])
@pytest.mark.parametrize("sessions", ["kept", "no"])
def test_a_new_process_beside_a_bare_script(tmp_path, sessions, pace, sections):
    took: dict[str, list[float]] = defaultdict(list)
    with Standin(pace=pace) as standin:
        if sections:
            standin.world.faults.add(SiteFault("clutter", value=sections, times=None))
        clock, number = Clock(standin), orders(standin)
        settings = settings_for(standin, tmp_path / "home")
        with open_robot(settings, Sites(), Redactor()) as robot:
            robot.run([CancelRequest(AMAZON, next(number), None)])  # signs in
        browser = str(find_browser(settings, shell=True))
        scripts = {
            "robot": lambda order, _po: [str(VENDORFIRST), "cancel", order, "--yes", "--no-input"],
            "bare": lambda order, po: [*BARE, order, browser, po],
            "looking": lambda order, po: [*LOOKING, order, browser, po],
            **rivals(browser, tmp_path),
        }
        for _ in range(ROUNDS):
            for name, script in scripts.items():
                order = next(number)
                command = script(order, standin.world.amazon.orders[order].scenario.po)
                told = environment(standin, tmp_path / "home")
                if sessions == "no":
                    forget_sessions(standin, tmp_path / "home")
                began = time.perf_counter()
                said = (tmp_path / "said").open("w+")
                with (
                    said,
                    subprocess.Popen(
                        command, env=told, cwd=ROOT, stdout=said, stderr=said
                    ) as process,
                ):
                    used = processor_seconds(process)
                ended = time.perf_counter()
                if process.returncode and name not in OURS:
                    print(f"\n  one round of {name} failed, and is not counted")
                    continue
                assert process.returncode == 0, (name, (tmp_path / "said").read_text())
                took[f"{name} processor"].append(used)
                took[f"{name} end"].append(ended - began)
                took[f"{name} press"].append(clock.pressed - began)
    what = f"answers that take {pace} s, {sections} sections of other things on each page"
    report({name: median(rounds) for name, rounds in took.items()}, f"{what}, {sessions} sessions")


def report(took: dict[str, float], what: str) -> None:
    print(
        f"\n  new processes, {what}; medians of {ROUNDS} rounds on {os.cpu_count()} cores, load"
        f" {os.getloadavg()[0]:.1f}"
    )
    for name in ("robot", "looking", "selenium", "robot framework"):
        if f"{name} end" not in took:
            continue
        for kind, aim in AIMS.items():
            told = f"   aim <= {aim}" if name == "robot" else ""
            print(ratio(took, kind, name, "bare") + told)
    for kind in AIMS:
        print(ratio(took, kind, "robot", "looking"))


def ratio(took: dict[str, float], kind: str, one: str, other: str) -> str:
    mine, its = took[f"{one} {kind}"], took[f"{other} {kind}"]
    times = f"{mine / its:6.2f}   {mine:6.2f} s / {its:.2f} s"
    return f"  (n)  {kind:10} {one:15} / {other:7} script {times}"
