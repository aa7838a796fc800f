"""Alembic runs the revisions here.

In the transaction that ``robot.storage.database`` opened.
"""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
