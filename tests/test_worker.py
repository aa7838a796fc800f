"""A worker on the stand-in sites: lists come to their ends, deaths lose nothing, nothing is pressed twice blindly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from robot.backlog import Backlog
from robot.database import Database
from robot.holds import Holds
from robot.items import State, Wanted
from robot.ledger import Ledger
from robot.standin.oracle import PASSWORD_TYPED, PO_SUBMIT, VENDOR_SUBMIT
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from tests.conftest import environment, settings_for

VENDORFIRST = Path(sys.executable).with_name("vendorfirst")
#: How long (s) anything may take on a machine that is busy with others.
PATIENCE = 150.0
pytestmark = pytest.mark.timeout(3 * PATIENCE)


class Scene:
    """Stand-in sites without a second factor, and a queue; workers are real commands."""

    def __init__(self, standin: Standin, home: Path) -> None:
        self.standin, self.home = standin, home
        standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
        standin.world.amazon.list_seconds = 0.0
        self.database = Database(settings_for(standin, home).database_url)
        self.backlog = Backlog(self.database)
        self.oracle = standin.world.oracle

    def add(self, *slugs: str) -> None:
        self.backlog.add([Wanted("amazon_business", BY_SLUG[slug].number, None) for slug in slugs])

    @contextmanager
    def worker(self, *options: str):
        told = environment(self.standin, self.home)
        out = (self.home / "worker.txt").open("ab")
        worker = subprocess.Popen([VENDORFIRST, "work", *options], env=told, cwd=self.home, stdout=out, stderr=out)
        try:
            yield worker
        finally:
            out.close()
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
                worker.wait()

    def state(self, slug: str) -> tuple[State, str | None]:
        item = self.backlog.find(BY_SLUG[slug].number)[0]
        return item.state, item.problem

    def until(self, ready) -> None:
        end = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, (self.home / "worker.txt").read_text()
            time.sleep(0.05)

    def presses(self, slug: str) -> tuple[int, int]:
        story = BY_SLUG[slug]
        return self.oracle.count(VENDOR_SUBMIT, story.number), self.oracle.count(PO_SUBMIT, story.po)


@pytest.fixture
def scene(tmp_path):
    with Standin() as standin:
        made = Scene(standin, tmp_path)
        yield made
        assert made.oracle.broken_promises() == []
        assert Ledger(made.database).verify() is None
        made.database.close()


def test_a_list_comes_to_its_ends(scene):
    slugs = ("done", "shipped", "pending_confirmed", "po_invoiced")
    scene.add(*slugs)
    with scene.worker("--lanes", "2", "--until-empty") as worker:
        assert worker.wait(PATIENCE) == 0
    assert [scene.state(slug) for slug in slugs] == [
        (State.DONE, None),
        (State.REFUSED, "shipped"),
        (State.DONE, None),
        (State.NEEDS_PERSON, "po_invoiced"),
    ]
    assert scene.presses("done") == (1, 1)
    assert scene.presses("po_invoiced") == (1, 0)
    receipts = {receipt["order"]["number"]: receipt["outcome"] for receipt in Ledger(scene.database).all_receipts()}
    assert receipts == {
        BY_SLUG[slug].number: outcome
        for slug, outcome in zip(slugs, ("done", "refused", "done", "needs_person"), strict=True)
    }


@pytest.mark.parametrize("alone", [False, True], ids=["with its browser", "alone"])
@pytest.mark.parametrize("kind", [VENDOR_SUBMIT, PO_SUBMIT])
def test_a_killed_workers_order_goes_on_at_another(scene, kind, alone):
    family: list[psutil.Process] = []

    def strike(entry) -> None:
        if entry.kind == kind and not family:
            robot = psutil.Process(first.pid)
            robot.suspend()
            family.extend([robot, *robot.children(recursive=True)])
            for process in family[:1] if alone else reversed(family):
                process.kill()

    scene.add("done")
    scene.oracle.watch = strike
    with scene.worker() as first:
        scene.until(lambda: first.poll() is not None)
        scene.oracle.watch = None
        died = time.time()
        with scene.worker("--until-empty") as second:
            assert second.wait(PATIENCE) == 0
    assert scene.state("done") == (State.DONE, None)
    assert scene.presses("done") == (1, 1)
    assert time.time() - died < PATIENCE
    scene.until(lambda: not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE])


def test_a_worker_that_slept_past_its_lease_cannot_press(scene):
    scene.add("done")

    def freeze(entry) -> None:
        if "/preship/cancel-items" in entry.subject:
            scene.oracle.watch = None
            os.kill(first.pid, signal.SIGSTOP)

    scene.oracle.watch = freeze
    with scene.worker() as first:
        scene.until(lambda: scene.oracle.watch is None)
        with scene.worker() as second:
            scene.until(lambda: scene.state("done")[0] is State.DONE)
            os.kill(first.pid, signal.SIGCONT)
            second.terminate()
            assert second.wait(PATIENCE) == 0
        scene.add("pending_confirmed")  # the one that woke up works on
        scene.until(lambda: scene.state("pending_confirmed")[0] is State.DONE)
    assert scene.presses("done") == (1, 1)


def test_a_worker_that_is_told_to_stop_finishes_or_hands_back(scene):
    scene.add("done", "pending_confirmed")
    stopped = []

    def stop(entry) -> None:
        if entry.kind == VENDOR_SUBMIT and not stopped:
            stopped.append(entry)
            worker.send_signal(signal.SIGTERM)

    scene.oracle.watch = stop
    with scene.worker() as worker:
        assert worker.wait(PATIENCE) == 0
    scene.oracle.watch = None
    assert stopped
    assert {scene.state(slug)[0] for slug in ("done", "pending_confirmed")} <= {
        State.WAITING, State.PENDING, State.DONE,
    }  # fmt: skip
    assert [item.worker for item in scene.backlog.listed()] == [None, None]
    with scene.worker("--until-empty") as second:
        assert second.wait(PATIENCE) == 0
    assert [scene.state(slug)[0] for slug in ("done", "pending_confirmed")] == [State.DONE, State.DONE]
    assert scene.presses("done") == (1, 1)


def test_a_refused_password_holds_the_site_and_is_typed_once(scene):
    told = {"AMAZON_BUSINESS_PASSWORD": "not-the-password"}
    scene.add("done", "shipped")
    env = environment(scene.standin, scene.home, **told)
    done = subprocess.run(
        [VENDORFIRST, "work", "--until-empty"],
        env=env,
        cwd=scene.home,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert scene.oracle.count(PASSWORD_TYPED) == 1
    assert list(Holds(scene.database).held()) == ["amazon_business"]
    assert sorted(scene.state(slug)[0] for slug in ("done", "shipped")) == [State.NEEDS_PERSON, State.WAITING]


def test_what_is_paused_is_not_pressed_and_goes_on_when_it_is_resumed(scene):
    holds = Holds(scene.database)
    scene.add("done")

    def pause(entry) -> None:
        if "order-details" in entry.subject:
            scene.oracle.watch = None
            holds.pause("amazon_business", "somebody", "wait")

    scene.oracle.watch = pause
    with scene.worker("--until-empty") as worker:
        assert worker.wait(PATIENCE) == 0
    assert scene.presses("done") == (0, 0)
    assert scene.state("done")[0] is State.WAITING
    holds.resume("amazon_business")
    with scene.worker("--until-empty") as worker:
        assert worker.wait(PATIENCE) == 0
    assert scene.presses("done") == (1, 1)


def test_an_order_that_the_command_line_left_unconfirmed_goes_on_in_the_queue(scene):
    story = BY_SLUG["pending_confirmed"]
    command = [VENDORFIRST, "cancel", story.number, "--yes", "--no-input", "--wait", "0s"]
    told = environment(scene.standin, scene.home)
    first = subprocess.run(command, env=told, cwd=scene.home, capture_output=True, check=False, timeout=PATIENCE)
    assert first.returncode == 4, first.stderr
    assert scene.state("pending_confirmed") == (State.PENDING, None)
    with scene.worker("--until-empty") as worker:
        assert worker.wait(PATIENCE) == 0
    assert scene.state("pending_confirmed") == (State.DONE, None)
    assert scene.presses("pending_confirmed") == (1, 1)
