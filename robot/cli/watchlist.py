"""The commands of the watch-list, which finds orders that went wrong before the robot came."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from robot.errors import BadInput

if TYPE_CHECKING:
    from robot.watchlist.columns import Ask
    from robot.watchlist.report import Report

_EXIT_NEEDS_PERSON: Final = 5
_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.group()
def watchlist() -> None:
    """Find orders that are cancelled in one system only, from the exports of both."""


@watchlist.command("run")
@click.option(
    "--realsource", required=True, type=_FILE, help="The export of RealSource's document search."
)
@click.option(
    "--vendor",
    "vendors",
    required=True,
    multiple=True,
    metavar="NAME=FILE",
    help="A vendor's report of its orders, like amazon_business=orders.csv.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="SITE.FIELD=NAME",
    help="What a column is called here, like realsource.po=“Doc No”. It is remembered.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one object per finding on stdout.")
@click.option("--csv", "csv_file", type=_FILE, help="Write a CSV that is safe in Excel.")
@click.option("--html", "html_file", type=_FILE, help="Write a report as one HTML page.")
@click.option("--all", "everything", is_flag=True, help="List also what needs nobody.")
@click.option("--no-input", is_flag=True, help="Never ask what a column is.")
def run(
    realsource: Path,
    vendors: tuple[str, ...],
    columns: tuple[str, ...],
    *,
    as_json: bool,
    csv_file: Path | None,
    html_file: Path | None,
    everything: bool,
    no_input: bool,
) -> None:
    """Join two exports, and list the orders that went wrong, worst first.

    Reads the files and nothing else. Ends with 5 where something is to be done, else with 0.
    """
    from robot.clock import utc_now
    from robot.settings import load
    from robot.sites.registry import Sites
    from robot.watchlist.columns import CampusColumns
    from robot.watchlist.findings import QUIET, to_json
    from robot.watchlist.report import make_report
    from robot.watchlist.views import table_lines

    settings = load()
    campus = CampusColumns(settings.home, _told_columns(columns))
    report = make_report(
        realsource,
        _told_files(vendors),
        Sites(settings.selectors),
        campus,
        _asking(no_input=no_input),
        utc_now(),
    )
    for export in report.exports:
        click.echo(export.line(report.made_at), err=True)
        click.echo(export.columns_line(), err=True)
    _write_files(report, csv_file, html_file)
    if as_json:
        for one in report.findings:
            click.echo(json.dumps(to_json(one), ensure_ascii=False))
    else:
        for line in table_lines(report, everything=everything):
            click.echo(line)
    sys.exit(0 if all(one.kind in QUIET for one in report.findings) else _EXIT_NEEDS_PERSON)


def _asking(*, no_input: bool) -> Ask:
    def ask(field: str, names: Sequence[str]) -> str | None:
        if no_input or not sys.stdin.isatty():
            return None
        click.echo(f"Which column is {field}?", err=True)
        for number, name in enumerate(names, 1):
            click.echo(f"  {number}. {name}", err=True)
        chosen = click.prompt("Its number", type=click.IntRange(1, len(names)), err=True)
        return names[chosen - 1]

    return ask


def _told_files(vendors: Sequence[str]) -> dict[str, Path]:
    """Return each vendor's file by the vendor's name. Raises BadInput."""
    files: dict[str, Path] = {}
    for text in vendors:
        name, sign, file = text.partition("=")
        if not sign or not file or name in files:
            raise BadInput(
                f"--vendor {text[:80]!r} does not name a vendor and its file, once.",
                next_step="Write it like --vendor amazon_business=orders.csv",
            )
        files[name] = Path(file)
    return files


def _told_columns(columns: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the names of columns by site and field. Raises BadInput."""
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for text in columns:
        place, sign, name = text.partition("=")
        site, dot, field = place.partition(".")
        if not (sign and dot and field and name.strip()):
            raise BadInput(
                f"--column {text[:80]!r} does not say what a column is called.",
                next_step='Write it like --column realsource.po="Doc No"',
            )
        told[site][field] = name.strip()
    return told


def _write_files(report: Report, csv_file: Path | None, html_file: Path | None) -> None:
    from robot.watchlist.views import render_page, write_csv

    try:
        if csv_file is not None:
            with csv_file.open("wb") as file:
                write_csv(report, file)
        if html_file is not None:
            html_file.write_text(render_page(report), encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{error.filename} can't be written ({error.strerror}).",
            next_step="Name a file in a folder that you may write to.",
        ) from None
