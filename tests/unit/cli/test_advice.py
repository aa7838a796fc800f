"""Every command that a message advises is one that the command line knows, with what it needs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import robot
from robot.cli.commands import cli
from robot.sites.registry import _shipped

#: Where the program is: here, or where a wheel was installed.
ROOT = Path(robot.__file__).parents[1]
#: A command in a sentence: words, options and places for a value, up to what ends it.
COMMAND = re.compile(r"\bvendorfirst((?: (?:--?)?[\w./:-]*[\w/])+)")
#: Words after which the sentence goes on, and no argument follows.
VALUE = re.compile(
    r"X|amazon_business|realsource|[A-Z][A-Z_.-]*|\d[\d-]*|[PX]\w*\d\w*|[\w.-]+\.\w+"
)
#: The name of the program, not a command of it.
NAME = re.compile(r"(?:on this machine|record$)")


def texts(tree: ast.AST) -> Iterator[str]:
    """Every string that is said, with X for each value in it; no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and id(node) not in inside
        ):
            yield node.value


def advised() -> Iterator[tuple[str, str]]:
    for package in ("robot", "flows"):
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "vendorfirst " not in source:
                continue
            for text in texts(ast.parse(source)):
                for found in COMMAND.finditer(re.sub(r"\{[^{}]*\}", "X", text)):
                    yield str(path.relative_to(ROOT)), found.group(1).strip()
    for path in sorted(_shipped().glob("*.toml")):
        said = re.sub(r"(?m)^#.*", "", path.read_text(encoding="utf-8"))
        for found in COMMAND.finditer(said):
            yield path.name, found.group(1).strip()


def wrong_with(words: list[str]) -> str | None:
    """Why a command does not work, None where it does."""
    command: click.Command = cli
    while isinstance(command, click.Group):
        while words and words[0] == "--env-file":
            words = words[2:]
        if not words:
            return None  # the group itself is named
        if command.invoke_without_command and words[0].startswith("-"):
            break  # its own options
        if words[0] not in command.commands:
            return f"there is no {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    unknown = [word for word in words if word.startswith("-") and word not in {*options, "--"}]
    if unknown:
        return f"there is no option {unknown[0]}"
    needed = [one for one in command.params if isinstance(one, click.Argument) and one.required]
    if needed and not (words and VALUE.fullmatch(words[0])):
        return f"it needs {needed[0].human_readable_name}"
    return None


FOUND = sorted({pair for pair in advised() if not NAME.match(pair[1])})


def test_the_search_finds_the_advice():
    assert len(FOUND) > 40


@pytest.mark.parametrize("place, command", FOUND)
def test_advised_command_works(place, command):
    assert wrong_with(command.split()) is None, place


@pytest.mark.parametrize(
    "command, why",
    [
        ("queue shew X", "there is no shew"),
        ("login", "it needs SITE"),
        ("cancel X --confirm", "there is no option --confirm"),
        ("queue show and more", "it needs NUMBER"),
    ],
)
def test_wrong_advice_is_found(command, why):
    assert wrong_with(command.split()) == why
