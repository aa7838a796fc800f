"""Help on a topic, completion, and the list of commands as a terminal shows it."""

from __future__ import annotations

import pytest


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
