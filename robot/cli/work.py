"""The command that works on the queue.

Here a worker is put together and run until it is told to stop.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from robot.cli.options import loudness, say_where

if TYPE_CHECKING:
    from robot.queue.worker import Worker
    from robot.redaction import Redactor
    from robot.settings import Settings
    from robot.storage.database import Database


@click.command()
@click.option(
    "--lanes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 32),
    help="Browsers at work side by side.",
)
@click.option("--until-empty", is_flag=True, help="End when nothing is due within a minute.")
@click.option("--headed", is_flag=True, help="Show the browsers.")
def work(lanes: int, *, until_empty: bool, headed: bool) -> None:
    """Work on the queue until stopped.

    With Ctrl-C or SIGTERM what is under way is finished or handed back.
    """
    from robot import logs
    from robot.redaction import Redactor
    from robot.settings import load

    def say(text: str) -> None:
        click.echo(text, err=True)

    settings = load()
    redactor = Redactor()
    say_where(settings)
    logs.configure(settings.home, redactor, verbose=loudness().verbose)
    with open_worker(settings, redactor, lanes, headed=headed, say=say) as worker:
        run_until_stopped(worker, lanes, until_empty=until_empty)
        worker.say(_end(worker.database))


def _end(database: Database) -> str:
    """Return the last sentence of a worker, which tells what is under way still."""
    from robot.queue.items import State
    from robot.queue.standing import VENDOR_CANCELLED, counted, list_counts

    open_ = (State.WORKING, State.PENDING, VENDOR_CANCELLED, State.NEEDS_PERSON, State.FAILED)
    left = list_counts(counted(database), (*open_, State.WAITING))
    return f"Ended. In the queue: {left}." if left else "Ended. Nothing in the queue is open."


def run_until_stopped(worker: Worker, lanes: int, *, until_empty: bool) -> None:
    """Run a worker until SIGTERM or SIGINT tells it to stop."""

    def stop(_signal: int, _frame: object) -> None:
        told = worker.stopping.is_set()
        worker.stopping.set()
        if not told:
            worker.say("Stopping: what is under way is finished or handed back.")

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    worker.say(f"At work with {lanes} lane{'s' if lanes > 1 else ''}; Ctrl-C ends it.")
    worker.run(until_empty=until_empty)


@contextmanager
def open_worker(
    settings: Settings,
    redactor: Redactor,
    lanes: int,
    *,
    headed: bool = False,
    say: Callable[[str], None],
) -> Iterator[Worker]:
    """Open a worker, after everything that can be checked beforehand was.

    Raises BadInput, BadSettings.
    """
    from robot.browser.lane import Lane
    from robot.notifications.channels import Channels, split
    from robot.notifications.outbox import Outbox
    from robot.queue.worker import Worker
    from robot.runner.preflight import check_second_factor, preflight
    from robot.runner.robot import open_robot
    from robot.sites.credentials import Credentials
    from robot.sites.registry import Sites
    from robot.sites.vendors import VENDORS
    from robot.storage.database import Database
    from robot.watchlist.nightly.nights import Nightly
    from robot.watchlist.recheck import QueuedRechecks

    sites = Sites(settings.selectors)
    check_second_factor(settings, sites.eprocurement)
    for vendor in VENDORS:
        preflight(settings, sites, Credentials(settings, redactor), vendor, headed=headed)
    with ExitStack() as stack:
        robots = []
        for number in range(1, lanes + 1):
            lane = stack.enter_context(Lane(settings, number=number, headed=headed))
            robots.append(stack.enter_context(open_robot(settings, sites, redactor, lane=lane)))
        for vendor in VENDORS:
            robots[0].cases.permissions(vendor)
        database = Database(settings.database_url)
        stack.callback(database.close)
        nightly = Nightly(database, sites, settings.home)
        rechecks = QueuedRechecks(database, sites, stand_in=settings.uses_stand_ins)
        outbox = Outbox(
            database,
            Channels(split(settings.notify), redactor),
            sites,
            console_url=settings.console_url,
        )

        def tell() -> None:
            nightly.run_if_due()
            rechecks.run()
            outbox.flush()

        yield Worker(settings, database, robots, say, tell)
