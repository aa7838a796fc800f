"""The queue in words and as JSON, which only reads."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from robot.cancellation.events import (
    Event,
    EvidenceKept,
    ReceiptKept,
)
from robot.cancellation.history import CaseHistory, wrote_files
from robot.cancellation.receipts.receipt import Receipt, is_current, to_json
from robot.cancellation.receipts.summary import progress_sentence
from robot.cancellation.state import replay
from robot.clock import local_text, utc_now, utc_text
from robot.problems import in_words
from robot.queue.event_words import event_words
from robot.queue.items import ORDER, READY, QueueItem, State
from robot.queue.operations import Retry, preview_retry
from robot.queue.standing import STANDINGS, counted, list_counts, standing, words
from robot.queue.table import QueueTable
from robot.queue.workers import WorkerRegistry
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, Pause, SitePauses

_TITLES = ("ORDER", "PO", "STANDS", "DETAIL")
#: How many letters wide the last column is at least.
_NARROWEST = 20


def list_lines(
    database: Database,
    sites: Sites,
    states: Iterable[str],
    limit: int | None,
    left: str = "",
    width: int | None = None,
) -> Iterator[str]:
    """Write the list for a terminal, with its counts, workers and pauses first.

    ``left`` is what is left of the limits, in words; ``width`` how many letters a row may be wide.

    Then a line an order, in columns. Times are local, with the zone.
    """
    table = QueueTable(database)
    counts = counted(database)
    yield list_counts(counts, STANDINGS) or "The queue is empty."
    alive = WorkerRegistry(database).at_work()
    lanes = sum(one.lanes for one in alive)
    yield (
        f"{len(alive)} worker{'' if len(alive) == 1 else 's'} with {lanes}"
        f" lane{'' if lanes == 1 else 's'}."
        if alive
        else "No worker is at work: start one with vendorfirst work"
    )
    yield from (held_line(hold, sites) for hold in SitePauses(database).active().values())
    if left:
        yield f"Left until a second person is asked: {left}."
    items = table.listed(_wanted(states), limit)
    yield from _columns([_cells(item) for item in items], width)
    numbers = table.counts()
    shown = sum(numbers.get(state, 0) for state in _wanted(states))
    if shown > len(items):
        yield f"… and {shown - len(items)} more (--limit 0 shows all)"


def _cells(item: QueueItem) -> tuple[str, ...]:
    """Return an item's line."""
    late = "OVERDUE " if item.overdue(utc_now()) else ""
    return f"{late}{item.name}", item.known_po or "", words(standing(item)), _detail(item)


def _columns(rows: Sequence[tuple[str, ...]], width: int | None) -> Iterator[str]:
    """Align rows under their titles, each column as wide as it must be.

    What does not fit into ``width`` of the last column stands below it.
    """
    if not rows:
        return
    titled = [_TITLES, *rows]
    widths = [max(len(row[at]) for row in titled) for at in range(len(_TITLES) - 1)]
    for row in titled:
        cells = (cell.ljust(most) for cell, most in zip(row, widths, strict=False))
        begin = "".join(f"{cell}  " for cell in cells)
        room = None if width is None else max(width - len(begin), _NARROWEST)
        details = textwrap.wrap(row[-1], room) if room else [row[-1]]
        yield f"{begin}{''.join(details[:1])}".rstrip()
        yield from (f"{' ' * len(begin)}{detail}" for detail in details[1:])


def as_json(database: Database, states: Iterable[str], limit: int | None) -> str:
    """Return the list as one JSON array, with its times in UTC."""
    now = utc_now()
    return json.dumps(
        [row(item, now) for item in QueueTable(database).listed(_wanted(states), limit)], indent=1
    )


def row(item: QueueItem, now: datetime) -> dict[str, Any]:
    """Return an item for JSON."""
    request = item.request
    return {
        "id": item.id,
        "vendor": request.vendor,
        "number": request.number,
        "po": request.po,
        "reason": request.reason,
        "requested_by": request.requested_by,
        "added_at": utc_text(item.added_at),
        "deadline": utc_text(item.deadline) if item.deadline else None,
        "state": item.state,
        "standing": standing(item),
        "problem": item.problem,
        "note": item.note,
        "request": item.request_id,
        "site": item.site,
        "urgency": item.urgency,
        "due_at": utc_text(item.due_at),
        "turn": item.turn,
        "worker": item.worker,
        "takeovers": item.takeovers,
        "failures": item.failures,
        "changed_at": utc_text(item.changed_at),
        "overdue": item.overdue(now),
    }


