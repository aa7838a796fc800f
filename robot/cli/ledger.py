"""The commands that check and export the ledger."""

from __future__ import annotations

from typing import BinaryIO, cast

import click

from robot.cli.options import opened_database
from robot.errors import BadInput


@click.group()
def ledger() -> None:
    """Check the ledger's seals, export it."""


@ledger.command("verify")
def verify() -> None:
    """Check the chain of seals over every event, and with it every receipt."""
    from robot.storage.ledger import Ledger

    with opened_database() as (_, database):
        Ledger(database).audit()
        length, seal = Ledger(database).tip()
    click.echo(f"{length} events, every seal holds, of the receipts too. The last one: {seal}")
    click.echo(
        "Write it down elsewhere: as long as it is found again, nothing before it was changed."
    )


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
            if form == "csv":
                count = export.write_csv(Ledger(database).all_receipts(), file)
            else:
                count = export.write_jsonl(Ledger(database).all_events(), file)
    except BrokenPipeError:
        raise  # whoever read it has read enough
    except OSError as error:
        msg = f"{output} can't be written ({error.strerror})."
        raise BadInput(
            msg,
            touched="Nothing was exported.",
            next_step="Name a file in a folder that is there, or leave --output out.",
        ) from error
    click.echo(f"{count} {'receipts' if form == 'csv' else 'events'} exported.", err=True)
