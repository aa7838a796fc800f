"""What ``cancel`` and ``check`` do.

A robot runs, its receipts are printed, and what is pending is left in the queue.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from robot.cli.exit_status import (
    EXIT_BUSY,
    EXIT_DECLINED,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_PENDING,
    worst,
)
from robot.cli.options import loudness, say_where, whoami
from robot.cli.output import is_cut_off, is_unicode, why_unprinted
from robot.cli.progress import Progress
from robot.errors import BadInput, VendorfirstError
from robot.problems import Problem

if TYPE_CHECKING:
    from robot.browser import Lane
    from robot.cancellation.actions import AskApproval
    from robot.cancellation.events import Approved
    from robot.cancellation.receipts.receipt import Receipt
    from robot.cancellation.request import CancelRequest
    from robot.cancellation.shown import Shown
    from robot.redaction import Redactor
    from robot.runner.cases import Cases
    from robot.runner.robot import Robot
    from robot.settings import Settings
    from robot.sites.registry import Sites
    from robot.storage.database import Database


@dataclass(frozen=True, slots=True)
class CancelOptions:
    """What the options of ``cancel`` or ``check`` say."""

    vendor: str
    po: str | None
    reason: str
    #: How long to wait for the vendor's confirmation, like "30m"; None: as the settings say.
    wait: str | None
    yes: bool
    #: Whether the token of the settings is the approval.
    approved: bool
    dry_run: bool
    no_input: bool
    as_json: bool
    headed: bool


class ReceiptSink:
    """Takes each receipt as it comes, and puts what is pending into the queue at once.

    So it is there before anything else can go wrong.
    """

    def __init__(self, database: Database | None, say: Callable[[str], None]) -> None:
        """Leave what is pending in the queue of ``database``.

        None where it was a mere look.
        """
        self._database = database
        self._say = say
        self._not_queued: list[Receipt] = []
        self.receipts: list[Receipt] = []

    def take(self, receipt: Receipt) -> None:
        """Take a receipt, and never raise an error of ours.

        One that the queue can't take now is tried once more by ``settle``.
        """
        self.receipts.append(receipt)
        if self._leave(receipt) is not None:
            self._not_queued.append(receipt)

    def settle(self) -> int:
        """Try what the queue did not take once more, and return the exit status of that.

        It is 6 where something pending is not in the queue, else 0.
        """
        status = 0
        for receipt in self._not_queued:
            trouble = self._leave(receipt)
            if trouble is not None and receipt.outcome == "pending":
                number = receipt.order.number
                self._say(
                    f"{number} is pending and could not be put into the queue. {trouble.text}"
                )
                self._say(
                    f"What to do now: vendorfirst queue add {number}, or the same command again: it"
                    " looks first."
                )
                status = EXIT_FAILED
        return status

    def _leave(self, receipt: Receipt) -> VendorfirstError | None:
        from robot.queue.operations import enqueue_pending

        if self._database is None:
            return None
        try:
            for taken in enqueue_pending(self._database, [receipt]):
                stays = "stays in the queue" if taken.item is not None else taken.why
                self._say(
                    f"{taken.wanted.request.number} {stays}: vendorfirst work reads it again until"
                    " it is confirmed."
                )
        except VendorfirstError as error:
            return error
        return None


class Terminal(Progress):
    """Shows the work as it goes on, and has each receipt kept."""

    def __init__(self, sink: ReceiptSink) -> None:
        """Write what the batch comes to.

        ``sink`` is given the receipts.
        """
        super().__init__(quiet=loudness().quiet)
        self._keeper = sink

    def receipt(self, receipt: Receipt) -> None:
        """Have the receipt kept."""
        self._keeper.take(receipt)


def run(numbers: tuple[str, ...], options: CancelOptions) -> int:
    """Run ``cancel`` or ``check`` and return the exit status.

    Raises BadInput, DatabaseDown and other errors of ours.
    """
    gc.disable()  # what is imported is no garbage, and to look through it takes time
    try:
        from robot.browser.launch.driver import HeadStart
        from robot.settings import load

        settings = load()
        # Both come up while what is typed and set is checked, and what that takes imported.
        start = HeadStart(settings.home)
        from robot import logs
        from robot.browser import Lane, LaneBrowser
        from robot.redaction import Redactor

        redactor = Redactor()
        # Before the browser's thread can say anything: standard output is the receipts' own.
        logs.configure(settings.home, redactor, verbose=loudness().verbose)
        with Lane(settings, headed=options.headed, start=start) as lane:
            lane.begin(LaneBrowser.start_browser)
            return _run(numbers, options, settings, lane, redactor)
    finally:
        gc.enable()


def _run(
    numbers: tuple[str, ...],
    options: CancelOptions,
    settings: Settings,
    lane: Lane,
    redactor: Redactor,
) -> int:
    from robot.browser import LaneBrowser
    from robot.sites.registry import Sites

    progress = Progress(quiet=loudness().quiet)
    sites = Sites(settings.selectors)
    wishes = _wishes(numbers, options, sites)
    settings = _with_patience(settings, options.wait)
    say_where(settings)
    if options.wait is not None:
        waits = timedelta(seconds=settings.confirm_seconds)
        progress.message(f"The vendor's confirmation is waited for {waits} at most.")
    attended = not options.no_input and sys.stdin.isatty()
    _check_beforehand(options, settings, sites, redactor, attended=attended)
    lane.begin(partial(LaneBrowser.tab, site=options.vendor))
    from robot.runner.robot import open_robot  # takes as long as the browser and its tabs do

    gc.freeze()  # what was imported stays to the end, so nobody looks through it then either
    gc.enable()
    with open_robot(settings, sites, redactor, lane=lane, vendor=options.vendor) as robot:
        return _cancel(wishes, options, robot, progress, attended=attended)


def _cancel(
    wishes: list[CancelRequest],
    options: CancelOptions,
    robot: Robot,
    progress: Progress,
    *,
    attended: bool,
) -> int:
    """Have a robot run what is asked for, and return the exit status."""
    cases = robot.cases
    sink = ReceiptSink(None if options.dry_run else cases.ledger.database, progress.message)
    given = _given(wishes, cases) if options.approved else None
    interrupted = False
    try:
        # In the order in which they were asked for.
        sink.receipts = robot.run(
            wishes,
            Terminal(sink),
            attended=attended,
            approve=None if options.yes or given else partial(_ask, options.reason),
            given=given,
        )
    except (KeyboardInterrupt, click.Abort):
        interrupted = True
    finally:  # what came before an error or an interruption is kept and shown all the same
        unkept = sink.settle()
        _print(sink.receipts, cases, progress, as_json=options.as_json)
    if interrupted:
        return _end_of_interrupted(sink.receipts, progress)
    if not sink.receipts:
        return EXIT_FAILED
    return worst((*(status_of(receipt) for receipt in sink.receipts), unkept))


def _with_patience(settings: Settings, wait: str | None) -> Settings:
    """Return the settings with the patience that ``wait`` names, if it does."""
    from robot.cli.options import seconds

    return settings if wait is None else replace(settings, confirm_seconds=seconds(wait))


def _check_beforehand(
    options: CancelOptions, settings: Settings, sites: Sites, redactor: Redactor, *, attended: bool
) -> None:
    """Raise BadInput or BadSettings where it can't get through, as is known by now."""
    from robot.runner.preflight import check_second_factor, preflight
    from robot.sites.credentials import Credentials

    credentials = Credentials(settings, redactor)
    preflight(settings, sites, credentials, options.vendor, headed=options.headed)
    if not attended and not options.dry_run:
        check_second_factor(settings, sites.eprocurement)


