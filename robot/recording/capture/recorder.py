"""Recording, which keeps only what is clean.

A flow is run as ever, tapped, scrubbed and scanned.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from robot.browser.lane import Lane
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.request import CancelRequest
from robot.errors import BadInput
from robot.problems import Problem
from robot.recording.capture.tap import NetworkTap
from robot.recording.entries import Entry, Recording
from robot.recording.expected import lasting
from robot.recording.files import SCHEMA, save
from robot.recording.rules import MatchRules
from robot.recording.scrubbing.discovery import KnownValues
from robot.recording.scrubbing.leak_scan import Leak, scan
from robot.recording.scrubbing.scrub import Scrubbed, scrub
from robot.redaction import Redactor
from robot.runner.observer import Observer
from robot.runner.preflight import preflight
from robot.runner.robot import open_robot
from robot.settings import CREDENTIALS, Settings
from robot.sites.credentials import Credentials
from robot.sites.registry import Sites
from robot.sites.site_file import Site
from robot.storage.holders import is_running

#: Whoever asks is nobody in a recording.
REQUESTED_BY = "vendorfirst record"
_PREFIX = "vendorfirst-raw-"
_USERS = ("AMAZON_BUSINESS_EMAIL", "REALSOURCE_USERNAME")


class Unclean(BadInput):
    """A recording was not kept, because the scan for leaks found something."""

    problem = Problem.RECORDING_UNCLEAN


@dataclass(frozen=True, slots=True)
class RecordedCommand:
    """What is to be recorded.

    The ``command`` in words, and the same as requests.
    """

    command: Sequence[str]
    wishes: Sequence[CancelRequest]
    vendor: str = "amazon_business"


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What was recorded of a command, before it is scrubbed.

    ``attended``: somebody was there to answer on their telephone.
    """

    asked: RecordedCommand
    entries: list[Entry]
    receipts: list[Receipt]
    attended: bool = False


def record(
    name: str,
    asked: RecordedCommand,
    settings: Settings,
    root: Path,
    people: Sequence[str] | None,
    *,
    observer: Observer | None = None,
    attended: bool = False,
    headed: bool = False,
) -> tuple[Recording, list[Receipt]]:
    """Run and record a command.

    Gives the recording, which is in ``root``/``name`` now, and the receipts. Raises Unclean where a
    leak was found: then nothing is kept.
    """
    if people is None:
        raise Unclean(
            "There is no local list of names and addresses, so no recording can be vouched for.",
            next_step=(
                f"Make {settings.home / 'people.txt'} with a name, an address or a number in each"
                " line."
            ),
        )
    tap = NetworkTap(MatchRules())
    sites = Sites(settings.selectors)
    redactor = Redactor()
    preflight(settings, sites, Credentials(settings, redactor), asked.vendor, headed=headed)
    with (
        Lane(settings, headed=headed, on_page=tap.on_page) as lane,
        open_robot(settings, sites, redactor, lane=lane, vendor=asked.vendor) as robot,
    ):
        receipts = robot.run(list(asked.wishes), observer, attended=attended)
    run = RecordedRun(asked, tap.entries, receipts, attended)
    return keep(name, run, settings, sites.all(), root, people), receipts


def keep(
    name: str,
    run: RecordedRun,
    settings: Settings,
    files: Sequence[Site],
    root: Path,
    people: Sequence[str] | None,
) -> Recording:
    """Scrub a recording, scan it and put it into place, or raise Unclean."""
    known = _known(run, settings, people)
    scrubbed = scrub(run.entries, known, files)
    recording = Recording(name, scrubbed.entries, _meta(run, settings, scrubbed))
    secret = {value for key, value in settings.sites.items() if key in CREDENTIALS}
    with raw_folder() as raw:
        save(recording, raw / name)
        leaks = scan(raw / name, recording, files, scrubbed.raw | scrubbed.short | secret, people)
        if leaks:
            raise Unclean(
                _said(leaks),
                next_step="Add what is missing to the local list of names, or a rule for it.",
            )
        root.mkdir(parents=True, exist_ok=True)
        save(recording, root / name)
    return recording


def people_in(path: Path) -> tuple[str, ...] | None:
    """Read the local list of names, addresses and numbers.

    One in each line, # before a remark. None: there is no list.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@contextmanager
def raw_folder() -> Iterator[Path]:
    """Give a folder for what is not clean yet, gone whatever happens.

    It is only this user's. Those that a killed process left are swept here.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if left.stat().st_uid == os.geteuid() and not (owner.isdigit() and is_running(int(owner))):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- inside ---------------------------------------------------------------------------------------


def _known(run: RecordedRun, settings: Settings, people: Sequence[str] | None) -> KnownValues:
    wishes = run.asked.wishes
    orders = [w.number for w in wishes] + [r.order.number for r in run.receipts]
    pos = [w.po for w in wishes] + [r.order.po for r in run.receipts]
    credentials = {name: value for name, value in settings.sites.items() if name in CREDENTIALS}
    users = tuple(credentials[name] for name in _USERS if credentials.get(name))
    return KnownValues(
        orders=_each(number for number in orders if number and "-" in number),
        pos=_each(pos),
        users=users,
        secrets=tuple(value for value in credentials.values() if value not in users),
        people=tuple(people) if people is not None else None,
        business=tuple(value for name, value in settings.sites.items() if name not in CREDENTIALS),
    )


def _each(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _meta(run: RecordedRun, settings: Settings, scrubbed: Scrubbed) -> dict[str, Any]:
    asked = run.asked
    wish = asked.wishes[0]
    credentials = {n: v for n, v in settings.sites.items() if n in _USERS or n not in CREDENTIALS}
    meta: dict[str, Any] = {
        "schema": SCHEMA,
        "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": scrubbed.value(list(asked.command)),
        "stand_in": settings.uses_stand_ins,
        "inputs": (
            scrubbed.value(
                {
                    "vendor": asked.vendor,
                    "numbers": [str(w.number or w.po) for w in asked.wishes],
                    "po": wish.po if wish.number else None,
                    "reason": wish.reason,
                    "requested_by": wish.requested_by,
                }
            )
            | {
                "dry_run": wish.dry_run,
                "person": run.attended,
                "settle_seconds": settings.settle_seconds,
                "confirm_seconds": settings.confirm_seconds,
                "secrets": [
                    name for name in settings.sites if name in CREDENTIALS and name not in _USERS
                ],
                "credentials": scrubbed.value(credentials),
            }
        ),
        "expected": {
            "receipts": {str(n): scrubbed.value(lasting(r)) for n, r in enumerate(run.receipts, 1)}
        },
        "matching": MatchRules().as_dict(),
        "scrubbed": scrubbed.counts,
    }
    return meta


def _said(leaks: Sequence[Leak]) -> str:
    shown = "; ".join(f"{leak.file}: {leak.what}" for leak in leaks[:8])
    more = f"; and {len(leaks) - 8} more" if len(leaks) > 8 else ""
    return f"The recording was not kept: {shown}{more}."


def seconds_since(began: float) -> float:
    """Since a ``time.monotonic()``."""
    return round(time.monotonic() - began, 2)
