"""A run with looks that is killed and run again looks at nothing twice, and finds the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robot.standin.amazon.order import Order
from robot.standin.amazon.state import AmazonState
from robot.standin.oracle import ORDER_SHOWN, PO_SUBMIT, VENDOR_SUBMIT, Observation
from robot.standin.scenarios import Scenario
from robot.standin.server import Standin
from robot.standin.vcu.documents import purchase_document
from robot.standin.vcu.state import VcuState
from tests.support.kept_sessions import keep_sessions
from tests.support.stage import environment

PATIENCE = 120.0
#: How many POs are looked at through a kill; VENDORFIRST_LOOKS=1000 looks at so many.
LOOKS = int(os.environ.get("VENDORFIRST_LOOKS", "20"))


def stories_for(count: int) -> list[Scenario]:
    """Return so many orders that go on in both systems, each the only one of its PO."""
    first = 5001
    return [
        Scenario(f"many_{n}", f"111-{n:07d}-{n:07d}", f"P01{n:05d}", "One of many")
        for n in range(first, first + count)
    ]


def serve(sites: Standin, stories: list[Scenario]) -> None:
    """Have the stand-in sites know these orders too."""
    world = sites.world
    world.reset(AmazonState(mfa="none", list_seconds=0.0), VcuState(duo="none"))
    for story in stories:
        world.amazon.orders[story.number] = Order(story)
        world.vcu.purchase_orders[story.po] = purchase_document(story)


def command_for(stories: list[Scenario], folder: Path) -> list[str]:
    """Return a run of findings that only the sites can tell more of."""
    here, there = folder / "pos.csv", folder / "orders.csv"
    pos = "".join(f"{story.po},Amazon,Completed\n" for story in stories)
    orders = "".join(f"{story.number},{story.po},Odd\n" for story in stories)
    here.write_text(f"PO Number,Supplier,PO Status\n{pos}")
    there.write_text(f"Order ID,PO Number,Order Status\n{orders}")
    program = Path(sys.executable).with_name("vendorfirst")
    files = ["--realsource", str(here), "--vendor", f"amazon_business={there}"]
    return [str(program), "watchlist", "run", *files, "--json", "--look", "--per-minute", "60"]


@pytest.mark.parametrize("count", [2, pytest.param(LOOKS, marks=pytest.mark.slow)])
@pytest.mark.timeout(3600 + 40 * LOOKS)
def test_killed_run_looks_at_nothing_twice(count, tmp_path):
    """Killed within a look at the stand-in sites; only that look is made anew, and none writes."""
    stories = stories_for(count)
    before, last = stories[: count // 2], stories[count // 2]
    command = command_for(stories, tmp_path)
    patience = PATIENCE + 20.0 * count
    began = time.monotonic()
    with Standin() as sites:
        serve(sites, stories)
        keep_sessions(sites.world, tmp_path / "home")
        oracle = sites.world.oracle
        env = environment(sites, tmp_path / "home")
        killed = subprocess.Popen(
            command, env=env, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

        def kill(seen: Observation) -> None:
            if seen.kind == ORDER_SHOWN and seen.subject == last.number:
                oracle.watch = None
                os.killpg(killed.pid, signal.SIGKILL)

        oracle.watch = kill
        assert killed.wait(patience) == -signal.SIGKILL
        looked = [oracle.count(ORDER_SHOWN, story.number) for story in before]
        assert all(looked)
        ended = subprocess.run(
            command, env=env, capture_output=True, text=True, check=False, timeout=patience
        )
        assert [oracle.count(ORDER_SHOWN, story.number) for story in before] == looked
        assert oracle.count(VENDOR_SUBMIT) == oracle.count(PO_SUBMIT) == 0
    found = {one["po"]: one["finding"] for one in map(json.loads, ended.stdout.splitlines())}
    assert found == {story.po: "clean" for story in stories}, ended.stderr
    assert ended.returncode == 0
    print(f"{count} looks and a kill: {time.monotonic() - began:.0f} s")


@pytest.mark.parametrize("count", [16, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.timeout(7200)
def test_many_looks_survive_kills(count, tmp_path):
    """Each PO is looked at once, but for the look that a kill ended, and nothing is pressed."""
    quiet, killed = tmp_path / "quiet", tmp_path / "killed"
    for home in (quiet, killed):
        home.mkdir()
    expected = _look_at(quiet, count).communicate(timeout=PATIENCE * 30)[0]
    kills = 3
    for n in range(1, kills + 1):
        run = _look_at(killed, count)
        _wait_for_looks(killed, count * n // (kills + 1), run)
        run.kill()
        run.communicate()
    found = _look_at(killed, count).communicate(timeout=PATIENCE * 30)[0]
    assert found == expected
    assert len(found.splitlines()) == count
    looks, once = _looks(killed), _looks(quiet)
    assert len(once) <= len(looks) <= len(once) + kills * len(once) // count
    assert set(looks) == set(once)
    assert not (killed / "presses").exists()


def _look_at(home: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.watchlist_looks", str(home), str(count)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def _looks(home: Path) -> list[str]:
    file = home / "looks"
    return file.read_text().splitlines() if file.exists() else []


def _wait_for_looks(home: Path, count: int, run: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE * 30
    while len(_looks(home)) < count:
        assert run.poll() is None, "it ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
