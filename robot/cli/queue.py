"""The commands of the unattended queue."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from robot.cli.guide.completion import complete_accounts, complete_numbers
from robot.cli.options import opened_database, reason_option, tell_holds, vendor_option, whoami
from robot.cli.output import terminal_width
from robot.errors import NOTHING_CHANGED, BadInput
from robot.problems import in_words

if TYPE_CHECKING:
    from robot.queue.intake import AddResult
    from robot.queue.items import NewItem
    from robot.sites.registry import Sites
    from robot.storage.database import Database

#: How the name of a file with a list of orders ends.
_LISTS: Final = (".csv", ".tsv", ".txt", ".xlsx")
_STATES: Final = (
    "waiting", "working", "pending", "needs_person", "failed", "refused", "done", "given_up",
)  # fmt: skip

numbers_argument: Final = click.argument(
    "numbers", nargs=-1, required=True, metavar="NUMBER...", shell_complete=complete_numbers
)


@click.group()
def queue() -> None:
    """Put orders into the queue, look at it, settle its orders."""


@queue.command("add")
@click.argument("what", nargs=-1, required=True, metavar="FILE|NUMBER...")
@vendor_option
@click.option(
    "--po", help="The PO number, where the order's page shows none; in a list, of rows without it."
)
@reason_option
@click.option("--not-before", default="", help="Begin no earlier: 2026-01-31, 2026-01-31 17:30.")
@click.option(
    "--deadline",
    default="",
    help="It should be done by then; what is overdue is shown first, and told.",
)
@click.option(
    "--approved", is_flag=True, help="One order, whose approval is VENDORFIRST_APPROVAL_TOKEN."
)
@click.option("--json", "as_json", is_flag=True, help="Print one object per row on stdout.")
def add(what: tuple[str, ...], *, approved: bool, as_json: bool, **more: str) -> None:
    """Put orders into the queue, by number, by PO or from a list.

    A list is a CSV or a workbook (.xlsx), with the columns order,po,vendor,reason,requested_by.
    Every row is checked before any is taken. What is in the queue, or was cancelled, is reported
    and not run twice.
    """
    from robot.queue.approvals import ListSource
    from robot.queue.table import QueueTable
    from robot.runner.limits import bounds_of
    from robot.sites.registry import Sites

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        wanted, duplicates = _new_items(what, sites, **more)
        if approved:
            taken = [_add_approved(wanted, settings.approval_token, database)]
        else:
            limits = bounds_of(settings, sites, (one.request.vendor for one in wanted))
            source = ListSource(whoami(), _sha256(what), limits=limits)
            taken = QueueTable(database).add(wanted, source=source)
    for one in taken:
        if as_json:
            click.echo(json.dumps(_as_json(one)))
        elif one.why:
            click.echo(
                f"  not taken: {one.wanted.request.number or one.wanted.request.po} {one.why}"
            )
    for line in duplicates:
        click.echo(f"  not taken: {line}", err=as_json)
    late = _count_overdue(taken)
    if late:
        click.echo(f"  overdue from the beginning, as the deadline has passed: {late}", err=as_json)
    if not as_json:
        new = sum(one.item is not None for one in taken)
        click.echo(
            f"{new} taken, {len(taken) - new + len(duplicates)} not taken."
            + (" A worker (vendorfirst work) does the rest." if new else "")
        )


@queue.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(_STATES),
    help="Only these (may be repeated).",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help="How many rows at most; 0 for all.  [default: 50; all with --json]",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print every row as one JSON array on stdout."
)
def list_(states: tuple[str, ...], limit: int | None, *, as_json: bool) -> None:
    """List the queue.

    First what is overdue, then what a person must do.
    """
    from robot.queue import views
    from robot.runner.limits import limits_left
    from robot.sites.registry import Sites

    with opened_database() as (settings, database):
        if as_json:
            click.echo(views.as_json(database, states, limit or None))
            return
        left = limits_left(database, settings)
        most = 50 if limit is None else limit or None
        sites = Sites(settings.selectors)
        for line in views.list_lines(database, sites, states, most, left, terminal_width()):
            click.echo(line)


@queue.command("show")
@click.argument("number", shell_complete=complete_numbers)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one object per order on stdout, each on one line.",
)
def show(number: str, *, as_json: bool) -> None:
    """Show an order, or each order of a PO.

    That is where it stands, what happened, and what another try would do.
    """
    from robot.queue import views
    from robot.queue.operations import find_items
    from robot.queue.table import QueueTable
    from robot.sites.registry import Sites
    from robot.storage.ledger import Ledger

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        for item in find_items(QueueTable(database), number):
            story = views.read_story(Ledger(database), sites, item)
            if as_json:
                click.echo(json.dumps(views.story_as_dict(story)))
                continue
            for line in views.describe_story(story, settings.evidence_place):
                click.echo(line)


@queue.command("pause")
@click.argument("site", required=False, shell_complete=complete_accounts)
@click.option(
    "--because",
    default="paused by hand",
    show_default=True,
    help="Why, for whoever looks at the queue.",
)
def pause(site: str | None, because: str) -> None:
    """Stop work on all sites, or on SITE (the kill switch).

    Nothing more is pressed there until it is resumed, by workers or by `vendorfirst cancel`. What
    was pressed already stays in the queue.
    """
    from robot.queue.operations import parse_site
    from robot.sites.registry import Sites
    from robot.storage.pauses import SitePauses

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        name = parse_site(sites, site)
        SitePauses(database).pause(name, whoami(), because)
        reached = _reached_by_pause(database)
    click.echo(
        f"{_title(sites, name)} is paused. What a worker or a `cancel` is about to press there is"
        " not pressed."
    )
    if not reached:
        click.echo(
            "But no worker is at work on this ledger, and no order in it is open: is it the one"
            " that you mean? Name its settings with vendorfirst --env-file FILE queue pause"
        )


@queue.command("resume")
@click.argument("site", required=False, shell_complete=complete_accounts)
def resume(site: str | None) -> None:
    """Go on with all sites, or with SITE."""
    from robot.queue.operations import parse_site
    from robot.sites.registry import Sites
    from robot.storage.pauses import SitePauses

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        sites.all()  # before anything goes on, as one may be wrong
        before = SitePauses(database).resume(parse_site(sites, site))
        paused = "*" in SitePauses(database).active()
    for one in before:
        click.echo(f"{_title(sites, one.site)} goes on (was held: {in_words(one.because)}).")
    if not before:
        click.echo("Nothing was held.")
    if paused:
        click.echo("But everything is paused still. To go on with all: vendorfirst queue resume")


@queue.command("retry")
@numbers_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
def retry(numbers: tuple[str, ...], *, yes: bool) -> None:
    """Give orders another turn, and approve them as shown.

    Shows first what would run again; refuses what was pressed and not read back.
    """
    from robot.cli.cancel import show_order
    from robot.queue import operations
    from robot.queue.approvals import ShownApproval
    from robot.queue.table import QueueTable
    from robot.runner.limits import bounds_of
    from robot.sites.registry import Sites
    from robot.storage.ledger import Ledger

    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        sites.all()  # before anything is approved, as one may be wrong
        items = [operations.find_item(QueueTable(database), number) for number in numbers]
        found = [operations.preview_retry(Ledger(database), item) for item in items]
        for one in found:
            told = f"refused, {one.refused}." if one.refused else "would run again:"
            click.echo(f"{one.item.name}: {told}")
            for n, step in enumerate(one.steps, 1):
                click.echo(f"  {n}. {step}")
            if one.shown is not None:
                show_order(one.shown, one.changes)
        if any(one.refused for one in found):
            instead = "\n  ".join(one.instead for one in found if one.instead)
            raise BadInput("That can't be run again.", touched=NOTHING_CHANGED, next_step=instead)
        confirm("Approve and go on?", yes=yes)
        for one in found:
            limits = bounds_of(settings, sites, [one.item.vendor])
            given = ShownApproval(whoami(), "terminal", one.shown, limits)
            if operations.retry(database, one.item, given):
                click.echo(f"{one.item.name}: is due now.")
            else:
                click.echo(f"{one.item.name}: is being worked on by now; not changed.")
        tell_holds(database, sites, {one.item.vendor for one in found})


@queue.command("resolve")
@click.argument("number", shell_complete=complete_numbers)
@click.option(
    "--as",
    "as_",
    required=True,
    type=click.Choice(("done", "given-up")),
    help="How you settled it.",
)
@click.option("--because", required=True, help="What you did or found, for the record.")
@vendor_option
def resolve(number: str, as_: str, because: str, vendor: str) -> None:
    """Write down that you settled an order by hand.

    Your name and the time go into the ledger.
    """
    from robot.cancellation.receipts.receipt import Resolution
    from robot.queue import operations
    from robot.sites.registry import Sites

    if not because.strip():
        raise BadInput(
            "--because is empty.",
            touched=NOTHING_CHANGED,
            next_step="Say what you did, for the record.",
        )
    resolution = Resolution(
        as_="done" if as_ == "done" else "given_up", by=whoami(), because=because.strip()
    )
    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        sites.vendor(vendor)
        operations.resolve(
            database, sites, number, vendor, resolution, stand_in=settings.uses_stand_ins
        )
    click.echo(f"{number} is settled: {as_.replace('-', ' ')} by {whoami()}.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask somebody who is there, unless ``yes``, or raise BadInput."""
    if not yes and not (sys.stdin.isatty() and click.confirm(question, err=True)):
        raise BadInput(
            "Not confirmed.",
            touched=NOTHING_CHANGED,
            next_step="Add --yes to go on without asking.",
        )


