"""The database is SQLite (WAL) by default, PostgreSQL by URL.

Transactions are short; an older schema is migrated when it is opened. Reads and writes are told
apart, so that looking never waits for writing. On SQLite every write is alone, by its lock. On
PostgreSQL those are that count or choose among what others write, by an advisory lock; who writes
to one case, or to a lease, locks just those rows.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from robot.errors import BadSettings, DatabaseDown
from robot.redaction import Redactor
from robot.storage.schema import HEAD

_PATIENCE: Final = (
    "SELECT set_config('lock_timeout', CAST(:lock AS text), true),"
    " set_config('idle_in_transaction_session_timeout', CAST(:idle AS text), true)"
)
#: What a writer on PostgreSQL begins with, by whether it is alone.
_BEGIN: Final = {
    True: sa.text(f"{_PATIENCE}, pg_advisory_xact_lock(8217)"),
    False: sa.text(_PATIENCE),
}
_SERVER_TIME: Final = sa.text("SELECT extract(epoch FROM clock_timestamp())")
#: A server that is gone without a word is noticed within half a minute.
_NETWORK: Final = {
    "connect_timeout": "10", "keepalives_idle": "10", "keepalives_interval": "5",
    "keepalives_count": "3", "tcp_user_timeout": "25000",
}  # fmt: skip
_MEND: Final = "Check VENDORFIRST_DATABASE_URL, VENDORFIRST_HOME and disk space."
_UNMARKED: Final = ""
#: Alembic keeps what it works on in its module: two threads of a process must not migrate at once.
_ALEMBIC: Final = threading.Lock()
#: What a connection that only reads is told, by whether it is SQLite's.
_READS: Final[dict[bool, dict[str, object]]] = {
    True: {"reads_only": True},
    False: {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


@dataclass(frozen=True, slots=True)
class Patience:
    """How long (s) others are waited for.

    A writer waits for others: ``lock`` on PostgreSQL, ``sqlite`` at a file. Who does nothing in its
    transaction for ``idle`` is ended: whose machine stopped in one would keep all others out.
    """

    lock: float = 30.0
    idle: float = 15.0
    sqlite: float = 30.0


class Database:
    """One database.

    Safe to use from several threads, and by several processes at once.
    """

    def __init__(
        self, url: str, *, patience: Patience = Patience(), clock: Callable[[], float] = time.time
    ) -> None:
        """Open the database at an SQLAlchemy ``url``, made or migrated first.

        ``clock`` gives this machine's UNIX seconds. Raises BadSettings where it can't be opened.
        """
        self._patience = patience
        self._clock = clock
        self._engine = _engine(url, patience)
        self._redactor = Redactor(_secrets_of(self._engine.url))
        self.sqlite = self._engine.dialect.name == "sqlite"
        try:
            with self.reading() as tx:
                known = _revision(tx)
            if known != HEAD:
                self._migrate()
        except DatabaseDown as down:
            self.close()
            msg = f"The ledger can't be opened ({self._reason(down.__cause__)})."
            raise BadSettings(msg, next_step=_MEND) from down
        except BadSettings:
            self.close()
            raise

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Begin a transaction that only reads, and sees one moment throughout.

        Raises DatabaseDown.
        """
        try:
            with self._engine.connect() as tx, tx.execution_options(**_READS[self.sqlite]).begin():
                yield tx
        except sa.exc.SQLAlchemyError as error:
            raise self._down(error) from error

    @contextmanager
    def writing(self, *, alone: bool = True) -> Iterator[sa.Connection]:
        """Begin a transaction that may write.

        It runs ``alone``, or beside others, and then locks the rows that it depends on. Raises
        DatabaseDown.
        """
        try:
            with self._engine.begin() as tx:
                if not self.sqlite:
                    tx.execute(_BEGIN[alone], self._waits)
                yield tx
        except sa.exc.SQLAlchemyError as error:
            raise self._down(error) from error

    @property
    def _waits(self) -> dict[str, int]:
        """Return in milliseconds how long PostgreSQL is to wait."""
        patience = self._patience
        return {"lock": round(1000 * patience.lock), "idle": round(1000 * patience.idle)}

    def clock_skew(self) -> float:
        """Return the seconds that this clock is ahead of the server's, at least.

        0.0 on SQLite, which has no clock of its own.
        """
        if self.sqlite:
            return 0.0
        with self.reading() as tx:
            before = self._clock()
            server = float(tx.execute(_SERVER_TIME).scalar_one())
            after = self._clock()
        return before - server if server < before else min(0.0, after - server)

    def _down(self, error: sa.exc.SQLAlchemyError) -> DatabaseDown:
        return DatabaseDown(
            f"The ledger can't be read or written ({self._reason(error)}).",
            next_step="Look whether the disk is full or the database is down, then run it again.",
        )

    def _reason(self, error: BaseException | None) -> str:
        """Return what the database itself said, without the statement and its values."""
        said = str(getattr(error, "orig", None) or type(error).__name__)
        return self._redactor.redact(said.splitlines()[0])

    def _migrate(self) -> None:
        from alembic import (  # noqa: PLC0415 - takes longer to import than most commands to run
            command,
        )
        from alembic.config import Config  # noqa: PLC0415 - the same

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with _ALEMBIC, self.writing() as tx:
            config.attributes["connection"] = tx
            known = _revision(tx)
            if known is not None and known > HEAD:
                msg = f"The ledger was written by a newer version (schema {known})."
                raise BadSettings(msg, next_step="Update vendorfirst on this machine.")
            if known == _UNMARKED:
                command.stamp(config, "0001")
            command.upgrade(config, "head")


