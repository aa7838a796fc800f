"""What is printed comes out in any alphabet, into any place."""

from __future__ import annotations

import io
import itertools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from robot.cli.exit_status import worst
from robot.cli.output import closest
from robot.cli.progress import Progress

TEXT = "✓ “Größe” … – ✗ 東"


@pytest.mark.parametrize(
    "encoding, shown",
    [
        ("ascii", 'ok "Grosse" ... - x ?'),
        ("latin-1", 'ok "Größe" ... - x ?'),
        ("cp1252", "ok “Größe” … – x ?"),
        ("cp437", 'ok "Größe" ... - x ?'),
    ],
)
def test_text_is_written_in_what_the_terminal_can_show(encoding, shown):
    code = f"from robot.cli.output import *; show_in_any_alphabet(); print({TEXT!r})"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONIOENCODING": encoding}, capture_output=True, check=True,
    )  # fmt: skip
    assert told.stdout.decode(encoding).strip() == shown


def test_error_of_reading_is_no_business_of_the_handler():
    with pytest.raises(UnicodeDecodeError):
        closest(UnicodeDecodeError("utf-8", b"x", 0, 1, "no"))


@pytest.mark.parametrize(
    "args",
    [["sites", "list"], ["help"], ["queue", "list"], ["metrics"], ["ledger", "export"]],
    ids=" ".join,
)
def test_reader_that_went_away_is_no_trouble(args, home, tmp_path):
    """``vendorfirst … | head`` has read enough; it is told nothing, and no traceback."""
    run = _unread(tmp_path, home, *args)
    assert run.returncode == 0
    assert [line[:9] for line in run.stderr.splitlines()] in ([], [b"Settings:"])


def test_reader_that_went_away_changes_nothing_of_what_is_done(home, tmp_path, command):
    """Of two numbers, the second is put in as well, though nobody reads of the first."""
    args = ["queue", "add", "--json", "111-1234567-1234567", "111-1234567-7654321"]
    assert _unread(tmp_path, home, *args).returncode == 0
    assert "2 waiting" in command("queue", "list", VENDORFIRST_HOME=str(home)).out
    settle = ["queue", "retry", "--yes", "111-1234567-1234567", "111-1234567-7654321"]
    assert _unread(tmp_path, home, *settle).returncode == 0
    # What the command found decides its status still.
    assert _unread(tmp_path, home, "queue", "show", "111-9999999-9999999").returncode == 2


def _unread(cwd, home, *args):
    """Run a command whose standard output nobody reads."""
    gone, out = os.pipe()
    os.close(gone)
    try:
        return subprocess.run(
            [sys.executable, "-c", "from robot.cli import main; main()", *args],
            stdout=out, stderr=subprocess.PIPE, cwd=cwd, check=False,
            env={**os.environ, "VENDORFIRST_HOME": str(home)},
        )  # fmt: skip
    finally:
        os.close(out)


@pytest.mark.parametrize("module", ["click", "robot.cli.cancel"])
def test_interrupted_before_it_has_begun_it_says_so(module, tmp_path):
    """Ctrl-C in the first moment, while the program is imported, is no traceback either."""
    program = f"""
import signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Finder())
from robot.cli import main; main()
"""
    command = [sys.executable, "-c", program, "ledger", "verify"]
    told = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "VENDORFIRST_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert (told.returncode, told.stdout, told.stderr) == (130, "", "\nInterrupted.\n")


