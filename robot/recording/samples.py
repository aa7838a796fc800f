"""The recordings that the tests replay: recorded from the stand-in sites, by ``make recordings``."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog

from robot import settings
from robot.problems import VendorfirstError
from robot.recording.recorder import REQUESTED_BY, Asked, record, seconds_since
from robot.settings import Settings
from robot.standin.amazon.state import AmazonState
from robot.standin.control import turn
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.standin.vcu.documents import EMAIL, PERSONAL, SHIP_TO
from robot.standin.vcu.state import VcuState
from robot.wishes import wish_for

#: What a local list of names would hold for the stand-in sites.
PEOPLE: Final = (*PERSONAL, *SHIP_TO, EMAIL, AmazonState().customer, "77 Plumage Way", "407 Canary Row", "Room 3-118")

#: Fast, but still patient enough for pages that take a moment.
PATIENCE: Final = {"VENDORFIRST_SETTLE_SECONDS": "0.2", "VENDORFIRST_CONFIRM_SECONDS": "3"}
_REASON: Final = "No longer needed"


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording: the scenario's slug, the stand-in's dials, and what is asked for."""

    name: str
    slug: str = "done"
    dials: Mapping[str, object] = field(default_factory=dict)
    by_po: bool = False
    po_given: bool = False
    dry_run: bool = False

    def asked(self, told: Settings) -> Asked:
        """The command, and what it means."""
        story = BY_SLUG[self.slug]
        number = story.po if self.by_po else story.number
        words = ["check" if self.dry_run else "cancel", number]
        words += ["--po", story.po] if self.po_given else []
        words += [] if self.dry_run else ["--yes", "--reason", _REASON]
        wish = wish_for(
            number,
            "amazon_business",
            told,
            po=story.po if self.po_given else None,
            reason="" if self.dry_run else _REASON,
            requested_by=REQUESTED_BY,
            dry_run=self.dry_run,
        )
        return Asked(words, [wish])


def _amazon(**dials: object) -> dict[str, object]:
    return {f"amazon.{name}": value for name, value in dials.items()}


_SAME_NAME = (
    "two_shipments", "three_lines", "pending_confirmed", "pending_refused", "silent_reject", "shipped", "delivered",
    "foreign", "other_form", "missing_line", "partly_shipped", "refused", "partial", "bundle", "redirect_away",
    "old_layout", "no_po_shown", "split_po_a", "split_one_cancelled", "captcha_details", "waf", "continue_shopping",
    "po_invoiced", "po_received", "po_only_close", "po_already_cancelled", "po_closed",
    "po_other_supplier", "po_not_found", "po_long_label",
)  # fmt: skip

SAMPLES: Final = (
    Sample("done", dials={"amazon.mfa": "totp", "vcu.duo": "passcode"}),
    *(Sample(slug, slug) for slug in _SAME_NAME),
    Sample("already_cancelled", "already_cancelled", po_given=True),
    Sample("check", dry_run=True),
    Sample("by_po", by_po=True),
    Sample("sign_in_claim", dials=_amazon(email_shape="claim", mfa="totp")),
    Sample("sign_in_device_choice", "shipped", dials=_amazon(mfa="device_choice")),
    Sample("sign_in_approval", "shipped", dials=_amazon(mfa="cvf_approval")),
    Sample("sign_in_captcha", "shipped", dials=_amazon(challenge="captcha")),
    Sample("sign_in_wrong_password", "shipped", dials={"amazon.password_result": "wrong"}),
    Sample("sign_in_switcher", "shipped", dials=_amazon(switcher="one_business")),
    Sample("sign_in_two_accounts", "shipped", dials=_amazon(switcher="two_same_name")),
    Sample("sign_in_nags", "shipped", dials=_amazon(phone_nag=True, passkey_nag=True)),
    Sample("duo_push", dials={"vcu.duo": "push_only", "vcu.approve_push_after": 1}, dry_run=True),
    Sample("duo_phone", dials={"vcu.duo": "phone"}, dry_run=True),
    Sample("dialog_in_a_frame", dials={"vcu.modal_shape": "iframe"}),
)


@contextmanager
def staged(sample: Sample, standin: Standin) -> Iterator[Settings]:
    """The stand-in sites as the sample wants them, and settings with a home of their own."""
    world = standin.world
    world.amazon, world.vcu = AmazonState(mfa="none", list_seconds=0.0), VcuState(duo="none")
    world.oracle.clear()
    world.faults.clear()
    for name, value in sample.dials.items():
        turn(world, name, value)
    home = Path(tempfile.mkdtemp(prefix="vendorfirst-sample-"))
    try:
        yield settings.load({**standin.env(), **PATIENCE, "VENDORFIRST_HOME": str(home)}, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def make(root: Path, names: list[str]) -> int:
    """Record the named samples (all, where none is named) into ``root``; how many could not be."""
    failed = 0
    with Standin() as standin:
        for sample in SAMPLES:
            if names and sample.name not in names:
                continue
            began = time.monotonic()
            with staged(sample, standin) as told:
                try:
                    _, receipts = record(sample.name, sample.asked(told), told, root, PEOPLE)
                    said = f"{receipts[0]['outcome']} {receipts[0]['problem'] or ''}"
                except VendorfirstError as error:
                    failed, said = failed + 1, f"NOT RECORDED: {error.text}"
            sys.stdout.write(f"{sample.name:26} {seconds_since(began):6.1f} s  {said}\n")
            sys.stdout.flush()
    return failed


if __name__ == "__main__":
    structlog.configure(processors=[structlog.processors.add_log_level], logger_factory=structlog.ReturnLoggerFactory())
    sys.exit(make(Path("recordings"), sys.argv[1:]))
