"""Ctrl-C ends a command, and never in the middle of an import."""

from __future__ import annotations

import signal
import threading

import pytest

from robot.cli.commands import interrupted_between_imports, told_to_end_by_any_signal

#: What Python takes for a part of its importer.
IMPORTER = compile("interrupt(SIGINT)", "<frozen importlib._bootstrap>", "exec")


def imported(seen: list[str], interrupt) -> None:
    with interrupted_between_imports():
        exec(IMPORTER, {"interrupt": interrupt, "SIGINT": signal.SIGINT})
        seen.append("imported")
        threading.Event().wait(10)


def in_a_module(number: int) -> None:
    """Interrupt as what is imported would be, which is not of the importer itself."""
    signal.raise_signal(number)


@pytest.mark.parametrize("interrupt", [signal.raise_signal, in_a_module])
def test_ctrl_c_waits_for_what_is_imported(interrupt):
    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        imported(seen, interrupt)
    assert seen == ["imported"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_shutdown_ends_the_work_as_ctrl_c_does(number):
    def told_to_end() -> None:
        with told_to_end_by_any_signal():
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        told_to_end()
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_second_signal_does_not_break_off_the_end():
    """A shell tells of a terminal that is closed, and so does the system."""
    ended = []
    try:
        with told_to_end_by_any_signal():
            try:
                signal.raise_signal(signal.SIGHUP)
            except KeyboardInterrupt:
                signal.raise_signal(signal.SIGHUP)
                signal.raise_signal(signal.SIGTERM)
                ended.append("in good order")
    except KeyboardInterrupt:
        ended.append("broken off")
    assert ended == ["in good order"]
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def test_what_a_shell_has_a_closed_terminal_do_is_kept():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with told_to_end_by_any_signal():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def interrupted(seen: list[str]) -> None:
    with interrupted_between_imports():
        signal.raise_signal(signal.SIGINT)
        seen.append("went on")


def test_ctrl_c_comes_at_once_elsewhere():
    seen: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(seen)
    assert seen == []


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
