"""A row of the queue tells the PO and the total that its order's page showed.

Of the rows that are there, the receipts tell them.
"""

from __future__ import annotations

import json
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_QUEUE = sa.table("queue", *(sa.column(name) for name in ("id", "request", "seen_po", "cents")))
_RECEIPTS = sa.table("receipts", sa.column("id"), sa.column("body"))


def upgrade() -> None:
    """Add the columns, and fill them from the receipts of the rows' requests."""
    op.add_column("queue", sa.Column("seen_po", sa.Text()))
    op.add_column("queue", sa.Column("cents", sa.BigInteger()))
    op.create_index("ix_queue_seen_po", "queue", ["seen_po"])
    op.create_index("ix_queue_added", "queue", ["added_at"])
    tx = op.get_bind()
    of_request = _QUEUE.join(_RECEIPTS, _QUEUE.c.request == _RECEIPTS.c.id)
    for row in tx.execute(sa.select(_QUEUE.c.id, _RECEIPTS.c.body).select_from(of_request)).all():
        order = json.loads(row.body)["order"]
        total = order.get("total")
        cents = None if total is None else int(Decimal(total) * 100)
        values = {"seen_po": order.get("po"), "cents": cents}
        tx.execute(_QUEUE.update().where(_QUEUE.c.id == row.id).values(**values))
