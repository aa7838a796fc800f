"""What people are to be told, written down in the transaction of the fact itself."""

from __future__ import annotations

import sqlalchemy as sa

from robot.storage.schema import notices


def put_notice(tx: sa.Connection, key: str, body: str, at: float) -> None:
    """Note down what people are to be told, once for each ``key``."""
    if tx.execute(sa.select(notices.c.key).where(notices.c.key == key)).first() is None:
        tx.execute(notices.insert().values(key=key, body=body, at=at, tries=0, sent_at=None))
