"""A newcomer's way through the watch-list, by what the README says and no more."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot import settings

README = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
CHAPTER = README.partition("## Orders that went wrong before")[2].partition("\n## ")[0]
PATIENCE = 240.0


@pytest.fixture
def shell(tmp_path) -> Iterator[dict[str, str]]:
    """The environment of a second shell, with the lines that the stand-ins' server prints."""
    kept = {name: value for name, value in os.environ.items() if name not in settings.NAMES}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    mine = {**kept, "PATH": path, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve = ["vendorfirst", "standin", "serve", "--port", str(port)]
    with subprocess.Popen(serve, env=mine, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        lines = []
        for line in run.stdout:
            lines.append(line)
            if line.startswith("Serving"):
                break
        exports = "".join(line for line in lines if line.startswith("export "))
        print_all = f"{exports}env -0"
        told = subprocess.run(
            ["bash", "-c", print_all], env=mine, capture_output=True, text=True, check=True
        )
        yield dict(one.split("=", 1) for one in told.stdout.split("\0") if "=" in one)
        run.send_signal(signal.SIGINT)


def steps() -> list[str]:
    """Return the commands of the README's first walk through the watch-list."""
    block = CHAPTER.partition("To try it first")[2].split("```")[1]
    return [line for line in block.splitlines() if line.strip()]


def said_by(command: str, shell: dict[str, str], folder: Path) -> str:
    ended = subprocess.run(
        ["bash", "-c", command], env=shell, cwd=folder, capture_output=True, text=True,
        check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert ended.returncode in {0, 5}, ended.stderr
    return ended.stdout


@pytest.mark.timeout(900)
def test_readme_leads_from_two_files_to_a_queued_cancellation(shell, tmp_path):
    """Each line is pasted as it stands; the three worst findings say what, why, and what to do."""
    run, add, listed, queue = steps()
    findings = said_by(run, shell, tmp_path).split("\n\n")[1:]
    for finding in findings[:3]:
        title, reason, action = finding.strip().splitlines()
        name, po, money = re.fullmatch(r"(.*): PO (\S+)  (\$[\d.,]+)", title).groups()
        assert f"| {name} (" in CHAPTER, "the README says what such a finding means"
        assert po in reason
        assert money in reason
        assert "is not cancelled at Amazon Business" in reason
        assert action.startswith("  Do now: vendorfirst queue add 111-")
    assert findings[0].strip().splitlines()[2] == f"  Do now: {add}"
    said_by(add, shell, tmp_path)
    number, po = add.split()[3], add.split()[5]
    assert re.search(rf"^queued .*PO {po}\b", said_by(listed, shell, tmp_path), re.MULTILINE)
    assert number in said_by(queue, shell, tmp_path)
