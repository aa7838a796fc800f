"""What is wrong with a recording, or will be.

Leaks, age, requests that no rule knows, entries that nothing needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from robot.recording.capture.recorder import people_in
from robot.recording.entries import Recording
from robot.recording.files import load
from robot.recording.replay.replay import Replay
from robot.recording.replay.report import ReplayMismatch, age
from robot.recording.rules import MatchRules
from robot.recording.scrubbing.leak_scan import scan
from robot.settings import CREDENTIALS, Settings
from robot.sites.registry import Sites

_OLD = 30
_TOO_OLD = 90


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the check found.

    It is ``wrong`` where the check is to fail for it.
    """

    text: str
    wrong: bool = False


def check(
    folder: Path, settings: Settings, people: Path, *, strict: bool = False, unused: bool = False
) -> Iterator[Finding]:
    """Give what is to be said of a recording.

    ``people`` is the local list of names. Raises BadRecording where the recording can't be read.
    """
    recording = load(folder)
    files = Sites(settings.selectors).all()
    secret = [value for name, value in settings.sites.items() if name in CREDENTIALS]
    for leak in scan(folder, recording, files, secret, _list(recording, people)):
        yield Finding(f"{leak.file}: {leak.what}", wrong=True)
    days = age(recording.meta)
    if days > _OLD:
        yield Finding(f"it is {days} days old; record it anew", wrong=strict and days > _TOO_OLD)
    rules = MatchRules.from_dict(recording.meta.get("matching", {}))
    for number, entry in enumerate(recording.entries):
        if rules.unclassified(entry):
            yield Finding(
                f"#{number} {entry.method} {entry.path}: no rule says whether this changes"
                " something"
            )
    if unused:
        yield from _unused(recording)


def stray_hars(root: Path) -> list[Path]:
    """Return the HAR files below ``root`` that are of no recording."""
    return [
        path
        for path in sorted(root.rglob("*.har"))
        if path.name != "flow.har" or not (path.parent / "meta.toml").exists()
    ]


def _list(recording: Recording, people: Path) -> Sequence[str] | None:
    """Return the people who must not be in a recording.

    The stand-in sites' people are known, those of the live sites only from the local list.
    """
    found = people_in(people)
    if recording.meta.get("stand_in"):
        from robot.recording.samples import PEOPLE  # noqa: PLC0415 - it brings the stand-ins

        return (*PEOPLE, *(found or ()))
    return found


def _unused(recording: Recording) -> Iterator[Finding]:
    one = Replay(recording)
    try:
        one.run()
    except ReplayMismatch as mismatch:
        yield Finding(f"its replay is red ({mismatch.mismatch.kind})", wrong=True)
    else:
        for number in one.unused():
            entry = recording.entries[number]
            yield Finding(f"#{number} {entry.method} {entry.path} is not needed")
