"""The pytest plugin: recordings are collected as tests and replayed, offline.

A folder of recordings is named on the command line (``pytest recordings/``), or by the ini option ``recordings``. With
``--record-mode=once`` or ``rewrite`` the recordings of the stand-in sites are made first; others are made with
``vendorfirst record``. Tests of one's own ask for the fixture ``replay``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from robot.recording.overlay import Fault
    from robot.recording.report import ReplayMismatch

#: Replays a recording by its name or folder, with faults; the receipts.
Replays = Callable[..., list[dict[str, Any]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--record-mode`` and the ini option ``recordings``."""
    group = parser.getgroup("vendorfirst")
    group.addoption(
        "--record-mode",
        choices=("none", "once", "rewrite"),
        default="none",
        help="none: only replay (default); once: record what is missing; rewrite: record anew.",
    )
    parser.addini("recordings", "The folder in which the fixture replay finds recordings.", default="recordings")


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """A recording is found by its meta.toml beside a flow.har."""
    if file_path.name == "meta.toml" and file_path.with_name("flow.har").exists():
        return RecordingFile.from_parent(parent, path=file_path)
    return None


class RecordingFile(pytest.File):
    """One recording."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its one test."""
        yield RecordingItem.from_parent(self, name=self.path.parent.name)


class RecordingItem(pytest.Item):
    """The replay of a recording."""

    def runtest(self) -> None:
        """Replay; with a record mode, record first."""
        folder, mode = self.path.parent, self.config.getoption("--record-mode")
        if mode == "rewrite":
            _record(folder)
        _replay(folder)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object, **__: object) -> Any:
        """The report of a mismatch instead of a traceback."""
        found: ReplayMismatch | None = getattr(excinfo.value, "mismatch_error", None)
        return found.report if found is not None else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it is."""
        return self.path, None, f"recording {self.name}"


class RedReplay(AssertionError):
    """A replay did not match; pytest wants an Exception."""

    def __init__(self, error: ReplayMismatch) -> None:
        super().__init__(error.report)
        self.mismatch_error = error


@pytest.fixture
def replay(request: pytest.FixtureRequest) -> Replays:
    """Replay a recording: ``replay("done")``, ``replay("done", Fault(12, "503"))``; a mismatch fails the test."""
    root = request.config.rootpath / str(request.config.getini("recordings"))

    def run(name: str | Path, *faults: Fault) -> list[dict[str, Any]]:
        folder = name if isinstance(name, Path) else root / name
        mode = request.config.getoption("--record-mode")
        if mode == "rewrite" or (mode == "once" and not (folder / "meta.toml").exists()):
            _record(folder)
        return _replay(folder, *faults)

    return run


def _replay(folder: Path, *faults: Fault) -> list[dict[str, Any]]:
    import os  # noqa: PLC0415 - a plugin is loaded by every pytest of the installation

    from robot.recording.format import load  # noqa: PLC0415 - the same
    from robot.recording.offline import only_loopback  # noqa: PLC0415 - the same
    from robot.recording.replayer import Replay  # noqa: PLC0415 - the same
    from robot.recording.report import ReplayMismatch  # noqa: PLC0415 - the same

    chromium = os.environ.get("VENDORFIRST_CHROMIUM")
    one = Replay(load(folder), faults=faults, chromium=Path(chromium) if chromium else None, shots=Path("test-results"))
    try:
        with only_loopback():
            return one.run()
    except ReplayMismatch as mismatch:
        raise RedReplay(mismatch) from None


def _record(folder: Path) -> None:
    from robot.recording.samples import SAMPLES, make  # noqa: PLC0415 - only where something is recorded

    if folder.name not in {sample.name for sample in SAMPLES}:
        pytest.fail(
            f"{folder.name} is no recording of the stand-in sites; make it with vendorfirst record.", pytrace=False
        )
    if make(folder.parent, [folder.name]):
        pytest.fail(f"{folder.name} could not be recorded.", pytrace=False)
