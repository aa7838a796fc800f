"""The commands for whoever runs vendorfirst as a service."""

from __future__ import annotations

import click

from robot.cli.options import opened_database


@click.command()
def metrics() -> None:
    """Print the queue's figures as Prometheus reads them.

    Where a console runs, it serves the same at /metrics.
    """
    from robot.clock import utc_now
    from robot.queue.metrics import metrics_text

    with opened_database() as (settings, database):
        click.echo(metrics_text(database, settings, utc_now()), nl=False)
