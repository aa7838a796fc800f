"""The commands of record and replay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from robot.cli.guide.completion import complete_recordings
from robot.cli.options import headed_option, loudness, say_where
from robot.errors import BadInput

if TYPE_CHECKING:
    from robot.cli.progress import Progress
    from robot.recording.capture.recorder import RecordedCommand
    from robot.settings import Settings

_ROOT = click.option(
    "--in",
    "root",
    default="recordings",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The recordings' folder.",
)
_EXIT_RED = 1


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument(
    "words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- cancel|check ..."
)
@click.option("--once", is_flag=True, help="Do nothing where the recording is there already.")
@click.option("--rewrite", is_flag=True, help="Record anew what is there already.")
@headed_option
@_ROOT
def record(
    name: str, words: tuple[str, ...], *, once: bool, rewrite: bool, headed: bool, root: Path
) -> None:
    """Run a command, and keep it as the recording NAME.

    It has no secret and no person in it. The command is a real one: `cancel` cancels. Names and
    addresses that may be on the pages belong into people.txt in VENDORFIRST_HOME, one in each line;
    it stays on this machine.
    """
    from robot.cli.progress import Progress
    from robot.recording.capture.recorder import people_in
    from robot.recording.capture.recorder import record as run
    from robot.settings import load

    _check_name(name)
    if not rewrite and _is_there(root / name, once=once):
        return
    settings = load()
    progress = Progress(quiet=loudness().quiet)
    asked = asked_for(words, settings)
    _begin(settings, progress)
    recording, receipts = run(
        name,
        asked,
        settings,
        root,
        people_in(_people(settings)),
        observer=progress,
        attended=sys.stdin.isatty(),
        headed=headed,
    )
    for receipt in receipts:
        click.echo(receipt.summary)
    click.echo(
        f"Recorded: {root / name} ({len(recording.entries)} requests). Read it before you"
        " commit it."
    )


def _is_there(folder: Path, *, once: bool) -> bool:
    """Tell whether a recording is there already, and say so.

    Raises BadInput where that may not be.
    """
    if not (folder / "meta.toml").exists():
        return False
    if not once:
        raise BadInput(f"{folder} is there already.", next_step="Add --rewrite, or --once.")
    click.echo(f"{folder} is there already; nothing was done.")
    return True


def _begin(settings: Settings, progress: Progress) -> None:
    """Log to the home, and say whether it is the real thing that is recorded."""
    from robot import logs
    from robot.redaction import Redactor

    redactor = Redactor(value for value in settings.sites.values() if value)
    logs.configure(settings.home, redactor, verbose=loudness().verbose)
    say_where(settings)
    if not settings.uses_stand_ins:
        progress.message("LIVE: this is the real thing, and it is recorded.")


def _check_name(name: str) -> None:
    """Raise BadInput where no recording can be called so."""
    if not name.replace("_", "").replace("-", "").isalnum():
        raise BadInput(
            f"{name!r} can't be a recording's name.",
            next_step="Use letters, digits, - and _.",
        )


@click.command()
@click.argument("names", nargs=-1, shell_complete=complete_recordings)
@headed_option
@click.option(
    "--slow", is_flag=True, help="Take a second over each answer, for a person to follow."
)
@_ROOT
def replay(names: tuple[str, ...], *, headed: bool, slow: bool, root: Path) -> None:
    """Replay recordings offline, all where none is named.

    The exit status is 1 where one is red.
    """
    import time

    import structlog

    from robot.recording import files
    from robot.recording.capture.recorder import seconds_since
    from robot.recording.replay.diagnosis import replay_with_trace
    from robot.recording.replay.lanes import SharedLanes
    from robot.recording.replay.replay import Replay
    from robot.recording.replay.report import ReplayMismatch
    from robot.settings import load

    structlog.configure(
        processors=[structlog.processors.add_log_level],
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    chromium, red = load().chromium, 0
    pace = 1.0 if slow else 0.0
    with SharedLanes(headed=headed) as browsers:
        for name in names or _all_names(root):
            began = time.monotonic()
            recording = files.load(root / name)
            one = Replay(recording, browsers=browsers, headed=headed, slow=pace, chromium=chromium)
            try:
                replay_with_trace(one, Path("test-results"))
            except ReplayMismatch as mismatch:
                red += 1
                click.echo(mismatch.report)
            else:
                click.echo(f"{name}: as recorded ({seconds_since(began)} s)")
    sys.exit(_EXIT_RED if red else 0)


@click.group()
def recordings() -> None:
    """Look after the recordings."""


@recordings.command("check")
@click.argument("names", nargs=-1, shell_complete=complete_recordings)
@click.option("--strict", is_flag=True, help="Fail where a recording is older than 90 days.")
@click.option(
    "--unused", is_flag=True, help="Replay each, too, and name the entries that no replay needs."
)
@_ROOT
def recordings_check(names: tuple[str, ...], *, strict: bool, unused: bool, root: Path) -> None:
    """Scan recordings for leaks and for what is stale.

    That is old recordings, requests that no rule knows, and entries that nothing needs.
    """
    from robot.recording.check import check, stray_hars
    from robot.settings import load

    settings, bad = load(), False
    for name in names or _all_names(root):
        for finding in check(
            root / name, settings, _people(settings), strict=strict, unused=unused
        ):
            bad = bad or finding.wrong
            click.echo(f"{'✗' if finding.wrong else '?'} {name}: {finding.text}")
    for stray in [] if names else stray_hars(root):
        bad = True
        danger = "a HAR that is in no recording may hold cookies and passwords"
        click.echo(f"✗ {stray}: {danger}; take it out")
    if not bad:
        click.echo("No leak was found.")
    sys.exit(_EXIT_RED if bad else 0)


@recordings.command("export")
@click.argument("name", shell_complete=complete_recordings)
@click.option(
    "--embed",
    is_flag=True,
    help="With the bodies in it, as browsers' developer tools want it, and as it always is.",
)
@_ROOT
def recordings_export(name: str, *, embed: bool, root: Path) -> None:
    """Print recording NAME as one HAR file."""
    from robot.recording.files import export, load

    del embed  # the only way there is
    click.echo(export(load(root / name)))


def _all_names(root: Path) -> list[str]:
    """Return every recording's name.

    Raises BadInput where there is none: that is no success.
    """
    from robot.recording.files import names

    found = names(root)
    if not found:
        raise BadInput(
            f"There are no recordings in {root.absolute()}.",
            next_step="Name their folder: --in FOLDER.",
        )
    return found


def asked_for(words: tuple[str, ...], settings: Settings) -> RecordedCommand:
    """Return what the words after ``--`` mean, or raise BadInput."""
    from robot.recording.capture.recorder import REQUESTED_BY, RecordedCommand
    from robot.sites.numbers import parse_number
    from robot.sites.registry import Sites

    if not words or words[0] not in {"cancel", "check"}:
        raise BadInput(
            "Only cancel and check can be recorded.",
            next_step="Put them behind --.",
        )
    try:
        told = _inner.make_context(words[0], list(words[1:])).params
    except click.UsageError as error:
        raise BadInput(error.format_message()) from None
    if words[0] == "cancel" and not (told["yes"] or told["dry_run"]):
        raise BadInput(
            "Nobody is asked while recording.",
            next_step="Add --yes, or --dry-run.",
        )
    more: dict[str, Any] = {"reason": told["reason"], "requested_by": REQUESTED_BY}
    more["dry_run"] = told["dry_run"] or words[0] == "check"
    sites = Sites(settings.selectors)
    wishes = [
        parse_number(n, told["vendor"], sites, po=told["po"], **more)
        for n in dict.fromkeys(told["numbers"])
    ]
    return RecordedCommand(list(words), wishes, told["vendor"])


@click.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option("--yes", is_flag=True)
@click.option("--dry-run", is_flag=True)
@click.option("--reason", default="")
@click.option("--po")
@click.option("--vendor", default="amazon_business")
def _inner(**_: object) -> None:
    """Stand for what can be recorded, as only its arguments are read."""


def _people(settings: Settings) -> Path:
    return settings.home / "people.txt"
