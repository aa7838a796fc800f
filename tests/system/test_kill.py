"""Killed anywhere and run again, a cancellation ends the same: both systems cancelled, nothing lost
or pressed blindly.

The points are things that the servers saw or that the ledger holds, never times.
VENDORFIRST_KILL_POINTS says how many there are: fewer than the named ones are spread over the run,
more go on to every entry and every event in turn.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from robot.cancellation.events import Event, EvidenceKept, Finished, Requested
from robot.standin.oracle import (
    CODE_TYPED,
    DOCUMENT,
    ORDER_SHOWN,
    PASSWORD_TYPED,
    PO_SHOWN,
    PO_SUBMIT,
    VENDOR_SUBMIT,
    Observation,
    Oracle,
)
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.storage.ledger import Ledger
from tests.support.stage import environment

STORY = BY_SLUG["done"]
CASE = f"amazon_business:{STORY.number}"
COMMAND = [
    Path(sys.executable).with_name("vendorfirst"),
    "cancel",
    STORY.number,
    "--yes",
    "--json",
    "--no-input",
]
#: How long (s) a run, a death, and the browser's end after it may take on a machine that is busy
#: with others.
PATIENCE = 120.0
#: Codes that last this long (s): a second run may not type the first one's code again.
PERIOD = 3


@dataclass(frozen=True, slots=True)
class Point:
    """The ``nth`` time that the servers see an entry of ``kind`` with ``what`` in its subject, or
    any entry ("").

    ``ledger`` points are the moment when the ledger holds its ``nth`` event of ``kind``. Killed is
    the robot with its browser, or the robot ``alone``. ``codes``: both sites ask for one-time
    codes.
    """

    name: str
    kind: str = ""
    what: str = ""
    nth: int = 1
    ledger: bool = False
    alone: bool = False
    codes: bool = False


NAMED = (
    Point("requested", "requested", ledger=True),
    Point("Amazon asks who it is", DOCUMENT, "/ap/signin", alone=True),
    Point("Amazon has the password", PASSWORD_TYPED, "amazon"),
    Point("Amazon has the code", CODE_TYPED, "amazon", codes=True),
    Point("signed in to Amazon", "signed_in", ledger=True, alone=True),
    Point("the order was shown live", ORDER_SHOWN, alone=True),
    Point("the order's look is in the ledger", "order_seen", ledger=True),
    Point("the cancel form is asked for", DOCUMENT, "/preship/cancel-items"),
    Point("the vendor's press is announced", "vendor_intended", ledger=True),
    Point(
        "the vendor's press is announced, the browser lives on",
        "vendor_intended",
        ledger=True,
        alone=True,
    ),
    Point("the vendor has the press", VENDOR_SUBMIT),
    Point("the vendor has the press, the browser lives on", VENDOR_SUBMIT, alone=True),
    Point("the vendor's answer is asked for", DOCUMENT, "/preship/cancel-summary"),
    Point("the vendor's answer is in the ledger", "vendor_answered", ledger=True, alone=True),
    Point("the order reads back cancelled", ORDER_SHOWN, nth=2),
    Point("the list of the PO's orders is asked for", DOCUMENT, "/ab/your-orders", alone=True),
    Point("RealSource is asked for", DOCUMENT, "SAMLAuth"),
    Point("VCU has the password", PASSWORD_TYPED, "vcu", alone=True),
    Point("Duo has the code", CODE_TYPED, "duo", codes=True),
    Point("the PO was shown live", PO_SHOWN),
    Point("RealSource's press is announced", "po_intended", ledger=True),
    Point("RealSource has the press", PO_SUBMIT),
    Point("RealSource has the press, the browser lives on", PO_SUBMIT, alone=True),
    Point("the PO reads back cancelled", PO_SHOWN, nth=3, alone=True),
    Point("finished", "finished", ledger=True),
)


def points() -> list[Point]:
    """As many points as are wanted."""
    wanted = int(os.environ.get("VENDORFIRST_KILL_POINTS", len(NAMED)))
    if wanted <= len(NAMED):
        return [NAMED[i * len(NAMED) // wanted] for i in range(wanted)]
    more = []
    for n in range(1, (wanted - len(NAMED)) // 2 + 2):
        more += [
            Point(f"entry {n}", nth=n, alone=n % 2 == 0),
            Point(f"event {n}", nth=n, alone=n % 2 == 1, ledger=True),
        ]
    return [*NAMED, *more][:wanted]


class Executioner:
    """Kills a robot at its point: in the servers' thread, which answers nobody meanwhile, or when
    the ledger tells.
    """

    def __init__(self, point: Point) -> None:
        self.point = point
        self.struck = threading.Event()
        self.over = threading.Event()
        self.family: list[psutil.Process] = []
        self._robot: psutil.Process | None = None
        self._born = threading.Event()
        self._seen = 0

    def begin(self, robot: subprocess.Popen[bytes]) -> None:
        self._robot = psutil.Process(robot.pid)
        self._born.set()

    def watch(self, entry: Observation) -> None:
        """What the oracle tells of."""
        point = self.point
        if point.ledger or self.struck.is_set() or (point.kind and entry.kind != point.kind):
            return
        self._seen += point.what in entry.subject
        if self._seen == point.nth:
            self._strike()

    def follow(self, ledger: Path) -> None:
        """Look into the ledger until it holds the event; from a thread of its own."""
        query = "SELECT count(*) FROM events WHERE json_extract(body, '$.kind') LIKE ?"
        while not self.over.is_set():
            try:
                with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as db:
                    while not self.over.is_set():
                        if (
                            db.execute(query, (self.point.kind or "%",)).fetchone()[0]
                            >= self.point.nth
                        ):
                            self._strike()
                            return
                        time.sleep(0.0005)
            except sqlite3.OperationalError:
                time.sleep(0.005)  # there is no ledger yet

    def _strike(self) -> None:
        self._born.wait(PATIENCE)
        robot = self._robot
        assert robot is not None
        try:
            robot.suspend()  # so that it has no time to see its browser die
            self.family = robot.children(recursive=True)
            for child in [] if self.point.alone else self.family:
                with_luck(child.kill)
            robot.kill()
        except psutil.NoSuchProcess:
            return  # it had come to its end
        self.struck.set()


def with_luck(kill) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        kill()


def living(family: list[psutil.Process]) -> list[psutil.Process]:
    """Those that are still there after a while; a dead one that nobody has asked after counts as
    gone.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        left = [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
        if not left:
            return []
        time.sleep(0.02)
    return left


@dataclass(slots=True)
class Told:
    """How a killed run and the one after it went."""

    killed: bool
    status: int
    receipt: dict[str, Any]
    said: str
    oracle: Oracle
    order: str
    po: str
    home: Path
    orphans: list[psutil.Process] = field(default_factory=list)

    @property
    def events(self) -> tuple[Event, ...]:
        ledger = self.ledger()
        try:
            return ledger.events(CASE)
        finally:
            ledger.close()

    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.home / 'ledger.sqlite'}")


