"""Running it as a service: its figures, its units, its container, and the doctor's page."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from robot.cli.commands import cli
from robot.cli.doctor import Diagnosis
from robot.cli.doctor.page import render_page
from robot.settings import SECRETS
from tests.support.facts import T0

WORKER = "vendorfirst-worker@.service"
CONSOLE = "vendorfirst-console.service"


@pytest.fixture
def units(command, tmp_path):
    """The folder with the units, as the command writes them."""
    told = command("service", "systemd", "--into", str(tmp_path / "units"))
    assert told.status == 0
    return tmp_path / "units"


def directives(file):
    """What a unit says, as pairs."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("=", 1)) for line in lines if re.match(r"[A-Z]\w+=", line)]


def instructions(text):
    """The instructions of a Containerfile, each in one line."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


# --- figures --------------------------------------------------------------------------------------


def test_metrics_are_printed_and_nothing_else(command, sqlite_url, tmp_path):
    told = command(
        "metrics", VENDORFIRST_HOME=str(tmp_path / "home"), VENDORFIRST_DATABASE_URL=sqlite_url
    )
    assert told.status == 0
    assert told.out.startswith("# HELP vendorfirst_orders ")
    assert "Settings:" in told.err


# --- units ----------------------------------------------------------------------------------------


def test_systemd_finds_nothing_wrong_with_the_units(units):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for name in (WORKER, CONSOLE):
        asked = ["systemd-analyze", "verify", "--man=no", units / name]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert (said.returncode, said.stdout + said.stderr) == (0, "")


@pytest.mark.parametrize("name, most", [(WORKER, 2.5), (CONSOLE, 2.0)])
def test_systemd_counts_little_as_exposed(units, name, most):
    """Ten is a service that nothing is taken from, nought one that may do nothing."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    asked = ["systemd-analyze", "security", "--offline=yes", units / name]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    if "--offline" in said.stderr:
        pytest.skip("this systemd-analyze looks at running units only")
    assert float(re.search(r"exposure level .*: ([\d.]+)", said.stdout).group(1)) <= most


def test_units_run_this_installations_command(units):
    for name, word in ((WORKER, "work"), (CONSOLE, "console")):
        (start,) = [value for key, value in directives(units / name) if key == "ExecStart"]
        program, told, *_ = start.split()
        assert Path(program).is_file()
        assert told == word
    options = {name for option in cli.commands["work"].params for name in option.opts}
    assert "--lanes" in options


def test_worker_is_given_every_secret_and_holds_none(units):
    """But for the token of an approval, which is that of who asks for one order."""
    told = directives(units / WORKER)
    given = [value for key, value in told if key == "LoadCredentialEncrypted"]
    assert given == [name for name in SECRETS if name != "VENDORFIRST_APPROVAL_TOKEN"]
    environment = {value.partition("=")[0] for key, value in told if key == "Environment"}
    assert environment.isdisjoint(SECRETS)


def test_worker_outlives_its_browsers_and_its_stop(units):
    """The README's promises to whoever starts one at boot."""
    told = dict(directives(units / WORKER))
    assert (told["KillMode"], told["TimeoutStopSec"]) == ("mixed", "150")
    assert told["OOMPolicy"] == "continue"
    assert told["User"] != "root"


def test_files_that_differ_are_left_as_they_are(command, units):
    assert command("service", "systemd", "--into", str(units)).status == 0
    mine = units / CONSOLE
    mine.write_text("mine", encoding="utf-8")
    (units / WORKER).unlink()
    told = command("service", "systemd", "--into", str(units))
    assert told.status == 2
    assert CONSOLE in told.err
    assert mine.read_text(encoding="utf-8") == "mine"
    assert not (units / WORKER).exists()


def test_folder_that_is_a_file_is_refused(command, tmp_path):
    (tmp_path / "file").touch()
    told = command("service", "systemd", "--into", str(tmp_path / "file"))
    assert told.status == 2


# --- container ------------------------------------------------------------------------------------


def test_container_keeps_to_its_promises(command):
    """Debian, a headless shell, not root, nothing written to its root, a health check."""
    text = command("service", "container").out
    told = instructions(text)
    last = {name: value for name, value in told if name != "RUN"}
    installed = " ".join(value for name, value in told if name == "RUN")
    assert all(value.startswith("debian:") for name, value in told if name == "FROM")
    assert "chromium-headless-shell" in installed
    assert "--require-hashes" in installed
    assert last["USER"] not in {"root", "0"}
    assert "--read-only" in text
    assert last["VOLUME"] in last["ENV"]
    assert last["HEALTHCHECK"].endswith('CMD ["vendorfirst", "doctor", "--json"]')
    assert last["CMD"] == '["work", "--lanes", "1"]'


def test_container_passes_a_linter_of_containers(command, tmp_path):
    if shutil.which("hadolint") is None:
        pytest.skip("no hadolint here")
    command("service", "container", "--into", str(tmp_path))
    asked = ["hadolint", "--failure-threshold", "error", tmp_path / "Containerfile"]
    assert subprocess.run(asked, check=False).returncode == 0


# --- the doctor's page ----------------------------------------------------------------------------


def test_doctors_page_says_first_what_to_mend():
    found = [
        Diagnosis("home", "good", "can be <written> to"),
        Diagnosis("browser", "wrong", "is not there", "Install one."),
        Diagnosis("notices", "unsure", "nobody is told"),
    ]
    page = render_page(found, T0)
    assert page.index("Install one.") < page.index("nobody is told") < page.index("&lt;written&gt;")
    assert "1 thing to be mended" in page
    assert not re.search(r"<script|<link|src=|https?://", page)


def test_doctors_report_is_written_beside_what_is_said(command, tmp_path):
    page = tmp_path / "doctor.html"
    told = command("doctor", "--report", str(page), VENDORFIRST_SETTLE_SECONDS="soon")
    assert told.status == 2
    assert "VENDORFIRST_SETTLE_SECONDS" in told.out
    assert "VENDORFIRST_SETTLE_SECONDS" in page.read_text(encoding="utf-8")


def test_report_that_can_not_be_written_is_said(command, tmp_path):
    told = command(
        "doctor", "--report", str(tmp_path / "no" / "page.html"), VENDORFIRST_SETTLE_SECONDS="soon"
    )
    assert told.status == 2
    assert "can't be written" in told.err
