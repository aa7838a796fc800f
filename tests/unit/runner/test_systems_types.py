"""The calls from the runner into the flows are typed, the one that presses above all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows import VENDOR_FLOWS
from robot.runner import systems
from robot.sites.vendors import VENDORS

SYSTEMS = Path(systems.__file__)
ROOT = SYSTEMS.parents[2]
SUBMIT = "self._flow.submit(visit, facts, permit, reason)"
CANCEL = "visit, facts, confirmations, permit, comment=comment, vendor=self.vendor.name"
#: Name of a copy -> what it has, instead of what, and what mypy must say of that.
WRONG = {
    "swapped": (SUBMIT, SUBMIT.replace("permit, reason", "reason, permit"), "[arg-type]"),
    "turned": (SUBMIT, SUBMIT.replace("facts, permit", "permit, facts"), "[arg-type]"),
    "misspelt": (SUBMIT, SUBMIT.replace("submit", "submti"), "[attr-defined]"),
    "forgotten": (SUBMIT, SUBMIT.replace(", reason", ""), "[call-arg]"),
    "swapped_po": (
        CANCEL, CANCEL.replace("facts, confirmations", "confirmations, facts"), "[arg-type]",
    ),
    "unnamed": (CANCEL, CANCEL.replace("comment=comment", "comment"), "[call-arg]"),
}  # fmt: skip


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What mypy says of the file as it is and of its changed copies, by the copy's name."""
    folder = tmp_path_factory.mktemp("copies")
    text = SYSTEMS.read_text(encoding="utf-8")
    (folder / "unchanged.py").write_text(text, encoding="utf-8")
    for name, (old, new, _) in WRONG.items():
        assert text.count(old) == 1
        assert old != new
        (folder / f"{name}.py").write_text(text.replace(old, new), encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "mypy", "--follow-imports=silent", "--no-error-summary",
         f"--cache-dir={folder / 'cache'}", *map(str, sorted(folder.glob("*.py")))],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode in (0, 1), told.stdout + told.stderr
    found = {path.stem: "" for path in folder.glob("*.py")}
    for line in told.stdout.splitlines():
        found[Path(line.partition(":")[0]).stem] += line + "\n"
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_systems_as_it_is_has_no_type_error(findings):
    assert findings["unchanged"] == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_of_a_flow_is_a_type_error(findings, name):
    assert WRONG[name][2] in findings[name]


def test_every_vendor_has_its_flow():
    assert list(VENDOR_FLOWS) == list(VENDORS)
