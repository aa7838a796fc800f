"""Take the newest tables away again, so that an older schema is there to be migrated."""

from __future__ import annotations

import sqlalchemy as sa

from robot.storage.chain import GENESIS
from robot.storage.schema import chain, events

_TABLES = ("case_ends", "seals", "sealed_ends")


def free(tx: sa.Connection, table: str = "events") -> None:
    """Take away what keeps a table's rows from being changed."""
    if tx.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        for name in tx.exec_driver_sql(query, (table,)).scalars().all():
            tx.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        tx.exec_driver_sql(f"DROP TRIGGER {table}_append_only ON {table}")


def drop_seals(tx: sa.Connection) -> None:
    """Make the schema that from before seals, with an empty ledger."""
    free(tx)
    free(tx, "chain")
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("DROP FUNCTION chain_is_whole()")
    for table in _TABLES:
        tx.exec_driver_sql(f"DROP TABLE {table}")
    tx.execute(events.delete())
    tx.execute(chain.update().values(length=0, hash=GENESIS))
