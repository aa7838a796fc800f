"""Ctrl-C ends a command, and never in the middle of what Python's importer does."""

from __future__ import annotations

import signal
import threading

import pytest

from robot.cli.commands import interrupted_between_imports

#: What Python takes for a part of its importer, in which Ctrl-C comes.
IMPORTER = compile(
    """
raise_signal(SIGINT)
seen.append("still importing")
""",
    "<frozen importlib._bootstrap>",
    "exec",
)


def imported(seen: list[str]) -> None:
    with interrupted_between_imports():
        exec(IMPORTER, {"seen": seen, **vars(signal)})
        seen.append("imported")
        threading.Event().wait(10)


def interrupted(seen: list[str]) -> None:
    with interrupted_between_imports():
        signal.raise_signal(signal.SIGINT)
        seen.append("went on")


@pytest.mark.parametrize(
    "work, what", [(imported, ["still importing", "imported"]), (interrupted, [])]
)
def test_ctrl_c_waits_for_the_importer_alone(work, what):
    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        work(seen)
    assert seen == what


def test_what_ctrl_c_does_is_as_before_afterwards():
    with interrupted_between_imports():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_whoever_has_ctrl_c_do_something_else_keeps_that():
    """What a shell began in the background is to ignore it; a worker has it end its work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupted_between_imports():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with interrupted_between_imports():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_another_thread_runs_as_it_is():
    ran = []

    def run() -> None:
        with interrupted_between_imports():
            ran.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ran == [signal.default_int_handler]
