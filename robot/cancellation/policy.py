"""Say how patient a cancellation is.

When to look again, press again, or give up. Pure; a part of the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from robot.cancellation.actions import Finish
from robot.cancellation.orders import Outcome, Verdict
from robot.cancellation.presses import PressState
from robot.cancellation.state import CaseState
from robot.problems import Problem, stored

MAX_FAILURES = 3

#: Answers after which a press may be repeated: those that leave room for "it never arrived".
MAYBE_LOST = frozenset({Verdict.TECHNICAL, Verdict.SIGNED_OUT, Verdict.LOST})
TURNED_DOWN = frozenset({Verdict.REFUSED, Verdict.BUNDLE})
#: The waits after the first read, the second, ... as parts of the settle time.
_WAITS = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 90.0)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be.

    ``settle`` is the least time between two presses; read-backs wait ever longer parts of it.
    """

    settle: timedelta = timedelta(seconds=20)

    def wait(self, n: int) -> timedelta:
        """Return how long to wait after the n-th read (0 for the first) before the next."""
        return self.settle * _WAITS[max(0, min(n, len(_WAITS) - 1))]


def settles_at(state: CaseState, press: PressState, policy: Policy) -> datetime:
    """Return when what the last press did must show.

    Before that nothing is pressed again.
    """
    return (press.pressed_at or state.resumed_at) + policy.settle


def end_of_tries(state: CaseState) -> Finish | None:
    """Return the end of a case whose last try failed once too often, or for good."""
    last = state.failures[-1] if state.failing else None
    if last is None or (last.retry and len(state.failures) < MAX_FAILURES):
        return None
    return Finish(Outcome.FAILED, stored(last.problem), last.text)


def next_try(state: CaseState, policy: Policy) -> datetime | None:
    """Return when to try again what failed, or None where nothing did."""
    if not state.failing:
        return None
    return state.tried_at + policy.wait(len(state.failures))


def not_confirmed(state: CaseState, text: str) -> Finish:
    """Return the end of the time for a confirmation.

    Whoever waits may ask again; where nobody does, it is a person's.
    """
    outcome = Outcome.NEEDS_PERSON if state.unattended else Outcome.PENDING
    return Finish(outcome, Problem.NOT_CONFIRMED, text)


def withheld(question: str) -> Finish:
    """End at a person.

    A question was answered with No, and the page shows no cancellation.
    """
    text = f"The site asked, and was answered with No, so nothing was submitted: “{question}”"
    return Finish(Outcome.NEEDS_PERSON, Problem.UNEXPECTED_QUESTION, text)
