"""Help on a topic, completion, and the list of commands as a terminal shows it."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from click.shell_completion import ShellComplete

from robot.cli import commands


def test_topics_are_the_readmes_headings(command):
    told = command("help")
    assert {"The queue", "Use it", "Known limits"} <= set(told.out.splitlines())


def test_topic_is_shown_by_a_part_of_its_name(command):
    told = command("help", "many", "machines")
    assert "VENDORFIRST_DATABASE_URL" in told.out
    assert "## " not in told.out


def test_unknown_topic_names_the_known_ones(command):
    told = command("help", "nonsense")
    assert told.status == 2
    assert "The queue" in told.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(command, shell):
    told = command("completion", shell)
    assert told.status == 0
    assert "_VENDORFIRST_COMPLETE" in told.out


@pytest.mark.parametrize("group", [(), ("queue",), ("recordings",), ("sites",)])
def test_list_of_commands_cuts_no_sentence(command, group):
    assert "..." not in command(*group, "--help").out.partition("Commands:")[2]


def test_port_that_is_none_is_refused(command):
    told = command("standin", "serve", "--port", "80000")
    assert told.status == 2
    assert "80000" in told.err


def completed(words, typed):
    """What bash is offered for the last, unfinished word."""
    root = commands.cli
    complete = ShellComplete(root, {}, "vendorfirst", "_VENDORFIRST_COMPLETE")
    return [item.value for item in complete.get_completions(list(words), typed)]


@pytest.mark.parametrize(
    "words, typed, offered",
    [
        (("login",), "ama", "amazon_business"),
        (("queue", "pause"), "real", "realsource"),
        (("demo", "--scenario"), "split_po", "split_po_a"),
        (("replay",), "on", "one"),
        (("replay", "--in", "elsewhere"), "t", "two"),
        (("queue", "show"), "111-1", "111-1234567-1234567"),
        (("queue", "retry"), "P00", "P0012345"),
    ],
)
def test_shell_completes_what_is_known(words, typed, offered, command, monkeypatch, tmp_path):
    for folder in ("recordings/one", "elsewhere/two"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "meta.toml").touch()
    monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path))
    assert command("queue", "add", "111-1234567-1234567", "P0012345").status == 0
    assert offered in completed(words, typed)


@pytest.mark.parametrize("words", [("login",), ("queue", "pause"), ("queue", "resume")])
def test_shell_offers_no_site_that_is_refused(words, command):
    """Those that are met on the way have no session, and are not paused."""
    assert set(completed(words, "")) == {"amazon_business", "realsource"}
    assert {"duo", "vcu_cas"} < set(completed(("sites", "read"), ""))


def test_completion_makes_no_ledger(monkeypatch, tmp_path):
    monkeypatch.setenv("VENDORFIRST_HOME", str(tmp_path / "home"))
    assert completed(("queue", "show"), "1") == []
    assert not (tmp_path / "home").exists()


def test_completion_keeps_silent_where_settings_are_bad(monkeypatch):
    monkeypatch.setenv("VENDORFIRST_SETTLE_SECONDS", "soon")
    assert completed(("queue", "show"), "1") == []


def test_manual_page_has_every_command_and_topic(command):
    told = command("help", "--man")
    assert told.status == 0
    assert told.out.startswith(".TH VENDORFIRST 1")
    for part in (
        ".SS vendorfirst queue add",
        ".SS vendorfirst console [",
        ".SS vendorfirst cancel",
        ".SH THE QUEUE",
    ):
        assert part in told.out
    assert "\\-\\-dry\\-run" in told.out


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here")
def test_manual_page_is_read_without_a_warning(command):
    page = command("help", "--man").out
    read = subprocess.run(
        ["groff", "-man", "-Tutf8", "-k", "-ww", "-z"],
        input=page, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert read.stderr == ""
