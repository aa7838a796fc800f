"""The commands that hand evidence out, check it, and remove it when it is old."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from robot.cli.options import opened_database, opened_ledger, told_head, vendor_option, whoami
from robot.cli.output import counted
from robot.errors import BadInput, SystemFailure
from robot.problems import Problem

#: Days of a unit of time.
_DAYS: Final = {"d": 1, "w": 7, "m": 31, "y": 366}


@click.group()
def evidence() -> None:
    """Hand evidence out, check it, remove it."""


@evidence.command("export")
@click.argument("number")
@vendor_option
@click.option("--output", type=click.Path(), help="The zip to write. Default: NUMBER.zip here.")
def export_(number: str, vendor: str, output: str | None) -> None:
    """Write all that proves order NUMBER as one zip.

    It is for somebody who trusts nobody here: VERIFY.md in it says how to check it
    with sha256sum and openssl alone.
    """
    from robot.cancellation.request import case_id
    from robot.evidence.object_store import open_store
    from robot.evidence.package import make_package, sha256
    from robot.evidence.seals import Seals
    from robot.storage.ledger import Ledger

    with opened_ledger() as (settings, database):
        ledger = Ledger(database)
        case = case_id(vendor, number)
        receipts = {receipt.id: case for receipt in ledger.receipts(case)}
        seals = Seals(settings.signing_key, settings.timestamp_url)
        store = open_store(settings.evidence_place)
        data, notes = make_package(ledger, store, seals, number, receipts)
        head = told_head(ledger)
    file = Path(output or f"{number}.zip")
    seal = sha256(data)
    try:
        file.write_bytes(data)
        Path(f"{file}.sha256").write_text(f"{seal}  {file.name}\n", encoding="utf-8")
    except OSError as error:
        msg = f"{file} can't be written ({error.strerror})."
        raise BadInput(msg, touched="Nothing was exported.") from error
    for note in notes:
        click.echo(f"Note: {note}.", err=True)
    click.echo(f"{file}: SHA-256 {seal}")
    click.echo(f"Tell them this hash by another way than the zip. Head of the ledger: {head}")


@evidence.command("verify")
def verify() -> None:
    """Check every kept file, and the ledger, against the seals."""
    from robot.evidence.check import check_files
    from robot.evidence.object_store import open_store
    from robot.storage.ledger import Ledger

    with opened_ledger() as (settings, database):
        ledger = Ledger(database)
        ledger.audit()
        checked = check_files(ledger, open_store(settings.evidence_place))
        head = told_head(ledger)
    if checked.faults:
        for fault in checked.faults:
            click.echo(f"✗ {fault}", err=True)
        msg = f"{counted(len(checked.faults), 'fault')} in what is kept as evidence."
        raise SystemFailure(
            msg,
            problem=Problem.LEDGER,
            touched="Nothing was changed.",
            next_step="Keep everything as it is, and find out who changed it.",
        )
    gone = f"; removed by purge: {checked.purged}" if checked.purged else ""
    files = counted(checked.files, "file")
    click.echo(f"As sealed: {files}{gone}. Head of the ledger: {head}")


@evidence.command("hold")
@click.argument("number")
@vendor_option
@click.option("--because", required=True, help="Why it must be kept; it is put into the ledger.")
@click.option("--release", is_flag=True, help="It need not be kept any more.")
def hold(number: str, vendor: str, because: str, *, release: bool) -> None:
    """Keep the evidence of order NUMBER from being purged, or let it go again."""
    from robot.cancellation.request import case_id
    from robot.evidence import retention
    from robot.storage.ledger import Ledger

    with opened_ledger() as (_, database):
        ledger = Ledger(database)
        case = case_id(vendor, number)
        if not ledger.events(case):
            msg = f"The ledger knows no order {number}."
            raise BadInput(msg)
        retention.hold(ledger, case, held=not release, by=whoami(), because=because)
    told = "may be purged again" if release else "is kept until it is released"
    click.echo(f"The evidence of {number} {told}.")


@evidence.command("purge")
@click.option("--older-than", required=True, help="How old it must be, like 7y, 18m, 90d.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def purge(older_than: str, *, dry_run: bool) -> None:
    """Remove the files of evidence that is old enough.

    Nothing else ever does. A tombstone in the ledger says what was there and who removed it.
    Orders that are held or not settled are kept, and so is every event and every receipt in the
    ledger.
    """
    from robot.clock import utc_now
    from robot.evidence import retention
    from robot.evidence.object_store import open_store
    from robot.storage.ledger import Ledger

    age = _age(older_than)
    with opened_database() as (settings, database):
        ledger = Ledger(database)
        store = open_store(settings.evidence_place)
        found = retention.old_evidence(ledger, store, utc_now() - age)
        going = [old for old in found if not old.kept_because]
        for old in found:
            name = old.receipt.order.number or old.receipt.order.po
            files = counted(len(old.files), "file")
            what = f"{name} ({old.receipt.finished_at[:10]}), {files}"
            click.echo(f"kept: {what}; {old.kept_because}" if old.kept_because else f"old: {what}")
        if not dry_run:
            for old in going:
                retention.purge(ledger, store, old, whoami())
    if not found:
        click.echo("No evidence is that old.")
        return
    done = "would be removed" if dry_run else "removed"
    requests = counted(len(going), "request")
    click.echo(f"Evidence of {requests} {done}, of {len(found) - len(going)} kept.")


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([dwmy])", text.strip().lower(), re.ASCII)
    if found is None or found.group(1).strip("0") == "":
        raise BadInput(f"{text[:20]!r} is no age; write it like 7y, 18m or 90d.")
    return timedelta(days=int(found.group(1)) * _DAYS[found.group(2)])
