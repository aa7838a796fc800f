"""The recordings in the repository: clean, valid for readers that are not ours, green in any order and side by side."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import haralyzer
import hario_core.parse
import pytest

from robot import site as sites
from robot.recording import recorder, samples
from robot.recording.format import BadRecording, export, load, names, save
from robot.recording.offline import Outbound, only_loopback
from robot.recording.overlay import Fault
from robot.recording.pseudonyms import Pseudonyms
from robot.recording.recorder import Unclean, record
from robot.recording.replayer import Replay
from robot.recording.rules import Rules
from robot.recording.scan import scan, scan_values
from robot.recording.scrub import Scrubbed
from robot.recording.tap import Tap
from robot.standin.amazon.state import AmazonState
from robot.standin.server import Standin
from robot.standin.vcu.state import VcuState

RECORDINGS = Path(__file__).parents[1] / "recordings"
NAMES = names(RECORDINGS)
FILES = [sites.load(name, None) for name in sites.names()]
#: How many replays, and how many at a time; `make replays` does twenty of each recording.
TIMES = int(os.environ.get("VENDORFIRST_REPLAYS", "0"))
LANES = 4


def canaries():
    amazon, vcu = AmazonState(), VcuState()
    credentials = {amazon.email, amazon.password, amazon.totp_secret, vcu.username, vcu.password, vcu.otp_secret}
    return {*samples.PEOPLE, *credentials, "Canaryfeather", "Quillon"}


def test_there_are_enough_of_them():
    assert len(NAMES) >= 25
    assert {sample.name for sample in samples.SAMPLES} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_leak_is_in_a_recording(name):
    assert scan(RECORDINGS / name, load(RECORDINGS / name), FILES, canaries(), samples.PEOPLE) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_request_that_changes_something_is_known(name):
    recording = load(RECORDINGS / name)
    rules = Rules.from_dict(recording.meta["matching"])
    assert [entry.url for entry in recording.entries if rules.unclassified(entry)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_har_is_valid_and_opens_in_another_reader(name):
    recording = load(RECORDINGS / name)
    on_disk = (RECORDINGS / name / "flow.har").read_bytes()
    assert len(hario_core.parse.parse(on_disk).entries) == len(recording.entries)
    embedded = export(recording)
    assert len(hario_core.parse.parse(embedded.encode()).entries) == len(recording.entries)
    read = haralyzer.HarParser(json.loads(embedded))
    assert [haralyzer.HarEntry(e).request.url for e in read.har_data["entries"]] == [e.url for e in recording.entries]
    texts = [haralyzer.HarEntry(e).response.text or "" for e in read.har_data["entries"]]
    assert [t for t in texts if t] == [e.body.decode() for e in recording.entries if e.body]


def test_a_har_that_is_none_is_not_valid():
    with pytest.raises(ValueError, match="Invalid HAR"):
        hario_core.parse.parse(b'{"log": {"version": "1.2", "entries": [{}]}}')


@pytest.mark.replays
def test_replays_are_green_in_any_order_side_by_side_and_reach_nothing_else():
    some = NAMES * TIMES or random.sample(NAMES, 4)
    random.shuffle(some)
    with only_loopback() as outbound, ThreadPoolExecutor(LANES) as lanes:
        list(lanes.map(lambda name: Replay(load(RECORDINGS / name)).run(), some))
    assert outbound == []


def test_what_reaches_for_another_machine_during_a_replay_fails():
    with pytest.raises(Outbound), only_loopback(), socket.socket() as sock:
        sock.connect(("192.0.2.1", 443))


# --- faults over a recording -----------------------------------------------------------------------------------------


def strict(name, part):
    return next(n for n, e in enumerate(load(RECORDINGS / name).entries) if part in e.url and e.kind == "strict")


@pytest.mark.replays
@pytest.mark.parametrize(
    "part, kind, outcome, problem",
    [
        ("/preship/cancel-items", "503", "done", None),
        ("/preship/cancel-items", "captcha", "needs_person", "captcha"),
        ("/apps/Router/POStatus", "reset", "done", None),
    ],
)
def test_error_paths_from_the_same_recording(part, kind, outcome, problem, replay):
    receipt = replay(RECORDINGS / "two_shipments", Fault(strict("two_shipments", part), kind))[0]
    assert (receipt["outcome"], receipt["problem"]) == (outcome, problem)


@pytest.mark.replays
def test_a_sign_out_leads_through_the_recorded_sign_in_again(replay):
    entries = load(RECORDINGS / "two_shipments").entries
    loads = [n for n, e in enumerate(entries) if e.path.endswith("/order-details") and e.status == 200]
    receipt = replay(RECORDINGS / "two_shipments", Fault(loads[1], "sign_out"))[0]
    assert receipt["outcome"] == "done"


# --- recording -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def taken():
    """What a run leaves in memory before it is scrubbed, and what it was asked; recorded once."""
    found = {}
    real = recorder.keep

    def spy(*args):
        found["args"] = args
        return real(*args)

    root = Path(tempfile.mkdtemp())
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        patch.setattr(recorder, "keep", spy)
        sample = next(s for s in samples.SAMPLES if s.name == "shipped")
        with samples.staged(sample, standin) as told:
            found["recording"], _ = record("shipped", sample.asked(told), told, root, samples.PEOPLE)
    yield found | {"root": root}
    shutil.rmtree(root)


@pytest.mark.replays
def test_a_new_recording_of_the_same_flow_differs_by_a_handful_of_lines(taken):
    old, new = RECORDINGS / "shipped", taken["root"] / "shipped"
    assert {p.name for p in (old / "bodies").iterdir()} == {p.name for p in (new / "bodies").iterdir()}
    for name in ("flow.har", "meta.toml"):
        then, now = ((folder / name).read_text().splitlines() for folder in (old, new))
        changed = [line for line in now if line not in then]
        assert len(changed) <= 7, changed


def test_the_canaries_are_in_what_was_tapped_and_not_in_what_is_kept(taken, tmp_path):
    entries = taken["args"][5]
    for number, entry in enumerate(entries):
        text = repr((entry.url, entry.headers, entry.sent)).encode()
        (tmp_path / f"{number}").write_bytes(text + entry.body)
    raw = scan_values(tmp_path, canaries())
    assert len(raw) >= 8
    assert scan_values(taken["root"], canaries()) == []


def test_nothing_is_kept_without_the_local_list(taken, tmp_path):
    name, asked, told, _, _, entries, receipts = taken["args"]
    with pytest.raises(Unclean, match="local list"):
        recorder.keep(name, asked, told, tmp_path, None, entries, receipts)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unclean, match="no local list"), Standin() as standin:
        record(name, asked, samples.settings.load(standin.env(), tmp_path), tmp_path, None)


def test_nothing_is_kept_where_the_scan_finds_something(taken, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "scrub", lambda entries, *_: Scrubbed(entries, Pseudonyms()))
    with pytest.raises(Unclean, match="not kept"):
        recorder.keep(*taken["args"][:3], tmp_path, *taken["args"][4:])
    assert list(tmp_path.iterdir()) == []


def test_raw_folders_are_private_and_those_of_killed_recorders_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f"vendorfirst-raw-{gone.pid}-x"
    left.mkdir()
    with recorder.raw_folder() as folder:
        assert not left.exists()
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_tap_takes_no_noise():
    assert Tap(Rules()).entries == []


def test_a_damaged_recording_is_told_in_words(tmp_path):
    save(load(RECORDINGS / "shipped"), tmp_path / "x")
    (tmp_path / "x" / "flow.har").write_text("{}")
    with pytest.raises(BadRecording, match="can't be read"):
        load(tmp_path / "x")
    with pytest.raises(BadRecording, match="no whole recording"):
        load(tmp_path / "y")


# --- the commands and the plugin -------------------------------------------------------------------------------------


def test_the_commands(command, tmp_path):
    told = command("recordings", "check", "shipped", "done", "--in", str(RECORDINGS), "--strict")
    assert told.status == 0, told.out
    told = command("replay", "shipped", "--in", str(RECORDINGS))
    assert told.status == 0, told.out
    assert "shipped: as recorded" in told.out
    told = command("recordings", "export", "--embed", "shipped", "--in", str(RECORDINGS))
    assert json.loads(told.out)["log"]["version"] == "1.2"
    told = command("record", "shipped", "--in", str(RECORDINGS), "--", "check", "111-0000006-0000006")
    assert "is there already" in told.err
    told = command("record", "shipped", "--once", "--in", str(RECORDINGS), "--", "check", "111-0000006-0000006")
    assert told.status == 0
    told = command("record", "new", "--in", str(tmp_path), "--", "doctor")
    assert "Only cancel and check" in told.err


@pytest.mark.replays
def test_recordings_are_tests_beside_those_of_pytest_playwright(tmp_path):
    shutil.copytree(RECORDINGS / "shipped", tmp_path / "recordings" / "shipped")
    shutil.copytree(RECORDINGS / "shipped", tmp_path / "recordings" / "red")
    meta = tmp_path / "recordings" / "red" / "meta.toml"
    meta.write_text(meta.read_text().replace('outcome = "refused"', 'outcome = "done"'))
    (tmp_path / "test_mine.py").write_text(
        "from robot.recording.overlay import Fault\n"
        "def test_mine(replay, pytestconfig):\n    assert replay('shipped')[0]['outcome'] == 'refused'\n"
        "    assert pytestconfig.getoption('--browser') is not None\n"
        "def test_captcha(replay):\n    assert replay('shipped', Fault(0, 'captcha'))[0]['problem'] == 'captcha'\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 failed, 3 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "REPLAY MISMATCH  red" in ran.stdout
    assert "kind: OTHER RESULT" in ran.stdout


def test_a_command_is_recorded_and_replayed(command, tmp_path, standin):
    standin.world.amazon.mfa, standin.world.amazon.list_seconds = "none", 0.0
    home, root = tmp_path / "home", tmp_path / "mine"
    home.mkdir()
    env = {**standin.env(), **samples.PATIENCE, "VENDORFIRST_HOME": str(home)}
    asked = ("record", "mine", "--in", str(root), "--", "check", "111-0000006-0000006")
    told = command(*asked, **env)
    assert "no local list" in told.err
    assert not root.exists()
    (home / "people.txt").write_text("# people\n" + "\n".join(samples.PEOPLE))
    told = command(*asked, **env)
    assert (told.status, "Recorded" in told.out) == (0, True), told.err
    assert command("replay", "mine", "--in", str(root)).status == 0