@dataclass(frozen=True, slots=True)
class Story:
    """One order of the queue and what happened to it, as it was read at one moment.

    ``receipt`` is that of its newest request, None where none tells of its end.
    """

    item: QueueItem
    title: str
    events: tuple[Event, ...]
    receipt: Receipt | None
    retry: Retry

    @property
    def seen(self) -> tuple[Event, ...]:
        """Return what happened since the newest request, without what was kept of it."""
        since = CaseHistory(self.events).current if self.events else ()
        return tuple(one for one in since if not isinstance(one, EvidenceKept | ReceiptKept))


def read_story(ledger: Ledger, sites: Sites, item: QueueItem) -> Story:
    """Read what the ledger holds of an item."""
    events = ledger.events(item.case)
    kept = [one for one in ledger.receipts(item.case) if one.id == item.request_id]
    current = [one for one in kept if is_current(one, item.problem, events)]
    return Story(
        item,
        sites.site(item.vendor).title,
        events,
        current[-1] if current else None,
        preview_retry(ledger, item),
    )


def story_as_dict(story: Story) -> dict[str, Any]:
    """Return a story for JSON."""
    return {
        **row(story.item, utc_now()),
        "events": [{"at": utc_text(one.at), "what": one.kind} for one in story.seen],
        "receipt": to_json(story.receipt) if story.receipt else None,
        "retry": list(story.retry.steps),
        "retry_refused": story.retry.refused,
    }


def describe_story(story: Story, evidence: str) -> Iterator[str]:
    """Tell where one order stands, what happened, and what another try would do.

    ``evidence`` is where receipts are kept.
    """
    item = story.item
    yield "  ".join(cell for cell in _cells(item) if cell)
    yield (
        f"  asked for by {item.request.requested_by}, {local_text(item.added_at)}; turn {item.turn}"
    )
    if item.note and story.receipt is None:
        yield f"  {item.note}"
    for event in story.seen:
        yield f"  {local_text(event.at)}  {event_words(event)}"
    yield from _describe_end(story, evidence)
    stood = replay(story.events) if story.events else None
    if stood is not None and stood.unattended and item.state is State.PENDING:
        yield (
            f"  The confirmation is waited for until {local_text(stood.vendor_deadline)};"
            " then it is a person's."
        )
    if item.state in {State.NEEDS_PERSON, State.FAILED, State.REFUSED}:
        yield from _describe_retry(story.retry)


def _describe_end(story: Story, evidence: str) -> Iterator[str]:
    receipt = story.receipt
    if receipt is not None:
        word = receipt.resolved
        if word:
            yield f"  {word.by} settled it as {word.as_.replace('_', ' ')}. Its receipt:"
        yield f"  {receipt.headline}"
        if receipt.next_step_apart and not word:
            yield f"  What to do now: {receipt.next_step_apart}"
        if receipt.comment and not word:
            yield "  The comment for the PO, to be copied as it is:"
            yield receipt.comment
        if word is None or wrote_files(story.events, receipt.id):
            yield f"  Receipt: {evidence}/{receipt.id}/receipt.html"
        else:
            number = receipt.order.number or receipt.order.po
            yield f"  To hand it out with its evidence: vendorfirst evidence export {number}"
    elif story.events and story.item.state in {State.NEEDS_PERSON, State.FAILED}:
        progress = progress_sentence(replay(story.events), story.title)
        yield f"  No receipt tells of this end. {progress}"


def _describe_retry(retry: Retry) -> Iterator[str]:
    if retry.refused:
        yield f"  Another try is refused: {retry.refused}."
    else:
        yield "  Another try (queue retry) would, unless it sees what stops it:"
    yield from (f"    {n}. {step}" for n, step in enumerate(retry.steps, 1))


def _wanted(states: Iterable[str]) -> list[State]:
    return [State(state) for state in states] or list(ORDER)


def _detail(item: QueueItem) -> str:
    parts = [in_words(item.problem)] if item.problem else []
    if item.state in READY:
        parts.append(f"due {local_text(item.due_at)}")
    if item.deadline is not None:
        parts.append(f"deadline {_until(item.deadline)}")
    return "; ".join(parts)


def held_line(hold: Pause, sites: Sites) -> str:
    """Return what is held since when and why, and how it goes on."""
    what = "EVERYTHING IS PAUSED"
    resume = "vendorfirst queue resume"
    if hold.site != ALL:
        what = f"HELD: {sites.title(hold.site)}"
        resume = f"{resume} {hold.site}"
    until = f"until it is resumed: {resume}"
    if hold.until:
        until = f"until {local_text(hold.until)}, then it is tried again"
    return f"{what} since {local_text(hold.since)} by {hold.by} ({in_words(hold.because)}), {until}"


def _until(at: datetime) -> str:
    """Write a deadline, where midnight stands for the end of a day.

    So ``--deadline 2026-01-31`` means it.
    """
    local = at.astimezone()
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return local_text(at)
    return f"end of {(at - timedelta(seconds=1)).astimezone():%Y-%m-%d %Z}"