def insert_if_new(tx: sa.Connection, table: sa.Table, **values: object) -> None:
    """Add a row where none has its key.

    Another process may do so at this moment.
    """
    if tx.dialect.name == "sqlite":
        tx.execute(sqlite.insert(table).values(**values).on_conflict_do_nothing())
        return
    # It takes long to import, and a ledger in a file has no need of it.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    tx.execute(postgresql.insert(table).values(**values).on_conflict_do_nothing())


def _revision(tx: sa.Connection) -> str | None:
    """Return the schema's revision, or None for a database without one.

    It is "" for a ledger of version 0.1.0.
    """
    tables = sa.inspect(tx).get_table_names()
    if "alembic_version" in tables:
        return str(tx.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    return _UNMARKED if {"events", "leases", "receipts"} <= set(tables) else None


def _secrets_of(url: sa.URL) -> list[str]:
    """Return the parts of a database's URL that no message may show."""
    options = [value for name, value in url.query.items() if name not in _NETWORK]
    return [part for part in (url.password, *options) if isinstance(part, str)]


def server_url(url: str) -> str:
    """Return a database URL with what it leaves open.

    The driver that is installed, and how long a silent server is waited for.
    """
    parsed = sa.make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(query={**_NETWORK, **parsed.query})
    return parsed.render_as_string(hide_password=False)


def _engine(url: str, patience: Patience) -> sa.Engine:
    try:
        parsed = sa.make_url(server_url(url))
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            file = Path(str(parsed.database))
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not str(file).startswith("file:"):
                file.touch(mode=0o600)  # nobody else's to read, whatever the folder allows
        engine = sa.create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    except (sa.exc.ArgumentError, ValueError, ImportError, OSError) as error:
        msg = f"The ledger can't be opened ({_why(error)})."
        raise BadSettings(
            msg, next_step="Check VENDORFIRST_DATABASE_URL and VENDORFIRST_HOME."
        ) from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", partial(_sqlite_connect, patience.sqlite))
        sa.event.listen(engine, "begin", _sqlite_begin)
    return engine


def _why(error: Exception) -> str:
    """Return why a database can't be opened, with nothing of its address."""
    if isinstance(error, sa.exc.ArgumentError | ValueError):
        return "no such database"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _sqlite_connect(seconds: float, connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={1000 * seconds:.0f}")
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:  # for this one SQLite does not always wait by itself
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(tx: sa.Connection) -> None:
    tx.exec_driver_sql(
        "BEGIN" if tx.get_execution_options().get("reads_only") else "BEGIN IMMEDIATE"
    )
