"""How Alembic runs: on the connection and into the version table it is given."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=None,
)
# The connection is already inside the transaction that `router.registry.database.connect` opened.
context.run_migrations()
