"""A mismatch as a page of text.

What happened, what was expected, what it means, what to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    rows = [
        ("flow", mismatch.flow or "(not known)"),
        *_requests(mismatch),
        *_differences(recording, mismatch),
        *_place(mismatch),
    ]
    if foreign:
        counts = Counter(foreign)
        rows.append(("foreign", ", ".join(f"{path} {n}x (204)" for path, n in counts.items())))
    if kept:
        rows.append(("kept", ", ".join(str(file) for file in kept)))
    rows.append(("meaning", _MEANING[mismatch.kind]))
    again = f"vendorfirst record {recording.name} --rewrite -- {_command(recording.meta)}"
    rows.append(("do", f"mend the flow; if it is meant: {again}"))
    return "\n".join([_head(recording, mismatch), *(f"  {name:<11}{text}" for name, text in rows)])


def _head(recording: Recording, mismatch: Mismatch) -> str:
    day = str(recording.meta.get("recorded_at", ""))[:10]
    made = f"(recorded {day}, {age(recording.meta)} d old)"
    return f"REPLAY MISMATCH  {recording.name}  {made}   kind: {mismatch.kind}"


def _requests(mismatch: Mismatch) -> Iterator[tuple[str, str]]:
    """Yield what was sent, and what was expected then."""
    sent = mismatch.sent
    expected = mismatch.expected
    yield "sent", _request(sent) if sent else "(nothing more)"
    yield "expected", f"#{mismatch.index} {_request(expected)}" if expected else "(nothing more)"
    needed = mismatch.needed
    if needed:
        answer = f"{needed.status} {_short(needed.body.decode('utf-8', 'replace'))}"
        yield "after", f"#{mismatch.needed_index} {_request(needed)} -> {answer} (not served yet)"
        yield "served", "of this poll: " + (", ".join(mismatch.polled) or "nothing")


def _differences(recording: Recording, mismatch: Mismatch) -> Iterator[tuple[str, str]]:
    """Yield which fields differ, and which recorded request is the nearest."""
    for found in mismatch.differences:
        values = f"expected {_short(found.expected)}, sent {_short(found.sent)}"
        yield "field", f"{found.name}: {values}"
    if mismatch.nearest is not None:
        # What a fault put in has no number of its own.
        nearest = "a sign-in"
        if mismatch.nearest >= 0:
            nearest = f"#{mismatch.nearest} {_request(recording.entries[mismatch.nearest])}"
        yield "nearest", nearest


def _place(mismatch: Mismatch) -> Iterator[tuple[str, str]]:
    """Yield where in the recording it happened."""
    timeline = "  ".join(mismatch.timeline[-6:]) or "(nothing yet)"
    due = mismatch.due
    yield "timeline", timeline + ("  >>> here" if mismatch.sent else "")
    yield "still due", f"{len(due)} requests" + (f" from #{due[0]} on" if due else "")


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
