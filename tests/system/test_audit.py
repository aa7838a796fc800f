"""``make audit``: a weakness, none, or nowhere to ask, and which of them it was."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

AUDIT = Path(__file__).resolve().parents[2] / ".ci" / "audit"


@pytest.fixture
def audit(tmp_path):
    """Run it beside a pip-audit that says something and ends in some way."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(AUDIT, tmp_path / ".ci" / "audit")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)

    def run(said, status, program="pip-audit"):
        stub = tmp_path / ".venv" / "bin" / program
        stub.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {status}\n")
        stub.chmod(0o755)
        command = [str(tmp_path / ".ci" / "audit")]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return run


def test_no_weakness_is_said(audit):
    told = audit("No known vulnerabilities found", 0)
    assert (told.returncode, told.stdout) == (0, "audit: no known weakness.\n")


def test_weakness_fails_and_is_shown(audit):
    told = audit("Found 2 known vulnerabilities in 1 package\nidna 3.1 PYSEC-2024-60", 1)
    assert told.returncode == 1
    assert "idna 3.1 PYSEC-2024-60" in told.stderr
    assert "audit: a weakness was found" in told.stderr


@pytest.mark.parametrize(
    "said, status",
    [
        ("ERROR:pip_audit._cli:alembic: Dependency not found on PyPI", 1),
        ("ERROR:pip_audit._cli:Could not connect to the vulnerability feed", 1),
        ("", 124),
    ],
)
def test_database_out_of_reach_is_said_and_does_not_fail(audit, said, status):
    told = audit(said, status)
    assert told.returncode == 0
    assert "audit: NOT LOOKED: the database of weaknesses" in told.stderr
    assert "no known weakness" not in told.stdout


def test_tool_out_of_reach_is_said_and_does_not_fail(audit):
    told = audit("ERROR: No matching distribution found", 1, program="python")
    assert told.returncode == 0
    assert "audit: NOT LOOKED: pip-audit can't be installed here" in told.stderr


def test_tool_that_fails_by_itself_is_no_success(audit):
    told = audit("ERROR:pip_audit._cli:requirements.txt: invalid requirement", 1)
    assert told.returncode == 1
    assert "audit: pip-audit failed" in told.stderr
