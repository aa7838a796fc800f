"""The recordings that the tests replay, made from the stand-in sites."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog

from robot import settings
from robot.errors import VendorfirstError
from robot.recording.capture.recorder import REQUESTED_BY, RecordedCommand, record, seconds_since
from robot.runner.observer import NullObserver
from robot.settings import Settings
from robot.sites.numbers import parse_number
from robot.sites.registry import Sites
from robot.standin.amazon.state import AmazonState
from robot.standin.control import turn
from robot.standin.scenarios import BY_SLUG
from robot.standin.server import Standin
from robot.standin.vcu.documents import EMAIL, PERSONAL, SHIP_TO
from robot.standin.vcu.state import VcuState

#: What a local list of names would hold for the stand-in sites.
PEOPLE: Final = (
    *PERSONAL,
    *SHIP_TO,
    EMAIL,
    AmazonState().customer,
    "77 Plumage Way",
    "407 Canary Row",
    "Room 3-118",
)

#: Fast, but still patient enough for pages that take a moment.
PATIENCE: Final = {"VENDORFIRST_SETTLE_SECONDS": "0.2", "VENDORFIRST_CONFIRM_SECONDS": "3"}
_REASON: Final = "No longer needed"


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording.

    The scenario's slug, the stand-in's dials, and what is asked for. ``env`` are settings that are
    not the stand-in's own, ``person`` the dials that a person turns who is asked to act.
    """

    name: str
    slug: str = "done"
    dials: Mapping[str, object] = field(default_factory=dict)
    by_po: bool = False
    po_given: bool = False
    dry_run: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    person: Mapping[str, object] = field(default_factory=dict)

    def asked(self, told: Settings) -> RecordedCommand:
        """Return the command, and what it means."""
        story = BY_SLUG[self.slug]
        number = story.po if self.by_po else story.number
        words = ["check" if self.dry_run else "cancel", number]
        words += ["--po", story.po] if self.po_given else []
        words += [] if self.dry_run else ["--yes", "--reason", _REASON]
        wish = parse_number(
            number,
            "amazon_business",
            Sites(told.selectors),
            po=story.po if self.po_given else None,
            reason="" if self.dry_run else _REASON,
            requested_by=REQUESTED_BY,
            dry_run=self.dry_run,
        )
        return RecordedCommand(words, [wish])


def _amazon(**dials: object) -> dict[str, object]:
    return {f"amazon.{name}": value for name, value in dials.items()}


_SAME_NAME = (
    "two_shipments",
    "three_lines",
    "pending_confirmed",
    "pending_refused",
    "silent_reject",
    "shipped",
    "delivered",
    "foreign",
    "other_form",
    "missing_line",
    "partly_shipped",
    "refused",
    "partial",
    "bundle",
    "redirect_away",
    "old_layout",
    "no_po_shown",
    "split_po_a",
    "split_one_cancelled",
    "captcha_details",
    "waf",
    "continue_shopping",
    "po_invoiced",
    "po_received",
    "po_only_close",
    "po_already_cancelled",
    "po_closed",
    "po_several",
    "po_session_lost",
    "po_other_supplier",
    "po_not_found",
    "po_long_label",
)


def _at_amazon(name: str, **dials: object) -> Sample:
    return Sample(f"sign_in_{name}", "shipped", _amazon(**dials))


def _at_vcu(name: str, dials: Mapping[str, object], **more: Any) -> Sample:
    return Sample(
        name, dials={f"vcu.{dial}": value for dial, value in dials.items()}, dry_run=True, **more
    )


_HOTP: Final = f"otpauth://hotp/VCU:canaryv?secret={VcuState().otp_secret}&issuer=VCU&counter=0"
_NO_SEED: Final = {"REALSOURCE_OTP_SECRET": ""}
_APPROVES: Final = {"vcu.approve_push_after": 0}
#: Where a second press follows the first, nothing is waited for: the number of looks between them
#: must not vary.
_AT_ONCE: Final = {"VENDORFIRST_SETTLE_SECONDS": "0"}