def tell(point: Point, home: Path) -> Told:
    """Run, kill at the point, run again to the end."""
    executioner = Executioner(point)
    with Standin() as standin:
        amazon, vcu, oracle = standin.world.amazon, standin.world.vcu, standin.world.oracle
        amazon.list_seconds, oracle.watch = 0.0, executioner.watch
        if point.codes:
            amazon.totp_period = vcu.totp_period = PERIOD
        else:
            amazon.mfa, vcu.duo = "none", "none"
        told = environment(standin, home)
        with (home / "first.txt").open("wb") as out:
            first = subprocess.Popen(
                COMMAND, env=told, cwd=home, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        executioner.begin(first)
        follower = threading.Thread(target=executioner.follow, args=[home / "ledger.sqlite"])
        if point.ledger:
            follower.start()
        first.wait(PATIENCE)
        executioner.over.set()
        if point.ledger:
            follower.join()
        oracle.watch = None
        again = subprocess.run(
            COMMAND,
            env=told,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
        return Told(
            killed=executioner.struck.is_set(),
            status=again.returncode,
            receipt=json.loads(again.stdout or b"{}"),
            said=again.stderr.decode(),
            oracle=oracle,
            order=amazon.orders[STORY.number].state,
            po=vcu.purchase_orders[STORY.po].status,
            home=home,
            orphans=living(executioner.family),
        )


@pytest.mark.slow_except("the-vendor's-press-is-announced", "RealSource-has-the-press")
@pytest.mark.timeout(3 * PATIENCE)
@pytest.mark.parametrize("point", points(), ids=lambda point: point.name.replace(" ", "-"))
def test_killed_and_run_again_it_ends_the_same(point, tmp_path):
    story = tell(point, tmp_path)
    if not (story.killed or point in NAMED):
        pytest.skip("the run is over before it comes to this point")

    assert story.killed
    assert story.orphans == []
    assert (story.status, story.receipt.get("outcome")) == (0, "done"), story.said
    assert (story.order, story.po) == ("cancelled", "Cancelled")
    assert story.receipt["realsource"]["state"] in {"cancelled", "already_cancelled"}
    assert story.oracle.broken_promises() == []
    # The press that was announced and not made is the only one that may be made up for.
    may_be_lost = point.kind == "vendor_intended", point.kind == "po_intended"
    assert story.oracle.count(VENDOR_SUBMIT, STORY.number) in {1, 1 + may_be_lost[0]}
    assert story.oracle.count(PO_SUBMIT, STORY.po) in {1, 1 + may_be_lost[1]}
    assert_nothing_lost(story)


def assert_nothing_lost(story: Told) -> None:
    """One case, whose chain holds; every request came to an end, with a receipt; every piece of
    evidence is there.
    """
    ledger = story.ledger()
    try:
        with sqlite3.connect(story.home / "ledger.sqlite") as db:
            assert db.execute('SELECT DISTINCT "case" FROM events').fetchall() == [(CASE,)]
        ledger.audit()
        receipts = {receipt.id: receipt.outcome for receipt in ledger.receipts(CASE)}
    finally:
        ledger.close()
    requests = [event.request_id for event in story.events if isinstance(event, Requested)]
    assert len([event for event in story.events if isinstance(event, Finished)]) == len(requests)
    assert receipts == dict.fromkeys(requests, "done")
    for piece in (event for event in story.events if isinstance(event, EvidenceKept)):
        files = list((story.home / "evidence").glob(f"*/{piece.file}"))
        assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == [piece.sha256]