def _title(sites: Sites, name: str) -> str:
    """Return what a paused site is called."""
    return "Everything" if name == "*" else sites.title(name)


def _reached_by_pause(database: Database) -> bool:
    """Tell whether a worker is at work on this ledger, or an order in it is open."""
    from robot.queue.items import LIVE
    from robot.queue.table import QueueTable
    from robot.queue.workers import WorkerRegistry

    counts = QueueTable(database).counts()
    return bool(WorkerRegistry(database).at_work()) or any(counts.get(state) for state in LIVE)


def _add_approved(wanted: list[NewItem], token: str | None, database: Database) -> AddResult:
    """Put one order in, which the token's approval is of.

    Raises BadInput where the token is none of it.
    """
    from robot.clock import utc_now
    from robot.queue.table import QueueTable
    from robot.runner.approval_tokens import approval_of_token
    from robot.storage.ledger import Ledger

    if len(wanted) != 1:
        raise BadInput("--approved is of one order.", touched=NOTHING_CHANGED)
    request = wanted[0].request
    given = approval_of_token(Ledger(database), token, request, utc_now())
    return QueueTable(database).add_approved(wanted[0], given.approval)


def _sha256(what: tuple[str, ...]) -> str:
    """Return the hash of what was put in, which is the file's where it was one file."""
    import hashlib
    from pathlib import Path

    parts = [Path(one).read_bytes() if Path(one).is_file() else one.encode() for one in what]
    return hashlib.sha256(b"\n".join(parts)).hexdigest()


