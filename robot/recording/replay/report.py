"""A mismatch as a page of text.

What happened, what was expected, what it means, what to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from robot.recording.entries import Entry, Recording
from robot.recording.fields import Difference

MismatchKind = Literal[
    "REPEATED",
    "OUT OF ORDER",
    "CHANGED BODY",
    "CHANGED QUERY",
    "TOO EARLY",
    "UNKNOWN",
    "UNFINISHED",
    "OTHER RESULT",
]
_MEANING: dict[MismatchKind, str] = {
    "REPEATED": "the flow sends again what it sent before; the live site would do it twice",
    "OUT OF ORDER": "the flow does this before something that came first in the recording",
    "CHANGED BODY": "the flow sends other values than it did",
    "CHANGED QUERY": "the flow asks for the same page with other values in its address",
    "TOO EARLY": "the flow no longer waits for the answer that it waited for",
    "UNKNOWN": "the flow goes to a place where it never was",
    "UNFINISHED": "the flow ended, and left out what it did in the recording",
    "OTHER RESULT": "every request was right, and the receipt is another one than it was",
}
_WIDTH = 160


@dataclass(slots=True)
class Mismatch:
    """What did not fit.

    ``index`` counts the recording's entries from 0. ``due`` are those still to come.
    """

    kind: MismatchKind
    sent: Entry | None
    expected: Entry | None = None
    index: int | None = None
    nearest: int | None = None
    needed: Entry | None = None
    needed_index: int | None = None
    polled: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    due: list[int] = field(default_factory=list)
    timeline: list[str] = field(default_factory=list)
    flow: str = ""


class ReplayMismatch(BaseException):
    """The flow did not do what was recorded, as ``report`` tells in full.

    Not an Exception: no flow may go on after it.
    """

    def __init__(self, report: str, mismatch: Mismatch) -> None:
        super().__init__(report)
        self.report = report
        self.mismatch = mismatch


def report(
    recording: Recording, mismatch: Mismatch, *, foreign: Sequence[str], kept: Sequence[Path] = ()
) -> str:
    """Return the whole report.

    ``kept`` are the files of its proof. Indices are those of flow.har's entries, from 0.
    """
    m = mismatch
    lines = []
    recorded = str(recording.meta.get("recorded_at", ""))
    head = (
        f"REPLAY MISMATCH  {recording.name}  (recorded {recorded[:10]}, {age(recording.meta)} d"
        " old)"
    )
    lines.append(f"{head}   kind: {m.kind}")

    def row(name: str, text: str) -> None:
        lines.append(f"  {name:<11}{text}")

    row("flow", m.flow or "(not known)")
    row("sent", _request(m.sent) if m.sent else "(nothing more)")
    row("expected", f"#{m.index} {_request(m.expected)}" if m.expected else "(nothing more)")
    if m.needed:
        answer = f"{m.needed.status} {_short(m.needed.body.decode('utf-8', 'replace'))}"
        row("after", f"#{m.needed_index} {_request(m.needed)} -> {answer} (not served yet)")
        row("served", "of this poll: " + (", ".join(m.polled) or "nothing"))
    for found in m.differences:
        row("field", f"{found.name}: expected {_short(found.expected)}, sent {_short(found.sent)}")
    if m.nearest is not None:
        # What a fault put in has no number of its own.
        nearest = "a sign-in"
        if m.nearest >= 0:
            nearest = f"#{m.nearest} {_request(recording.entries[m.nearest])}"
        row("nearest", nearest)
    timeline = "  ".join(m.timeline[-6:]) or "(nothing yet)"
    row("timeline", timeline + ("  >>> here" if m.sent else ""))
    row("still due", f"{len(m.due)} requests" + (f" from #{m.due[0]} on" if m.due else ""))
    if foreign:
        counts = Counter(foreign)
        row("foreign", ", ".join(f"{path} {times}x (204)" for path, times in counts.items()))
    if kept:
        row("kept", ", ".join(str(file) for file in kept))
    row("meaning", _MEANING[m.kind])
    row(
        "do",
        f"mend the flow; if it is meant: vendorfirst record {recording.name} --rewrite --"
        f" {_command(recording.meta)}",
    )
    return "\n".join(lines)


def age(meta: Mapping[str, Any]) -> int:
    """Return the days since a recording was made."""
    recorded = datetime.fromisoformat(str(meta["recorded_at"]))
    return max(0, (datetime.now(UTC) - recorded).days)


def _command(meta: Mapping[str, Any]) -> str:
    return " ".join(str(word) for word in meta.get("command", []))


def _request(entry: Entry) -> str:
    return f"{entry.method} {entry.url[:_WIDTH]}" + (
        f" ({len(entry.sent)} bytes)" if entry.sent else ""
    )


def _short(text: str | None) -> str:
    if text is None:
        return "(not there)"
    return repr(text if len(text) <= _WIDTH else text[:_WIDTH] + "…")
