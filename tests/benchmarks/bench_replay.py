"""How fast a replay is, by ``make bench``: ratios of medians over interleaved rounds. Not part of
the suite.

VENDORFIRST_BENCH_ROUNDS says how many rounds (default 5). Live is the stand-in, in this process as
the replay's server is. Playwright's own HAR replay can't do a flow; it is compared on pages that
are only looked at.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from robot.browser.launch.chromium import find_browser
from robot.recording import samples
from robot.recording.entries import Entry
from robot.recording.files import export, load, names
from robot.recording.replay.lanes import SharedLanes
from robot.recording.replay.matcher import Matcher
from robot.recording.replay.replay import Replay
from robot.recording.replay.server import ReplayServer
from robot.recording.samples import SAMPLES
from robot.redaction import Redactor
from robot.runner.robot import open_robot
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.standin.server import Standin

RECORDINGS = Path(__file__).parents[2] / "recordings"
ROUNDS = int(os.environ.get("VENDORFIRST_BENCH_ROUNDS", "5"))
BROWSED = 8


def timed(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def live(standin: Standin, name: str) -> None:
    sample = next(s for s in SAMPLES if s.name == name)
    with samples.staged(sample, standin) as told, open_robot(told, Sites(), Redactor()) as robot:
        robot.run(sample.asked(told).wishes)


def test_replay_against_live():
    for name in ("shipped", "two_shipments"):
        took = {"live": [], "replay": []}
        with Standin() as standin:
            for _ in range(ROUNDS):
                took["live"].append(timed(lambda name=name, standin=standin: live(standin, name)))
                took["replay"].append(
                    timed(lambda name=name: Replay(load(RECORDINGS / name)).run())
                )
        then, now = median(took["live"]), median(took["replay"])
        print(
            f"\n{name}: live {then:.2f} s, replay {now:.2f} s, ratio {now / then:.2f} (min"
            f" {min(took['replay']):.2f} s)"
        )


def test_replay_against_playwright_on_pages_only_looked_at(tmp_path):
    """Replay is measured against Playwright's own on pages that are only looked at."""
    recording = load(RECORDINGS / "two_shipments")
    pages = [
        e
        for e in recording.entries
        if e.status == 200 and e.mime == "text/html" and e.method == "GET"
    ]
    url = next(e.url for e in pages if "order-details" in e.url)
    (tmp_path / "flow.har").write_text(export(recording))
    found = [
        e for e in recording.entries if (e.url == url and e.status == 200) or e.kind == "asset"
    ]
    loads = [e for e in found if e.kind != "asset"][:1] * BROWSED + [
        e for e in found if e.kind == "asset"
    ]
    took = {"own server": [], "Playwright's HAR": []}
    with sync_playwright() as playwright:
        chromium = find_browser(Settings(home=tmp_path, database_url=""), shell=True)
        for _ in range(ROUNDS):
            matcher = Matcher(loads)

            def ask(sent: Entry, matcher: Matcher = matcher) -> Entry | None:
                return matcher.answer(sent)

            with ReplayServer(recording.hosts, ask, datetime.now(UTC)) as server:
                rules = ",".join(
                    f"MAP {host} {address}" for host, address in server.resolve.items()
                )
                flags = [
                    f"--host-resolver-rules={rules},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
                    "--no-sandbox",
                ]
                flags.append(f"--ignore-certificate-errors-spki-list={server.spki}")
                browser = playwright.chromium.launch(executable_path=chromium, args=flags)
                for name, seconds in took.items():
                    context = browser.new_context(service_workers="block")
                    if name != "own server":
                        context.route_from_har(tmp_path / "flow.har", not_found="abort")
                    page = context.new_page()
                    seconds.append(
                        timed(lambda page=page: [page.goto(url) for _ in range(BROWSED)])
                    )
                    context.close()
                browser.close()
    own, theirs = (median(seconds) for seconds in took.values())
    print(
        f"\n{BROWSED} pages: own server {own * 1000:.0f} ms, Playwright's HAR {theirs * 1000:.0f}"
        f" ms, ratio {own / theirs:.2f}"
    )


def test_recordings_a_minute():
    some = [
        "shipped",
        "delivered",
        "other_form",
        "refused",
        "foreign",
        "redirect_away",
        "missing_line",
        "check",
    ]
    with SharedLanes() as browsers:

        def one(name: str) -> None:
            Replay(load(RECORDINGS / name), browsers=browsers).run()

        for lanes in (1, 4):
            with ThreadPoolExecutor(lanes) as pool:
                list(pool.map(one, some[:lanes]))  # the browsers are started before it counts
                took = timed(lambda pool=pool: list(pool.map(one, some)))
            print(f"\n{lanes} at a time: {len(some) * 60 / took:.0f} recordings a minute")


def test_size():
    files = [p for p in RECORDINGS.rglob("*") if p.is_file()]
    total = sum(p.stat().st_size for p in files)
    packed = subprocess.run(
        ["tar", "--sort=name", "-cJf", "-", "recordings"],
        cwd=RECORDINGS.parent,
        capture_output=True,
        check=True,
    ).stdout
    entries = sum(
        len(json.loads((RECORDINGS / n / "flow.har").read_text())["log"]["entries"])
        for n in names(RECORDINGS)
    )
    print(
        f"\n{len(names(RECORDINGS))} recordings, {entries} entries:"
        f" {total / 1e6:.1f} MB on disk, {len(packed) / 1e3:.0f} kB packed"
    )
