"""Replays of the recordings, and of faults over them.

Green in any order and side by side with no way out, red at once and with proof.
"""

from __future__ import annotations

import os
import random
import socket
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from robot.browser.lane import Lane
from robot.recording.entries import Entry, Recording
from robot.recording.files import load, names, save
from robot.recording.replay.diagnosis import replay_with_trace
from robot.recording.replay.faults import EntryFault
from robot.recording.replay.lanes import NOWHERE, SharedLanes
from robot.recording.replay.no_network import Outbound, only_loopback
from robot.recording.replay.replay import Replay
from robot.recording.replay.report import ReplayMismatch
from robot.recording.replay.serving import Misfit, serving
from robot.runner.systems import BrowserSystems
from robot.settings import Settings

RECORDINGS = Path(__file__).parents[2] / "recordings"
NAMES = names(RECORDINGS)
#: How many times each recording is replayed by `make replays`, and how many at a time.
TIMES = int(os.environ.get("VENDORFIRST_REPLAYS", "1"))
LANES = 4


@pytest.fixture(scope="module")
def browsers():
    with SharedLanes() as shared:
        yield shared


def packets_away() -> int | None:
    """Return how many packets left this machine.

    Where `.ci/offline` counts them; None elsewhere.
    """
    cables = (line.split() for line in Path("/proc/net/dev").read_text().splitlines())
    return next((int(cable[10]) for cable in cables if cable[0] == "away:"), None)


@pytest.mark.slow_except(
    "done",
    "duo_hotp",
    "po_invoiced",
    "sign_in_everything",
    "silent_reject",
    "split_po_a",
)
@pytest.mark.parametrize("name", NAMES)
def test_a_recording_replays_as_it_was_recorded(name, browsers):
    with only_loopback() as outbound:
        Replay(load(RECORDINGS / name), browsers=browsers).run()
    assert outbound == []


@pytest.mark.replays
def test_every_recording_replays_side_by_side_offline(browsers, capsys):
    some = NAMES * TIMES
    random.shuffle(some)
    red, began, tried = [], time.monotonic(), packets_away()

    def one(name):
        try:
            Replay(load(RECORDINGS / name), browsers=browsers).run()
        except ReplayMismatch as mismatch:
            red.append(mismatch.report)

    with only_loopback() as outbound, ThreadPoolExecutor(LANES) as lanes:
        list(lanes.map(one, some))
    after = packets_away()
    kernel = "not counted by the kernel" if after is None else f"{after - tried} packets that left"
    with capsys.disabled():
        print(
            f"\n{len(some)} replays of {len(NAMES)} recordings, {LANES} at a time,"
            f" {time.monotonic() - began:.0f} s: {len(red)} red, {len(outbound)} outbound"
            f" connections ({kernel})"
        )
    assert red == []
    assert outbound == []
    assert after == tried


