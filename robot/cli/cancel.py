"""What ``cancel`` and ``check`` do: a robot runs, its receipts are printed, what is pending is
left in the queue.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from robot.cli.options import whoami
from robot.cli.progress import Progress
from robot.errors import VendorfirstError

if TYPE_CHECKING:
    from robot.cancellation.orders import OrderFacts
    from robot.cancellation.receipt import Receipt
    from robot.storage.database import Database

_EXIT_FAILED = 6


class Keeper:
    """Keeps each receipt as it comes: what is pending is in the queue before anything else can go
    wrong.
    """

    def __init__(self, database: Database | None, say: Callable[[str], None]) -> None:
        """``database`` None: nothing is left in the queue, as after a mere look."""
        self._database = database
        self._say = say
        self._unkept: list[Receipt] = []
        self.receipts: list[Receipt] = []

    def take(self, receipt: Receipt) -> None:
        """Keep one; one that the queue can't take now is tried once more by ``settle``.

        Never raises our errors.
        """
        self.receipts.append(receipt)
        if self._leave(receipt) is not None:
            self._unkept.append(receipt)

    def settle(self) -> int:
        """Try what the queue did not take once more; the exit status of that: 0, or 6 where it is
        not in the queue.
        """
        status = 0
        for receipt in self._unkept:
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
                    f"{taken.wanted.number} {stays}: vendorfirst work reads it again until it is"
                    " confirmed."
                )
        except VendorfirstError as error:
            return error
        return None


class Terminal(Progress):
    """Shows the work as it goes on, and has each receipt kept."""

    def __init__(self, keeper: Keeper) -> None:
        """``keeper`` is given the receipts."""
        super().__init__()
        self._keeper = keeper

    def receipt(self, receipt: Receipt) -> None:
        """Have the receipt kept."""
        self._keeper.take(receipt)


def run(
    numbers: tuple[str, ...],
    *,
    yes: bool,
    dry_run: bool,
    no_input: bool,
    as_json: bool,
    headed: bool,
    vendor: str,
    po: str | None,
    reason: str,
    wait: str | None,
) -> int:
    """Run ``cancel`` or ``check``; the exit status.

    Raises BadInput, DatabaseDown and other errors of ours.
    """
    from dataclasses import replace

    from robot import logs
    from robot.cli.options import seconds
    from robot.redaction import Redactor
    from robot.runner.robot import open_robot
    from robot.settings import load
    from robot.sites.numbers import wish_for

    settings, redactor, progress = load(), Redactor(), Progress()
    by = whoami()
    wishes = [
        wish_for(n, vendor, settings, po=po, reason=reason, requested_by=by, dry_run=dry_run)
        for n in dict.fromkeys(numbers)
    ]
    if wait is not None:
        settings = replace(settings, confirm_seconds=seconds(wait))
    logs.configure(settings.home, redactor)
    if settings.uses_stand_ins:
        progress.message(
            "STAND-IN: the sites are found at "
            + ", ".join(sorted(set(settings.resolve.values())))
            + ", not live."
        )
    with open_robot(settings, redactor, headed=headed, vendor=vendor) as robot:
        keeper = Keeper(None if dry_run else robot.cases.ledger.database, progress.message)
        try:
            # In the order in which they were asked for.
            keeper.receipts = robot.run(
                wishes,
                Terminal(keeper),
                attended=not no_input and sys.stdin.isatty(),
                approve=None if yes else _ask,
            )
        finally:  # what came before an error or an interruption is kept and shown all the same
            unkept = keeper.settle()
            for receipt in keeper.receipts:
                show_receipt(receipt, as_json=as_json)
                if not as_json:
                    click.echo(f"  Receipt: {robot.cases.folder(receipt.id)}/receipt.html")
    return max(worst(keeper.receipts), unkept)


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
    """Print a receipt on standard output: in words, or as one JSON object on one line."""
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


def worst(receipts: list[Receipt]) -> int:
    """The exit status of several receipts: the worst of theirs; 6 where there is none."""
    from robot.cancellation.orders import EXIT_STATUS

    return max((EXIT_STATUS[receipt.outcome] for receipt in receipts), default=_EXIT_FAILED)
