"""The calls that lead to a press are typed: nothing is pressed unapproved or unconfirmed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows import VENDOR_FLOWS
from robot.cancellation import po_half
from robot.runner import systems
from robot.sites.vendors import VENDORS

SYSTEMS = Path(systems.__file__)
ROOT = SYSTEMS.parents[2]
#: Where nothing gets by without a person's approval.
RULE = Path(po_half.__file__).with_name("decide.py")
PO_RULE = Path(po_half.__file__)
SUBMIT = "self._flow.submit(visit, facts, permit, reason)"
#: One argument a line, as the file has them.
CANCEL = """
                visit,
                facts,
                confirmations,
                permit,
                comment=comment,
"""
#: Name of a copy -> of which file, what it has instead of what, and what mypy must say of that.
WRONG = {
    "swapped": (SYSTEMS, SUBMIT, SUBMIT.replace("permit, reason", "reason, permit"), "[arg-type]"),
    "turned": (SYSTEMS, SUBMIT, SUBMIT.replace("facts, permit", "permit, facts"), "[arg-type]"),
    "misspelt": (SYSTEMS, SUBMIT, SUBMIT.replace("submit", "submti"), "[attr-defined]"),
    "forgotten": (SYSTEMS, SUBMIT, SUBMIT.replace(", reason", ""), "[call-arg]"),
    "swapped_po": (
        SYSTEMS,
        CANCEL,
        "\n".join(CANCEL.split("\n")[n] for n in (0, 1, 3, 2, 4, 5, 6)),
        "[arg-type]",
    ),
    "unnamed": (SYSTEMS, CANCEL, CANCEL.replace("comment=comment", "comment"), "[call-arg]"),
    "unapproved": (RULE, "(order, approval)", "(order)", "[call-arg]"),
    "perhaps_approved": (RULE, "if approval is not None:", "if order is not None:", "[arg-type]"),
    "unapproved_po": (PO_RULE, "(orders), approval)", "(orders))", "[call-arg]"),
}  # fmt: skip


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What mypy says of the file as it is and of its changed copies, by the copy's name."""
    folder = tmp_path_factory.mktemp("copies")
    text = SYSTEMS.read_text(encoding="utf-8")
    (folder / "unchanged.py").write_text(text, encoding="utf-8")
    for name, (file, old, new, _) in WRONG.items():
        text = file.read_text(encoding="utf-8")
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


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_differs_from_one_that_is_there(name):
    file, old, new, _ = WRONG[name]
    assert file.read_text(encoding="utf-8").count(old) == 1
    assert old != new


@pytest.mark.slow
def test_systems_as_it_is_has_no_type_error(findings):
    assert findings["unchanged"] == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_of_a_flow_is_a_type_error(findings, name):
    assert WRONG[name][3] in findings[name]


def test_every_vendor_has_its_flow():
    assert list(VENDOR_FLOWS) == list(VENDORS)
