"""A second run of a red replay, with tracing on.

Tracing costs too much to have it on always.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from robot.cancellation.receipts.receipt import Receipt
from robot.recording.replay.replay import Replay
from robot.recording.replay.report import ReplayMismatch


def replay_with_trace(replay: Replay, root: Path) -> list[Receipt]:
    """Return the receipts of a replay, or raise ReplayMismatch with its proof.

    The report names what was kept in ``root``/NAME: the report, the page as a picture and as HTML,
    and a trace of each site from a second run. It also says so where that run ended in another way,
    for then it is time that decides.
    """
    folder = root / replay.recording.name
    replay.folder = folder
    try:
        return replay.run()
    except ReplayMismatch as first:
        again = replace(replay, traced=True, faults=[replace(fault) for fault in replay.faults])
        try:
            again.run()
            told = "green: it is time that decides"
        except ReplayMismatch as second:
            same = second.mismatch.kind == first.mismatch.kind
            told = "the same" if same else f"{second.mismatch.kind}: it is time that decides"
        traces = [str(file) for file in again.kept if file.suffix == ".zip"]
        more = [f"  {'again':<11}a second run, traced: {told}"]
        more += [f"  {'trace':<11}playwright show-trace {file}" for file in traces]
        text = "\n".join((first.report, *more))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.txt").write_text(text + "\n", encoding="utf-8")
        raise ReplayMismatch(text, first.mismatch) from None
