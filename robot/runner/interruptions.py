"""Ends of a person's command that could go no further.

What it pressed is told, and left to the queue. Pure.
"""

from __future__ import annotations

from typing import Final

from robot.cancellation.actions import Finish
from robot.cancellation.orders import Outcome
from robot.cancellation.state import CaseState
from robot.errors import LeaseUnavailable
from robot.problems import Problem, in_words
from robot.storage.pauses import ALL, ROBOT, Pause

_GOES_ON: Final = (
    "a worker (vendorfirst work) goes on with it; so does the same command, run later."
)
_LEAVE_THE_PO: Final = "Do not cancel the PO by hand. "


def pressed(state: CaseState) -> bool:
    """Return whether somebody must go on with the request at hand.

    It pressed something then, or saw its order cancelled.
    """
    if state.request.dry_run:
        return False
    return state.vendor.presses > 0 or state.po.presses > 0 or state.known_cancelled


def lease_lost(state: CaseState, refusal: LeaseUnavailable) -> Finish:
    """Return the end of a request whose order or PO is in other hands.

    It is pending where something was pressed, else failed.
    """
    if pressed(state):
        return Finish(
            Outcome.PENDING, refusal.problem, refusal.text, f"{_LEAVE_THE_PO}{_capital(_GOES_ON)}"
        )
    return Finish(
        Outcome.FAILED,
        refusal.problem,
        f"{refusal.text} This command pressed nothing.",
        refusal.next_step,
    )


def site_paused(state: CaseState, pause: Pause, title: str) -> Finish:
    """Return the end of a request that met a pause which only a person ends.

    It is pending where something was pressed, else a person's. ``title`` is what the paused site is
    called.
    """
    what = f"Work at {title}"
    resume = f"vendorfirst queue resume {pause.site}"
    if pause.site == ALL:
        what = "All work"
        resume = "vendorfirst queue resume"
    who = f"paused by {pause.by}"
    because = pause.because
    if pause.by == ROBOT:
        who = "stopped by the robot"
        because = in_words(because)
    text = (
        f"{what} was {who} at {pause.since:%Y-%m-%d %H:%M} UTC ({because}), so this command went no"
        " further."
    )
    if pressed(state):
        step = f"{_LEAVE_THE_PO}When the work may go on: {resume}; then {_GOES_ON}"
        return Finish(Outcome.PENDING, Problem.HELD_BACK, text, step)
    step = f"When the work may go on: {resume}; then run the same command again."
    return Finish(
        Outcome.NEEDS_PERSON, Problem.HELD_BACK, f"{text} This command pressed nothing.", step
    )


def interrupted() -> Finish:
    """Return the pending end of a request that is under way as its command ends."""
    text = "The command was broken off before the order came to its end."
    return Finish(
        Outcome.PENDING, Problem.INTERRUPTED, text, f"{_LEAVE_THE_PO}{_capital(_GOES_ON)}"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
