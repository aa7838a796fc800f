"""The pytest plugin, which replays recordings as tests, offline.

A folder of recordings is named on the command line (``pytest recordings/``), or by the ini option
``recordings``. With ``--record-mode=once`` or ``rewrite`` the recordings of the stand-in sites are
made first; others are made with ``vendorfirst record``. Tests of one's own ask for the fixture
``replay``, which runs the flow, or for ``recorded``, which serves a recording to a page of
pytest-playwright's. While they run, the test reaches this machine only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from robot.cancellation.receipts.receipt import Receipt
    from robot.recording.replay.faults import EntryFault
    from robot.recording.replay.lanes import SharedLanes
    from robot.recording.replay.report import ReplayMismatch

#: Replays a recording by its name or folder, with faults; the receipts.
Replays = Callable[..., "list[Receipt]"]
#: A context of pytest-playwright's browser that a recording, by its name or folder, is served to.
Served = Callable[[str | Path], "BrowserContext"]
_SHARED: pytest.StashKey[SharedLanes] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--record-mode`` and the ini option ``recordings``."""
    group = parser.getgroup("vendorfirst")
    group.addoption(
        "--record-mode",
        choices=("none", "once", "rewrite"),
        default="none",
        help="none: only replay (default); once: record what is missing; rewrite: record anew.",
    )
    parser.addini(
        "recordings", "The folder in which the fixtures find recordings.", default="recordings"
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the browsers that the replays shared."""
    shared = config.stash.get(_SHARED, None)
    if shared is not None:
        shared.close()


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Collect a recording, which is a meta.toml beside a flow.har."""
    if file_path.name == "meta.toml" and file_path.with_name("flow.har").exists():
        return RecordingFile.from_parent(parent, path=file_path)
    return None


class RecordingFile(pytest.File):
    """One recording."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield its one test."""
        yield RecordingItem.from_parent(self, name=self.path.parent.name)


class RecordingItem(pytest.Item):
    """The replay of a recording."""

    def runtest(self) -> None:
        """Replay, and with a record mode record first."""
        # Here, as every pytest loads the plugin.
        from robot.recording.replay.no_network import only_loopback  # noqa: PLC0415

        folder = self.path.parent
        _see_to(folder, self.config)
        with only_loopback():
            _replay(folder, self.config)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *_: object, **__: object
    ) -> Any:
        """Return the report of a mismatch instead of a traceback."""
        found: ReplayMismatch | None = getattr(excinfo.value, "mismatch_error", None)
        return found.report if found is not None else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where it is."""
        return self.path, None, f"recording {self.name}"


class RedReplay(AssertionError):
    """A replay that did not match, as the Exception that pytest wants."""

    def __init__(self, error: ReplayMismatch) -> None:
        super().__init__(error.report)
        self.mismatch_error = error


@pytest.fixture
def replay(request: pytest.FixtureRequest) -> Iterator[Replays]:
    """Give a function that replays a recording.

    ``replay("done")``, ``replay("done", EntryFault(12, "503"))``. A mismatch fails the test.
    """
    from robot.recording.replay.no_network import only_loopback  # noqa: PLC0415 - the same

    def run(name: str | Path, *faults: EntryFault) -> list[Receipt]:
        folder = _folder(name, request.config)
        _see_to(folder, request.config)
        return _replay(folder, request.config, *faults)

    with only_loopback():
        yield run


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Iterator[Served]:
    """Give a function that serves a recording to a page.

    ``recorded("done").new_page()``. A request that does not fit fails the test; what the test
    leaves out of the recording does not count. The browser is pytest-playwright's.
    """
    from robot.recording.replay.no_network import only_loopback  # noqa: PLC0415 - the same
    from robot.recording.replay.serving import serving  # noqa: PLC0415 - the same

    browser = request.getfixturevalue("browser")
    with only_loopback(), ExitStack() as stack:
        yield lambda name: stack.enter_context(serving(_folder(name, request.config), browser))


def _folder(name: str | Path, config: pytest.Config) -> Path:
    return (
        name
        if isinstance(name, Path)
        else config.rootpath / str(config.getini("recordings")) / name
    )


def _replay(folder: Path, config: pytest.Config, *faults: EntryFault) -> list[Receipt]:
    from robot.recording.files import load  # noqa: PLC0415 - the same
    from robot.recording.replay.diagnosis import replay_with_trace  # noqa: PLC0415 - the same
    from robot.recording.replay.lanes import SharedLanes  # noqa: PLC0415 - the same
    from robot.recording.replay.replay import Replay  # noqa: PLC0415 - the same
    from robot.recording.replay.report import ReplayMismatch  # noqa: PLC0415 - the same

    chromium = os.environ.get("VENDORFIRST_CHROMIUM")
    shared = config.stash.setdefault(_SHARED, SharedLanes())
    one = Replay(
        load(folder), faults=faults, browsers=shared, chromium=Path(chromium) if chromium else None
    )
    try:
        return replay_with_trace(one, Path("test-results"))
    except ReplayMismatch as mismatch:
        raise RedReplay(mismatch) from None


def _see_to(folder: Path, config: pytest.Config) -> None:
    """Record first, where the record mode says so."""
    mode = config.getoption("--record-mode")
    if mode == "none" or (mode == "once" and (folder / "meta.toml").exists()):
        return
    from robot.recording.samples import (  # noqa: PLC0415 - only where something is recorded
        SAMPLES,
        make,
    )

    if folder.name not in {sample.name for sample in SAMPLES}:
        pytest.fail(
            f"{folder.name} is no recording of the stand-in sites; make it with vendorfirst"
            " record.",
            pytrace=False,
        )
    if make(folder.parent, [folder.name]):
        pytest.fail(f"{folder.name} could not be recorded.", pytrace=False)
