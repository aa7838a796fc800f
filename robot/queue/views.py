"""The queue in words and as JSON, which only reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from robot.cancellation.events import CaseHistory, EvidenceKept, ReceiptKept
from robot.cancellation.receipt import is_current, to_json
from robot.cancellation.state import replay
from robot.cancellation.summary import progress_sentence
from robot.clock import local_text, utc_now, utc_text
from robot.queue.event_words import event_words
from robot.queue.items import ORDER, READY, QueueItem, State
from robot.queue.operations import preview_retry
from robot.queue.standing import SPLIT, VENDOR_CANCELLED, counted, list_counts, standing, words
from robot.queue.table import QueueTable
from robot.queue.workers import WorkerRegistry
from robot.sites.registry import Sites
from robot.storage.database import Database
from robot.storage.ledger import Ledger
from robot.storage.pauses import ALL, Pause, SitePauses

_TITLES = ("ORDER", "PO", "STANDS", "DETAIL")
#: How the counts are sorted: what somebody must do first.
_ORDER = (*ORDER[:4], VENDOR_CANCELLED, *ORDER[4:], SPLIT)


def list_lines(database: Database, states: Iterable[str], limit: int | None) -> Iterator[str]:
    """Write the list for a terminal, with its counts, workers and pauses first.

    Then a line an order, in columns. Times are local, with the zone.
    """
    table = QueueTable(database)
    counts = counted(database)
    yield list_counts(counts, _ORDER) or "The queue is empty."
    alive = WorkerRegistry(database).at_work()
    lanes = sum(one.lanes for one in alive)
    yield (
        f"{len(alive)} worker{'' if len(alive) == 1 else 's'} with {lanes}"
        f" lane{'' if lanes == 1 else 's'}."
        if alive
        else "No worker is at work: start one with vendorfirst work"
    )
    yield from (_held(hold) for hold in SitePauses(database).active().values())
    items = table.listed(_wanted(states), limit)
    yield from _columns([_cells(item, Ledger(database)) for item in items])
    numbers = table.counts()
    shown = sum(numbers.get(state, 0) for state in _wanted(states))
    if shown > len(items):
        yield f"… and {shown - len(items)} more (--limit 0 shows all)"


def _cells(item: QueueItem, ledger: Ledger) -> tuple[str, ...]:
    """Return an item's line, with the PO that was asked for or else read."""
    late = "OVERDUE " if item.overdue(utc_now()) else ""
    po = item.po
    if po is None and item.turn > 0:
        events = ledger.events(item.case)
        po = replay(events).po_number if events else None
    return f"{late}{item.name}", po or "", words(standing(item)), _detail(item)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Align rows under their titles, each column as wide as it must be."""
    if not rows:
        return
    titled = [_TITLES, *rows]
    widths = [max(len(row[at]) for row in titled) for at in range(len(_TITLES))]
    for row in titled:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


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


def story(
    ledger: Ledger, sites: Sites, item: QueueItem, evidence: str, *, as_json: bool
) -> Iterator[str]:
    """Tell where one order stands.

    Its events, its receipt, what another try would do. ``evidence`` is where receipts are kept.
    """
    events = ledger.events(item.case)
    again = preview_retry(ledger, item)
    kept = [one for one in ledger.receipts(item.case) if one.id == item.request_id]
    receipts = [one for one in kept if is_current(one, item.problem, events)]
    since = CaseHistory(events).current if events else ()
    seen = [event for event in since if not isinstance(event, EvidenceKept | ReceiptKept)]
    if as_json:
        happened = [{"at": utc_text(event.at), "what": event.kind} for event in seen]
        told = {
            **row(item, utc_now()),
            "events": happened,
            "receipt": to_json(receipts[-1]) if receipts else None,
        }
        yield json.dumps({**told, "retry": list(again.steps), "retry_refused": again.refused})
        return
    yield "  ".join(cell for cell in _cells(item, ledger) if cell)
    yield (
        f"  asked for by {item.request.requested_by}, {local_text(item.added_at)}; turn {item.turn}"
    )
    if item.note:
        yield f"  {item.note}"
    for event in seen:
        yield f"  {local_text(event.at)}  {event_words(event)}"
    if receipts:
        receipt = receipts[-1]
        word = receipt.resolved
        if word:
            yield f"  {word.by} settled it as {word.as_.replace('_', ' ')}. Its receipt:"
        yield f"  {receipt.summary}"
        if receipt.next_step and not word:
            yield f"  What to do now: {receipt.next_step}"
        yield f"  Receipt: {evidence}/{receipt.id}/receipt.html"
    elif events and item.state in {State.NEEDS_PERSON, State.FAILED}:
        title = sites.site(item.vendor).title
        progress = progress_sentence(replay(events), title)
        yield f"  No receipt tells of this end. {progress}"
    if events and item.state is State.PENDING:
        stood = replay(events)
        yield (
            f"  The confirmation is waited for until {local_text(stood.vendor_deadline)};"
            " then it is a person's."
        )
    if item.state in {State.NEEDS_PERSON, State.FAILED, State.REFUSED}:
        yield (
            f"  Another try is refused: {again.refused}."
            if again.refused
            else "  Another try (queue retry) would:"
        )
        yield from (f"    {n}. {step}" for n, step in enumerate(again.steps, 1))


def _wanted(states: Iterable[str]) -> list[State]:
    return [State(state) for state in states] or list(ORDER)


def _detail(item: QueueItem) -> str:
    parts = [item.problem.replace("_", " ")] if item.problem else []
    if item.state in READY:
        parts.append(f"due {local_text(item.due_at)}")
    if item.deadline is not None:
        parts.append(f"deadline {_until(item.deadline)}")
    return "; ".join(parts)


def _held(hold: Pause) -> str:
    until = (
        f"until {local_text(hold.until)}, then it is tried again"
        if hold.until
        else "until it is resumed"
    )
    what = "EVERYTHING IS PAUSED" if hold.site == ALL else f"HELD: {hold.site}"
    return (
        f"{what} since {local_text(hold.since)} by {hold.by} ({hold.because.replace('_', ' ')}),"
        f" {until}"
    )


def _until(at: datetime) -> str:
    """Write a deadline, where midnight stands for the end of a day.

    So ``--deadline 2026-01-31`` means it.
    """
    local = at.astimezone()
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return local_text(at)
    return f"end of {(at - timedelta(seconds=1)).astimezone():%Y-%m-%d %Z}"
