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
    from robot.runner.robot import Robot
    from robot.settings import Settings
    from robot.sites.registry import Sites
    from robot.storage.database import Database


@click.command()
@click.option(
    "--lanes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 32),
    help="Browsers at work side by side.",
)
@click.option(
    "--until-empty",
    is_flag=True,
    help="End when nothing is due within a minute. An order that waits for the vendor's"
    " confirmation is read again at growing intervals until then, and stays in the queue.",
)
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
    from robot.queue.worker import Worker
    from robot.runner.preflight import check_second_factor, preflight
    from robot.sites.credentials import Credentials
    from robot.sites.registry import Sites
    from robot.sites.vendors import VENDORS
    from robot.storage.database import Database

    sites = Sites(settings.selectors)
    for vendor in VENDORS:
        preflight(settings, sites, Credentials(settings, redactor), vendor, headed=headed)
    check_second_factor(settings, sites.eprocurement)
    with ExitStack() as stack:
        robots = [
            stack.enter_context(_open_lane(settings, sites, redactor, number, headed=headed))
            for number in range(1, lanes + 1)
        ]
        for vendor in VENDORS:
            robots[0].cases.permissions(vendor)
        database = Database(settings.database_url)
        stack.callback(database.close)
        yield Worker(settings, database, robots, say, _chores(settings, sites, redactor, database))


@contextmanager
def _open_lane(
    settings: Settings, sites: Sites, redactor: Redactor, number: int, *, headed: bool
) -> Iterator[Robot]:
    """Open a robot with a browser of its own."""
    from robot.browser.lane import Lane
    from robot.runner.robot import open_robot

    with (
        Lane(settings, number=number, headed=headed) as lane,
        open_robot(settings, sites, redactor, lane=lane) as robot,
    ):
        yield robot


def _chores(
    settings: Settings, sites: Sites, redactor: Redactor, database: Database
) -> Callable[[], None]:
    """Return what a worker does beside its turns.

    It makes the nightly watch-list, judges what was looked at again, and tells people.
    """
    from robot.notifications.channels import Channels, split
    from robot.notifications.outbox import Outbox
    from robot.watchlist.nightly.nights import Nightly
    from robot.watchlist.recheck import QueuedRechecks

    nightly = Nightly(database, sites, settings.home)
    rechecks = QueuedRechecks(database, sites, stand_in=settings.uses_stand_ins)
    channels = Channels(split(settings.notify), redactor)
    outbox = Outbox(database, channels, sites, console_url=settings.console_url)

    def do_chores() -> None:
        nightly.run_if_due()
        rechecks.run()
        outbox.flush()

    return do_chores
