"""The command that serves the web page, and makes links to it."""

from __future__ import annotations

import signal
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import click

from robot.cli.options import loudness, say_where, whoami

if TYPE_CHECKING:
    import socket

    from robot.settings import Settings

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
@click.option(
    "--practice",
    is_flag=True,
    help="Learn it on stand-in sites, with a worker and a database of their own.",
)
@click.option("--read-only", is_flag=True, help="Show everything, and let nobody do anything.")
@click.pass_context
def console(context: click.Context, port: int, *, practice: bool, read_only: bool) -> None:
    """Serve the web page for procurement staff until Ctrl-C.

    Only this machine can open it. A link that is good once is printed.
    """
    if context.invoked_subcommand is None:
        _serve(port, practice=practice, read_only=read_only)


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


def _serve(port: int, *, practice: bool, read_only: bool) -> None:
    from robot import logs
    from robot.console.practice import practice_sites
    from robot.console.server import listen
    from robot.redaction import Redactor
    from robot.settings import load

    # The server hands SIGTERM on when it has ended: what began with it is to end as well.
    signal.signal(signal.SIGTERM, _interrupt)
    mine = load()
    with ExitStack() as stack:
        listener = stack.enter_context(listen(port))
        settings = stack.enter_context(practice_sites(mine)) if practice else mine
        logs.configure(settings.home, Redactor(), verbose=loudness().verbose)
        _serve_at(listener, settings, practice=practice, read_only=read_only)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _serve_at(
    listener: socket.socket, settings: Settings, *, practice: bool, read_only: bool
) -> None:
    from robot.console.context import Console
    from robot.console.roles import Role
    from robot.console.server import link, serve
    from robot.sites.registry import Sites
    from robot.storage.database import Database

    say_where(settings)
    port = listener.getsockname()[1]
    with closing(Database(settings.database_url)) as database:
        served = Console(
            settings,
            database,
            Sites(settings.selectors),
            port,
            practice=practice,
            read_only=read_only or settings.console_read_only,
        )
        secret = served.invites.make(whoami(), Role.ADMIN, whoami())
        click.echo(f"Open this link, which is good once: {link(port, secret)}", err=True)
        other = "vendorfirst console invite --role viewer"
        if port != _PORT:
            other = f"vendorfirst console --port {port} invite --role viewer"
        if practice:  # whose ledger no other command opens
            other = link(port, served.invites.make("A second person", Role.APPROVER, whoami()))
        click.echo(f"For somebody else: {other} (Ctrl-C ends it)", err=True)
        serve(served, listener)
