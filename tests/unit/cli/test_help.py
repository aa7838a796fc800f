"""Each command has help, and the README names none that is not there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import pytest

from robot.cli.commands import cli

README = Path(__file__).resolve().parents[3] / "README.md"
PROGRAM = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?vendorfirst (?=[a-z-])([^\n`;#|>)]*)")


def commands(command, name="vendorfirst"):
    yield name, command
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from commands(inner, f"{name} {word}")


def options(command):
    return [param for param in command.params if isinstance(param, click.Option)]


def told(text):
    """Each command that a text shows, as its words: in blocks of code, and in between."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    shown = [*blocks, *re.findall(r"`([^`\n]+)`", prose)]
    for part in shown:
        for words in PROGRAM.findall(part):
            yield from parts(shlex.split(words))


def parts(words):
    """A command's words; what stands behind ``--`` is a command of its own."""
    if "--" in words:
        cut = words.index("--")
        yield words[:cut]
        yield words[cut + 1 :]
    else:
        yield words


def unknown(words):
    """What of a command's words the program does not have, or None."""
    command = cli
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        if name not in command.commands:
            return name
        command = command.commands[name]
    known = {word for option in options(command) for word in (*option.opts, *option.secondary_opts)}
    known |= {"--help", "-h"}
    return next((word for word in rest if word.startswith("-") and word not in known), None)


@pytest.mark.parametrize("name, command", list(commands(cli)), ids=lambda one: str(one)[:40])
def test_command_and_its_options_have_help(name, command):
    assert command.help, name
    for option in options(command):
        assert option.help, f"{name} {option.opts[0]}"


@pytest.mark.parametrize("name, command", list(commands(cli)), ids=lambda one: str(one)[:40])
def test_help_quotes_what_is_typed_as_a_shell_does(name, command):
    """A value in typographic quotes would be taken with them, and parted at its blanks."""
    for option in options(command):
        assert "=“" not in option.help, f"{name} {option.opts[0]}"


README_COMMANDS = list(told(README.read_text(encoding="utf-8")))


@pytest.mark.parametrize("words", README_COMMANDS, ids=" ".join)
def test_command_that_the_readme_names_exists(words):
    assert unknown(words) is None


def test_commands_of_the_readme_are_found():
    names = {words[0] for words in README_COMMANDS}
    assert names >= {"demo", "cancel", "check", "queue", "work", "ledger", "record", "doctor"}
    assert ["cancel", "111-1234567-1234567", "--yes"] in README_COMMANDS


@pytest.mark.parametrize(
    "text, wrong",
    [
        ("Try `vendorfirst cancl NUMBER`.", "cancl"),
        ("Try `vendorfirst queue ad NUMBER`.", "ad"),
        ("```\nvendorfirst work --lane 2  # two\n```", "--lane"),
        ("```\nvendorfirst record NAME -- cancel 1 --yess\n```", "--yess"),
    ],
)
def test_command_that_is_not_there_is_found(text, wrong):
    assert [unknown(words) for words in told(text) if unknown(words)] == [wrong]


def test_help_imports_only_what_draws_it():
    """What it imports is what it takes: so it answers in less than a tenth of a second."""
    code = (
        "import sys; sys.argv = ['vendorfirst', '--help']\n"
        "from robot.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {name.partition(".")[0] for name in said.stdout.splitlines()[-1].split()}
    project = {package.replace("-", "_").lower() for package in packages_distributions()}
    assert imported & project <= {"click", "flows", "robot", "_distutils_hack"}
    assert imported.isdisjoint({"asyncio", "decimal", "email", "sqlite3", "ssl", "xml", "zipfile"})