@pytest.fixture
def home(tmp_path, migrated_ledger):
    """A home whose ledger is made already."""
    (tmp_path / "home").mkdir()
    shutil.copy(migrated_ledger, tmp_path / "home" / "ledger.sqlite")
    return tmp_path / "home"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_stream_hides_nothing_and_harms_nothing(
    closed, home, tmp_path, monkeypatch, command
):
    """What is printed must not go into the ledger, which would be the next file that is opened."""
    program = "from robot.cli import main; main()"
    asked = f'exec "$0" -c "{program}" queue add 111-1234567-1234567 {closed}'
    monkeypatch.setenv("VENDORFIRST_HOME", str(home))
    told = subprocess.run(
        ["sh", "-c", asked, sys.executable], capture_output=True, cwd=tmp_path, check=False
    )
    assert told.returncode == 0, told
    assert b"Traceback" not in told.stderr
    assert "1 waiting" in command("queue", "list").out


def test_export_that_finds_no_room_says_so(home, tmp_path):
    asked = ["-c", "from robot.cli import main; main()", "ledger", "export"]
    with Path("/dev/full").open("wb") as full:
        told = subprocess.run(
            [sys.executable, *asked], stdout=full, stderr=subprocess.PIPE, cwd=tmp_path,
            env={**os.environ, "VENDORFIRST_HOME": str(home)}, check=False,
        )  # fmt: skip
    assert told.returncode == 2
    assert b"The export can't be written (No space left on device). What came of it" in told.stderr
    assert b"What to do now: Make room where it goes" in told.stderr


@pytest.mark.parametrize(
    "statuses, status",
    [([0, 7], 7), ([7, 3], 3), ([3, 4], 4), ([8, 4], 4), ([4, 5], 5), ([5, 6], 6), ([0], 0)],
)
def test_worst_of_several_orders_counts(statuses, status):
    assert worst(statuses) == worst(reversed(statuses)) == status


def test_lines_begin_with_the_order_where_there_are_several():
    stream = io.StringIO()
    progress = Progress(stream)
    progress.step_ended("Look", ok=True)
    progress.about("111-1")
    progress.step_ended("Look", ok=False)
    progress.waiting(9.2)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("  ✓ Look")
    assert lines[1].startswith("  ✗ 111-1: Look")
    assert lines[2] == "  ⧗ 111-1: The next look is in 0:00:09"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("setting, colored", [("", True), ("1", False)])
def test_signs_are_coloured_where_nobody_minds(setting, colored, monkeypatch):
    monkeypatch.setenv("NO_COLOR", setting)
    stream = Terminal()
    Progress(stream).step_ended("Look", ok=True)
    assert ("\x1b[32m" in stream.getvalue()) is colored


def test_terminal_counts_a_wait_down():
    """Seconds go by on one line, until something else is written over it."""
    stream = Terminal()
    each_second = itertools.count(0.0, 1.0)
    progress = Progress(stream, now=lambda: next(each_second), tick=0.01)
    progress.waiting(120.0)
    while "0:01:58" not in stream.getvalue():
        time.sleep(0.001)
    progress.step_began("Look")
    told = stream.getvalue()
    assert "0:01:59" in told
    assert told.endswith("\r\x1b[2K  … Look")


def test_wait_without_a_terminal_is_written_once():
    stream = io.StringIO()
    Progress(stream).waiting(61.4)
    assert stream.getvalue() == "  ⧗ The next look is in 0:01:01\n"


def test_quiet_progress_shows_only_what_is_for_a_person():
    stream = Terminal()
    progress = Progress(stream, quiet=True)
    progress.step_began("Look")
    progress.step_ended("Look", ok=False)
    progress.waiting(9.0)
    progress.message("It is held.")
    assert stream.getvalue() == "\r\x1b[2KIt is held.\n"


def test_step_within_a_step_is_not_counted_twice():
    """A sign-in within a look has its own seconds, and the look has the rest."""
    clock = iter((0.0, 0.0, 5.0, 5.5))
    stream = io.StringIO()
    progress = Progress(stream, now=lambda: next(clock))
    progress.step_began("Look")
    progress.step_ended("Signed in", ok=True)
    progress.step_ended("Look", ok=True)
    assert stream.getvalue() == "  ✓ Signed in  (5.0 s)\n  ✓ Look  (0.5 s)\n"
