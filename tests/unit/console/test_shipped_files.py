"""What is shipped with the console and was not written here is as its authors made it."""

from __future__ import annotations

import hashlib

from robot.console.pages.files import STATIC


def test_shipped_scripts_are_unmodified():
    lines = (STATIC / "vendor" / "SHA256SUMS").read_text().splitlines()
    named = {name: digest for digest, name in (line.split() for line in lines)}
    files = {path.name for path in (STATIC / "vendor").iterdir()} - {"SHA256SUMS", "README.md"}
    assert named.keys() == files
    for name, digest in named.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest


def test_no_page_loads_from_elsewhere():
    """Nor does a template hold a script, a style or a handler of its own."""
    templates = list((STATIC.parent / "templates").glob("*.html"))
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        for forbidden in ("http:", "https:", " style=", "<style", " onclick", "javascript:"):
            assert forbidden not in text, path.name
