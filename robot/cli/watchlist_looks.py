"""Take the watch-list's looks in this process, beside what workers take of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from robot.cli.options import loudness, whoami

if TYPE_CHECKING:
    from robot.settings import Settings
    from robot.sites.registry import Sites
    from robot.storage.database import Database
    from robot.watchlist.look import PacedLooks
    from robot.watchlist.report import Report


def with_looks(
    report: Report, settings: Settings, database: Database, sites: Sites, per_minute: float
) -> Report:
    """Return the report with what the sites tell of what the files leave open."""
    from robot.watchlist.look import Looks, PacedLooks, looked_at, wanted_looks

    wanted = wanted_looks(report, sites, whoami())
    paced = PacedLooks(database, wanted.values(), per_minute)
    tell_looks(len(paced), per_minute)
    take_looks(settings, database, sites, paced)
    return looked_at(report, wanted, Looks(database), sites)


def tell_looks(count: int, per_minute: float) -> None:
    """Say how many look-ups there are, and how long they take at least."""
    from robot.watchlist.look import minutes_for

    minutes = minutes_for(count, per_minute)
    click.echo(
        f"{count} look-ups, at most {per_minute:g} a minute: {minutes} min or more.", err=True
    )


def take_looks(settings: Settings, database: Database, sites: Sites, paced: PacedLooks) -> None:
    """Ask for looks at their rate, and take them in a lane that takes nothing else.

    Workers that are there may take them too. Ends when all are made, with Ctrl-C, or where a site
    can't be looked at; what is left is said.
    """
    if not len(paced):
        return
    from robot import logs
    from robot.cli.work import run_until_stopped
    from robot.queue.worker import Worker
    from robot.redaction import Redactor
    from robot.runner.robot import open_robot

    def say(text: str) -> None:
        click.echo(text, err=True)

    redactor = Redactor()
    logs.configure(settings.home, redactor, verbose=loudness().verbose)
    with open_robot(settings, sites, redactor) as robot:
        worker = Worker(settings, database, [robot], say, more_looks=paced.go_on)
        run_until_stopped(worker, 1, until_empty=True)
    if len(paced):
        why = f" {paced.stopped}" if paced.stopped else ""
        say(f"{len(paced)} look-ups are left.{why} Run it again to go on.")
