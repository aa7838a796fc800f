"""Events as the ledger keeps them, one row each, in JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, Final, get_args

import msgspec
import sqlalchemy as sa

from robot.cancellation.events import Event
from robot.errors import LedgerNewer
from robot.json_text import json_text
from robot.storage.schema import events as _events

_BODIES: Final = sa.select(_events.c.body).order_by(_events.c.seq)


class _Head(msgspec.Struct):
    kind: str


_HEAD: Final = msgspec.json.Decoder(_Head)
_KINDS: Final[dict[str, type[Event]]] = {str(fields(of)[0].default): of for of in get_args(Event)}
#: By kind, the fields that have another name in a row.
_ALIASES: Final[dict[str, dict[str, str]]] = {
    kind: {one.name: one.metadata["alias"] for one in fields(of) if "alias" in one.metadata}
    for kind, of in _KINDS.items()
}
#: By kind, the fields that a row has only where they hold something: older rows have none of them.
_OMITTED: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(one.name for one in fields(of) if "omit_empty" in one.metadata)
    for kind, of in _KINDS.items()
}


def body_of(event: Event) -> str:
    """Return the text of an event's row."""
    aliases = _ALIASES[event.kind]
    omitted = {name for name in _OMITTED[event.kind] if not getattr(event, name)}
    told: object = event
    if aliases or omitted:
        names = [one.name for one in fields(event) if one.name not in omitted]
        told = {aliases.get(name, name): getattr(event, name) for name in names}
    return json_text(told)


def event_of(body: str) -> Event:
    """Return the event of a row.

    Keys that this version does not know are left out, and those that are missing have their
    defaults. Raises LedgerNewer where this version does not know the event.
    """
    try:
        kind = _HEAD.decode(body).kind
        if kind in _KINDS:
            return _read(kind, body)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise LedgerNewer from error
    raise LedgerNewer


def events_of(tx: sa.Connection, case: str) -> tuple[Event, ...]:
    """Return the events of a case, oldest first."""
    return _select(tx, _events.c.case == case)


def events_on(tx: sa.Connection, resource: str) -> tuple[Event, ...]:
    """Return what happened to an order or a PO, in whichever case, oldest first."""
    return _select(tx, _events.c.resource == resource)


def _select(tx: sa.Connection, which: sa.ColumnElement[bool]) -> tuple[Event, ...]:
    return tuple(event_of(body) for body in tx.execute(_BODIES.where(which)).scalars())


def _read(kind: str, body: str) -> Event:
    """Return the event of a row of a kind.

    A count may also be told as 1.0 or "1", as it always might. That is tried second, for then an
    amount of -0 would be read as 0.
    """
    try:
        return _reader(kind, strict=True)(body)
    except msgspec.ValidationError:
        return _reader(kind, strict=False)(body)


@cache
def _reader(kind: str, *, strict: bool) -> Callable[[str], Event]:
    if not _ALIASES[kind]:
        return msgspec.json.Decoder(_KINDS[kind], strict=strict).decode
    rows = msgspec.json.Decoder(dict[str, Any])

    def read(body: str) -> Event:
        told = rows.decode(body)
        for name, alias in _ALIASES[kind].items():
            told.pop(name, None)
            if alias in told:
                told[name] = told.pop(alias)
        return msgspec.convert(told, _KINDS[kind], strict=strict)

    return read