SAMPLES: Final = (
    Sample("done", dials={"amazon.mfa": "totp", "vcu.duo": "passcode"}),
    *(Sample(slug, slug) for slug in _SAME_NAME),
    *(
        Sample(slug, slug, env=_AT_ONCE)
        for slug in ("technical_once", "lost_reply", "signed_out_submit")
    ),
    Sample("already_cancelled", "already_cancelled", po_given=True),
    Sample("check", dry_run=True),
    Sample("by_po", by_po=True),
    Sample("dialog_in_a_frame", dials={"vcu.modal_shape": "iframe"}),
    # Amazon's ways in
    Sample("sign_in_claim", dials=_amazon(email_shape="claim", mfa="totp")),
    _at_amazon("remembered", remembered=True),
    _at_amazon("device_choice", mfa="device_choice"),
    _at_amazon("switcher", switcher="one_business"),
    _at_amazon("two_accounts", switcher="two_same_name"),
    _at_amazon("password_again", switcher="ask_password"),
    _at_amazon("nags", phone_nag=True, passkey_nag=True),
    _at_amazon(
        "everything",
        email_shape="claim",
        mfa="device_choice",
        switcher="ask_password",
        phone_nag=True,
        passkey_nag=True,
    ),
    _at_amazon("waf", challenge="waf"),
    _at_amazon("akamai", challenge="akamai"),
    _at_amazon("continue_shopping", challenge="continue_shopping"),
    _at_amazon("tablet_home", tablet_home=True),
    _at_amazon("session_lost", expire_after=1),
    Sample(
        "sign_in_approved", "shipped", _amazon(mfa="cvf_approval"), person={"amazon.approved": True}
    ),
    # Amazon's ways that end at a person
    _at_amazon("approval", mfa="cvf_approval"),
    _at_amazon("code_by_message", mfa="cvf_code"),
    _at_amazon("captcha", challenge="captcha"),
    _at_amazon("picture", challenge="cvf_captcha"),
    _at_amazon("puzzle", challenge="aamation"),
    _at_amazon("grid", challenge="acic"),
    _at_amazon("wrong_password", password_result="wrong"),  # noqa: S106 - a word for a result
    _at_amazon("locked", password_result="locked"),  # noqa: S106 - the same
    _at_amazon("unknown_user", unknown_email="error_box"),
    _at_amazon("new_account", unknown_email="intent"),
    _at_amazon("wrong_code", mfa="totp", otp_result="wrong"),
    _at_amazon("too_many_codes", mfa="totp", otp_result="too_many"),
    _at_amazon("too_many_before", mfa="too_many"),
    _at_amazon("ambiguous", switcher="ambiguous"),
    _at_amazon("blocked", blocked_account=True),
    _at_amazon("sso", sso=True),
    # RealSource's: CAS and Duo
    _at_vcu("duo_phone", {"duo": "phone"}),
    _at_vcu("duo_other_options", {"duo": "push"}),
    _at_vcu("duo_verified_push", {"duo": "verified_push"}),
    _at_vcu(
        "duo_hotp", {"duo": "passcode", "otp_kind": "hotp"}, env={"REALSOURCE_OTP_SECRET": _HOTP}
    ),
    _at_vcu("duo_no_trust_question", {"duo": "passcode", "trust_question": False}),
    _at_vcu("duo_approved", {"duo": "push_only"}, person=_APPROVES),
    _at_vcu("duo_number_approved", {"duo": "verified_push"}, person=_APPROVES, env=_NO_SEED),
    _at_vcu("duo_push", {"duo": "push_only"}),
    _at_vcu("duo_no_seed", {"duo": "passcode"}, env=_NO_SEED),
    _at_vcu("duo_wrong_code", {"duo": "passcode"}, env={"REALSOURCE_OTP_SECRET": "B" * 32}),
    _at_vcu("duo_locked", {"duo": "passcode", "wrong_codes": 5}),
    _at_vcu("cas_wrong_password", {"password_result": "wrong"}),
    _at_vcu("cas_locked", {"password_result": "locked"}),
    _at_vcu("cas_notice", {"interstitial": "training"}),
    _at_vcu("idle_out", {"idle_out": True}),
    _at_vcu("start_page", {}, env={"REALSOURCE_INSTANCE": ""}),
)


@contextmanager
def staged(sample: Sample, standin: Standin) -> Iterator[Settings]:
    """Set the stand-in sites as the sample wants, with a home for the settings."""
    world = standin.world
    world.reset(AmazonState(mfa="none", list_seconds=0.0), VcuState(duo="none"))
    for name, value in sample.dials.items():
        turn(world, name, value)
    home = Path(tempfile.mkdtemp(prefix="vendorfirst-sample-"))
    try:
        yield settings.from_values(
            {**standin.env(), **PATIENCE, **sample.env, "VENDORFIRST_HOME": str(home)}
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)


def make(root: Path, names: list[str]) -> int:
    """Record samples into ``root`` and return how many could not be.

    Those with ``names``, or all where none is named.
    """
    failed = 0
    with Standin() as standin:
        for sample in SAMPLES:
            if names and sample.name not in names:
                continue
            began = time.monotonic()
            with staged(sample, standin) as told:
                try:
                    _, receipts = record(
                        sample.name,
                        sample.asked(told),
                        told,
                        root,
                        PEOPLE,
                        observer=_Person(sample, standin),
                        attended=bool(sample.person),
                    )
                    said = f"{receipts[0].outcome} {receipts[0].problem or ''}"
                except VendorfirstError as error:
                    failed = failed + 1
                    said = f"NOT RECORDED: {error.text}"
            sys.stdout.write(f"{sample.name:26} {seconds_since(began):6.1f} s  {said}\n")
            sys.stdout.flush()
    return failed


class _Person(NullObserver):
    """Does on the telephone what a sample's person does."""

    def __init__(self, sample: Sample, standin: Standin) -> None:
        self._sample = sample
        self._standin = standin

    def needs_phone(self, text: str) -> None:  # noqa: ARG002 - the observer's
        """Turn the stand-in as the person's answer would."""
        for name, value in self._sample.person.items():
            turn(self._standin.world, name, value)


if __name__ == "__main__":
    structlog.configure(
        processors=[structlog.processors.add_log_level],
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    sys.exit(make(Path("recordings"), sys.argv[1:]))
