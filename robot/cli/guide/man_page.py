"""The manual page, made of the commands' own help and the README's topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

_NAME = "vendorfirst"


def man_page(root: click.Command, topics: Mapping[str, str], version: str) -> str:
    """Return the manual page as man(1) reads it."""
    whole = _context(root, None, _NAME)
    lines = [
        f'.TH VENDORFIRST 1 "" "{_NAME} {version}"',
        ".SH NAME",
        f"{_NAME} \\- {_plain(_first_line(root))}",
        ".SH SYNOPSIS",
        f".B {_NAME}",
        "[OPTIONS] COMMAND [ARGS]...",
        ".SH OPTIONS",
        *_options(root, whole),
        ".SH COMMANDS",
        *_commands(whole),
    ]
    for topic, text in topics.items():
        lines += [f".SH {_plain(topic.upper())}", ".nf", _plain(text.strip()), ".fi"]
    return "\n".join(lines)


def _commands(context: click.Context) -> Iterator[str]:
    command = context.command
    if isinstance(command, click.Group):
        for word, inner in sorted(command.commands.items()):
            yield from _commands(_context(inner, context, word))
        if context.parent is None or not command.invoke_without_command:
            return
    yield f".SS {_plain(' '.join((context.command_path, *command.collect_usage_pieces(context))))}"
    yield _plain(command.help or "")
    yield from _options(command, context)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record is not None:
            spelled, says = record
            yield from (".TP", f".B {_plain(spelled)}", _plain(says))


def _context(command: click.Command, parent: click.Context | None, word: str) -> click.Context:
    return click.Context(command, parent, info_name=word, **command.context_settings)


def _first_line(command: click.Command) -> str:
    return (command.help or "").partition("\n")[0].rstrip(".")


def _plain(text: str) -> str:
    """Return a text without what troff would take for an instruction."""
    spelled = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(
        f"\\&{line}" if line.startswith((".", "'")) else line for line in spelled.splitlines()
    )
