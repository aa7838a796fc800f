"""The commands.

Each imports what only it needs, so that ``vendorfirst --help`` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from robot import __version__
from robot.cli.approvals import permission
from robot.cli.cancel import CancelOptions, run, show_receipt, status_of
from robot.cli.console import console
from robot.cli.evidence import evidence
from robot.cli.exit_status import EXIT_BAD, EXIT_BUSY, EXIT_FAILED, EXIT_INTERRUPTED
from robot.cli.guide.completion import complete_accounts, complete_scenarios
from robot.cli.guide.topics import completion, help_
from robot.cli.ledger import ledger
from robot.cli.options import give_loudness, headed_option, reason_option, say_where, vendor_option
from robot.cli.output import end_quietly, show_in_any_alphabet, why_unprinted
from robot.cli.queue import queue
from robot.cli.recordings import record, recordings, replay
from robot.cli.service import metrics, service
from robot.cli.sites import sites
from robot.cli.watchlist import watchlist
from robot.cli.work import work
from robot.env_file import VARIABLE
from robot.errors import BadInput, LeaseUnavailable, VendorfirstError

if TYPE_CHECKING:
    from robot.cancellation.receipts.receipt import Receipt
    from robot.cli.doctor import Diagnosis
    from robot.settings import Settings

#: How long (s) Ctrl-C waits before it is tried again.
_AGAIN: Final = 0.005


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vendorfirst")
@click.option(
    "--env-file",
    type=click.Path(),
    help="The file of settings. Default: VENDORFIRST_ENV_FILE, else the first .env in this folder"
    " or above it, else the one in the user's configuration folder.",
)
def cli(env_file: str | None) -> None:
    """Cancel an order at the vendor first, and only then in RealSource.

    In between it is seen confirmed.
    """
    if env_file is not None:
        os.environ[VARIABLE] = env_file


def _cancel_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--no-input", is_flag=True, help="Never ask anything; stop where a person is needed."
        ),
        headed_option,
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print one receipt object per order on stdout, all else on stderr.",
        ),
        vendor_option,
        click.option(
            "--po", help="The PO number, where the order's page shows none, or to check it."
        ),
    ):
        command = option(command)
    return command


@cli.command()
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
@_cancel_options
@reason_option
@click.option(
    "--dry-run", is_flag=True, help="Look at both systems and say what would happen; press nothing."
)
@click.option("--yes", is_flag=True, help="Do not ask before the click.")
@click.option(
    "--approved", is_flag=True, help="Do not ask: VENDORFIRST_APPROVAL_TOKEN is the approval."
)
@click.option("--wait", help="How long to wait for the vendor's confirmation, like 30m.")
def cancel(
    numbers: tuple[str, ...], *, yes: bool, dry_run: bool, no_input: bool, **options: Any
) -> None:
    """Cancel orders, by order number or by PO number.

    A PO number means every order of that PO.
    """
    if not (yes or dry_run or options["approved"]) and (no_input or not sys.stdin.isatty()):
        raise BadInput(
            "Nobody can be asked here, and --yes was not given.",
            next_step=(
                "Add --yes to cancel without asking, --approved with somebody's token (vendorfirst"
                " queue token NUMBER), or --dry-run to only look."
            ),
        )
    told = CancelOptions(yes=yes, dry_run=dry_run, no_input=no_input, **options)
    with told_to_end_by_any_signal():
        sys.exit(run(numbers, told))


@cli.command()
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
@_cancel_options
def check(numbers: tuple[str, ...], **options: Any) -> None:
    """Look at both systems, and say what a cancel would do.

    Nothing is pressed.
    """
    told = CancelOptions(yes=True, dry_run=True, approved=False, reason="", wait=None, **options)
    sys.exit(run(numbers, told))


@cli.command()
@headed_option
@click.option("--json", "as_json", is_flag=True, help="Print the receipt object on stdout.")
@click.option(
    "--scenario",
    default="done",
    show_default=True,
    shell_complete=complete_scenarios,
    help="Another story: see `vendorfirst standin serve`.",
)
@click.option("--slow", is_flag=True, help="Take a second over each answer, to follow it.")
def demo(*, headed: bool, as_json: bool, scenario: str, slow: bool) -> None:
    """Cancel an order in stand-ins of both systems.

    No account is needed. With --headed it happens before your eyes.
    """
    from robot.cli.demo import run_demo

    def show(receipt: Receipt) -> None:
        show_receipt(receipt, as_json=as_json)

    sys.exit(status_of(run_demo(scenario, headed=headed, slow=slow, show=show)))


@cli.command()
@click.argument("site", shell_complete=complete_accounts)
def login(site: str) -> None:
    """Sign in to SITE once, in a window, and keep the session."""
    from robot.runner.login import log_in

    settings = _settings()
    say_where(settings)
    click.echo(f"The session is kept in {log_in(site, settings, click.echo)}.")


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--report", type=click.Path(), help="Write the findings as an HTML page, too.")
def doctor(*, as_json: bool, report: str | None) -> None:
    """Say what is wrong with this installation, and how to mend it.

    Looked at are settings, browser, database, sessions and clock.
    """
    import json

    from robot import logs
    from robot.cli.doctor import examine

    logs.to_terminal()
    found = list(examine())
    if as_json:
        click.echo(json.dumps([one.as_dict() for one in found], indent=2))
    else:
        for one in found:
            click.echo(f"  {one.sign} {one.what}: {one.found}")
            if one.mend:
                click.echo(f"      {one.mend}")
    if report is not None:
        _write_report(report, found)
    sys.exit(EXIT_BAD if any(one.state == "wrong" for one in found) else 0)


def _write_report(file: str, found: Sequence[Diagnosis]) -> None:
    from robot.cli.doctor.page import render_page
    from robot.clock import utc_now

    try:
        with click.open_file(file, "w", encoding="utf-8", atomic=file != "-") as page:
            page.write(render_page(found, utc_now()))
    except OSError as error:
        raise BadInput(
            f"{file} can't be written ({error.strerror}).",
            next_step="Name a file in a folder that is there and that you may write to.",
        ) from error


@cli.group()
def standin() -> None:
    """Serve stand-ins of the sites, to try things by hand."""


@standin.command("serve")
@click.option(
    "--port",
    default=9443,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="The port on 127.0.0.1.",
)
@click.option("--pace", default=0.0, help="Seconds that every answer takes longer.")
def standin_serve(port: int, pace: float) -> None:
    """Serve the stand-in sites until Ctrl-C.

    Prints all scenarios by order number, and the settings to use.
    """
    from robot.cli.demo import serve

    serve(port, pace, click.echo)


for _command in (
    queue,
    permission,
    work,
    console,
    evidence,
    ledger,
    record,
    replay,
    recordings,
    watchlist,
    service,
    metrics,
    sites,
    help_,
    completion,
):
    cli.add_command(_command)
give_loudness(cli)


# --- shared ---------------------------------------------------------------------------------------


def _settings() -> Settings:
    from robot.settings import load

    return load()


def _complain(error: VendorfirstError) -> NoReturn:
    click.echo(error.text, err=True)
    if error.next_step:
        click.echo(f"What to do now: {error.next_step}", err=True)
    if isinstance(error, LeaseUnavailable):
        sys.exit(EXIT_BUSY)
    sys.exit(EXIT_BAD if isinstance(error, BadInput) else EXIT_FAILED)


@contextlib.contextmanager
def interrupted_between_imports() -> Iterator[None]:
    """Have Ctrl-C wait while something is imported.

    Raised in there it can be lost, with the lock of all imports taken for good: the lane's thread,
    which imports as well, then hangs for ever. Or it is another error by the time it comes out.
    Whoever had Ctrl-C do something else keeps that.
    """
    is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not is_usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextlib.contextmanager
def told_to_end_by_any_signal() -> Iterator[None]:
    """Have a shutdown, or a terminal that is closed, end the work as Ctrl-C does.

    So what was pressed is told and left in the queue, which a second one does not break off: both
    the shell and the system tell of a terminal that is closed. What somebody has them do is kept.
    """
    ends = (signal.SIGTERM, signal.SIGHUP)
    usual = [one for one in ends if signal.getsignal(one) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        usual = []

    def end(number: int, frame: FrameType | None) -> None:
        for one in usual:
            signal.signal(one, signal.SIG_IGN)
        _interrupt(number, frame)

    for one in usual:
        signal.signal(one, end)
    try:
        yield
    finally:
        for one in usual:
            signal.signal(one, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    one = frame
    while one is not None:
        if one.f_code.co_filename.startswith("<frozen importlib."):
            signal.signal(signal.SIGALRM, _interrupt)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN)
            return
        one = one.f_back
    signal.default_int_handler(number, frame)


def main() -> None:
    """Run the ``vendorfirst`` command.

    Errors of ours are told as sentences, never as tracebacks.
    """
    show_in_any_alphabet()
    try:
        with interrupted_between_imports():
            status = cli.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except VendorfirstError as error:
        _complain(error)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_BAD)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except OSError as error:
        with contextlib.suppress(OSError):
            click.echo(f"It can't be printed ({why_unprinted(error)}).", err=True)
        sys.exit(EXIT_FAILED)
    finally:
        end_quietly()
