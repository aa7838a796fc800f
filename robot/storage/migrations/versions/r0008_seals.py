"""Each case has a chain of its own, and seals cover the ends of all cases.

What is there stays as it is: the one chain of all events is what the first seal stands on, and may
not grow any more. So an older program that is still at work can write no event, and is told what to
do.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TEXT, _INTEGER = sa.Text(), sa.Integer()
_UNSEALED: Final = sa.text("sealed < length")
_REFUSED: Final = "the ledger is append-only"
#: What an older program says in its own sentence, as only it would write to the old chain.
_OLDER: Final = "a newer version is at work here: stop this one, and start it again"
#: Tables whose rows stay as they are, and by what a new row would take the place of another.
_KEPT: Final = {
    "seals": "number = NEW.number OR events = NEW.events OR hash = NEW.hash",
    "sealed_ends": 'seal = NEW.seal AND "case" = NEW."case"',
}


def _needed(name: str, kind: sa.types.TypeEngine[Any], **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **more)


def upgrade() -> None:
    """Add the tables, and let nobody change what is written."""
    op.create_table(
        "case_ends",
        sa.Column("case", _TEXT, primary_key=True),
        _needed("length", _INTEGER),
        _needed("hash", _TEXT),
        _needed("sealed", _INTEGER),
    )
    op.create_index(
        "ix_case_ends_unsealed",
        "case_ends",
        ["case"],
        sqlite_where=_UNSEALED,
        postgresql_where=_UNSEALED,
    )
    op.create_table(
        "seals",
        sa.Column("number", _INTEGER, primary_key=True, autoincrement=False),
        _needed("events", _INTEGER, unique=True),
        _needed("body", _TEXT),
        _needed("hash", _TEXT, unique=True),
    )
    op.create_table(
        "sealed_ends",
        sa.Column("seal", _INTEGER, primary_key=True, autoincrement=False),
        sa.Column("case", _TEXT, primary_key=True),
        _needed("length", _INTEGER),
        _needed("hash", _TEXT),
    )
    op.create_index("ix_sealed_ends_case", "sealed_ends", ["case", "length"])
    guards = _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql()
    for statement in guards:
        op.execute(statement)


def _sqlite() -> list[str]:
    guards = [
        _guard(f"chain_no_{what.lower()}", f"{what} ON chain", _OLDER)
        for what in ("INSERT", "UPDATE", "DELETE")
    ]
    for table, same in _KEPT.items():
        guards += [
            _guard(f"{table}_no_{what.lower()}", f"{what} ON {table}", _REFUSED)
            for what in ("UPDATE", "DELETE")
        ]
        there = f"SELECT 1 FROM {table} WHERE {same}"  # noqa: S608 - the names are these
        when = f"INSERT ON {table} WHEN EXISTS ({there})"
        guards.append(_guard(f"{table}_no_replace", when, _REFUSED))
    return guards


def _guard(name: str, when: str, text: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{text}'); END"


def _postgresql() -> list[str]:
    changes = dict.fromkeys(_KEPT, ("UPDATE OR DELETE OR TRUNCATE", "events_append_only"))
    changes["chain"] = ("INSERT OR UPDATE OR DELETE OR TRUNCATE", "chain_is_whole")
    whole = f"$$ BEGIN RAISE EXCEPTION '{_OLDER}'; END $$ LANGUAGE plpgsql"
    return [
        f"CREATE FUNCTION chain_is_whole() RETURNS trigger AS {whole}",
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE {what} ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            for table, (what, function) in changes.items()
        ),
    ]
