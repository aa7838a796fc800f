"""Receipts as the ledger keeps them, and whether they are as events sealed them."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from robot.cancellation.receipts.receipt import Receipt, to_json
from robot.storage.schema import events as _events
from robot.storage.schema import receipts as _receipts


def receipt_row(case: str, receipt: Receipt) -> dict[str, str]:
    """Return a receipt as the table keeps it."""
    return {
        "id": receipt.id,
        "case": case,
        "outcome": receipt.outcome.value,
        "body": json.dumps(to_json(receipt)),
    }


def receipt_seal(id: str, case: str, outcome: str, body: str) -> str:  # noqa: A002 - the column
    """Return the SHA-256 over the whole row of a receipt.

    A ``ReceiptKept`` puts it into the chain of its case.
    """
    return hashlib.sha256(json.dumps([id, case, outcome, body]).encode()).hexdigest()


def receipt_fault(tx: sa.Connection) -> str | None:
    """Return what is wrong with the first receipt that is not as it was sealed.

    None where all are. The events must have been checked before.
    """
    kept: dict[str, str] = {}
    seals = _events.c.body.startswith('{"kind":"receipt_kept"')
    query = sa.select(_events.c.body).where(seals).order_by(_events.c.seq)
    for body in tx.execute(query).scalars():
        told = json.loads(body)
        kept[told["request"]] = told["sha256"]
    for row in tx.execute(sa.select(_receipts).order_by(_receipts.c.id)):
        if kept.pop(row.id, None) != receipt_seal(row.id, row.case, row.outcome, row.body):
            return f"receipt {row.id} does not fit its seal"
    return f"receipt {min(kept)} is missing" if kept else None
