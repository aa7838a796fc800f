"""The engine hands turns to this worker's lanes by DBOS, which records each.

So a dead worker's turns can be resumed. It only wakes: what is to be done is the queue's rows to
say, what may be pressed the ledger's. Each worker has a queue of its own in the engine, named like
itself, as wide as it has lanes. Arguments are ids and nothing else, as JSON.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from robot.queue.items import QueueItem
from robot.storage.database import server_url

log = structlog.get_logger()

#: Pinned: with one that follows the code, an update would leave what is under way waiting for ever.
APPLICATION_VERSION: Final = "vendorfirst-1"
#: Where the engine's tables are in PostgreSQL.
SCHEMA: Final = "vendorfirst_engine"
#: How often (s) the engine looks for a turn.
POLL: Final = 0.1
#: How often one turn may be started: a turn that kills its worker must not kill them all.
RECOVERIES: Final = 3
_KEEP: Final = timedelta(days=1)
_OVER: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class Engine:
    """The DBOS of this process, of which there can be one at a time.

    ``take_turn`` is called with an item's id and its turn.
    """

    def __init__(
        self, database_url: str, worker: str, lanes: int, take_turn: Callable[[int, int], None]
    ) -> None:
        """Start nothing yet.

        ``worker`` is this process's own name: DBOS runs a step twice where two share one.
        """
        self._url = engine_url(database_url)
        self._worker = worker
        self._lanes = lanes
        self._take_turn = take_turn
        self._workflow: Any = None

    def start(self) -> None:
        """Launch DBOS, with a queue for this worker."""
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

        @DBOS.step(name="turn")
        def step(item: int, turn: int) -> None:
            self._take_turn(item, turn)

        @DBOS.workflow(name="turn_at_item", max_recovery_attempts=RECOVERIES)
        def workflow(item: int, turn: int) -> None:
            step(item, turn)

        self._workflow = workflow
        DBOS.listen_queues([self._worker])
        DBOS.launch()
        self._open_queue()

    def enqueue(self, item: QueueItem) -> None:
        """Have the item's turn taken once in one of this worker's lanes.

        Asked for again, it changes nothing.
        """
        self._open_queue()
        with SetWorkflowID(_name(item)):
            DBOS.enqueue_workflow(self._worker, self._workflow, item.id, item.turn)

    def resume(self, item: QueueItem) -> None:
        """Have a dead worker's turn taken here, in whatever state it was left."""
        self._open_queue()
        name = f"{item.id}.{item.turn}"
        if DBOS.get_workflow_status(name) is not None:
            DBOS.resume_workflow(name, queue_name=self._worker)
        after = DBOS.get_workflow_status(name)
        if (
            after is None or after.status in _OVER
        ):  # only asked now: it may have come to its end in between
            self.enqueue(item)

    def delete_queue(self, worker: str) -> None:
        """Take away the queue of a worker that is gone."""
        client = DBOSClient(system_database_url=self._url, dbos_system_schema=SCHEMA)
        try:
            client.delete_queue(worker)
        finally:
            client.destroy()

    def _open_queue(self) -> None:
        """Make this worker's queue where there is none.

        It is not there yet, or not any more, as the worker was thought dead.
        """
        if DBOS.retrieve_queue(self._worker) is None:
            DBOS.register_queue(
                self._worker, worker_concurrency=self._lanes, polling_interval_sec=POLL
            )

    def purge(self, workers: Collection[str], now: datetime) -> int:
        """Delete the records of turns that began over a day before ``now``.

        Returns how many. Deletes the queues of unknown workers too.
        """
        before = (now - _KEEP).isoformat()
        count = 0
        while old := DBOS.list_workflows(
            end_time=before, limit=500, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([one.workflow_id for one in old])
            count += len(old)
        for queue in DBOS.list_queues():
            if queue.name not in workers:
                DBOS.delete_queue(queue.name)
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


def _name(item: QueueItem) -> str:
    return f"{item.id}.{item.turn}" + (f".{item.takeovers}" if item.takeovers else "")


def _quieten() -> None:
    """Send DBOS's log where ours goes, through the redactor."""
    logger = logging.getLogger("dbos")
    logger.handlers = [_ToOurs()]
    logger.propagate = False


class _ToOurs(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log.info("engine", level_of_engine=record.levelname, text=record.getMessage())
