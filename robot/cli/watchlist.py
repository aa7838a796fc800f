"""The commands of the watch-list.

It finds orders that went wrong before the robot came.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from robot.cli.options import opened_database, whoami
from robot.cli.watchlist_output import ReportOutput, print_findings, show_report, tell_exports
from robot.errors import BadInput

if TYPE_CHECKING:
    from robot.settings import Settings
    from robot.sites.registry import Sites
    from robot.storage.database import Database
    from robot.watchlist.columns import Ask, CampusColumns
    from robot.watchlist.nightly.schedule import Schedule
    from robot.watchlist.report import Report

_EXIT_NEEDS_PERSON: Final = 5
_FILE: Final = click.Path(dir_okay=False, path_type=Path)


_per_minute_option: Final = click.option(
    "--per-minute",
    default=4.0,
    show_default=True,
    type=click.FloatRange(0.1, 60),
    help="How many looks a minute, at most.",
)


@click.group()
def watchlist() -> None:
    """Find orders that are cancelled in one system only."""


@watchlist.command("run")
@click.option(
    "--realsource",
    required=True,
    metavar="FILE",
    help="The export of RealSource's document search; of a folder, pattern or bucket, the newest."
    " Or search, or search:FROM..TO (days of the orders): search RealSource itself for each PO that"
    " the vendor's report names, and for no other.",
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
    help='What a column is called here, like realsource.po="Doc No". It is remembered.',
)
@click.option("--json", "as_json", is_flag=True, help="Print one object per finding on stdout.")
@click.option("--csv", "csv_file", type=_FILE, help="Write a CSV that is safe in Excel.")
@click.option("--html", "html_file", type=_FILE, help="Write a report as one HTML page.")
@click.option("--all", "everything", is_flag=True, help="List also what needs nobody.")
@click.option("--no-input", is_flag=True, help="Never ask what a column is.")
@click.option(
    "--look",
    is_flag=True,
    help="Look at the sites for what is unclear or not found; press nothing.",
)
@_per_minute_option
def run(
    realsource: str,
    vendors: tuple[str, ...],
    columns: tuple[str, ...],
    *,
    no_input: bool,
    look: bool,
    per_minute: float,
    **output: Any,
) -> None:
    """Join two exports, and list the orders that went wrong, worst first.

    No site is asked, unless with --look or --realsource search, which can be stopped and run again.
    A search finds no PO that the vendor's report does not name: that takes RealSource's export.
    Ends with 5 where something is to be done, else with 0.
    """
    from robot.cli.watchlist_looks import with_looks
    from robot.sites.registry import Sites
    from robot.storage.ledger import Ledger
    from robot.watchlist.columns import CampusColumns
    from robot.watchlist.contradictions import with_what_the_robot_saw
    from robot.watchlist.findings import QUIET
    from robot.watchlist.kept import KeptFindings
    from robot.watchlist.search import searched_days

    days = searched_days(realsource)
    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        campus = CampusColumns(settings.home, _told_columns(columns, sites))
        ask = _asking(no_input=no_input)
        report = _read_report(realsource, _told_files(vendors), sites, campus, ask)
        if look or days is not None:
            report = with_looks(report, settings, database, sites, per_minute)
        report = with_what_the_robot_saw(report, Ledger(database))
        KeptFindings(database).keep_report(report)
    show_report(report, ReportOutput(**output))
    sys.exit(0 if all(one.kind in QUIET for one in report.findings) else _EXIT_NEEDS_PERSON)


def _read_report(
    realsource: str, vendors: Mapping[str, str], sites: Sites, campus: CampusColumns, ask: Ask
) -> Report:
    """Return what the exports say together, or what RealSource is to be asked for."""
    from robot.clock import utc_now
    from robot.sites.vendors import EPROCUREMENT
    from robot.watchlist.files import opened_exports
    from robot.watchlist.report import make_report
    from robot.watchlist.search import make_search_report, searched_days

    days = searched_days(realsource)
    here = {} if days else {EPROCUREMENT: realsource}
    with opened_exports({**here, **vendors}) as files:
        if days is not None:
            return make_search_report(files, days, sites, campus, ask, utc_now())
        export = files.pop(EPROCUREMENT)
        return make_report(export, files, sites, campus, ask, utc_now())


@watchlist.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one object per finding on stdout.")
def list_(*, as_json: bool) -> None:
    """List what the last runs found and is not gone, with its state.

    New, queued (its cancellation is in the queue), or settled by a person.
    """
    from robot.clock import utc_now, utc_text
    from robot.watchlist.kept import KeptFindings
    from robot.watchlist.views import kept_lines

    with opened_database() as (_, database):
        kept = KeptFindings(database)
        found = kept.listed()
        sources = kept.last_sources()
        for line in sources.lines(utc_now()) if sources else ():
            click.echo(line, err=True)
        if not found and not as_json:
            click.echo("Nothing that was found waits for anybody.")
        for one in found:
            if as_json:
                state = {"state": one.state, "since": utc_text(one.since)}
                word = {"settled_by": one.by, "because": one.because}
                click.echo(json.dumps({**one.told, **state, **word}, ensure_ascii=False))
                continue
            for line in kept_lines(one):
                click.echo(line)


@watchlist.command("settle")
@click.argument("number", metavar="PO")
@click.option("--because", required=True, help="What you did or found, for the record.")
def settle(number: str, because: str) -> None:
    """Write down that you settled what was found of a PO.

    Of an order that names none, say its number. It is told again only if it changes.
    """
    from robot.watchlist.kept import KeptFindings

    if not because.strip():
        raise BadInput("--because is empty.", next_step="Say what you did, for the record.")
    number = number.strip().upper()
    with opened_database() as (_, database):
        KeptFindings(database).settle(number, whoami(), because.strip())
    click.echo(f"What was found of {number} is settled by {whoami()}.")


@watchlist.command("recheck")
@_per_minute_option
@click.option("--json", "as_json", is_flag=True, help="Print one object per finding on stdout.")
def recheck(per_minute: float, *, as_json: bool) -> None:
    """Look again at orders that the robot has done, 10 minutes and 6 hours after.

    Presses nothing. What is not as the robot left it becomes a finding, and ends this with 5. To
    be run every few minutes, as by cron: what was looked at in time is not looked at again.
    """
    from robot.cli.watchlist_looks import take_looks
    from robot.sites.registry import Sites
    from robot.watchlist.look import PacedLooks
    from robot.watchlist.recheck import QueuedRechecks, wanted_recheck

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        rechecks = QueuedRechecks(database, sites, stand_in=settings.uses_stand_ins)
        due = [wanted_recheck(one) for one in rechecks.due()]
        if not due:
            click.echo("No order is to be looked at again now.", err=True)
            return
        take_looks(settings, database, sites, PacedLooks(database, due, per_minute))
        found = rechecks.judge()
    print_findings(found, as_json=as_json)
    sys.exit(_EXIT_NEEDS_PERSON if found else 0)


@watchlist.command("schedule")
@click.option(
    "--realsource",
    metavar="FILE",
    help="The export, or its folder, or a pattern. Or search, or search:FROM..TO, as with run.",
)
@click.option(
    "--vendor", "vendors", multiple=True, metavar="NAME=FILE", help="The same of a vendor's report."
)
@click.option("--at", default="02:00", show_default=True, help="From when on, in local time.")
@_per_minute_option
@click.option("--off", is_flag=True, help="Make it no more.")
@click.option("--try", "try_", is_flag=True, help="Make it now, and say what would be told.")
def schedule(
    realsource: str | None,
    vendors: tuple[str, ...],
    at: str,
    per_minute: float,
    *,
    off: bool,
    try_: bool,
) -> None:
    """Have a worker make the watch-list every night, and tell what is new by notice.

    Without options, says what is scheduled. The newest file of a folder or of a pattern counts.
    With --realsource search, workers look at both sites for each PO that the vendor's newest report
    names, and for no other, behind all that somebody waits for. --try then looks at none of them,
    and says how many they are.
    """
    from robot.sites.registry import Sites
    from robot.watchlist.nightly.nights import Nightly
    from robot.watchlist.nightly.schedule import Schedule
    from robot.watchlist.views import schedule_line

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        nightly = Nightly(database, sites, settings.home)
        if off:
            nightly.set(None)
        elif realsource is not None:
            files = _checked_vendors(vendors, sites)
            nightly.set(Schedule(_whole_path(realsource), files, at, per_minute))
        elif vendors:
            raise BadInput("--realsource is missing.", next_step="Name both exports.")
        found = nightly.schedule()
        if found is None:
            click.echo("No watch-list is scheduled.")
            return
        click.echo(schedule_line(found, sites))
        if realsource is not None:
            _tell_what_is_missing(found)
        if try_:
            _try_schedule(found, settings, database, sites)


def _tell_what_is_missing(found: Schedule) -> None:
    """Say by day which exports are not there yet."""
    from robot.watchlist.files import newest_file

    here = [] if found.searched is not None else [found.realsource]
    for place in (*here, *found.vendors.values()):
        if "://" not in place:
            try:
                is_there = newest_file(place).is_file()
            except BadInput:
                is_there = False
            if not is_there:
                click.echo(f"There is no export at {place} yet: it must be there by then.")


def _try_schedule(found: Schedule, settings: Settings, database: Database, sites: Sites) -> None:
    from robot.cli.watchlist_looks import tell_looks
    from robot.clock import utc_now
    from robot.watchlist.look import wanted_looks
    from robot.watchlist.nightly.night_search import make_planned_report
    from robot.watchlist.nightly.nights import make_scheduled_report

    if found.searched is None:
        report = make_scheduled_report(found, database, sites, settings.home)
        show_report(
            report, ReportOutput(as_json=False, csv_file=None, html_file=None, everything=False)
        )
        return
    report = make_planned_report(found, sites, settings.home, utc_now())
    tell_exports(report)
    tell_looks(len(wanted_looks(report, sites, whoami())), found.per_minute)
    click.echo("No site was looked at now.", err=True)


def _checked_vendors(vendors: Sequence[str], sites: Sites) -> dict[str, str]:
    files = _told_files(vendors)
    if not files:
        raise BadInput("--vendor is missing.", next_step="Name both exports.")
    for name in files:
        sites.vendor(name)
    return {name: _whole_path(file) for name, file in files.items()}


def _whole_path(text: str) -> str:
    """Return a file as a worker finds it from any folder.

    A bucket's address, or a search, stays as it is.
    """
    from robot.watchlist.search import searched_days

    if "://" in text or searched_days(text) is not None:
        return text
    return str(Path(text).expanduser().absolute())


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


def _told_files(vendors: Sequence[str]) -> dict[str, str]:
    """Return each vendor's file by the vendor's name.

    Raises BadInput.
    """
    files: dict[str, str] = {}
    for text in vendors:
        name, sign, file = text.partition("=")
        if not sign or not file or name in files:
            raise BadInput(
                f"--vendor {text[:80]!r} does not name a vendor and its file, once.",
                next_step="Write it like --vendor amazon_business=orders.csv",
            )
        files[name] = file
    return files


def _told_columns(columns: Sequence[str], sites: Sites) -> dict[str, dict[str, str]]:
    """Return the names of columns by site and field.

    Raises BadInput.
    """
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for text in columns:
        place, sign, name = text.partition("=")
        site, dot, field = place.partition(".")
        if not (sign and dot and field and name.strip()):
            raise BadInput(
                f"--column {text[:80]!r} does not say what a column is called.",
                next_step='Write it like --column realsource.po="Doc No"',
            )
        export = sites.site(site).export
        if export is None or field not in export.columns:
            fields = ", ".join(export.columns) if export is not None else "none"
            raise BadInput(
                f"No column of {site}'s export is known as {field[:40]!r}; there are: {fields}.",
                next_step='Write it like --column realsource.po="Doc No"',
            )
        told[site][field] = name.strip()
    return told
