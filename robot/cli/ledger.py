"""The commands that check and export the ledger."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TypeVar, cast

import click

from robot.cli.options import opened_database, opened_ledger, told_head
from robot.cli.output import counted, is_cut_off
from robot.errors import BadInput

_Row = TypeVar("_Row")


@click.group()
def ledger() -> None:
    """Check the ledger's seals, export it."""


@ledger.command("verify")
@click.option(
    "--head",
    metavar="NUMBER:HASH",
    help="A head of the ledger that was noted elsewhere, as each receipt names one.",
)
def verify(head: str | None) -> None:
    """Check the chain of seals over every event, and with it every receipt."""
    from robot.storage.ledger import Ledger

    noted = _head(head) if head is not None else None
    with opened_ledger() as (_, database):
        ledger = Ledger(database)
        ledger.audit()
        if noted is not None:
            ledger.check_head(*noted)
        events = counted(ledger.head().events + ledger.unsealed(), "event")
        head = told_head(ledger)
    click.echo(f"{events}, every seal holds, of the receipts too. Head: {head}")
    if noted is not None:
        click.echo(f"The head that was noted is in it: nothing up to event {noted[0]} was changed.")
    else:
        click.echo(
            "Note the head elsewhere: as long as vendorfirst ledger verify --head finds it again,"
            " nothing before it was changed."
        )


def _head(text: str) -> tuple[int, str]:
    number, _, seal = text.strip().lower().partition(":")
    counts = re.fullmatch(r"[1-9]\d{0,17}", number, re.ASCII)
    if counts is None or re.fullmatch("[0-9a-f]{64}", seal) is None:
        msg = "A head is a number and a hash of 64 characters, like 120:9f86d0..."
        raise BadInput(msg, next_step="Copy it from a receipt, a digest or an export.")
    return int(number), seal


def _unwritten(output: str, error: OSError) -> BadInput:
    """Return the refusal for an export that can't be written."""
    if output == "-":
        return BadInput(
            f"The export can't be written ({error.strerror}).",
            touched="What came of it is not whole.",
            next_step="Make room where it goes, or name a file elsewhere: --output FILE.",
        )
    return BadInput(
        f"{output} can't be written ({error.strerror}).",
        touched="Nothing was exported.",
        next_step="Name a file in a folder that is there and has room, or leave --output out.",
    )


def _while_read(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Yield rows for as long as somebody reads them."""
    return itertools.takewhile(lambda _: not is_cut_off(), rows)


@ledger.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(("csv", "jsonl")),
    default="csv",
    show_default=True,
    help="Receipts as CSV, or events as JSON lines.",
)
@click.option(
    "--output",
    default="-",
    show_default=True,
    type=click.Path(),
    help="The file to write; - for stdout.",
)
def export_(form: str, output: str) -> None:
    """Export receipts as CSV, safe to open in Excel, or every event as JSON lines."""
    from robot.evidence import export
    from robot.storage.ledger import Ledger

    try:
        with (
            opened_database() as (_, database),
            click.open_file(output, "wb", atomic=output != "-") as out,
        ):
            file = cast("BinaryIO", out)
            head = told_head(Ledger(database))
            if form == "csv":
                count = export.write_csv(_while_read(Ledger(database).all_receipts()), file)
            else:
                count = export.write_jsonl(_while_read(Ledger(database).all_events()), file)
    except OSError as error:
        raise _unwritten(output, error) from error
    if is_cut_off():
        return  # whoever read it has read enough
    what = "receipt" if form == "csv" else "event"
    click.echo(f"{counted(count, what)} exported. Head of the ledger: {head}", err=True)
