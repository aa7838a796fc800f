"""The commands by which people allow the robot at a site and approve orders."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time

import click

from robot.cli.guide.completion import complete_accounts, complete_numbers
from robot.cli.options import opened_database, tell_holds, vendor_option, whoami
from robot.cli.queue import confirm, numbers_argument, queue
from robot.errors import NOTHING_CHANGED, BadInput


@click.group()
def permission() -> None:
    """Keep on record who allows the robot where."""


@permission.command("add")
@click.argument("site", shell_complete=complete_accounts)
@click.option("--account", required=True, help="The account's name, as people call it.")
@click.option("--granted-by", required=True, help="Who at the site's owner allowed it.")
@click.option("--reference", required=True, help="Where that is written, like a letter's date.")
@click.option("--until", required=True, help="The last day, like 2027-06-30.")
def add(site: str, account: str, granted_by: str, reference: str, until: str) -> None:
    """Write down that the owner of SITE allows the robot there.

    On live sites nothing is pressed without one. It stands in each receipt.
    """
    from robot.cancellation.events import Permitted
    from robot.cancellation.permissions import Permission
    from robot.clock import utc_now
    from robot.runner.permissions import permission_case
    from robot.settings import CREDENTIALS
    from robot.sites.registry import Sites
    from robot.storage.ledger import Ledger

    said = {"--account": account, "--granted-by": granted_by, "--reference": reference}
    for option, text in said.items():
        if not text.strip():
            raise BadInput(
                f"{option} is empty.",
                touched=NOTHING_CHANGED,
                next_step="Say who allowed what, and where that is written: each receipt names it.",
            )
    last = _last_moment(until)
    with opened_database() as (settings, database):
        sites = Sites(settings.selectors)
        name = sites.site(site).name
        title = sites.title(name)
        secret = {value for key, value in settings.known_sites.items() if key in CREDENTIALS}
        if account in secret:
            raise BadInput(
                "That account is the name that signs in, which is kept secret here.",
                touched=NOTHING_CHANGED,
                next_step="Name the account as people call it, such as the organisation's.",
            )
        allowed = Permission(name, account.strip(), granted_by.strip(), reference.strip(), last)
        event = Permitted(at=utc_now(), permission=allowed, by=whoami())
        ledger = Ledger(database)
        ledger.append(permission_case(name), event)
        ledger.seal()
    ended = " That day is over, so it allows nothing any more." if last < event.at else ""
    click.echo(
        f"{granted_by} allows {account} at {title} until {until} ({reference}): written"
        f" down.{ended}"
    )


@permission.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as one JSON array on stdout.")
def list_(*, as_json: bool) -> None:
    """List the permissions of all sites, with whether they hold now."""
    from robot.clock import utc_now, utc_text
    from robot.runner.permissions import recorded_permissions
    from robot.sites.registry import Sites
    from robot.storage.ledger import Ledger

    with opened_database() as (settings, database):
        ledger = Ledger(database)
        sites = Sites(settings.selectors)
        found = [one for name in sites.names() for one in recorded_permissions(ledger, name)]
    now = utc_now()
    rows = [
        {
            "site": one.site,
            "account": one.account,
            "granted_by": one.granted_by,
            "reference": one.reference,
            "until": utc_text(one.until),
            "holds": one.until > now,
        }
        for one in found
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        ended = "" if row["holds"] else "  (ended)"
        click.echo(
            f"{sites.title(str(row['site']))}: {row['account']}, by {row['granted_by']}"
            f" ({row['reference']}), until {str(row['until'])[:10]}{ended}"
        )
    if not rows:
        click.echo(
            "No permission is on record. To write one down: vendorfirst permission add SITE"
            " --account ACCOUNT --granted-by WHO --reference LETTER --until DAY"
        )


@queue.command("approve")
@numbers_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@vendor_option
def approve(numbers: tuple[str, ...], vendor: str, *, yes: bool) -> None:
    """Approve what is over a limit.

    They are pressed only if they still show what is shown here. Whoever asked for one, or approved
    it first, can't.
    """
    from robot.cli.cancel import show_order
    from robot.queue import second_approval
    from robot.sites.registry import Sites

    by = whoami()
    with opened_database() as (settings, database):
        for number in numbers:
            show_order(second_approval.waiting_order(database, vendor, number, by))
        sites = Sites(settings.selectors)
        sites.all()  # before anything is approved, as one may be wrong
        confirm("Approve?", yes=yes)
        is_any_due = False
        for number in numbers:
            is_due = second_approval.approve(database, vendor, number, by)
            then = "is due now" if is_due else f"now run: vendorfirst cancel {number}"
            click.echo(f"{number}: approved by {by}; {then}.")
            is_any_due = is_any_due or is_due
        if is_any_due:
            tell_holds(database, sites, [vendor])


@queue.command("token")
@click.argument("number", shell_complete=complete_numbers)
@click.option("--until", default="", help="Until when it holds; by default for 15 minutes.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@vendor_option
def token(number: str, until: str, vendor: str, *, yes: bool) -> None:
    """Approve an order as last checked, by a token.

    The token is printed. With it in VENDORFIRST_APPROVAL_TOKEN, another program cancels the order
    once, and only if it still shows just that: vendorfirst cancel NUMBER --approved, or queue add
    NUMBER --approved.
    """
    from robot.cli.cancel import show_order
    from robot.clock import utc_now
    from robot.queue.csv_import import moment
    from robot.runner import approval_tokens
    from robot.sites.numbers import parse_number
    from robot.sites.registry import Sites
    from robot.storage.ledger import Ledger

    by = whoami()
    with opened_database() as (settings, database):
        order = parse_number(number, vendor, Sites(settings.selectors)).number
        if order is None:
            raise BadInput(
                f"A token approves one order, and {number} is a PO's number.",
                touched=NOTHING_CHANGED,
                next_step=f"Name one of its orders, which are in: vendorfirst check {number}",
            )
        ledger = Ledger(database)
        shown = approval_tokens.checked_order(ledger, vendor, order, utc_now())
        show_order(shown)
        confirm("Approve?", yes=yes)
        last = moment(until) if until else None
        click.echo(approval_tokens.approve(ledger, shown, by, utc_now(), last))


def _last_moment(day: str) -> datetime:
    """Return the last second of a day (UTC).

    Raises BadInput.
    """
    try:
        told = datetime.fromisoformat(day.strip()).date()
    except ValueError:
        raise BadInput(
            f"{day[:40]!r} is no day; write it like 2027-06-30.", touched=NOTHING_CHANGED
        ) from None
    return datetime.combine(told, time(23, 59, 59), UTC)
