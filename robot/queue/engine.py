"""The engine gives the queue's turns out to the lanes of all workers, by DBOS.

All workers of all machines listen to one queue. What waits for a time is delayed in it, what is
urgent comes first in it, and each turn is in it once, by its name. It only wakes: how an order goes
on is its row's to say, and what may be pressed the ledger's. Arguments are ids and nothing else, as
JSON.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus, error

from robot.clock import utc, utc_now
from robot.queue.items import APPROVED_AS_SHOWN, QueueItem
from robot.storage.database import server_url

log = structlog.get_logger()

#: Pinned: with one that follows the code, an update would leave what is under way waiting for ever.
APPLICATION_VERSION: Final = "vendorfirst-1"
#: Where the engine's tables are in PostgreSQL.
SCHEMA: Final = "vendorfirst_engine"
#: The queue that all workers listen to, and what is done with what is in it.
QUEUE: Final = "turns"
_WORKFLOW: Final = "turn_at_item"
#: How often (s) the engine looks for a turn.
POLL: Final = 0.1
#: How many workers in a row may die of an order, which must not kill them all.
RECOVERIES: Final = 3
#: A turn's place in the engine's order: workers' deaths first, then urgency, then the deadline.
_DIED: Final = 1
_FIRST: Final = 2
_CLASS: Final = 2**29
_LAST_MINUTE: Final = _CLASS - 3
_KEEP: Final = timedelta(days=1)
_WAITING: Final = ["ENQUEUED", "DELAYED"]
_BEGUN: Final = "PENDING"
_OVER: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
#: How many turns one query names.
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class BegunTurn:
    """A turn that the engine gave out to a worker, and when (UTC)."""

    item: int
    turn: int
    worker: str
    since: datetime


class Engine:
    """The DBOS of this process, of which there can be one at a time.

    ``take_turn`` is called with an item's id and its turn.
    """

    def __init__(
        self, database_url: str, worker: str, take_turn: Callable[[int, int], None]
    ) -> None:
        """Start nothing yet.

        ``worker`` is this process's own name: DBOS runs a turn twice where two share one.
        """
        self._url = engine_url(database_url)
        self._worker = worker
        self._take_turn = take_turn

    def start(self, places: int) -> None:
        """Launch DBOS, which gives each worker at most ``places`` turns at a time."""
        config: DBOSConfig = {
            "name": "vendorfirst",
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "executor_id": self._worker,
            "application_version": APPLICATION_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "use_listen_notify": False,
        }
        DBOS(config=config)
        _quieten()

        @DBOS.workflow(name=_WORKFLOW)
        def workflow(item: int, turn: int) -> None:
            self._take_turn(item, turn)

        DBOS.listen_queues([QUEUE])
        DBOS.launch()
        self.set_places(places)

    def set_places(self, places: int) -> None:
        """Have each worker be given at most so many turns at a time.

        DBOS keeps one number for all workers.
        """
        queue = DBOS.retrieve_queue(QUEUE)
        if queue is None or queue.worker_concurrency != places:
            DBOS.register_queue(
                QUEUE,
                worker_concurrency=places,
                polling_interval_sec=POLL,
                on_conflict="always_update",
            )

    def enqueue(self, item: QueueItem) -> bool:
        """Have the item's next turn taken when it is due, by a worker with a free lane.

        Returns False, and changes nothing, where it was given that turn before.
        """
        turn = item.turn + 1
        options: EnqueueOptions = {
            "workflow_name": _WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": _name(item.id, turn),
            "workflow_id_reuse_policy": "reject",
            "app_version": APPLICATION_VERSION,
            "priority": priority(item),
        }
        wait = (item.due_at - utc_now()).total_seconds()
        if wait > 0:
            options["delay_seconds"] = wait
        try:
            DBOS.enqueue_workflow_with_options(options, item.id, turn)
        except error.DBOSWorkflowIDInUseError:
            return False
        return True

    def cancel(self, turns: Sequence[tuple[int, int]]) -> None:
        """Give out some turns, as item and turn, no more."""
        for some in _chunks(turns):
            DBOS.cancel_workflows([_name(*turn) for turn in some])

    def lost(self, turns: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return those of the turns that are over, or that it does not know of."""
        lost = []
        for some in _chunks(turns):
            names = [_name(*turn) for turn in some]
            known = DBOS.list_workflows(
                workflow_ids=names,
                status=[*_WAITING, _BEGUN],
                load_input=False,
                load_output=False,
            )
            kept = {one.workflow_id for one in known}
            lost += [turn for turn in some if _name(*turn) not in kept]
        return lost

    def begun(self) -> list[BegunTurn]:
        """Return what it gave out and was not told the end of."""
        found = DBOS.list_workflows(
            queue_name=QUEUE, status=_BEGUN, load_input=False, load_output=False
        )
        return [_begun(one) for one in found]

    def oldest(self) -> list[tuple[int, int]]:
        """Return turns that are due in it, as item and turn, at most a few hundred."""
        found = DBOS.list_workflows(
            queue_name=QUEUE,
            status="ENQUEUED",
            limit=_CHUNK,
            load_input=False,
            load_output=False,
        )
        return [(one.item, one.turn) for one in map(_begun, found)]

    def purge(self, now: datetime) -> int:
        """Delete the records of turns that came to their end over a day before ``now``.

        Returns how many.
        """
        before = (now - _KEEP).isoformat()
        count = 0
        while old := DBOS.list_workflows(
            completed_before=before,
            status=_OVER,
            limit=_CHUNK,
            load_input=False,
            load_output=False,
        ):
            DBOS.delete_workflows([one.workflow_id for one in old])
            count += len(old)
        return count

    def stop(self, seconds: float) -> None:
        """Take no more turns, wait at most ``seconds`` for those that run, and end."""
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=round(seconds))


