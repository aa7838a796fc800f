"""What ``cancel`` and ``check`` do.

A robot runs, its receipts are printed, and what is pending is left in the queue.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from robot.cli.options import whoami
from robot.cli.progress import Progress
from robot.errors import VendorfirstError

if TYPE_CHECKING:
    from robot.cancellation.orders import OrderFacts
    from robot.cancellation.receipt import Receipt
    from robot.cancellation.request import CancelRequest
    from robot.sites.registry import Sites
    from robot.storage.database import Database

_EXIT_FAILED = 6


@dataclass(frozen=True, slots=True)
class CancelOptions:
    """What the options of ``cancel`` or ``check`` say."""

    vendor: str
    po: str | None
    reason: str
    #: How long to wait for the vendor's confirmation, like "30m"; None: as the settings say.
    wait: str | None
    yes: bool
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
                status = _EXIT_FAILED
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
        super().__init__()
        self._keeper = sink

    def receipt(self, receipt: Receipt) -> None:
        """Have the receipt kept."""
        self._keeper.take(receipt)


def run(numbers: tuple[str, ...], options: CancelOptions) -> int:
    """Run ``cancel`` or ``check`` and return the exit status.

    Raises BadInput, DatabaseDown and other errors of ours.
    """
    from robot import logs
    from robot.cli.options import seconds
    from robot.redaction import Redactor
    from robot.runner.preflight import check_second_factor
    from robot.runner.robot import open_robot
    from robot.settings import load
    from robot.sites.registry import Sites

    settings = load()
    redactor = Redactor()
    progress = Progress()
    sites = Sites(settings.selectors)
    wishes = _wishes(numbers, options, sites)
    if options.wait is not None:
        settings = replace(settings, confirm_seconds=seconds(options.wait))
    logs.configure(settings.home, redactor)
    progress.message(settings.where)
    if settings.uses_stand_ins:
        progress.message(
            "STAND-IN: the sites are found at "
            + ", ".join(sorted(set(settings.resolve.values())))
            + ", not live."
        )
    attended = not options.no_input and sys.stdin.isatty()
    if not attended and not options.dry_run:
        check_second_factor(settings, sites.eprocurement)
    with open_robot(
        settings, sites, redactor, headed=options.headed, vendor=options.vendor
    ) as robot:
        sink = ReceiptSink(
            None if options.dry_run else robot.cases.ledger.database, progress.message
        )
        try:
            # In the order in which they were asked for.
            sink.receipts = robot.run(
                wishes,
                Terminal(sink),
                attended=attended,
                approve=None if options.yes else _ask,
            )
        finally:  # what came before an error or an interruption is kept and shown all the same
            unkept = sink.settle()
            for receipt in sink.receipts:
                show_receipt(receipt, as_json=options.as_json)
                if not options.as_json:
                    click.echo(f"  Receipt: {robot.cases.folder(receipt.id)}/receipt.html")
    return max(exit_status(sink.receipts), unkept)


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


def _ask(facts: OrderFacts) -> bool:
    click.echo(
        f"\nOrder {facts.number}, PO {facts.po or 'not shown'}, total"
        f" {facts.total or 'not shown'}:",
        err=True,
    )
    for line in facts.lines:
        click.echo(f"  {line.quantity} x {line.title}", err=True)
    return click.confirm("Cancel this whole order? It cannot be taken back.", err=True)


def show_receipt(receipt: Receipt, *, as_json: bool) -> None:
    """Print a receipt on standard output, in words or as one line of JSON."""
    from robot.cancellation.receipt import to_json

    if as_json:
        click.echo(json.dumps(to_json(receipt), ensure_ascii=False))
        return
    click.echo(f"\n{receipt.summary}")
    vendor = receipt.vendor.state.replace("_", " ")
    realsource = receipt.realsource.state.replace("_", " ")
    click.echo(f"  Vendor: {vendor}.  RealSource: {realsource}.")
    if receipt.next_step:
        click.echo(f"  What to do now: {receipt.next_step}")


def exit_status(receipts: list[Receipt]) -> int:
    """Return the worst exit status of several receipts, or 6 where there is none."""
    from robot.cancellation.orders import EXIT_STATUS

    return max((EXIT_STATUS[receipt.outcome] for receipt in receipts), default=_EXIT_FAILED)
