"""Faults of a replay, for error paths from the same recording.

One entry is answered once by a failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from robot.errors import BadInput
from robot.recording.entries import Entry
from robot.recording.replay.matcher import Matcher

FaultKind = Literal["503", "captcha", "reset", "sign_out"]

_CAPTCHA = (
    b"<!doctype html><title>Amazon.com</title><form method=get"
    b" action=/errors/validateCaptcha><h4>Enter the characters you see below</h4><input"
    b" id=captchacharacters name=field-keywords></form>"
)
_SIGN_IN = re.compile(r"/ap/signin|/cas/login")


@dataclass(slots=True)
class EntryFault:
    """One entry that is answered by a failure.

    Entry ``entry`` (its index in flow.har) is answered ``times`` times as ``kind`` says, then as it
    was recorded.
    """

    entry: int
    kind: FaultKind
    times: int = 1
    struck: int = field(default=0, init=False)


def with_faults(
    entries: Sequence[Entry], matcher: Matcher, faults: Sequence[EntryFault]
) -> Callable[[Entry], Entry | None]:
    """Return what answers requests, from the matcher or with a fault."""

    def ask(sent: Entry) -> Entry | None:
        for fault in faults:
            if fault.struck < fault.times and matcher.would_serve(sent, fault.entry):
                fault.struck += 1
                matcher.forgiving = True
                return _answer(fault, sent, entries, matcher)
        return matcher.answer(sent)

    return ask


def _answer(
    fault: EntryFault, sent: Entry, entries: Sequence[Entry], matcher: Matcher
) -> Entry | None:
    made = Entry(
        sent.method,
        sent.url,
        headers=[("content-type", "text/html"), ("cache-control", "no-store")],
    )
    if fault.kind == "reset":
        made.status = 0
        made.error = "ConnectionReset"
    elif fault.kind == "503":
        made.status = 503
        made.body = b"<!doctype html><title>Service Unavailable</title>"
    elif fault.kind == "captcha":
        made.body = _CAPTCHA
    else:
        matcher.insert(_sign_in(entries, sent))
        return matcher.answer(sent)
    return made


def _sign_in(entries: Sequence[Entry], sent: Entry) -> list[Entry]:
    """Return the recorded way from an address to the sign-in and back to the page."""
    strict = [entry for entry in entries if entry.kind == "strict"]
    for first, entry in enumerate(strict):
        if entry.url == sent.url and _SIGN_IN.search(entry.header("location")):
            for last in range(first + 1, len(strict)):
                if strict[last].url == sent.url and strict[last].status == 200:
                    return strict[first : last + 1]
    msg = (
        f"The recording holds no sign-in on the way to {sent.url}, so a sign-out there can't be"
        " played."
    )
    raise BadInput(
        msg, next_step="Let the fault strike an entry whose address the recording was signed in at."
    )
