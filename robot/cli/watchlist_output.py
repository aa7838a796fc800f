"""How the watch-list's commands show a report, and write it to files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from robot.errors import BadInput

if TYPE_CHECKING:
    from robot.watchlist.findings import Finding
    from robot.watchlist.report import Report


@dataclass(frozen=True, slots=True)
class ReportOutput:
    """How a report is shown, and the files that it is written to."""

    as_json: bool
    csv_file: Path | None
    html_file: Path | None
    everything: bool


def show_report(report: Report, output: ReportOutput) -> None:
    """Print a report, and write the files that are asked for."""
    from robot.watchlist.findings import QUIET
    from robot.watchlist.views import total_lines

    tell_exports(report)
    _write_files(report, output)
    if not output.as_json:
        for line in total_lines(report):
            click.echo(line)
    shown = report.findings
    if not output.as_json and not output.everything:
        shown = tuple(one for one in shown if one.kind not in QUIET)
    print_findings(shown, as_json=output.as_json)


def tell_exports(report: Report) -> None:
    """Say on standard error what a report was made from."""
    for line in report.sources.lines(report.made_at):
        click.echo(line, err=True)
    for export in report.exports:
        click.echo(export.columns_line(), err=True)


def print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print findings in words, or each as one line of JSON."""
    from robot.watchlist.findings import to_json
    from robot.watchlist.views import finding_lines

    for one in findings:
        lines = [json.dumps(to_json(one), ensure_ascii=False)] if as_json else finding_lines(one)
        for line in lines:
            click.echo(line)


def _write_files(report: Report, output: ReportOutput) -> None:
    from robot.watchlist.views import render_page, write_csv

    try:
        if output.csv_file is not None:
            with output.csv_file.open("wb") as file:
                write_csv(report, file)
        if output.html_file is not None:
            output.html_file.write_text(render_page(report), encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{error.filename} can't be written ({error.strerror}).",
            touched="What was found is kept, and listed by vendorfirst watchlist list.",
            next_step="Name a file in a folder that you may write to.",
        ) from None
