"""Session files keep a site's cookies and storage for the next run.

Nobody else can read them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()


def read_session(path: Path) -> dict[str, Any] | None:
    """Return what was kept, in Playwright's shape.

    None where there is nothing, or nothing that can be read.
    """
    try:
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        log.warning("The kept session can't be read; signing in anew.", site=path.stem)
        return None
    return state


def write_session(path: Path, state: object, writer: int) -> None:
    """Keep a session for the next run.

    The file has mode 0600 and is written atomically; the last of several wins. ``writer`` tells
    this process's lanes apart.
    """
    part = path.with_suffix(f".{os.getpid()}-{writer}.part")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(state, file)
    part.replace(path)