def _given(wishes: list[CancelRequest], cases: Cases) -> Approved:
    """Return the approval that the token of the settings stands for.

    Raises BadInput where it is not of what is asked for.
    """
    from robot.runner.approval_tokens import approval_of_token

    if len(wishes) != 1:
        raise BadInput("--approved is of one order.", next_step="Run it for each order apart.")
    token = cases.settings.approval_token
    return approval_of_token(cases.ledger, token, wishes[0], cases.now())


def _end_of_interrupted(receipts: list[Receipt], progress: Progress) -> int:
    """Say what an interruption left, and return its exit status.

    It tells whether something was pressed that is not at its end.
    """
    if any(receipt.outcome == "pending" for receipt in receipts):
        progress.message(
            "\nInterrupted. What was pressed is not at its end yet; it stays in the queue. Run the"
            " same command again: it looks first, and goes on where it stopped."
        )
        return EXIT_PENDING
    progress.message(
        "\nInterrupted. Nothing is left half done. Run the same command again: it looks first, and"
        " goes on where it stopped."
    )
    return EXIT_INTERRUPTED


def _print(receipts: list[Receipt], cases: Cases, progress: Progress, *, as_json: bool) -> None:
    """Print the receipts, and say where each is where it can't be printed.

    What was done decides the exit status, and not whether it could be shown.
    """
    for receipt in receipts:
        page = f"{cases.folder(receipt.id)}/receipt.html"
        try:
            show_receipt(receipt, as_json=as_json, named=len(receipts) > 1)
            if not as_json:
                click.echo(f"  Receipt: {page}")
            why = "whoever read it is gone" if is_cut_off() else None
        except OSError as error:
            why = why_unprinted(error)
        if why is not None:
            progress.message(f"{receipt.summary}\nThat can't be printed ({why}). Receipt: {page}")


