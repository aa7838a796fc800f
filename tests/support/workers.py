"""A scene for workers.

Stand-in sites without a second factor, a queue, and workers that are real commands.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from robot.browser.launch.processes import is_alive
from robot.cancellation.events import Event, Failed
from robot.cancellation.request import CancelRequest
from robot.queue.intake import AS_NEW
from robot.queue.items import OVER, WAITS, NewItem, State
from robot.queue.table import QueueTable
from robot.standin.oracle import PO_SUBMIT, VENDOR_SUBMIT, Observation
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import SitePauses
from robot.storage.schema import NEVER, holds, queue
from tests.support.kept_sessions import keep_sessions
from tests.support.stage import environment, settings_for

VENDORFIRST = Path(sys.executable).with_name("vendorfirst")
#: How long (s) anything may take on a machine that is busy with others.
PATIENCE = 300.0
VENDOR = "amazon_business"


class Scene:
    """A scene whose commands share a home and settings.

    ``more`` are settings of every command; ``home`` is theirs too. ``signed_in`` is for tests of
    other things than signing in: their commands find kept sessions. Close it with ``end``.
    """

    def __init__(
        self, standin: Standin, home: Path, *, signed_in: bool = False, **more: str
    ) -> None:
        self.standin, self.home, self.more = standin, home, more
        standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
        standin.world.amazon.list_seconds = 0.0
        if signed_in:
            keep_sessions(standin.world, home)
        self.database = Database(settings_for(standin, home, **more).database_url)
        self.table, self.pauses, self.ledger = (
            QueueTable(self.database),
            SitePauses(self.database),
            Ledger(self.database),
        )
        self.oracle = standin.world.oracle

    def end(self) -> None:
        """Check what must hold in every scene."""
        self.oracle.watch = None
        assert self.oracle.broken_promises() == []
        self.ledger.audit()
        self.database.close()

    # --- the queue ---

    def add(self, *slugs: str) -> None:
        self.table.add(
            [NewItem(CancelRequest(VENDOR, BY_SLUG[slug].number, None)) for slug in slugs]
        )

    def state(self, slug: str) -> tuple[State, str | None]:
        item = self.table.find(BY_SLUG[slug].number)[0]
        return item.state, item.problem

    def states(self, *slugs: str) -> list[State]:
        return [self.state(slug)[0] for slug in slugs]

    def settle_inbox(self) -> None:
        """Settle what other tests left to a person, so that nothing stands before this one's."""
        for item in self.table.listed([State.NEEDS_PERSON, State.FAILED]):
            said = self.command("queue", "resolve", item.name, "--as", "done", "--because", "test")
            assert said.returncode == 0, said.stderr

    def in_hand(self) -> set[str]:
        """Return the workers that have something in hand."""
        return {item.worker for item in self.table.listed() if item.worker is not None}

    def time_passes(self, seconds: float) -> None:
        """Make what is due or held until a time so ``seconds`` earlier."""
        with self.database.writing() as tx:
            tx.execute(
                holds.update().where(holds.c.until < NEVER).values(until=holds.c.until - seconds)
            )
            earlier = AS_NEW | {"due_at": queue.c.due_at - seconds, "ready": WAITS}
            tx.execute(queue.update().where(queue.c.ready > OVER).values(earlier))

    # --- what happened ---

    def events(self, slug: str) -> tuple[Event, ...]:
        return self.ledger.events(f"{VENDOR}:{BY_SLUG[slug].number}")

    def failures(self, slug: str) -> list[str]:
        return [event.problem for event in self.events(slug) if isinstance(event, Failed)]

    def presses(self, slug: str) -> tuple[int, int]:
        story = BY_SLUG[slug]
        return self.oracle.count(VENDOR_SUBMIT, story.number), self.oracle.count(
            PO_SUBMIT, story.po
        )

    def said(self) -> str:
        """Return what all workers said."""
        return "".join(file.read_text() for file in sorted(self.home.glob("worker*.txt")))

    def until(self, ready: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)

    def once(self, kind: str, what: str, strike: Callable[[], object]) -> Callable[[], bool]:
        """Call ``strike`` when the servers first see it, while nobody is answered.

        Returns a question whether that was.
        """
        seen: list[Observation] = []

        def watch(entry: Observation) -> None:
            if entry.kind == kind and what in entry.subject and not seen:
                seen.append(entry)
                strike()

        self.oracle.watch = watch
        return lambda: bool(seen)

    # --- commands ---

    @contextmanager
    def worker(
        self, *options: str, leads_a_group: bool = False, **more: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        told = environment(self.standin, self.home, **{**self.more, **more})
        with (self.home / f"worker{time.monotonic_ns()}.txt").open("wb") as out:
            worker = subprocess.Popen(
                [VENDORFIRST, "work", *options], env=told, cwd=self.home, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=leads_a_group,
            )  # fmt: skip
        try:
            yield worker
        finally:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
                worker.wait()

    def work(self, *options: str, **more: str) -> None:
        """Run a worker that comes to its end because nothing is left to do."""
        with self.worker("--until-empty", *options, **more) as worker:
            assert worker.wait(PATIENCE) == 0, self.said()

    def command(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Another command, with nobody at a terminal."""
        told = environment(self.standin, self.home, **{**self.more, **more})
        return subprocess.run(
            [VENDORFIRST, *words], env=told, cwd=self.home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip


def family_of(pid: int) -> list[psutil.Process]:
    """Return a process and all that it started."""
    robot = psutil.Process(pid)
    return [robot, *robot.children(recursive=True)]


def kill(pid: int, *, alone: bool = False) -> list[psutil.Process]:
    """Kill a worker with its browser, or ``alone``.

    So that it has no time to see its browser die.
    """
    with suppress(psutil.NoSuchProcess, ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        family = family_of(pid)
        for process in family[:1] if alone else reversed(family):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return family
    return []


def living(family: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run."""
    return [process for process in family if is_alive(process)]
