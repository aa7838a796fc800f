"""The check of recordings: nothing is no success, and a browser's own HAR is no recording."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

RECORDING = Path(__file__).parents[3] / "recordings" / "shipped"


@pytest.fixture
def root(tmp_path):
    shutil.copytree(RECORDING, tmp_path / "recordings" / "shipped")
    return tmp_path / "recordings"


@pytest.mark.parametrize("words", [("replay",), ("recordings", "check", "--strict")])
def test_folder_without_recordings_is_no_success(command, words, tmp_path):
    """A pipeline in the wrong folder would be green for ever."""
    told = command(*words, "--in", str(tmp_path / "nope"))
    assert told.status == 2
    assert "There are no recordings in" in told.err
    assert "No leak was found" not in told.out


def test_whole_recording_has_no_leak(command, root):
    told = command("recordings", "check", "--in", str(root))
    assert (told.status, told.out) == (0, "No leak was found.\n")


@pytest.mark.parametrize(
    "more, told_as",
    [
        ({"headers": [{"name": "Cookie", "value": "at-main=x"}]}, "a cookie that was sent"),
        ({"cookies": [{"name": "at-main", "value": "x"}]}, "a cookie that was sent"),
        (
            {"postData": {"params": [{"name": "password", "value": "Finch-7"}]}},
            "a secret that was typed",
        ),
    ],
)
def test_what_a_raw_har_holds_is_a_leak(command, root, more, told_as):
    file = root / "shipped" / "flow.har"
    har = json.loads(file.read_text("utf-8"))
    har["log"]["entries"][0]["request"].update(more)
    file.write_text(json.dumps(har), "utf-8")
    told = command("recordings", "check", "--in", str(root))
    assert told.status == 1
    assert told_as in told.out


def test_har_beside_the_recordings_is_told(command, root):
    (root / "mine.har").write_text("{}")
    told = command("recordings", "check", "--in", str(root))
    assert told.status == 1
    assert "mine.har: a HAR that is in no recording" in told.out


def test_recording_of_another_schema_is_told(command, root):
    meta = root / "shipped" / "meta.toml"
    meta.write_text(meta.read_text("utf-8").replace("recording/1", "recording/9"), "utf-8")
    told = command("recordings", "check", "--in", str(root))
    assert told.status == 2
    assert f"The recording in {root / 'shipped'} is of schema 'vendorfirst.recording/9'" in told.err
    assert "Record it anew with --rewrite." in told.err


def test_changed_body_is_told_as_changed(command, root):
    """It was blamed on the flow."""
    body = next((root / "shipped" / "bodies").glob("*.html"))
    body.write_text(body.read_text("utf-8") + " ", "utf-8")
    told = command("recordings", "check", "--in", str(root))
    assert told.status == 2
    assert f"{body.name} was changed" in told.err
