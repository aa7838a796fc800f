"""The commands for whoever runs vendorfirst as a service.

``units/`` holds what is printed: units for systemd, and how a container is built.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from robot.cli.options import opened_database
from robot.errors import BadInput

_SYSTEMD: Final = ("vendorfirst-worker@.service", "vendorfirst-console.service")
_CONTAINER: Final = ("Containerfile",)
#: What stands in a unit for the path of the installed command.
_PROGRAM: Final = "@VENDORFIRST@"
_into_option: Final = click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Write each file into this folder, over none that differs; else all are printed.",
)


@click.group()
def service() -> None:
    """Print what runs vendorfirst as a service."""


@service.command("systemd")
@_into_option
def systemd(into: Path | None) -> None:
    """Print systemd units of a worker and of the console.

    They name this installation's command, and secrets are read from systemd's encrypted store.
    """
    texts = {name: _read(name).replace(_PROGRAM, _program()) for name in _SYSTEMD}
    _give(texts, into)


@service.command("container")
@_into_option
def container(into: Path | None) -> None:
    """Print the Containerfile of a worker."""
    _give({name: _read(name) for name in _CONTAINER}, into)


@click.command()
def metrics() -> None:
    """Print the queue's figures as Prometheus reads them.

    Where a console runs, it serves the same at /metrics.
    """
    from robot.clock import utc_now
    from robot.queue.metrics import metrics_text

    with opened_database() as (settings, database):
        click.echo(metrics_text(database, settings, utc_now()), nl=False)


def _read(name: str) -> str:
    return (Path(__file__).with_name("units") / name).read_text(encoding="utf-8")


def _program() -> str:
    """Return the path of the installed command, beside the Python that runs."""
    beside = Path(sys.executable).with_name("vendorfirst")
    if beside.is_file():
        return str(beside)
    return shutil.which("vendorfirst") or "vendorfirst"


def _give(texts: Mapping[str, str], into: Path | None) -> None:
    """Print texts, or write each as a file of a folder.

    Raises BadInput where a file is there that differs, or none can be written.
    """
    if into is None:
        click.echo("\n".join(texts.values()), nl=False)
        return
    try:
        into.mkdir(parents=True, exist_ok=True)
        others = [name for name, text in texts.items() if _differs(into / name, text)]
        if others:
            raise BadInput(
                f"{into} has another {' and '.join(others)} already.",
                touched="Nothing was written.",
                next_step="Move it away, or name another folder.",
            )
        for name, text in texts.items():
            (into / name).write_text(text, encoding="utf-8")
            click.echo(f"Written: {into / name}")
    except OSError as error:
        raise BadInput(
            f"{into} can't be written to ({error.strerror}).",
            next_step="Name a folder that you may write to.",
        ) from error


def _differs(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") != text
