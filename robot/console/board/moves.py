"""What a person may do now with an order that waits for them.

Pure. What would run, and what must not, is ``robot.queue.operations``'s to say.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from robot.problems import Problem
from robot.queue.items import QueueItem, State
from robot.queue.operations import Retry


class Move(StrEnum):
    """One thing that a person may do."""

    CHECK = "check"
    RETRY = "retry"
    APPROVE = "approve"
    DONE = "done"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Offer:
    """A move, what it would do in ``steps``, and why it is not safe now, if it is not."""

    move: Move
    steps: tuple[str, ...] = ()
    why_not: str | None = None

    @property
    def safe(self) -> bool:
        """Tell whether it may be done now."""
        return self.why_not is None


def offers(item: QueueItem, retry: Retry, first: Collection[str], by: str) -> tuple[Offer, ...]:
    """Return the moves that there are for an item, safe or not.

    ``first`` are those who asked for it or approved it, one of whom ``by`` may be. There are none
    for what waits for nobody.
    """
    if item.state not in {State.NEEDS_PERSON, State.FAILED}:
        return ()
    found = [Offer(Move.CHECK, ("Look at both systems, and press nothing",))]
    if item.problem == Problem.OVER_LIMIT:
        found.append(_approval(retry, first, by))
    else:
        why_not = f"{_capital(retry.refused)}." if retry.refused else None
        found.append(Offer(Move.RETRY, retry.steps, why_not))
    found.append(Offer(Move.DONE, ("Write down that you settled it yourself, as done",)))
    found.append(Offer(Move.GIVE_UP, ("Write down that nothing more is done with it",)))
    return tuple(found)


def _approval(retry: Retry, first: Collection[str], by: str) -> Offer:
    if by in first:
        why_not = "You asked for it or approved it first: the second approval is somebody else's."
        return Offer(Move.APPROVE, retry.steps, why_not)
    return Offer(Move.APPROVE, retry.steps)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
