"""The command that serves the web page, and makes links to it."""

from __future__ import annotations

import click

from robot.cli.options import whoami

_PORT = 8321
_ROLES = ("viewer", "requester", "approver", "admin")


@click.group(invoke_without_command=True)
@click.option(
    "--port",
    default=_PORT,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="The port on 127.0.0.1; 0 takes a free one.",
)
@click.option("--read-only", is_flag=True, help="Show everything, and let nobody do anything.")
@click.pass_context
def console(context: click.Context, port: int, *, read_only: bool) -> None:
    """Serve the web page for procurement staff until Ctrl-C.

    Only this machine can open it. A link that is good once is printed.
    """
    if context.invoked_subcommand is None:
        _serve(port, read_only=read_only)


@console.command()
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    required=True,
    help="What the person may do; each role may do what those before it may.",
)
@click.option("--name", default=whoami, help="The person's name.  [default: yours]")
@click.pass_context
def invite(context: click.Context, role: str, name: str) -> None:
    """Print a link that signs a person in once, within an hour."""
    import time

    from robot.cli.options import opened_database
    from robot.console.invites import Invites
    from robot.console.roles import Role
    from robot.console.server import link

    port = _PORT if context.parent is None else context.parent.params["port"]
    with opened_database() as (_settings, database):
        secret = Invites(database, time.time).make(name.strip(), Role(role), whoami())
    click.echo(link(port, secret))


def _serve(port: int, *, read_only: bool) -> None:
    from robot import logs
    from robot.cli.options import opened_database
    from robot.console.context import Console
    from robot.console.roles import Role
    from robot.console.server import link, listen, serve
    from robot.redaction import Redactor
    from robot.sites.registry import Sites

    with opened_database() as (settings, database):
        logs.configure(settings.home, Redactor())
        listener = listen(port)
        taken = listener.getsockname()[1]
        sites = Sites(settings.selectors)
        served = Console(settings, database, sites, taken, read_only=read_only)
        secret = served.invites.make(whoami(), Role.ADMIN, whoami())
        click.echo(f"Open this link, which is good once: {link(taken, secret)}", err=True)
        click.echo("For somebody else: vendorfirst console invite. Ctrl-C ends it.", err=True)
        serve(served, listener)
