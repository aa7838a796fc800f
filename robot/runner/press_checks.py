"""What is asked right before a press, between the last look and the intent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from robot.cancellation.earlier import shown_otherwise
from robot.cancellation.events import Event
from robot.cancellation.orders import Confirmation
from robot.cancellation.request import case_id
from robot.errors import SystemFailure, WorkPaused
from robot.problems import Problem
from robot.runner.steps import Step

#: How old a look may be when a press rests on it. After a crash or a sleep everything is looked at
#: anew: others may have been shown otherwise since.
TRUSTED: Final = timedelta(seconds=60)
_NEXT_STEP = "Run it again: it looks first."


def check_may_go_on(step: Step) -> None:
    """Raise WorkPaused while work is to stop."""
    if not step.may_go_on(step.site):
        msg = "The work was stopped or its site is held; the press was not made."
        raise WorkPaused(msg, next_step="It goes on by itself when the work does.")


def check_is_fresh(step: Step, began: datetime, now: datetime) -> None:
    """Raise SystemFailure where a press rests on too old a look."""
    if now - began > TRUSTED or now - step.state.looked_at > 2 * TRUSTED:
        msg = "The press had to wait so long that what it rested on was too old; it was not made."
        raise SystemFailure(msg, problem=Problem.TOO_SLOW, next_step=_NEXT_STEP)


def check_not_shown_otherwise(
    step: Step,
    confirmations: tuple[Confirmation, ...],
    events_of: Callable[[str], tuple[Event, ...]],
) -> None:
    """Raise SystemFailure where another case was shown an order of the PO otherwise.

    That is as not cancelled, and since this case looked at it: this case's page may have been the
    stale one, and so may the other's. ``events_of`` gives the events of a case.
    """
    looked = {one.number: one.at for one in confirmations}
    for number in sorted(looked.keys() - {step.request.number}):
        other = shown_otherwise(events_of(case_id(step.request.vendor, number)), looked)
        if other is not None:
            shown = other.state.replace("_", " ")
            msg = (
                f"Order {other.number} was shown as {shown} to another request since it was looked"
                " at; the PO was not pressed."
            )
            raise SystemFailure(msg, problem=Problem.PO_CHANGED, next_step=_NEXT_STEP)
