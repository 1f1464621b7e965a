"""What Alembic runs for each command: on the connection and in the transaction it was given."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    version_table=context.config.attributes["version_table"],
    # On both kinds all steps are one transaction: whole or not at all.
    transactional_ddl=True,
)
context.run_migrations()