def _wishes(numbers: tuple[str, ...], options: CancelOptions, sites: Sites) -> list[CancelRequest]:
    """Return what the typed numbers ask for, each once."""
    from robot.sites.numbers import parse_number

    by = whoami()
    return [
        parse_number(
            number,
            options.vendor,
            sites,
            po=options.po,
            reason=options.reason,
            requested_by=by,
            dry_run=options.dry_run,
        )
        for number in dict.fromkeys(numbers)
    ]


def show_order(shown: Shown, changes: Sequence[str] = ()) -> None:
    """Print on standard error what a person is to approve.

    ``changes`` are those since it was approved.
    """
    order = shown.order
    total = "not shown" if order.total is None else f"${order.total}"
    click.echo(f"\nOrder {order.number}, PO {shown.po or 'not shown'}, total {total}:", err=True)
    if order.state == "cancelled":
        click.echo("  It is cancelled at the vendor, where it shows no lines any more.", err=True)
    for line in order.lines:
        click.echo(f"  {line.quantity} x {line.title}", err=True)
    po = shown.po_facts
    if po is not None:
        total = "not shown" if po.total is None else f"${po.total}"
        status = po.status_text or po.status.value
        click.echo(f"  In RealSource PO {po.number} was {status}, total {total}.", err=True)
    for change in changes:
        click.echo(f"  Otherwise than when it was approved: {change}.", err=True)


def _ask(reason: str, action: AskApproval) -> bool:
    """Show what is about to be cancelled, and ask whether to."""
    show_order(action.shown, action.changes)
    shown = action.shown
    po = f"PO {shown.po}" if shown.po else "its PO"
    question = "Cancel this whole order?"
    if shown.order.state == "cancelled":
        question = f"The order is cancelled. Cancel {po} in RealSource?"
    else:
        then = f"Once the vendor has confirmed it, {po} is cancelled in RealSource too."
        click.echo(then, err=True)
    click.echo(f"Reason that is written down: {reason or 'none given (--reason)'}", err=True)
    return click.confirm(f"{question} It cannot be taken back.", err=True)


def show_receipt(receipt: Receipt, *, as_json: bool, named: bool = False) -> None:
    """Print a receipt on standard output, in words or as one line of JSON.

    ``named``: the words begin with the order's number, as there are several.
    """
    from robot.cancellation.receipts.receipt import to_json

    if as_json:
        ascii_only = not is_unicode(sys.stdout.encoding)
        click.echo(json.dumps(to_json(receipt), ensure_ascii=ascii_only))
        return
    order = receipt.order
    name = order.number or f"PO {order.po}"
    told = receipt.headline
    click.echo(f"\n{name}: {told}" if named and name not in told else f"\n{told}")
    vendor = receipt.vendor.state.replace("_", " ")
    realsource = receipt.realsource.state.replace("_", " ")
    click.echo(f"  Vendor: {vendor}.  RealSource: {realsource}.")
    if receipt.next_step_apart:
        click.echo(f"  What to do now: {receipt.next_step_apart}")
    if receipt.comment:
        click.echo(f"  The comment for the PO, to be copied as it is:\n{receipt.comment}")


def status_of(receipt: Receipt) -> int:
    """Return the exit status of one order."""
    from robot.cancellation.orders import EXIT_STATUS

    if receipt.problem == Problem.DECLINED and receipt.vendor.submits == 0:
        return EXIT_DECLINED
    if receipt.problem == Problem.BUSY:
        return EXIT_BUSY
    return EXIT_STATUS[receipt.outcome]
