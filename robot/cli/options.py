"""What several commands need.

These are the options they share, who is at the keyboard, a duration as it is typed, the database of
the settings, and the head of its ledger.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import click

from robot.errors import BadInput, LedgerMissing

if TYPE_CHECKING:
    from robot.settings import Settings
    from robot.sites.registry import Sites
    from robot.storage.database import Database
    from robot.storage.ledger import Ledger

_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
#: Options that mean the same wherever they stand.
vendor_option: Final = click.option(
    "--vendor", default="amazon_business", show_default=True, help="The vendor's site file."
)
headed_option: Final = click.option("--headed", is_flag=True, help="Show the browser.")
reason_option: Final = click.option(
    "--reason", default="", help="Why: for the vendor's form, the PO's comment, and the receipt."
)


@dataclass(frozen=True, slots=True)
class Loudness:
    """How much a command says beside what came of it."""

    quiet: bool = False
    verbose: bool = False


def _note(context: click.Context, param: click.Parameter, value: bool) -> None:
    """Add to how loud the command is to be, which one that it is within may have said."""
    if value:
        context.obj = replace(loudness(), **{str(param.name): True})


#: Options of every command, before its name and behind it.
_LOUDNESS: Final = (
    click.Option(
        ["--quiet", "-q"],
        is_flag=True,
        expose_value=False,
        callback=_note,
        help="Show no steps, only what came of it and what needs somebody.",
    ),
    click.Option(
        ["--verbose", "-v"],
        is_flag=True,
        expose_value=False,
        callback=_note,
        help="Show the log, too, which is kept in logs/ in any case.",
    ),
)


def give_loudness(command: click.Command) -> None:
    """Give a command, and each in it, the options of how much it says."""
    command.params.extend(_LOUDNESS)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            give_loudness(inner)


def loudness() -> Loudness:
    """Return what was asked for before the command's name or behind it."""
    context = click.get_current_context(silent=True)
    asked = context.find_object(Loudness) if context is not None else None
    return asked or Loudness()


def say_where(settings: Settings) -> None:
    """Say on standard error which settings, ledger and sites are used.

    So nobody works on another ledger, or on other sites, than they mean.
    """
    with contextlib.suppress(OSError):  # a terminal that is gone stops nothing
        if not loudness().quiet:
            click.echo(settings.where, err=True)
        if settings.uses_stand_ins:
            found = ", ".join(sorted(set(settings.resolve.values())))
            click.echo(f"STAND-IN: the sites are found at {found}, not live.", err=True)


@contextmanager
def opened_database() -> Iterator[tuple[Settings, Database]]:
    """Open the database of the settings, and give both.

    Says on standard error which they are, so that nobody works on another ledger than they mean.
    """
    from robot.settings import load
    from robot.storage.database import Database

    settings = load()
    if not loudness().quiet:
        click.echo(settings.where, err=True)
    database = Database(settings.database_url)
    try:
        yield settings, database
    finally:
        database.close()


@contextmanager
def opened_ledger() -> Iterator[tuple[Settings, Database]]:
    """Open the database of the settings where it holds a ledger, and make none.

    Raises LedgerMissing where there is none, or an empty one.
    """
    from robot.evidence.object_store import open_store
    from robot.setting_values import sqlite_file
    from robot.settings import load
    from robot.storage.ledger import Ledger

    settings = load()
    file = sqlite_file(settings.database_url)
    found = file is None or (file.is_file() and file.stat().st_size > 0)
    if found:
        with opened_database() as (opened, database):
            if not Ledger(database).is_empty():
                yield opened, database
                return
    elif not loudness().quiet:
        click.echo(settings.where, err=True)
    kept = len(open_store(settings.evidence_place).folders())
    raise LedgerMissing(settings.evidence_place, kept)


def told_head(ledger: Ledger) -> str:
    """Return the head of a ledger as it is to be noted, and how much is newer.

    It is only looked up: what no seal covers yet is left to who writes.
    """
    from robot.cli.output import counted

    head = ledger.head()
    newer = ledger.unsealed()
    if head.events == 0:
        return "none until the first seal."
    return f"{head.text} ({counted(newer, 'event')} newer)" if newer else head.text


def tell_holds(database: Database, sites: Sites, vendors: Collection[str]) -> None:
    """Say what is held where orders of these vendors wait to be taken up."""
    from robot.queue.views import held_line
    from robot.sites.vendors import EPROCUREMENT
    from robot.storage.pauses import ALL, SitePauses

    for name, hold in SitePauses(database).active().items():
        if name in {ALL, EPROCUREMENT, *vendors}:
            click.echo(f"But no worker takes it up yet. {held_line(hold, sites)}")


def whoami() -> str:
    """Return the name of the account, also behind sudo.

    It is ``unknown`` where the machine has none for it.
    """
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def seconds(text: str) -> float:
    """Return the seconds of a duration like ``90``, ``90s``, ``30m`` or ``2h``.

    Raises BadInput.
    """
    from robot.setting_values import LONGEST

    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower(), re.ASCII)
    if found is not None:
        told = float(found.group(1)) * _UNITS[found.group(2)]
        if told <= LONGEST:
            return told
    raise BadInput(f"{text[:60]!r} is no duration; write it like 90s, 30m or 2h, up to 720h.")
