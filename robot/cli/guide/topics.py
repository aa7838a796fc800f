"""The README's pages in a terminal, and the completion of commands in a shell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from robot import __version__
from robot.cli.guide.man_page import man_page
from robot.errors import BadInput

_HEADING: Final = re.compile(r"^##+ (.+)$", re.MULTILINE)
_PROGRAM: Final = "vendorfirst"
_VARIABLE: Final = "_VENDORFIRST_COMPLETE"


@click.command("help")
@click.argument("topic", nargs=-1)
@click.option("--man", is_flag=True, help="Print it all as a manual page, for `man -l -`.")
def help_(topic: tuple[str, ...], *, man: bool) -> None:
    """Show a topic of the README, or list the topics."""
    if man:
        click.echo(manual(click.get_current_context().find_root().command))
        return
    pages = _pages(_readme())
    if not topic:
        click.echo("\n".join(pages))
        return
    wanted = " ".join(topic).lower()
    found = [name for name in pages if name.lower() == wanted] or [
        name for name in pages if wanted in name.lower()
    ]
    if not found:
        raise BadInput(
            f"There is no topic {wanted[:60]!r}.",
            next_step=f"Choose one of: {', '.join(pages)}.",
        )
    click.echo(pages[found[0]].strip())


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print what completes commands in a shell.

    In bash: eval "$(vendorfirst completion bash)"
    """
    from click.shell_completion import get_completion_class

    root = click.get_current_context().find_root().command
    made = get_completion_class(shell)
    if made is not None:
        click.echo(made(root, {}, _PROGRAM, _VARIABLE).source())


def manual(root: click.Command) -> str:
    """Return the manual page of all commands, which the wheel brings, too."""
    return man_page(root, _pages(_readme()), __version__)


def _readme() -> str:
    """Return the README, of the checkout or as the installed package tells it."""
    from importlib import metadata

    beside = Path(__file__).parents[3] / "README.md"
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    told = metadata.distribution(_PROGRAM).read_text("METADATA") or ""
    return told.partition("\n\n")[2]


def _pages(readme: str) -> dict[str, str]:
    """Return the README's sections by their headings."""
    parts = _HEADING.split(readme)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))
