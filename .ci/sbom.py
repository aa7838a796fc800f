"""Print a CycloneDX list (JSON) of the packages that requirements.txt pins.

Only the lock file and the project's own name and version are read, so that the same lock always
gives the same list. The form is that of https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PROJECT: Final = "vendorfirst"

_PINNED: Final = re.compile(r"([\w.-]+)(?:\[[\w,.-]+\])?==([^\s;]+)(?: *;.*?)? \\")
_HASH: Final = re.compile(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?")
_WANTED_BY: Final = re.compile(r"    #(?: via|  )(?: ([\w.-]+)(?:\[[\w,.-]+\])?(?: \(.*\))?)?")


@dataclass(slots=True)
class Package:
    """A pinned package, with the hashes of its files and the names of those that want it."""

    name: str
    version: str
    hashes: list[str] = field(default_factory=list)
    wanted_by: list[str] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """Return the package's URL, by which it is referred to."""
        return f"pkg:pypi/{self.name}@{self.version}"

    def component(self) -> dict[str, Any]:
        """Return it as CycloneDX has it.

        The hashes are those of several files, so they are the distribution's, not the component's.
        """
        files = {
            "type": "distribution",
            "url": self.ref,
            "hashes": [{"alg": "SHA-256", "content": one} for one in self.hashes],
        }
        return {
            "type": "library",
            "bom-ref": self.ref,
            "name": self.name,
            "version": self.version,
            "purl": self.ref,
            "externalReferences": [files],
        }


def pinned(lock: str) -> list[Package]:
    """Return the packages of a lock file.

    Raises ValueError for a line that can't be read, and for a package without a hash.
    """
    packages: list[Package] = []
    for line in lock.splitlines():
        if found := _PINNED.fullmatch(line):
            packages.append(Package(found[1].lower(), found[2]))
        elif found := _HASH.fullmatch(line):
            packages[-1].hashes.append(found[1])
        elif found := _WANTED_BY.fullmatch(line):
            packages[-1].wanted_by += [found[1].lower()] if found[1] else []
        elif line and not line.startswith("#"):
            msg = f"the lock file has a line that can't be read: {line!r}"
            raise ValueError(msg)
    for package in packages:
        if not package.hashes:
            msg = f"{package.name} has no hash in the lock file"
            raise ValueError(msg)
    return packages


def bill_of_materials(packages: list[Package], version: str) -> dict[str, Any]:
    """Return the list of the packages of the project's ``version``, and what wants what."""
    refs = {package.name: package.ref for package in packages}
    refs[PROJECT] = f"pkg:pypi/{PROJECT}@{version}"
    wanted: dict[str, list[str]] = {name: [] for name in sorted(refs)}
    for package in packages:
        for name in package.wanted_by:
            wanted[name].append(package.ref)
    root = {"type": "application", "bom-ref": refs[PROJECT], "name": PROJECT, "version": version}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**root, "purl": refs[PROJECT]}},
        "components": [package.component() for package in packages],
        "dependencies": [
            {"ref": refs[name], "dependsOn": sorted(needs)} for name, needs in wanted.items()
        ],
    }


def main() -> None:
    """Print the list of the packages that are pinned now."""
    own = (ROOT / "robot" / "__init__.py").read_text("utf-8")
    version = re.search(r'^__version__ = "(.+)"', own, re.MULTILINE)
    if version is None:
        sys.exit("sbom: robot/__init__.py tells no version")
    packages = pinned((ROOT / "requirements.txt").read_text("utf-8"))
    print(json.dumps(bill_of_materials(packages, version[1]), indent=2))


if __name__ == "__main__":
    main()
