"""The list of packages that ``make sbom`` writes holds each one that the lock file pins."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import robot

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "sbom.py"
HASH = "0" * 64


@pytest.fixture(scope="module")
def listed():
    """What it prints, with an interpreter that finds the standard library alone."""
    command = [sys.executable, "-I", "-S", str(SCRIPT)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def sbom():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("sbom", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["sbom"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["sbom"]


def locked():
    """Return the hashes of each pinned package by its name and version, read in another way."""
    found = {}
    for part in re.split(r"\n(?=[\w])", (ROOT / "requirements.txt").read_text("utf-8")):
        name = re.match(r"([\w.-]+)(?:\[.*?\])?==([\w.]+)", part)
        if name:
            found[name[1], name[2]] = sorted(re.findall("--hash=sha256:([0-9a-f]+)", part))
    return found


def test_each_pinned_package_is_listed_with_its_hashes(listed):
    told = {
        (one["name"], one["version"]): sorted(
            file["content"] for file in one["externalReferences"][0]["hashes"]
        )
        for one in listed["components"]
    }
    assert len(listed["components"]) > 50
    assert told == locked()


def test_the_list_is_cyclonedx(listed):
    """It has what CycloneDX 1.6 requires, in the form that it requires."""
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    assert listed["version"] == 1
    project = listed["metadata"]["component"]
    assert (project["type"], project["version"]) == ("application", robot.__version__)
    refs = [one["bom-ref"] for one in (project, *listed["components"])]
    assert len(set(refs)) == len(refs)
    for one in listed["components"]:
        assert one["type"] == "library"
        assert one["purl"] == f"pkg:pypi/{one['name']}@{one['version']}"
        (files,) = one["externalReferences"]
        assert files["type"] == "distribution"
        assert all(it["alg"] == "SHA-256" and len(it["content"]) == 64 for it in files["hashes"])


def test_what_wants_each_package_is_listed(listed):
    wants = {one["ref"]: one["dependsOn"] for one in listed["dependencies"]}
    refs = {one["purl"]: one["name"] for one in listed["components"]}
    project = listed["metadata"]["component"]["bom-ref"]
    assert set(wants) == {project, *refs}
    assert "playwright" in {refs[ref] for ref in wants[project]}
    wanted = {ref for refs in wants.values() for ref in refs}
    assert wanted == set(refs)


def test_a_list_is_the_same_each_time(sbom):
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    first, second = (sbom.bill_of_materials(sbom.pinned(lock), "1") for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "lock, said",
    [
        ("idna>=3\n", "can't be read: 'idna>=3'"),
        ("idna @ https://example.org/idna.whl\n", "can't be read"),
        ("idna==3.1\n", "can't be read"),
        (f"idna==3.1 \\\n    --hash=md5:{HASH}\n", "can't be read"),
        ("idna==3.1 \\\n    # via anyio\n", "idna has no hash"),
    ],
)
def test_a_lock_that_pins_without_a_hash_is_refused(sbom, lock, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        sbom.pinned(lock)


def test_extras_and_conditions_are_read(sbom):
    lock = (
        "coverage[toml]==7.1 \\\n"
        f"    --hash=sha256:{HASH}\n    # via pytest-cov\n"
        'pywin32==3 ; sys_platform == "win32" \\\n'
        f"    --hash=sha256:{HASH} \\\n    --hash=sha256:{HASH[::-1]}\n"
        "    # via\n    #   coverage[toml]\n    #   vendorfirst (pyproject.toml)\n"
    )
    found = [(one.name, one.version, one.wanted_by) for one in sbom.pinned(lock)]
    wanted_by = ["coverage", "vendorfirst"]
    assert found == [("coverage", "7.1", ["pytest-cov"]), ("pywin32", "3", wanted_by)]
