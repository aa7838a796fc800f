"""How far an order of the queue has come, for the page that shows it live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from robot.cancellation.actions import LABELS
from robot.cancellation.decide import decide
from robot.cancellation.events import EvidenceKept
from robot.cancellation.history import CaseHistory
from robot.cancellation.policy import Policy
from robot.cancellation.receipts.receipt import Receipt
from robot.cancellation.receipts.receipt_steps import Step, steps_of
from robot.cancellation.shown import Shown
from robot.cancellation.state import CaseState, replay
from robot.console.context import Console
from robot.problems import Problem
from robot.queue.items import READY, QueueItem, State
from robot.queue.operations import changes_since_approval
from robot.queue.standing import standing, words
from robot.queue.table import QueueTable
from robot.queue.views import read_story
from robot.queue.workers import WorkerRegistry
from robot.storage.schema import events as _events

#: Ends by a look that no approval covers: whoever may is asked again.
_ASKS_AGAIN: Final = frozenset({Problem.NOT_APPROVED, Problem.FACTS_CHANGED})
_PICTURES: Final = (".png", ".jpg", ".jpeg")
_OVER: Final = frozenset(
    {State.DONE, State.REFUSED, State.GIVEN_UP, State.NEEDS_PERSON, State.FAILED}
)


@dataclass(frozen=True, slots=True)
class Run:
    """An order of the queue, as far as it came.

    ``state`` is None before a worker took it up, ``receipt`` before it came to an end. ``workers``
    is how many workers are alive. ``changes`` is what is shown otherwise than it was approved.
    """

    item: QueueItem
    title: str
    state: CaseState | None
    steps: tuple[Step, ...]
    pictures: tuple[EvidenceKept, ...]
    receipt: Receipt | None
    doing: str
    workers: int
    changes: tuple[str, ...]

    @property
    def stands(self) -> str:
        """Return where it stands, in words."""
        return words(standing(self.item))

    @property
    def is_over(self) -> bool:
        """Tell whether no turn is waited for any more."""
        return self.item.state in _OVER

    @property
    def asks_again(self) -> Shown | None:
        """Return what is to be approved anew, None where nothing is."""
        if self.item.state is not State.NEEDS_PERSON or self.item.problem not in _ASKS_AGAIN:
            return None
        return None if self.state is None else self.state.shown


def read_run(console: Console, item: QueueItem) -> Run:
    """Return how far an item of the queue has come."""
    story = read_story(console.ledger, console.sites, item)
    workers = len(WorkerRegistry(console.database).at_work())
    current = CaseHistory(story.events).current if story.events else ()
    if not current or current[-1].at < item.added_at:  # what is there is of an earlier request
        doing = _doing(item, None, story.title, console)
        return Run(item, story.title, None, (), (), None, doing, workers, ())
    state = replay(story.events)
    kept = [event for event in current if isinstance(event, EvidenceKept)]
    pictures = {one.sha256: one for one in reversed(kept) if one.file.endswith(_PICTURES)}
    return Run(
        item,
        story.title,
        state,
        tuple(steps_of(current, story.title)),
        tuple(sorted(pictures.values(), key=_shown_at)),
        story.receipt,
        _doing(item, state, story.title, console),
        workers,
        changes_since_approval(console.ledger, item, state),
    )


def version(console: Console, item: int) -> str:
    """Return what changes whenever something happened to an item of the queue."""
    found = QueueTable(console.database).get(item)
    query = sa.select(sa.func.max(_events.c.seq)).where(_events.c.case == found.case)
    with console.database.reading() as tx:
        newest = tx.execute(query).scalar() or 0
    workers = len(WorkerRegistry(console.database).at_work())
    return f"{newest}.{found.turn}.{found.changed_at.timestamp():.3f}.{workers}"


def _shown_at(picture: EvidenceKept) -> datetime:
    return picture.shown_at or picture.at


def _doing(item: QueueItem, state: CaseState | None, title: str, console: Console) -> str:
    """Return what happens now, or is waited for, in a sentence."""
    if item.state is State.WORKING:
        if state is None or not state.is_open:
            return "A worker has taken it up."
        settle = timedelta(seconds=console.settings.settle_seconds)
        action = decide(state, Policy(settle=settle))
        label = LABELS.get(type(action), "Write the receipt").format(vendor=title)
        return f"Now: {label}."
    if item.state in READY:
        if item.turn == 0:
            return "It waits for a worker."
        return "It waits for its next look."
    return ""
