"""Events as the ledger keeps them, one row each, in JSON."""

from __future__ import annotations

from typing import Annotated, Final

import sqlalchemy as sa
from pydantic import Field, TypeAdapter

from robot.cancellation.events import Event
from robot.storage.schema import events as _events

EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
_BODIES: Final = sa.select(_events.c.body).order_by(_events.c.seq)


def events_of(tx: sa.Connection, case: str) -> tuple[Event, ...]:
    """Return the events of a case, oldest first."""
    return _select(tx, _events.c.case == case)


def events_on(tx: sa.Connection, resource: str) -> tuple[Event, ...]:
    """Return what happened to an order or a PO, in whichever case, oldest first."""
    return _select(tx, _events.c.resource == resource)


def _select(tx: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[Event, ...]:
    return tuple(EVENT.validate_json(body) for body in tx.execute(_BODIES.where(which)).scalars())
