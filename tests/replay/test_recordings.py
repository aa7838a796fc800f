"""The recordings in the repository.

Clean, valid for readers that are not ours, the same when recorded anew.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import haralyzer
import hario_core.parse
import pytest

from robot.browser.launch.chromium import find_browser
from robot.recording import samples
from robot.recording.capture import recorder
from robot.recording.capture.recorder import Unclean, record
from robot.recording.capture.tap import NetworkTap
from robot.recording.files import BadRecording, export, load, names, save
from robot.recording.rules import MatchRules
from robot.recording.scrubbing.leak_scan import scan, scan_values
from robot.recording.scrubbing.pseudonyms import Pseudonyms
from robot.recording.scrubbing.scrub import Scrubbed
from robot.settings import Settings
from robot.sites.registry import Sites
from robot.standin.amazon.state import AmazonState
from robot.standin.server import Standin
from robot.standin.vcu.state import VcuState
from tests.support.stage import secrets_of

BARE = Settings(home=Path(), database_url="")
RECORDINGS = Path(__file__).parents[2] / "recordings"
NAMES = names(RECORDINGS)
FILES = Sites().all()


def canaries():
    secrets = secrets_of(AmazonState(), VcuState())
    return {*samples.PEOPLE, *secrets, "Canaryfeather", "Quillon"}


def test_there_are_enough_of_them():
    assert len(NAMES) >= 25
    assert {sample.name for sample in samples.SAMPLES} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_leak_is_in_a_recording(name):
    assert scan(RECORDINGS / name, load(RECORDINGS / name), FILES, canaries(), samples.PEOPLE) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_request_that_changes_something_is_known(name):
    recording = load(RECORDINGS / name)
    rules = MatchRules.from_dict(recording.meta["matching"])
    assert [entry.url for entry in recording.entries if rules.unclassified(entry)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_har_is_valid_and_opens_in_another_reader(name):
    recording = load(RECORDINGS / name)
    on_disk = (RECORDINGS / name / "flow.har").read_bytes()
    assert len(hario_core.parse.parse(on_disk).entries) == len(recording.entries)
    embedded = export(recording)
    assert len(hario_core.parse.parse(embedded.encode()).entries) == len(recording.entries)
    read = haralyzer.HarParser(json.loads(embedded))
    assert [haralyzer.HarEntry(e).request.url for e in read.har_data["entries"]] == [
        e.url for e in recording.entries
    ]
    texts = [haralyzer.HarEntry(e).response.text or "" for e in read.har_data["entries"]]
    assert [t for t in texts if t] == [e.body.decode() for e in recording.entries if e.body]


def test_a_har_that_is_none_is_not_valid():
    with pytest.raises(ValueError, match="Invalid HAR"):
        hario_core.parse.parse(b'{"log": {"version": "1.2", "entries": [{}]}}')


# --- recording ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def taken():
    """What a run leaves in memory before it is scrubbed, and what it was asked.

    Recorded once.
    """
    found = {}
    real = recorder.keep

    def spy(name, run, told, files, *place):
        found.update(run=run, told=told, files=files)
        return real(name, run, told, files, *place)

    root = Path(tempfile.mkdtemp())
    with pytest.MonkeyPatch.context() as patch, Standin() as standin:
        patch.setattr(recorder, "keep", spy)
        sample = next(s for s in samples.SAMPLES if s.name == "shipped")
        with samples.staged(sample, standin) as told:
            found["recording"], _ = record(
                "shipped", sample.asked(told), told, root, samples.PEOPLE
            )
    yield found | {"root": root}
    shutil.rmtree(root)


def changed_lines(old, new):
    """Return the lines that only the new recording has; its bodies must be the same."""
    assert {p.name for p in (old / "bodies").iterdir()} == {
        p.name for p in (new / "bodies").iterdir()
    }
    changed = []
    for name in ("flow.har", "meta.toml"):
        then, now = ((folder / name).read_text().splitlines() for folder in (old, new))
        changed += [line for line in now if line not in then]
    return changed


def test_new_recording_of_a_flow_differs_by_few_lines(taken):
    changed = changed_lines(RECORDINGS / "shipped", taken["root"] / "shipped")
    assert len(changed) <= 7, changed


@pytest.mark.replays
@pytest.mark.parametrize(
    "name", ["done", "two_shipments", "po_invoiced", "sign_in_everything", "sign_in_locked"]
)
def test_sample_made_anew_changes_few_lines(name, tmp_path):
    assert samples.make(tmp_path, [name]) == 0
    changed = changed_lines(RECORDINGS / name, tmp_path / name)
    assert len(changed) <= 7, changed


def test_canaries_are_tapped_and_not_kept(taken, tmp_path):
    entries = taken["run"].entries
    for number, entry in enumerate(entries):
        text = repr((entry.url, entry.headers, entry.sent)).encode()
        (tmp_path / f"{number}").write_bytes(text + entry.body)
    raw = scan_values(tmp_path, canaries())
    assert len(raw) >= 8
    assert scan_values(taken["root"], canaries()) == []


def test_nothing_is_kept_without_the_local_list(taken, tmp_path):
    run, told, files = taken["run"], taken["told"], taken["files"]
    with pytest.raises(Unclean, match="local list"):
        recorder.keep("shipped", run, told, files, tmp_path, None)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unclean, match="no local list"), Standin() as standin:
        record("shipped", run.asked, samples.settings.load(standin.env(), tmp_path), tmp_path, None)


def test_scan_without_the_list_is_red_for_a_kept_recording(taken):
    recording = load(RECORDINGS / "shipped")
    found = scan(RECORDINGS / "shipped", recording, FILES, [], None)
    assert [leak.file for leak in found] == ["local list"]


def test_a_name_in_free_text_is_known_from_the_list_only(taken, tmp_path):
    """A name in free text is known from the local list only.

    No rule can tell it from other words: so the list is compulsory, and with the name in it nothing
    goes through.
    """
    told, files = taken["told"], taken["files"]
    canary = "Zephyrine Otterbourne"
    run = copy.deepcopy(taken["run"])
    page = next(e for e in run.entries if e.mime == "text/html" and e.body)
    page.body = page.body.replace(b"</body>", f"<p>as agreed with {canary}</p></body>".encode())
    recorder.keep("shipped", run, told, files, tmp_path / "a", samples.PEOPLE)
    assert scan_values(tmp_path / "a", [canary])
    with pytest.raises(Unclean, match="local list"):
        recorder.keep("shipped", run, told, files, tmp_path / "b", None)
    recorder.keep("shipped", run, told, files, tmp_path / "b", (*samples.PEOPLE, canary))
    assert scan_values(tmp_path / "b", [canary, *canary.split()]) == []


def test_nothing_is_kept_where_the_scan_finds_something(taken, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "scrub", lambda entries, *_: Scrubbed(entries, Pseudonyms()))
    with pytest.raises(Unclean, match="not kept"):
        recorder.keep(
            "shipped", taken["run"], taken["told"], taken["files"], tmp_path, samples.PEOPLE
        )
    assert list(tmp_path.iterdir()) == []


def test_raw_folders_are_private_and_left_ones_are_swept(tmp_path, monkeypatch):
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
    assert NetworkTap(MatchRules()).entries == []


def test_a_damaged_recording_is_told_in_words(tmp_path):
    save(load(RECORDINGS / "shipped"), tmp_path / "x")
    (tmp_path / "x" / "flow.har").write_text("{}")
    with pytest.raises(BadRecording, match="can't be read"):
        load(tmp_path / "x")
    with pytest.raises(BadRecording, match="no whole recording"):
        load(tmp_path / "y")


# --- the commands and the plugin ------------------------------------------------------------------


def test_commands_check_replay_export_and_record(command, tmp_path):
    told = command("recordings", "check", "shipped", "done", "--in", str(RECORDINGS), "--strict")
    assert told.status == 0, told.out
    told = command("replay", "shipped", "--in", str(RECORDINGS))
    assert told.status == 0, told.out
    assert "shipped: as recorded" in told.out
    told = command("recordings", "export", "--embed", "shipped", "--in", str(RECORDINGS))
    assert json.loads(told.out)["log"]["version"] == "1.2"
    told = command(
        "record", "shipped", "--in", str(RECORDINGS), "--", "check", "111-0000006-0000006"
    )
    assert "is there already" in told.err
    told = command(
        "record", "shipped", "--once", "--in", str(RECORDINGS), "--", "check", "111-0000006-0000006"
    )
    assert told.status == 0
    told = command("record", "new", "--in", str(tmp_path), "--", "doctor")
    assert "Only cancel and check" in told.err


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("xvfb-run") is None, reason="there is no screen to show a browser on, nor xvfb-run"
)
def test_a_person_may_watch_at_a_persons_pace(tmp_path):
    program = [sys.executable, "-c", "from robot.cli import main; main()"]
    watched = [
        "xvfb-run",
        "-a",
        *program,
        "replay",
        "captcha_details",
        "--in",
        str(RECORDINGS),
        "--headed",
        "--slow",
    ]
    done = subprocess.run(watched, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # A second for each answer, of which there are six.
    assert float(re.findall(r"as recorded \((.+) s\)", done.stdout)[0]) > 5


@pytest.mark.slow
def test_recordings_are_tests_beside_those_of_pytest_playwright(tmp_path):
    shutil.copytree(RECORDINGS / "shipped", tmp_path / "recordings" / "shipped")
    shutil.copytree(RECORDINGS / "shipped", tmp_path / "recordings" / "red")
    meta = tmp_path / "recordings" / "red" / "meta.toml"
    meta.write_text(meta.read_text().replace('outcome = "refused"', 'outcome = "done"'))
    (tmp_path / "test_mine.py").write_text(
        "from robot.recording.replay.faults import EntryFault\nimport"
        " pytest\n@pytest.fixture(scope='session')\ndef"
        " browser_type_launch_args(browser_type_launch_args):\n    return browser_type_launch_args"
        f" | {{'executable_path': {str(find_browser(BARE, shell=True))!r}, 'args':"
        " ['--no-sandbox']}\ndef test_page(recorded):\n    page ="
        " recorded('shipped').new_page()\n   "
        " page.goto('https://www.amazon.com/your-orders/order-details"
        "?orderID=000-0000000-0000001')\n"
        "    assert '/ap/signin' in page.url\ndef test_mine(replay, pytestconfig):\n    assert"
        " replay('shipped')[0].outcome == 'refused'\n    assert"
        " pytestconfig.getoption('--browser') is not None\ndef test_captcha(replay):\n    assert"
        " replay('shipped', EntryFault(0, 'captcha'))[0].problem == 'captcha'\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "1 failed, 4 passed" in ran.stdout, ran.stdout + ran.stderr
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
