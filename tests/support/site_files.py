"""A campus's own site files."""

from __future__ import annotations

from pathlib import Path

from robot.sites.registry import _shipped


def own_site_file(folder: Path, name: str, old: str, new: str) -> Path:
    """Put the shipped site file of that name into a folder.

    With ``old`` become ``new``.
    """
    source = (_shipped() / f"{name}.toml").read_text(encoding="utf-8")
    assert source.count(old) == 1, old
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(source.replace(old, new), encoding="utf-8")
    return folder