def engine_url(database_url: str) -> str:
    """Return where the engine keeps its record.

    That is a file beside the ledger's, or a schema of its own in the same database. The SQLite file
    is made in WAL mode first: DBOS's own default stalls readers for seconds.
    """
    parsed = sa.make_url(server_url(database_url))
    if parsed.get_backend_name() != "sqlite":
        return parsed.render_as_string(hide_password=False)
    path = Path(str(parsed.database)).with_name("engine.sqlite")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    return f"sqlite:///{path}"


def priority(item: QueueItem) -> int:
    """Return an item's place in the engine's order, the least being the first.

    What its worker died of comes first, then what is urgent, by the minute of its deadline. DBOS
    gives out in turn, as they came, those of one place.
    """
    if item.takeovers:
        return _DIED
    minute = _LAST_MINUTE
    if item.deadline is not None:
        minute = max(0, min(int(item.deadline.timestamp() // 60), _LAST_MINUTE))
    return _FIRST + _CLASS * (item.urgency - APPROVED_AS_SHOWN) + minute


def _name(item: int, turn: int) -> str:
    return f"{item}.{turn}"


def _begun(one: WorkflowStatus) -> BegunTurn:
    item, _, turn = one.workflow_id.partition(".")
    since = utc((one.dequeued_at or one.updated_at or 0) / 1000)
    return BegunTurn(int(item), int(turn), str(one.executor_id), since)


def _chunks(turns: Sequence[tuple[int, int]]) -> Iterator[Sequence[tuple[int, int]]]:
    for start in range(0, len(turns), _CHUNK):
        yield turns[start : start + _CHUNK]


def _quieten() -> None:
    """Send DBOS's log where ours goes, through the redactor."""
    logger = logging.getLogger("dbos")
    logger.handlers = [_ToOurs()]
    logger.propagate = False


class _ToOurs(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log.info("engine", level_of_engine=record.levelname, text=record.getMessage())
