"""What a shell completes that is no command and no option.

A completion is a favour: where something can't be read, there is none, and nothing is said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import click

from robot.errors import VendorfirstError


def complete_sites(_context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Return the sites that begin with what is typed."""
    from robot.sites.registry import Sites

    return _beginning(typed, Sites().names())


def complete_accounts(_context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Return the sites with an account of their own that begin with what is typed.

    The others are met on the way, so nobody signs in to them, pauses or allows them.
    """
    from robot.sites.registry import Sites

    sites = Sites()
    return _beginning(typed, (name for name in sites.names() if sites.site(name).signed_in))


def complete_scenarios(_context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Return the stories of the stand-in sites that begin with what is typed."""
    from robot.standin.scenarios import SCENARIOS

    return _beginning(typed, (story.slug for story in SCENARIOS))


def complete_recordings(context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Return the recordings in the folder of ``--in`` that begin with what is typed."""
    from robot.recording.files import names

    return _beginning(typed, names(Path(context.params.get("root") or "recordings")))


def complete_numbers(_context: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """Return the numbers in the queue that begin with what is typed."""
    with contextlib.suppress(VendorfirstError):
        return _beginning(typed, _queued())
    return []


def _queued() -> list[str]:
    from robot.queue.table import QueueTable
    from robot.setting_values import sqlite_file
    from robot.settings import load
    from robot.storage.database import Database

    settings = load()
    file = sqlite_file(settings.database_url)
    if file is not None and not file.is_file():
        return []  # a completion makes no ledger
    database = Database(settings.database_url)
    try:
        items = QueueTable(database).listed()
    finally:
        database.close()
    return [number for item in items if (number := item.number or item.po)]


def _beginning(typed: str, known: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(known) if one.startswith(typed)]
