"""A PostgreSQL server for the tests.

The one that is installed here, on a free port, with nothing kept.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import port_for
import psycopg
from pytest_postgresql.executors.proc import PostgreSQLExecutor

#: Who runs it where the tests are root's: PostgreSQL refuses to be.
USER = "postgres"


def why_not() -> str | None:
    """Return why there can be no server here, or None."""
    if _pg_ctl() is None:
        return "PostgreSQL is not installed here"
    if os.geteuid() == 0 and (
        not shutil.which("runuser") or USER not in {one.pw_name for one in pwd.getpwall()}
    ):
        return "PostgreSQL does not run as root, and there is no other user for it here"
    return None


@contextmanager
def server() -> Iterator[PostgreSQLExecutor]:
    """Run a server.

    ``stop`` it and ``start`` it to restart it with its data.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    pg_ctl = str(_pg_ctl())
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        as_user = folder / "pg_ctl"
        as_user.write_text(
            f'#!/bin/sh\ncd / && exec {shutil.which("runuser")} -u {USER} -- {pg_ctl} "$@"\n'
        )
        as_user.chmod(0o755)
        pg_ctl = str(as_user)
    executor = PostgreSQLExecutor(
        executable=pg_ctl, host="127.0.0.1", port=port_for.get_port(None),
        datadir=str(folder / "data"), unixsocketdir=str(folder), logfile=str(folder / "log"),
        startparams="-w", dbname="tests",
    )  # fmt: skip
    try:
        with executor:
            _wait(executor)
            yield executor
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(executor: PostgreSQLExecutor) -> None:
    """Start a stopped server again.

    Returns when it takes connections.
    """
    executor.start()
    _wait(executor)


def _wait(executor: PostgreSQLExecutor, within: float = 60) -> None:
    """Wait until the server takes connections.

    Its executor's start returns a little earlier.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            psycopg.connect(
                host=executor.host, port=executor.port, user=USER, dbname="postgres"
            ).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def new_database(executor: PostgreSQLExecutor, name: str, template: str = "template0") -> str:
    """Make a database, whose name begins with ``name``, and return its URL."""
    name = f"{name}_{uuid.uuid4().hex}"
    with psycopg.connect(
        host=executor.host, port=executor.port, user=USER, dbname="postgres", autocommit=True
    ) as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"postgresql://{USER}@{executor.host}:{executor.port}/{name}"


def _pg_ctl() -> str | None:
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3])
    )
    return shutil.which("pg_ctl") or next((str(path) for path in reversed(installed)), None)
