"""What open pages cost, by ``make bench``. Not part of the suite.

200 orders a minute arrive and a worker works on them: first without a console, then with one that
twelve tabs of one browser and twenty people's pages look at. VENDORFIRST_BENCH_SECONDS says how
long each part takes (default 60).
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import threading
import time
from collections import defaultdict
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median, quantiles

import psutil
import pytest
import sqlalchemy as sa

from robot.cancellation.request import CancelRequest
from robot.console.invites import Invites
from robot.console.roles import Role
from robot.queue.items import NewItem
from robot.queue.table import QueueTable
from robot.standin.server import Standin
from robot.storage.database import Database
from robot.storage.schema import events
from tests.benchmarks.bench_cancel import AMAZON, orders
from tests.benchmarks.bench_queue import VENDORFIRST, finished, until, working
from tests.support.stage import environment, settings_for

SECONDS = float(os.environ.get("VENDORFIRST_BENCH_SECONDS", "60"))
ARRIVING = 200 / 60
TABS = 12
PEOPLE = 20
#: How many connections a browser has to one host.
CONNECTIONS = 6
#: How often (s) a page asks again.
POLL = 3.0
PAGES = ("/orders", "/inbox", "/totals", "/orders?text=P01", "/orders?risk=1")


@dataclass
class Load:
    """The open pages of a console, and how long (s) each answer took."""

    port: int
    over: threading.Event = field(default_factory=threading.Event)
    lags: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unchanged: int = 0
    streamed: int = 0

    @contextmanager
    def asked(self, method: str, path: str, body: str | None = None, **headers: str):
        """The answer to one request, on a connection of its own."""
        address = f"127.0.0.1:{self.port}"
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection(address, timeout=300)) as connection:
            connection.request(method, path, body, {"Origin": f"http://{address}", **told})
            with closing(connection.getresponse()) as answer:
                yield answer

    def sign_in(self, secret: str) -> str:
        """Use a link up, and return the session's cookie."""
        kind = "application/x-www-form-urlencoded"
        with self.asked("POST", "/enter", f"key={secret}", content_type=kind) as answer:
            assert answer.status == 303, answer.status
            return str(answer.headers["set-cookie"]).partition(";")[0]

    def look(self, path: str, cookie: str, connections: threading.Semaphore) -> None:
        """Ask for a page again and again, as its script does."""
        seen = ""
        while not self.over.wait(POLL):
            began = time.perf_counter()
            told = {"cookie": cookie, "x_poll": "1", "if_none_match": seen}
            with connections, self.asked("GET", path, **told) as answer:
                answer.read()
            self.lags[path].append(time.perf_counter() - began)
            self.unchanged += answer.status == 304
            seen = str(answer.headers["etag"])

    def follow(self, item: int, cookie: str, connections: threading.Semaphore) -> None:
        """Read the stream of a run as long as it is live."""
        path = f"/runs/{item}/events"
        with connections, self.asked("GET", path, cookie=cookie) as answer:
            while not self.over.is_set() and (line := answer.readline()):
                self.streamed += line.startswith(b"id:")


@contextmanager
def arriving(table: QueueTable, number):
    """Have 200 orders a minute come."""
    over = threading.Event()

    def put_in() -> None:
        while not over.wait(1 / ARRIVING):
            table.add([NewItem(CancelRequest(AMAZON, next(number), None))])

    thread = threading.Thread(target=put_in)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def serving(told: dict[str, str]):
    """A console as a process of its own, with its port."""
    command = [VENDORFIRST, "console", "--port", "0"]
    with subprocess.Popen(command, env=told, stdout=-3, stderr=subprocess.PIPE, text=True) as one:
        try:
            found = None
            while found is None:
                found = re.search(r"http://127\.0\.0\.1:(\d+)/enter", one.stderr.readline())
            yield psutil.Process(one.pid), int(found.group(1))
        finally:
            one.terminate()


@contextmanager
def looking(load: Load, invites: Invites, newest: int):
    """Twelve tabs of one browser, one of them on a live run, and twenty people's pages."""
    cookies = [
        load.sign_in(invites.make(f"Person {n}", Role.VIEWER, "bench")) for n in range(PEOPLE + 1)
    ]
    browser = threading.Semaphore(CONNECTIONS)
    paths = cycle(PAGES)
    threads = [threading.Thread(target=load.follow, args=(newest, cookies[0], browser))]
    tabs = [(path, cookies[0], browser) for path in islice(paths, TABS - 1)]
    others = [(next(paths), cookie, threading.Semaphore()) for cookie in cookies[1:]]
    threads += [threading.Thread(target=load.look, args=one) for one in tabs + others]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        load.over.set()
        for thread in threads:
            thread.join()


def steps(database: Database) -> int:
    """How many steps the worker has written down."""
    asked = events.c.body.startswith('{"kind":"approved"')
    with database.reading() as tx:
        return tx.execute(sa.select(sa.func.count()).where(~asked)).scalar_one()


@pytest.mark.timeout(0)
def test_open_pages_beside_a_worker(tmp_path):
    taken = {}
    with Standin() as standin, ExitStack() as stack:
        standin.world.amazon.mfa, standin.world.vcu.duo = "none", "none"
        number = orders(standin)
        told = environment(standin, tmp_path)
        database = Database(settings_for(standin, tmp_path).database_url)
        stack.callback(database.close)
        table = QueueTable(database)
        stack.enter_context(working(told))
        table.add([NewItem(CancelRequest(AMAZON, next(number), None))])
        until(lambda: finished(table, 1))
        stack.enter_context(arriving(table, number))
        taken["without"] = steps_of(database)
        process, port = stack.enter_context(serving(told))
        load = Load(port)
        newest = max(item.id for item in table.listed())
        with looking(load, Invites(database, time.time), newest):
            time.sleep(2 * POLL)
            begin = process.memory_info().rss
            taken["with"] = steps_of(database)
            end = process.memory_info().rss
        report(load, taken, begin, end)


def steps_of(database: Database) -> int:
    """How many steps the worker takes in the time of one part."""
    before = steps(database)
    time.sleep(SECONDS)
    return steps(database) - before


def report(load: Load, taken: dict[str, int], begin: int, end: int) -> None:
    every = [lag for lags in load.lags.values() for lag in lags]
    print(f"\n{len(every)} polls, {load.unchanged} of them answered with 304; seconds of each:")
    for path, lags in [*sorted(load.lags.items()), ("all pages", every)]:
        worst = quantiles(lags, n=100)[98] if len(lags) > 1 else lags[0]
        print(f"  {path:<20} median {median(lags):.3f}, 99th percentile {worst:.3f}")
    print(f"  steps that the stream of a live run sent: {load.streamed}")
    print(f"console's memory: {begin / 2**20:.0f} MiB, then {end / 2**20:.0f} MiB")
    ratio = taken["with"] / max(taken["without"], 1)
    print(f"steps that the worker took: {taken['without']} without a console,", end=" ")
    print(f"{taken['with']} with one that is looked at: {ratio:.2f}")
