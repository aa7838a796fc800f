"""The web page has sessions, links, an action log, sets and claims.

A row of the queue may be a mere look.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TEXT, _INTEGER, _FLOAT = sa.Text(), sa.Integer(), sa.Float()


def _needed(name: str, kind: sa.types.TypeEngine[Any], **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **more)


def upgrade() -> None:
    """Add the tables and the column."""
    op.add_column("queue", _needed("dry_run", _INTEGER, server_default="0"))
    op.create_table(
        "console_sessions",
        sa.Column("id", _TEXT, primary_key=True),
        _needed("invite", _TEXT),
        _needed("name", _TEXT),
        _needed("role", _TEXT),
        _needed("began_at", _FLOAT),
        _needed("seen_at", _FLOAT),
    )
    op.create_table(
        "console_invites",
        sa.Column("id", _TEXT, primary_key=True),
        _needed("name", _TEXT),
        _needed("role", _TEXT),
        _needed("made_by", _TEXT),
        _needed("made_at", _FLOAT),
        sa.Column("used_at", _FLOAT),
    )
    op.create_table(
        "console_actions",
        sa.Column("id", _INTEGER, primary_key=True, autoincrement=True),
        _needed("at", _FLOAT, index=True),
        _needed("name", _TEXT),
        _needed("role", _TEXT),
        _needed("action", _TEXT),
        _needed("subject", _TEXT),
        _needed("address", _TEXT),
        sa.Column("refused", _TEXT),
    )
    op.create_table(
        "console_sets",
        sa.Column("id", _TEXT, primary_key=True),
        _needed("name", _TEXT),
        _needed("made_by", _TEXT),
        _needed("made_at", _FLOAT),
        _needed("sha256", _TEXT),
        _needed("body", _TEXT),
        sa.Column("confirmed_at", _FLOAT),
    )
    op.create_table(
        "console_claims",
        sa.Column("item", _INTEGER, primary_key=True, autoincrement=False),
        _needed("name", _TEXT),
        _needed("until", _FLOAT),
    )
