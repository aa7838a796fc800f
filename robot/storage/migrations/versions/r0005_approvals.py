"""A press needs an approval, and is counted.

What is in the queue already has a standing one, as from before approvals were kept.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BEFORE = "before"
#: How long what is in the queue may still be pressed.
_TIME = timedelta(days=30)
_LIVE = ("waiting", "working", "pending", "needs_person", "failed")
_EVENTS = sa.table(
    "events", *(sa.column(name) for name in ("case", "resource", "body", "previous", "hash"))
)
_CHAIN = sa.table("chain", sa.column("length"), sa.column("hash"))
_QUEUE = sa.table("queue", *(sa.column(name) for name in ("number", "po", "state", "approval")))


def upgrade() -> None:
    """Add the table and the column, and approve what is in the queue."""
    op.create_table(
        "uses",
        sa.Column("approval", sa.Text(), primary_key=True),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False, index=True),
        sa.Column("cents", sa.BigInteger(), nullable=False),
    )
    op.add_column("queue", sa.Column("approval", sa.Text()))
    tx = op.get_bind()
    is_live = _QUEUE.c.state.in_(_LIVE)
    rows = tx.execute(sa.select(_QUEUE.c.number, _QUEUE.c.po).where(is_live)).all()
    end = tx.execute(sa.select(_CHAIN)).one_or_none()
    if not rows or end is None:  # somebody took the chain's end away, which `ledger verify` tells
        return
    tx.execute(_QUEUE.update().where(is_live).values(approval=_BEFORE))
    now = datetime.now(UTC)
    told = {
        "kind": "approved",
        "at": _text(now),
        "approval": _BEFORE,
        "by": "",
        "how": "before",
        "until": _text(now + _TIME),
        "numbers": sorted({row.number or row.po for row in rows}),
        "orders": len(rows),
    }
    case = f"approval:{_BEFORE}"
    body = json.dumps(told, separators=(",", ":"))
    seal = hashlib.sha256(json.dumps([end.hash, case, "", body]).encode()).hexdigest()
    tx.execute(
        _EVENTS.insert().values(case=case, resource="", body=body, previous=end.hash, hash=seal)
    )
    tx.execute(_CHAIN.update().values(length=end.length + 1, hash=seal))


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
