"""The queue beside the ledger, and the chain's length.

So events that were cut off its end are missed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_TEXT, _INTEGER, _FLOAT = sa.Text(), sa.Integer(), sa.Float()


def _needed(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Add the tables, and write down how long the chain is now."""
    op.create_table(
        "chain",
        sa.Column("id", _INTEGER, primary_key=True),
        _needed("length", _INTEGER),
        _needed("hash", _TEXT),
    )
    op.create_table(
        "queue",
        sa.Column("id", _INTEGER, primary_key=True, autoincrement=True),
        _needed("vendor", _TEXT),
        sa.Column("number", _TEXT, index=True),
        sa.Column("po", _TEXT, index=True),
        _needed("reason", _TEXT),
        _needed("requested_by", _TEXT),
        _needed("added_at", _FLOAT),
        _needed("deadline", _FLOAT),
        _needed("state", _TEXT),
        sa.Column("problem", _TEXT),
        sa.Column("note", _TEXT),
        sa.Column("request", _TEXT),
        _needed("site", _TEXT),
        _needed("ready", _INTEGER),
        _needed("urgency", _INTEGER),
        _needed("due_at", _FLOAT),
        _needed("turn", _INTEGER),
        sa.Column("worker", _TEXT, index=True),
        _needed("takeovers", _INTEGER),
        _needed("failures", _INTEGER),
        _needed("changed_at", _FLOAT),
        sa.Column("live", _TEXT, unique=True),
    )
    op.create_index("ix_queue_next", "queue", ["ready", "urgency", "deadline", "due_at", "id"])
    op.create_index("ix_queue_state", "queue", ["state", "id"])
    op.create_index("ix_queue_deadline", "queue", ["deadline"])
    op.create_table(
        "holds",
        sa.Column("site", _TEXT, primary_key=True),
        _needed("errors", _INTEGER),
        _needed("times", _INTEGER),
        sa.Column("since", _FLOAT),
        _needed("until", _FLOAT),
        _needed("held_by", _TEXT),
        _needed("because", _TEXT),
    )
    op.create_table(
        "workers",
        sa.Column("id", _TEXT, primary_key=True),
        _needed("lanes", _INTEGER),
        _needed("started_at", _FLOAT),
        _needed("beat_at", _FLOAT),
    )
    op.create_table(
        "notices",
        sa.Column("key", _TEXT, primary_key=True),
        _needed("body", _TEXT),
        _needed("at", _FLOAT),
        _needed("tries", _INTEGER),
        sa.Column("sent_at", _FLOAT),
    )
    op.create_table(
        "codes", sa.Column("account", _TEXT, primary_key=True), _needed("used", sa.BigInteger())
    )
    op.execute(
        "INSERT INTO chain (id, length, hash) SELECT 1, count(*), coalesce("
        "(SELECT hash FROM events ORDER BY seq DESC LIMIT 1), "
        "'0000000000000000000000000000000000000000000000000000000000000000') FROM events"
    )
