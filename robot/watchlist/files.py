"""Find the export that is meant.

A file, or the newest of a folder or of a pattern.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from robot.errors import BadInput

_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx"})


def newest_file(text: str) -> Path:
    """Return the file that a path, a folder or a pattern with ``*`` names.

    It is the newest of several. Raises BadInput where there is none.
    """
    path = Path(text)
    if path.is_dir():
        found = [one for one in path.iterdir() if one.suffix.lower() in _ENDINGS]
    elif any(sign in path.name for sign in "*?["):
        found = list(path.parent.glob(path.name))
    else:
        return path
    files = [one for one in found if one.is_file()]
    if not files:
        raise BadInput(
            f"There is no export in {text[:200]!r}.",
            next_step="Put the CSV or Excel file there, or name it itself.",
        )
    return max(files, key=lambda one: one.stat().st_mtime)