# --- no way out -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reach",
    [
        lambda sock: sock.connect(("192.0.2.1", 443)),
        lambda sock: sock.connect_ex(("192.0.2.1", 443)),
        lambda sock: sock.sendto(b"x", ("192.0.2.1", 53)),
        lambda _sock: socket.getaddrinfo("www.amazon.com", 443),
    ],
)
def test_what_reaches_for_another_machine_during_a_replay_fails(reach):
    with (
        pytest.raises(Outbound),
        only_loopback(),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        reach(sock)


@pytest.mark.replays
@pytest.mark.parametrize(
    "family, place", [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::2")]
)
def test_what_leaves_is_counted(family, place):
    if (before := packets_away()) is None:
        pytest.skip("only within .ci/offline")
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((place, 53))
        assert packets_away() == before
        sock.send(b"x")
        assert packets_away() == before + 1


def test_page_that_goes_to_an_unknown_host_is_a_mismatch(browsers, monkeypatch):
    look = BrowserSystems.look_at_order

    def astray(systems, number):
        systems.visit(systems.vendor, lambda visit: visit.goto("https://www.example.com/"))
        return look(systems, number)

    monkeypatch.setattr(BrowserSystems, "look_at_order", astray)
    with only_loopback() as outbound, pytest.raises(ReplayMismatch) as red:
        Replay(load(RECORDINGS / "shipped"), browsers=browsers).run()
    assert (red.value.mismatch.kind, red.value.mismatch.sent.url) == (
        "UNKNOWN",
        "https://www.example.com/",
    )
    assert outbound == []


# --- red ------------------------------------------------------------------------------------------


def test_a_mismatch_leaves_its_proof_behind(browsers, monkeypatch, tmp_path):
    look = BrowserSystems.look_at_order
    monkeypatch.setattr(
        BrowserSystems,
        "look_at_order",
        lambda systems, number: (look(systems, number), look(systems, number))[1],
    )
    with pytest.raises(ReplayMismatch) as red:
        replay_with_trace(Replay(load(RECORDINGS / "shipped"), browsers=browsers), tmp_path)
    folder = tmp_path / "shipped"
    assert red.value.mismatch.kind == "REPEATED"
    assert (folder / "mismatch.png").read_bytes().startswith(b"\x89PNG")
    assert "Replay mismatch: REPEATED" in (folder / "mismatch.html").read_text()
    assert "trace.trace" in zipfile.ZipFile(folder / "trace-amazon_business.zip").namelist()
    report = (folder / "report.txt").read_text()
    for part in (
        "REPLAY MISMATCH  shipped",
        "kind: REPEATED",
        "Look at the order at Amazon Business: look > open_signed_in  flows/amazon/sign_in.py:",
        ">>> here",
        "mismatch.png",
        "a second run, traced: the same",
        "playwright show-trace",
        "meaning",
        "vendorfirst record shipped --rewrite -- cancel",
    ):
        assert part in report


def test_a_mismatch_that_time_decides_is_told_as_such(browsers, monkeypatch, tmp_path):
    look, looks = BrowserSystems.look_at_order, []

    def twice_at_first(systems, number):
        looks.append(number)
        return (
            (look(systems, number), look(systems, number))[1]
            if len(looks) == 1
            else look(systems, number)
        )

    monkeypatch.setattr(BrowserSystems, "look_at_order", twice_at_first)
    with pytest.raises(ReplayMismatch, match="it is time that decides"):
        replay_with_trace(Replay(load(RECORDINGS / "shipped"), browsers=browsers), tmp_path)


# --- faults over a recording ----------------------------------------------------------------------


def strict(name, part):
    return next(
        n
        for n, e in enumerate(load(RECORDINGS / name).entries)
        if part in e.url and e.kind == "strict"
    )


@pytest.mark.slow_except("/preship/cancel-items-captcha-needs_person-captcha")
@pytest.mark.parametrize(
    "part, kind, outcome, problem",
    [
        ("/preship/cancel-items", "503", "done", None),
        ("/preship/cancel-items", "captcha", "needs_person", "captcha"),
        ("/apps/Router/POStatus", "reset", "done", None),
    ],
)
def test_error_paths_from_the_same_recording(part, kind, outcome, problem, replay):
    receipt = replay(RECORDINGS / "two_shipments", EntryFault(strict("two_shipments", part), kind))[
        0
    ]
    assert (receipt.outcome, receipt.problem) == (outcome, problem)


@pytest.mark.slow
def test_a_sign_out_leads_through_the_recorded_sign_in_again(replay):
    entries = load(RECORDINGS / "two_shipments").entries
    loads = [
        n for n, e in enumerate(entries) if e.path.endswith("/order-details") and e.status == 200
    ]
    receipt = replay(RECORDINGS / "two_shipments", EntryFault(loads[1], "sign_out"))[0]
    assert receipt.outcome == "done"


# --- pages of one's own ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lane():
    with Lane(Settings(home=Path(), database_url=""), browser_hosts=NOWHERE) as own:
        yield own


def served(tmp_path, lane, work, *entries, recorded_at="2026-11-20T10:00:00+00:00"):
    """Return what ``work`` answers about a page that a recording is served to."""
    meta = {
        "schema": "vendorfirst.recording/1",
        "recorded_at": recorded_at,
        "inputs": {},
        "expected": {},
    }
    save(Recording("made", list(entries), meta), tmp_path / "made")

    def inside(browser):
        with serving(tmp_path / "made", browser._running()) as context:
            return work(context.new_page())

    return lane.run(inside)


def document(body, **more):
    told = {"method": "GET", "url": "https://shop.test/", "resource": "Document", **more}
    return Entry(headers=[("content-type", "text/html")], body=body, **told)


def test_a_page_is_served_from_a_recording(tmp_path, lane):
    def work(page):
        page.goto("https://shop.test/")
        return page.text_content("p")

    assert served(tmp_path, lane, work, document(b"<p>as recorded</p>")) == "as recorded"


def test_a_page_that_asks_for_something_else_is_a_misfit(tmp_path, lane):
    with pytest.raises(Misfit, match="kind: UNKNOWN"):
        served(
            tmp_path, lane, lambda page: page.goto("https://shop.test/other"), document(b"<p>x</p>")
        )


def test_pages_see_the_recorded_day_and_timers_go_on(tmp_path, lane):
    script = (
        "<p></p><script>setTimeout(() => document.querySelector('p').textContent = [new"
        " Date().getUTCFullYear(), Date().includes('2020'), new Date(0).getTime(), new Date()"
        " instanceof Date, Date.now() > 1.58e12, Date.UTC(1970, 0)].join(), 20)</script>"
    )

    def work(page):
        page.goto("https://shop.test/")
        page.wait_for_function("document.querySelector('p').textContent")
        return page.text_content("p")

    told = served(
        tmp_path, lane, work, document(script.encode()), recorded_at="2020-05-04T10:00:00+00:00"
    )
    assert told == "2020,true,0,true,true,0"
