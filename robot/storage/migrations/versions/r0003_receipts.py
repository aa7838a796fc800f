"""Receipts are sealed by events.

Those that are there are sealed as they stand now.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_EVENTS = sa.table(
    "events", *(sa.column(name) for name in ("case", "resource", "body", "previous", "hash"))
)
_RECEIPTS = sa.table("receipts", *(sa.column(name) for name in ("id", "case", "outcome", "body")))
_CHAIN = sa.table("chain", sa.column("length"), sa.column("hash"))


def upgrade() -> None:
    """Add an event for each receipt.

    No table changes.
    """
    tx = op.get_bind()
    end = tx.execute(sa.select(_CHAIN)).one_or_none()
    if end is None:  # somebody took it away, which `ledger verify` tells
        return
    length, last = end
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    for row in tx.execute(sa.select(_RECEIPTS).order_by(_RECEIPTS.c.id)).all():
        told = {"kind": "receipt_kept", "at": now, "request": row.id, "sha256": _sha256(list(row))}
        body = json.dumps(told, separators=(",", ":"))
        seal = _sha256([last, row.case, "", body])
        tx.execute(
            _EVENTS.insert().values(case=row.case, resource="", body=body, previous=last, hash=seal)
        )
        length, last = length + 1, seal
    tx.execute(_CHAIN.update().values(length=length, hash=last))


def _sha256(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
