"""Events as the ledger keeps them, one row each, in JSON."""

from __future__ import annotations

from typing import Annotated, Final

import sqlalchemy as sa
from pydantic import Field, TypeAdapter, ValidationError

from robot.cancellation.events import Event
from robot.errors import LedgerNewer
from robot.storage.schema import events as _events

EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
_BODIES: Final = sa.select(_events.c.body).order_by(_events.c.seq)


def event_of(body: str) -> Event:
    """Return the event of a row.

    Raises LedgerNewer where this version does not know it.
    """
    try:
        return EVENT.validate_json(body)
    except ValidationError as error:
        raise LedgerNewer from error


def events_of(tx: sa.Connection, case: str) -> tuple[Event, ...]:
    """Return the events of a case, oldest first."""
    return _select(tx, _events.c.case == case)


def events_on(tx: sa.Connection, resource: str) -> tuple[Event, ...]:
    """Return what happened to an order or a PO, in whichever case, oldest first."""
    return _select(tx, _events.c.resource == resource)


def _select(tx: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[Event, ...]:
    return tuple(event_of(body) for body in tx.execute(_BODIES.where(which)).scalars())
