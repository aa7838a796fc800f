"""The watch-list keeps what it told, and when it is made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "findings",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("po", sa.Text(), index=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.Text()),
        sa.Column("because", sa.Text()),
        sa.Column("changed_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "watchlist",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("ran_on", sa.Text(), nullable=False),
    )