def _as_json(taken: AddResult) -> dict[str, str | int | None]:
    request = taken.wanted.request
    return {"number": request.number, "po": request.po, "item": taken.item, "why": taken.why}


def _count_overdue(taken: Sequence[AddResult]) -> int:
    """Return how many of the orders that were taken are past their deadline already."""
    from robot.clock import utc_now

    now = utc_now()
    deadlines = [one.wanted.deadline for one in taken if one.item is not None]
    return sum(deadline is not None and deadline <= now for deadline in deadlines)


def _new_items(
    what: tuple[str, ...],
    sites: Sites,
    *,
    vendor: str,
    po: str | None,
    reason: str,
    not_before: str,
    deadline: str,
) -> tuple[list[NewItem], list[str]]:
    """Return what is to be put in, and the rows of files that say the same twice."""
    from pathlib import Path

    from robot.queue import csv_import
    from robot.queue.items import NewItem
    from robot.sites.numbers import parse_number

    times = csv_import.times(not_before, deadline)
    by = whoami()
    defaults = csv_import.RowDefaults(vendor, by, reason, po, not_before, deadline)
    items = []
    duplicates = []
    for one in dict.fromkeys(what):
        if one.lower().endswith(_LISTS) or Path(one).exists():
            read = csv_import.read(Path(one), sites, defaults)
            items += [NewItem(row.request, row.not_before, row.deadline) for row in read.rows]
            duplicates += [
                f"{row.number} on line {row.line} of {one} is on line {row.first} already"
                for row in read.duplicates
            ]
        else:
            request = parse_number(one, vendor, sites, po=po, reason=reason, requested_by=by)
            items.append(NewItem(request, *times))
    return items, duplicates
