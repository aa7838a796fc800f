"""The receipt as one self-contained HTML page that an auditor understands: nothing to load,
nothing to run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from robot.clock import local_text

_OUTCOMES = {
    "done": "Done",
    "refused": "Refused by the vendor",
    "pending": "Waiting for the vendor",
    "needs_person": "Needs a person",
    "failed": "Failed",
    "dry_run": "Dry run",
}


def _from_disk(file: str) -> bytes:
    return Path(file).read_bytes()


def render(
    receipt: dict[str, Any], stand_in: bool, read: Callable[[str], bytes] = _from_disk
) -> str:
    """The page. ``read`` gives what a piece's ``file`` holds, or raises OSError; it is checked
    against its SHA-256.
    """
    environment = Environment(
        loader=PackageLoader("robot.evidence", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["local"] = _local
    template = environment.get_template("receipt.html")
    pieces = [_piece(piece, read) for piece in receipt["evidence"]]
    return template.render(
        r=receipt, outcome=_OUTCOMES[receipt["outcome"]], pieces=pieces, stand_in=stand_in
    )


def _local(at: str) -> str:
    """A UTC time as the reader's clock shows it, with the UTC behind it."""
    utc = datetime.fromisoformat(at)
    return f"{local_text(utc)} ({utc:%H:%M:%S} UTC)"


def name_of(file: str) -> str:
    """The last part of a piece's ``file``, be that a path or an address."""
    return file.rpartition("/")[2]


def _piece(piece: dict[str, Any], read: Callable[[str], bytes]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        **piece,
        "image": None,
        "text": None,
        "sound": False,
        "name": name_of(piece["file"]),
    }
    try:
        data = read(piece["file"])
    except OSError:
        return shown
    shown["sound"] = hashlib.sha256(data).hexdigest() == piece["sha256"]
    if shown["name"].endswith(".jpg"):
        shown["image"] = base64.b64encode(data).decode()
    else:
        shown["text"] = data.decode("utf-8", "replace")
    return shown
