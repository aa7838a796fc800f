"""The ledger of version 0.1.0.

Events that can only be added, leases, receipts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# The third is for INSERT OR REPLACE, which deletes a row without firing a trigger of DELETE.
_SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS events_no_{name} BEFORE {when} "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    for name, when in (
        ("update", "UPDATE ON events"),
        ("delete", "DELETE ON events"),
        (
            "replace",
            (
                "INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq OR hash ="
                " NEW.hash)"
            ),
        ),
    )
)
_POSTGRESQL = (
    """CREATE FUNCTION events_append_only() RETURNS trigger AS
    $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_append_only()""",
)


def upgrade() -> None:
    """Make the tables of an empty database."""
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("case", sa.Text, nullable=False, index=True),
        sa.Column("resource", sa.Text, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "leases",
        sa.Column("resource", sa.Text, primary_key=True),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("case", sa.Text, nullable=False, index=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
