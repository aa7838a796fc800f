"""A recording on disk.

``flow.har`` (pretty, normalised), ``bodies/`` by content hash, ``meta.toml``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

from robot.errors import BadInput
from robot.problems import Problem
from robot.recording.entries import Entry, Recording
from robot.recording.har import embedded, from_har, to_har

SCHEMA = "vendorfirst.recording/1"
#: What a recording's meta.toml must have.
_PARTS = ("schema", "inputs", "expected", "recorded_at")
_ENDINGS = {
    "text/html": "html",
    "application/json": "json",
    "text/css": "css",
    "text/plain": "txt",
    "image/png": "png",
    "text/javascript": "js",
    "application/javascript": "js",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
}


_TAKE_IT_AGAIN = "Take it from version control again, or record it anew with --rewrite."


class BadRecording(BadInput):
    """A recording can't be read."""

    problem = Problem.BAD_RECORDING


class _OtherBody(Exception):
    """A body is not the one that was recorded."""


def save(recording: Recording, folder: Path) -> None:
    """Write a recording into ``folder``, which is made.

    A recording that is there is replaced as a whole.
    """
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    bodies = part / "bodies"
    bodies.mkdir(parents=True)

    def content(entry: Entry) -> dict[str, Any]:
        found: dict[str, Any] = {
            "size": len(entry.body),
            "mimeType": entry.mime or "application/octet-stream",
        }
        if entry.body:
            name = (
                f"{hashlib.sha256(entry.body).hexdigest()[:16]}.{_ENDINGS.get(entry.mime, 'bin')}"
            )
            (bodies / name).write_bytes(entry.body)
            found["_file"] = f"bodies/{name}"
        return found

    har = to_har(recording.entries, content)
    (part / "flow.har").write_text(
        json.dumps(har, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (part / "meta.toml").write_text(to_toml(recording.meta), encoding="utf-8")
    if folder.exists():
        old = folder.with_name(f".{folder.name}.old")
        folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old)
    else:
        part.rename(folder)


def load(folder: Path) -> Recording:
    """Read a recording, or raise BadRecording.

    It is raised where there is none, or it is damaged.
    """
    try:
        meta = tomllib.loads((folder / "meta.toml").read_text(encoding="utf-8"))
        har = json.loads((folder / "flow.har").read_text(encoding="utf-8"))
        entries = from_har(har, partial(_read_body, folder))
        _check_parts(meta)
    except FileNotFoundError as error:
        msg = f"There is no whole recording in {folder} ({Path(error.filename).name} is missing)."
        raise BadRecording(
            msg, next_step="See vendorfirst recordings check; record it anew with --rewrite."
        ) from None
    except _OtherBody as other:
        msg = f"{folder / str(other)} was changed: it is not what its name says by its hash."
        raise BadRecording(msg, next_step=_TAKE_IT_AGAIN) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"The recording in {folder} can't be read ({type(error).__name__})."
        raise BadRecording(msg, next_step=_TAKE_IT_AGAIN) from None
    if meta["schema"] != SCHEMA:
        msg = (
            f"The recording in {folder} is of schema {meta['schema']!r};"
            f" this program reads {SCHEMA!r}."
        )
        raise BadRecording(msg, next_step="Record it anew with --rewrite.")
    return Recording(folder.name, entries, meta)


def _check_parts(meta: dict[str, Any]) -> None:
    """Raise KeyError where a part is missing that a replay needs."""
    for part in _PARTS:
        if part not in meta:
            raise KeyError(part)


def _read_body(folder: Path, content: dict[str, Any]) -> bytes:
    """Return the body that a HAR's ``content`` names.

    Raises _OtherBody where it is not what its name says.
    """
    name = content.get("_file")
    if not name:
        return b""
    found = (folder / "bodies" / Path(name).name).read_bytes()
    stem = Path(name).stem
    if stem != hashlib.sha256(found).hexdigest()[: len(stem)]:
        raise _OtherBody(name)
    return found


def names(root: Path) -> list[str]:
    """Return the recordings below ``root``, by name."""
    return sorted(
        path.parent.name
        for path in root.glob("*/meta.toml")
        if not path.parent.name.startswith(".")
    )


def export(recording: Recording) -> str:
    """Return one HAR with the bodies in it, for browsers' developer tools and others."""
    return json.dumps(to_har(recording.entries, embedded), ensure_ascii=False)


def to_toml(values: dict[str, Any]) -> str:
    """Write a dict as TOML.

    It may hold strings, numbers, flags, lists of them, and dicts. None is left out.
    """
    lines: list[str] = []
    _table(lines, (), values)
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(lines: list[str], path: tuple[str, ...], values: dict[str, Any]) -> None:
    for name, value in values.items():
        if value is not None and not isinstance(value, dict):
            lines.append(f"{name} = {_value(value)}")
    for name, value in values.items():
        if isinstance(value, dict):
            lines += ["", f"[{'.'.join((*path, name))}]"]
            _table(lines, (*path, name), value)


def _value(value: object) -> str:
    if isinstance(value, list):
        if len(json.dumps(value)) > 100:
            return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
        )
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
